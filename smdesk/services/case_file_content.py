"""What stands in a case file, section by section, in plain words (DOC-4).

Only what the maker may see is read: everything comes from services and conditions that ask for it. The advice is worked
out from what everybody who may open the incident could look up, for they may open the case file again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import (
    AccountMessage,
    AuditEntry,
    Block,
    Evidence,
    Incident,
    Letter,
    SchoolAccount,
    SigningKey,
    User,
)
from smdesk.documents.case_file import Facts, Grid, Passage, Points, Quoted, Section, Subheading, Words
from smdesk.policy import ladder
from smdesk.policy.profile import step_label
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.policy.words import narrow_day, written_day
from smdesk.security.signatures import fingerprint
from smdesk.services import (
    evidence,
    incident_fields,
    incident_paper_words,
    incident_state,
    letter_matter,
    letter_signing,
    letter_state,
    messages,
    reference_data,
)
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import (
    PERSON_ROLE_LABELS,
    EvidenceItem,
    IncidentRecord,
    PersonRole,
    TimelineEntry,
)
from smdesk.services.letter_records import LETTER_KIND_LABELS, SENT_HOW_LABELS, LetterKind, SentHow
from smdesk.services.message_records import MESSAGE_KIND_LABELS, MessageKind
from smdesk.services.user_records import key_flag

LINK_LEFT_OUT: Final = "Left out: it could show a name."
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
        (label, words if links or label != "Link" else LINK_LEFT_OUT)
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


def key_of_people(record: Record, labels: Mapping[int, str]) -> Section:
    """Who is who, where names do not stand: each label with what is known of that person without naming them."""
    roles: dict[int, list[str]] = {}
    for line in record.incident.draft.people:
        roles.setdefault(line.person_id, []).append(PERSON_ROLE_LABELS[line.role].lower())
    rows = tuple(
        (
            label,
            "; ".join(roles.get(person_id, []))
            or ("named in the record" if person_id > 0 else "words taken out by hand"),
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
            ("Link", message.link if links or not message.link else LINK_LEFT_OUT),
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


def letters(
    session: Session,
    found: Sequence[Letter],
    inside: frozenset[int],
    why_not: str,
    damaged: Mapping[int, str],
) -> Section:
    """The letters that were issued, and which of them follow as they are."""
    rows = tuple(
        (
            letter_title(letter),
            letter.addressee.split("\n")[0],
            narrow_day(letter.issued_on) if letter.issued_on else "",
            _sent(letter),
            "As issued" if letter.id in inside else damaged.get(letter.id, why_not),
        )
        for letter in found
    )
    grid = Grid(
        (("Letter", 0.3), ("To", 0.2), ("Issued", 0.14), ("Sent", 0.18), ("In this file", 0.18)), rows
    )
    return Section("Letters", (grid if rows else Words("No letter was issued."),))


def _sent(letter: Letter) -> str:
    if not letter.sent_how or letter.sent_on is None:
        return "not recorded"
    words = f"{SENT_HOW_LABELS[SentHow(letter.sent_how)]}, {narrow_day(letter.sent_on)}"
    if letter.sent_proof:
        words += f", proof {letter.sent_proof}"
    if letter.returned_on is not None:
        words += f"; came back {narrow_day(letter.returned_on)}"
    return words


def evidence_list(
    record: Record, inside: frozenset[int], why_not: Mapping[int, str], *, names: bool, links: bool
) -> Section:
    """Every piece with its hash: kept, removed and withheld ones (what is withheld was never kept)."""
    rows = []
    for number, item in enumerate(record.held, start=1):
        seen = item.seen_at if links or "/" not in item.seen_at else LINK_LEFT_OUT
        what = [item_title(number, item)]
        if names and not item.withheld:
            what.append(f"“{item.name}”")
        if seen:
            what.append(f"Seen at: {seen}")
        what += [item.note] if item.note else []
        if item.withheld:
            state = "Nothing is kept of it."
        elif item.removed:
            state = f"Removed: {item.removed_reason}"
        elif item.id in inside:
            state = "Shown in this file"
        else:
            state = why_not.get(item.id, "Not a picture: a copy is with the school.")
        rows.append(
            (
                "\n".join(what),
                f"{incident_fields.moment_in_words(item.added_at)}\n{item.added_by}",
                grouped(item.sha256) if item.sha256 else "–",
                f"{item.size:,} bytes\n{state}" if item.size else state,
            )
        )
    grid = Grid(
        (("Item", 0.3), ("Kept", 0.18), ("SHA-256 of the kept file", 0.27), ("In this file", 0.25)),
        tuple(rows),
        small=True,
    )
    return Section("Evidence", (grid if rows else Words("No evidence was kept."),))


def signatures(session: Session, found: Sequence[Letter]) -> Section:
    """Who approved each letter, with which key, and whether the signature still fits the text."""
    passages: list[Passage] = []
    keys: dict[int, SigningKey] = {}
    for letter in found:
        approver = session.get(User, letter.approved_by) if letter.approved_by is not None else None
        key = session.get(SigningKey, letter.signing_key_id) if letter.signing_key_id is not None else None
        fault = letter_signing.signature_fault(session, letter, letter_matter.stored(session, letter))
        if key is not None:
            keys[key.id] = key
        approved = incident_fields.moment_in_words(letter.approved_at) if letter.approved_at else "–"
        passages += [
            Subheading(letter_title(letter)),
            Facts(
                "This letter",
                (
                    ("Approved", f"{approved} by {approver.name if approver else 'nobody on record'}"),
                    ("Signing key", fingerprint(key.public_key) if key else "–"),
                    ("Signature", grouped(letter.signature.hex()) if letter.signature else "–"),
                    ("Checked now", fault or "The signature fits the letter as it stands in the record."),
                    ("SHA-256 of the paper", grouped(letter.sha256 or "")),
                ),
            ),
        ]
    for key in keys.values():
        holder = session.get_one(User, key.user_id)
        rows = [
            ("Belongs to", holder.name),
            ("Fingerprint", fingerprint(key.public_key)),
            ("Public key (Ed25519)", grouped(key.public_key.hex())),
            ("Made", incident_fields.moment_in_words(key.created_at)),
            ("Retired", incident_fields.moment_in_words(key.retired_at) if key.retired_at else ""),
            ("Mind", key_flag(key)),
        ]
        passages += [
            Subheading(f"Key {' '.join(fingerprint(key.public_key).split()[:4])}"),
            Facts("This key", tuple((label, words) for label, words in rows if words)),
        ]
    return Section("Signatures and keys", tuple(passages) or (Words("No letter was signed."),))


def audit_extract(session: Session, incident_id: int, found: Sequence[Letter]) -> Section:
    """The lines of the audit log about this incident, its letters and its evidence. What is personal in them stands
    apart in the log, and not here."""
    pieces = select(Evidence.id).where(Evidence.incident_id == incident_id)
    written = select(Letter.id).where(Letter.incident_id == incident_id)
    rows = session.execute(
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(
            or_(
                and_(AuditEntry.object_kind == "incident", AuditEntry.object_id == incident_id),
                and_(AuditEntry.object_kind == "evidence", AuditEntry.object_id.in_(pieces)),
                and_(
                    AuditEntry.object_kind == "letter",
                    or_(
                        AuditEntry.object_id.in_(written),
                        AuditEntry.object_id.in_([letter.id for letter in found]),
                    ),
                ),
            )
        )
        .order_by(AuditEntry.seq)
    ).all()
    return Section(
        "Extract of the audit log",
        (
            Words(
                "Each line is sealed by a hash over itself and the line before it, so the school's log shows whether a "
                "line was changed, taken out or put in.",
            ),
            Grid(
                (("Line", 0.08), ("When", 0.17), ("Who", 0.17), ("What", 0.2), ("Hash", 0.38)),
                tuple(
                    (
                        str(line.seq),
                        f"{line.at.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}",
                        name or "SM Desk",
                        f"{line.action} {line.object_kind} {line.object_id}",
                        grouped(line.hash),
                    )
                    for line, name in rows
                ),
                small=True,
            ),
        ),
    )


def grouped(digits: str) -> str:
    """Hexadecimal digits in eights, so that they can be read and compared."""
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def author_kept(record: Record, kept: frozenset[int]) -> bool:
    """Whether whoever posted is named: then a link to the post names nobody else."""
    authors = {line.person_id for line in record.incident.draft.people if line.role is PersonRole.AUTHOR}
    return bool(authors) and authors <= kept


def may_show_pictures(session: Session, incident_id: int) -> bool:
    """False where the incident is marked as sexual imagery of a child: nothing of it is shown or copied (INC-6)."""
    return not evidence.is_imagery(session, session.get_one(Incident, incident_id))
