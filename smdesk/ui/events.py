"""What changed, told to every open page.

One ``Events`` object is made by ``smdesk.app`` and passed to the pages; there is no global one. A page connects
a bound method and decides for itself whether it cares::

    events.changed.connect(self._changed)

    def _changed(self, changes: Changes) -> None:
        if touches(changes, "incident"):
            self._reload()
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtCore import QObject, Signal

from smdesk.services.context import Changes


class Events(QObject):
    """The signal every page listens to."""

    # Signal(object): Qt would turn a set or a dictionary into something else on the way.
    changed = Signal(object)
    """Carries ``Changes``, the kinds and ids of the records. Emitted on the GUI thread, once safely stored."""

    def tell(self, changes: Changes) -> None:
        """Tell the pages; says nothing when nothing changed. Call it on the GUI thread."""
        if changes:
            self.changed.emit(frozenset(changes))


def touches(changes: Changes, kind: str, record_id: int | None = None) -> bool:
    """True when a record of this kind changed, or just that one when ``record_id`` is given."""
    if record_id is not None:
        return (kind, record_id) in changes
    return kind in _by_kind(changes)


def ids(changes: Changes, kind: str) -> frozenset[int]:
    """The ids of this kind among the changes."""
    return _by_kind(changes).get(kind, frozenset())


@lru_cache(maxsize=1)
def _by_kind(changes: Changes) -> Mapping[str, frozenset[int]]:
    """Sorted once for all who ask: an import changes fifty thousand people, and each page asks of many kinds."""
    found: dict[str, set[int]] = {}
    for kind, record_id in changes:
        found.setdefault(kind, set()).add(record_id)
    return {kind: frozenset(each) for kind, each in found.items()}
