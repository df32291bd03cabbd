"""One incident as the ladder looks at it: the facts with what follows from them worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smdesk.policy import conduct as kinds
from smdesk.policy.deadlines import to_london
from smdesk.policy.model import Facts
from smdesk.policy.profile import Police, Profile
from smdesk.policy.vocabulary import Conduct, PersonKind, Route, Step


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules ask about an incident.

    ``day`` is the local day the school received it. A step taken with the person on or after that day counts as
    taken *in this incident* (``here``); an earlier one belongs to an earlier incident (``earlier``). ``passed`` also
    holds the steps skipped with a reason.
    """

    profile: Profile
    facts: Facts
    conduct: frozenset[Conduct]
    route: Route
    day: date
    taken: dict[Step, date]
    here: frozenset[Step]
    earlier: frozenset[Step]
    passed: frozenset[Step]

    @property
    def imagery(self) -> bool:
        return Conduct.SEXUAL_IMAGERY_OF_CHILD in self.conduct

    @property
    def imagery_reported(self) -> bool:
        """Whether imagery of a child has been reported to the Internet Watch Foundation and to the police."""
        return self.imagery and {Step.IWF, Step.POLICE} <= self.here

    @property
    def held_for_imagery(self) -> bool:
        """INC-6: everything ordinary waits until both reports are made and the DSL has cleared it after them."""
        return self.imagery and not (self.imagery_reported and self.facts.dsl_cleared)

    @property
    def held_for_prevent(self) -> bool:
        """INC-9: everything ordinary waits until the DSL has decided."""
        return Conduct.EXTREMISM in self.conduct and not self.facts.dsl_cleared

    @property
    def crimes(self) -> tuple[Conduct, ...]:
        """The conduct that goes to the police at once (INC-6). No profile can switch imagery of a child off."""
        return tuple(
            code
            for code in self.facts.conduct
            if code is Conduct.SEXUAL_IMAGERY_OF_CHILD or self.profile.conduct[code].police is Police.AT_ONCE
        )

    @property
    def police_possible(self) -> tuple[Conduct, ...]:
        """The conduct that may be a crime, so that somebody has to consider the police."""
        return tuple(c for c in self.facts.conduct if self.profile.conduct[c].police is Police.CONSIDER)

    @property
    def bullying_on_account(self) -> bool:
        """INC-10, while the comment is still there."""
        return Conduct.BULLYING in self.conduct and self.facts.on_school_account and not self.facts.removed

    @property
    def urgent(self) -> bool:
        """Whether something has to be done at once and has not been done yet."""
        if self.imagery and Step.IWF not in self.here:
            return True
        return (bool(self.crimes) and Step.POLICE not in self.here) or self.bullying_on_account

    @property
    def danger(self) -> bool:
        """Safeguarding or danger: POSH is asked without waiting for the platform (INC-7)."""
        child_harmed = kinds.towards_pupil(self.facts) and bool(self.conduct & kinds.HARMS_A_PERSON)
        return bool(self.crimes) or Conduct.EXTREMISM in self.conduct or child_harmed

    @property
    def addressee(self) -> bool:
        """Whether there is a member of the school's community to speak or write to (INC-7)."""
        return self.facts.author.identified and self.route is not Route.THIRD_PARTY

    @property
    def something_to_remove(self) -> bool:
        return not self.facts.removed and bool(self.conduct - kinds.NOTHING_TO_REMOVE)

    @property
    def something_to_report(self) -> bool:
        """A post or an account that a platform could act on."""
        return not self.facts.removed and bool(
            self.conduct - {Conduct.UNDER_AGE_USE, Conduct.WORKS_DEVICE_USE}
        )

    @property
    def removal_asked_on(self) -> date | None:
        """When removal of this post was last asked for, by whatever step asks for it (INC-4)."""
        return max((self.taken[step] for step in kinds.ASKS_REMOVAL if step in self.here), default=None)

    @property
    def only_connection(self) -> bool:
        return kinds.only(self.conduct, kinds.CONNECTIONS)

    @property
    def only_under_age(self) -> bool:
        return self.conduct == {Conduct.UNDER_AGE_USE}

    @property
    def only_account_mistake(self) -> bool:
        return self.conduct == {Conduct.ACCOUNT_MISTAKE}

    @property
    def staff_with_parent(self) -> bool:
        """A connection between a member of staff and a parent, no pupil in it (CON-4)."""
        if not self.only_connection:
            return False
        towards = set(self.facts.towards)
        author = self.facts.author.kind
        if author in kinds.SCHOOL_ADULTS:
            return PersonKind.PARENT in towards and PersonKind.PUPIL not in towards
        return (
            author is PersonKind.PARENT
            and bool(towards & kinds.SCHOOL_ADULTS)
            and PersonKind.PUPIL not in towards
        )


def case_of(profile: Profile, facts: Facts) -> Case:
    """The facts with what follows from them."""
    conduct = frozenset(facts.conduct)
    day = to_london(facts.received).date()
    taken: dict[Step, date] = {}
    for step in facts.history:
        taken[step.step] = max(step.on, taken.get(step.step, step.on))
    here = frozenset(step.step for step in facts.history if step.on >= day)
    earlier = frozenset(step.step for step in facts.history if step.on < day)
    return Case(
        profile=profile,
        facts=facts,
        conduct=conduct,
        route=kinds.route(facts.author, conduct),
        day=day,
        taken=taken,
        here=here,
        earlier=earlier,
        passed=here | earlier | frozenset(facts.skipped),
    )
