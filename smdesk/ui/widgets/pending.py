"""Pictures and files that wait in a form until the record they belong to is saved.

A pasted picture exists nowhere else, so it is kept with the draft at once, in pieces that fit a draft: locking the
program must not lose it. A picked file still lies where it was; only its place is kept.

``form`` is the name they are kept under, a part of the form's own: "incident.evidence".
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from smdesk.errors import SmdeskError
from smdesk.services import drafts
from smdesk.services.context import Changes, Context, Saved

_PIECE = 1_500_000
"""Letters of base64 in one draft; a draft holds at most two million."""
_MOST_PIECES = 60


@dataclass(frozen=True, slots=True)
class Pending:
    """A pasted picture (``data``, PNG) or a file on the disk (``path``). ``key`` tells it apart in the form; ``kind``
    is a code of the form's own."""

    key: int
    name: str
    data: bytes = b""
    path: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class SavedForm:
    """A save and what came of the ``pieces`` files that waited. ``failures`` pairs what was not kept with the
    sentence why."""

    saved: Saved
    failures: tuple[tuple[Pending, str], ...]
    changes: Changes
    pieces: int = 0


def keep_all(
    saved: Saved, waiting: Sequence[Pending], keep: Callable[[Pending, Path | bytes], Saved]
) -> SavedForm:
    """Keep what waited with a record that is saved; for a worker.

    A file that cannot be kept does not undo the save: it is reported, with the sentence why.
    """
    changes = set(saved.changes)
    failures: list[tuple[Pending, str]] = []
    for piece in waiting:
        try:
            changes |= keep(piece, Path(piece.path) if piece.path else piece.data).changes
        except SmdeskError as error:
            failures.append((piece, str(error)))
    return SavedForm(saved, tuple(failures), frozenset(changes), len(waiting))


def remember(ctx: Context, record_id: int, form: str, waiting: Sequence[Pending]) -> None:
    """Keep what waits now; what no longer does is forgotten. Raises StorageProblem."""
    held = drafts.get(ctx, form, record_id) or {}
    before = {entry["key"]: entry for entry in _entries(held)}
    entries = []
    for piece in waiting:
        known = before.pop(piece.key, None)
        if known is None:
            known = {
                "key": piece.key,
                "name": piece.name,
                "path": piece.path,
                "kind": piece.kind,
                "parts": 0,
            }
            if piece.data:
                text = base64.b64encode(piece.data).decode("ascii")
                parts = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
                if len(parts) > _MOST_PIECES:
                    continue
                for number, part in enumerate(parts):
                    drafts.put(ctx, _part_form(form, piece.key, number), record_id, {"part": part})
                known["parts"] = len(parts)
        entries.append(known)
    if entries:
        drafts.put(ctx, form, record_id, {"entries": entries})
    else:
        drafts.drop(ctx, form, record_id)
    for gone in before.values():
        _drop_parts(ctx, record_id, form, gone)


def recall(ctx: Context, record_id: int, form: str) -> list[Pending]:
    """What waited when the form was left."""
    found = []
    for entry in _entries(drafts.get(ctx, form, record_id) or {}):
        text = "".join(
            str((drafts.get(ctx, _part_form(form, entry["key"], number), record_id) or {}).get("part", ""))
            for number in range(entry["parts"])
        )
        data = base64.b64decode(text) if text else b""
        if data or entry["path"]:
            found.append(
                Pending(entry["key"], entry["name"], data, entry["path"], str(entry.get("kind", "")))
            )
    return found


def drop(ctx: Context, record_id: int, form: str) -> None:
    """Forget everything that waited."""
    for entry in _entries(drafts.get(ctx, form, record_id) or {}):
        _drop_parts(ctx, record_id, form, entry)
    drafts.drop(ctx, form, record_id)


def _entries(held: dict) -> list[dict]:
    return [entry for entry in held.get("entries", ()) if isinstance(entry, dict) and "key" in entry]


def _drop_parts(ctx: Context, record_id: int, form: str, entry: dict) -> None:
    for number in range(entry["parts"]):
        drafts.drop(ctx, _part_form(form, entry["key"], number), record_id)


def _part_form(form: str, key: int, number: int) -> str:
    return f"{form}.{key}.{number}"
