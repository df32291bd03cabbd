"""Kinds of conduct and what each sort of author can be asked, as plain sets and questions (INC-2, INC-3)."""

from __future__ import annotations

from smdesk.policy.model import Author, Facts
from smdesk.policy.vocabulary import Conduct, PersonKind, Route, Step

# Adults who work with the school and are bound by its code of conduct (PPL-2, CON-1).
SCHOOL_ADULTS = frozenset(
    {PersonKind.STAFF, PersonKind.GOVERNOR, PersonKind.VOLUNTEER, PersonKind.CONTRACTOR}
)

# Attempts to connect a pupil and an adult: there is no post to take down (CON-3).
CONNECTIONS = frozenset({Conduct.CONTACT_REQUEST, Conduct.FOLLOW})
# Things done rather than posted: asking for removal would make no sense.
NOTHING_TO_REMOVE = CONNECTIONS | {Conduct.UNDER_AGE_USE, Conduct.WORKS_DEVICE_USE}
# Where one person is harmed by another: a pupil at the receiving end is a matter for the DSL.
HARMS_A_PERSON = frozenset(
    {
        Conduct.BULLYING,
        Conduct.ABUSIVE,
        Conduct.THREAT_OF_VIOLENCE,
        Conduct.DISCRIMINATORY,
        Conduct.RACIAL_ELEMENT,
        Conduct.GROSSLY_OBSCENE,
        Conduct.HARASSMENT,
        Conduct.CONTACT_REQUEST,
        Conduct.FOLLOW,
        Conduct.SEXUAL_IMAGERY_OF_CHILD,
    }
)
# What the complaints procedure is the better place for (INC-13).
GRIEVANCES = frozenset(
    {
        Conduct.PUBLIC_COMPLAINT,
        Conduct.ALLEGATION,
        Conduct.NEGATIVE_ABOUT_PERSON,
        Conduct.DEFAMATION,
        Conduct.DISREPUTE,
        Conduct.ABUSIVE,
    }
)

# Steps that are a letter, and steps that speak to the author: neither is possible without an addressee (INC-7).
LETTERS = (Step.WRITTEN_WARNING, Step.SECOND_WARNING)
# Steps that ask for the post to be removed: a warning repeats the request (INC-4, INC-5).
ASKS_REMOVAL = (Step.ASK_REMOVAL, Step.WRITTEN_WARNING, Step.SECOND_WARNING)
ADDRESSED = (
    Step.ASK_REMOVAL,
    Step.TALK,
    Step.MEET_WITH_CHAIR,
    Step.REFER_TO_COMPLAINTS,
    Step.WRITTEN_WARNING,
    Step.SECOND_WARNING,
)


def route(author: Author, conduct: frozenset[Conduct]) -> Route:
    """Which procedure an incident follows (INC-3).

    A former pupil who is nothing else to the school is a third party: no procedure of the school binds them
    (PPL-2). A mistake on a school account whose author is not yet known is the work of somebody who runs it (ACC-8).
    """
    if author.kind is PersonKind.PARENT:
        return Route.LADDER
    if author.kind is PersonKind.PUPIL:
        return Route.THIRD_PARTY if author.former_pupil else Route.BEHAVIOUR_POLICY
    if author.kind in SCHOOL_ADULTS:
        return Route.CODE_OF_CONDUCT
    if author.kind is PersonKind.UNKNOWN and conduct == {Conduct.ACCOUNT_MISTAKE}:
        return Route.CODE_OF_CONDUCT
    return Route.THIRD_PARTY


def only(conduct: frozenset[Conduct], kinds: frozenset[Conduct]) -> bool:
    """Whether there is some conduct and all of it is of ``kinds``."""
    return bool(conduct) and conduct <= kinds


def towards_pupil(facts: Facts) -> bool:
    """Whether a pupil is at the receiving end.

    A connection is between a pupil and an adult by its nature, so an adult's is taken to be with a pupil where
    nothing else is said.
    """
    if PersonKind.PUPIL in facts.towards:
        return True
    unsaid = not facts.towards and bool(CONNECTIONS & set(facts.conduct))
    return unsaid and facts.author.kind in SCHOOL_ADULTS


def pupil_reaches_adult(facts: Facts) -> bool:
    """Whether a pupil tried to connect with an adult who works with the school, or probably did (CON-1)."""
    if facts.author.kind is not PersonKind.PUPIL or not CONNECTIONS & set(facts.conduct):
        return False
    return not facts.towards or any(kind in SCHOOL_ADULTS for kind in facts.towards)
