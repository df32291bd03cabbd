"""What the school's policy says to do next, put to one incident and one reader.

Advice is given from the incident's own version of the policy. Steps count for the person across incidents (INC-5);
a reader is advised from what that reader may see, so that nobody learns of a confidential incident from the advice
on another. Headteacher and DSL see all of a person's incidents and are advised from all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Incident, PolicyProfile, School
from smdesk.errors import Invalid
from smdesk.policy import ladder
from smdesk.policy.model import Advice, Facts, Note
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, NOTIFY_LABELS, STEP_LABELS, Notify
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, decider
from smdesk.services import (
    connection_contacts,
    incident_fields,
    incident_state,
    incident_words,
    letter_state,
    reference_data,
    sight,
)
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.incident_records import AdviceView, IncidentDraft, PersonRole, RuleText
from smdesk.services.incident_state import Case
from smdesk.services.reference_data import ReportingRoute
from smdesk.services.sight import Reader

AnyReader = Literal["posh", "police", "platform", "legal"]

_READERS: dict[str, str] = {
    "posh": "Professionals Online Safety Helpline (POSH)",
    "police": "Police",
    "platform": "The platform",
    "legal": "Legal adviser",
}


@needs(Permission.INCIDENTS_READ)
def for_incident(ctx: Context, incident_id: int) -> AdviceView:
    """The advice on a saved incident. Raises NotFound where it is missing or invisible."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        case = incident_state.case_of(session, incident)
        return _view(session, who, case, incident.profile_id)


@needs(Permission.INCIDENTS_EDIT)
def for_draft(ctx: Context, draft: IncidentDraft, incident_id: int | None = None) -> AdviceView:
    """The advice on what stands in a form, saved or not: under the current policy for a new incident.

    An empty form is advised on as if it had been received now. Raises NotFound as ``for_incident`` does.
    """
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        stored = None
        profile_id = incident_state.current_profile_id(session)
        if incident_id is not None:
            incident = sight.require_full(session, who, incident_id)
            stored = incident_state.case_of(session, incident)
            profile_id = incident.profile_id
        people = [(line.person_id, line.role, line.kind) for line in draft.people]
        case = Case(
            incident_id=incident_id,
            received_at=draft.received_at or ctx.now(),
            posted_on=draft.posted_on,
            platform=draft.platform.strip(),
            on_school_account=draft.on_school_account,
            conduct=incident_words.in_order(draft.conduct),
            people=incident_state.person_lines(session, people),
            removed=stored is not None and stored.removed,
            dsl_cleared=stored is not None and stored.dsl_cleared,
            skipped=() if stored is None else stored.skipped,
        )
        return _view(session, who, case, profile_id)


def facts_for_reader(session: Session, who: Reader, case: Case) -> Facts:
    """What the policy is told on behalf of this reader."""
    author = case.author
    history = incident_state.history_of(
        session, None if author is None else author.person_id, case.incident_id, sight.where_full(who)
    )
    return incident_state.facts(case, history, incident_state.nation(session))


def advise_reader(session: Session, who: Reader, incident: Incident) -> tuple[Profile, Facts, Advice]:
    """The incident's policy, the facts this reader may know, and the advice on them.

    ``services.letters`` asks here which letters are open.
    """
    profile = incident_state.stored_profile(session, incident.profile_id)
    case = incident_state.case_of(session, incident)
    facts = facts_for_reader(session, who, case)
    return profile, facts, _advise(session, profile, facts, case)


def _advise(session: Session, profile: Profile, facts: Facts, case: Case) -> Advice:
    """The policy's advice, with the chair of governors in the place of a headteacher it is about (CON-5).

    The policy cannot know who the headteacher is. Left as it is, the advice would have the headteacher told of an
    incident that is kept from them.
    """
    advice = ladder.advise(profile, facts, reference_data.platforms())
    authors = [line.person_id for line in case.people if line.role is PersonRole.AUTHOR]
    if not incident_state.headteacher_among(session, authors):
        return advice
    told = [Notify.CHAIR_OF_GOVERNORS if each is Notify.HEADTEACHER else each for each in advice.notify]
    stead = Note(
        "CON-5",
        "This is about the headteacher, who does not see it. Wherever the policy speaks of the headteacher, the "
        "chair of governors decides.",
    )
    return replace(advice, notify=tuple(dict.fromkeys(told)), notes=(stead, *advice.notes))


def _view(session: Session, who: Reader, case: Case, profile_id: int) -> AdviceView:
    profile = incident_state.stored_profile(session, profile_id)
    version = session.execute(
        select(PolicyProfile.number, PolicyProfile.title).where(PolicyProfile.id == profile_id)
    ).one()
    facts = facts_for_reader(session, who, case)
    advice = _advise(session, profile, facts, case)
    cited = {each.rule for each in (*advice.next, *advice.refused)} | {each.rule for each in advice.notes}
    if advice.reply_by is not None:
        cited.add("ACC-5")
    return AdviceView(
        advice=advice,
        rules={
            rule: RuleText(rule, profile.rules[rule].title, profile.rules[rule].wording)
            for rule in sorted(cited)
            if rule in profile.rules
        },
        profile_number=version.number,
        profile_title=version.title,
        author_name="" if case.author is None else case.author.name,
        ladder=tuple(
            (rung.step, max((taken.on for taken in facts.history if taken.step is rung.step), default=None))
            for rung in profile.ladder
            if rung.in_use
        ),
        contacts=_contacts(session, advice),
        exceptions=connection_contacts.found_for(session, who, case),
    )


def _contacts(session: Session, advice: Advice) -> tuple[str, ...]:
    """Whom to ask (PPL-4): the school's own contacts, and the bodies the open steps speak of."""
    held = session.scalars(select(School.contacts)).one()
    lines = [
        ": ".join(part for part in (each.get("name", ""), each.get("detail", "")) if part)
        for each in held.values()
    ]
    for recommendation in advice.next:
        lines.extend(reference_data.helpline_lines(recommendation.step))
    return tuple(dict.fromkeys(line for line in lines if line))


@needs(Permission.INCIDENTS_READ)
def platform_route(ctx: Context, incident_id: int) -> ReportingRoute:
    """How the incident's platform takes reports. Raises NotFound as ``for_incident`` does."""
    with ctx.database.reading() as session:
        incident = sight.require_full(session, sight.reader(session, ctx), incident_id)
        platform = incident.platform
    return reference_data.reporting_route(platform)


@needs(Permission.INCIDENTS_READ)
def summary_text(ctx: Context, incident_id: int, reader: AnyReader) -> str:
    """A summary to paste into a report, for one kind of reader. Nothing in it is about other incidents.

    For the platform no person is named: it needs the post. Asking for one of a confidential incident is written
    down. Raises NotFound as ``for_incident`` does.
    """
    if reader not in _READERS:
        raise Invalid.one("reader", f"A summary can be made for: {', '.join(_READERS)}.")
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        lines = _summary_lines(session, who, ctx, incident, reader)
        confidential = sight.is_confidential(incident)
    if confidential:
        with ctx.database.writing() as session:
            sight.note_opening(session, ctx, incident, "incident.summarised")
    return "\n".join(lines) + "\n"


def _summary_lines(
    session: Session, who: Reader, ctx: Context, incident: Incident, reader: AnyReader
) -> list[str]:
    school = session.scalars(select(School)).one()
    draft = incident_fields.stored(session, incident, ())
    named = reader in ("police", "legal")
    lines = [
        f"To: {_READERS[reader]}",
        f"From: {school.name}, {', '.join(school.address.splitlines())}",
        f"Contact: {_contact(session, ctx, school, incident)}",
        f"Our reference: {incident_words.reference(incident.year, incident.number)}",
        "",
        f"What happened: {incident.summary}"
        if reader != "platform"
        else "We report content that harms a school.",
        f"Where: {reference_data.platform_label(incident.platform) or 'not recorded'}",
    ]
    if incident.link:
        lines.append(f"Link: {incident.link}")
    if incident.posted_on is not None:
        at = f", {incident.posted_time}" if incident.posted_time else ""
        lines.append(f"Posted: {written_day(incident.posted_on)}{at}")
    lines.append(f"Reported to the school: {incident_fields.moment_in_words(incident.received_at)}")
    if incident.visibility:
        lines.append(
            f"Visible to: {'everybody' if incident.visibility == 'public' else 'a private group or chat'}"
        )
    if draft.conduct:
        profile = incident_state.stored_profile(session, incident.profile_id)
        words = [profile.conduct[each].label or CONDUCT_LABELS[each] for each in draft.conduct]
        lines.append(f"What was done: {'; '.join(words)}")
    for line in draft.people:
        if line.role is PersonRole.REPORTED_BY and reader != "police":
            continue
        kind = KIND_LABELS[line.kind].lower()
        role = {
            "author": "Posted by",
            "named": "Names or shows",
            "affected": "Affects",
            "reported_by": "Reported by",
        }
        lines.append(f"{role[line.role]}: {f'{line.name} ({kind})' if named else f'a {kind}'}")
    if incident.said:
        lines += ["", "What was said, word for word:", incident.said]
    lines += ["", *_asked_for(session, who, incident, reader)]
    lines += [
        "",
        f"Prepared {incident_fields.moment_in_words(ctx.now().astimezone(LOCAL))} by {ctx.user.name}.",
    ]
    return lines


def _contact(session: Session, ctx: Context, school: School, incident: Incident) -> str:
    """Whom the reader is to answer. The office's mailbox is no place for an answer about a confidential incident."""
    if sight.is_confidential(incident):
        decides = decider(incident.headteacher_is_subject)
        return letter_state.contact(session, school, "safeguarding", decides) or ctx.user.name
    return ", ".join(part for part in (ctx.user.name, school.phone, school.email) if part)


def _asked_for(session: Session, who: Reader, incident: Incident, reader: AnyReader) -> list[str]:
    if reader == "platform":
        return [
            "Please look at this content under your rules and remove it. It can be seen at the link above."
        ]
    _, facts, advice = advise_reader(session, who, incident)
    done = [
        f"- {written_day(taken.on)}: {STEP_LABELS[taken.step]}"
        for taken in facts.history
        if taken.on >= incident_state.local_date(incident.received_at)
    ]
    lines = ["Done so far:", *(done or ["- nothing yet"])]
    if incident.removed_on is not None:
        lines.append(f"- {written_day(incident.removed_on)}: the post was found removed")
    if advice.notify:
        lines.append(
            f"Told in school: {', '.join(NOTIFY_LABELS[each].lower() for each in advice.notify)} (as the policy says)"
        )
    wish = {
        "posh": "We ask for your advice, and for help with the platform.",
        "police": "We ask you to record this and to tell us what the school may do meanwhile.",
        "legal": "We ask for advice on whether and how the school should act.",
    }
    return [*lines, "", wish[reader]]
