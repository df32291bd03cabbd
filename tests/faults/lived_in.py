"""A school that has been worked in, made through the services, for faults to befall it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Conduct, Initiator, Link, PersonKind, Relationship, Step
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import (
    backups,
    connections,
    drafts,
    evidence,
    incidents,
    letters,
    people,
    session,
    setup,
    steps,
)
from smdesk.services.connection_records import DeclarationDraft
from smdesk.services.context import Context
from smdesk.services.incident_records import (
    Confidentiality,
    IncidentDraft,
    PersonInIncident,
    PersonRole,
    StepDraft,
)
from smdesk.services.letter_records import LetterKind
from smdesk.services.people_records import PersonDraft
from smdesk.services.setup import NewUser, SetupAnswers

ROOT = Path(__file__).resolve().parents[2]
MORNING = datetime(2026, 9, 8, 8, 0, tzinfo=UTC)
DAY = date(2026, 9, 8)

HEAD, DSL, OFFICE = "orange kettle window", "purple ladder biscuit", "green teapot harbour"
PASSWORDS = {"head": HEAD, "dsl": DSL, "office": OFFICE}

SUMMARY = "Calls the caretaker a burglar on the village page"
SAID = "That man empties our lockers, everybody in Brambleford knows"
SECRET = "Mother fears the uncle, speaks of belts and cupboards"
EVIDENCE_TEXT = b"Screenshot words: Quillfeather wrote this at midnight"
EVIDENCE_NAME = "quillfeather-midnight-post.txt"
SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""A decision on paper, scanned, as far as the records look at it."""
HALF_TYPED = "A half typed sentence about Tariq and the bicycle shed"


@dataclass
class Lived:
    """A school's folder with two incidents, an issued letter, evidence, a form half typed, and a backup."""

    folder: SchoolFolder
    recovery_code: str
    incident: int
    secret: int
    letter: int
    evidence: int
    parent: int
    copied: list[Path] = field(default_factory=list)

    @contextmanager
    def signed_in(
        self, login: str = "office", password: str | None = None, now: datetime = MORNING
    ) -> Iterator[Context]:
        ctx = session.sign_in(self.folder, login, password or PASSWORDS[login], lambda: now)
        try:
            yield ctx
        finally:
            session.sign_out(ctx)

    def copied_to(self, root: Path) -> Lived:
        """The same school in another place."""
        shutil.copytree(self.folder.root, root, dirs_exist_ok=True)
        return Lived(
            SchoolFolder(root),
            self.recovery_code,
            self.incident,
            self.secret,
            self.letter,
            self.evidence,
            self.parent,
        )


ANSWERS = SetupAnswers(
    name="Thistledown Primary School",
    address="1 School Lane\nThistledown\nZZ1 1ZZ",
    phone="01632 960123",
    email="desk@thistledown.example",
    complaints_procedure="at the office and on our pages",
    users=(
        NewUser("head", "Mrs Hyacinth Alderwood", "Headteacher", (Role.HEADTEACHER,), HEAD),
        NewUser("dsl", "Mr Dorian Birchall", "Deputy", (Role.DSL,), DSL),
        NewUser(
            "office",
            "Ms Beatrix Cedarholm",
            "Business manager",
            (Role.BUSINESS_MANAGER, Role.ADMINISTRATOR),
            OFFICE,
        ),
    ),
)

TYPED = (
    "Thistledown",
    "School Lane",
    "01632 960123",
    "desk@thistledown.example",
    "Hyacinth",
    "Alderwood",
    "Birchall",
    "Cedarholm",
    "Quillfeather",
    "Annabel",
    "annabel@quillfeather.example",
    "Orchard Way",
    "annaq_79",
    "Osei-Marsh",
    "Tariq",
    SUMMARY,
    "burglar",
    SAID,
    "empties our lockers",
    SECRET,
    "belts and cupboards",
    "wrote this at midnight",
    EVIDENCE_NAME,
    "midnight-post",
    HALF_TYPED,
    "bicycle shed",
    "Rang her at noon",
    "Written warning",
)
"""What somebody typed, or what papers say: none of it may be readable in the folder."""


def draft(number: int | str = "", people_in_it: tuple[PersonInIncident, ...] = ()) -> IncidentDraft:
    """A plain incident as the form gives it."""
    return IncidentDraft(
        received_at=MORNING - timedelta(hours=1),
        summary=f"Comment {number}".strip(),
        said="said " * 40,
        conduct=(Conduct.ABUSIVE,),
        people=people_in_it,
    )


def live_in(root: Path) -> Lived:
    """Set the school up and work in it for a morning."""
    folder = SchoolFolder(root)
    code = setup.create_school(folder, ANSWERS, lambda: MORNING, params=vault.TESTING).recovery_code
    office = session.sign_in(folder, "office", OFFICE, lambda: MORNING)
    head = session.sign_in(folder, "head", HEAD, lambda: MORNING)
    try:
        parent = people.save(
            office,
            PersonDraft(
                title="Ms",
                given_name="Annabel",
                family_name="Quillfeather",
                address="3 Orchard Way\nThistledown",
                email="annabel@quillfeather.example",
                online_names="annaq_79",
            ),
        ).id
        pupil = people.save(
            office, PersonDraft(kind=PersonKind.PUPIL, given_name="Tariq", family_name="Osei-Marsh")
        ).id
        in_it = (
            PersonInIncident(parent, PersonRole.AUTHOR, PersonKind.PARENT),
            PersonInIncident(pupil, PersonRole.NAMED, PersonKind.PUPIL),
        )
        incident = incidents.save(
            office,
            IncidentDraft(
                received_at=MORNING - timedelta(hours=1),
                summary=SUMMARY,
                said=SAID,
                platform="facebook",
                conduct=(Conduct.ABUSIVE,),
                people=in_it,
            ),
        ).id
        secret = incidents.save(
            head,
            IncidentDraft(
                received_at=MORNING - timedelta(hours=1),
                summary=SECRET,
                conduct=(Conduct.BULLYING,),
                people=in_it,
                confidentiality=Confidentiality.SAFEGUARDING,
            ),
        ).id
        kept = evidence.add(office, incident, EVIDENCE_NAME, EVIDENCE_TEXT, "Seen by the office").id
        steps.record(office, incident, StepDraft(Step.TALK, parent, DAY, "Rang her at noon"))
        letter = written(office, head, incident)
        drafts.put(office, "incident", 0, {"summary": HALF_TYPED})
        backups.make(office, "a good morning's work")
    finally:
        session.sign_out(office)
        session.sign_out(head)
    return Lived(folder, code, incident, secret, letter, kept, parent)


def exception_waiting(lived: Lived) -> int:
    """A teacher and his cousin among the pupils, put to the headteacher."""
    with lived.signed_in() as office:
        adult, pupil = (
            people.save(office, PersonDraft(kind=kind, given_name=given, family_name="Hazelwood")).id
            for kind, given in ((PersonKind.STAFF, "Tim"), (PersonKind.PUPIL, "Kit"))
        )
        declared = DeclarationDraft(
            adult_id=adult,
            other_id=pupil,
            relationship=Relationship.COUSIN,
            known_how="Both families told the office.",
            platforms=("facebook",),
            links=(Link.FRIEND,),
            initiator=Initiator.BOTH,
            declared_on=DAY,
        )
        saved = connections.save(office, declared)
        return connections.submit(office, saved.id, saved.version).id


def approved(office: Context, head: Context, incident: int, kind: LetterKind) -> int:
    """A letter drafted by the office and signed by the headteacher, not issued yet."""
    letter = letters.draft(office, incident, kind, step_reason="Out of turn for this story").id
    letters.submit(office, letter, letters.get(office, letter).version)
    letters.approve(head, letter, letters.get(head, letter).version)
    return letter


def written(office: Context, head: Context, incident: int) -> int:
    """A warning, issued."""
    letter = approved(office, head, incident, LetterKind.WRITTEN_WARNING)
    letters.issue(office, letter, letters.get(office, letter).version)
    return letter
