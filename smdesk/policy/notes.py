"""What somebody should know while acting on the advice, each note with its rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from smdesk.policy import conduct as kinds
from smdesk.policy import platforms as ages
from smdesk.policy.case import Case
from smdesk.policy.connections import Contact, Ruling, rule_on, strictest
from smdesk.policy.deadlines import add_working_days, holidays_known, holidays_known_until
from smdesk.policy.model import Note, Recommendation
from smdesk.policy.platforms import Platform, Status
from smdesk.policy.profile import Strictness
from smdesk.policy.vocabulary import (
    NATION_LABELS,
    STEP_LABELS,
    Capacity,
    Conduct,
    Initiator,
    Link,
    PersonKind,
    Route,
    Step,
)
from smdesk.policy.words import written_day

_CHILD_PICTURES = frozenset(
    {Conduct.PHOTO_OF_OTHERS, Conduct.SCHOOL_CHANNEL_PHOTO, Conduct.DATA_WITHOUT_CONSENT}
)

# The kinds of conduct that are a connection, as the kind of link the policy is asked about.
_LINKS = {Conduct.CONTACT_REQUEST: Link.FRIEND, Conduct.FOLLOW: Link.FOLLOW}


def notes(
    case: Case, opened: tuple[Recommendation, ...], due: datetime | None, platforms: tuple[Platform, ...]
) -> Iterator[Note]:
    """The notes on one incident, the gravest first. ``opened`` is what the advice recommends."""
    yield from _danger(case, opened)
    yield from _author(case)
    yield from _ladder(case)
    yield from _connections(case)
    yield from _conduct(case)
    if Conduct.UNDER_AGE_USE in case.conduct:
        yield _minimum_age(case, platforms)
    yield from _clocks(case, opened, due)


def _danger(case: Case, opened: tuple[Recommendation, ...]) -> Iterator[Note]:
    if case.imagery:
        yield Note(
            "INC-6",
            "Do not copy, photograph, download, print, forward or attach the image, and do not ask to be sent it. "
            "SM Desk refuses to store it: record only where and when it was seen and to whom it was reported. "
            "The designated safeguarding lead takes over at once.",
        )
        if not case.held_for_imagery:
            yield Note(
                "INC-6",
                "The imagery has been reported to the Internet Watch Foundation and the police, and the safeguarding "
                "lead has cleared the ordinary steps. Letters and talks do not describe the image.",
            )
        elif case.imagery_reported:
            yield Note(
                "INC-6",
                "Both reports are recorded. Ordinary steps open once the police have said what the school may do and "
                "the safeguarding lead clears them, with a reason.",
            )
    elif case.crimes and any(entry.step in kinds.ADDRESSED for entry in opened):
        yield Note(
            "INC-6", "Ask the police before anybody approaches the author: an approach may hinder them."
        )
    if Conduct.EXTREMISM in case.conduct:
        yield Note(
            "INC-9",
            "The safeguarding lead decides whether to refer. The decision is recorded with its reason "
            "before anything else is sent."
            if case.held_for_prevent
            else "The safeguarding lead has decided under Prevent and cleared the ordinary steps.",
        )
    if case.bullying_on_account:
        yield Note(
            "INC-10",
            "Bullying on a school account calls for prompt intervention: hide or remove the comment without waiting "
            "for its author, and see that whoever it was aimed at is looked after.",
        )
    if (
        Conduct.CONTACT_REQUEST in case.conduct
        and case.route is Route.THIRD_PARTY
        and kinds.towards_pupil(case.facts)
    ):
        yield Note(
            "INC-6",
            "If somebody unknown to the family is trying to win a child's trust, report it to CEOP as well; "
            "where a child is in danger, call 999.",
        )


def _author(case: Case) -> Iterator[Note]:
    author = case.facts.author
    if case.conduct and not author.identified:
        yield Note("INC-7", "If the author becomes known, record who it is: other steps may open.")
    if case.route is Route.THIRD_PARTY and author.identified and author.kind is PersonKind.THIRD_PARTY:
        yield Note(
            "REP-3",
            "If this comes from a journalist, the school's media policy is followed before anyone replies.",
        )
    if author.former_pupil and author.kind is PersonKind.PUPIL:
        yield Note(
            "INC-3",
            "A former pupil is no longer under the behaviour policy, and is treated as a third party "
            "unless bound to the school in another way.",
        )


def _ladder(case: Case) -> Iterator[Note]:
    asked = case.removal_asked_on
    if asked is not None and case.something_to_remove and case.addressee:
        look = add_working_days(asked, case.profile.clocks.removal_chase_days, case.facts.nation)
        yield Note(
            "INC-4",
            f"Removal was asked for on {written_day(asked)}. Look on {written_day(look)} whether the post has gone.",
        )
    if case.route is not Route.LADDER or not case.facts.author.identified or not case.conduct:
        return
    if case.earlier:
        yield Note(
            "INC-5",
            "Earlier steps with this person count, in whatever year they were taken. "
            "Another parent or carer of the same child has a ladder of their own.",
        )
    entry = case.profile.ladder_step(Step.WRITTEN_WARNING)
    before = [step for step in entry.opens_after if case.profile.uses(step)] if entry is not None else []
    warned = any(step in case.taken for step in kinds.LETTERS)
    if entry is not None and entry.in_use and before and not warned and not case.passed & set(before):
        names = " or ".join(f"“{STEP_LABELS[step].lower()}”" for step in before)
        yield Note(
            "INC-5",
            f"A written warning comes after {names}. Leaving that out needs a reason, which is kept with the incident.",
        )
    if Conduct.DEFAMATION in case.conduct and case.profile.uses(Step.LEGAL_ADVICE):
        yield Note(
            "INC-5",
            "Whether words are defamatory is a legal question: letters say what was written and that the school "
            "considers it untrue or harmful, not that the law was broken.",
        )


def _connections(case: Case) -> Iterator[Note]:
    if not case.conduct & kinds.CONNECTIONS:
        return
    rules = case.profile.connections
    if case.staff_with_parent:
        yield Note(
            "CON-4",
            {
                Strictness.FORBIDDEN: "The school's policy does not allow staff to connect with parents.",
                Strictness.PRIOR_ONLY: "A member of staff may accept a parent only on a relationship "
                "that existed before, and the headteacher may question it.",
                Strictness.DISCOURAGED: "The school's policy advises staff against connecting with parents.",
                Strictness.NOT_COVERED: "The school's policy says nothing about connections between staff and parents; "
                "staff remain bound by their code of conduct.",
            }[rules.staff_with_parents],
        )
        return
    ruling = ruling_of(case)
    if ruling is not None and kinds.pupil_reaches_adult(case.facts):
        # What an adult did is said by the step that follows from it.
        yield Note(ruling.rule, ruling.why)
    between = kinds.pupil_reaches_adult(case.facts) or case.facts.author.kind in kinds.SCHOOL_ADULTS
    if between and rules.exceptions_allowed:
        yield Note(
            "CON-2",
            "Check first whether an exception has been approved, for example for a family link. "
            "An approval is never dated back.",
        )
    if case.facts.author.former_pupil and rules.former_pupils in (
        Strictness.FORBIDDEN,
        Strictness.DISCOURAGED,
    ):
        word = "may not" if rules.former_pupils is Strictness.FORBIDDEN else "are advised not to"
        yield Note(
            "CON-1",
            f"Under the school's policy staff {word} connect with former pupils. Remind those concerned.",
        )


def ruling_of(case: Case) -> Ruling | None:
    """The strictest ruling on the connections between a present pupil and the school's adults in one incident (CON-1).

    None where the incident has none: another kind of conduct, or pupils among themselves. Where no adult is named,
    any adult of the school may be meant.
    """
    facts = case.facts
    if kinds.pupil_reaches_adult(facts) and not facts.author.former_pupil:
        named = [kind for kind in facts.towards if kind in kinds.SCHOOL_ADULTS]
        adults = named or [kind for kind in PersonKind if kind in kinds.SCHOOL_ADULTS]
        began = Initiator.OTHER
    elif facts.author.kind in kinds.SCHOOL_ADULTS and kinds.towards_pupil(facts):
        adults, began = [facts.author.kind], Initiator.ADULT
    else:
        return None
    platform = facts.platform or ""
    found = [
        rule_on(case.profile, Contact(kind, Capacity.PUPIL, link, began, case.day, platform))
        for kind in adults
        for code, link in _LINKS.items()
        if code in case.conduct
    ]
    return strictest(found) if found else None


def _conduct(case: Case) -> Iterator[Note]:
    if not case.conduct:
        yield Note("INC-2", "Choose at least one kind of conduct: what to do next follows from it.")
    unlisted = [
        case.profile.conduct[code].label
        for code in case.facts.conduct
        if not case.profile.conduct[code].in_use
    ]
    if unlisted:
        yield Note(
            "INC-2",
            f"The school's policy does not name this kind of conduct ({', '.join(unlisted)}); "
            "it is handled as otherwise inappropriate.",
        )
    if case.conduct & _CHILD_PICTURES:
        yield Note(
            "INC-12",
            "Check the consents on record for everyone shown. Consent is given for one purpose at a time: "
            "agreement to the school's own channel is not agreement to social media.",
        )
    if Conduct.PUBLIC_COMPLAINT in case.conduct:
        channels = case.profile.accounts.official_channels
        yield Note(
            "PPL-5",
            f"Take the conversation to the school's own channels ({', '.join(channels)})."
            if channels
            else "Take the conversation to the school's own channels and out of public view.",
        )
    if Conduct.ACCOUNT_MISTAKE in case.conduct:
        yield Note(
            "ACC-8",
            "A mistake is recorded as a mistake: put it right, say so where that helps, and learn from it.",
        )


def _minimum_age(case: Case, platforms: tuple[Platform, ...]) -> Note:
    """INC-11: the age in force when the post was made, since platforms change it."""
    on = case.facts.posted_on or case.day
    name = case.facts.platform
    platform = ages.find(platforms, name) if name else None
    rule = ages.minimum_age(platforms, name, on) if name else None
    if platform is None or rule is None:
        return Note(
            "INC-11", "Check the platform's minimum age on the day: platforms change it from time to time."
        )
    text = f"On {written_day(on)} the minimum age on {platform.label} was {rule.minimum_age}."
    if rule.effective_from is not None:
        text += f" That has been so since {written_day(rule.effective_from)}."
    for former in ages.earlier_rules(platform, rule):
        text += (
            f" Before that it was {former.minimum_age}, and some policies still print {former.minimum_age}."
        )
    if rule.status is Status.UNSURE:
        text += " This age is to be checked by the school."
    age = case.facts.author.age
    if age is not None and age >= rule.minimum_age:
        text += f" At {age} the author had reached it: check whether this was under-age use."
    return Note("INC-11", text)


def _clocks(case: Case, opened: tuple[Recommendation, ...], due: datetime | None) -> Iterator[Note]:
    if due is not None:
        text = "A reply is due by the time shown; an acknowledgement counts."
        if case.profile.clocks.reply_adopted:
            text += " The school has adopted this time; its source policy sets none."
        yield Note("ACC-5", text)
    days: list[date] = [due.date()] if due is not None else []
    for entry in opened:
        if entry.by is not None:
            days.append(entry.by.date() if isinstance(entry.by, datetime) else entry.by)
    nation = case.facts.nation
    if any(not holidays_known(day, nation) for day in (case.day, *days)) and days:
        yield Note(
            "ACC-5",
            f"The bank holidays of {NATION_LABELS[nation]} are known here until "
            f"{written_day(holidays_known_until(nation))} only, and not before 2012. Outside those years "
            "only weekends are left out: check the dates shown against a calendar.",
        )
