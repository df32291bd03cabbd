"""A school set up as its office would, with passwords and keys of its own; people really sign in and out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import connection_decisions, connection_list, connections, people, session, setup, users
from smdesk.services.connection_records import (
    DecisionDraft,
    DecisionKind,
    DeclarationDraft,
    ExceptionFilter,
    ExceptionSort,
)
from smdesk.services.context import Context
from smdesk.services.people_records import PersonDraft
from smdesk.services.setup import NewUser, SetupAnswers

MORNING = datetime(2026, 9, 8, 8, 0, tzinfo=UTC)
HEAD, DSL, OFFICE = "orange kettle window", "purple ladder biscuit", "green teapot harbour"


@dataclass
class RealSchool:
    """A folder, a clock and the passwords people know."""

    folder: SchoolFolder
    now: datetime = MORNING
    passwords: dict[str, str] = field(default_factory=lambda: {"head": HEAD, "dsl": DSL, "office": OFFICE})

    @contextmanager
    def signed_in(self, login: str, password: str | None = None) -> Iterator[Context]:
        ctx = session.sign_in(self.folder, login, password or self.passwords[login], lambda: self.now)
        try:
            yield ctx
        finally:
            session.sign_out(ctx)

    @property
    def today(self) -> date:
        return self.now.date()

    def day_is(self, day: date) -> None:
        """The morning of another day."""
        self.now = datetime(day.year, day.month, day.day, 8, 0, tzinfo=UTC)

    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    def user_id(self, ctx: Context, login: str) -> int:
        return next(row.id for row in users.list_users(ctx) if row.draft.login == login)

    # Connections, each by the right person.

    def person(self, family_name: str, given_name: str, kind: PersonKind, **fields: object) -> int:
        with self.signed_in("office") as office:
            draft = PersonDraft(kind=kind, given_name=given_name, family_name=family_name, **fields)
            return people.save(office, draft).id

    def waiting(self, adult: int, other: int, supersedes: int | None = None, **fields: object) -> int:
        """A declaration of today, recorded by the office and put to the headteacher."""
        usual: dict[str, object] = {
            "adult_id": adult,
            "other_id": other,
            "capacity": Capacity.PUPIL,
            "relationship": Relationship.COUSIN,
            "known_how": "Both families told the office.",
            "platforms": ("facebook",),
            "links": (Link.FRIEND,),
            "initiator": Initiator.BOTH,
            "declared_on": self.today,
        }
        with self.signed_in("office") as office:
            draft = DeclarationDraft(**{**usual, **fields})
            saved = connections.save(office, draft, supersedes=supersedes)
            return connections.submit(office, saved.id, saved.version).id

    def decided(
        self, exception: int, kind: DecisionKind, reason: str = "They are family.", **more: object
    ) -> int:
        """Signed by the headteacher; gives the decision's id."""
        with self.signed_in("head") as head:
            return decide(head, exception, kind, reason, **more)

    def allowed_on(self, day: date) -> list[str]:
        """The references of what allowed a connection on a day, as the register says today."""
        with self.signed_in("office") as office:
            ids = connection_list.sorted_ids(office, ExceptionFilter(on_day=day), ExceptionSort())
            return sorted(row.reference for row in connection_list.rows(office, ids))


def decide(ctx: Context, exception: int, kind: DecisionKind, reason: str, **more: object) -> int:
    version = connections.open_exception(ctx, exception).version
    return connection_decisions.decide(ctx, exception, version, DecisionDraft(kind, reason, **more)).id


def set_up(root: Path, now: datetime = MORNING) -> RealSchool:
    """Thistledown School: a headteacher, a DSL, and a business manager who looks after the users too."""
    made = RealSchool(SchoolFolder(root), now)
    answers = SetupAnswers(
        name="Thistledown Primary School",
        address="1 School Lane\nThistledown\nZZ1 1ZZ",
        phone="01632 960000",
        complaints_procedure="at the office",
        users=(
            NewUser("head", "Mrs H. Alder", "Headteacher", (Role.HEADTEACHER,), HEAD),
            NewUser("dsl", "Mr D. Birch", "Deputy", (Role.DSL,), DSL),
            NewUser("office", "Ms B. Cedar", "Business manager", (Role.BUSINESS_MANAGER, Role.ADMINISTRATOR), OFFICE),
        ),
    )  # fmt: skip
    setup.create_school(made.folder, answers, lambda: now, params=vault.TESTING)
    return made
