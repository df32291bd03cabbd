"""Between approval and envelope: nothing goes out with a letter that nobody approved (DOC-1, CON-5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from smdesk.db.models import Evidence, Letter, Person, School, User
from smdesk.errors import Refused, Tampered
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.security import signatures
from smdesk.services import letters, steps, verify, wordings
from smdesk.services.incident_records import Confidentiality, StepDraft
from smdesk.services.letter_records import LetterKind, LetterStatus
from smdesk.services.letter_wording import PHRASES, Part
from smdesk.services.wording_records import WordingKey
from tests.support.account_letters import approved, change, letter_of, office
from tests.support.school import START, SmallSchool

WARNING = LetterKind.WRITTEN_WARNING


def invitation(school: SmallSchool, language: str = "") -> int:
    """An approved invitation to Anna, in her language."""
    change(school, Person, school.people["anna"], language=language)
    return approved(school, letters.draft(office(school), school.incident(), LetterKind.INVITATION).id)


def issue(school: SmallSchool, letter: int) -> None:
    letters.issue(office(school), letter, letter_of(school, letter).version)


def word_anew(school: SmallSchool, language: str = "cy") -> None:
    """The headteacher rewrites what stands at the foot of every letter in this language."""
    head = school.ctx_for("headteacher")
    key = WordingKey(PHRASES, "", language)
    found = wordings.get(head, key)
    parts = tuple(
        replace(part, text="Nid yw hyn yn wir.") if part.when == "paper.footer" else part
        for part in found.draft.parts
    )
    wordings.save(head, key, replace(found.draft, parts=parts), "Said otherwise", found.row.number)


def faults(school: SmallSchool) -> list[str]:
    """What the check of the records says of letters."""
    return [each for each in verify.check(school.ctx_for("headteacher")) if "letter" in each.casefold()]


def school_field(field: str, value: str) -> Callable[[SmallSchool], None]:
    def put(school: SmallSchool) -> None:
        with school.database.writing() as session:
            setattr(session.scalars(select(School)).one(), field, value)

    return put


def person_field(field: str, value: str) -> Callable[[SmallSchool], None]:
    return lambda school: change(school, Person, school.people["anna"], **{field: value})


def user_field(field: str, value: str) -> Callable[[SmallSchool], None]:
    return lambda school: change(school, User, school.users["headteacher"], **{field: value})


@pytest.mark.parametrize(
    ("later", "says"),
    [
        (school_field("phone", "01632 960999"), "how to reach it"),
        (school_field("email", "me@elsewhere.example"), "how to reach it"),
        (school_field("name", "Another School"), "school's name"),
        (person_field("address", "9 Elsewhere"), "on record"),
        (person_field("postcode", "ZZ1 1ZZ"), "on record"),
        (person_field("letter_name", "Mr and Mrs Nobody"), "on record"),
        (person_field("language", "Cymraeg"), "on record"),
        (user_field("job_title", "Judge"), "post of whoever approved"),
    ],
)
def test_what_changed_since_the_approval_does_not_go_out_with_it(
    school: SmallSchool, later: Callable[[SmallSchool], None], says: str
) -> None:
    letter = invitation(school)
    later(school)
    with pytest.raises(Refused, match=says):
        issue(school, letter)
    assert letter_of(school, letter).issue_number is None
    assert faults(school) == []


def test_a_foot_that_was_worded_anew_does_not_go_out_with_what_the_chair_approved(
    school: SmallSchool,
) -> None:
    letter = invitation(school, "Welsh")
    assert letter_of(school, letter).language == "cy"
    word_anew(school)
    with pytest.raises(Refused, match="worded anew"):
        issue(school, letter)
    letters.withdraw(office(school), letter, "Worded anew")
    again = approved(
        school,
        letters.draft(office(school), letter_of(school, letter).incident_id or 0, LetterKind.INVITATION).id,
    )
    issue(school, again)
    assert letter_of(school, again).status == LetterStatus.ISSUED


def test_another_language_s_words_stop_no_letter(school: SmallSchool) -> None:
    letter = invitation(school)
    word_anew(school)
    issue(school, letter)
    assert letter_of(school, letter).status == LetterStatus.ISSUED


def test_what_was_signed_beside_the_text_cannot_be_put_right_afterwards(school: SmallSchool) -> None:
    letter = invitation(school)
    school_field("phone", "01632 960999")(school)
    with school.database.writing() as session:
        session.execute(text("DROP TRIGGER letter_approved_unchanged"))
        row = session.get_one(Letter, letter)
        signed = json.loads(row.signed_payload or "")
        del signed["beside"]
        row.signed_payload = json.dumps(signed, sort_keys=True, separators=(",", ":"))
    with pytest.raises(Tampered):
        issue(school, letter)


def test_an_issued_letter_holds_whatever_the_school_becomes(school: SmallSchool) -> None:
    letter = invitation(school)
    issue(school, letter)
    before = letters.issued_pdf(office(school), letter)
    for later in (school_field("name", "Academy"), person_field("address", "Gone"), user_field("name", "X")):
        later(school)
    assert letters.issued_pdf(office(school), letter) == before
    assert [
        fault for fault in verify.check(school.ctx_for("headteacher")) if "letter" in fault.casefold()
    ] == []


def test_a_letter_approved_before_this_was_signed_goes_out(school: SmallSchool) -> None:
    """The papers of an older SM Desk, which signed the text alone, are not called changed."""
    letter = invitation(school)
    row = letter_of(school, letter)
    signed = json.loads(row.signed_payload or "")
    del signed["beside"]
    old = school.signing["headteacher"]
    with school.database.writing() as session:
        session.execute(text("DROP TRIGGER letter_approved_unchanged"))
        stored = session.get_one(Letter, letter)
        stored.signed_payload = json.dumps(signed)
        stored.signature = signatures.sign(old, signed)
    school_field("phone", "01632 960999")(school)
    issue(school, letter)
    assert letter_of(school, letter).status == LetterStatus.ISSUED


def test_a_referral_that_the_dsl_drafts_tells_the_office_of_no_hidden_incident(school: SmallSchool) -> None:
    """The letter about an ordinary incident is open to the office: what it lists comes from what the office may see."""
    dsl = school.ctx_for("dsl")
    anna = school.people["anna"]
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    steps.record(dsl, hidden, StepDraft(Step.TALK, anna, START.date(), "Talked about the foster placement"))
    school.clock.forward(days=3)
    ordinary = school.incident("dsl", platform="facebook", conduct=(Conduct.DEFAMATION,))
    steps.record(dsl, ordinary, StepDraft(Step.TALK, anna, dsl.today(), "Talked at the gate"))
    letter = letters.draft(
        dsl, ordinary, LetterKind.REFERRAL_LEGAL, step_reason="It cannot wait until she has been written to."
    ).id
    body = letters.get(office(school), letter).edit.body
    assert "14 March 2026: talk in private" in body
    assert "11 March" not in body
    assert "earlier post" not in body


def test_the_place_of_what_was_not_kept_names_no_pupil_to_the_adviser(school: SmallSchool) -> None:
    number = school.incident(platform="facebook", conduct=(Conduct.DEFAMATION,))
    with school.database.writing() as session:
        session.add(
            Evidence(
                incident_id=number,
                name="",
                media_type="",
                size=0,
                sha256="",
                withheld=True,
                seen_at="on the telephone of Sam Quillfeather",
                added_at=START,
                added_by=school.users["dsl"],
            )
        )
    head = school.ctx_for("headteacher")
    key = WordingKey(LetterKind.REFERRAL_LEGAL.value, "", "en")
    found = wordings.get(head, key).draft
    told = replace(found, parts=(*found.parts, Part("It was seen: $withheld", "withheld")))
    wordings.save(head, key, told, "Tell of what was seen", 0)
    ctx = office(school)
    letter = letters.draft(ctx, number, LetterKind.REFERRAL_LEGAL, step_reason="It cannot wait.").id
    body = letters.get(ctx, letter).edit.body
    assert "on the telephone of a pupil" in body
    assert "Sam" not in body
