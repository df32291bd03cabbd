"""Steps that must not be taken now, each with the rule that forbids it."""

from __future__ import annotations

from collections.abc import Iterator

from smdesk.policy import conduct as kinds
from smdesk.policy.case import Case
from smdesk.policy.model import Recommendation
from smdesk.policy.vocabulary import STEP_LABELS, Conduct, PersonKind, Route, Step
from smdesk.policy.words import in_a_sentence, listed, written_day


def refusals(case: Case) -> dict[Step, Recommendation]:
    """Every refused step, with the weightiest reason where several apply."""
    refused: dict[Step, Recommendation] = {}
    for reasons in (_held, _no_addressee, _not_a_parent, _not_for_a_warning, _warnings_of_this_person):
        for entry in reasons(case):
            refused.setdefault(entry.step, entry)
    return refused


def _all(steps: tuple[Step, ...], rule: str, why: str) -> Iterator[Recommendation]:
    for step in steps:
        yield Recommendation(step, rule, why)


def _held(case: Case) -> Iterator[Recommendation]:
    """Everything ordinary waits for the police (INC-6) or for the DSL (INC-9)."""
    ordinary = (
        *kinds.ADDRESSED,
        Step.BEHAVIOUR_POLICY,
        Step.DISCIPLINARY,
        Step.ADVISE_FAMILY,
        Step.NO_ACTION,
    )
    if case.held_for_imagery:
        yield from _all(
            ordinary,
            "INC-6",
            "Nobody is approached until the police have said what the school may do and the designated safeguarding "
            "lead has cleared the ordinary steps: an approach could destroy evidence or put a child at further risk.",
        )
    if case.held_for_prevent:
        yield from _all(
            ordinary,
            "INC-9",
            "The designated safeguarding lead decides first, under Prevent. "
            "Ordinary letters and talks wait until the lead has cleared them.",
        )


def _no_addressee(case: Case) -> Iterator[Recommendation]:
    """INC-7: nobody to write to, or nobody whom the school's policy binds."""
    if not case.facts.author.identified:
        yield from _all(
            kinds.ADDRESSED,
            "INC-7",
            "Nobody knows who posted this, so there is no addressee. It opens again once the author is identified.",
        )
    elif case.route is Route.THIRD_PARTY:
        yield from _all(
            tuple(step for step in kinds.ADDRESSED if step is not Step.REFER_TO_COMPLAINTS),
            "INC-7",
            "The author is outside the school's community and not bound by its policy, so the letter or talk has no "
            "proper addressee. The platform is the one to ask.",
        )


def _not_a_parent(case: Case) -> Iterator[Recommendation]:
    """INC-3: the ladder and its letters are for parents and carers alone."""
    if case.route is Route.BEHAVIOUR_POLICY:
        steps = (*kinds.LETTERS, Step.MEET_WITH_CHAIR)
        if case.only_connection and kinds.pupil_reaches_adult(case.facts):
            yield from _all(
                steps,
                "CON-3",
                "The pupil made this attempt. The adult has done nothing to be warned about, and a pupil is not sent "
                "a warning letter: the safeguarding lead and the family take it up.",
            )
        else:
            yield from _all(
                steps,
                "INC-3",
                "Pupils come under the behaviour policy. They are not sent warning letters; the family is advised.",
            )
    if case.route is Route.CODE_OF_CONDUCT:
        yield from _all(
            (*kinds.LETTERS, Step.MEET_WITH_CHAIR),
            "INC-3",
            "The warning letters are for parents and carers. Adults who work with the school come under its "
            "code of conduct.",
        )
    if case.only_under_age:
        yield from _all(
            (Step.BEHAVIOUR_POLICY, Step.DISCIPLINARY),
            "INC-11",
            "Use of a platform below its minimum age is met with advice to the pupil and the family, "
            "not with a penalty.",
        )


def _not_for_a_warning(case: Case) -> Iterator[Recommendation]:
    """What a parent did that no warning letter is for."""
    if case.route is not Route.LADDER:
        return
    if case.only_under_age:
        yield from _all(
            kinds.LETTERS,
            "INC-11",
            "A child's use of a platform below its minimum age is advised on, not warned about.",
        )
    if case.only_account_mistake:
        yield from _all(
            kinds.LETTERS,
            "ACC-8",
            "A mistake made in running a school account is put right and learned from.",
        )
    if case.staff_with_parent and case.facts.author.kind is PersonKind.PARENT:
        yield from _all(
            kinds.LETTERS,
            "CON-4",
            "A parent may ask; it is for the member of staff to decline. There is nothing to warn the parent about.",
        )


def _warnings_of_this_person(case: Case) -> Iterator[Recommendation]:
    """INC-5: a warning is given once to a person, and the second only after the first."""
    if case.route is not Route.LADDER:
        return
    for step in kinds.LETTERS:
        if not case.profile.uses(step):
            yield Recommendation(
                step, "INC-5", f"The school's policy has no such step as “{STEP_LABELS[step].lower()}”."
            )
    first, second = case.taken.get(Step.WRITTEN_WARNING), case.taken.get(Step.SECOND_WARNING)
    given = first if first is not None else second
    if given is not None:
        yield Recommendation(
            Step.WRITTEN_WARNING,
            "INC-5",
            f"This person has been warned in writing, on {written_day(given)}. "
            "Steps count for the person, whatever the year, and are not taken afresh.",
        )
    if second is not None:
        yield Recommendation(
            Step.SECOND_WARNING,
            "INC-5",
            f"The second and final warning was given on {written_day(second)}. The later steps are open.",
        )
    elif first is None:
        yield Recommendation(
            Step.SECOND_WARNING,
            "INC-5",
            "A second warning cites the first by its date, and no first warning to this person is on record.",
        )


def conduct_words(case: Case, codes: tuple[Conduct, ...]) -> str:
    """Conduct as it stands in a sentence: “threatens or encourages violence” and “has a racial element”."""
    return listed([f"“{in_a_sentence(case.profile.conduct[code].label)}”" for code in codes])
