"""The words the stories are told in: each one call, or two, of a public service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from smdesk.db.models import AuditEntry
from smdesk.policy.model import Advice, Recommendation
from smdesk.policy.vocabulary import Conduct, Initiator, PersonKind, Step
from smdesk.services import (
    advice,
    connection_attempts,
    connection_decisions,
    connection_list,
    connection_papers,
    connections,
    incidents,
    letters,
    people,
    queue,
    steps,
    verify,
)
from smdesk.services.connection_attempts import AttemptDraft, AttemptView
from smdesk.services.connection_records import (
    DecisionDraft,
    DecisionKind,
    ExceptionFilter,
    ExceptionRecord,
    ExceptionSort,
)
from smdesk.services.context import LOCAL, Context
from smdesk.services.incident_records import (
    IncidentDraft,
    IncidentRecord,
    PersonInIncident,
    PersonRole,
    StepDraft,
    TimelineEntry,
)
from smdesk.services.letter_records import LetterKind, SentHow
from smdesk.services.people_records import PersonDraft
from tests.support import connections as register
from tests.support import printed as on_paper
from tests.support.school import SmallSchool

OFFICE = "business_manager"

APPROVE, REFUSE, ASK, RENEW, END, REVOKE = (
    DecisionKind.APPROVE,
    DecisionKind.REFUSE,
    DecisionKind.ASK_FOR_MORE,
    DecisionKind.RENEW,
    DecisionKind.END,
    DecisionKind.REVOKE,
)
SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""What comes out of the scanner, as far as the records look at it."""

INVITATION, WARNING, SECOND = LetterKind.INVITATION, LetterKind.WRITTEN_WARNING, LetterKind.SECOND_WARNING


printed = on_paper.printed
"""The words on a paper, in one line."""


def local(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment by the clock on the school's wall."""
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


@dataclass
class Story:
    """A small school with people at their desks."""

    school: SmallSchool

    # Who is at the desk.

    def at(self, login: str) -> Context:
        return self.school.ctx_for(login)

    @property
    def office(self) -> Context:
        return self.at(OFFICE)

    @property
    def head(self) -> Context:
        return self.at("headteacher")

    @property
    def dsl(self) -> Context:
        return self.at("dsl")

    @property
    def chair(self) -> Context:
        return self.at("chair")

    @property
    def governor(self) -> Context:
        return self.at("governor")

    # Time.

    @property
    def today(self) -> date:
        return self.school.clock.now.astimezone(LOCAL).date()

    def time_is(self, moment: datetime) -> None:
        self.school.clock.now = moment.astimezone(self.school.clock.now.tzinfo)

    def days_pass(self, days: int) -> None:
        self.school.clock.forward(days=days)

    # People.

    def person(self, family_name: str, given_name: str = "", **fields: object) -> int:
        """Somebody new on record."""
        draft = PersonDraft(family_name=family_name, given_name=given_name, **fields)
        return people.save(self.office, draft).id

    def in_it(self, who: str | int, role: PersonRole, kind: PersonKind) -> PersonInIncident:
        return PersonInIncident(self.school.people[who] if isinstance(who, str) else who, role, kind)

    # Incidents.

    def logged(
        self, summary: str, conduct: Conduct | tuple[Conduct, ...], by: str = OFFICE, **more: object
    ) -> int:
        """An incident saved through the form; ``author`` is "anna" unless the story says otherwise."""
        kinds = conduct if isinstance(conduct, tuple) else (conduct,)
        return self.school.incident(by, summary=summary, conduct=kinds, **more)

    def draft(self, summary: str, *conduct: Conduct, **more: object) -> IncidentDraft:
        return self.school.draft(summary, conduct=conduct, **more)

    def edited(self, incident: int, by: str = OFFICE, **fields: object) -> None:
        """The form opened, changed and saved."""
        record = incidents.open_incident(self.at(by), incident)
        incidents.save(self.at(by), replace(record.draft, **fields), incident, record.version)

    def opened(self, incident: int, by: str = OFFICE) -> IncidentRecord:
        return incidents.open_incident(self.at(by), incident)

    # What the policy says.

    def advice(self, incident: int, by: str = "headteacher") -> Advice:
        return advice.for_incident(self.at(by), incident).advice

    def open_steps(self, incident: int, by: str = "headteacher") -> list[Step]:
        return [each.step for each in self.advice(incident, by).next]

    def open_step(self, incident: int, step: Step, by: str = "headteacher") -> Recommendation:
        return next(each for each in self.advice(incident, by).next if each.step is step)

    def refusals(self, incident: int, by: str = "headteacher") -> dict[Step, str]:
        """The steps ruled out now, with the rule behind each."""
        return {each.step: each.rule for each in self.advice(incident, by).refused}

    def notes(self, incident: int, rule: str, by: str = "headteacher") -> str:
        return " ".join(note.text for note in self.advice(incident, by).notes if note.rule == rule)

    # What is done.

    def does(
        self,
        incident: int,
        step: Step,
        text: str = "",
        by: str = OFFICE,
        who: str | None = None,
        **more: object,
    ) -> None:
        """A step recorded today."""
        person = None if who is None else self.school.people[who]
        steps.record(self.at(by), incident, StepDraft(step, person, self.today, text, **more))

    def handed_in(self, incident: int, kind: LetterKind, by: str = OFFICE, reason: str = "") -> int:
        """A letter drafted and handed to whoever decides."""
        desk = self.at(by)
        letter = letters.draft(desk, incident, kind, step_reason=reason).id
        letters.submit(desk, letter, letters.get(desk, letter).version)
        return letter

    def approved(self, letter: int, by: str = "headteacher", names_reason: str = "") -> None:
        desk = self.at(by)
        letters.approve(desk, letter, letters.get(desk, letter).version, names_reason)

    def issued(self, letter: int, by: str = OFFICE) -> None:
        desk = self.at(by)
        letters.issue(desk, letter, letters.get(desk, letter).version)

    def written(self, incident: int, kind: LetterKind, reason: str = "") -> int:
        """A letter from draft to the post box."""
        letter = self.handed_in(incident, kind, reason=reason)
        self.approved(letter)
        self.issued(letter)
        letters.record_sent(self.office, letter, SentHow.POST, self.today)
        return letter

    def paper(self, letter: int) -> str:
        return printed(letters.issued_pdf(self.office, letter))

    # Connections.

    def known(self, key: str, family_name: str, given_name: str = "", **fields: object) -> int:
        """Somebody new on record, whom the story calls by this key from now on."""
        self.school.people[key] = self.person(family_name, given_name, **fields)
        return self.school.people[key]

    def changed(self, who: str, **fields: object) -> None:
        """A person's record opened, changed and saved by the office."""
        record = people.record_of(self.office, self.school.people[who])
        people.save(self.office, replace(record.draft, **fields), record.id, record.version)

    def declared(self, adult: str = "teacher", other: str = "sam", by: str = OFFICE, **fields: object) -> int:
        """A declaration recorded; complete unless the story leaves something out."""
        return register.declare(self.school, adult, other, login=by, **fields)

    def put_forward(
        self, adult: str = "teacher", other: str = "sam", by: str = OFFICE, **fields: object
    ) -> int:
        """A declaration recorded and put to whoever decides."""
        return self.submitted(self.declared(adult, other, by, **fields), by)

    def submitted(self, exception: int, by: str = OFFICE) -> int:
        return register.submit(self.school, exception, by)

    def exception(self, exception: int, by: str = OFFICE) -> ExceptionRecord:
        return connections.open_exception(self.at(by), exception)

    def decided(
        self,
        exception: int,
        kind: DecisionKind,
        reason: str = "They are family.",
        by: str = "headteacher",
        **more: object,
    ) -> int:
        """Decided and signed over what the decider sees now, the days left to the policy; gives the decision's id."""
        draft = DecisionDraft(kind, reason, **more)
        version = self.exception(exception, by).version
        return connection_decisions.decide(self.at(by), exception, version, draft).id

    def decided_on_paper(
        self,
        exception: int,
        kind: DecisionKind,
        on: date,
        reason: str = "As the paper says.",
        by: str = OFFICE,
        scan: bytes = SCAN,
        **more: object,
    ) -> int:
        """A wet-ink decision recorded by the office with its scan; gives the decision's id."""
        draft = DecisionDraft(kind, reason, **more)
        version = self.exception(exception, by).version
        return connection_decisions.record_paper(
            self.at(by), exception, version, draft, on, "decision.pdf", scan
        ).id

    def allowed_on(self, day: date, by: str = OFFICE) -> list[str]:
        """The references of what allowed a connection on a day."""
        ids = connection_list.sorted_ids(self.at(by), ExceptionFilter(on_day=day), ExceptionSort())
        return sorted(row.reference for row in connection_list.rows(self.at(by), ids))

    def waits_for(self, login: str) -> list[tuple[str, str]]:
        """What lies in somebody's queue: kind and reference, in its order."""
        return [(str(item.kind), item.reference) for item in queue.waiting(self.at(login))]

    def told(self, exception: int, kind: LetterKind, to: str, decider: str = "headteacher") -> int:
        """A letter about an exception from draft to issue."""
        letter = letters.draft_for_exception(self.office, exception, kind, self.school.people[to]).id
        letters.submit(self.office, letter, letters.get(self.office, letter).version)
        self.approved(letter, decider)
        self.issued(letter)
        return letter

    def printed_decision(self, decision: int, by: str = "headteacher") -> Path:
        """A decision printed to a file outside the records."""
        file = self.school.folder.root.parent / f"decision-{decision}.pdf"
        file.write_bytes(connection_papers.decision_pdf(self.at(by), decision))
        return file

    def attempt(
        self, initiator: Initiator, adult: str = "teacher", other: str = "sam", **more: object
    ) -> AttemptDraft:
        """An attempt at a connection on Facebook today, as the office hears of it."""
        usual = AttemptDraft(
            adult_id=self.school.people[adult],
            other_id=self.school.people[other],
            initiator=initiator,
            platform="facebook",
            on=self.today,
        )
        return replace(usual, **more)

    def looked_at(self, attempt: AttemptDraft, by: str = "dsl") -> AttemptView:
        return connection_attempts.look(self.at(by), attempt)

    def logged_attempt(self, attempt: AttemptDraft, by: str = "dsl") -> int:
        """The attempt made an incident, as the form shows it and somebody saves it."""
        return incidents.save(self.at(by), connection_attempts.incident_draft(self.at(by), attempt)).id

    def faults(self) -> list[str]:
        """What the check of the whole records finds. The small school has its keys in memory, not in keys.json."""
        return [fault for fault in verify.check(self.at("dsl")) if "keys.json is missing" not in fault]

    # What is on record.

    def timeline(self, incident: int, by: str = "headteacher") -> list[TimelineEntry]:
        return steps.timeline(self.at(by), incident)

    def entry(self, incident: int, step: Step, by: str = "headteacher") -> TimelineEntry:
        """The one entry about this step."""
        (found,) = [line for line in self.timeline(incident, by) if line.step is step]
        return found

    def audit(self, after: int = 0) -> list[AuditEntry]:
        """The audit lines written since line ``after``."""
        with self.school.database.reading() as session:
            found = session.scalars(select(AuditEntry).where(AuditEntry.seq > after).order_by(AuditEntry.seq))
            return list(found)

    @property
    def audited(self) -> int:
        """How many audit lines there are."""
        return len(self.audit())
