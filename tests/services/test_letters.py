"""Letters from draft to envelope, on a real encrypted folder."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smdesk.db.models import AuditEntry, Entry, Incident, Letter, Person, PersonLink, School, User
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused, StorageProblem, Tampered
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.security.signatures import SigningKey, verify
from smdesk.services import incidents, letters, steps
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality, StepDraft
from smdesk.services.letter_records import ASKS_FOR_AN_ANSWER, LetterKind, LetterStatus, SentHow
from tests.support.printed import printed
from tests.support.school import SmallSchool

INVITATION, WARNING, SECOND = LetterKind.INVITATION, LetterKind.WRITTEN_WARNING, LetterKind.SECOND_WARNING


def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def head(school: SmallSchool) -> Context:
    return school.ctx_for("headteacher")


def talked(school: SmallSchool, incident: int, person: str = "anna") -> None:
    steps.record(
        office(school),
        incident,
        StepDraft(Step.TALK, school.people[person], school.clock.now.date(), "Talked"),
    )


def submitted(school: SmallSchool, incident: int, kind: LetterKind = WARNING, reason: str = "") -> int:
    letter = letters.draft(office(school), incident, kind, step_reason=reason).id
    letters.submit(office(school), letter, letters.get(office(school), letter).version)
    return letter


def version(school: SmallSchool, letter: int) -> int:
    with school.database.reading() as db:
        return db.get_one(Letter, letter).version


def issued(school: SmallSchool, incident: int, kind: LetterKind = WARNING, reason: str = "") -> int:
    letter = submitted(school, incident, kind, reason)
    letters.approve(head(school), letter, version(school, letter))
    letters.issue(office(school), letter, version(school, letter))
    return letter


def commits_and_complains(patch: pytest.MonkeyPatch) -> None:
    """Make every commit succeed and report a failure all the same."""
    commit = Session.commit

    def late(self: Session) -> None:
        commit(self)
        raise StorageProblem("The disk answered too late.")

    patch.setattr(Session, "commit", late)


def set_text(school: SmallSchool, letter: int, addition: str) -> None:
    record = letters.get(office(school), letter)
    edit = replace(record.edit, body=f"{record.edit.body}\n\n{addition}")
    letters.save(office(school), letter, edit, record.version)


def test_from_draft_to_envelope(school: SmallSchool) -> None:
    incident = school.incident()
    talked(school, incident)
    letter = submitted(school, incident)
    before = letters.get(head(school), letter)
    assert (before.status, before.may_approve, before.number) == (LetterStatus.SUBMITTED, True, "")
    letters.approve(head(school), letter, before.version)
    letters.issue(office(school), letter, version(school, letter))
    record = letters.get(office(school), letter)
    assert (record.status, record.number, record.issued_on) == (
        LetterStatus.ISSUED,
        "2026/L0001",
        date(2026, 3, 11),
    )
    letters.record_sent(office(school), letter, SentHow.POST, date(2026, 3, 11), "First class")
    paper = printed(letters.issued_pdf(office(school), letter))
    for words in (
        "Ms Anna Quillfeather",
        "3 Orchard Way",
        "Brambleford Primary School",
        "2026/L0001",
        "Mrs H. Alder",
    ):
        assert words in paper
    assert record.key_fingerprint[:19] in paper
    timeline = steps.timeline(office(school), incident)
    step = next(line for line in timeline if line.step is Step.WRITTEN_WARNING)
    assert (step.letter_id, step.chase_on, step.can_withdraw) == (letter, record.edit.reply_by, False)
    assert any("sent by post. First class" in line.text for line in timeline)


def test_the_words_follow_the_incident_and_name_no_child(school: SmallSchool) -> None:
    incident = school.incident(
        named="sam",
        conduct=(Conduct.ABUSIVE, Conduct.PHOTO_OF_OTHERS),
        said="Tariq Osei-Marsh is a thug",
        summary="Insults Sam Quillfeather's friend",
    )
    letter = letters.draft(office(school), incident, INVITATION).id
    record = letters.get(office(school), letter)
    body = record.edit.body
    assert "aggressive, rude or insulting" in body
    assert "photographs of other pupils" in body
    assert "on our website and from the school office" in body
    assert "Class Dojo, ParentPay" in body
    assert "01632 960000" in body
    assert "2026/0001" in body
    assert "17 March 2026" in body  # two days for the removal, two for the post, none of them at a weekend
    for private in ("Tariq", "thug", "Sam", "friend"):
        assert private not in body
    assert letters.name_check(office(school), letter) == []
    assert record.edit.salutation == "Dear Ms Quillfeather"
    assert record.edit.addressee == "Ms Anna Quillfeather\n3 Orchard Way\nBrambleford\nZZ9 9ZZ"


def test_a_letter_after_removal_does_not_ask_for_it(school: SmallSchool) -> None:
    incident = school.incident()
    steps.mark_removed(office(school), incident, date(2026, 3, 11), "Looked")
    body = letters.get(office(school), letters.draft(office(school), incident, INVITATION).id).edit.body
    assert "can no longer be seen" in body
    assert "Please remove" not in body


def test_what_the_school_has_not_filled_in_stops_the_letter_by_name(school: SmallSchool) -> None:
    with school.database.writing() as db:
        row = db.scalars(select(School)).one()
        row.complaints_procedure, row.phone, row.email = "", "", ""
    incident = school.incident(conduct=())
    with pytest.raises(Invalid) as caught:
        letters.draft(office(school), incident, INVITATION)
    assert {problem.field for problem in caught.value.problems} == {"conduct_list", "contact", "complaints"}
    assert "where to find the complaints procedure (fill it in under Settings, School)" in str(caught.value)
    assert "“Questions from parents” under Settings, School" in str(caught.value)


def test_a_second_warning_cites_the_first_from_another_incident(school: SmallSchool) -> None:
    first = school.incident()
    talked(school, first)
    issued(school, first)
    school.clock.forward(days=200)
    again = school.incident(summary="Again")
    open_kinds = {choice.kind: choice for choice in letters.choices(office(school), again)}
    assert open_kinds[SECOND].open
    assert not open_kinds[WARNING].open
    assert "11 March 2026" in open_kinds[WARNING].why
    body = letters.get(office(school), letters.draft(office(school), again, SECOND).id).edit.body
    assert "warned you in writing on 11 March 2026 (our reference 2026/L0001)" in body


def test_a_co_parent_does_not_inherit_a_warning(school: SmallSchool) -> None:
    first = school.incident()
    talked(school, first)
    issued(school, first)
    with school.database.writing() as db:
        db.get_one(Person, school.people["ben"]).address = "3 Orchard Way"
    other = school.incident(author="ben")
    with pytest.raises(Refused, match="no first warning") as caught:
        letters.draft(office(school), other, SECOND)
    assert caught.value.rule == "INC-5"


def test_a_warning_before_any_talk_needs_a_reason(school: SmallSchool) -> None:
    incident = school.incident()
    choice = next(each for each in letters.choices(office(school), incident) if each.kind is WARNING)
    assert (choice.open, choice.needs_reason, choice.rule) == (True, True, "INC-5")
    with pytest.raises(Invalid) as caught:
        letters.draft(office(school), incident, WARNING)
    assert caught.value.problems[0].field == "step_reason"
    letter = issued(school, incident, WARNING, "Refused to meet us")
    entry = next(
        line for line in steps.timeline(office(school), incident) if line.step is Step.WRITTEN_WARNING
    )
    assert entry.reason == "Refused to meet us"
    assert letters.get(office(school), letter).edit.step_reason == "Refused to meet us"


@pytest.mark.parametrize(
    ("author", "conduct", "rule"),
    [
        ("stranger", Conduct.THREAT_OF_VIOLENCE, "INC-7"),
        (None, Conduct.ABUSIVE, "INC-7"),
        ("sam", Conduct.BULLYING, "INC-3"),
        ("teacher", Conduct.ABUSIVE, "INC-3"),
        ("anna", Conduct.EXTREMISM, "INC-9"),
    ],
)
@pytest.mark.parametrize("kind", sorted(ASKS_FOR_AN_ANSWER))
def test_letters_without_a_proper_addressee_are_refused(
    school: SmallSchool, author: str | None, conduct: Conduct, rule: str, kind: LetterKind
) -> None:
    incident = school.incident(author=author, conduct=(conduct,))
    with pytest.raises(Refused) as caught:
        letters.draft(office(school), incident, kind)
    assert caught.value.rule == rule
    choice = next(each for each in letters.choices(office(school), incident) if each.kind is kind)
    assert (choice.open, choice.rule) == (False, rule)


def test_an_extremist_post_may_be_written_about_once_the_dsl_has_cleared_it(school: SmallSchool) -> None:
    incident = school.incident(conduct=(Conduct.EXTREMISM,))
    steps.decide_prevent(school.ctx_for("dsl"), incident, False, "Ill-judged joke")
    assert letters.draft(office(school), incident, INVITATION).id


def test_a_letter_goes_only_to_an_author(school: SmallSchool) -> None:
    incident = school.incident(named="teacher")
    with pytest.raises(Refused, match="whoever posted"):
        letters.draft(office(school), incident, INVITATION, school.people["teacher"])


def test_only_the_headteacher_approves(school: SmallSchool) -> None:
    incident = school.incident()
    letter = submitted(school, incident, INVITATION)
    for login in ("business_manager", "dsl"):
        with pytest.raises(NotAllowed):
            letters.approve(school.ctx_for(login), letter, version(school, letter))
    with pytest.raises(NotFound):
        letters.approve(school.ctx_for("chair"), letter, version(school, letter))
    seen = letters.get(office(school), letter)
    assert not seen.may_approve
    assert "headteacher" in seen.why_not


def test_the_chair_decides_where_the_headteacher_is_the_subject(school: SmallSchool) -> None:
    """The headteacher posting as a parent (CON-5)."""
    with school.database.writing() as db:
        db.get_one(Person, school.people["head"]).kind = "parent"
        db.get_one(Person, school.people["head"]).address = "1 Elm Row"
    incident = incidents.save(school.ctx_for("dsl"), _as_parent(school, "head")).id
    letter = letters.draft(school.ctx_for("dsl"), incident, INVITATION).id
    letters.submit(school.ctx_for("dsl"), letter, version(school, letter))
    with pytest.raises(NotFound):
        letters.approve(head(school), letter, version(school, letter))
    with pytest.raises(NotFound):
        letters.get(head(school), letter)
    assert letters.sorted_ids(head(school), "all").tolist() == []
    letters.approve(school.ctx_for("chair"), letter, version(school, letter))
    assert letters.get(school.ctx_for("chair"), letter).approved_by == "Mrs C. Fir"


def _as_parent(school: SmallSchool, key: str):
    from smdesk.policy.vocabulary import PersonKind
    from smdesk.services.incident_records import PersonInIncident, PersonRole

    draft = school.draft(author=None)
    return replace(
        draft, people=(PersonInIncident(school.people[key], PersonRole.AUTHOR, PersonKind.PARENT),)
    )


def test_a_name_stops_approval_until_it_is_gone_or_a_reason_is_given(school: SmallSchool) -> None:
    incident = school.incident(named="sam")
    letter = letters.draft(office(school), incident, INVITATION).id
    set_text(school, letter, "Your words about Tariq Osei-Marsh and Sam upset them.")
    hits = letters.name_check(office(school), letter)
    assert [hit.found for hit in hits] == ["Tariq Osei-Marsh", "Sam"]
    body = letters.get(office(school), letter).edit.body
    assert [body[hit.start : hit.end] for hit in hits] == ["Tariq Osei-Marsh", "Sam"]
    letters.submit(office(school), letter, version(school, letter))
    with pytest.raises(Refused, match="Tariq Osei-Marsh"):
        letters.approve(head(school), letter, version(school, letter))
    assert letters.get(head(school), letter).status is LetterStatus.SUBMITTED
    letters.approve(head(school), letter, version(school, letter), "Both families agreed in writing")
    record = letters.get(head(school), letter)
    assert (record.status, record.names_reason) == (LetterStatus.APPROVED, "Both families agreed in writing")
    letters.issue(office(school), letter, record.version)


def test_names_are_looked_for_in_subject_salutation_and_what_is_being_typed(school: SmallSchool) -> None:
    incident = school.incident(named="sam")
    letter = letters.draft(office(school), incident, INVITATION).id
    edit = letters.get(office(school), letter).edit
    typed = replace(edit, subject="About Tariq Osei-Marsh", salutation="Dear Ms Quillfeather and Sam")
    assert [(hit.found, hit.start) for hit in letters.name_check(office(school), letter, typed)] == [
        ("Tariq Osei-Marsh", -1),
        ("Sam", -1),
    ]


def test_the_signing_headteacher_is_no_hit_but_a_named_teacher_is(school: SmallSchool) -> None:
    incident = school.incident(named="teacher")
    letter = letters.draft(office(school), incident, INVITATION).id
    set_text(school, letter, "Mrs Alder will meet you. Your post about Mr Hazel was unkind.")
    assert [hit.found for hit in letters.name_check(office(school), letter)] == ["Hazel"]


def test_a_pupil_added_after_approval_stops_the_issue(school: SmallSchool) -> None:
    incident = school.incident()
    letter = letters.draft(office(school), incident, INVITATION).id
    set_text(school, letter, "It also spoke of Zadie Plimsoll.")
    letters.submit(office(school), letter, version(school, letter))
    letters.approve(head(school), letter, version(school, letter))
    with school.database.writing() as db:
        db.add(
            Person(
                kind="pupil",
                given_name="Zadie",
                family_name="Plimsoll",
                sort_name="plimsoll zadie",
                created_at=school.clock.now,
            )
        )
    with pytest.raises(Refused, match="Zadie Plimsoll"):
        letters.issue(office(school), letter, version(school, letter))
    with school.database.reading() as db:
        assert db.get_one(Letter, letter).issue_number is None
    assert list(school.folder.papers.rglob("*")) == []


def test_the_decider_is_advised_from_the_whole_history(school: SmallSchool) -> None:
    """The office may not know of a confidential incident with a warning in it; whoever signs must."""
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    steps.record(
        head(school),
        hidden,
        StepDraft(Step.WRITTEN_WARNING, school.people["anna"], date(2026, 3, 10), reason="Given on paper"),
    )
    incident = school.incident()
    talked(school, incident)
    letter = submitted(school, incident)  # the office sees nothing against it
    with pytest.raises(Refused, match="warned in writing"):
        letters.approve(head(school), letter, version(school, letter))


def test_a_ruling_fact_between_approval_and_issue_is_not_told_to_the_office(school: SmallSchool) -> None:
    incident = school.incident()
    talked(school, incident)
    letter = submitted(school, incident)
    letters.approve(head(school), letter, version(school, letter))
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    steps.record(
        head(school),
        hidden,
        StepDraft(Step.WRITTEN_WARNING, school.people["anna"], date(2026, 3, 10), reason="Given on paper"),
    )
    with pytest.raises(Refused, match="Ask the headteacher") as caught:
        letters.issue(office(school), letter, version(school, letter))
    assert "10 March" not in str(caught.value)


def test_return_edit_and_submit_again(school: SmallSchool) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    with pytest.raises(Invalid, match="what should be changed"):
        letters.return_with_note(head(school), letter, version(school, letter), " ")
    letters.return_with_note(head(school), letter, version(school, letter), "Softer, please")
    record = letters.get(office(school), letter)
    assert (record.status, record.returned_note, record.may_edit) == (
        LetterStatus.RETURNED,
        "Softer, please",
        True,
    )
    later = record.edit.reply_by + timedelta(days=7) if record.edit.reply_by else None
    letters.save(office(school), letter, replace(record.edit, reply_by=later), record.version)
    changed = letters.get(office(school), letter)
    assert "24 March 2026" in changed.edit.body
    assert "17 March 2026" not in changed.edit.body
    letters.submit(office(school), letter, changed.version)
    assert letters.get(head(school), letter).may_approve


def test_two_windows_do_not_overwrite_each_other(school: SmallSchool) -> None:
    letter = letters.draft(office(school), school.incident(), INVITATION).id
    record = letters.get(office(school), letter)
    letters.save(school.ctx_for("dsl"), letter, replace(record.edit, subject="Theirs"), record.version)
    with pytest.raises(Conflict) as caught:
        letters.save(office(school), letter, replace(record.edit, subject="Mine"), record.version)
    assert [(each.field, each.theirs, each.mine) for each in caught.value.changes] == [
        ("subject", "Theirs", "Mine")
    ]
    letters.save(office(school), letter, replace(record.edit, subject="Mine"), caught.value.current_version)
    letters.submit(office(school), letter, version(school, letter))
    with pytest.raises(Conflict):
        letters.approve(head(school), letter, record.version)


def test_an_edit_after_submitting_must_be_submitted_again(school: SmallSchool) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    set_text(school, letter, "One more thing.")
    assert letters.get(office(school), letter).status is LetterStatus.DRAFT
    with pytest.raises(Refused, match="still a draft"):
        letters.approve(head(school), letter, version(school, letter))


def test_an_approved_letter_is_not_changed(school: SmallSchool) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    letters.approve(head(school), letter, version(school, letter))
    with pytest.raises(Refused, match="not changed"):
        set_text(school, letter, "One more thing.")
    letters.withdraw(office(school), letter, "Overtaken by a talk")
    with pytest.raises(Refused, match="withdrawn"):
        letters.issue(office(school), letter, version(school, letter))


def test_an_issued_letter_cannot_be_withdrawn(school: SmallSchool) -> None:
    letter = issued(school, school.incident(), INVITATION)
    with pytest.raises(Refused, match="cannot be taken back"):
        letters.withdraw(office(school), letter, "Second thoughts")


def test_what_was_signed_is_what_stands_in_the_record(school: SmallSchool) -> None:
    import json

    letter = submitted(school, school.incident(), INVITATION)
    letters.approve(head(school), letter, version(school, letter))
    with school.database.reading() as db:
        row = db.get_one(Letter, letter)
        assert row.signed_payload is not None
        assert row.signature is not None
        payload = json.loads(row.signed_payload)
        assert payload["body_sha256"] == hashlib.sha256(row.body.encode()).hexdigest()
        assert payload["incident"] == "2026/0001"
        assert verify(school.signing["headteacher"].public, payload, row.signature)


def test_a_letter_changed_behind_the_programs_back_is_not_issued(school: SmallSchool) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    letters.approve(head(school), letter, version(school, letter))
    with school.database.writing() as db:
        db.execute(text("DROP TRIGGER letter_approved_unchanged"))
        db.execute(text("UPDATE letter SET body = body || ' And pay us.' WHERE id = :id"), {"id": letter})
    with pytest.raises(Tampered, match="changed afterwards"):
        letters.issue(office(school), letter, version(school, letter))


def test_a_replaced_signing_key_cannot_sign(school: SmallSchool) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    forged = replace(head(school), signing=SigningKey.generate())
    with pytest.raises(Refused, match="signing key has been replaced"):
        letters.approve(forged, letter, version(school, letter))


def test_a_changed_paper_is_noticed(school: SmallSchool) -> None:
    letter = issued(school, school.incident(), INVITATION)
    (file,) = [path for path in school.folder.papers.rglob("*") if path.is_file()]
    assert b"Quillfeather" not in file.read_bytes()
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.chmod(0o600)
    file.write_bytes(content)
    with pytest.raises(Exception, match=file.name[:6]) as caught:
        letters.issued_pdf(office(school), letter)
    assert isinstance(caught.value, Tampered | StorageProblem)


def test_numbers_have_no_gap_when_an_issue_fails(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = submitted(school, school.incident(), INVITATION)
    letters.approve(head(school), first, version(school, first))
    second = submitted(school, school.incident(author="anna"), INVITATION)
    letters.approve(head(school), second, version(school, second))

    def full(*_args: object, **_more: object) -> None:
        raise StorageProblem("The disk is full.")

    monkeypatch.setattr("smdesk.services.letters.audit.write", full)
    with pytest.raises(StorageProblem):
        letters.issue(office(school), first, version(school, first))
    monkeypatch.undo()
    assert [path for path in school.folder.papers.rglob("*") if path.is_file()] == []
    letters.issue(office(school), second, version(school, second))
    letters.issue(office(school), first, version(school, first))
    assert letters.get(office(school), second).number == "2026/L0001"
    assert letters.get(office(school), first).number == "2026/L0002"


def test_numbers_start_again_with_the_year(school: SmallSchool) -> None:
    issued(school, school.incident(), INVITATION)
    school.clock.forward(days=300)
    letter = issued(school, school.incident(), INVITATION)
    assert letters.get(office(school), letter).number == "2027/L0001"


def test_a_letter_whose_day_has_come_is_not_issued(school: SmallSchool) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    letters.approve(head(school), letter, version(school, letter))
    school.clock.forward(days=10)
    with pytest.raises(Refused, match="17 March 2026"):
        letters.issue(office(school), letter, version(school, letter))


def test_the_name_check_knows_pupils_at_school_by_first_name_and_looks_at_care_of(
    school: SmallSchool,
) -> None:
    letter = letters.draft(office(school), school.incident(), INVITATION).id
    edit = letters.get(office(school), letter).edit

    def named(**changed: str) -> set[str]:
        return {hit.name for hit in letters.name_check(office(school), letter, replace(edit, **changed))}

    assert named() == set()
    assert named(body=edit.body + "\n\nYou wrote about Tariq.") == {"Tariq Osei-Marsh"}
    assert named(addressee="Ms A. Quillfeather\nc/o Tariq Osei-Marsh\n3 Orchard Way") == {"Tariq Osei-Marsh"}
    assert named(addressee="Ms A. Quillfeather\nTariq Osei-Marsh House\n3 Orchard Way") == set()
    with school.database.writing() as db:
        db.get_one(Person, school.people["tariq"]).left_on = date(2026, 3, 1)
    assert named(body=edit.body + "\n\nYou wrote about Tariq.") == set()
    assert named(body=edit.body + "\n\nYou wrote about Tariq Marsh.") == {"Tariq Osei-Marsh"}


def test_every_paper_taken_out_of_a_confidential_incident_is_written_down(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    guarded = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    draft_id = letters.draft(dsl, guarded, INVITATION).id
    issued_id = issued(school, school.incident(), INVITATION)

    def opened() -> int:
        with school.database.reading() as db:
            return sum(each == "letter.opened" for each in db.scalars(select(AuditEntry.action)))

    letters.issued_pdf(dsl, issued_id)
    assert opened() == 0  # an ordinary one
    letters.preview_pdf(dsl, draft_id)
    letters.preview_new(dsl, guarded, WARNING, "to see it")
    assert opened() == 2
    ready = letters.submit(dsl, draft_id, 1)
    ready = letters.approve(head(school), draft_id, ready.version)
    letters.issue(dsl, draft_id, ready.version)
    letters.issued_pdf(dsl, draft_id)
    letters.preview_pdf(dsl, draft_id)
    assert opened() == 4


def test_without_an_address_nothing_goes_by_post(school: SmallSchool) -> None:
    incident = school.incident(author="ben")
    letter = issued(school, incident, INVITATION)
    with pytest.raises(Invalid, match="no address"):
        letters.record_sent(office(school), letter, SentHow.POST, date(2026, 3, 11))
    with pytest.raises(Invalid, match="future"):
        letters.record_sent(office(school), letter, SentHow.HAND, date(2026, 3, 12))
    letters.record_sent(office(school), letter, SentHow.HAND, date(2026, 3, 11))
    assert letters.get(office(school), letter).sent_how is SentHow.HAND


def test_letters_of_confidential_incidents_follow_the_incidents_sight(school: SmallSchool) -> None:
    incident = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    letter = letters.draft(school.ctx_for("dsl"), incident, INVITATION).id
    for call in (letters.get, letters.name_check, letters.preview_pdf, letters.issued_pdf):
        with pytest.raises(NotFound):
            call(office(school), letter)
    assert letters.rows(office(school), [letter]) == []
    assert letters.sorted_ids(office(school), "all").tolist() == []
    letters.get(head(school), letter)
    with school.database.reading() as db:
        assert "letter.opened" in db.scalars(select(AuditEntry.action)).all()


def test_lists_and_search(school: SmallSchool) -> None:
    one = issued(school, school.incident(), INVITATION)
    two = submitted(school, school.incident(author="ben"), INVITATION)
    three = letters.draft(office(school), school.incident(), INVITATION).id
    assert letters.sorted_ids(office(school), "all").tolist() == [three, two, one]
    assert letters.sorted_ids(office(school), "waiting").tolist() == [two]
    assert letters.sorted_ids(office(school), "drafts").tolist() == [three]
    assert letters.sorted_ids(office(school), "issued").tolist() == [one]
    assert letters.sorted_ids(office(school), "all", "ben quill").tolist() == [two]
    assert letters.sorted_ids(office(school), "all", "2026/0001").tolist() == [one]
    assert letters.sorted_ids(office(school), "all", "l0001").tolist() == [one]
    assert letters.sorted_ids(office(school), "all", "%").tolist() == []
    lines = letters.rows(office(school), [one, 999, two])
    assert [(line.id, line.number, line.person_name) for line in lines] == [
        (one, "2026/L0001", "Anna Quillfeather"),
        (two, "", "Ben Quillfeather"),
    ]
    assert [line.id for line in letters.for_incident(office(school), lines[0].matter_id)] == [one]


def test_the_last_change_counts_being_returned_and_being_sent(school: SmallSchool) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    when = school.clock.forward(hours=2)
    letters.return_with_note(head(school), letter, version(school, letter), "Softer, please")
    assert letters.rows(office(school), [letter])[0].changed_at == when
    out = issued(school, school.incident(author="ben"), INVITATION)
    when = school.clock.forward(hours=2)
    letters.record_sent(office(school), out, SentHow.HAND, when.date())
    assert letters.rows(office(school), [out])[0].changed_at == when


def test_the_incident_waits_for_the_headteacher_while_a_letter_does(school: SmallSchool) -> None:
    incident = school.incident()

    def waiting() -> bool:
        with school.database.reading() as db:
            return db.get_one(Incident, incident).awaiting_headteacher

    letter = submitted(school, incident, INVITATION)
    assert waiting()
    letters.approve(head(school), letter, version(school, letter))
    assert not waiting()


def test_a_preview_is_marked_as_a_draft_and_the_issued_paper_is_kept(school: SmallSchool) -> None:
    incident = school.incident()
    assert "Draft" in printed(letters.preview_new(office(school), incident, INVITATION))
    letter = letters.draft(office(school), incident, INVITATION).id
    edit = replace(letters.get(office(school), letter).edit, subject="<b>Being typed</b>")
    paper = printed(letters.preview_pdf(office(school), letter, edit))
    assert "Draft" in paper
    assert "<b>Being typed</b>" in paper
    letters.submit(office(school), letter, version(school, letter))
    letters.approve(head(school), letter, version(school, letter))
    letters.issue(office(school), letter, version(school, letter))
    with school.database.writing() as db:
        db.scalars(select(School)).one().name = "Another Name School"
    kept = letters.issued_pdf(office(school), letter)
    assert kept == letters.preview_pdf(office(school), letter)
    assert "Draft" not in printed(kept)
    assert "Brambleford" in printed(kept)


def test_every_act_is_written_down(school: SmallSchool) -> None:
    letter = issued(school, school.incident(), INVITATION)
    letters.record_sent(office(school), letter, SentHow.EMAIL, date(2026, 3, 11))
    with school.database.reading() as db:
        lines = db.execute(
            select(AuditEntry.action, AuditEntry.actor_id).where(AuditEntry.object_kind == "letter")
        ).all()
        who = {row.id: row.login for row in db.execute(select(User.id, User.login))}
    assert [(action, who[actor]) for action, actor in lines] == [
        ("letter.drafted", "business_manager"),
        ("letter.submitted", "business_manager"),
        ("letter.approved", "headteacher"),
        ("letter.issued", "business_manager"),
        ("letter.sent", "business_manager"),
    ]


def test_a_merged_record_of_the_addressee_is_still_the_addressee(school: SmallSchool) -> None:
    with school.database.writing() as db:
        db.add(
            Person(
                kind="parent",
                given_name="Annie",
                family_name="Featherquill",
                sort_name="featherquill annie",
                merged_into=school.people["anna"],
                created_at=school.clock.now,
            )
        )
        db.add(
            PersonLink(person_id=school.people["anna"], other_id=school.people["tariq"], relation="carer_of")
        )
    letter = letters.draft(office(school), school.incident(), INVITATION).id
    set_text(school, letter, "Annie Featherquill and Tariq")
    assert [hit.found for hit in letters.name_check(office(school), letter)] == ["Tariq"]


def test_the_ladder_counts_the_issued_letter_once(school: SmallSchool) -> None:
    incident = school.incident()
    talked(school, incident)
    issued(school, incident)
    with school.database.reading() as db:
        found = db.scalars(select(Entry).where(Entry.step == "written_warning", Entry.kind == "step")).all()
        assert len(found) == 1
        assert db.get_one(Incident, incident).stage == "written_warning"


def test_papers_stay_where_they_are_named(school: SmallSchool) -> None:
    issued(school, school.incident(), INVITATION)
    files = [path for path in Path(school.folder.papers).rglob("*") if path.is_file()]
    assert len(files) == 1
    assert not files[0].suffix


def test_a_paper_whose_save_only_seemed_to_fail_is_kept(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = submitted(school, school.incident(), INVITATION)
    letters.approve(head(school), letter, version(school, letter))
    before = version(school, letter)
    with monkeypatch.context() as patch:
        commits_and_complains(patch)
        with pytest.raises(StorageProblem, match="answered too late"):
            letters.issue(office(school), letter, before)
    assert letters.get(office(school), letter).status is LetterStatus.ISSUED
    assert letters.issued_pdf(office(school), letter).startswith(b"%PDF")
