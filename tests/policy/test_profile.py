"""Profiles as data: strict reading, faithful writing, and real differences between the six."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from smdesk.errors import Invalid
from smdesk.paths import resource
from smdesk.policy.profile import (
    CITED_RULES,
    RULE_IDS,
    SHIPPED_NAMES,
    AccountRules,
    Clocks,
    ConductRule,
    ConnectionRules,
    LadderStep,
    Police,
    Profile,
    RouteNotify,
    RuleWording,
    Strictness,
    dump,
    load_shipped,
    parse,
    step_label,
)
from smdesk.policy.vocabulary import Conduct, Notify, PersonKind, Step
from tests.policy.conftest import shipped_text

words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t\"'\\"), min_size=1, max_size=40
).filter(str.strip)
people = st.lists(st.sampled_from(Notify), unique=True).map(tuple)
kinds = st.lists(st.sampled_from(PersonKind), unique=True).map(tuple)
strictness = st.sampled_from(Strictness)
rule_ids = st.sampled_from(RULE_IDS)


@st.composite
def ladders(draw: st.DrawFn) -> tuple[LadderStep, ...]:
    steps = draw(st.lists(st.sampled_from(Step), unique=True, min_size=1))
    found = []
    for number, step in enumerate(steps):
        before = st.lists(st.sampled_from(steps[:number]), unique=True) if number else st.just([])
        in_use = number == 0 or draw(st.booleans())
        found.append(LadderStep(step, draw(rule_ids), draw(words), draw(words), in_use, tuple(draw(before))))
    return tuple(found)


@st.composite
def profiles_made_up(draw: st.DrawFn) -> Profile:
    carried = CITED_RULES | draw(st.sets(rule_ids))
    return Profile(
        name=draw(st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True)),
        title=draw(words),
        source=draw(words),
        description=draw(words),
        clocks=Clocks(
            draw(st.booleans()),
            draw(st.booleans()),
            draw(st.integers(1, 168)),
            draw(st.booleans()),
            draw(st.booleans()),
            draw(st.integers(0, 30)),
            draw(st.integers(0, 336)),
            draw(st.integers(1, 60)),
            draw(st.integers(1, 60)),
            draw(st.integers(0, 365)),
            draw(st.integers(1, 60)),
        ),
        notify=RouteNotify(*(draw(people) for _ in range(4))),
        connections=ConnectionRules(
            draw(kinds),
            draw(kinds),
            *(draw(strictness) for _ in range(7)),
            draw(people),
            draw(people),
            draw(st.booleans()),
            *draw(st.permutations([Notify.HEADTEACHER, Notify.CHAIR_OF_GOVERNORS])),
            draw(st.booleans()),
        ),
        accounts=AccountRules(
            draw(st.booleans()),
            draw(st.integers(0, 20)),
            draw(st.booleans()),
            draw(st.integers(0, 7)),
            draw(st.one_of(st.just(""), words)),
            draw(st.booleans()),
            draw(st.booleans()),
            draw(people),
            draw(st.booleans()),
            tuple(draw(st.lists(words, max_size=3))),
        ),
        ladder=draw(ladders()),
        conduct={
            code: ConductRule(
                code,
                draw(words),
                draw(rule_ids),
                draw(st.booleans()),
                draw(people),
                draw(st.sampled_from(Police)),
                draw(st.booleans()),
            )
            for code in Conduct
        },
        rules={
            rule: RuleWording(rule, draw(words), draw(words), draw(st.booleans()))
            for rule in RULE_IDS
            if rule in carried
        },
    )


@given(profiles_made_up())
def test_what_is_written_is_read_back_the_same(profile: Profile) -> None:
    assert parse(dump(profile)) == profile


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_shipped_files_are_in_the_form_that_dump_writes(name: str, profiles: dict[str, Profile]) -> None:
    assert profiles[name].name == name
    assert dump(profiles[name]) == shipped_text(f"{name}.toml")


def test_every_profile_file_is_listed() -> None:
    files = {path.stem for path in resource("policy").glob("*.toml")}
    assert files == set(SHIPPED_NAMES)


def test_unknown_profile_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(Invalid, match="policy-r"):
        load_shipped("policy-z", shipped_text)


def changed(path: str, value: object) -> str:
    """The complete profile as TOML with one key changed; None removes it."""
    data: Any = tomllib.loads(shipped_text("complete.toml"))
    at = data
    *tables, key = path.split(".")
    for table in tables:
        at = at[int(table)] if isinstance(at, list) else at[table]
    if value is None:
        del at[key]
    else:
        at[key] = value
    return tomli_w.dumps(data)


@pytest.mark.parametrize(
    ("path", "value", "field", "says"),
    [
        ("clocks.reply_hours", 0, "clocks.reply_hours", "whole number from 1 to 168"),
        ("clocks.reply_hours", True, "clocks.reply_hours", "whole number"),
        ("clocks.reply_hours", None, "clocks.reply_hours", "missing"),
        ("clocks.reply_hour", 24, "clocks.reply_hour", "not a known key"),
        ("clocks.reply_in_use", "yes", "clocks.reply_in_use", "true or false"),
        ("notify.ladder", ["headmaster"], "notify.ladder", "chair_of_governors"),
        ("notify.ladder", ["dsl", "dsl"], "notify.ladder", "twice"),
        ("connections.pupil_follows", "maybe", "connections.pupil_follows", "forbidden, discouraged"),
        (
            "connections.own_exception_decided_by",
            "headteacher",
            "connections.own_exception_decided_by",
            "CON-5",
        ),
        # CON-2, CON-5: nobody but these two signs a decision.
        (
            "connections.own_exception_decided_by",
            "dsl",
            "connections.own_exception_decided_by",
            "headteacher or chair_of_governors",
        ),
        (
            "connections.exceptions_decided_by",
            "senior_leader",
            "connections.exceptions_decided_by",
            "headteacher or chair_of_governors",
        ),
        (
            "connections.exceptions_decided_by",
            "chair_of_governors",
            "connections.own_exception_decided_by",
            "CON-5",
        ),
        ("connections.ends_on_role_change", "no", "connections.ends_on_role_change", "true or false"),
        ("clocks.exception_reminder_days", 366, "clocks.exception_reminder_days", "from 0 to 365"),
        ("conduct.bullying.police", "soon", "conduct.bullying.police", "at_once, consider, no"),
        ("conduct.bullying", None, "conduct.bullying", "missing"),
        ("conduct.gossip", {}, "conduct.gossip", "not a known key"),
        ("ladder.0.step", "shout", "ladder[1].step", "ask_removal, talk"),
        ("ladder.1.step", "ask_removal", "ladder[2].step", "twice"),
        ("ladder.0.opens_after", ["police"], "ladder[1].opens_after", "does not come before"),
        ("ladder.0.rule", "INC-99", "ladder[1].rule", "INC-14"),
        ("rules.INC-5", None, "rules.INC-5", "missing"),
        ("rules.INC-15", {}, "rules.INC-15", "not a rule"),
        ("rules.INC-5.wording", "  ", "rules.INC-5.wording", "empty"),
        ("rules.INC-5.wording", "x" * 1201, "rules.INC-5.wording", "1200"),
        ("title", 5, "title", "text"),
        ("name", "../x", "name", "letters, digits and hyphens"),
        ("surprise", 1, "surprise", "not a known key"),
        ("accounts.official_channels", [""], "accounts.official_channels", "list of names"),
        ("ladder", [], "ladder", "at least one step"),
    ],
)
def test_bad_input_is_refused_by_table_and_key(path: str, value: object, field: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(changed(path, value))
    assert [problem.field for problem in refused.value.problems] == [field]
    assert says in str(refused.value)


def test_a_policy_kept_by_an_earlier_version_is_read_with_what_it_could_not_say() -> None:
    """A school's stored policy from before the register has neither key: no exception ends unasked for."""
    data: Any = tomllib.loads(shipped_text("complete.toml"))
    del data["clocks"]["exception_reminder_days"]
    del data["connections"]["ends_on_role_change"]
    profile = parse(tomli_w.dumps(data))
    assert profile.clocks.exception_reminder_days == 28
    assert profile.connections.ends_on_role_change is False
    assert parse(dump(profile)) == profile


@pytest.mark.parametrize("text", ["", "name = ", "[[clocks]]\n", "name = 'x'\nname = 'y'"])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


def test_every_profile_words_each_rule_it_cites(profiles: dict[str, Profile]) -> None:
    for profile in profiles.values():
        cited = {step.rule for step in profile.ladder} | {rule.rule for rule in profile.conduct.values()}
        assert cited | CITED_RULES <= set(profile.rules), profile.name
    assert set(profiles["complete"].rules) == set(RULE_IDS)
    assert not any(rule.adopted for rule in profiles["complete"].rules.values())


def test_differences_between_the_policies_are_real(profiles: dict[str, Profile]) -> None:
    simple = (Step.ASK_REMOVAL, Step.TALK, Step.REFER_TO_COMPLAINTS)
    in_use = {name: tuple(s.step for s in p.ladder if s.in_use) for name, p in profiles.items()}
    for name in ("policy-s", "policy-g", "policy-o", "policy-c"):
        assert in_use[name] == simple
    # INC-5: the ladder is R's; the second warning is not.
    assert in_use["policy-r"][0] is Step.TALK
    assert Step.WRITTEN_WARNING in in_use["policy-r"]
    assert Step.SECOND_WARNING not in in_use["policy-r"]
    assert Step.SECOND_WARNING in in_use["complete"]
    # ACC-5: only G has the reply clock.
    assert {name for name, p in profiles.items() if p.clocks.reply_in_use} == {"complete", "policy-g"}
    # CON-1: C discourages, S and O forbid, G rules on staff and covers former pupils, R is silent.
    follows = {name: p.connections.pupil_follows for name, p in profiles.items()}
    assert follows["policy-s"] is follows["policy-o"] is Strictness.FORBIDDEN
    assert follows["policy-c"] is Strictness.DISCOURAGED
    assert follows["policy-g"] is follows["policy-r"] is Strictness.NOT_COVERED
    assert profiles["policy-c"].connections.adult_follows is Strictness.FORBIDDEN
    assert profiles["policy-c"].connections.adults_bound == (PersonKind.STAFF,)
    assert profiles["policy-g"].connections.former_pupils is Strictness.FORBIDDEN
    # CON-2: G and R provide for no exceptions; the rest leave them to the headteacher (CON-5: the chair's own).
    allowing = {name for name, p in profiles.items() if p.connections.exceptions_allowed}
    assert allowing == {"complete", "policy-s", "policy-o", "policy-c"}
    for profile in profiles.values():
        rules = profile.connections
        assert rules.exceptions_decided_by is Notify.HEADTEACHER
        assert rules.own_exception_decided_by is Notify.CHAIR_OF_GOVERNORS
    assert [name for name, p in profiles.items() if p.connections.ends_on_role_change] == ["complete"]
    # ACC-1: only G asks for a business case, run by at least two members of staff.
    assert profiles["policy-g"].accounts.business_case
    assert profiles["policy-g"].accounts.minimum_staff == 2
    assert not profiles["policy-o"].accounts.business_case
    wordings = {profile.rules["INC-5"].wording for profile in profiles.values()}
    assert len(wordings) >= 4


def test_a_step_is_called_what_the_school_calls_it(complete: Profile) -> None:
    renamed = dataclasses.replace(
        complete,
        ladder=(dataclasses.replace(complete.ladder[0], label="Please take it down"), *complete.ladder[1:]),
    )
    assert step_label(renamed, Step.ASK_REMOVAL) == "Please take it down"
    assert step_label(renamed, Step.IWF) == "Report to the Internet Watch Foundation and police"
