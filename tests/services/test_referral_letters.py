"""Reports and referrals to offices: open when the policy says so, and each told what it needs and no more (INC-7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from smdesk.db.models import Entry, Evidence, Incident, IncidentPerson, Letter, Person, School
from smdesk.documents.letter import Paragraph
from smdesk.errors import Invalid, Refused
from smdesk.policy.vocabulary import Conduct, PersonKind, Step
from smdesk.services import advice, block_list, blocks, incidents, letter_text, letters, steps
from smdesk.services.account_records import BlockDraft, BlockFilter, BlockSort
from smdesk.services.incident_records import PersonInIncident, PersonRole, StepDraft
from smdesk.services.letter_records import LetterKind, Recipient, SentHow
from tests.support.printed import printed
from tests.support.school import SmallSchool

HOST, POSH = LetterKind.HOST_REPORT, LetterKind.REFERRAL_POSH
POLICE, LEGAL = LetterKind.REFERRAL_POLICE, LetterKind.REFERRAL_LEGAL
OFFICES = (HOST, POSH, POLICE, LEGAL)
LINK = "https://social.example/posts/17"
SAID = "Sam Quillfeather is a liar.\n# and so is $parent\n\n<b>O'Brien & Sons</b> said so"


def posted(school: SmallSchool, **fields: object) -> int:
    """A stranger threatens: everything an office could need is on record."""
    given: dict[str, object] = {
        "author": "stranger",
        "named": "tariq",
        "conduct": (Conduct.THREAT_OF_VIOLENCE, Conduct.ABUSIVE),
        "platform": "facebook",
        "link": LINK,
        "said": SAID,
        "posted_on": date(2026, 3, 9),
    }
    incident = school.incident(**{**given, **fields})
    with school.database.writing() as session:
        for person in session.scalars(
            select(IncidentPerson).where(
                IncidentPerson.incident_id == incident, IncidentPerson.role == PersonRole.NAMED.value
            )
        ):
            person.role = PersonRole.AFFECTED.value
    return incident


def body(school: SmallSchool, incident: int, kind: LetterKind, reason: str = "") -> str:
    office = school.ctx_for("business_manager")
    letter = letters.draft(office, incident, kind, step_reason=reason).id
    edit = letters.get(office, letter).edit
    return f"{edit.addressee}\n{edit.salutation}\n{edit.subject}\n{edit.body}"


def went_out(school: SmallSchool, incident: int, kind: LetterKind, names_reason: str = "") -> int:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    letter = letters.draft(office, incident, kind).id
    letters.submit(office, letter, letters.get(office, letter).version)
    letters.approve(head, letter, letters.get(head, letter).version, names_reason)
    letters.issue(office, letter, letters.get(office, letter).version)
    return letter


@pytest.mark.parametrize("kind", [HOST, POSH])
def test_the_platform_and_the_helpline_get_no_name_and_nothing_of_what_was_said(
    school: SmallSchool, kind: LetterKind
) -> None:
    text = body(school, posted(school), kind)
    assert LINK in text
    assert "threaten or encourage violence" in text
    assert "Brambleford Primary School" in text
    for told in ("Osei-Marsh", "Tariq", "Quillfeather", "village_watcher", "liar", "O'Brien"):
        assert told not in text


def test_the_helpline_is_told_what_was_asked_of_the_platform_and_when(school: SmallSchool) -> None:
    incident = posted(school)
    assert "Nothing yet: because somebody's safety" in body(school, incident, POSH)
    other = posted(school)
    went_out(school, other, HOST)
    assert "We reported it to Facebook on 11 March 2026" in body(school, other, POSH)


def test_without_danger_the_platform_comes_first(school: SmallSchool) -> None:
    incident = posted(school, conduct=(Conduct.ABUSIVE,), named="teacher")
    with pytest.raises(Refused, match="platform first") as caught:
        letters.draft(school.ctx_for("business_manager"), incident, POSH)
    assert caught.value.rule == "INC-7"
    went_out(school, incident, HOST)
    choice = {each.kind: each for each in letters.choices(school.ctx_for("business_manager"), incident)}[POSH]
    assert choice.open
    assert "48 hours" in choice.why


def test_the_police_get_names_words_dates_and_hashes(school: SmallSchool) -> None:
    incident = posted(school)
    with school.database.writing() as session:
        session.add(
            Evidence(
                incident_id=incident,
                name="Tariq screenshot.png",
                media_type="image/png",
                size=1234,
                sha256="ab" * 32,
                added_at=school.clock.now,
                added_by=school.users["business_manager"],
            )
        )
        session.add(
            Evidence(
                incident_id=incident,
                name="not kept",
                seen_at="https://social.example/x",
                added_at=school.clock.now,
                added_by=school.users["business_manager"],
                withheld=True,
            )
        )
    text = body(school, incident, POLICE)
    assert text.startswith("The police\n")
    assert "Tariq Osei-Marsh (pupil)" in text
    assert "somebody who goes by “village_watcher” and whom we have not identified" in text
    assert "Sam Quillfeather is a liar.\n\\# and so is $parent\n\n<b>O'Brien & Sons</b> said so" in text
    assert "It is dated 9 March 2026." in text
    assert f"Item 1: picture, 1,234 bytes, 11 March 2026. SHA-256: {'ab' * 32}" in text
    assert "screenshot" not in text, "a file's name may be a child's"
    assert "https://social.example/x, 11 March 2026" in text


def test_where_nobody_is_recorded_it_says_so(school: SmallSchool) -> None:
    text = body(school, posted(school, author=None), POLICE)
    assert "We do not know who posted it." in text
    assert "as far as we know" not in text


def test_an_earlier_step_with_the_person_is_the_advisers_to_know_and_not_the_polices(
    school: SmallSchool,
) -> None:
    office = school.ctx_for("business_manager")
    first = school.incident()
    steps.record(office, first, StepDraft(Step.TALK, school.people["anna"], date(2026, 3, 11), ""))
    school.clock.forward(days=30)
    incident = posted(school, author="anna")
    assert "- 11 March 2026: talk in private (about an earlier post)" in body(
        school, incident, LEGAL, "At once"
    )
    assert "11 March 2026" not in body(school, incident, POLICE)


def test_the_legal_adviser_reads_a_pupil_where_a_pupil_is_named(school: SmallSchool) -> None:
    incident = posted(school, author="anna")
    text = body(school, incident, LEGAL, reason="The school needs advice at once")
    assert "- Anna Quillfeather (parent or carer)" in text
    assert "a pupil is a liar." in text
    assert "- a pupil" in text
    for child in ("Sam", "Tariq", "Osei-Marsh"):
        assert child not in text


def test_an_answer_about_the_headteacher_goes_to_the_chair(school: SmallSchool) -> None:
    incident = posted(school, author="anna")
    with school.database.writing() as session:
        session.get_one(Incident, incident).headteacher_is_subject = True
        session.scalars(select(School)).one().contacts = {
            "safeguarding": {"name": "Ms D. Lead", "detail": "safeguarding@test.example"},
            "chair": {"name": "Dr C. Hair", "detail": "chair@test.example"},
        }
    letter = letters.draft(school.ctx_for("dsl"), incident, POLICE).id
    told = letters.get(school.ctx_for("dsl"), letter).edit.body
    assert "Please contact Dr C. Hair, chair@test.example." in told
    assert "safeguarding@test.example" not in told


def test_steps_taken_are_told_with_their_dates(school: SmallSchool) -> None:
    incident = posted(school, author="anna")
    office = school.ctx_for("business_manager")
    steps.record(
        office, incident, StepDraft(Step.TALK, school.people["anna"], date(2026, 3, 11), "Sam was there")
    )
    for kind in (POLICE, LEGAL):
        text = body(school, incident, kind, reason="At once")
        assert "- 11 March 2026: talk in private" in text
        assert "was there" not in text


def test_the_decider_sees_each_name_and_lets_it_stand_with_a_reason(school: SmallSchool) -> None:
    incident = posted(school, author="anna")
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    letter = letters.draft(office, incident, POLICE).id
    found = {hit.name for hit in letters.name_check(office, letter)}
    assert found == {"Tariq Osei-Marsh", "Sam Quillfeather"}, "whoever posted is whom it is about"
    letters.submit(office, letter, letters.get(office, letter).version)
    with pytest.raises(Refused, match="names"):
        letters.approve(head, letter, letters.get(head, letter).version)
    letters.approve(head, letter, letters.get(head, letter).version, "The police need to know")
    letters.issue(office, letter, letters.get(office, letter).version)
    with school.database.reading() as session:
        step = session.scalars(select(Entry).where(Entry.letter_id == letter, Entry.kind == "step")).one()
        assert (step.step, step.rule, step.person_id) == ("police", "INC-6", school.people["anna"])


def test_a_name_in_a_report_to_the_platform_stops_it(school: SmallSchool) -> None:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    incident = posted(school, author="anna")
    letter = letters.draft(office, incident, HOST, step_reason="It spreads fast").id
    record = letters.get(office, letter)
    letters.save(
        office, letter, replace(record.edit, body=f"{record.edit.body}\n\nMs Anna Quillfeather posted it."), 1
    )
    letters.submit(office, letter, letters.get(office, letter).version)
    with pytest.raises(Refused, match="Anna Quillfeather"):
        letters.approve(head, letter, letters.get(head, letter).version)


def test_a_letter_to_an_office_stands_in_the_lists_under_its_name(school: SmallSchool) -> None:
    incident = posted(school)
    letter = went_out(school, incident, HOST)
    office = school.ctx_for("business_manager")
    record = letters.get(office, letter)
    assert (record.person_id, record.person_name, record.recipient) == (None, "Facebook", Recipient.HOST)
    (row,) = letters.for_incident(office, incident)
    assert (row.person_name, row.recipient, row.matter_kind) == ("Facebook", Recipient.HOST, "incident")
    assert list(letters.sorted_ids(office, "all", "facebook")) == [letter]
    with pytest.raises(Invalid) as caught:
        letters.record_sent(office, letter, SentHow.POST, date(2026, 3, 11))
    assert [each.field for each in caught.value.problems] == ["how"]
    letters.record_sent(office, letter, SentHow.ONLINE, date(2026, 3, 11))
    assert letters.get(office, letter).sent_how is SentHow.ONLINE


def test_the_step_is_taken_so_that_it_is_not_advised_again(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    incident = posted(school)
    before = {each.step for each in advice.for_incident(office, incident).advice.next}
    went_out(school, incident, HOST)
    after = {each.step for each in advice.for_incident(office, incident).advice.next}
    assert before - after == {Step.REPORT_TO_PLATFORM}


def test_what_is_missing_is_named(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    with pytest.raises(Invalid, match="where it was posted"):
        letters.draft(office, posted(school, platform=""), HOST)
    with pytest.raises(Invalid, match="the link to the post"):
        letters.draft(office, posted(school, link=""), HOST)
    assert "no address for it" in body(school, posted(school, link=""), POSH)
    with pytest.raises(Refused, match="at least one kind of conduct"):
        letters.draft(office, posted(school, conduct=()), POLICE)


def test_what_has_gone_is_not_reported(school: SmallSchool) -> None:
    incident = posted(school)
    steps.mark_removed(school.ctx_for("business_manager"), incident, date(2026, 3, 11), "Looked")
    stand = {each.kind: each for each in letters.choices(school.ctx_for("business_manager"), incident)}
    assert not stand[HOST].open
    assert "can no longer be seen" in stand[HOST].why
    assert stand[POLICE].open


def test_imagery_of_a_child_goes_to_the_police_and_to_nobody_else(school: SmallSchool) -> None:
    incident = posted(school, conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,), said="")
    stand = {each.kind: each for each in letters.choices(school.ctx_for("dsl"), incident)}
    assert {kind for kind in OFFICES if stand[kind].open} == {POLICE}
    assert {stand[kind].rule for kind in (HOST, POSH, LEGAL)} == {"INC-6"}


def test_an_office_may_come_early_only_with_a_reason(school: SmallSchool) -> None:
    incident = posted(school, author="anna", conduct=(Conduct.ABUSIVE,), named="teacher")
    office = school.ctx_for("business_manager")
    with pytest.raises(Invalid) as caught:
        letters.draft(office, incident, LEGAL)
    assert [each.field for each in caught.value.problems] == ["step_reason"]
    assert letters.draft(office, incident, LEGAL, step_reason="The insurer asks for it").id


def test_one_of_a_kind_at_a_time(school: SmallSchool) -> None:
    incident = posted(school)
    body(school, incident, HOST)
    with pytest.raises(Refused, match="not issued yet"):
        letters.draft(school.ctx_for("business_manager"), incident, HOST)


def test_a_post_of_forty_lines_stands_in_full_and_literally(school: SmallSchool) -> None:
    lines = [f"- line {number}: # <b>bold</b> ${{x}} $5" for number in range(1, 41)]
    incident = posted(school, said="\n".join(lines))
    letter = went_out(school, incident, POLICE, "The police need to know")
    with school.database.reading() as session:
        text = session.get_one(Letter, letter).body
    quoted = next(
        each for each in letter_text.parse(text) if isinstance(each, Paragraph) and "line 1:" in each.text
    )
    assert quoted.text.splitlines() == lines
    shown = printed(letters.issued_pdf(school.ctx_for("business_manager"), letter))
    for line in lines:
        assert line in shown


@pytest.mark.parametrize(
    "name",
    [
        "<b>O'Brien & Sons",
        "</para><para>",
        '<img src="/etc/passwd"/>',
        '=HYPERLINK("x")',
        "$parent",
        "Zażółć",
        "Nguyễn",
        "Featherstonehaugh-Cholmondeley " * 2,
    ],
)
def test_a_hostile_name_comes_out_as_it_is(school: SmallSchool, name: str) -> None:
    name = name.strip()
    office = school.ctx_for("business_manager")
    with school.database.writing() as session:
        session.get_one(Person, school.people["tariq"]).family_name = name
    letter = letters.draft(office, posted(school), POLICE).id
    shown = "".join(printed(letters.preview_pdf(office, letter)).split())
    assert "".join(f"Tariq {name} (pupil)".split()) in shown
    assert "root:" not in shown


def test_whoever_reported_it_is_thanked_and_told_no_name(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    incident = posted(school, author="anna")
    choice = {each.kind: each for each in letters.choices(office, incident)}[LetterKind.ACKNOWLEDGEMENT]
    assert not choice.open
    assert "Nobody is recorded as having reported this" in choice.why
    record = incidents.open_incident(office, incident)
    people = (
        *record.draft.people,
        PersonInIncident(school.people["teacher"], PersonRole.REPORTED_BY, PersonKind.STAFF),
    )
    incidents.save(office, replace(record.draft, people=people), incident, record.version)
    letter = letters.draft(office, incident, LetterKind.ACKNOWLEDGEMENT)
    kept = letters.get(office, letter.id)
    assert kept.person_id == school.people["teacher"]
    assert "Quillfeather" not in kept.edit.body
    assert kept.edit.reply_by is None


def test_a_meeting_asks_for_an_answer_and_takes_its_step(school: SmallSchool) -> None:
    incident = school.incident()
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    steps.record(office, incident, StepDraft(Step.TALK, school.people["anna"], date(2026, 3, 11), "Talked"))
    letter = letters.draft(office, incident, LetterKind.MEETING, step_reason="She asked for it").id
    record = letters.get(office, letter)
    assert "chair of governors" in record.edit.body
    assert record.edit.reply_by is not None
    assert record.edit.reply_by > date(2026, 3, 11) + timedelta(days=1)
    letters.submit(office, letter, record.version)
    letters.approve(head, letter, letters.get(head, letter).version)
    letters.issue(office, letter, letters.get(office, letter).version)
    with school.database.reading() as session:
        step = session.scalars(select(Entry).where(Entry.letter_id == letter, Entry.kind == "step")).one()
        assert step.step == Step.MEET_WITH_CHAIR.value


def test_a_stranger_is_not_asked_to_meet(school: SmallSchool) -> None:
    with pytest.raises(Refused, match="addressee") as caught:
        letters.draft(school.ctx_for("business_manager"), posted(school), LetterKind.MEETING)
    assert caught.value.rule == "INC-7"


def test_the_notice_of_a_block_rests_on_the_register(school: SmallSchool) -> None:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    incident = school.incident()
    choice = {each.kind: each for each in letters.choices(office, incident)}[LetterKind.BLOCK_NOTICE]
    assert (choice.open, choice.rule) == (False, "ACC-9")
    assert "on the register" in choice.why
    blocks.save(
        office,
        BlockDraft(
            place="the school's e-mail",
            who="Anna Quillfeather",
            person_id=school.people["anna"],
            reason="Rude about Tariq Osei-Marsh",
            since_on=date(2026, 3, 10),
            incident_id=incident,
        ),
    )
    letter = letters.draft(office, incident, LetterKind.BLOCK_NOTICE, step_reason="It goes on every night").id
    text = letters.get(office, letter).edit.body
    assert "the school's e-mail" in text
    assert "10 March 2026" in text
    assert "Osei-Marsh" not in text, "the register's reason is not for its reader where an incident speaks"
    letters.submit(office, letter, letters.get(office, letter).version)
    (block,) = block_list.sorted_ids(office, BlockFilter(), BlockSort())
    blocks.end(office, block, blocks.open_block(office, block).version, "A slip", date(2026, 3, 11))
    with pytest.raises(Refused, match="on the register"):
        letters.approve(head, letter, letters.get(head, letter).version)
