"""What the policy says of each kind of letter about an incident: open now, ahead of its turn, or ruled out and why
(INC-3, INC-5, INC-6, INC-7, INC-9, ACC-9). Session first, as in ``letter_state``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Block, Incident, IncidentPerson, Person
from smdesk.policy import ladder
from smdesk.policy.case import Case, case_of
from smdesk.policy.model import Advice
from smdesk.policy.model import Facts as PolicyFacts
from smdesk.policy.profile import Profile, step_label
from smdesk.policy.vocabulary import STEP_LABELS, Conduct, PersonKind, Route, Step
from smdesk.services import incident_state, reference_data, sight
from smdesk.services.incident_records import PersonRole
from smdesk.services.letter_records import EXCEPTION_KINDS, INCIDENT_KINDS, LETTER_STEPS, OFFICES, LetterKind
from smdesk.services.sight import Where


@dataclass(frozen=True, slots=True)
class Stand:
    """What the policy says about one kind of letter to one person. ``why`` is empty where nothing is to be said;
    ``skips`` are steps that would be left out (INC-5).
    """

    refused: bool
    rule: str
    why: str
    skips: tuple[Step, ...]


def authors(session: Session, incident: Incident) -> list[Person]:
    """Everybody in the role of author, in the order of the form."""
    return in_role(session, incident, PersonRole.AUTHOR)


def in_role(session: Session, incident: Incident, role: PersonRole) -> list[Person]:
    """Everybody in one role, in the order of the form."""
    return list(
        session.scalars(
            select(Person)
            .join(IncidentPerson, IncidentPerson.person_id == Person.id)
            .where(IncidentPerson.incident_id == incident.id, IncidentPerson.role == role.value)
            .order_by(IncidentPerson.position, IncidentPerson.id)
        )
    )


def advice_for(
    session: Session, incident: Incident, person_id: int | None, where: Where
) -> tuple[Profile, PolicyFacts, Advice]:
    """The policy's advice with this person as the author, on the history that ``where`` lets through."""
    profile = incident_state.stored_profile(session, incident.profile_id)
    case = incident_state.case_of(session, incident)
    # An incident may have several authors; each has a ladder of their own (INC-5).
    first = [line for line in case.people if line.person_id == person_id and line.role is PersonRole.AUTHOR]
    others = [line for line in case.people if line not in first]
    case = replace(case, people=(*first, *others))
    history = incident_state.history_of(session, person_id, incident.id, where)
    facts = incident_state.facts(case, history, incident_state.nation(session))
    return profile, facts, ladder.advise(profile, facts, reference_data.platforms())


def stand(
    session: Session, incident: Incident, person: Person | None, kind: LetterKind, where: Where
) -> Stand:
    """Whether the policy allows this letter now, and what it would leave out."""
    if kind not in INCIDENT_KINDS:
        if kind in EXCEPTION_KINDS:
            return Stand(True, "CON-2", "This letter tells of an exception, not of an incident.", ())
        return Stand(True, "ACC-2", "This letter tells of a business case, not of an incident.", ())
    if kind is LetterKind.ACKNOWLEDGEMENT:
        return _to_reporter(person)
    if kind in OFFICES:
        return _to_office(session, incident, kind, where)
    return _to_author(session, incident, person, kind, where)


def _to_author(
    session: Session, incident: Incident, person: Person | None, kind: LetterKind, where: Where
) -> Stand:
    if person is None:
        return Stand(True, "INC-7", "Nobody is recorded as having posted this, so there is no addressee.", ())
    profile, facts, advice = advice_for(session, incident, person.id, where)
    step = LETTER_STEPS[kind]
    for refusal in advice.refused:
        if refusal.step is step:
            return Stand(True, refusal.rule, refusal.why, ())
    if not person.identified:
        return Stand(True, "INC-7", "Nobody knows who this is, so the letter has no addressee.", ())
    if PersonKind.PUPIL in (PersonKind(person.kind), facts.author.kind):
        return Stand(
            True, "INC-3", "Pupils come under the behaviour policy; letters go to parents and carers.", ()
        )
    if kind is LetterKind.BLOCK_NOTICE:
        held = _held(case_of(profile, facts))
        if held is not None:
            return held
        if block_of(session, incident, person) is None:
            return Stand(True, "ACC-9", _NO_BLOCK, ())
    elif advice.route is not Route.LADDER:
        rule = "INC-7" if advice.route is Route.THIRD_PARTY else "INC-3"
        return Stand(True, rule, "These letters are for parents and carers alone.", ())
    elif kind is LetterKind.MEETING and not profile.uses(step):
        label = STEP_LABELS[step].lower()
        return Stand(True, "INC-5", f"The school's policy has no such step as “{label}”.", ())
    return _in_turn(profile, facts, advice, step)


def _in_turn(profile: Profile, facts: PolicyFacts, advice: Advice, step: Step) -> Stand:
    skips = ladder.comes_before(profile, facts, step)
    if skips:
        words = " or ".join(f"“{step_label(profile, each).lower()}”" for each in skips)
        return Stand(False, "INC-5", f"It would come before {words}. Taking it now needs a reason.", skips)
    found = next((each for each in advice.next if each.step is step), None)
    return Stand(False, found.rule if found else "", found.why if found else "", ())


_NO_BLOCK: Final = (
    "No block of this person from this incident is on the register. Put it there first, under School accounts, Blocks: "
    "the letter says where and since when."
)
_HELD_IMAGERY: Final = (
    "Sexual imagery of a child is reported to the Internet Watch Foundation and to the police and to nobody else, "
    "until the designated safeguarding lead clears the ordinary steps."
)
_HELD_PREVENT: Final = (
    "The designated safeguarding lead decides first, under Prevent. Ordinary letters wait until the lead has cleared "
    "them."
)


def _held(case: Case) -> Stand | None:
    """What keeps everything ordinary waiting: the police (INC-6) or the DSL (INC-9)."""
    if case.held_for_imagery:
        return Stand(True, "INC-6", _HELD_IMAGERY, ())
    if case.held_for_prevent:
        return Stand(True, "INC-9", _HELD_PREVENT, ())
    return None


def block_of(session: Session, incident: Incident, person: Person) -> Block | None:
    """The newest block in force that was registered from this incident against this person, or against nobody by
    record.
    """
    same = sight.same_person(session, person.id)
    blocks = session.scalars(
        select(Block)
        .where(Block.incident_id == incident.id, Block.ended_on.is_(None))
        .order_by(Block.since_on.desc(), Block.id.desc())
    )
    return next((each for each in blocks if each.person_id is None or each.person_id in same), None)


def _to_reporter(person: Person | None) -> Stand:
    """An acknowledgement goes to whoever reported it."""
    if person is None:
        return Stand(True, "ACC-5", "Nobody is recorded as having reported this.", ())
    if not person.identified:
        return Stand(True, "ACC-5", "Nobody knows who reported this, so the letter has no addressee.", ())
    if PersonKind(person.kind) is PersonKind.PUPIL:
        return Stand(
            True,
            "INC-3",
            "A pupil reported this. Letters go to parents and carers: thank the pupil in person.",
            (),
        )
    return Stand(False, "ACC-5", "", ())


def _to_office(session: Session, incident: Incident, kind: LetterKind, where: Where) -> Stand:
    """Reports and referrals need no addressee on record: they are open for third parties too (INC-7)."""
    profile, facts, advice = advice_for(session, incident, incident.author_id, where)
    case = case_of(profile, facts)
    step = LETTER_STEPS[kind]
    if not facts.conduct:
        return Stand(
            True,
            "INC-2",
            "Tick at least one kind of conduct in the incident: the letter says what was done.",
            (),
        )
    for refusal in advice.refused:
        if refusal.step is step:
            return Stand(True, refusal.rule, refusal.why, ())
    if kind is LetterKind.REFERRAL_POLICE:
        # The police are told because of the conduct, not because of the rung (INC-6).
        found = next((each for each in advice.next if each.step is step), None)
        return Stand(False, "INC-6", found.why if found else "", ())
    if case.held_for_imagery:
        return Stand(True, "INC-6", _HELD_IMAGERY, ())
    if kind in (LetterKind.HOST_REPORT, LetterKind.REFERRAL_POSH) and not case.something_to_report:
        return Stand(True, "INC-7", _NOTHING_TO_REPORT if not facts.removed else _GONE, ())
    if (
        kind is LetterKind.REFERRAL_POSH
        and Step.REPORT_TO_PLATFORM not in case.here
        and not (case.danger or Conduct.EXTREMISM in case.conduct)
    ):
        return Stand(True, "INC-7", _PLATFORM_FIRST, ())
    return _in_turn(profile, facts, advice, step)


_NOTHING_TO_REPORT: Final = "There is no post or account here that a platform could act on."
_GONE: Final = "The post can no longer be seen, so there is nothing for the platform to take down."
_PLATFORM_FIRST: Final = (
    "The helpline asks that the post be reported to the platform first. Report it, then ask the helpline if it is "
    "still up after 48 hours; a matter of safety does not wait."
)
