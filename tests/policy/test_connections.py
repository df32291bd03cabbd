"""What the policy says about a connection, which exception covers it, and when it was declared (CON-1 to CON-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.policy import conduct as kinds
from smdesk.policy.connections import (
    STANDING_LABELS,
    Contact,
    Held,
    Ruling,
    Standing,
    coverage,
    decider,
    due_day,
    in_force,
    may_put_forward,
    review_default,
    rule_on,
    timeliness,
    timeliness_words,
)
from smdesk.policy.ladder import advise
from smdesk.policy.model import Advice, Author, Facts
from smdesk.policy.profile import SHIPPED_NAMES, Profile, Strictness
from smdesk.policy.vocabulary import (
    Capacity,
    Conduct,
    Initiator,
    Link,
    Notify,
    PersonKind,
    Step,
    Timeliness,
)
from tests.policy.conftest import shipped

DAY = date(2026, 3, 3)
STAFF, GOVERNOR = PersonKind.STAFF, PersonKind.GOVERNOR

days = st.dates(date(2015, 1, 1), date(2030, 12, 31))
names = st.sampled_from(SHIPPED_NAMES)
platforms = st.sampled_from(["facebook", "instagram", "The allotment forum", ""])
contacts = st.builds(
    Contact,
    st.sampled_from(PersonKind),
    st.sampled_from(Capacity),
    st.sampled_from(Link),
    st.sampled_from(Initiator),
    days,
    platforms,
)
some_links = st.frozensets(st.sampled_from(Link), max_size=3)
STATES = (
    "declared", "awaiting", "more_wanted", "approved", "refused", "ended", "revoked", "superseded", "withdrawn",
)  # fmt: skip
CAUSES = ("", "revoked", "ended", "adult_left", "other_left", "role_changed", "superseded")


@st.composite
def helds(draw: st.DrawFn) -> Held:
    from_on = draw(st.none() | days)
    return Held(
        exception_id=draw(st.integers(1, 50)),
        reference=draw(st.from_regex(r"20[12][0-9]/C000[1-9]", fullmatch=True)),
        platforms=draw(st.frozensets(platforms.filter(bool), max_size=3)),
        links=draw(some_links),
        from_on=from_on,
        ends_on=draw(st.none() | days) if from_on is not None else None,
        state=draw(st.sampled_from(STATES)),
        end_cause=draw(st.sampled_from(CAUSES)),
        declared_on=draw(days),
    )


def contact(
    initiator: Initiator = Initiator.OTHER,
    capacity: Capacity = Capacity.PUPIL,
    link: Link = Link.FOLLOW,
    adult: PersonKind = STAFF,
    platform: str = "instagram",
    on: date = DAY,
) -> Contact:
    return Contact(adult, capacity, link, initiator, on, platform)


def with_rules(profile: Profile, **changes: object) -> Profile:
    return replace(profile, connections=replace(profile.connections, **changes))


# CON-1: what the policy says.


def test_con_1_the_same_follow_by_a_pupil_has_four_answers(profiles: dict[str, Profile]) -> None:
    said = {name: rule_on(profile, contact()) for name, profile in profiles.items()}
    for name in ("complete", "policy-s", "policy-o"):
        assert (said[name].standing, said[name].rule) == (Standing.BREACH, "CON-1")
        assert "this is a breach" in said[name].why
    assert said["policy-c"].standing is Standing.ADVICE
    assert "does not forbid" in said["policy-c"].why
    for name in ("policy-g", "policy-r"):
        assert said[name].standing is Standing.NOT_COVERED
    assert "members of staff alone" in said["policy-g"].why
    assert "says nothing about pupils" in said["policy-r"].why
    assert len({(ruling.standing, ruling.why) for ruling in said.values()}) == 4
    assert {ruling.tell for ruling in said.values()} == {(Notify.DSL,)}


@pytest.mark.parametrize("link", Link)
@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_con_1_staff_who_reach_a_pupil_are_in_breach_everywhere(
    profiles: dict[str, Profile], name: str, link: Link
) -> None:
    ruling = rule_on(profiles[name], contact(Initiator.ADULT, link=link))
    assert ruling.standing is Standing.BREACH
    assert ruling.tell == (Notify.HEADTEACHER,)
    assert ruling.rule == ("INC-8" if name == "policy-r" else "CON-1")
    assert ("code of conduct" in ruling.why) == (name == "policy-r")


@pytest.mark.parametrize("stance", Strictness)
def test_con_1_no_edited_policy_lets_staff_reach_a_pupil(complete: Profile, stance: Strictness) -> None:
    edited = with_rules(complete, adults_bound=(), adult_follows=stance, adult_requests=stance)
    for link in Link:
        assert rule_on(edited, contact(Initiator.ADULT, link=link)).standing is Standing.BREACH


def test_con_1_follows_and_requests_are_asked_about_apart(complete: Profile) -> None:
    edited = with_rules(complete, pupil_follows=Strictness.DISCOURAGED, pupil_requests=Strictness.FORBIDDEN)
    assert rule_on(edited, contact(link=Link.FOLLOW)).standing is Standing.ADVICE
    for link in (Link.FRIEND, Link.MESSAGE, Link.GROUP, Link.GAME):
        assert rule_on(edited, contact(link=link)).standing is Standing.BREACH


def test_con_1_who_the_policy_does_not_bind_is_not_judged_by_it(profiles: dict[str, Profile]) -> None:
    """C and G bind staff alone: a governor's follow is for the governors' own code."""
    for name in ("policy-c", "policy-g", "policy-r"):
        ruling = rule_on(profiles[name], contact(Initiator.ADULT, adult=GOVERNOR))
        assert (ruling.standing, ruling.rule) == (Standing.NOT_COVERED, "INC-8")
    assert rule_on(profiles["policy-s"], contact(Initiator.ADULT, adult=GOVERNOR)).standing is Standing.BREACH
    # CON-1: C asks pupils to keep from governors too, G from staff only.
    assert rule_on(profiles["policy-c"], contact(adult=GOVERNOR)).standing is Standing.ADVICE
    assert "says nothing" in rule_on(profiles["policy-g"], contact(adult=GOVERNOR)).why


def test_con_1_former_pupils_and_their_families_where_the_policy_covers_them(
    profiles: dict[str, Profile],
) -> None:
    def standing(name: str, initiator: Initiator, capacity: Capacity) -> Standing:
        return rule_on(profiles[name], contact(initiator, capacity)).standing

    assert standing("policy-g", Initiator.ADULT, Capacity.FORMER_PUPIL) is Standing.BREACH
    assert standing("complete", Initiator.ADULT, Capacity.FORMER_PUPIL) is Standing.ADVICE
    assert standing("policy-g", Initiator.ADULT, Capacity.FORMER_PUPIL_FAMILY) is Standing.ADVICE
    for name in ("policy-s", "policy-o", "policy-c", "policy-r"):
        assert standing(name, Initiator.ADULT, Capacity.FORMER_PUPIL) is Standing.NOT_COVERED
    # A former pupil is not bound: whoever asks has broken nothing, but the adult may not accept.
    asked = rule_on(profiles["policy-g"], contact(Initiator.OTHER, Capacity.FORMER_PUPIL))
    assert asked.standing is Standing.ADVICE
    assert "may not accept" in asked.why
    # CON-3: they may still be children.
    assert asked.tell == (Notify.DSL,)


def test_con_4_parents_need_a_relationship_from_before_or_are_not_spoken_of(
    profiles: dict[str, Profile],
) -> None:
    for name, standing in (
        ("complete", Standing.PRIOR_ONLY),
        ("policy-g", Standing.PRIOR_ONLY),
        ("policy-s", Standing.NOT_COVERED),
        ("policy-r", Standing.NOT_COVERED),
    ):
        ruling = rule_on(profiles[name], contact(Initiator.OTHER, Capacity.PARENT))
        assert (ruling.standing, ruling.rule) == (standing, "CON-4")
    forbidding = with_rules(profiles["complete"], staff_with_parents=Strictness.FORBIDDEN)
    assert rule_on(forbidding, contact(Initiator.ADULT, Capacity.PARENT)).standing is Standing.BREACH
    assert rule_on(forbidding, contact(Initiator.BOTH, Capacity.PARENT)).standing is Standing.BREACH
    asked = rule_on(forbidding, contact(Initiator.OTHER, Capacity.PARENT))
    assert asked.standing is Standing.ADVICE
    assert "broken no rule" in asked.why
    approached = rule_on(profiles["policy-g"], contact(Initiator.ADULT, Capacity.PARENT))
    assert "do not ask for it" in approached.why


def test_con_3_who_began_it_is_not_known_so_the_stricter_answer_counts(profiles: dict[str, Profile]) -> None:
    ruling = rule_on(profiles["policy-c"], contact(Initiator.UNKNOWN))
    assert ruling.standing is Standing.BREACH
    assert ruling.why.startswith("Nobody knows who began it, so the stricter answer counts.")
    assert ruling.tell == (Notify.DSL, Notify.HEADTEACHER)
    same = rule_on(profiles["policy-s"], contact(Initiator.BOTH))
    assert "stricter" not in same.why


def test_con_1_the_rule_is_about_adults_of_the_school(complete: Profile) -> None:
    ruling = rule_on(complete, contact(Initiator.ADULT, adult=PersonKind.THIRD_PARTY))
    assert ruling.standing is Standing.NOT_COVERED


@given(contacts, names)
def test_every_contact_has_an_answer_with_a_rule_the_profile_words(one: Contact, name: str) -> None:
    profile = shipped(name)
    ruling = rule_on(profile, one)
    assert ruling.rule in profile.rules
    assert ruling.why.endswith(".")
    assert ruling.standing in STANDING_LABELS
    assert ruling == rule_on(profile, one)


@given(contacts, names)
def test_who_is_told_follows_from_who_began_it(one: Contact, name: str) -> None:
    """CON-3: the DSL of what a child did, the headteacher of what an adult did, both where it is not known."""
    profile = shipped(name)

    def told(initiator: Initiator) -> tuple[Notify, ...]:
        return rule_on(profile, replace(one, initiator=initiator)).tell

    rules = profile.connections
    child = one.capacity in (Capacity.PUPIL, Capacity.FORMER_PUPIL)
    assert told(Initiator.ADULT) == rules.tell_if_adult
    assert told(Initiator.OTHER) == (rules.tell_if_child if child else rules.tell_if_adult)
    for unclear in (Initiator.BOTH, Initiator.UNKNOWN):
        assert set(told(unclear)) == {*told(Initiator.ADULT), *told(Initiator.OTHER)}
        assert len(set(told(unclear))) == len(told(unclear))


@given(contacts, names)
def test_the_platform_and_the_day_do_not_change_the_ruling(one: Contact, name: str) -> None:
    profile = shipped(name)
    other = replace(one, platform="somewhere else", on=one.on + timedelta(days=400))
    assert rule_on(profile, one) == rule_on(profile, other)


@given(contacts, names)
def test_an_unclear_beginning_is_never_judged_more_mildly(one: Contact, name: str) -> None:
    order = list(Standing)

    def place(initiator: Initiator) -> int:
        return order.index(rule_on(shipped(name), replace(one, initiator=initiator)).standing)

    least = min(place(Initiator.ADULT), place(Initiator.OTHER))
    assert place(Initiator.UNKNOWN) == place(Initiator.BOTH) == least


# CON-2: on entry or late.


def test_con_2_the_due_day_is_the_day_the_later_of_the_two_joined() -> None:
    adult, pupil = date(2019, 9, 2), date(2024, 9, 3)
    assert due_day(adult, pupil) == due_day(pupil, adult) == pupil
    assert timeliness(adult, pupil, pupil) == (Timeliness.ON_ENTRY, None)
    assert timeliness(adult, pupil, date(2024, 9, 4)) == (Timeliness.LATE, 1)
    assert timeliness_words(adult, pupil, date(2024, 9, 4)) == (
        "Late by 1 day: both had joined by 3 September 2024"
    )
    assert timeliness_words(adult, pupil, date(2025, 4, 3)).startswith("Late by 212 days:")
    assert timeliness_words(adult, pupil, date(2024, 1, 1)) == "On entry"
    # 29 February counts as any other day.
    assert timeliness(date(2024, 2, 28), date(2024, 2, 28), date(2024, 3, 1)) == (Timeliness.LATE, 2)


def test_con_2_a_missing_joining_date_is_said_and_not_guessed() -> None:
    assert timeliness(None, DAY, DAY) == (Timeliness.UNKNOWN, None)
    assert timeliness_words(None, DAY, DAY) == "Not known: the adult's joining date is missing"
    assert timeliness_words(DAY, None, DAY) == "Not known: the other person's joining date is missing"
    assert timeliness_words(None, None, DAY) == "Not known: both joining dates are missing"


def test_con_2_a_relationship_that_began_later_is_no_tie_from_before() -> None:
    adult, pupil = date(2019, 9, 2), date(2024, 9, 3)
    later = timeliness_words(adult, pupil, date(2025, 1, 1), since_on=date(2024, 12, 1))
    assert "not a tie that was there before" in later
    assert "not a tie" not in timeliness_words(adult, pupil, date(2025, 1, 1), since_on=date(2012, 5, 1))
    assert "not a tie" not in timeliness_words(adult, pupil, date(2025, 1, 1), since_on=pupil)
    assert "not a tie" not in timeliness_words(None, pupil, date(2025, 1, 1), since_on=date(2024, 12, 1))


@given(days, days, days)
def test_lateness_counts_the_days_after_both_had_joined(adult: date, other: date, declared: date) -> None:
    found, late = timeliness(adult, other, declared)
    assert (found, late) == timeliness(other, adult, declared)
    assert (late is None) == (found is not Timeliness.LATE)
    if late is None:
        assert declared <= adult or declared <= other
    else:
        assert late >= 1
        assert declared - timedelta(days=late) in (adult, other)
        # A day later, one day more.
        assert timeliness(adult, other, declared + timedelta(days=1)) == (Timeliness.LATE, late + 1)
    words = timeliness_words(adult, other, declared)
    assert ("Late" in words) == (late is not None)


# CON-3: which exception covers it.


def held(**changes: object) -> Held:
    made = Held(
        exception_id=1,
        reference="2025/C0001",
        platforms=frozenset({"instagram"}),
        links=frozenset({Link.FOLLOW}),
        from_on=date(2025, 9, 1),
        ends_on=None,
        state="approved",
        end_cause="",
        declared_on=date(2025, 8, 20),
    )
    return replace(made, **changes)


PLATFORM_NAMES = {"instagram": "Instagram", "facebook": "Facebook"}


def near(one: Held, asked: Contact | None = None) -> str:
    found = coverage([one], asked or contact(), PLATFORM_NAMES)
    assert found.covering == ()
    return " ".join(miss.why for miss in found.near)


def test_con_3_an_exception_in_force_for_this_platform_and_link_covers() -> None:
    assert coverage([held()], contact()).covering == (held(),)
    # The school's own words are typed by hand.
    own = held(platforms=frozenset({"The Allotment  forum"}))
    assert coverage([own], contact(platform="the allotment forum ")).covering == (own,)
    # Recorded from paper it counts at once, and stays marked.
    paper = held(unconfirmed_paper=True)
    assert coverage([paper], contact()).covering[0].unconfirmed_paper


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"platforms": frozenset({"facebook"})}, "It is for Facebook, not Instagram."),
        ({"links": frozenset({Link.FRIEND})}, "It is for being friends or contacts, not for following."),
        ({"platforms": frozenset()}, "No platform is written in it."),
        ({"links": frozenset()}, "No kind of link is written in it."),
        (
            {"state": "ended", "ends_on": date(2026, 1, 5), "end_cause": "adult_left"},
            "It had ended on 5 January 2026 (the adult left the school).",
        ),
        (
            {"state": "revoked", "ends_on": DAY, "end_cause": "revoked"},
            "It had ended on 3 March 2026 (it was revoked).",
        ),
        (
            {"from_on": date(2026, 3, 4)},
            "It allows the connection only from 4 March 2026, and is never dated back.",
        ),
        (
            {"state": "declared", "from_on": None},
            "It was declared on 20 August 2025 and has not been put forward.",
        ),
        ({"state": "awaiting", "from_on": None}, "It still awaits a decision."),
        ({"state": "more_wanted", "from_on": None}, "More was asked for, and it has not been decided."),
        ({"state": "refused", "from_on": None}, "It was refused."),
        (
            {"state": "awaiting", "from_on": None, "platforms": frozenset({"facebook"})},
            "It is for Facebook, not Instagram; it still awaits a decision.",
        ),
    ],
)
def test_con_3_what_nearly_covers_is_named_with_what_it_lacks(changes: dict[str, object], says: str) -> None:
    assert near(held(**changes)) == says


def test_con_3_a_contact_on_an_unknown_platform_is_not_taken_to_be_covered() -> None:
    assert near(held(), contact(platform="")) == (
        "It is for Instagram, and the platform of this contact is not known."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "withdrawn", "from_on": None},
        {"state": "refused", "from_on": None, "platforms": frozenset({"facebook"})},
        {"state": "ended", "ends_on": date(2026, 1, 5), "links": frozenset({Link.GAME})},
    ],
)
def test_con_3_what_is_over_and_was_for_something_else_is_not_near(changes: dict[str, object]) -> None:
    assert near(held(**changes)) == ""


def test_con_3_the_nearest_comes_first() -> None:
    far = held(state="awaiting", from_on=None, platforms=frozenset({"facebook"}), reference="2025/C0001")
    close = held(platforms=frozenset({"facebook"}), reference="2025/C0002")
    found = coverage([far, close], contact())
    assert [miss.held.reference for miss in found.near] == ["2025/C0002", "2025/C0001"]


@given(helds(), days)
def test_in_force_is_from_the_first_day_to_the_day_before_the_end(one: Held, day: date) -> None:
    if in_force(one, day):
        assert one.from_on is not None
        assert one.from_on <= day
        assert one.ends_on is None or day < one.ends_on
    elif one.from_on is not None and one.from_on <= day:
        assert one.ends_on is not None
        assert one.ends_on <= day


@given(st.lists(helds(), max_size=6), contacts)
def test_nothing_covers_outside_its_days_its_platforms_or_its_links(kept: list[Held], one: Contact) -> None:
    found = coverage(kept, one)
    for covering in found.covering:
        assert in_force(covering, one.on)
        assert one.link in covering.links
        assert one.platform in covering.platforms
    for miss in found.near:
        assert miss.held not in found.covering
        assert miss.why.endswith(".")
        assert miss.why[0].isupper()
    # Each exception is counted once, or not at all.
    said = [*found.covering, *(miss.held for miss in found.near)]
    assert all(said.count(each) <= kept.count(each) for each in said)
    expected = [
        each
        for each in kept
        if in_force(each, one.on) and one.link in each.links and one.platform in each.platforms
    ]
    assert list(found.covering) == expected


@given(st.lists(helds(), max_size=5), helds(), contacts)
def test_an_exception_that_has_no_bearing_changes_nothing(kept: list[Held], more: Held, one: Contact) -> None:
    alone = coverage([more], one)
    found, before = coverage([*kept, more], one), coverage(kept, one)
    assert found.covering == (*before.covering, *alone.covering)
    if not alone.near:
        assert found.near == before.near
    else:
        assert len(found.near) == len(before.near) + 1


@given(st.lists(helds(), max_size=5), contacts)
def test_who_began_it_and_who_they_are_do_not_change_what_covers(kept: list[Held], one: Contact) -> None:
    """An exception is about the two people: whoever of them began it."""
    for initiator in Initiator:
        assert coverage(kept, replace(one, initiator=initiator)) == coverage(kept, one)


# CON-2, CON-4, CON-5: deciding.


def test_con_5_the_chair_decides_where_the_headteacher_is_one_of_the_two(
    profiles: dict[str, Profile],
) -> None:
    for profile in profiles.values():
        assert decider(profile, headteacher_concerned=False) is Notify.HEADTEACHER
        assert decider(profile, headteacher_concerned=True) is Notify.CHAIR_OF_GOVERNORS


def test_a_review_falls_on_the_same_day_of_the_month_or_the_last_there_is(complete: Profile) -> None:
    assert review_default(complete, date(2026, 3, 3)) == date(2027, 3, 3)
    assert review_default(complete, date(2024, 2, 29)) == date(2025, 2, 28)
    six = replace(complete, clocks=replace(complete.clocks, exception_review_months=6))
    assert review_default(six, date(2026, 8, 31)) == date(2027, 2, 28)
    assert review_default(six, date(2026, 6, 30)) == date(2026, 12, 30)


@given(days, st.integers(1, 60))
def test_a_review_is_always_later_by_as_many_months(from_on: date, months: int) -> None:
    profile = shipped("complete")
    profile = replace(profile, clocks=replace(profile.clocks, exception_review_months=months))
    review = review_default(profile, from_on)
    assert review > from_on
    assert (review.year - from_on.year) * 12 + review.month - from_on.month == months


@pytest.mark.parametrize("name", ["policy-g", "policy-r"])
def test_con_2_where_there_are_no_exceptions_none_about_a_pupil_is_put_forward(
    profiles: dict[str, Profile], name: str
) -> None:
    refused = may_put_forward(profiles[name], STAFF, Capacity.PUPIL)
    assert refused is not None
    assert refused.rule == "CON-2"
    assert "no exceptions" in refused.why
    # CON-4: a parent known from before is registered all the same.
    assert may_put_forward(profiles[name], STAFF, Capacity.PARENT) is None


@pytest.mark.parametrize("name", ["complete", "policy-s", "policy-o", "policy-c"])
@pytest.mark.parametrize("capacity", Capacity)
@pytest.mark.parametrize("adult", sorted(kinds.SCHOOL_ADULTS))
def test_con_2_elsewhere_they_are(
    profiles: dict[str, Profile], name: str, capacity: Capacity, adult: PersonKind
) -> None:
    assert may_put_forward(profiles[name], adult, capacity) is None


def test_con_4_where_parents_are_forbidden_no_exception_is_put_forward(complete: Profile) -> None:
    forbidding = with_rules(complete, staff_with_parents=Strictness.FORBIDDEN)
    refused = may_put_forward(forbidding, STAFF, Capacity.PARENT)
    assert refused is not None
    assert refused.rule == "CON-4"
    assert may_put_forward(forbidding, STAFF, Capacity.PUPIL) is None


def test_con_1_former_pupils_under_a_policy_without_exceptions(profiles: dict[str, Profile]) -> None:
    former = may_put_forward(profiles["policy-g"], STAFF, Capacity.FORMER_PUPIL)
    assert former is not None
    assert former.rule == "CON-2"
    assert "former pupils" in former.why
    # What is only advised against, and what the policy does not speak of, may be registered.
    assert may_put_forward(profiles["policy-g"], STAFF, Capacity.FORMER_PUPIL_FAMILY) is None
    assert may_put_forward(profiles["policy-g"], GOVERNOR, Capacity.FORMER_PUPIL) is None
    assert may_put_forward(profiles["policy-r"], STAFF, Capacity.FORMER_PUPIL) is None


@pytest.mark.parametrize("kind", [kind for kind in PersonKind if kind not in kinds.SCHOOL_ADULTS])
def test_an_exception_is_for_an_adult_of_the_school(complete: Profile, kind: PersonKind) -> None:
    assert may_put_forward(complete, kind, Capacity.PUPIL) is not None


# The same answers where the attempt is an incident.


def told(profile: Profile, conduct: Conduct, author: PersonKind, *towards: PersonKind) -> Advice:
    facts = Facts(
        received=datetime(2026, 3, 3, 10, tzinfo=UTC),
        author=Author(author),
        conduct=(conduct,),
        towards=towards,
        platform="instagram",
    )
    return advise(profile, facts)


def noted(advice: Advice, ruling: Ruling) -> bool:
    return (ruling.rule, ruling.why) in {(note.rule, note.text) for note in advice.notes}


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_con_1_the_incident_says_of_a_pupils_follow_what_the_register_says(
    profiles: dict[str, Profile], name: str
) -> None:
    profile = profiles[name]
    ruling = rule_on(profile, contact())
    advice = told(profile, Conduct.FOLLOW, PersonKind.PUPIL, STAFF)
    assert noted(advice, ruling)
    assert advice.notify == ruling.tell
    penalty = Step.BEHAVIOUR_POLICY in {entry.step for entry in advice.next}
    assert penalty == (ruling.standing is Standing.BREACH)


@pytest.mark.parametrize("conduct", [Conduct.FOLLOW, Conduct.CONTACT_REQUEST])
@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_con_1_the_incident_of_staff_who_reach_a_pupil_is_a_breach_everywhere(
    profiles: dict[str, Profile], name: str, conduct: Conduct
) -> None:
    advice = told(profiles[name], conduct, STAFF, PersonKind.PUPIL)
    first = advice.next[0]
    assert first.step is Step.DISCIPLINARY
    assert "breach" in first.why
    assert first.rule == ("INC-8" if name == "policy-r" else "CON-3")
    assert advice.notify == (Notify.HEADTEACHER,)


def test_con_1_a_pupil_who_reaches_two_adults_hears_the_stricter_answer(profiles: dict[str, Profile]) -> None:
    mixed = with_rules(profiles["complete"], adults=(STAFF,))
    advice = told(mixed, Conduct.FOLLOW, PersonKind.PUPIL, GOVERNOR, STAFF)
    assert noted(advice, rule_on(mixed, contact(adult=STAFF)))
    alone = told(mixed, Conduct.FOLLOW, PersonKind.PUPIL, GOVERNOR)
    assert noted(alone, rule_on(mixed, contact(adult=GOVERNOR)))
