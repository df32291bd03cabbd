"""How the sample school's staff keep its register: who acts, who is who, and what each of them can do in a story."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services import (
    connection_attempts,
    connection_decisions,
    connection_import,
    connections,
    incidents,
    letters,
)
from smdesk.services.connection_attempts import AttemptDraft
from smdesk.services.connection_records import Agreement, DecisionDraft, DecisionKind, DeclarationDraft
from smdesk.services.context import Context
from smdesk.services.letter_records import LetterKind, SentHow
from smdesk.services.sample.team import Team


@dataclass(frozen=True, slots=True)
class Register(Team):
    """The team with what they do about connections."""

    def declare(
        self,
        adult: str,
        other: str,
        relationship: Relationship | None,
        platforms: tuple[str, ...],
        links: tuple[Link, ...],
        *,
        by: Context | None = None,
        **more: object,
    ) -> int:
        """Record a declaration made today by the adult, who signs the agreement too; ``more`` are further fields."""
        ctx = by or self.office
        adult_id, other_id = self.ids[adult], self.ids[other]
        joined = connections.joined_dates(ctx, adult_id, other_id)
        draft = DeclarationDraft(
            adult_id=adult_id,
            adult_kind=self.kinds[adult],
            other_id=other_id,
            capacity=Capacity.PARENT if self.kinds[other] is PersonKind.PARENT else Capacity.PUPIL,
            relationship=relationship,
            platforms=platforms,
            links=links,
            initiator=Initiator.BOTH,
            adult_joined_on=joined[0],
            other_joined_on=joined[1],
            declared_on=ctx.today(),
            declarant_id=adult_id,
            agreement=Agreement.SIGNED,
            agreement_on=ctx.today(),
        )
        return connections.save(ctx, replace(draft, **more)).id  # type: ignore[arg-type]  # the fields of a draft

    def version(self, exception: int, by: Context | None = None) -> int:
        return connections.open_exception(by or self.office, exception).version

    def submit(self, exception: int, by: Context | None = None) -> None:
        ctx = by or self.office
        self.later(15)
        connections.submit(ctx, exception, self.version(exception, ctx))

    def decide(
        self,
        exception: int,
        kind: DecisionKind,
        reason: str,
        *,
        conditions: str = "",
        review: int | None = None,
        by: Context | None = None,
    ) -> None:
        """Decide and sign; ``review`` is how many days after the present it is looked at again."""
        ctx = by or self.head
        review_on = None if review is None else self.ahead(review)
        draft = DecisionDraft(kind, reason, conditions, review_on=review_on)
        connection_decisions.decide(ctx, exception, self.version(exception, ctx), draft)

    def attempt(self, draft: AttemptDraft) -> int:
        """The DSL logs an attempt, which makes it an incident (CON-3). Returns the incident's id."""
        return incidents.save(self.dsl, connection_attempts.incident_draft(self.dsl, draft)).id

    def write(
        self, exception: int, kind: LetterKind, to: str, how: str = "issued", by: Context | None = None
    ) -> None:
        """A letter about an exception, as far as ``how`` says: "draft", "submitted" or "issued"."""
        letter = letters.draft_for_exception(self.office, exception, kind, self.ids[to])
        if how == "draft":
            return
        waiting = letters.submit(self.office, letter.id, letter.version)
        if how == "submitted":
            return
        self.later(35)
        approved = letters.approve(by or self.head, letter.id, waiting.version, names_reason="")
        issued = letters.issue(self.office, letter.id, approved.version)
        at_school = self.kinds[to] is not PersonKind.PARENT
        letters.record_sent(
            self.office, issued.id, SentHow.HAND if at_school else SentHow.POST, self.office.today()
        )

    def take_over(self, table: str) -> list[int]:
        """Import a register kept before, as a CSV. Returns the exceptions' ids in the order of its lines."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "exceptions-until-now.csv"
            file.write_text(table, encoding="utf-8")
            sheet = connection_import.read(self.office, file)
            planned = connection_import.plan(self.office, sheet, connection_import.guess(self.office, sheet))
            made = connection_import.apply(self.office, planned)
        return [exception for _, exception, _ in made.added]
