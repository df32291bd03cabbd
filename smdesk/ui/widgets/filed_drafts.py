"""What forms of records with files (``filed_form``) keep, bring back and save in the same way, on a worker thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from smdesk.services import drafts
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Context, Saved
from smdesk.services.people_records import PersonHit
from smdesk.ui import kept_values
from smdesk.ui.widgets import attached_strip, pending
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.person_on_record import hit_of

Typed = TypeVar("Typed")


@dataclass(frozen=True, slots=True)
class KeptDraft(Generic[Typed]):
    """A draft brought back, the version it was typed against, and files that waited. ``person`` is whom ``person_id``
    of what was typed names, as far as this reader may look people up.
    """

    typed: Typed
    person: PersonHit | None
    version: int | None
    kept_at: datetime | None
    pending: tuple[Pending, ...]


class FiledDrafts(Generic[Typed]):
    """Of one form: ``typed`` is the dataclass of what stands in its fields, ``write`` the service that saves it.

    A class because the form, its files and its service always go together; it holds nothing that changes.
    """

    def __init__(
        self,
        name: str,
        typed: type[Typed],
        owner: OwnerKind,
        write: Callable[[Context, Any, int | None, int | None], Saved],
    ) -> None:
        self._name = name
        self._typed = typed
        self._owner = owner
        self._write = write
        self.waiting = f"{name}.files"
        """The name files are kept under until the record is saved."""

    def kept(self, ctx: Context, record_id: int) -> KeptDraft[Typed] | None:
        """What was typed and not saved, and files that waited."""
        held = drafts.get(ctx, self._name, record_id)
        waiting = tuple(pending.recall(ctx, record_id, self.waiting))
        if held is None and not waiting:
            return None
        data = held or {}
        typed = kept_values.flat(self._typed, data)
        return KeptDraft(
            typed,
            hit_of(ctx, getattr(typed, "person_id", None)),
            kept_values.number(data, "version"),
            kept_values.moment(data.get("kept_at")),
            waiting,
        )

    def keep(self, ctx: Context, record_id: int, typed: Any, version: int | None) -> None:
        """Keep what stands in the form. ``version`` is what it was typed against."""
        held = {**asdict(typed), "version": version, "kept_at": ctx.now().isoformat()}
        drafts.put(ctx, self._name, record_id, held)

    def forget(self, ctx: Context, record_id: int) -> None:
        """Forget the draft and the files that waited with it."""
        drafts.drop(ctx, self._name, record_id)
        pending.drop(ctx, record_id, self.waiting)

    def add_files(self, ctx: Context, record_id: int, pieces: Sequence[Pending]) -> SavedForm:
        """Keep files of a saved record at once; each that cannot be kept is reported."""
        return attached_strip.add_to(self._owner, ctx, record_id, pieces)

    def save(
        self,
        ctx: Context,
        draft: Any,
        record_id: int | None,
        expected_version: int | None,
        waiting: Sequence[Pending],
        forget: Callable[[Context, int], None],
    ) -> SavedForm:
        """Save the record, then keep the files that waited for it. Raises as its service does."""
        saved = self._write(ctx, draft, record_id, expected_version)
        kept = attached_strip.keep_with(self._owner, ctx, saved, waiting)
        forget(ctx, record_id or 0)
        return kept
