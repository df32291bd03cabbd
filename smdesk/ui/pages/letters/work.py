"""What the letters tab reads and writes on a worker thread, in whole steps: an action, then the letter as it is now."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from smdesk.errors import Conflict
from smdesk.security.permissions import Permission, allowed
from smdesk.security.signatures import fingerprint
from smdesk.services import drafts, letters, users
from smdesk.services.context import Changes, Context, Saved
from smdesk.services.letter_records import Envelope, LetterKind, LetterRecord, Mark, NameHit, PaperLook
from smdesk.services.letter_views import ListView

FORM = "letter"
"""The name drafts of the letter form are kept under."""

VIEWS: tuple[tuple[ListView, str], ...] = (
    ("waiting", "&Waiting for approval"),
    ("drafts", "&Drafts and returned"),
    ("approved", "A&pproved, to be issued"),
    ("issued", "&Issued"),
    ("came_back", "Came &back"),
    ("all", "A&ll"),
)


_TEXTS: Final = (
    "subject",
    "addressee",
    "salutation",
    "body",
    "reply_by",
    "step_reason",
    "english_subject",
    "english_salutation",
    "english_body",
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as typed (the day may be unreadable), and the version it was typed against."""

    subject: str
    addressee: str
    salutation: str
    body: str
    reply_by: str
    step_reason: str
    version: int
    kept_at: str = ""
    marks: tuple[Mark, ...] = ()
    look: PaperLook = PaperLook.STANDARD
    envelope: Envelope = Envelope.DL
    english_subject: str = ""
    english_salutation: str = ""
    english_body: str = ""

    def as_json(self) -> dict[str, Any]:
        held = {name: getattr(self, name) for name in self.__slots__}
        held["marks"] = [[mark.start, mark.end, mark.field] for mark in self.marks]
        return held

    def same_text(self, other: Typed) -> bool:
        names = (*_TEXTS, "look", "envelope")
        return all(getattr(self, name) == getattr(other, name) for name in names)


@dataclass(frozen=True, slots=True)
class Opened:
    """All the screen shows of one letter. ``changes`` is not empty after an action."""

    record: LetterRecord
    kept: Typed | None
    changes: Changes = frozenset()


@dataclass(frozen=True, slots=True)
class Listed:
    """One view of the list and how many letters each view has."""

    view: ListView
    ids: array[int]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Decision:
    """What whoever approves is shown: the letter as it is now, the names in it, and the key that would sign."""

    record: LetterRecord
    hits: tuple[NameHit, ...]
    key: str
    key_flag: str


def listed(ctx: Context, view: ListView, text: str, kind: LetterKind | None = None) -> Listed:
    """The letters of one view, those waiting longest first; counts are of the views without search and kind."""
    counts = {each: len(letters.sorted_ids(ctx, each)) for each, _ in VIEWS}
    return Listed(view, _ordered(view, letters.sorted_ids(ctx, view, text, kind)), counts)


def waiting(ctx: Context) -> array[int]:
    """Letters that wait for approval, the longest waiting first."""
    return _ordered("waiting", letters.sorted_ids(ctx, "waiting"))


def opened(ctx: Context, letter_id: int) -> Opened:
    """A letter and this user's own draft of it, if one was kept. Raises NotFound."""
    record = letters.get(ctx, letter_id)
    return Opened(record, kept(ctx, letter_id) if record.may_edit else None)


def after(ctx: Context, letter_id: int, action: Callable[[], Saved]) -> Opened:
    """Do something with a letter, then read it again."""
    saved = action()
    return Opened(letters.get(ctx, letter_id), None, saved.changes)


def kept(ctx: Context, letter_id: int) -> Typed | None:
    """The user's own draft of the form, or None where there is none or it cannot be read any more."""
    held = drafts.get(ctx, FORM, letter_id)
    if held is None:
        return None
    try:
        return Typed(
            **{name: str(held.get(name, "")) for name in _TEXTS},
            version=int(held["version"]),
            kept_at=str(held.get("kept_at", "")),
            marks=tuple(
                Mark(int(start), int(end), str(field)) for start, end, field in held.get("marks", ())
            ),
            look=PaperLook(held.get("look", PaperLook.STANDARD)),
            envelope=Envelope(held.get("envelope", Envelope.DL)),
        )
    except (KeyError, TypeError, ValueError):
        return None


def keep(ctx: Context, letter_id: int, typed: Typed) -> None:
    """Keep what stands in the form as the user's own draft."""
    drafts.put(ctx, FORM, letter_id, typed.as_json())


def forget(ctx: Context, letter_id: int) -> None:
    """Forget the user's own draft."""
    drafts.drop(ctx, FORM, letter_id)


def decision(ctx: Context, letter_id: int, seen_version: int) -> Decision:
    """What is to be decided. Raises Conflict where the letter is not the one on screen any more."""
    record = letters.get(ctx, letter_id)
    if record.version != seen_version:
        raise Conflict(
            "Somebody changed this letter since you opened it. It is shown as it is now; read it again.",
            [],
            record.version,
        )
    own = [key for key in users.keys(ctx) if key.user_id == ctx.user.id and key.retired_at is None]
    return Decision(
        record,
        tuple(letters.name_check(ctx, letter_id)),
        fingerprint(ctx.signing.public) if ctx.signing is not None else "",
        own[0].flag if own else "",
    )


def may(ctx: Context, permission: Permission) -> bool:
    """Whether to show a button, as things stood at sign-in; the service decides when it is pressed."""
    return allowed(ctx.user.roles, permission)


def _ordered(view: ListView, ids: array[int]) -> array[int]:
    if view == "waiting":
        ids = ids[:]
        ids.reverse()
    return ids
