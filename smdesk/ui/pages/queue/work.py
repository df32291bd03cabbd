"""What the queue reads on a worker thread: the list, and everything needed to decide one item, in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smdesk.errors import NotFound, SmdeskError
from smdesk.policy.connections import Contact, Ruling, rule_on, strictest
from smdesk.policy.profile import Profile, RuleWording
from smdesk.policy.vocabulary import Capacity, Initiator, Link, Nation
from smdesk.services import (
    advice,
    connection_decisions,
    connection_files,
    connection_questions,
    connections,
    drafts,
    incidents,
    letters,
    profiles,
    queue,
    school,
    steps,
)
from smdesk.services.connection_records import DecisionRecord, ExceptionRecord, ExceptionRow, KeptFile
from smdesk.services.context import Context, Saved
from smdesk.services.incident_records import AdviceView, IncidentRecord
from smdesk.services.letter_records import LetterRow
from smdesk.services.question_records import QuestionRow
from smdesk.services.queue import QueueItem, QueueKind, Quiet

DRAFT = "decision"
"""The name half typed decisions are kept under, by the exception's id."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The list; ``quiet`` says what was last and what comes next where it is empty."""

    items: tuple[QueueItem, ...]
    quiet: Quiet | None


@dataclass(frozen=True, slots=True)
class ExceptionMatter:
    """All that is needed to decide one exception. ``ruling`` is what the policy says where there is none."""

    record: ExceptionRecord
    ruling: Ruling | None
    rules: tuple[RuleWording, ...]
    earlier: tuple[ExceptionRow, ...]
    questions: tuple[QuestionRow, ...]
    kept: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class PaperMatter:
    """A decision recorded from paper, with the scan, or why there is none to show."""

    decision: DecisionRecord
    record: ExceptionRecord
    file: KeptFile | None
    scan: bytes
    trouble: str


@dataclass(frozen=True, slots=True)
class IncidentMatter:
    """An incident somebody has to act on, with the policy's advice."""

    record: IncidentRecord
    view: AdviceView
    letters: tuple[LetterRow, ...]
    left_out: frozenset[Any]
    nation: Nation
    now: datetime
    evidence: int


@dataclass(frozen=True, slots=True)
class QuestionMatter:
    row: QuestionRow
    earlier: tuple[ExceptionRow, ...]


Matter = ExceptionMatter | PaperMatter | IncidentMatter | QuestionMatter


def waiting(ctx: Context) -> Waiting:
    """What waits for this reader."""
    items = tuple(queue.waiting(ctx))
    return Waiting(items, None if items else queue.quiet(ctx))


def matter(ctx: Context, item: QueueItem) -> Matter:
    """All that is needed to decide this item. Raises NotFound where it is gone. A letter reads itself."""
    if item.kind is QueueKind.PAPER:
        return _paper(ctx, item.id)
    if item.kind is QueueKind.INCIDENT:
        return incident(ctx, item.id)
    if item.kind is QueueKind.QUESTION:
        return question(ctx, item.id)
    return exception(ctx, item.id)


def exception(ctx: Context, exception_id: int) -> ExceptionMatter:
    """One exception with what the policy says, what was decided between the two before, and the reader's draft."""
    record = connections.open_exception(ctx, exception_id)
    if record.masked:
        raise NotFound("This record is not open to you any more.")
    profile = _profile_of(ctx, record)
    draft = record.draft
    earlier: tuple[ExceptionRow, ...] = ()
    if draft.adult_id is not None and draft.other_id is not None:
        found = connections.between(ctx, draft.adult_id, draft.other_id)
        earlier = tuple(row for row in found if row.id != exception_id)
    ruling = _ruling(profile, record, ctx)
    cited = dict.fromkeys(
        (
            *(() if ruling is None else (ruling.rule,)),
            "CON-4" if draft.capacity is Capacity.PARENT else "CON-2",
        )
    )
    return ExceptionMatter(
        record,
        ruling,
        tuple(profile.rules[rule] for rule in cited if rule in profile.rules),
        earlier,
        tuple(connection_questions.for_exception(ctx, exception_id)),
        drafts.get(ctx, DRAFT, exception_id),
    )


def _profile_of(ctx: Context, record: ExceptionRecord) -> Profile:
    """The version of the policy the exception is decided under."""
    versions = profiles.versions(ctx)
    return next(each for each in versions if each.number == record.profile_number).profile


def _ruling(profile: Profile, record: ExceptionRecord, ctx: Context) -> Ruling | None:
    """What the policy would say to this connection without an exception: the strictest of its kinds of link."""
    draft = record.draft
    # Whether it may be depends on the two, not on who pressed first.
    began = Initiator.ADULT if draft.initiator is Initiator.ADULT else Initiator.BOTH
    found = [
        rule_on(profile, Contact(draft.adult_kind, draft.capacity, link, began, ctx.today(), ""))
        for link in draft.links or (Link.FRIEND,)
    ]
    return strictest(found)


def _paper(ctx: Context, decision_id: int) -> PaperMatter:
    found = {each.id: each for each in connection_decisions.to_confirm(ctx)}
    if decision_id not in found:
        raise NotFound("This decision has been answered already, or is not yours to confirm.")
    decision = found[decision_id]
    record = connections.open_exception(ctx, decision.exception_id)
    file = next((each for each in record.files if each.id == decision.file_id), None)
    if file is None:
        return PaperMatter(decision, record, None, b"", "No scan is kept with this decision.")
    try:
        return PaperMatter(decision, record, file, connection_files.read(ctx, file.id), "")
    except SmdeskError as error:
        # What is spoilt is said; whoever decides can still dispute the decision.
        return PaperMatter(decision, record, file, b"", str(error))


def question(ctx: Context, question_id: int) -> QuestionMatter:
    """A question, with the exceptions of the two it is about. Raises NotFound."""
    row = connection_questions.get(ctx, question_id)
    return QuestionMatter(row, tuple(connections.between(ctx, row.adult_id, row.other_id)))


def incident(ctx: Context, incident_id: int) -> IncidentMatter:
    """An incident with the policy's advice on it. Raises NotFound."""
    from smdesk.services import evidence

    record = incidents.open_incident(ctx, incident_id)
    if record.masked:
        raise NotFound("This incident is not open to you any more.")
    left_out = frozenset(
        entry.step
        for entry in steps.timeline(ctx, incident_id)
        if entry.kind == "skip" and entry.step is not None and not entry.withdrawn
    )
    return IncidentMatter(
        record,
        advice.for_incident(ctx, incident_id),
        tuple(letters.for_incident(ctx, incident_id)),
        left_out,
        Nation(school.get(ctx).nation),
        ctx.now(),
        sum(not piece.removed for piece in evidence.list_for(ctx, incident_id)),
    )


def file_content(ctx: Context, file: KeptFile) -> tuple[KeptFile, bytes]:
    """A kept file to be shown. Raises NotFound, Damaged."""
    return file, connection_files.read(ctx, file.id)


def confirm(ctx: Context, decision_id: int) -> Saved:
    return connection_decisions.confirm_paper(ctx, decision_id)


def keep(ctx: Context, exception_id: int, typed: dict[str, Any]) -> None:
    """Keep a half typed decision as the reader's own draft."""
    drafts.put(ctx, DRAFT, exception_id, typed)


def forget(ctx: Context, exception_id: int) -> None:
    """Forget the half typed decision."""
    drafts.drop(ctx, DRAFT, exception_id)
