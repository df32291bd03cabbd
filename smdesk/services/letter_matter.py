"""What a letter is about: an incident, an exception, a business case, a message on an account, or a block.

Each has a module of its own with the functions of ``Subject``; this is the one place that knows which. Everything else
about letters asks here for the reference, for who may see it, who decides, what keeps it from going out and where it is
written down. Session first, as in ``letter_state``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Protocol, cast

from sqlalchemy.orm import Session

from smdesk.db.models import AccountMessage, Block, BusinessCase, ConnectionException, Incident, Letter
from smdesk.errors import NotAllowed, NotFound
from smdesk.security.permissions import Role
from smdesk.services import (
    block_letters,
    case_letters,
    exception_letters,
    incident_letters,
    letter_state,
    message_letters,
)
from smdesk.services.context import Changes, Context
from smdesk.services.letter_records import LetterEdit, MatterKind, NameHit
from smdesk.services.sight import Reader

Matter = Incident | ConnectionException | BusinessCase | AccountMessage | Block

NO_SUCH_LETTER = "There is no such letter, or it is not open to you."


class Subject(Protocol):
    """What a module about one kind of matter offers to the letters about it."""

    def require(self, session: Session, who: Reader, matter_id: int, /) -> Any:
        """The matter, for a reader who may see all of it. Raises NotFound or NotAllowed."""

    def reference(self, matter: Any, /) -> str:
        """As printed: "2026/0042" for an incident, "2026/C0007" for an exception."""

    def role(self, session: Session, matter: Any, /) -> Role:
        """Whose signature its letters carry."""

    def is_decidable(self, session: Session, who: Reader, matter: Any, /) -> bool:
        """Whether this reader decides about its letters (CON-5)."""

    def who_decides(self, session: Session, who: Reader, matter: Any, /) -> str:
        """Where this reader does not decide about its letters: whose decision they are, as a sentence."""

    def involved(self, session: Session, matter: Any, /) -> set[int]:
        """People whose names are looked for closely in its letters."""

    def meant(self, session: Session, letter: Letter, matter: Any, /) -> frozenset[int]:
        """The records of the people its letters are about and may name."""

    def closing(self, session: Session, letter: Letter, matter: Any, /) -> str:
        """How the letter ends."""

    def footer(self, letter: Letter, matter: Any, /) -> str:
        """How the school keeps the record (privacy)."""

    def note(self, session: Session, letter: Letter, matter: Any, /) -> str:
        """What whoever reads the letter here should know about its matter, or ""."""

    def about(
        self, session: Session, letter: Letter, matter: Any, today: date, /
    ) -> dict[str, str | int | None] | None:
        """What is signed of the matter beside its reference; None where the reference says it all."""

    def check_submitting(
        self, session: Session, letter: Letter, matter: Any, edit: LetterEdit, today: date, /
    ) -> None:
        """Raise Refused where a letter need not even be read by whoever decides."""

    def check(self, session: Session, letter: Letter, matter: Any, edit: LetterEdit, today: date, /) -> None:
        """Raise Refused where the policy, or what is on record, rules the letter out."""

    def check_open(self, matter: Any, /) -> None:
        """Raise Refused where the matter is closed, so that none of its letters goes out."""

    def check_still(
        self, session: Session, letter: Letter, matter: Any, signed: object, edit: LetterEdit, today: date, /
    ) -> None:
        """Raise Refused where an approved letter is ruled out by now. ``signed`` is what was signed of ``about``."""

    def name(self, session: Session, letter: Letter, matter: Any, /) -> str:
        """What a letter is called where its matter's own lines stand beside it."""

    def write_line(
        self,
        session: Session,
        ctx: Context,
        letter: Letter,
        matter: Any,
        text: str,
        reason: str,
        on: date | None,
        /,
    ) -> None:
        """A line about the letter on the incident's timeline or in the matter's history (INC-14)."""

    def write_issued(self, session: Session, ctx: Context, letter: Letter, matter: Any, /) -> None:
        """An issued letter takes its step, or stands in the matter's history."""

    def refresh(self, session: Session, letter: Letter, matter: Any, issued: bool, /) -> Changes:
        """Bring what the lists show up to date. Returns what was touched beside the letter and its person."""

    def is_confidential(self, matter: Any, /) -> bool:
        """Whether opening one of its letters is written to the audit log."""

    def note_opening(self, session: Session, ctx: Context, matter: Any, /) -> None:
        """Write that a letter about a confidential matter was opened. For an ordinary one: nothing."""


_INCIDENT: Final[Subject] = incident_letters
_EXCEPTION: Final[Subject] = exception_letters
_CASE: Final[Subject] = case_letters
_MESSAGE: Final[Subject] = message_letters
_BLOCK: Final[Subject] = block_letters
_SUBJECTS: Final[Mapping[type[Matter], tuple[MatterKind, Subject]]] = {
    Incident: ("incident", _INCIDENT),
    ConnectionException: ("exception", _EXCEPTION),
    BusinessCase: ("case", _CASE),
    AccountMessage: ("message", _MESSAGE),
    Block: ("block", _BLOCK),
}


def _place(letter: Letter) -> tuple[type[Matter], int]:
    """What a letter is about: the table, and the id there."""
    columns: tuple[tuple[type[Matter], int | None], ...] = (
        (Incident, letter.incident_id),
        (ConnectionException, letter.exception_id),
        (BusinessCase, letter.case_id),
        (AccountMessage, letter.message_id),
        (Block, letter.block_id),
    )
    return next((model, matter_id) for model, matter_id in columns if matter_id is not None)


def stored(session: Session, letter: Letter) -> Matter:
    """What this letter is about, whoever may see it."""
    model, matter_id = _place(letter)
    # ``type[Matter]`` is a union of tables; get_one would give back what they have in common.
    return cast(Matter, session.get_one(model, matter_id))


def load(session: Session, who: Reader, letter_id: int) -> tuple[Letter, Matter]:
    """A letter whose matter this reader may see in full. Raises NotFound otherwise, with one sentence."""
    letter = session.get(Letter, letter_id)
    if letter is None:
        raise NotFound(NO_SUCH_LETTER)
    model, matter_id = _place(letter)
    try:
        matter: Matter = _SUBJECTS[model][1].require(session, who, matter_id)
    except (NotFound, NotAllowed):
        raise NotFound(NO_SUCH_LETTER) from None
    return letter, matter


def subject(matter: Matter) -> Subject:
    """The module that knows this kind of matter."""
    return _SUBJECTS[type(matter)][1]


def kind(matter: Matter) -> MatterKind:
    return _SUBJECTS[type(matter)][0]


def reference(matter: Matter) -> str:
    """As printed: "2026/0042" for an incident, "2026/C0007" for an exception."""
    return subject(matter).reference(matter)


def policy_version(matter: Matter) -> int | None:
    """The version of the policy the matter is handled under; a block has none."""
    return None if isinstance(matter, Block) else matter.profile_id


def names_in(
    session: Session, letter: Letter, matter: Matter, edit: LetterEdit, today: date
) -> list[NameHit]:
    """Whose names stand in the letter, its English copy included, that it is neither to nor about."""
    knows = subject(matter)
    return letter_state.names_in(
        session,
        letter,
        edit,
        today,
        signs=knows.role(session, matter),
        involved=knows.involved(session, matter),
        meant=knows.meant(session, letter, matter),
    )


def refresh(session: Session, letter: Letter, matter: Matter, *, issued: bool) -> Changes:
    """Bring what the lists show up to date after a change to the letter. Returns what was touched."""
    changes = {("letter", letter.id)}
    if letter.person_id is not None:
        changes.add(("person", letter.person_id))
    return frozenset(changes) | subject(matter).refresh(session, letter, matter, issued)
