"""What the policy says next, rule by rule (INC-1 to INC-14, CON-1 to CON-4, ACC-5, ACC-8, ACC-9, REP-3)."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from smdesk.policy.facts_json import facts_from_json
from smdesk.policy.ladder import advise, comes_before
from smdesk.policy.model import Advice, Facts
from smdesk.policy.platforms import Platform
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import Conduct, Notify, Route, Step

PARENT = {"kind": "parent"}
LETTERS = {Step.WRITTEN_WARNING, Step.SECOND_WARNING}


def facts(conduct: str | list[str], **more: Any) -> Facts:
    """Facts of an ordinary Wednesday, by a known parent unless said otherwise."""
    codes = [conduct] if isinstance(conduct, str) else conduct
    return facts_from_json({"received": "2026-06-10T10:00", "author": PARENT, "conduct": codes, **more})


def taken(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return [{"step": step, "on": on} for step, on in steps]


def steps(advice: Advice) -> list[Step]:
    return [entry.step for entry in advice.next]


def refusal(advice: Advice, step: Step) -> str:
    """The rule under which a step is refused; empty where it is not."""
    return next((entry.rule for entry in advice.refused if entry.step is step), "")


def noted(advice: Advice, rule: str) -> str:
    return " ".join(note.text for note in advice.notes if note.rule == rule)


# INC-1, INC-2: everything people post is covered; nothing chosen, nothing advised.


@pytest.mark.parametrize("platform", ["facebook", "a parents' chat", "Minecraft"])
def test_inc_1_any_app_site_or_game_is_covered(complete: Profile, platform: str) -> None:
    assert steps(advise(complete, facts("abusive", platform=platform)))[0] is Step.ASK_REMOVAL


def test_inc_2_without_a_kind_of_conduct_no_step_is_advised(complete: Profile) -> None:
    advice = advise(complete, facts([], on_school_account=True))
    assert advice.next == ()
    assert "at least one kind" in noted(advice, "INC-2")
    # The reply clock runs all the same: a question is no misconduct.
    assert advice.reply_by is not None


def test_inc_2_conduct_the_policy_does_not_name_is_still_handled(profiles: dict[str, Profile]) -> None:
    advice = advise(profiles["policy-s"], facts("defamation"))
    assert "does not name" in noted(advice, "INC-2")
    assert Step.ASK_REMOVAL in steps(advice)


# INC-3: routes.


@pytest.mark.parametrize(
    ("author", "route"),
    [
        ({"kind": "parent"}, Route.LADDER),
        ({"kind": "parent", "former_pupil": True}, Route.LADDER),
        ({"kind": "pupil"}, Route.BEHAVIOUR_POLICY),
        ({"kind": "pupil", "former_pupil": True}, Route.THIRD_PARTY),
        ({"kind": "staff"}, Route.CODE_OF_CONDUCT),
        ({"kind": "governor"}, Route.CODE_OF_CONDUCT),
        ({"kind": "volunteer"}, Route.CODE_OF_CONDUCT),
        ({"kind": "contractor"}, Route.CODE_OF_CONDUCT),
        ({"kind": "third_party"}, Route.THIRD_PARTY),
        ({"kind": "unknown"}, Route.THIRD_PARTY),
    ],
)
def test_inc_3_the_author_decides_the_route(complete: Profile, author: dict[str, Any], route: Route) -> None:
    advice = advise(complete, facts("abusive", author=author))
    assert advice.route is route
    if route is not Route.LADDER:
        assert not LETTERS & set(steps(advice))
        assert refusal(advice, Step.WRITTEN_WARNING)


def test_inc_3_pupils_get_the_behaviour_policy_and_their_families_advice(complete: Profile) -> None:
    advice = advise(complete, facts("bullying", author={"kind": "pupil", "age": 10}, towards=["pupil"]))
    assert steps(advice)[:3] == [Step.ASK_REMOVAL, Step.BEHAVIOUR_POLICY, Step.ADVISE_FAMILY]
    assert refusal(advice, Step.WRITTEN_WARNING) == "INC-3"
    assert Notify.DSL in advice.notify


# INC-4: removal.


def test_inc_4_removal_is_asked_for_and_chased_after_two_working_days(complete: Profile) -> None:
    first = advise(complete, facts("negative_about_person")).next[0]
    assert (first.step, first.rule, first.by) == (Step.ASK_REMOVAL, "INC-4", date(2026, 6, 12))
    # Over the weekend of the early May holiday: Friday, then Tuesday and Wednesday.
    over_holiday = advise(complete, facts("negative_about_person", received="2026-05-01T10:00")).next[0]
    assert over_holiday.by == date(2026, 5, 6)


def test_inc_4_the_chase_is_the_profiles_to_set(complete: Profile) -> None:
    slower = dataclasses.replace(complete, clocks=dataclasses.replace(complete.clocks, removal_chase_days=5))
    assert advise(slower, facts("abusive")).next[0].by == date(2026, 6, 17)


def test_inc_4_what_has_gone_is_not_asked_for(complete: Profile) -> None:
    advice = advise(complete, facts("negative_about_person", removed=True))
    assert Step.ASK_REMOVAL not in steps(advice)
    assert Step.REPORT_TO_PLATFORM not in steps(advice)
    assert steps(advice)[0] is Step.TALK


def test_inc_4_once_asked_there_is_a_day_to_look_again(complete: Profile) -> None:
    advice = advise(complete, facts("abusive", history=taken(("ask_removal", "2026-06-11"))))
    assert Step.ASK_REMOVAL not in steps(advice)
    assert "Look on 15 June 2026" in noted(advice, "INC-4")


def test_inc_4_a_warning_repeats_the_request_and_its_chase(complete: Profile) -> None:
    history = taken(("ask_removal", "2026-06-10"), ("talk", "2026-06-10"), ("written_warning", "2026-06-15"))
    advice = advise(complete, facts("abusive", history=history))
    assert Step.ASK_REMOVAL not in steps(advice)
    assert "Look on 17 June 2026" in noted(advice, "INC-4")
    second = next(entry for entry in advice.next if entry.step is Step.SECOND_WARNING)
    assert "If the post stays up" in second.why
    # INC-5: talking is still open, but no longer what comes first.
    warned = advise(complete, facts("abusive", history=taken(("written_warning", "2025-06-15"))))
    assert steps(warned)[:2] == [Step.SECOND_WARNING, Step.ASK_REMOVAL]
    assert steps(warned).index(Step.TALK) > steps(warned).index(Step.LEGAL_ACTION)


def test_inc_4_each_new_post_is_asked_for_anew(complete: Profile) -> None:
    advice = advise(complete, facts("abusive", history=taken(("ask_removal", "2026-03-01"))))
    assert Step.ASK_REMOVAL in steps(advice)


# INC-5: the parent ladder.


def test_inc_5_talk_and_removal_come_before_any_letter(complete: Profile) -> None:
    case = facts("negative_about_person")
    advice = advise(complete, case)
    assert steps(advice)[:3] == [Step.ASK_REMOVAL, Step.TALK, Step.REFER_TO_COMPLAINTS]
    assert not {Step.WRITTEN_WARNING, Step.SECOND_WARNING, Step.LEGAL_ACTION, Step.BLOCK} & set(steps(advice))
    # Out of turn, not forbidden: it can be taken with a reason.
    assert refusal(advice, Step.WRITTEN_WARNING) == ""
    assert comes_before(complete, case, Step.WRITTEN_WARNING) == (Step.ASK_REMOVAL, Step.TALK)
    assert "needs a reason" in noted(advice, "INC-5")


def test_inc_5_a_skipped_step_opens_the_next_without_counting_as_taken(complete: Profile) -> None:
    case = dataclasses.replace(facts("abusive"), skipped=(Step.TALK,))
    advice = advise(complete, case)
    assert Step.WRITTEN_WARNING in steps(advice)
    assert comes_before(complete, case, Step.WRITTEN_WARNING) == ()
    # A warning that was skipped was never given: there is no first one to cite.
    no_first = dataclasses.replace(facts("abusive"), skipped=(Step.WRITTEN_WARNING,))
    assert refusal(advise(complete, no_first), Step.SECOND_WARNING) == "INC-5"


def test_inc_5_after_the_talk_a_written_warning(complete: Profile) -> None:
    here = advise(
        complete, facts("abusive", history=taken(("talk", "2026-06-10"), ("ask_removal", "2026-06-10")))
    )
    assert Step.WRITTEN_WARNING in steps(here)
    before = advise(complete, facts("abusive", history=taken(("talk", "2024-02-01"))))
    assert steps(before)[0] is Step.WRITTEN_WARNING


def test_inc_5_a_parent_warned_last_year_gets_the_second_warning_and_later_steps_are_open(
    complete: Profile,
) -> None:
    advice = advise(complete, facts("abusive", history=taken(("written_warning", "2025-05-20"))))
    assert steps(advice)[0] is Step.SECOND_WARNING
    assert "20 May 2025" in advice.next[0].why
    later = {Step.REPORT_TO_PLATFORM, Step.BLOCK, Step.LEGAL_ADVICE, Step.LEGAL_ACTION}
    assert later <= set(steps(advice))
    assert refusal(advice, Step.WRITTEN_WARNING) == "INC-5"
    assert "whatever year" in noted(advice, "INC-5")


def test_inc_5_the_talk_before_the_first_warning_does_not_hide_that_the_second_comes_next(
    complete: Profile,
) -> None:
    history = taken(("talk", "2025-03-10"), ("ask_removal", "2025-03-10"), ("written_warning", "2025-03-13"))
    assert steps(advise(complete, facts("abusive", history=history)))[0] is Step.SECOND_WARNING


@pytest.mark.parametrize("on", ["2012-09-01", "2025-08-31", "2025-09-01", "2026-06-09"])
def test_inc_5_no_school_year_wipes_the_slate(complete: Profile, on: str) -> None:
    assert (
        steps(advise(complete, facts("abusive", history=taken(("written_warning", on)))))[0]
        is Step.SECOND_WARNING
    )


def test_inc_5_a_co_parent_starts_at_the_bottom(complete: Profile) -> None:
    # History is the person's own: the other parent's is simply not in the facts.
    advice = advise(complete, facts("abusive", history=[]))
    assert steps(advice)[0] is Step.ASK_REMOVAL
    assert refusal(advice, Step.SECOND_WARNING) == "INC-5"


def test_inc_5_after_both_warnings_the_later_steps_remain(complete: Profile) -> None:
    history = taken(("written_warning", "2025-01-10"), ("second_warning", "2025-10-10"))
    advice = advise(complete, facts("abusive", history=history))
    assert refusal(advice, Step.WRITTEN_WARNING) == refusal(advice, Step.SECOND_WARNING) == "INC-5"
    assert {Step.REPORT_TO_PLATFORM, Step.BLOCK, Step.LEGAL_ADVICE} <= set(steps(advice))


def test_inc_5_who_took_a_first_post_down_is_not_warned_for_it(complete: Profile) -> None:
    history = taken(("talk", "2026-06-10"), ("ask_removal", "2026-06-10"))
    assert Step.WRITTEN_WARNING not in steps(
        advise(complete, facts("abusive", removed=True, history=history))
    )
    again = [*history, *taken(("talk", "2025-03-03"))]
    assert Step.WRITTEN_WARNING in steps(advise(complete, facts("abusive", removed=True, history=again)))


def test_inc_5_simple_policies_have_no_warning_letter(profiles: dict[str, Profile]) -> None:
    for name in ("policy-s", "policy-g", "policy-o", "policy-c"):
        advice = advise(profiles[name], facts("abusive", history=taken(("talk", "2025-01-01"))))
        assert refusal(advice, Step.WRITTEN_WARNING) == "INC-5"
        assert set(steps(advice)) <= {Step.ASK_REMOVAL, Step.TALK, Step.REFER_TO_COMPLAINTS, Step.NO_ACTION}


def test_inc_5_policy_r_talks_first_and_has_no_second_warning(profiles: dict[str, Profile]) -> None:
    assert steps(advise(profiles["policy-r"], facts("abusive")))[:2] == [Step.TALK, Step.ASK_REMOVAL]
    warned = advise(profiles["policy-r"], facts("abusive", history=taken(("written_warning", "2025-05-05"))))
    assert refusal(warned, Step.SECOND_WARNING) == "INC-5"
    assert Step.REPORT_TO_PLATFORM in steps(warned)


# INC-6: the police.


@pytest.mark.parametrize(
    "conduct", ["threat_of_violence", "racial_element", "grossly_obscene", "harassment", "other_illegal"]
)
@pytest.mark.parametrize("kind", ["parent", "pupil", "staff", "third_party"])
def test_inc_6_what_looks_like_a_crime_goes_to_the_police_first(
    complete: Profile, conduct: str, kind: str
) -> None:
    advice = advise(complete, facts(conduct, author={"kind": kind}))
    assert advice.urgent
    assert (advice.next[0].step, advice.next[0].rule) == (Step.POLICE, "INC-6")
    assert Step.NO_ACTION not in steps(advice)


def test_inc_6_told_once_it_is_no_longer_urgent(complete: Profile) -> None:
    advice = advise(complete, facts("threat_of_violence", history=taken(("police", "2026-06-10"))))
    assert not advice.urgent
    assert Step.POLICE not in steps(advice)
    # An earlier incident's report is not this one's.
    assert advise(complete, facts("threat_of_violence", history=taken(("police", "2026-01-10")))).urgent


def test_inc_6_imagery_of_a_child_goes_to_iwf_and_police_and_is_never_stored(
    profiles: dict[str, Profile],
) -> None:
    for profile in profiles.values():
        advice = advise(profile, facts(["sexual_imagery_of_child", "abusive"]))
        assert steps(advice) == [Step.IWF, Step.POLICE]
        assert advice.urgent
        assert advice.notify[0] is Notify.DSL
        assert "refuses to store it" in noted(advice, "INC-6")
        for step in (Step.ASK_REMOVAL, Step.TALK, Step.WRITTEN_WARNING, Step.NO_ACTION):
            assert refusal(advice, step) == "INC-6"


REPORTED = (("iwf", "2026-06-10"), ("police", "2026-06-11"))


def test_inc_6_once_reported_and_cleared_the_authors_route_opens_again(profiles: dict[str, Profile]) -> None:
    for profile in profiles.values():
        parent = advise(profile, facts("sexual_imagery_of_child", dsl_cleared=True, history=taken(*REPORTED)))
        assert Step.ASK_REMOVAL in steps(parent)
        assert not {entry.step for entry in parent.refused} & {Step.TALK, Step.NO_ACTION}
        assert not parent.urgent
        assert "refuses to store it" in noted(parent, "INC-6")
        assert "cleared the ordinary steps" in noted(parent, "INC-6")
        # INC-5: letters keep their own rules.
        assert refusal(parent, Step.SECOND_WARNING) == "INC-5"
        pupil = advise(
            profile,
            facts(
                "sexual_imagery_of_child",
                author={"kind": "pupil"},
                dsl_cleared=True,
                history=taken(*REPORTED),
            ),
        )
        assert {Step.BEHAVIOUR_POLICY, Step.ADVISE_FAMILY, Step.NO_ACTION} <= set(steps(pupil))
        assert refusal(pupil, Step.WRITTEN_WARNING) == "INC-3"


@pytest.mark.parametrize(
    ("cleared", "history"),
    [
        (False, REPORTED),
        (True, ()),
        (True, REPORTED[:1]),
        (True, REPORTED[1:]),
        (True, (("iwf", "2026-01-10"), ("police", "2026-01-10"))),  # an earlier incident's
    ],
)
def test_inc_6_without_both_reports_and_the_dsl_nobody_is_approached(
    complete: Profile, cleared: bool, history: tuple[tuple[str, str], ...]
) -> None:
    advice = advise(complete, facts("sexual_imagery_of_child", dsl_cleared=cleared, history=taken(*history)))
    assert not set(steps(advice)) - {Step.IWF, Step.POLICE}
    for step in (Step.ASK_REMOVAL, Step.TALK, Step.WRITTEN_WARNING, Step.BEHAVIOUR_POLICY, Step.NO_ACTION):
        assert refusal(advice, step) == "INC-6"
    assert ("Both reports are recorded" in noted(advice, "INC-6")) == (history == REPORTED)


def test_inc_6_no_profile_can_switch_off_imagery_of_a_child(complete: Profile) -> None:
    rule = dataclasses.replace(
        complete.conduct[Conduct.SEXUAL_IMAGERY_OF_CHILD],
        police=type(complete.conduct[Conduct.BULLYING].police).NO,
    )
    lax = dataclasses.replace(complete, conduct={**complete.conduct, Conduct.SEXUAL_IMAGERY_OF_CHILD: rule})
    assert steps(advise(lax, facts("sexual_imagery_of_child"))) == [Step.IWF, Step.POLICE]


def test_inc_6_policies_without_the_list_leave_the_police_to_judgement(profiles: dict[str, Profile]) -> None:
    advice = advise(profiles["policy-s"], facts("racial_element"))
    assert not advice.urgent
    assert Step.POLICE in steps(advice)


# INC-7: third parties and nobody known.


def test_inc_7_a_strangers_threat_goes_to_police_platform_and_posh_without_waiting(complete: Profile) -> None:
    advice = advise(complete, facts("threat_of_violence", author={"kind": "unknown", "identified": False}))
    assert steps(advice)[:3] == [Step.POLICE, Step.REPORT_TO_PLATFORM, Step.POSH]
    assert advice.urgent
    assert "does not wait" in advice.next[2].why
    refused = next(entry for entry in advice.refused if entry.step is Step.WRITTEN_WARNING)
    assert refused.rule == "INC-7"
    assert "no addressee" in refused.why


def test_inc_7_otherwise_posh_waits_for_the_platform(complete: Profile) -> None:
    stranger = {"kind": "third_party"}
    advice = advise(complete, facts("defamation", author=stranger))
    assert steps(advice)[:2] == [Step.REPORT_TO_PLATFORM, Step.POSH]
    assert "48 hours" in advice.next[1].why
    reported = advise(
        complete, facts("defamation", author=stranger, history=taken(("report_to_platform", "2026-06-11")))
    )
    assert steps(reported)[0] is Step.POSH
    assert "13 June 2026" in reported.next[0].why


def test_inc_7_harm_to_a_pupil_does_not_wait(complete: Profile) -> None:
    advice = advise(complete, facts("bullying", author={"kind": "third_party"}, towards=["pupil"]))
    posh = next(entry for entry in advice.next if entry.step is Step.POSH)
    assert "does not wait" in posh.why
    assert Notify.DSL in advice.notify


@pytest.mark.parametrize("kind", ["parent", "pupil", "staff", "third_party", "unknown"])
def test_inc_7_nobody_identified_nobody_addressed(profiles: dict[str, Profile], kind: str) -> None:
    for profile in profiles.values():
        advice = advise(profile, facts("abusive", author={"kind": kind, "identified": False}))
        for step in (Step.ASK_REMOVAL, Step.TALK, *LETTERS):
            assert refusal(advice, step) == "INC-7"
        assert Step.REPORT_TO_PLATFORM in steps(advice)


# INC-8: staff.


def test_inc_8_staff_conduct_goes_to_a_senior_leader_and_stays_inside(complete: Profile) -> None:
    advice = advise(complete, facts("confidential_information", author={"kind": "staff"}))
    assert advice.route is Route.CODE_OF_CONDUCT
    assert {Notify.SENIOR_LEADER, Notify.HEADTEACHER, Notify.DATA_PROTECTION_LEAD} <= set(advice.notify)
    entry = next(entry for entry in advice.next if entry.step is Step.DISCIPLINARY)
    assert entry.rule == "INC-8"


def test_inc_8_use_of_school_devices_leaves_nothing_to_take_down(complete: Profile) -> None:
    advice = advise(complete, facts("works_device_use", author={"kind": "staff"}))
    assert steps(advice)[0] is Step.DISCIPLINARY
    assert Step.ASK_REMOVAL not in steps(advice)


def test_inc_8_a_governors_conduct_is_the_chairs_business_too(complete: Profile) -> None:
    assert Notify.CHAIR_OF_GOVERNORS in advise(complete, facts("abusive", author={"kind": "governor"})).notify


# INC-9: extremism.


@pytest.mark.parametrize("kind", ["parent", "pupil", "staff", "third_party"])
def test_inc_9_the_dsl_decides_before_anything_ordinary(complete: Profile, kind: str) -> None:
    history = taken(("written_warning", "2025-05-05"))
    advice = advise(complete, facts("extremism", author={"kind": kind}, history=history))
    assert (advice.next[0].step, advice.next[0].rule) == (Step.PREVENT_DECISION, "INC-9")
    assert Notify.DSL in advice.notify
    for step in (
        Step.ASK_REMOVAL,
        Step.TALK,
        *LETTERS,
        Step.BEHAVIOUR_POLICY,
        Step.DISCIPLINARY,
        Step.NO_ACTION,
    ):
        assert refusal(advice, step) == "INC-9"


def test_inc_9_once_cleared_the_ladder_is_as_usual(complete: Profile) -> None:
    history = taken(("written_warning", "2025-05-05"))
    advice = advise(complete, facts("extremism", dsl_cleared=True, history=history))
    assert Step.PREVENT_DECISION not in steps(advice)
    assert steps(advice)[0] is Step.SECOND_WARNING
    assert refusal(advice, Step.ASK_REMOVAL) == ""


def test_inc_9_safety_comes_even_before_the_dsl(complete: Profile) -> None:
    advice = advise(complete, facts(["extremism", "threat_of_violence"]))
    assert steps(advice)[:2] == [Step.POLICE, Step.PREVENT_DECISION]


# INC-10: bullying on a school account.


def test_inc_10_bullying_on_a_school_account_is_stopped_the_same_day(complete: Profile) -> None:
    advice = advise(complete, facts("bullying", on_school_account=True))
    first = advice.next[0]
    assert (first.step, first.rule, first.by) == (Step.ASK_REMOVAL, "INC-10", date(2026, 6, 10))
    assert advice.urgent
    assert "without waiting" in noted(advice, "INC-10")
    gone = advise(complete, facts("bullying", on_school_account=True, removed=True))
    assert not gone.urgent
    assert noted(gone, "INC-10") == ""
    assert not advise(complete, facts("bullying")).urgent


# INC-11: under-age use.


def test_inc_11_under_age_use_is_advised_on_not_punished(
    complete: Profile, platforms: tuple[Platform, ...]
) -> None:
    case = facts("under_age_use", author={"kind": "pupil", "age": 9}, platform="tiktok")
    advice = advise(complete, case, platforms)
    assert steps(advice)[0] is Step.ADVISE_FAMILY
    assert Step.BEHAVIOUR_POLICY not in steps(advice)
    assert refusal(advice, Step.BEHAVIOUR_POLICY) == "INC-11"
    assert "TikTok was 13" in noted(advice, "INC-11")


@pytest.mark.parametrize(("posted", "age"), [("2024-04-10", "was 16"), ("2024-04-11", "was 13")])
def test_inc_11_the_age_on_the_day_of_the_post_counts(
    complete: Profile, platforms: tuple[Platform, ...], posted: str, age: str
) -> None:
    case = facts("under_age_use", author={"kind": "pupil", "age": 14}, platform="WhatsApp", posted_on=posted)
    text = noted(advise(complete, case, platforms), "INC-11")
    assert f"WhatsApp {age}" in text
    assert ("some policies still print 16" in text) is (age == "was 13")
    assert ("had reached it" in text) is (age == "was 13")


def test_inc_11_an_unknown_platform_is_to_be_looked_up(
    complete: Profile, platforms: tuple[Platform, ...]
) -> None:
    case = facts("under_age_use", author={"kind": "pupil"}, platform="something new")
    assert "Check the platform's minimum age" in noted(advise(complete, case, platforms), "INC-11")


# INC-12: pictures and data of others.


@pytest.mark.parametrize("conduct", ["photo_of_others", "school_channel_photo", "data_without_consent"])
def test_inc_12_pictures_of_others_reach_the_data_protection_lead(complete: Profile, conduct: str) -> None:
    advice = advise(complete, facts(conduct))
    assert Notify.DATA_PROTECTION_LEAD in advice.notify
    assert "one purpose at a time" in noted(advice, "INC-12")


# INC-13: complaints.


def test_inc_13_a_complaint_is_taken_into_private_and_to_the_procedure(profiles: dict[str, Profile]) -> None:
    advice = advise(profiles["complete"], facts("public_complaint"))
    assert {Step.TALK, Step.REFER_TO_COMPLAINTS} <= set(steps(advice))
    # In the simple policies the procedure is for what a talk has not settled.
    assert Step.REFER_TO_COMPLAINTS not in steps(advise(profiles["policy-s"], facts("public_complaint")))
    talked = advise(profiles["policy-s"], facts("public_complaint", history=taken(("talk", "2026-06-10"))))
    assert Step.REFER_TO_COMPLAINTS in steps(talked)
    assert "Class Dojo" in noted(advise(profiles["policy-o"], facts("public_complaint")), "PPL-5")


# INC-14: a decision not to act.


def test_inc_14_not_acting_is_a_decision_with_a_reason(complete: Profile) -> None:
    last = advise(complete, facts("disrepute")).next[-1]
    assert (last.step, last.rule) == (Step.NO_ACTION, "INC-14")
    assert "reason" in last.why


# CON-1 to CON-4: connections.


def test_con_3_a_pupils_request_to_a_governor_goes_to_the_dsl_and_no_letter_to_the_governor(
    complete: Profile,
) -> None:
    advice = advise(
        complete, facts("contact_request", author={"kind": "pupil", "age": 11}, towards=["governor"])
    )
    assert advice.notify == (Notify.DSL,)
    assert steps(advice)[0] is Step.ADVISE_FAMILY
    assert not LETTERS & set(steps(advice))
    assert refusal(advice, Step.WRITTEN_WARNING) == "CON-3"
    assert Step.ASK_REMOVAL not in steps(advice)


@pytest.mark.parametrize("towards", [["pupil"], []])
@pytest.mark.parametrize("conduct", ["follow", "contact_request"])
def test_con_3_an_adults_attempt_goes_to_the_headteacher(
    complete: Profile, conduct: str, towards: list[str]
) -> None:
    advice = advise(complete, facts(conduct, author={"kind": "staff"}, towards=towards))
    assert advice.notify == (Notify.HEADTEACHER,)
    assert (advice.next[0].step, advice.next[0].rule) == (Step.DISCIPLINARY, "CON-3")
    assert "exception" in noted(advice, "CON-2")


def test_con_1_policy_c_discourages_pupils_and_forbids_staff_alone(profiles: dict[str, Profile]) -> None:
    policy = profiles["policy-c"]
    pupil = advise(policy, facts("follow", author={"kind": "pupil"}, towards=["staff"]))
    assert steps(pupil)[0] is Step.ADVISE_FAMILY
    assert Step.BEHAVIOUR_POLICY not in steps(pupil)
    assert "does not forbid" in noted(pupil, "CON-1")
    assert pupil.notify == (Notify.DSL,)
    staff = advise(policy, facts("follow", author={"kind": "staff"}, towards=["pupil"]))
    assert staff.next[0].rule == "CON-3"
    governor = advise(policy, facts("follow", author={"kind": "governor"}, towards=["pupil"]))
    assert governor.next[0].rule == "INC-8"
    forbidden = advise(profiles["policy-s"], facts("follow", author={"kind": "pupil"}, towards=["staff"]))
    assert Step.BEHAVIOUR_POLICY in steps(forbidden)


def test_con_1_former_pupils_where_the_policy_covers_them(profiles: dict[str, Profile]) -> None:
    case = facts("contact_request", author={"kind": "pupil", "former_pupil": True}, towards=["staff"])
    assert "may not connect with former pupils" in noted(advise(profiles["policy-g"], case), "CON-1")
    assert "advised not to" in noted(advise(profiles["complete"], case), "CON-1")
    assert noted(advise(profiles["policy-s"], case), "CON-1") == ""
    assert advise(profiles["policy-g"], case).route is Route.THIRD_PARTY


def test_con_1_pupils_among_themselves_are_not_the_rule(complete: Profile) -> None:
    advice = advise(complete, facts("contact_request", author={"kind": "pupil"}, towards=["pupil"]))
    assert "CON-3" not in {entry.rule for entry in (*advice.next, *advice.refused)}


def test_con_4_staff_and_parent_turn_on_an_earlier_relationship(complete: Profile) -> None:
    advice = advise(complete, facts("contact_request", author={"kind": "staff"}, towards=["parent"]))
    assert (advice.next[0].step, advice.next[0].rule) == (Step.TALK, "CON-4")
    asked = advise(complete, facts("contact_request", towards=["staff"]))
    assert refusal(asked, Step.WRITTEN_WARNING) == "CON-4"


def test_a_stranger_who_contacts_a_pupil_is_a_matter_for_the_dsl(complete: Profile) -> None:
    advice = advise(complete, facts("contact_request", author={"kind": "unknown"}, towards=["pupil"]))
    assert Notify.DSL in advice.notify
    assert steps(advice)[0] is Step.REPORT_TO_PLATFORM
    assert "CEOP" in noted(advice, "INC-6")


# ACC-5, ACC-8, ACC-9: school accounts. REP-3: journalists.


def test_acc_5_the_reply_clock_runs_on_school_accounts_where_the_policy_has_one(
    profiles: dict[str, Profile],
) -> None:
    case = facts("public_complaint", received="2026-05-02T23:50", on_school_account=True)
    due = advise(profiles["complete"], case).reply_by
    assert due is not None
    assert due.isoformat() == "2026-05-05T23:59:59+01:00"
    assert advise(profiles["policy-s"], case).reply_by is None
    assert advise(profiles["complete"], facts("public_complaint")).reply_by is None


def test_acc_5_beyond_the_known_bank_holidays_the_advice_says_so(complete: Profile) -> None:
    far = advise(complete, facts("public_complaint", received="2035-06-09T10:00", on_school_account=True))
    assert "check the dates" in noted(far, "ACC-5")
    near = advise(complete, facts("public_complaint", on_school_account=True))
    assert "check the dates" not in noted(near, "ACC-5")


@pytest.mark.parametrize("kind", ["staff", "volunteer", "parent"])
def test_acc_8_a_mistake_is_put_right_not_punished(complete: Profile, kind: str) -> None:
    advice = advise(complete, facts("account_mistake", author={"kind": kind}, on_school_account=True))
    assert Notify.SENIOR_LEADER in advice.notify
    assert steps(advice)[:2] == [Step.ASK_REMOVAL, Step.TALK]
    assert {entry.rule for entry in advice.next[:2]} == {"ACC-8"}
    assert Step.DISCIPLINARY not in steps(advice)
    assert not LETTERS & set(steps(advice))
    assert advice.reply_by is None


def test_acc_8_a_mistake_by_nobody_known_is_still_the_schools_own(complete: Profile) -> None:
    advice = advise(complete, facts("account_mistake", author={"kind": "unknown"}))
    assert advice.route is Route.CODE_OF_CONDUCT
    assert advice.next[0].rule == "ACC-8"


def test_acc_9_who_misuses_a_school_account_may_be_blocked_at_once(profiles: dict[str, Profile]) -> None:
    case = facts("abusive", on_school_account=True)
    block = next(entry for entry in advise(profiles["complete"], case).next if entry.step is Step.BLOCK)
    assert block.rule == "ACC-9"
    assert Step.BLOCK not in steps(advise(profiles["policy-s"], case))
    assert Step.BLOCK not in steps(advise(profiles["complete"], facts("abusive")))


def test_rep_3_a_journalist_is_answered_under_the_media_policy(complete: Profile) -> None:
    advice = advise(complete, facts("disrepute", author={"kind": "third_party"}))
    assert "media policy" in noted(advice, "REP-3")
