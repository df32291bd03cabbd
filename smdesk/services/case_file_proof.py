"""The lists of a case file that prove: letters, evidence with hashes, signatures and keys, the audit log (DOC-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import AuditEntry, Evidence, Letter, SigningKey, User
from smdesk.documents.case_file import Facts, Grid, Passage, Section, Subheading, Words
from smdesk.policy.words import grouped, narrow_day
from smdesk.security.signatures import fingerprint
from smdesk.services import incident_fields, letter_matter, letter_signing
from smdesk.services.case_file_content import NAME_LEFT_OUT, Record, item_title, letter_title
from smdesk.services.context import LOCAL
from smdesk.services.letter_records import SENT_HOW_LABELS, SentHow
from smdesk.services.user_records import key_flag


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
        seen = item.seen_at if links or "/" not in item.seen_at else NAME_LEFT_OUT
        what = [item_title(number, item)]
        if names and not item.withheld:
            what.append(f"“{item.name}”")
        if seen:
            what.append(f"Seen at: {seen}")
        if item.taken_at is not None:
            what.append(f"Seen on: {incident_fields.moment_in_words(item.taken_at)}")
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
