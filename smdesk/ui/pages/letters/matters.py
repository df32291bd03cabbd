"""What letters are about, seen from the window: opening it, and beginning a letter there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smdesk.errors import Refused
from smdesk.services import letters
from smdesk.services.context import Saved
from smdesk.services.letter_records import (
    LETTER_KIND_LABELS,
    TO_AUTHORS,
    UNDER_WAY,
    LetterChoice,
    LetterKind,
    LetterRecord,
    LetterRow,
    LetterStatus,
)
from smdesk.ui.desk import Desk
from smdesk.ui.messages import Choice
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.service_dialog import ReasonService


def open_matter(desk: Desk, record: LetterRecord) -> None:
    """Show what this letter is about, on its own tab."""
    openers: dict[str, Callable[[int], None]] = {
        "incident": desk.open_incident,
        "exception": desk.open_exception,
        "case": desk.open_case,
        "message": desk.open_message,
        "block": desk.open_block,
    }
    openers[record.matter_kind](record.matter_id)


def under_way(rows: Iterable[LetterRow], kind: LetterKind) -> LetterRow | None:
    """The newest letter of this kind that is not issued or given up yet; ``rows`` are newest first."""
    return next((each for each in rows if each.kind is kind and each.status in UNDER_WAY), None)


@dataclass(frozen=True, slots=True)
class _InIncident:
    """What the policy says of one letter about an incident, and the one that is under way."""

    incident_id: int
    person_id: int | None
    choice: LetterChoice
    going: LetterRow | None


class LetterStart(QObject):
    """Begins a letter about one thing and shows it on its tab. One that is under way is shown in its place; where one
    was issued before, the person is asked which they want.
    """

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._kind: LetterKind | None = None
        self._draft: Callable[[], Saved] | None = None

    def begin(
        self, kind: LetterKind, written: Callable[[], Sequence[LetterRow]], draft: Callable[[], Saved]
    ) -> None:
        """``written`` gives the letters about it, newest first, ``draft`` a new one; both are called on a worker."""
        self._kind, self._draft = kind, draft

        def work(progress: Progress) -> Sequence[LetterRow]:
            return written()

        self._desk.tasks.latest(self, "written", work, self._found)

    def _found(self, rows: Sequence[LetterRow]) -> None:
        if self._kind is None:
            return
        going = under_way(rows, self._kind)
        if going is not None:
            self._desk.open_letter(going.id)
            return
        issued = next(
            (each for each in rows if each.kind is self._kind and each.status is LetterStatus.ISSUED), None
        )
        answer = "again" if issued is None else self._ask(issued)
        if answer == "open" and issued is not None:
            self._desk.open_letter(issued.id)
        elif answer == "again" and self._draft is not None:
            draft = self._draft

            def work(progress: Progress) -> Saved:
                return draft()

            self._desk.tasks.run(self, work, self._drafted, title="Drafting the letter")

    def _ask(self, issued: LetterRow) -> str:
        return self._desk.messages.choose(
            f"This letter was written before, as {issued.number}.",
            (
                Choice("open", "Open that one"),
                Choice("again", "Write it again"),
                Choice("cancel", "Cancel"),
            ),
            default="open",
            cancel="cancel",
            more=f"{LETTER_KIND_LABELS[issued.kind]}, to {issued.person_name}.",
        )

    def _drafted(self, saved: Saved) -> None:
        self._desk.open_letter(saved.id)

    # About an incident: the policy is asked first, and a step before its turn needs a reason (INC-5)

    def begin_in_incident(self, incident_id: int, kind: LetterKind, person_id: int | None = None) -> None:
        """A letter about an incident, to one of those who posted (None: the first) or to whom the kind is for."""
        ctx = self._desk.ctx
        to = person_id if kind in TO_AUTHORS else None

        def work(progress: Progress) -> _InIncident:
            choice = next(each for each in letters.choices(ctx, incident_id, to) if each.kind is kind)
            rows = letters.for_incident(ctx, incident_id)
            mine = [each for each in rows if to is None or each.person_id == to]
            return _InIncident(incident_id, to, choice, under_way(mine, kind))

        self._desk.tasks.latest(self, "written", work, self._asked)

    def _asked(self, found: _InIncident) -> None:
        choice, ctx = found.choice, self._desk.ctx
        if found.going is not None:
            self._desk.open_letter(found.going.id)
        elif not choice.open:
            self._desk.messages.error(Refused(choice.why, choice.rule))
        elif choice.needs_reason:

            def service(reason: str) -> object:
                return letters.draft(ctx, found.incident_id, choice.kind, found.person_id, reason)

            dialog = ReasonService(
                self._desk,
                "letter_reason_dialog",
                LETTER_KIND_LABELS[choice.kind],
                "Why it is sent before its turn",
                "&Draft the letter",
                service,
                self._window,
                explanation=choice.why or "The policy puts other steps first. To write now, give the reason.",
                field="step_reason",
            )
            dialog.accomplished.connect(self._drafted)
            dialog.open()
        else:

            def work(progress: Progress) -> Saved:
                return letters.draft(ctx, found.incident_id, choice.kind, found.person_id)

            self._desk.tasks.run(self, work, self._drafted, title="Drafting the letter")
