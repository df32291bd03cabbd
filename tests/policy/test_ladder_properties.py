"""What holds for the advice on any facts under any of the profiles."""

from __future__ import annotations

import json
from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from smdesk.policy.deadlines import LONDON, to_london
from smdesk.policy.facts_json import advice_to_json, facts_from_json
from smdesk.policy.ladder import advise, comes_before
from smdesk.policy.model import Author, Facts, StepTaken
from smdesk.policy.profile import SHIPPED_NAMES
from smdesk.policy.vocabulary import Conduct, Nation, Notify, PersonKind, Step
from tests.policy.conftest import shipped, shipped_platforms

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
ADDRESSED = {
    Step.ASK_REMOVAL,
    Step.TALK,
    Step.MEET_WITH_CHAIR,
    Step.REFER_TO_COMPLAINTS,
    Step.WRITTEN_WARNING,
    Step.SECOND_WARNING,
}
any_facts = st.builds(
    Facts,
    received=st.datetimes(
        datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2100-12-31"), timezones=st.just(LONDON)
    ).map(to_london),
    posted_on=st.none() | days,
    nation=st.sampled_from(Nation),
    author=st.builds(
        Author,
        kind=st.sampled_from(PersonKind),
        identified=st.booleans(),
        age=st.none() | st.integers(0, 130),
        former_pupil=st.booleans(),
    ),
    conduct=st.lists(st.sampled_from(Conduct), unique=True, max_size=4).map(tuple),
    platform=st.none() | st.sampled_from(["whatsapp", "Facebook", "nowhere"]),
    on_school_account=st.booleans(),
    towards=st.lists(st.sampled_from(PersonKind), unique=True, max_size=3).map(tuple),
    history=st.lists(st.builds(StepTaken, step=st.sampled_from(Step), on=days), max_size=5).map(tuple),
    removed=st.booleans(),
    dsl_cleared=st.booleans(),
    skipped=st.lists(st.sampled_from(Step), unique=True, max_size=2).map(tuple),
)
names = st.sampled_from(SHIPPED_NAMES)


@settings(max_examples=400)
@given(any_facts, names)
def test_advice_holds_together(facts: Facts, name: str) -> None:
    profile = shipped(name)
    advice = advise(profile, facts, shipped_platforms())
    following = [entry.step for entry in advice.next]
    refused = [entry.step for entry in advice.refused]
    # No step is both advised and refused, and none stands twice.
    assert not set(following) & set(refused)
    assert len(set(following)) == len(following)
    assert len(set(refused)) == len(refused)
    assert len(set(advice.notify)) == len(advice.notify)
    # Every rule that is cited is worded in the profile.
    cited = {entry.rule for entry in (*advice.next, *advice.refused)} | {note.rule for note in advice.notes}
    assert cited <= set(profile.rules)
    # INC-7: nobody known, nobody addressed.
    if not facts.author.identified:
        assert not ADDRESSED & set(following)
    # INC-3: the letters are for parents.
    if facts.author.kind is not PersonKind.PARENT:
        assert not {Step.WRITTEN_WARNING, Step.SECOND_WARNING} & set(following)
    # There is always something to do, or to decide, until the authorities have been told of imagery.
    if facts.conduct and Conduct.SEXUAL_IMAGERY_OF_CHILD not in facts.conduct:
        assert following
        assert advice.notify
    # INC-4: what has gone is not asked for.
    if facts.removed:
        assert Step.ASK_REMOVAL not in following
    # INC-9: nobody but the DSL moves first, safety apart.
    if Conduct.EXTREMISM in facts.conduct and not facts.dsl_cleared:
        assert (
            next(step for step in following if step not in (Step.IWF, Step.POLICE)) is Step.PREVENT_DECISION
        )
        assert Notify.DSL in advice.notify
    if advice.reply_by is not None:
        assert advice.reply_by > facts.received
    for entry in advice.next:
        assert entry.why.strip()
        assert comes_before(profile, facts, entry.step) == ()
    # What the command line prints is plain JSON.
    json.dumps(advice_to_json(advice))


@given(any_facts, names)
def test_imagery_of_a_child_always_means_the_two_reports_first(facts: Facts, name: str) -> None:
    conduct = (*(code for code in facts.conduct if code is not Conduct.SEXUAL_IMAGERY_OF_CHILD),)
    grave = Facts(
        received=facts.received,
        author=facts.author,
        conduct=(*conduct, Conduct.SEXUAL_IMAGERY_OF_CHILD),
        dsl_cleared=facts.dsl_cleared,
        removed=facts.removed,
    )
    advice = advise(shipped(name), grave)
    assert [entry.step for entry in advice.next[:2]] == [Step.IWF, Step.POLICE]
    assert advice.urgent
    assert not ADDRESSED & {entry.step for entry in advice.next}


@given(any_facts)
def test_facts_written_as_json_are_read_back_the_same(facts: Facts) -> None:
    written = {
        "received": facts.received.isoformat(),
        "posted_on": facts.posted_on.isoformat() if facts.posted_on else None,
        "nation": facts.nation.value,
        "author": {
            "kind": facts.author.kind.value,
            "identified": facts.author.identified,
            "age": facts.author.age,
            "former_pupil": facts.author.former_pupil,
        },
        "conduct": list(facts.conduct),
        "platform": facts.platform,
        "on_school_account": facts.on_school_account,
        "towards": list(facts.towards),
        "history": [{"step": step.step.value, "on": step.on.isoformat()} for step in facts.history],
        "removed": facts.removed,
        "dsl_cleared": facts.dsl_cleared,
    }
    read = facts_from_json(json.loads(json.dumps(written)))
    # Skipped steps are the program's own record and not part of the JSON.
    assert read == Facts(**{field: getattr(facts, field) for field in Facts.__slots__ if field != "skipped"})
