"""Connections between pupils, parents and the adults who work with the school (CON-1 to CON-5).

Three questions are answered here, over plain data and with no clock: what the school's policy says about one
connection (``rule_on``), whether an exception allows it (``coverage``), and when and by whom an exception is declared,
decided and reviewed. The register, the incident form and the papers all ask here, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smdesk.policy import conduct as kinds
from smdesk.policy.days import months_after
from smdesk.policy.profile import Profile, Strictness
from smdesk.policy.vocabulary import Capacity, Initiator, Link, Notify, PersonKind, Timeliness
from smdesk.policy.words import listed, written_day


class Standing(StrEnum):
    """What a connection is under the school's policy, the strictest first."""

    BREACH = "breach"
    ADVICE = "advice"
    PRIOR_ONLY = "prior_only"
    NOT_COVERED = "not_covered"


STANDING_LABELS: dict[Standing, str] = {
    Standing.BREACH: "Not allowed",
    Standing.ADVICE: "Advised against",
    Standing.PRIOR_ONLY: "Only on a relationship from before",
    Standing.NOT_COVERED: "Not covered by the policy",
}


@dataclass(frozen=True, slots=True)
class Contact:
    """One connection, or one attempt at it: who, of what kind, begun by whom, on which day and platform.

    ``platform`` is a code or the school's own words, "" where nobody knows it.
    """

    adult_kind: PersonKind
    capacity: Capacity
    link: Link
    initiator: Initiator
    on: date
    platform: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy says about a contact: where it stands, the rule, a sentence, and who is told (CON-3)."""

    standing: Standing
    rule: str
    why: str
    tell: tuple[Notify, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be done, with the rule."""

    rule: str
    why: str


_ADULTS = {
    PersonKind.STAFF: "members of staff",
    PersonKind.GOVERNOR: "governors",
    PersonKind.VOLUNTEER: "volunteers",
    PersonKind.CONTRACTOR: "contractors",
}
_OTHERS = {
    Capacity.PUPIL: "pupils",
    Capacity.FORMER_PUPIL: "former pupils",
    Capacity.PARENT: "parents",
    Capacity.FORMER_PUPIL_FAMILY: "families of former pupils",
}
_ACTS = {
    Link.FRIEND: "befriend",
    Link.FOLLOW: "follow",
    Link.MESSAGE: "message",
    Link.GROUP: "share a group with",
    Link.GAME: "play online with",
}


def rule_on(profile: Profile, contact: Contact) -> Ruling:
    """What the school's policy says about a contact that no exception covers (CON-1, CON-3, CON-4).

    Judged by what the one who began it did. A member of staff who reaches a present pupil is in breach under every
    profile: where the profile has no such rule, of the code of conduct (INC-8). Somebody the policy does not bind, a
    parent or a former pupil, is in breach of nothing by asking. Where both began it, or nobody knows who did, the
    stricter answer counts and both listeners are told. Raises nothing.
    """
    if contact.initiator is Initiator.ADULT:
        return _adult_began(profile, contact)
    if contact.initiator is Initiator.OTHER:
        return _other_began(profile, contact)
    adult, other = _adult_began(profile, contact), _other_began(profile, contact)
    strict = strictest((adult, other))
    tell = tuple(dict.fromkeys((*other.tell, *adult.tell)))
    lead = ""
    if adult.standing is not other.standing:
        both = contact.initiator is Initiator.BOTH
        lead = f"{'Both have a part in it' if both else 'Nobody knows who began it'}, so the stricter answer counts. "
    return Ruling(strict.standing, strict.rule, lead + strict.why, tell)


def strictest(rulings: Sequence[Ruling]) -> Ruling:
    """The strictest of several rulings, of equals the first. Raises ``ValueError`` for none."""
    return min(rulings, key=lambda ruling: list(Standing).index(ruling.standing))


def _is_bound(profile: Profile, kind: PersonKind) -> bool:
    """Whether the profile's rules for adults bind this kind of adult. What it asks of staff it asks of all it binds."""
    return kind is PersonKind.STAFF or (
        kind in kinds.SCHOOL_ADULTS and kind in profile.connections.adults_bound
    )


def _adult_began(profile: Profile, contact: Contact) -> Ruling:
    tell = profile.connections.tell_if_adult
    adults, others, act = _words(contact)
    if contact.adult_kind not in kinds.SCHOOL_ADULTS:
        return _nobody_of_the_school(contact, tell)
    if contact.capacity is not Capacity.PUPIL:
        return _about_others(profile, contact, tell)
    rules = profile.connections
    asked = rules.adult_follows if contact.link is Link.FOLLOW else rules.adult_requests
    if contact.adult_kind not in rules.adults_bound:
        asked = Strictness.NOT_COVERED
    if asked is Strictness.FORBIDDEN:
        why = f"The school's policy does not allow {adults} to {act} {others}: this is a breach of it."
        return Ruling(Standing.BREACH, "CON-1", why, tell)
    if contact.adult_kind is PersonKind.STAFF:
        # CON-1, INC-8: whatever the policy leaves out, staff do not reach out to pupils.
        why = (
            f"The school's policy does not itself forbid {adults} to {act} {others}. Staff are bound by their code of "
            "conduct all the same, and this is a breach of it."
        )
        return Ruling(Standing.BREACH, "INC-8", why, tell)
    if asked is Strictness.DISCOURAGED:
        why = f"The school's policy advises {adults} not to {act} {others}; it does not forbid it."
        return Ruling(Standing.ADVICE, "CON-1", why, tell)
    if asked is Strictness.PRIOR_ONLY:
        return Ruling(Standing.PRIOR_ONLY, "CON-1", _prior_words(adults, act, others), tell)
    why = (
        f"The school's policy has no rule about {adults} who {act} {others}. Their own code of conduct applies, and "
        "the headteacher looks at it under that."
    )
    return Ruling(Standing.NOT_COVERED, "INC-8", why, tell)


def _other_began(profile: Profile, contact: Contact) -> Ruling:
    rules = profile.connections
    # CON-3: a former pupil may still be a child, so the safeguarding lead hears of it first.
    child = contact.capacity in (Capacity.PUPIL, Capacity.FORMER_PUPIL)
    tell = rules.tell_if_child if child else rules.tell_if_adult
    if contact.adult_kind not in kinds.SCHOOL_ADULTS:
        return _nobody_of_the_school(contact, tell)
    if contact.capacity is not Capacity.PUPIL:
        return _about_others(profile, contact, tell)
    adults, others, act = _words(contact)
    asked = rules.pupil_follows if contact.link is Link.FOLLOW else rules.pupil_requests
    if contact.adult_kind not in rules.adults:
        asked = Strictness.NOT_COVERED
    if asked is Strictness.FORBIDDEN:
        why = f"The school's policy does not allow {others} to {act} {adults}: this is a breach of it."
        return Ruling(Standing.BREACH, "CON-1", why, tell)
    if asked is Strictness.DISCOURAGED:
        why = (
            f"The school's policy advises {others} not to {act} {adults}; it does not forbid it. The pupil is given "
            "advice, and has broken no rule."
        )
        return Ruling(Standing.ADVICE, "CON-1", why, tell)
    if asked is Strictness.PRIOR_ONLY:
        return Ruling(Standing.PRIOR_ONLY, "CON-1", _prior_words(others, act, adults), tell)
    bound = rules.adult_follows if contact.link is Link.FOLLOW else rules.adult_requests
    if contact.adult_kind in rules.adults_bound and bound is not Strictness.NOT_COVERED:
        why = (
            f"The school's policy puts its rule on {adults} alone: a pupil who tries to {act} one of them breaks no "
            "rule of it. The adult may not accept, follow back or answer."
        )
    else:
        why = (
            f"The school's policy says nothing about {others} who {act} {adults}. The adult's code of conduct still "
            "applies: it is for the adult not to accept, follow back or answer."
        )
    return Ruling(Standing.NOT_COVERED, "CON-3", why, tell)


def _about_others(profile: Profile, contact: Contact, tell: tuple[Notify, ...]) -> Ruling:
    """Former pupils, their families, and parents: the policy speaks to the adult of the school alone (CON-1, CON-4)."""
    rules = profile.connections
    rule = "CON-4" if contact.capacity is Capacity.PARENT else "CON-1"
    stance = {
        Capacity.FORMER_PUPIL: rules.former_pupils,
        Capacity.FORMER_PUPIL_FAMILY: rules.former_pupil_families,
        Capacity.PARENT: rules.staff_with_parents,
    }[contact.capacity]
    adults, others, act = _words(contact)
    if not _is_bound(profile, contact.adult_kind):
        stance = Strictness.NOT_COVERED
    if stance is Strictness.NOT_COVERED:
        why = (
            f"The school's policy says nothing about {adults} who {act} {others}; they remain bound by their code "
            "of conduct."
        )
        return Ruling(Standing.NOT_COVERED, rule, why, tell)
    if stance is Strictness.PRIOR_ONLY:
        began = contact.initiator in (Initiator.ADULT, Initiator.BOTH)
        asked = " They may accept such a contact, but do not ask for it." if began else ""
        return Ruling(Standing.PRIOR_ONLY, rule, f"{_prior_words(adults, act, others)}{asked}", tell)
    if stance is Strictness.DISCOURAGED:
        why = f"The school's policy advises {adults} not to {act} {others}; it does not forbid it."
        return Ruling(Standing.ADVICE, rule, why, tell)
    if contact.initiator is Initiator.OTHER:
        why = (
            f"The school's policy does not allow {adults} to {act} {others}. Whoever asked is not bound by it and has "
            "broken no rule; the adult may not accept."
        )
        return Ruling(Standing.ADVICE, rule, why, tell)
    why = f"The school's policy does not allow {adults} to {act} {others}: this is a breach of it."
    return Ruling(Standing.BREACH, rule, why, tell)


def _nobody_of_the_school(contact: Contact, tell: tuple[Notify, ...]) -> Ruling:
    why = "The rule is about adults who work with the school: staff, governors, volunteers and contractors."
    return Ruling(
        Standing.NOT_COVERED, "CON-4" if contact.capacity is Capacity.PARENT else "CON-1", why, tell
    )


def _words(contact: Contact) -> tuple[str, str, str]:
    """The adults, the others, and the verb, as they stand in a sentence."""
    return _ADULTS.get(contact.adult_kind, "adults"), _OTHERS[contact.capacity], _ACTS[contact.link]


def _prior_words(who: str, act: str, whom: str) -> str:
    return f"The school's policy lets {who} {act} {whom} only on a relationship that was there before."


def due_day(adult_joined: date | None, other_joined: date | None) -> date | None:
    """The last day on which a declaration is on entry: the day the later of the two joined. None if not known."""
    if adult_joined is None or other_joined is None:
        return None
    return max(adult_joined, other_joined)


def timeliness(
    adult_joined: date | None, other_joined: date | None, declared_on: date
) -> tuple[Timeliness, int | None]:
    """Whether a declaration was made on entry, and by how many days late, None unless it was (CON-2)."""
    due = due_day(adult_joined, other_joined)
    if due is None:
        return Timeliness.UNKNOWN, None
    if declared_on <= due:
        return Timeliness.ON_ENTRY, None
    return Timeliness.LATE, (declared_on - due).days


def timeliness_words(
    adult_joined: date | None, other_joined: date | None, declared_on: date, since_on: date | None = None
) -> str:
    """``timeliness`` in words. A relationship that began (``since_on``) after both had joined is said so (CON-2)."""
    found, days = timeliness(adult_joined, other_joined, declared_on)
    due = due_day(adult_joined, other_joined)
    if found is Timeliness.LATE and due is not None:
        words = f"Late by {days:,} {'day' if days == 1 else 'days'}: both had joined by {written_day(due)}"
    elif found is Timeliness.ON_ENTRY:
        words = "On entry"
    elif adult_joined is None and other_joined is None:
        words = "Not known: both joining dates are missing"
    else:
        words = (
            f"Not known: the {'adult' if adult_joined is None else 'other person'}'s joining date is missing"
        )
    if due is not None and since_on is not None and since_on > due:
        words += ". The relationship began after both had joined: not a tie that was there before"
    return words


@dataclass(frozen=True, slots=True)
class Held:
    """One exception between the two people of a contact, as far as it matters to the contact.

    ``state`` is its stored status and ``end_cause`` why it ended, both as codes. ``from_on`` is None unless it was
    approved at some time; ``ends_on`` is the first day it does not allow the connection any more.
    """

    exception_id: int
    reference: str
    platforms: frozenset[str]
    links: frozenset[Link]
    from_on: date | None
    ends_on: date | None
    state: str
    end_cause: str
    declared_on: date
    unconfirmed_paper: bool = False
    """Approved on paper and not confirmed by the decider yet. It counts all the same, and is said."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An exception that nearly covers a contact, and in a sentence what it lacks."""

    held: Held
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """The exceptions that cover a contact, and those that nearly do, the nearest first (CON-3)."""

    covering: tuple[Held, ...]
    near: tuple[NearMiss, ...]


_PENDING = {
    "declared": "it was declared on {day} and has not been put forward",
    "awaiting": "it still awaits a decision",
    "more_wanted": "more was asked for, and it has not been decided",
    "refused": "it was refused",
}
_ENDED = {
    "revoked": "it was revoked",
    "ended": "it was ended by decision",
    "adult_left": "the adult left the school",
    "other_left": "the other person left the school",
    "role_changed": "the adult changed role",
    "superseded": "a later exception took its place",
}
_WITHDRAWN, _REFUSED = "withdrawn", "refused"


def in_force(held: Held, day: date) -> bool:
    """Whether an exception allows the connection on ``day``: approved, begun, and not ended."""
    if held.from_on is None or day < held.from_on:
        return False
    return held.ends_on is None or day < held.ends_on


def coverage(held: Sequence[Held], contact: Contact, names: Mapping[str, str] | None = None) -> Coverage:
    """Which of the exceptions between the two cover a contact, and which nearly do.

    One covers it when it is in force on the day, for that platform and that kind of link. One nearly covers it when
    it is in force, awaited or still to begin but for another platform or kind of link, or when it is for this one but
    ended, refused or not decided. ``names`` gives platform codes the names people read. Raises nothing.
    """
    covering: list[Held] = []
    near: list[tuple[int, NearMiss]] = []
    for one in held:
        timed = _lacks_in_time(one, contact.on)
        scope = _lacks_in_scope(one, contact, names or {})
        if not timed and not scope:
            covering.append(one)
            continue
        over = bool(timed) and (
            one.state == _REFUSED or (one.ends_on is not None and one.ends_on <= contact.on)
        )
        if one.state == _WITHDRAWN or (over and scope):
            continue
        lacking = [*scope, timed] if timed else scope
        near.append((len(lacking), NearMiss(one, f"{_sentence(lacking)}.")))
    near.sort(key=lambda miss: (miss[0], miss[1].held.reference))
    return Coverage(tuple(covering), tuple(miss for _, miss in near))


def _lacks_in_time(held: Held, day: date) -> str:
    if in_force(held, day):
        return ""
    if held.from_on is None:
        words = _PENDING.get(held.state, "it was never approved")
        return words.format(day=written_day(held.declared_on))
    if day < held.from_on:
        return f"it allows the connection only from {written_day(held.from_on)}, and is never dated back"
    ended = f"it had ended on {written_day(held.ends_on)}" if held.ends_on is not None else "it had ended"
    cause = _ENDED.get(held.end_cause, "")
    return f"{ended} ({cause})" if cause else ended


def _lacks_in_scope(held: Held, contact: Contact, names: Mapping[str, str]) -> list[str]:
    lacking: list[str] = []
    here = {_same(platform) for platform in held.platforms}
    if _same(contact.platform) not in here:
        named = listed(sorted(names.get(platform, platform) for platform in held.platforms))
        asked = names.get(contact.platform, contact.platform)
        what = f"not {asked}" if asked.strip() else "and the platform of this contact is not known"
        lacking.append(f"it is for {named}, {what}" if named else "no platform is written in it")
    if contact.link not in held.links:
        named = listed([_LINKS[link] for link in Link if link in held.links])
        lacking.append(
            f"it is for {named}, not for {_LINKS[contact.link]}"
            if named
            else "no kind of link is written in it"
        )
    return lacking


_LINKS = {
    Link.FRIEND: "being friends or contacts",
    Link.FOLLOW: "following",
    Link.MESSAGE: "messages",
    Link.GROUP: "being in a group",
    Link.GAME: "playing together",
}


def _same(platform: str) -> str:
    """A platform's name for comparing: the school's own words are typed by hand."""
    return " ".join(platform.split()).casefold()


def _sentence(parts: Sequence[str]) -> str:
    joined = "; ".join(parts)
    return joined[:1].upper() + joined[1:]


def decider(profile: Profile, headteacher_concerned: bool) -> Notify:
    """Who decides an exception; where the headteacher is one of the two, somebody else (CON-2, CON-5)."""
    rules = profile.connections
    return rules.own_exception_decided_by if headteacher_concerned else rules.exceptions_decided_by


def review_default(profile: Profile, from_on: date) -> date:
    """When an exception that begins on ``from_on`` is looked at again, unless the decider says otherwise."""
    return months_after(from_on, profile.clocks.exception_review_months)


def may_put_forward(profile: Profile, adult_kind: PersonKind, capacity: Capacity) -> Refusal | None:
    """Why a declaration cannot be put to the decider under this policy, or None where it can (CON-2, CON-4).

    A policy without exceptions for pupils may still let staff keep a parent they knew before: such a relationship is
    registered and decided. What a policy does not speak of may be registered all the same.
    """
    rules = profile.connections
    if adult_kind not in kinds.SCHOOL_ADULTS:
        return Refusal(
            "CON-1",
            "An exception is for an adult who works with the school: staff, a governor, a volunteer or a contractor.",
        )
    if capacity is Capacity.PARENT:
        if rules.staff_with_parents is Strictness.FORBIDDEN and _is_bound(profile, adult_kind):
            return Refusal(
                "CON-4",
                "The school's policy does not allow staff to connect with parents and provides for no exception. The "
                "declaration is kept as a record; it cannot be put forward for approval.",
            )
        return None
    former = {
        Capacity.FORMER_PUPIL: rules.former_pupils,
        Capacity.FORMER_PUPIL_FAMILY: rules.former_pupil_families,
    }.get(capacity)
    if rules.exceptions_allowed or (former is not None and former is not Strictness.FORBIDDEN):
        return None
    if former is not None and not _is_bound(profile, adult_kind):
        return None
    return Refusal(
        "CON-2",
        f"The school's policy provides for no exceptions about {_OTHERS[capacity]}. The declaration is kept as a "
        "record; it cannot be put forward for approval.",
    )
