"""Reports and referrals about an incident, to offices that are nobody on record: the platform, the helpline POSH, the
police, the legal adviser (INC-6, INC-7, DOC-1). Session first, as in ``letter_state``.

Each is told what it needs and nothing more. The platform and the helpline get no name and nothing of what was said. The
legal adviser gets what was said with "a pupil" in the place of a pupil's name. The police get names; whoever decides
sees each of them in the check of names. No file name goes out: it may be a child's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Evidence, Incident, IncidentPerson, Person, School
from smdesk.errors import Invalid
from smdesk.policy.case import Case, case_of
from smdesk.policy.model import StepTaken
from smdesk.policy.profile import Profile, step_label
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind, Step
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security.permissions import decider
from smdesk.services import (
    incident_stand,
    incident_state,
    incident_words,
    letter_fields,
    letter_state,
    letter_text,
    letter_wording,
    reference_data,
)
from smdesk.services.context import Context
from smdesk.services.incident_records import PersonRole
from smdesk.services.letter_drafting import Filling, Office
from smdesk.services.letter_records import OFFICES, LetterKind, Recipient
from smdesk.services.people_base import name_of
from smdesk.services.sight import Where

_TOLD: Final = frozenset(
    {
        Step.TALK,
        Step.ASK_REMOVAL,
        Step.MEET_WITH_CHAIR,
        Step.REFER_TO_COMPLAINTS,
        Step.WRITTEN_WARNING,
        Step.SECOND_WARNING,
        Step.REPORT_TO_PLATFORM,
        Step.POSH,
        Step.BLOCK,
        Step.LEGAL_ADVICE,
        Step.LEGAL_ACTION,
        Step.POLICE,
        Step.IWF,
    }
)
"""Steps an adviser or the police may be told of. What was done inside the school about staff, pupils or under Prevent
stays there.
"""


def office(session: Session, incident: Incident, kind: LetterKind) -> Office:
    """Where the letter goes. Raises Invalid where the incident does not say on which platform it was posted."""
    recipient = OFFICES[kind]
    if recipient is Recipient.HOST:
        platform = reference_data.platform_label(incident.platform)
        if not platform:
            missing = letter_fields.fields_of(kind)["platform"]
            raise Invalid.one("platform", f"The letter cannot be written yet: {missing} is missing.")
        return Office(recipient, platform)
    if recipient is Recipient.POSH:
        return Office(recipient, "\n".join(_helpline()))
    return Office(
        recipient, "The police" if recipient is Recipient.POLICE else "The legal adviser of the school"
    )


def _helpline() -> tuple[str, ...]:
    found = next(each for each in reference_data.helplines() if each.code == "posh")
    return tuple(line for line in (found.label, found.email) if line)


def filling(session: Session, ctx: Context, incident: Incident, kind: LetterKind, where: Where) -> Filling:
    """How such a letter is filled in. ``where`` bounds the history that its steps are cited from."""
    profile, facts, _ = incident_stand.advice_for(session, incident, incident.author_id, where)
    case = case_of(profile, facts)
    values = _told_to_all(session, incident, kind, case)
    held = {
        "link": bool(values["link"]),
        "no_link": not values["link"],
        "posted": bool(values["posted_on"]),
        "reported": bool(values["reported_on"]),
        "not_reported": not values["reported_on"],
        "danger": case.danger,
    }
    if kind in (LetterKind.REFERRAL_POLICE, LetterKind.REFERRAL_LEGAL):
        values |= _told_to_caseworkers(session, incident, kind, profile, facts.history, ctx.today())
        held |= {
            name: bool(values[name]) for name in ("author", "harmed", "said", "steps", "evidence", "withheld")
        }
        held["no_author"] = not values["author"]
    conduct = facts.conduct

    def filled(pattern: letter_wording.Pattern, reads: str) -> letter_wording.Words:
        return letter_wording.fill(
            pattern,
            {**values, "conduct_list": pattern.conduct_list(conduct)},
            held,
            letter_fields.fields_of(kind),
        )

    return filled


def _told_to_all(session: Session, incident: Incident, kind: LetterKind, case: Case) -> dict[str, str]:
    school = session.scalars(select(School)).one()
    reported = case.taken.get(Step.REPORT_TO_PLATFORM) if Step.REPORT_TO_PLATFORM in case.here else None
    return {
        "school": school.name,
        "reference": incident_words.reference(incident.year, incident.number),
        "platform": reference_data.platform_label(incident.platform),
        "link": incident.link.strip(),
        "seen_on": written_day(incident_state.local_date(incident.received_at)),
        "posted_on": written_day(incident.posted_on) if incident.posted_on else "",
        "reported_on": written_day(reported) if reported else "",
        "contact": letter_state.contact(
            session,
            school,
            "safeguarding" if kind is LetterKind.REFERRAL_POLICE else "offices",
            decider(incident.headteacher_is_subject),
        ),
    }


def _told_to_caseworkers(
    session: Session,
    incident: Incident,
    kind: LetterKind,
    profile: Profile,
    history: Sequence[StepTaken],
    today: date,
) -> dict[str, str]:
    legal = kind is LetterKind.REFERRAL_LEGAL
    received = incident_state.local_date(incident.received_at)
    steps = [
        f"- {written_day(taken.on)}: {in_a_sentence(step_label(profile, taken.step))}"
        f"{' (about an earlier post)' if taken.on < received else ''}"
        for taken in sorted(history, key=lambda each: each.on)
        # Earlier steps with the person count on the ladder (INC-5); of another matter the police are not told.
        if taken.step in _TOLD and (legal or taken.on >= received)
    ]
    said = incident.said.strip()
    kept, withheld = _evidence(session, incident)
    if legal:
        near = incident_state.people_in(session, incident.id)
        said, withheld = (
            letter_state.without_pupils(session, words, near, today) for words in (said, withheld)
        )
    return {
        "author": _people(session, incident, PersonRole.AUTHOR, legal=legal),
        "harmed": _people(session, incident, PersonRole.AFFECTED, legal=legal),
        "said": letter_text.literal(said),
        "steps": "\n".join(steps),
        "evidence": kept,
        "withheld": withheld,
    }


def _people(session: Session, incident: Incident, role: PersonRole, *, legal: bool) -> str:
    """Each person of a role as an item: name and what they are; to the legal adviser a pupil is "a pupil"."""
    lines = session.execute(
        select(Person, IncidentPerson.kind)
        .join(IncidentPerson, IncidentPerson.person_id == Person.id)
        .where(IncidentPerson.incident_id == incident.id, IncidentPerson.role == role.value)
        .order_by(IncidentPerson.position, IncidentPerson.id)
    )
    found = []
    for person, kind in lines:
        label = in_a_sentence(KIND_LABELS[PersonKind(kind)])
        if legal and PersonKind.PUPIL in (PersonKind(kind), PersonKind(person.kind)):
            found.append("- a pupil")
        elif person.identified:
            found.append(f"- {name_of(person)} ({label})")
        elif role is PersonRole.AUTHOR and name_of(person):
            found.append(f"- somebody who goes by “{name_of(person)}” and whom we have not identified")
        elif role is PersonRole.AFFECTED:
            found.append(f"- somebody who is not identified ({label})")
    return "\n".join(found)


def _evidence(session: Session, incident: Incident) -> tuple[str, str]:
    """What is kept, each piece with its hash; and what was seen and is not kept: where and when."""
    kept: list[str] = []
    withheld: list[str] = []
    rows = session.scalars(
        select(Evidence)
        .where(Evidence.incident_id == incident.id, Evidence.removed_at.is_(None))
        .order_by(Evidence.id)
    )
    for row in rows:
        added = written_day(incident_state.local_date(row.taken_at or row.added_at))
        if row.withheld:
            withheld.append(f"- {row.seen_at or 'place not recorded'}, {added}")
        else:
            number = len(kept) + 1
            kept.append(
                f"- Item {number}: {_form(row.media_type)}, {row.size:,} bytes, {added}. SHA-256: {row.sha256}"
            )
    return "\n".join(kept), "\n".join(withheld)


def _form(media_type: str) -> str:
    if media_type.startswith("image/"):
        return "picture"
    return "PDF" if media_type == "application/pdf" else "file"
