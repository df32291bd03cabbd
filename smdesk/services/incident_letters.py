"""Letters about an incident: whom they go to, what the policy says of them, and what their words are filled in from.

Session first, as in ``letter_state``. What concerns exceptions stands in ``exception_letters``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smdesk.db.models import Entry, Incident, IncidentPerson, Letter, Person, School
from smdesk.errors import Invalid, Refused
from smdesk.policy import deadlines, ladder
from smdesk.policy.model import Advice
from smdesk.policy.model import Facts as PolicyFacts
from smdesk.policy.profile import Profile, step_label
from smdesk.policy.vocabulary import PersonKind, Route, Step
from smdesk.policy.words import written_day
from smdesk.services import (
    incident_state,
    incident_words,
    letter_state,
    letter_wording,
    reference_data,
    sight,
    steps,
)
from smdesk.services.context import Context
from smdesk.services.incident_records import PersonRole
from smdesk.services.letter_records import LETTER_KIND_LABELS, LETTER_STEPS, LetterKind, LetterStatus
from smdesk.services.sight import Reader, Where

EVERYTHING = Where("1", {})
"""The whole history, whoever may see it: what a decision is measured against."""


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
    return list(
        session.scalars(
            select(Person)
            .join(IncidentPerson, IncidentPerson.person_id == Person.id)
            .where(IncidentPerson.incident_id == incident.id, IncidentPerson.role == PersonRole.AUTHOR.value)
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
    if kind not in LETTER_STEPS:
        return Stand(True, "CON-2", "This letter tells of an exception, not of an incident.", ())
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
    if advice.route is not Route.LADDER:
        rule = "INC-7" if advice.route is Route.THIRD_PARTY else "INC-3"
        return Stand(True, rule, "These letters are for parents and carers alone.", ())
    skips = ladder.comes_before(profile, facts, step)
    if skips:
        words = " or ".join(f"“{step_label(profile, each).lower()}”" for each in skips)
        return Stand(False, "INC-5", f"It would come before {words}. Taking it now needs a reason.", skips)
    found = next((each for each in advice.next if each.step is step), None)
    return Stand(False, found.rule if found else "", found.why if found else "", ())


def check_policy(session: Session, letter: Letter, incident: Incident) -> None:
    """Raise Refused where the policy, asked with the person's whole history, rules the letter out."""
    person = session.get_one(Person, letter.person_id)
    kind = LetterKind(letter.kind)
    found = stand(session, incident, person, kind, EVERYTHING)
    if found.refused:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {found.why}", found.rule)
    if found.skips and not letter.step_reason:
        raise Refused(f"{found.why} Return the letter to have the reason added.", found.rule)


def involved(session: Session, incident: Incident) -> set[int]:
    """Everybody in the incident: whose names are looked for in its letters."""
    return set(
        session.scalars(select(IncidentPerson.person_id).where(IncidentPerson.incident_id == incident.id))
    )


def addressee(session: Session, incident: Incident, person_id: int | None) -> Person | None:
    """Whom a letter goes to: the first author, or the one asked for. Raises Refused for anybody else."""
    found_authors = authors(session, incident)
    if person_id is None:
        return found_authors[0] if found_authors else None
    found = next((person for person in found_authors if person.id == person_id), None)
    if found is None:
        raise Refused("A letter goes to whoever posted. Record this person as the author first.", "INC-4")
    return found


def composed(
    session: Session,
    ctx: Context,
    who: Reader,
    incident: Incident,
    kind: LetterKind,
    person: Person | None,
    step_reason: str,
) -> Letter:
    """A new draft in the shipped words, not added to the session. Raises Refused or Invalid as ``letters.draft``."""
    where = sight.where_full(who)
    found = stand(session, incident, person, kind, where)
    if found.refused or person is None:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {found.why}", found.rule)
    if found.skips and not step_reason:
        raise Invalid.one("step_reason", found.why)
    reply_by = default_reply_by(session, incident, ctx.today())
    words = letter_wording.compose(kind, wording_facts(session, incident, person, kind, where, reply_by))
    return Letter(
        incident_id=incident.id,
        person_id=person.id,
        kind=kind.value,
        status=LetterStatus.DRAFT.value,
        subject=words.subject,
        addressee=letter_state.address_block(person),
        salutation=letter_state.salutation(person),
        body=words.body,
        reply_by=reply_by,
        step_reason=step_reason if found.skips else "",
        drafted_by=ctx.user.id,
        drafted_at=ctx.now(),
    )


def default_reply_by(session: Session, incident: Incident, today: date) -> date:
    """The day by which a letter of today asks for an answer: the policy's days and the post's."""
    profile = incident_state.stored_profile(session, incident.profile_id)
    days = profile.clocks.removal_chase_days + letter_state.DELIVERY_DAYS
    return deadlines.add_working_days(today, days, incident_state.nation(session))


def wording_facts(
    session: Session,
    incident: Incident,
    person: Person,
    kind: LetterKind,
    where: Where,
    reply_by: date | None,
) -> letter_wording.Facts:
    """What the letter's words are filled in from. ``where`` bounds the history a date may be cited from."""
    school = session.scalars(select(School)).one()
    profile, facts, _ = advice_for(session, incident, person.id, where)
    step = profile.ladder_step(LETTER_STEPS[kind])
    ids = dict.fromkeys(
        [*(profile.conduct[each].rule for each in facts.conduct), step.rule if step else "INC-4"]
    )
    asked = [
        taken.on
        for taken in facts.history
        if taken.step is Step.ASK_REMOVAL and taken.on >= incident_state.local_date(incident.received_at)
    ]
    return letter_wording.Facts(
        school=school.name,
        reference=incident_words.reference(incident.year, incident.number),
        platform=reference_data.platform_label(incident.platform),
        seen_on=incident_state.local_date(incident.received_at),
        conduct=facts.conduct,
        rules=tuple(profile.rules[each].wording for each in ids if each in profile.rules),
        reply_by=reply_by,
        contact=letter_state.contact(session, school, "parents"),
        complaints=school.complaints_procedure,
        channels=school.official_channels,
        language=person.language,
        removed=incident.removed_on is not None,
        asked_on=max(asked, default=None),
        first_warning=_first_warning(session, person.id, where),
    )


def _first_warning(session: Session, person_id: int, where: Where) -> str:
    """The person's written warning by its date, and by its number where it was a letter of ours."""
    sql = (  # ``where`` is built from fixed words; its values are bound
        "SELECT entry.happened_on, letter.issue_year, letter.issue_number FROM entry"  # noqa: S608 - bound values
        " JOIN incident ON incident.id = entry.incident_id LEFT JOIN letter ON letter.id = entry.letter_id"
        " WHERE entry.kind = 'step' AND entry.step = 'written_warning' AND entry.withdrawn_at IS NULL"
        " AND entry.person_id IN (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person)"
        f" AND ({where.sql}) ORDER BY entry.happened_on DESC, entry.id DESC LIMIT 1"
    )
    row = session.execute(text(sql), {**where.params, "person": person_id}).first()
    if row is None:
        return ""
    words = written_day(date.fromisoformat(row.happened_on))
    if row.issue_number is None:
        return words
    return f"{words} (our reference {row.issue_year}/L{row.issue_number:04d})"


def check_open(incident: Incident) -> None:
    """Raise Refused where the incident was closed since the letter was approved."""
    if incident.status != "open":
        raise Refused(
            "The incident has been closed. Open it again to issue the letter, or withdraw the letter."
        )


def check_still(session: Session, letter: Letter, incident: Incident) -> None:
    """Raise Refused where the policy rules an approved letter out by now."""
    try:
        check_policy(session, letter, incident)
    except Refused as error:
        # Whoever issues may not know of everything that speaks against it: a confidential incident, for example.
        raise Refused(
            "Since it was approved something has been recorded that rules this letter out. Ask the headteacher.",
            error.rule,
        ) from None


def take_step(session: Session, ctx: Context, letter: Letter, incident: Incident, what: str) -> None:
    """Write the ladder's step that an issued letter takes with the person (INC-5)."""
    step = LETTER_STEPS[LetterKind(letter.kind)]
    today = ctx.today()
    # Whoever writes has looked again: chases that were due by now are done (INC-4).
    steps.settle_chases(session, incident.id, today)
    session.add(
        Entry(
            incident_id=incident.id,
            person_id=letter.person_id,
            letter_id=letter.id,
            kind="step",
            step=step.value,
            happened_on=today,
            text=what,
            reason=letter.step_reason,
            rule="INC-5" if letter.step_reason else "INC-4" if step is Step.ASK_REMOVAL else "INC-5",
            chase_on=letter.reply_by if incident.removed_on is None else None,
            recorded_at=ctx.now(),
            recorded_by=ctx.user.id,
        )
    )
