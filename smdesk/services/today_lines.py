"""How each thing that is due is told: a title, why it stands there, and where it is opened.

A row is id, due, and the columns of its source in ``due_sources``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from smdesk.db.models import from_utc_text
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    RELATIONSHIP_LABELS,
    STEP_LABELS,
    Capacity,
    Relationship,
    Step,
)
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services import connection_words, incident_words, training_list
from smdesk.services.account_words import account_name
from smdesk.services.connection_records import DECISION_KIND_LABELS, DecisionRecord
from smdesk.services.incident_state import person_name
from smdesk.services.letter_records import LetterKind, letter_number, titled
from smdesk.services.message_records import MESSAGE_KIND_LABELS, MessageKind
from smdesk.services.question_records import QuestionRow
from smdesk.services.reference_data import platform_label
from smdesk.services.reputation_records import FINDING_DECISION_LABELS, TONE_LABELS, FindingDecision, Tone
from smdesk.services.today_records import DueKind, Item, Target, day_of
from smdesk.services.watching_records import DueLook

_LONGEST: Final = 110
"""Letters of what somebody wrote that are told; the rest stands in the record."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row in words. ``due`` is a day its source does not order by."""

    title: str
    why: str
    target: Target
    due: date | None = None


Row = Sequence[Any]


def clipped(text: str) -> str:
    """What somebody wrote, on one line and not too long."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def message(row: Row, now: datetime) -> Line:
    year, number, kind, from_name, said, handle, platform = row[2:]
    whose = f" from {from_name}" if from_name else ""
    title = f"{MESSAGE_KIND_LABELS[MessageKind(kind)]}{whose} on {account_name(handle, platform)}"
    return Line(title, f"{year}/M{number:04d}. “{clipped(said)}”", Target("accounts", "messages", row[0]))


def message_open(row: Row, now: datetime) -> Line:
    replied, answered = row[9:]
    told = message(row[:9], now)
    if answered is not None:
        done = "Answered, and opened again."
    else:
        done = f"Acknowledged on {written_day(day_of(from_utc_text(replied)))}, not answered yet."
    reference, said = told.why.split(". ", 1)
    return replace(told, why=f"{reference}. {done} {said}")


def incident_reply(row: Row, now: datetime) -> Line:
    year, number, summary, platform = row[2:]
    where = f" on {platform_label(platform)}" if platform else ""
    why = f"Incident {incident_words.reference(year, number)}{where}: a reply or an acknowledgement (ACC-5)."
    return Line(clipped(summary), why, Target("incidents", "", row[0]))


def incident_step(row: Row, now: datetime) -> Line:
    year, number, summary, step, author, asked = row[2:]
    whose = f" {author}." if author else ""
    if asked:
        # INC-4: what was asked to be removed and is not known to be gone.
        todo = "Look whether the post is gone, and chase it (INC-4)."
    else:
        todo = f"Next: {in_a_sentence(STEP_LABELS[Step(step)])}." if step else "A step is due."
    why = f"Incident {incident_words.reference(year, number)}.{whose} {todo}"
    return Line(clipped(summary), why, Target("incidents", "", row[0]))


def incident_told(row: Row, now: datetime) -> Line:
    year, number, summary, step, urgent = row[2:]
    next_step = f" Next: {in_a_sentence(STEP_LABELS[Step(step)])}." if step else ""
    first = "Urgent. " if urgent else ""
    why = f"{first}{incident_words.reference(year, number)}. Nothing has been done about it yet.{next_step}"
    return Line(clipped(summary), why, Target("queue", "incident", row[0]))


def _letter(row: Row) -> tuple[str, str, str, str]:
    kind, to, reference, drafted_by, note = row[2:]
    return _letter_title(kind, to), reference, drafted_by, note


def _letter_title(kind: str, to: str) -> str:
    return titled(LetterKind(kind), to)


def letter_to_sign(row: Row, now: datetime) -> Line:
    title, reference, drafted_by, _ = _letter(row)
    return Line(title, f"{reference}. Drafted by {drafted_by}.", Target("queue", "letter", row[0]))


def letter_to_mend(row: Row, now: datetime) -> Line:
    title, reference, _, note = _letter(row)
    why = f"{reference}. Returned: “{clipped(note)}”" if note else f"{reference}. Returned."
    return Line(title, why, Target("letters", "", row[0]))


def letter_to_issue(row: Row, now: datetime) -> Line:
    title, reference, _, _ = _letter(row)
    return Line(title, f"{reference}. Signed; print it and send it.", Target("letters", "", row[0]))


def letter_to_send(row: Row, now: datetime) -> Line:
    kind, to, year, number, issued = row[2:]
    day = written_day(date.fromisoformat(issued))
    why = f"{letter_number(year, number)}, issued on {day}. How and when it went is not recorded."
    return Line(_letter_title(kind, to), why, Target("letters", "", row[0]))


def letter_back(row: Row, now: datetime) -> Line:
    kind, to, year, number, back, note = row[2:]
    day = written_day(date.fromisoformat(back))
    back_on = f"{letter_number(year, number)} came back on {day}"
    why = f"{back_on}: “{clipped(note)}” Send it again, or write to another address."
    return Line(_letter_title(kind, to), why, Target("letters", "", row[0]))


def _exception(row: Row) -> tuple[str, str, str]:
    year, number, given, family, other_given, other_family, relationship, capacity = row[2:10]
    other = in_a_sentence(CAPACITY_LABELS[Capacity(capacity)])
    related = RELATIONSHIP_LABELS[Relationship(relationship)] if relationship else "Relationship not given"
    title = f"{person_name(given, family)} and {person_name(other_given, other_family)}"
    return connection_words.reference(year, number), title, f"{related}, {other}"


def exception(row: Row, now: datetime) -> Line:
    reference, title, related = _exception(row)
    return Line(title, f"{reference}. {related}.", Target("queue", "exception", row[0]))


def exception_review(row: Row, now: datetime) -> Line:
    reference, title, related = _exception(row)
    return Line(title, f"{reference}. {related}.", Target("connections", "", row[0]))


def exception_to_review(row: Row, now: datetime) -> Line:
    """For whoever decides about it."""
    return replace(exception_review(row, now), target=Target("queue", "review", row[0]))


def exception_to_complete(row: Row, now: datetime) -> Line:
    reference, title, related = _exception(row)
    asked = "More was asked about it." if row[10] == "more_wanted" else "Not put forward yet."
    return Line(title, f"{reference}. {related}. {asked}", Target("connections", "", row[0]))


def paper(decision: DecisionRecord) -> Item:
    """A decision recorded from paper that waits for this reader's answer."""
    decided = DECISION_KIND_LABELS[decision.kind]
    return Item(
        DueKind.PAPER,
        decision.id,
        f"{decided} on {written_day(decision.decided_on)} by {decision.decider_name}",
        f"Recorded from paper by {decision.recorded_by}. Look whether it is what was decided.",
        None,
        False,
        Target("queue", "paper", decision.id),
    )


def question(row: QuestionRow) -> Item:
    """A question about a relationship that was answered and waits to be closed (CON-4)."""
    return Item(
        DueKind.QUESTION,
        row.id,
        f"{row.adult_name} and {row.other_name}",
        f"Asked on {written_day(row.asked_on)}, answered by {row.answered_by}.",
        None,
        False,
        Target("queue", "question", row.id),
    )


def _case(row: Row) -> tuple[str, str, date | None]:
    year, number, name, platform, submitted_on, proposer, given, family = row[2:10]
    by = person_name(given, family) if family else proposer
    where = f" on {platform_label(platform)}" if platform else ""
    whose = f" Proposed by {by}." if by else ""
    title = f"{name or 'An account without a name yet'}{where}"
    put = None if submitted_on is None else date.fromisoformat(submitted_on)
    return title, f"{year}/B{number:04d}.{whose}", put


def case(row: Row, now: datetime) -> Line:
    title, why, put = _case(row)
    since = f" Put forward on {written_day(put)}." if put is not None else ""
    return Line(title, f"{why}{since}", Target("cases", "", row[0]))


def case_to_complete(row: Row, now: datetime) -> Line:
    title, why, _ = _case(row)
    asked = "The leadership team asked for more." if row[10] == "more_wanted" else "Not put forward yet."
    return Line(title, f"{why} {asked}", Target("cases", "", row[0]))


def sign_off(row: Row, now: datetime) -> Line:
    title, handle, platform, asked_by, planned = row[2:]
    day = None if planned is None else date.fromisoformat(planned)
    why = f"For {account_name(handle, platform)}, asked by {asked_by}."
    if day is not None:
        why += f" To be published on {written_day(day)}."
    return Line(clipped(title), why, Target("accounts", "sign_offs", row[0]), day)


def account_review(row: Row, now: datetime) -> Line:
    handle, platform = row[2:]
    return Line(
        account_name(handle, platform),
        "Look whether it is still wanted, and by whom it is run.",
        Target("accounts", "register", row[0]),
    )


def block(row: Row, now: datetime) -> Line:
    who, place, handle, platform, since = row[2:]
    where = account_name(handle, platform) if handle else place
    why = f"Blocked{f' on {where}' if where else ''} since {written_day(date.fromisoformat(since))}."
    return Line(clipped(who), why, Target("accounts", "blocks", row[0]))


def finding(row: Row, now: datetime) -> Line:
    year, number, tone, said, journalist, told, place = row[2:]
    label = TONE_LABELS[Tone(tone)]
    why = f"{year}/R{number:04d}. “{clipped(said)}”"
    if journalist and told is None:
        # REP-3: the media policy comes before any reply.
        why = f"A journalist: whoever looks after the media policy comes first (REP-3). {why}"
    return Line(f"{label} on {place}", why, Target("reputation", "findings", row[0]))


def finding_to_do(row: Row, now: datetime) -> Line:
    year, number, tone, said, decision, place = row[2:]
    todo = in_a_sentence(FINDING_DECISION_LABELS[FindingDecision(decision)])
    why = f"{year}/R{number:04d}. Decided: {todo}. “{clipped(said)}”"
    return Line(f"{TONE_LABELS[Tone(tone)]} on {place}", why, Target("reputation", "findings", row[0]))


def place(row: Row, now: datetime) -> Line:
    name, given, family = row[2:]
    who = f"{person_name(given, family)} looks." if family else "Nobody is named for it."
    return Line(name, who, Target("reputation", "places", row[0]))


def policy(row: Row, now: datetime) -> Line:
    policy_id, title, label, reviewers = row[2:]
    who = f" Reviewed by {reviewers}." if reviewers else ""
    return Line(title, f"Version {label}.{who}", Target("agreements", "policies", policy_id))


def training(row: Row, now: datetime) -> Line:
    person_id, given, family, type_id, name = row[2:]
    last = date.fromisoformat(row[1])
    over = last < now.date()
    return Line(
        person_name(given, family),
        f"“{name}” {'lapsed after' if over else 'counts until'} {written_day(last)}.",
        Target("agreements", "training", training_list.row_id_of(type_id, person_id)),
    )


def look(due: DueLook | None) -> str:
    """Who looks at an account today, in a sentence; "" where nobody is asked to."""
    if due is None:
        return ""
    if due.mine:
        return "It is your turn today."
    if due.person_id is None:
        return due.problem or "Nobody is on the rota for today."
    covered = f" in place of {due.instead_of}" if due.instead_of else ""
    return f"{due.name} looks today{covered}."
