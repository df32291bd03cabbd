"""Drafting a letter about an incident: whom it goes to, and what its words are filled in from. What the policy says of
each kind stands in ``incident_stand``; the offices' letters in ``referral_letters``. Session first, as in
``letter_state``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smdesk.db.models import Incident, Letter, Person, School, SchoolAccount
from smdesk.errors import Invalid, Refused
from smdesk.policy import deadlines
from smdesk.policy.vocabulary import Step
from smdesk.security.permissions import decider
from smdesk.services import (
    account_wording,
    account_words,
    incident_stand,
    incident_state,
    incident_words,
    letter_drafting,
    letter_state,
    letter_wording,
    reference_data,
    referral_letters,
    sight,
)
from smdesk.services.account_wording import AcknowledgementFacts, BlockFacts
from smdesk.services.context import Context
from smdesk.services.incident_records import PersonRole
from smdesk.services.letter_drafting import Filling
from smdesk.services.letter_records import (
    ASKS_FOR_AN_ANSWER,
    LETTER_KIND_LABELS,
    LETTER_STEPS,
    OFFICES,
    LetterKind,
    letter_number,
)
from smdesk.services.sight import Reader, Where


def reader_of(
    session: Session, incident: Incident, kind: LetterKind, person_id: int | None = None
) -> Person | None:
    """Whom a letter of this kind goes to on record: whoever posted or whoever reported it; None for an office, and
    where there is nobody. Raises Refused where ``person_id`` is somebody else.
    """
    if kind in OFFICES:
        return None
    role = PersonRole.REPORTED_BY if kind is LetterKind.ACKNOWLEDGEMENT else PersonRole.AUTHOR
    people = incident_stand.in_role(session, incident, role)
    if person_id is None:
        return people[0] if people else None
    found = next((person for person in people if person.id == person_id), None)
    if found is None and role is PersonRole.AUTHOR:
        raise Refused("A letter goes to whoever posted. Record this person as the author first.", "INC-4")
    if found is None:
        raise Refused(
            "An acknowledgement goes to whoever reported it. Record this person as such first.", "ACC-5"
        )
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
    """A new draft in the wording that stands, not added to the session. Raises Refused or Invalid as
    ``letters.draft``.
    """
    where = sight.where_full(who)
    found = incident_stand.stand(session, incident, person, kind, where)
    if found.refused:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {found.why}", found.rule)
    if found.skips and not step_reason:
        raise Invalid.one("step_reason", found.why)
    reply_by = None
    if kind in ASKS_FOR_AN_ANSWER:
        reply_by = default_reply_by(session, incident, ctx.today())
    if person is None:
        to: Person | letter_drafting.Office = referral_letters.office(session, incident, kind)
        # The steps it lists are read by everybody who may open the letter: those of hidden incidents stay out.
        shared = incident_state.shared_where(incident.confidentiality, incident.headteacher_is_subject)
        both = Where(f"({where.sql}) AND ({shared.sql})", {**where.params, **shared.params})
        filling = referral_letters.filling(session, ctx, incident, kind, both)
    else:
        to = person
        filling = _filling(session, incident, person, kind, where, reply_by)
    letter = letter_drafting.draft(
        session, ctx, kind, to, filling, reply_by=reply_by, step_reason=step_reason if found.skips else ""
    )
    letter.incident_id = incident.id
    return letter


def _filling(
    session: Session,
    incident: Incident,
    person: Person,
    kind: LetterKind,
    where: Where,
    reply_by: date | None,
) -> Filling:
    """How a letter to somebody on record is filled in, by its kind."""
    if kind is LetterKind.ACKNOWLEDGEMENT:
        told = _acknowledgement_facts(session, incident)
        return lambda pattern, reads: account_wording.acknowledgement_words(
            pattern, replace(told, language=reads)
        )
    if kind is LetterKind.BLOCK_NOTICE:
        blocked = _block_facts(session, incident, person)
        return lambda pattern, reads: account_wording.block_words(pattern, replace(blocked, language=reads))
    facts = wording_facts(session, incident, person, kind, where, reply_by)
    return lambda pattern, reads: letter_wording.compose(pattern, replace(facts, language=reads))


def _acknowledgement_facts(session: Session, incident: Incident) -> AcknowledgementFacts:
    school = session.scalars(select(School)).one()
    return AcknowledgementFacts(
        what="report",
        reference=incident_words.reference(incident.year, incident.number),
        received_on=incident_state.local_date(incident.received_at),
        contact=_contact(session, school, incident),
        complaints=school.complaints_procedure,
        channels=school.official_channels,
    )


def _block_facts(session: Session, incident: Incident, person: Person) -> BlockFacts:
    school = session.scalars(select(School)).one()
    block = incident_stand.block_of(session, incident, person)
    if block is None:
        raise Refused("No block of this person from this incident is on the register.", "ACC-9")
    account = session.get(SchoolAccount, block.account_id) if block.account_id is not None else None
    conduct = incident_state.case_of(session, incident).conduct
    return BlockFacts(
        reference=incident_words.reference(incident.year, incident.number),
        place=account_words.account_name(account.handle, account.platform) if account else block.place,
        since_on=block.since_on,
        contact=_contact(session, school, incident),
        complaints=school.complaints_procedure,
        conduct=tuple(conduct),
        about_incident=True,
        review_on=block.review_on,
        channels=school.official_channels,
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
    profile, facts, _ = incident_stand.advice_for(session, incident, person.id, where)
    step = profile.ladder_step(LETTER_STEPS[kind])
    ids = dict.fromkeys(
        [*(profile.conduct[each].rule for each in facts.conduct), step.rule if step else "INC-4"]
    )
    asked = [
        taken.on
        for taken in facts.history
        if taken.step is Step.ASK_REMOVAL and taken.on >= incident_state.local_date(incident.received_at)
    ]
    warned_on, warned_as = _first_warning(session, person.id, where)
    return letter_wording.Facts(
        school=school.name,
        reference=incident_words.reference(incident.year, incident.number),
        platform=reference_data.platform_label(incident.platform),
        seen_on=incident_state.local_date(incident.received_at),
        conduct=facts.conduct,
        rules=tuple(profile.rules[each].wording for each in ids if each in profile.rules),
        reply_by=reply_by,
        contact=_contact(session, school, incident),
        complaints=school.complaints_procedure,
        channels=school.official_channels,
        removed=incident.removed_on is not None,
        asked_on=max(asked, default=None),
        first_warning=warned_on,
        first_warning_number=warned_as,
    )


def _contact(session: Session, school: School, incident: Incident) -> str:
    """Whom the reader is to contact; not the headteacher where the headteacher is concerned (CON-5)."""
    return letter_state.contact(session, school, "parents", decider(incident.headteacher_is_subject))


def _first_warning(session: Session, person_id: int, where: Where) -> tuple[date | None, str]:
    """The day of the person's written warning, and its number where it was a letter of ours."""
    sql = (  # ``where`` is built from fixed words; its values are bound
        "SELECT entry.happened_on, letter.issue_year, letter.issue_number FROM entry"  # noqa: S608 - bound values
        " JOIN incident ON incident.id = entry.incident_id LEFT JOIN letter ON letter.id = entry.letter_id"
        " WHERE entry.kind = 'step' AND entry.step = 'written_warning' AND entry.withdrawn_at IS NULL"
        " AND entry.person_id IN (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person)"
        f" AND ({where.sql}) ORDER BY entry.happened_on DESC, entry.id DESC LIMIT 1"
    )
    row = session.execute(text(sql), {**where.params, "person": person_id}).first()
    if row is None:
        return None, ""
    return date.fromisoformat(row.happened_on), letter_number(row.issue_year, row.issue_number)
