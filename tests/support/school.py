"""A small invented school on a real encrypted database, for tests of the services.

The folder is built once a session and copied for each test: building costs a migration, copying does not.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from smdesk.db import search
from smdesk.db.engine import Database, open_database
from smdesk.db.models import Person, PersonLink, PolicyProfile, School, User
from smdesk.db.models import SigningKey as SigningKeyRow
from smdesk.paths import SchoolFolder, resource
from smdesk.policy.vocabulary import Conduct, PersonKind
from smdesk.security.permissions import Role
from smdesk.security.signatures import SigningKey
from smdesk.services import incidents
from smdesk.services.context import Context, SignedIn
from smdesk.services.incident_records import Confidentiality, IncidentDraft, PersonInIncident, PersonRole

START = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
"""A Wednesday in term time, in winter time: 09:30 at the school."""

USERS: dict[str, tuple[str, tuple[Role, ...], str | None]] = {
    "headteacher": ("Mrs H. Alder", (Role.HEADTEACHER,), "head"),
    "dsl": ("Mr D. Birch", (Role.DSL,), "dsl"),
    "business_manager": ("Ms B. Cedar", (Role.BUSINESS_MANAGER,), "office"),
    "leadership": ("Mr L. Damson", (Role.LEADERSHIP,), None),
    "governor": ("Dr G. Elm", (Role.GOVERNOR,), None),
    "chair": ("Mrs C. Fir", (Role.CHAIR_OF_GOVERNORS,), "chair"),
    "administrator": ("Mr A. Gorse", (Role.ADMINISTRATOR,), None),
}
"""login -> name, roles, and the person record that is this user."""

PEOPLE: dict[str, dict[str, object]] = {
    "head": {"kind": "staff", "title": "Mrs", "given_name": "Helen", "family_name": "Alder"},
    "dsl": {"kind": "staff", "title": "Mr", "given_name": "Dan", "family_name": "Birch"},
    "office": {"kind": "staff", "title": "Ms", "given_name": "Bea", "family_name": "Cedar", "also": "parent"},
    "chair": {"kind": "governor", "title": "Mrs", "given_name": "Carol", "family_name": "Fir"},
    "teacher": {"kind": "staff", "title": "Mr", "given_name": "Tim", "family_name": "Hazel"},
    "anna": {
        "kind": "parent",
        "title": "Ms",
        "given_name": "Anna",
        "family_name": "Quillfeather",
        "address": "3 Orchard Way\nBrambleford",
        "postcode": "ZZ9 9ZZ",
        "email": "anna@quillfeather.example",
        "online_names": "annaq_79",
    },
    "ben": {"kind": "parent", "title": "Mr", "given_name": "Ben", "family_name": "Quillfeather"},
    "sam": {
        "kind": "pupil",
        "given_name": "Sam",
        "family_name": "Quillfeather",
        "date_of_birth": date(2015, 9, 14),
        "year_group": "Year 5",
    },
    "tariq": {
        "kind": "pupil",
        "given_name": "Tariq",
        "family_name": "Osei-Marsh",
        "date_of_birth": date(2014, 12, 2),
        "year_group": "Year 6",
    },
    "stranger": {"kind": "unknown", "family_name": "village_watcher", "identified": False},
}


@dataclass
class Clock:
    """The time the services are told; tests move it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


@dataclass
class SmallSchool:
    folder: SchoolFolder
    database: Database
    data_key: bytes
    users: dict[str, int]
    people: dict[str, int]
    signing: dict[str, SigningKey]
    clock: Clock = field(default_factory=Clock)

    def ctx_for(self, login: str) -> Context:
        """What a service function is given when this user has signed in."""
        name, roles, person = USERS[login]
        user = SignedIn(
            id=self.users[login],
            login=login,
            name=name,
            roles=frozenset(roles),
            person_id=None if person is None else self.people[person],
        )
        return Context(self.database, self.folder, user, self.signing[login], self.clock)

    def draft(
        self,
        summary: str = "Rude comment on the village page",
        *,
        author: str | None = "anna",
        named: str | None = None,
        conduct: tuple[Conduct, ...] = (Conduct.ABUSIVE,),
        confidentiality: Confidentiality = Confidentiality.NORMAL,
        received_at: datetime | None = None,
        handled_by: str | None = None,
        **more: object,
    ) -> IncidentDraft:
        """A plain incident; the author's capacity is the person's own kind."""
        people = []
        for key, role in ((author, PersonRole.AUTHOR), (named, PersonRole.NAMED)):
            if key is not None:
                kind = PersonKind(str(PEOPLE[key]["kind"]))
                people.append(PersonInIncident(self.people[key], role, kind))
        return IncidentDraft(
            received_at=received_at or self.clock.now - timedelta(hours=1),
            summary=summary,
            conduct=conduct,
            people=tuple(people),
            confidentiality=confidentiality,
            handled_by=None if handled_by is None else self.users[handled_by],
            **more,
        )

    def incident(self, login: str = "business_manager", **fields: object) -> int:
        """Log one incident through the service; the fields are those of ``draft``."""
        return incidents.save(self.ctx_for(login), self.draft(**fields)).id


@dataclass
class Template:
    """The built folder, closed, to be copied."""

    root: Path
    data_key: bytes
    users: dict[str, int]
    people: dict[str, int]
    signing: dict[str, SigningKey]


def build_template(root: Path) -> Template:
    """Write the school's folder once: the database with its users, people and policy."""
    folder = SchoolFolder(root)
    for part in (folder.root, folder.evidence, folder.papers, folder.backups):
        part.mkdir(parents=True, exist_ok=True)
    data_key = secrets.token_bytes(32)
    signing = {login: SigningKey.generate() for login in USERS}
    database = open_database(folder.database, data_key, create=True)
    try:
        users, people = _fill(database, signing)
    finally:
        database.dispose()
    return Template(root, data_key, users, people, signing)


@contextmanager
def school_from(template: Template, root: Path) -> Iterator[SmallSchool]:
    """A copy of the template, opened; closed again at the end."""
    shutil.copytree(template.root, root, dirs_exist_ok=True)
    folder = SchoolFolder(root)
    database = open_database(folder.database, template.data_key)
    try:
        yield SmallSchool(
            folder,
            database,
            template.data_key,
            dict(template.users),
            dict(template.people),
            dict(template.signing),
        )
    finally:
        database.dispose()


def _fill(database: Database, signing: dict[str, SigningKey]) -> tuple[dict[str, int], dict[str, int]]:
    toml = resource("policy", "complete.toml").read_text(encoding="utf-8")
    with database.writing() as session:
        people = {}
        for key, fields in PEOPLE.items():
            sort_name = f"{fields['family_name']} {fields.get('given_name', '')}".strip().casefold()
            person = Person(sort_name=sort_name, created_at=START, **fields)
            session.add(person)
            session.flush()
            people[key] = person.id
            search.index_person(session, person.id)
        for parent in ("anna", "ben"):
            session.add(PersonLink(person_id=people[parent], other_id=people["sam"], relation="parent_of"))
        users = {}
        for login, (name, roles, person_key) in USERS.items():
            user = User(
                vault_key=hashlib.sha256(login.encode()).hexdigest()[:32],
                login=login,
                name=name,
                roles=[str(role) for role in roles],
                person_id=None if person_key is None else people[person_key],
                created_at=START,
            )
            session.add(user)
            session.flush()
            users[login] = user.id
            session.add(
                SigningKeyRow(
                    user_id=user.id, public_key=signing[login].public, origin="first", created_at=START
                )
            )
        profile = PolicyProfile(
            number=1,
            base="complete",
            title="Complete",
            toml=toml,
            sha256=hashlib.sha256(toml.encode()).hexdigest(),
            created_at=START,
        )
        session.add(profile)
        session.flush()
        session.add(
            School(
                vault_id="test-vault",
                name="Brambleford Primary School",
                address="School Lane\nBrambleford\nZZ9 9ZZ",
                phone="01632 960000",
                email="office@brambleford.example",
                nation="england",
                complaints_procedure="on our website and from the school office",
                official_channels="Class Dojo, ParentPay",
                contacts={},
                settings={},
                profile_id=profile.id,
                created_at=START,
            )
        )
    return users, people
