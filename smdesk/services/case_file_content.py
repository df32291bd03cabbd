"""What stands in a case file, section by section, in plain words (DOC-4).

Only what the maker may see is read: everything comes from services and conditions that ask for it. The advice is worked
out from what everybody who may open the incident could look up, for they may open the case file again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import (
    AccountMessage,
    Block,
    Incident,
    Letter,
    SchoolAccount,
)
from smdesk.documents.case_file import Facts, Grid, Passage, Points, Quoted, Section, Subheading, Words
from smdesk.policy import ladder
from smdesk.policy.profile import step_label
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.policy.words import narrow_day, written_day
from smdesk.services import (
    evidence,
    incident_fields,
    incident_paper_words,
    incident_state,
    letter_state,
    messages,
    reference_data,
)
from smdesk.services.case_file_names import FAMILY
from smdesk.services.incident_records import (
    PERSON_ROLE_LABELS,
    EvidenceItem,
    IncidentRecord,
    PersonRole,
    TimelineEntry,
)
from smdesk.services.letter_records import LETTER_KIND_LABELS, LetterKind
from smdesk.services.message_records import MESSAGE_KIND_LABELS, MessageKind

NAME_LEFT_OUT: Final = "Left out: it could show a name."
_DECISIONS: Final = frozenset({"step", "skip", "decision"})


@dataclass(frozen=True, slots=True)
class Record:
    """The incident as its maker may see it."""

    incident: IncidentRecord
    entries: Sequence[TimelineEntry]
    held: Sequence[EvidenceItem]


def letters_of(session: Session, incident_id: int) -> list[Letter]:
    """The issued letters of an incident, and of the blocks and messages that belong to it, oldest first."""
    blocks = select(Block.id).where(Block.incident_id == incident_id)
    written = select(AccountMessage.id).where(AccountMessage.incident_id == incident_id)
    return list(
        session.scalars(
            select(Letter)
            .where(
                Letter.status == "issued",
                or_(
                    Letter.incident_id == incident_id,
                    Letter.block_id.in_(blocks),
                    Letter.message_id.in_(written),
                ),
            )
            .order_by(Letter.issued_at, Letter.id)
        )
    )


def letter_title(letter: Letter) -> str:
    """What a letter is called where no name may stand."""
    return f"{LETTER_KIND_LABELS[LetterKind(letter.kind)]}, {letter_state.number(letter)}"


def item_title(number: int, item: EvidenceItem) -> str:
    """What a piece of evidence is called where no name may stand: a file's name may be somebody's."""
    if item.withheld:
        return f"Item {number}: not kept"
    ending = item.media_type.rpartition("/")[2].upper().replace("PLAIN", "text")
    return f"Item {number} ({ending})"


def without_file_names(record: Record) -> Record:
    """The record with a number wherever the timeline calls a piece of evidence by its file's name."""
    called = {item.id: (item.name, item_title(number, item)) for number, item in enumerate(record.held, 1)}

    def changed(entry: TimelineEntry) -> TimelineEntry:
        if entry.evidence_id not in called:
            return entry
        name, title = called[entry.evidence_id]
        return replace(entry, text=entry.text.replace(name, title))

    return replace(record, entries=tuple(changed(entry) for entry in record.entries))


def the_incident(record: Record, *, links: bool) -> Section:
    """The facts and what was said."""
    held = replace(record.incident, draft=replace(record.incident.draft, people=()), linked_references=())
    rows = [
        (label, words if links or label != "Link" else NAME_LEFT_OUT)
        for label, words in incident_paper_words.facts(held)
    ]
    if record.incident.draft.visibility:
        public = record.incident.draft.visibility == "public"
        rows.append(("Visible to", "Everybody" if public else "A private group or chat"))
    if record.incident.removed_on is not None:
        rows.append(("Found removed", written_day(record.incident.removed_on)))
    passages: list[Passage] = [
        Words(record.incident.draft.summary),
        Facts("About this incident", tuple(rows)),
    ]
    if record.incident.draft.said:
        passages += [Subheading("What was said, word for word"), Quoted(record.incident.draft.said)]
    if record.incident.draft.consent_notes:
        passages += [Subheading("About consent"), Words(record.incident.draft.consent_notes)]
    return Section("The incident", tuple(passages))


def people(record: Record) -> Section:
    """Who is in it, where names stand."""
    rows = tuple(
        (line.name, PERSON_ROLE_LABELS[line.role], KIND_LABELS[line.kind])
        for line in record.incident.draft.people
    )
    grid = Grid((("Name", 0.42), ("In this incident", 0.33), ("Who they are", 0.25)), rows)
    nobody = Words("Nobody is recorded in this incident.")
    return Section("People", (grid if rows else nobody,))


def key_of_people(record: Record, labels: Mapping[int, str], masked: Callable[[str], str]) -> Section:
    """Who is who, where names do not stand: each label with what is known of that person without naming them, after
    those of the incident whose names stay (which ``masked`` leaves as they are).
    """
    roles: dict[int, list[str]] = {}
    for line in record.incident.draft.people:
        roles.setdefault(line.person_id, []).append(PERSON_ROLE_LABELS[line.role].lower())
    named = {
        line.person_id: line.name
        for line in record.incident.draft.people
        if line.person_id not in labels and masked(line.name) == line.name
    }
    rows = tuple(
        (name, "; ".join(roles[person_id]) + "; the name stays") for person_id, name in named.items()
    )
    rows += tuple(
        (
            label,
            "; ".join(roles.get(person_id, []))
            or (
                "named in the record"
                if person_id > 0
                else "a family name"
                if person_id <= FAMILY
                else "words taken out by hand"
            ),
        )
        for person_id, label in labels.items()
    )
    return Section(
        "People",
        (
            Words(
                "Names were replaced by letters. The same letter stands for the same person throughout this file; "
                "which name belongs to it stands in the school's record alone."
            ),
            Grid((("In this file", 0.5), ("In this incident", 0.5)), rows),
        ),
    )


def advice(session: Session, incident: Incident) -> Section:
    """What the policy says, the ladder with this author, and what it rules out (INC-5)."""
    where = incident_state.shared_where(incident.confidentiality, incident.headteacher_is_subject)
    profile = incident_state.stored_profile(session, incident.profile_id)
    history = incident_state.history_of(session, incident.author_id, incident.id, where)
    case = incident_state.case_of(session, incident)
    facts = incident_state.facts(case, history, incident_state.nation(session))
    found = ladder.advise(profile, facts, reference_data.platforms())
    passages: list[Passage] = []
    rungs = tuple(
        (
            step_label(profile, rung.step),
            "; ".join(narrow_day(each.on) for each in facts.history if each.step is rung.step) or "not taken",
        )
        for rung in profile.ladder
        if rung.in_use
    )
    if incident.status == "open" and found.next:
        passages += [
            Subheading("Open now"),
            Points(
                tuple(f"{step_label(profile, each.step)}: {each.why} ({each.rule})" for each in found.next)
            ),
        ]
    if incident.status == "open" and found.refused:
        passages += [
            Subheading("Not to be taken now"),
            Points(
                tuple(f"{step_label(profile, each.step)}: {each.why} ({each.rule})" for each in found.refused)
            ),
        ]
    if rungs:
        passages += [
            Subheading("The policy's steps with whoever posted it"),
            Grid((("Step", 0.65), ("Taken on", 0.35)), rungs),
        ]
    if not passages:
        passages.append(Words("The policy names no further step for this incident."))
    return Section("What the policy says", tuple(passages))


def steps_taken(record: Record) -> Section:
    """Steps, steps left out and decisions, each with its reason (INC-14)."""
    rows = tuple(
        (
            narrow_day(entry.happened_on),
            _marked(entry, incident_paper_words.what(entry)),
            entry.reason or "–",
            entry.rule or "–",
            entry.recorded_by,
        )
        for entry in record.entries
        if entry.kind in _DECISIONS
    )
    grid = Grid(
        (("When", 0.14), ("Step or decision", 0.3), ("Reason", 0.3), ("Rule", 0.1), ("By whom", 0.16)), rows
    )
    return Section(
        "Steps and decisions, with their reasons",
        (grid if rows else Words("No step has been recorded."),),
    )


def chronology(record: Record) -> Section:
    """Everything that happened, oldest first; what was taken back stays, marked."""
    rows = tuple(
        (
            f"{narrow_day(entry.happened_on)}\n{entry.happened_at}".rstrip(),
            "\n".join(
                part
                for part in (
                    _marked(entry, incident_paper_words.what(entry)),
                    incident_paper_words.detail(entry),
                )
                if part
            ),
            entry.recorded_by,
        )
        for entry in record.entries
    )
    return Section(
        "Everything that happened", (Grid((("When", 0.17), ("What", 0.61), ("By whom", 0.22)), rows),)
    )


def _marked(entry: TimelineEntry, words: str) -> str:
    return f"TAKEN BACK: {entry.withdrawn_reason}\n{words}" if entry.withdrawn else words


def belongings(session: Session, record: Record, *, linked: bool, links: bool) -> Section:
    """Messages, blocks and linked incidents."""
    incident_id = record.incident.id
    accounts = {
        row.id: f"{row.handle} on {row.platform}"
        for row in session.execute(select(SchoolAccount.id, SchoolAccount.handle, SchoolAccount.platform))
    }
    passages: list[Passage] = []
    found = session.scalars(
        select(AccountMessage)
        .where(AccountMessage.incident_id == incident_id, AccountMessage.withdrawn_at.is_(None))
        .order_by(AccountMessage.id)
    ).all()
    for message in found:
        rows = [
            ("Received", incident_fields.moment_in_words(message.received_at)),
            ("On", accounts.get(message.account_id, "")),
            ("Kind", MESSAGE_KIND_LABELS[MessageKind(message.kind)]),
            ("From", message.from_name),
            ("Link", message.link if links or not message.link else NAME_LEFT_OUT),
            (
                "Acknowledged",
                _reply(message.acknowledged_at, message.acknowledged_by, message.acknowledgement),
            ),
            ("Answered", _reply(message.answered_at, message.answered_by, message.answer)),
        ]
        reference = messages.reference(message.year, message.number)
        passages += [
            Subheading(f"Message {reference} on a school account"),
            Facts("This message", tuple((label, words) for label, words in rows if words)),
            Quoted(message.said),
        ]
    blocks = session.scalars(select(Block).where(Block.incident_id == incident_id).order_by(Block.id)).all()
    if blocks:
        passages += [
            Subheading("Blocks"),
            Grid(
                (("Who", 0.22), ("Where", 0.22), ("Reason", 0.3), ("From", 0.13), ("Ended", 0.13)),
                tuple(
                    (
                        block.who,
                        accounts.get(block.account_id or 0, block.place),
                        block.reason,
                        narrow_day(block.since_on),
                        narrow_day(block.ended_on) if block.ended_on else "stands",
                    )
                    for block in blocks
                ),
            ),
        ]
    others = list(_linked(session, record)) if linked else []
    if others:
        passages += [
            Subheading("Linked incidents"),
            Grid(
                (("Reference", 0.16), ("Received", 0.2), ("What it is", 0.48), ("Status", 0.16)),
                tuple(others),
            ),
        ]
    return Section(
        "Messages, blocks and linked incidents",
        tuple(passages) or (Words("None is recorded with this incident."),),
    )


def _linked(session: Session, record: Record) -> Iterator[tuple[str, str, str, str]]:
    for other_id, reference in record.incident.linked_references:
        other = session.get_one(Incident, other_id)
        yield (
            reference,
            narrow_day(incident_state.local_date(other.received_at)),
            other.summary,
            incident_paper_words.STATUS_LABELS.get(other.status, other.status),
        )


def _reply(at: datetime | None, by: str, text: str) -> str:
    if at is None:
        return ""
    return f"{incident_fields.moment_in_words(at)} by {by}" + (f": {text}" if text else "")


def written_names(session: Session, incident_id: int, keep: frozenset[int]) -> list[str]:
    """What senders and blocked followers call themselves, where these are nobody whose name stays."""
    found = [
        *session.execute(
            select(AccountMessage.from_name, AccountMessage.person_id).where(
                AccountMessage.incident_id == incident_id
            )
        ),
        *session.execute(select(Block.who, Block.person_id).where(Block.incident_id == incident_id)),
    ]
    return [words for words, person_id in found if words.strip() and person_id not in keep]


def author_kept(record: Record, kept: frozenset[int]) -> bool:
    """Whether whoever posted is named: then a link to the post names nobody else."""
    authors = {line.person_id for line in record.incident.draft.people if line.role is PersonRole.AUTHOR}
    return bool(authors) and authors <= kept


def may_show_pictures(session: Session, incident_id: int) -> bool:
    """False where the incident is marked as sexual imagery of a child: nothing of it is shown or copied (INC-6)."""
    return not evidence.is_imagery(session, session.get_one(Incident, incident_id))
