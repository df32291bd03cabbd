"""What the policy says to do next: the heart of the program (INC-3 to INC-14, CON-3, CON-4, ACC-5, ACC-8, ACC-9).

``advise`` is pure and serves the window, the letters and the command line. How to read its answer:

- ``next`` holds the steps open now, in the order to take them: first whatever protects somebody (the Internet Watch
  Foundation, the police), then the DSL's decision under Prevent, then the procedure of the route.
- ``refused`` holds the steps that must not be taken now, each with the rule. No step is ever in both.
- A step in neither is done already, or its turn has not come. The ladder's order is advice: a step may be taken
  early, but only with a reason on record; ``comes_before`` says what would be left out (INC-5).
- A step counts for the *person*, across incidents and years. One taken on or after the day this incident was
  received is taken to be about this incident; so removal, for example, is asked for anew with each new post.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from smdesk.policy import conduct as kinds
from smdesk.policy.case import Case, case_of
from smdesk.policy.connections import Standing
from smdesk.policy.deadlines import add_working_days, reply_by
from smdesk.policy.model import Advice, Facts, Recommendation
from smdesk.policy.notes import notes, ruling_of
from smdesk.policy.platforms import Platform
from smdesk.policy.profile import LadderStep, Profile, Strictness
from smdesk.policy.refusals import conduct_words, refusals
from smdesk.policy.vocabulary import Conduct, Notify, PersonKind, Route, Step
from smdesk.policy.words import written_day

# Ladder steps about this one post: they are done with once taken here, and pointless once the post has gone.
_ABOUT_THE_POST = frozenset({Step.ASK_REMOVAL, Step.REPORT_TO_PLATFORM, Step.POSH})
_NO_ACTION = Recommendation(
    Step.NO_ACTION,
    "INC-14",
    "The school may decide to take no step, or no further one. The decision and its reason are recorded.",
)


def advise(profile: Profile, facts: Facts, platforms: Iterable[Platform] = ()) -> Advice:
    """What the school's policy says about one incident.

    ``platforms`` is the dated list of minimum ages, for the note on under-age use (INC-11); without it the note is
    general. Raises nothing for any well-formed facts.
    """
    case = case_of(profile, facts)
    refused = refusals(case)
    opened = _opened(case, refused)
    # A mistake on a school account is not a comment that waits for an answer.
    due = None
    if facts.on_school_account and not case.only_account_mistake:
        due = reply_by(facts.received, profile.clocks, facts.nation)
    return Advice(
        route=case.route,
        urgent=case.urgent,
        notify=_told(case),
        next=opened,
        refused=tuple(refused.values()),
        reply_by=due,
        notes=tuple(notes(case, opened, due, tuple(platforms))),
    )


def comes_before(profile: Profile, facts: Facts, step: Step) -> tuple[Step, ...]:
    """The steps of which one should have been taken before ``step``; empty where it is not ahead of its turn.

    Whoever takes ``step`` all the same leaves these out and gives the reason (INC-5).
    """
    case = case_of(profile, facts)
    entry = profile.ladder_step(step)
    if case.route is not Route.LADDER or entry is None or _open(case, entry):
        return ()
    # What the advice itself brings forward, such as a report of a fake account, is not ahead of its turn.
    if any(opened.step is step for opened in _opened(case, refusals(case))):
        return ()
    return tuple(before for before in entry.opens_after if profile.uses(before))


def _opened(case: Case, refused: dict[Step, Recommendation]) -> tuple[Recommendation, ...]:
    """The steps open now, each once and in order, without the refused ones."""
    found: dict[Step, Recommendation] = {}
    for entry in _in_order(case):
        if entry.step not in refused:
            found.setdefault(entry.step, entry)
    if not found and case.conduct and Step.NO_ACTION not in refused:
        # Everything the policy offers has been done: what is left is to say so (INC-14).
        found[Step.NO_ACTION] = _NO_ACTION
    return tuple(found.values())


def _in_order(case: Case) -> Iterator[Recommendation]:
    """Everything that could be done now, in order; a step may come twice, the first counts."""
    yield from _safety(case)
    if case.held_for_prevent:
        yield Recommendation(
            Step.PREVENT_DECISION,
            "INC-9",
            "Extremism or hate is handled under Prevent: the designated safeguarding lead decides first, "
            "with a reason, whether to refer.",
        )
    # With imagery of a child nothing but the two reports is advised until the DSL clears the rest (INC-6).
    if case.held_for_imagery or not case.conduct:
        return
    yield from _procedure(case)
    if Conduct.UNDER_AGE_USE in case.conduct:
        yield _advise_family("INC-11", "Talk with the pupil and the family about the platform's minimum age.")
    if case.police_possible and Step.POLICE not in case.here:
        yield Recommendation(
            Step.POLICE,
            "INC-6",
            f"Consider whether this is a crime: it is recorded as {conduct_words(case, case.police_possible)}. "
            "Record the decision either way.",
        )
    if not case.urgent:
        yield _NO_ACTION


def _safety(case: Case) -> Iterator[Recommendation]:
    """INC-6: what protects somebody comes before everything."""
    if case.imagery and Step.IWF not in case.here:
        yield Recommendation(
            Step.IWF,
            "INC-6",
            "Sexual imagery of a child is reported to the Internet Watch Foundation at once, by its address alone. "
            "Nobody copies, prints, forwards or keeps it.",
        )
    if case.crimes and Step.POLICE not in case.here:
        yield Recommendation(
            Step.POLICE,
            "INC-6",
            f"This looks like a crime ({conduct_words(case, case.crimes)}). Tell the police now: "
            "999 if anyone is in danger, otherwise 101.",
        )


def _procedure(case: Case) -> Iterator[Recommendation]:
    """The route's own steps (INC-3)."""
    if case.route is Route.BEHAVIOUR_POLICY:
        yield from _pupil(case)
    elif case.route is Route.CODE_OF_CONDUCT:
        yield from _adult(case)
    elif case.route is Route.LADDER and case.facts.author.identified:
        yield from _parent(case)
    if not case.addressee:
        yield from _platform_and_posh(case)
        if Conduct.DEFAMATION in case.conduct and case.profile.uses(Step.LEGAL_ADVICE):
            yield from _ladder_entry(case, Step.LEGAL_ADVICE)
    elif case.something_to_report and any(case.profile.conduct[c].platform_at_once for c in case.conduct):
        yield from _platform(case)
    yield from _block_on_account(case)


def _pupil(case: Case) -> Iterator[Recommendation]:
    if case.only_under_age:
        return
    if case.only_connection and kinds.pupil_reaches_adult(case.facts):
        yield from _pupil_connection(case)
        return
    yield from _ask_removal(case)
    yield Recommendation(
        Step.BEHAVIOUR_POLICY,
        "INC-3",
        "Pupils' conduct online is handled under the school's behaviour policy."
        if case.facts.author.identified
        else "Find out which pupil posted, and handle it under the school's behaviour policy.",
    )
    yield _advise_family("INC-3", "Tell the family what happened and what the school asks of them.")


def _pupil_connection(case: Case) -> Iterator[Recommendation]:
    """CON-1, CON-3: the pupil is taught and protected first; a penalty only where the policy forbids the attempt."""
    yield _advise_family(
        "CON-3",
        "The safeguarding lead talks with the pupil and the family about why pupils and adults who work with "
        "the school do not connect on social media, and asks whether anything lies behind it.",
    )
    ruling = ruling_of(case)
    if ruling is not None and ruling.standing is Standing.BREACH:
        yield Recommendation(
            Step.BEHAVIOUR_POLICY,
            "CON-3",
            "Use the behaviour policy only if the safeguarding lead finds that this is a matter of conduct.",
        )


def _adult(case: Case) -> Iterator[Recommendation]:
    if case.only_under_age:
        return
    if case.only_account_mistake:
        yield from _account_mistake(case)
        return
    if case.staff_with_parent:
        yield from _staff_with_parent(case)
        return
    if case.only_connection:
        ruling = ruling_of(case)
        if ruling is None:
            why = "The school's policy does not rule on this connection; the code of conduct does."
            yield Recommendation(Step.DISCIPLINARY, "INC-8", why)
            return
        # CON-3 says what follows where the policy rules on it, and the code of conduct where it does not (INC-8).
        yield Recommendation(
            Step.DISCIPLINARY,
            "CON-3" if ruling.rule == "CON-1" else ruling.rule,
            f"{ruling.why} The headteacher looks into it under the code of conduct."
            if ruling.standing is not Standing.NOT_COVERED
            else ruling.why,
        )
        return
    yield from _ask_removal(case)
    yield Recommendation(
        Step.DISCIPLINARY,
        "INC-8",
        "Report it to a senior member of staff as soon as possible. It is handled inside the school and may become "
        "a disciplinary matter.",
    )


def _account_mistake(case: Case) -> Iterator[Recommendation]:
    """ACC-8: a mistake is reported, put right and learned from."""
    if not case.facts.removed and Step.ASK_REMOVAL not in case.here:
        yield Recommendation(
            Step.ASK_REMOVAL,
            "ACC-8",
            "Have the post corrected or taken down by whoever runs the account.",
            case.day,
        )
    yield Recommendation(
        Step.TALK,
        "ACC-8",
        "Go through what happened with whoever posted, and see whether training would help.",
    )
    if not case.facts.author.identified:
        yield Recommendation(
            Step.DISCIPLINARY,
            "ACC-8",
            "Find out who posted, and have whoever runs the account put the mistake right.",
        )


def _staff_with_parent(case: Case) -> Iterator[Recommendation]:
    """CON-4: judged by whether the relationship existed before."""
    stance = case.profile.connections.staff_with_parents
    if stance is Strictness.FORBIDDEN:
        yield Recommendation(
            Step.DISCIPLINARY, "CON-4", "The school's policy does not allow staff to connect with parents."
        )
    elif stance is not Strictness.NOT_COVERED:
        yield Recommendation(
            Step.TALK,
            "CON-4",
            "Ask whether the two knew each other before. The headteacher may question any such relationship.",
        )


def _parent(case: Case) -> Iterator[Recommendation]:
    if case.only_under_age or case.staff_with_parent:
        return
    if case.only_account_mistake:
        yield from _account_mistake(case)
        return
    opened = [entry for entry in case.profile.ladder if entry.in_use and _to_do(case, entry)]
    lead = next((entry for entry in opened if _next_warning(case, entry)), None)
    # A further talk stays open, but once there has been one, or a warning, it is no longer what comes first.
    past_talking = Step.TALK in case.earlier or any(step in case.taken for step in kinds.LETTERS)
    again = [entry for entry in opened if entry.step is Step.TALK and past_talking]
    middle = [entry for entry in opened if entry is not lead and entry not in again]
    for entry in ([lead] if lead is not None else []) + middle + again:
        yield from _ladder_entry(case, entry.step)


def _next_warning(case: Case, entry: LadderStep) -> bool:
    """A warning that an *earlier* incident has led up to: it comes first, and asks for removal itself (INC-5)."""
    if entry.step not in kinds.LETTERS or entry.step in case.taken:
        return False
    return any(before in case.earlier for before in entry.opens_after)


def _open(case: Case, entry: LadderStep) -> bool:
    """Whether the steps before ``entry`` have been taken with this person, or skipped with a reason."""
    if not any(case.profile.uses(before) for before in entry.opens_after):
        return True
    # A second warning that was given stands for a first one whose record was not brought over.
    passed = case.passed | ({Step.WRITTEN_WARNING} if Step.SECOND_WARNING in case.taken else frozenset())
    return any(before in passed for before in entry.opens_after)


def _to_do(case: Case, entry: LadderStep) -> bool:
    step = entry.step
    if step is Step.POLICE or step in case.here or not _open(case, entry):
        # The police are told because of the conduct, not because of the rung (INC-6).
        return False
    if step in _ABOUT_THE_POST:
        return case.something_to_remove if step is Step.ASK_REMOVAL else case.something_to_report
    if step is Step.REFER_TO_COMPLAINTS:
        return bool(case.conduct & kinds.GRIEVANCES)
    if step in (Step.TALK, Step.MEET_WITH_CHAIR):
        return True
    if step is Step.BLOCK and step in case.taken:
        return False
    # INC-4, INC-5: who took a first post down when asked is not warned for it.
    return not case.facts.removed or any(before in case.earlier for before in entry.opens_after)


def _ladder_entry(case: Case, step: Step) -> Iterator[Recommendation]:
    entry = case.profile.ladder_step(step)
    if entry is None:
        return
    if step is Step.ASK_REMOVAL:
        yield from _ask_removal(case)
    elif step is Step.SECOND_WARNING and Step.WRITTEN_WARNING in case.taken:
        given = written_day(case.taken[Step.WRITTEN_WARNING])
        # In the same incident it waits for the first warning to be without effect.
        after = (
            "If the post stays up, a second and final warning may follow."
            if Step.WRITTEN_WARNING in case.here
            else entry.wording
        )
        yield Recommendation(step, entry.rule, f"This person was warned in writing on {given}. {after}")
    else:
        yield Recommendation(step, entry.rule, entry.wording)


def _ask_removal(case: Case) -> Iterator[Recommendation]:
    """INC-4: asked once for each post, chased on a date. INC-10: bullying on a school account does not wait."""
    if not case.something_to_remove or case.removal_asked_on is not None:
        return
    if case.bullying_on_account:
        yield Recommendation(
            Step.ASK_REMOVAL,
            "INC-10",
            "Bullying on a school account is stopped promptly: hide or take down the comment today and ask the author "
            "to remove it.",
            case.day,
        )
        return
    entry = case.profile.ladder_step(Step.ASK_REMOVAL)
    yield Recommendation(
        Step.ASK_REMOVAL,
        "INC-4",
        entry.wording
        if entry is not None
        else "Ask the author to take the post down, and look again on the date shown.",
        chase_day(case.profile, case.facts, case.day),
    )


def chase_day(profile: Profile, facts: Facts, asked_on: date) -> date:
    """When to look whether a post has come down that somebody was asked on ``asked_on`` to remove (INC-4)."""
    return add_working_days(asked_on, profile.clocks.removal_chase_days, facts.nation)


def _platform(case: Case) -> Iterator[Recommendation]:
    if case.something_to_report and Step.REPORT_TO_PLATFORM not in case.here:
        why = (
            "Report the post or account through the platform's own route now."
            if case.danger
            else "Report the post or account through the platform's own route, and note the day: "
            "the helpline counts from it."
        )
        yield Recommendation(Step.REPORT_TO_PLATFORM, "INC-7", why)


def _platform_and_posh(case: Case) -> Iterator[Recommendation]:
    """INC-7: the platform first; POSH 48 hours later, or without waiting where somebody is at risk."""
    yield from _platform(case)
    if not case.something_to_report or Step.POSH in case.here:
        return
    hours = case.profile.clocks.platform_wait_hours
    if case.danger:
        why = "Ask the Professionals Online Safety Helpline to help now: a matter of safety does not wait."
    elif Step.REPORT_TO_PLATFORM in case.here:
        since = case.taken[Step.REPORT_TO_PLATFORM] + timedelta(days=-(-hours // 24))
        why = f"If the post is still up {hours} hours after the report, from {written_day(since)}, ask the helpline."
    else:
        why = f"If the post is still up {hours} hours after the report to the platform, ask the helpline to help."
    yield Recommendation(Step.POSH, "INC-7", why)


def _block_on_account(case: Case) -> Iterator[Recommendation]:
    """ACC-9: a follower who misuses a school account may be blocked without climbing the ladder."""
    outsider = case.route in (Route.LADDER, Route.THIRD_PARTY)
    harmful = bool(case.conduct & (kinds.HARMS_A_PERSON | {Conduct.IMPERSONATION, Conduct.EXTREMISM}))
    if not (case.facts.on_school_account and case.profile.accounts.block_followers and outsider and harmful):
        return
    if Step.BLOCK not in case.taken:
        yield Recommendation(
            Step.BLOCK,
            "ACC-9",
            "A follower who sends inappropriate messages to a school account may be blocked. Set a date to review it.",
        )


def _advise_family(rule: str, why: str) -> Recommendation:
    return Recommendation(Step.ADVISE_FAMILY, rule, why)


def _told(case: Case) -> tuple[Notify, ...]:
    """Who has to hear of it: by kind of conduct, by route, and by who reached out to whom (INC-8, INC-12, CON-3)."""
    facts, profile = case.facts, case.profile
    told: list[Notify] = []
    for code in facts.conduct:
        told += profile.conduct[code].tell
    rules = profile.connections
    connects = bool(case.conduct & kinds.CONNECTIONS)
    if connects and not case.staff_with_parent:
        if facts.author.kind in kinds.SCHOOL_ADULTS:
            told += rules.tell_if_adult
        elif kinds.pupil_reaches_adult(facts) or kinds.towards_pupil(facts):
            told += rules.tell_if_child
    if Conduct.ACCOUNT_MISTAKE in case.conduct:
        told += profile.accounts.tell_of_mistakes
    if kinds.towards_pupil(facts) and case.conduct & (kinds.HARMS_A_PERSON - kinds.CONNECTIONS):
        told.append(Notify.DSL)
    # Connections, under-age use and mistakes have their own listeners; all else goes to the route's.
    special = kinds.CONNECTIONS | {Conduct.UNDER_AGE_USE, Conduct.ACCOUNT_MISTAKE}
    if case.conduct - special or case.staff_with_parent or (case.conduct and not told):
        told += profile.notify.of(case.route)
    if facts.author.kind is PersonKind.GOVERNOR and case.conduct:
        told.append(Notify.CHAIR_OF_GOVERNORS)
    return tuple(dict.fromkeys(told))
