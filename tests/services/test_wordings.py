"""The school's own wording of letters: saved in versions, restored, compared; who may; and the letters it gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from smdesk.db.models import AuditEntry, Letter, LetterWording, Person
from smdesk.errors import Conflict, Invalid, NotAllowed, Refused
from smdesk.services import letter_wording, letters, wordings
from smdesk.services.context import Context
from smdesk.services.letter_records import OFFICES, LetterKind
from smdesk.services.letter_wording import PHRASES, Part
from smdesk.services.wording_records import WordingDraft, WordingKey, WordingState
from tests.support.school import SmallSchool

ENGLISH = WordingKey(LetterKind.INVITATION.value, "", "en")
WELSH = replace(ENGLISH, language="cy")
POLISH = replace(ENGLISH, language="pl")
OWN = WordingDraft(
    "Please come and talk",
    "Kind regards",
    (
        Part("We saw a post on $platform. It cost us $$5. Reference $reference.", ""),
        Part("Thank you.", "removed"),
    ),
)


def head(school: SmallSchool) -> Context:
    return school.ctx_for("headteacher")


def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def drafted(school: SmallSchool, incident: int) -> Letter:
    letter = letters.draft(office(school), incident, LetterKind.INVITATION).id
    with school.database.reading() as session:
        return session.get_one(Letter, letter)


def speaks(school: SmallSchool, person: str, language: str) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people[person]).language = language


def test_every_letter_is_listed_in_each_language_it_is_written_in(school: SmallSchool) -> None:
    rows = wordings.listed(office(school))
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    for kind in LetterKind:
        for audience in letter_wording.audiences_of(kind):
            assert WordingKey(kind.value, audience, "en") in keys
            # What goes to an office goes out in English.
            assert (WordingKey(kind.value, audience, "cy") in keys) is (kind not in OFFICES)
    english = [row for row in rows if row.key.language == "en"]
    assert all(row.state is WordingState.SHIPPED and row.checked and row.number == 0 for row in english)
    welsh = [row for row in rows if row.key.language == "cy" and row.state is WordingState.SHIPPED]
    assert welsh
    assert not any(row.checked for row in welsh)
    assert all(row.gaps == 0 for row in welsh)
    assert wordings.written_languages(office(school)) == ["en", "cy"]
    assert {row.state for row in wordings.listed(office(school), "pl")} == {WordingState.NONE}


def test_the_office_looks_and_the_headteacher_edits(school: SmallSchool) -> None:
    record = wordings.get(office(school), ENGLISH)
    assert not record.may_edit
    assert record.fields["contact"] == "whom to contact"
    assert record.conditions["removed"] == "the post can no longer be seen"
    assert wordings.get(head(school), ENGLISH).may_edit
    with pytest.raises(NotAllowed):
        wordings.save(office(school), ENGLISH, OWN, "A try", 0)
    with pytest.raises(NotAllowed):
        wordings.restore_shipped(school.ctx_for("chair"), ENGLISH, "A try", 0)
    with pytest.raises(NotAllowed):
        wordings.listed(school.ctx_for("governor"))


def test_letters_are_drafted_from_the_newest_wording_and_keep_theirs(school: SmallSchool) -> None:
    incident = school.incident(platform="facebook")
    saved = wordings.save(head(school), ENGLISH, OWN, "Governors, March", 0)
    assert saved.changes == frozenset({("wording", saved.id)})
    letter = drafted(school, incident)
    assert letter.subject == "Please come and talk"
    assert letter.body.startswith("We saw a post on Facebook. It cost us $5. Reference 2026/")
    assert "Thank you" not in letter.body
    assert letter.wording_id == saved.id
    assert [letter.body[start:end] for start, end, _ in letter.marks] == ["Facebook", letter.body[-10:-1]]
    wordings.save(head(school), ENGLISH, replace(OWN, closing="Best wishes"), "Once more", 1)
    with school.database.reading() as session:
        assert letter_wording.closing(session, LetterKind.INVITATION, "", "en", saved.id) == "Kind regards"
        assert letter_wording.closing(session, LetterKind.INVITATION) == "Yours sincerely"
        assert letter_wording.pattern(session, LetterKind.INVITATION).closing == "Best wishes"


def test_going_back_to_the_shipped_wording_is_a_version_too(school: SmallSchool) -> None:
    wordings.save(head(school), ENGLISH, OWN, "Governors, March", 0)
    with pytest.raises(Refused, match="Nothing was changed"):
        wordings.save(head(school), ENGLISH, OWN, "The same", 1)
    wordings.restore_shipped(head(school), ENGLISH, "It was better", 1)
    with pytest.raises(Refused, match="stands already"):
        wordings.restore_shipped(head(school), ENGLISH, "Again", 2)
    assert drafted(school, school.incident(platform="facebook")).wording_id is None
    found = wordings.versions(office(school), ENGLISH)
    assert [(each.number, each.shipped, each.note, each.by) for each in found] == [
        (2, True, "It was better", "Mrs H. Alder"),
        (1, False, "Governors, March", "Mrs H. Alder"),
    ]
    assert found[1].draft == OWN
    record = wordings.get(head(school), ENGLISH)
    assert found[0].draft == record.shipped == record.draft
    assert record.row.state is WordingState.SHIPPED
    assert record.row.number == 2
    # The school's version can be taken up again.
    wordings.save(head(school), ENGLISH, OWN, "No, ours", 2)
    assert wordings.get(head(school), ENGLISH).row.state is WordingState.OWN
    with school.database.reading() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_kind == "wording").order_by(AuditEntry.seq)
        ).all()
    assert actions == ["wording.saved", "wording.restored", "wording.saved"]


def test_an_edit_of_an_older_version_is_a_conflict(school: SmallSchool) -> None:
    wordings.save(head(school), ENGLISH, OWN, "Governors, March", 0)
    with pytest.raises(Conflict) as caught:
        wordings.save(head(school), ENGLISH, replace(OWN, subject="Mine"), "Mine", 0)
    assert caught.value.current_version == 1
    assert "Mrs H. Alder saved version 1" in str(caught.value)
    with pytest.raises(Conflict):
        wordings.restore_shipped(head(school), ENGLISH, "Mine", 0)
    wordings.save(head(school), ENGLISH, replace(OWN, subject="Mine"), "Mine", caught.value.current_version)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(OWN, parts=(Part("It costs $5", ""),)), "parts.0"),
        (replace(OWN, parts=(*OWN.parts, Part("Dear $parent", ""))), "parts.2"),
        (replace(OWN, subject=""), "subject"),
        (replace(OWN, parts=()), "parts"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(
    school: SmallSchool, draft: WordingDraft, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        wordings.save(head(school), ENGLISH, draft, "A try", 0)
    assert [problem.field for problem in caught.value.problems] == [field]
    with pytest.raises(Invalid) as caught:
        wordings.save(head(school), ENGLISH, OWN, " ", 0)
    assert [problem.field for problem in caught.value.problems] == ["note"]
    with school.database.reading() as session:
        assert session.scalars(select(LetterWording)).all() == []


@pytest.mark.parametrize(
    "key", [replace(ENGLISH, kind="love"), replace(ENGLISH, audience="x"), replace(ENGLISH, language="xx")]
)
def test_there_is_no_wording_of_what_there_is_not(school: SmallSchool, key: WordingKey) -> None:
    with pytest.raises(Invalid):
        wordings.get(office(school), key)
    with pytest.raises(Invalid):
        wordings.save(head(school), key, OWN, "A try", 0)


def test_a_version_is_never_changed_or_removed(school: SmallSchool) -> None:
    wordings.save(head(school), ENGLISH, OWN, "Governors, March", 0)
    for sql in ("UPDATE letter_wording SET subject = 'x'", "DELETE FROM letter_wording"):
        with pytest.raises(Exception, match="a wording is"), school.database.writing() as session:
            session.execute(text(sql))


def test_what_is_shipped_is_compared_with_what_stands(school: SmallSchool) -> None:
    assert all(each.same for each in wordings.compare(office(school), ENGLISH))
    record = wordings.get(head(school), ENGLISH)
    assert record.shipped is not None
    draft = replace(record.shipped, subject="An invitation to tea")
    found = wordings.compare(office(school), ENGLISH, draft)
    assert [each.place for each in found if not each.same] == ["Subject"]
    with pytest.raises(Refused, match="in Polish"):
        wordings.compare(office(school), POLISH)


def test_a_newer_shipped_wording_is_told_of(school: SmallSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    wordings.save(head(school), ENGLISH, OWN, "Governors, March", 0)
    assert not wordings.get(head(school), ENGLISH).row.shipped_changed
    before = letter_wording.shipped(LetterKind.INVITATION)
    assert before is not None
    monkeypatch.setattr(letter_wording, "shipped", lambda *_: replace(before, subject="Come and talk to us"))
    assert wordings.get(head(school), ENGLISH).row.shipped_changed


def test_a_letter_ends_as_its_language_does(school: SmallSchool) -> None:
    with school.database.reading() as session:
        for kind in LetterKind:
            if kind not in OFFICES:
                assert letter_wording.closing(session, kind, "", "cy") == "Yn gywir"
            assert letter_wording.closing(session, kind, "", "pl").startswith("Yours")


# Languages


def test_somebody_who_reads_welsh_has_a_welsh_letter_with_the_english_copy(school: SmallSchool) -> None:
    speaks(school, "anna", "Cymraeg")
    letter = drafted(school, school.incident(platform="facebook"))
    assert letter.language == "cy"
    assert letter.subject.startswith("Gwahoddiad")
    assert letter.salutation == "Annwyl Ms Quillfeather"
    assert letter.english_subject == "An invitation to talk, and a request to remove a post"
    assert letter.english_salutation == "Dear Ms Quillfeather"
    assert "explained in" not in letter.english_body


@pytest.mark.parametrize("language", ["Polish", "Klingon", "", "English"])
def test_for_whom_nothing_is_written_the_letter_is_english(school: SmallSchool, language: str) -> None:
    speaks(school, "anna", language)
    letter = drafted(school, school.incident(platform="facebook"))
    assert letter.language == "en"
    assert letter.english_body == ""
    assert ("explained in" in letter.body) == (language in ("Polish", "Klingon"))


def test_a_new_language_begins_with_the_english_and_waits_for_its_phrases(school: SmallSchool) -> None:
    speaks(school, "anna", "polski")
    record = wordings.get(head(school), POLISH)
    assert record.row.state is WordingState.NONE
    assert record.shipped is None
    english = wordings.get(head(school), ENGLISH).draft
    assert record.draft == replace(english, checked=False)
    polish = WordingDraft(
        "Zażółć", "Z poważaniem", (Part("$conduct_list\n\nPlatforma: $platform, $seen_on", ""),)
    )
    wordings.save(head(school), POLISH, polish, "From the interpreter", 0)
    row = wordings.get(head(school), POLISH).row
    # Its kinds of conduct have no Polish words yet: a letter half in English is none.
    assert row.gaps > 20
    assert drafted(school, school.incident(platform="facebook")).language == "en"
    key = WordingKey(PHRASES, "", "pl")
    phrases = wordings.get(head(school), key)
    assert all(part.text for part in phrases.draft.parts)  # the English, to be written over
    wordings.save(
        head(school),
        key,
        replace(
            phrases.draft, parts=tuple(Part(f"{part.text} PL", part.when) for part in phrases.draft.parts)
        ),
        "From the interpreter",
        0,
    )
    assert wordings.get(head(school), POLISH).row.gaps == 0
    letter = drafted(school, school.incident(summary="Another", platform="facebook"))
    assert letter.language == "pl"
    assert letter.subject == "Zażółć"
    assert "insulting PL" in letter.body
    assert "marca 2026" in letter.body
    assert letter.english_subject
    assert wordings.written_languages(head(school)) == ["en", "cy", "pl"]
    wordings.restore_shipped(head(school), POLISH, "The interpreter left", 1)
    assert drafted(school, school.incident(summary="A third", platform="facebook")).language == "en"


def test_the_schools_phrases_stand_over_the_shipped_ones(school: SmallSchool) -> None:
    key = WordingKey(PHRASES, "", "en")
    draft = wordings.get(head(school), key).draft
    parts = tuple(
        replace(part, text="rude words") if part.when == "conduct.abusive" else part for part in draft.parts
    )
    wordings.save(head(school), key, replace(draft, parts=parts), "Shorter", 0)
    assert "- rude words" in drafted(school, school.incident(platform="facebook")).body


def test_a_language_that_lacks_one_letter_falls_back_to_english(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = letter_wording.shipped

    def without(kind: LetterKind, audience: str = "", language: str = "en") -> object:
        return (
            None if (kind, language) == (LetterKind.INVITATION, "cy") else shipped(kind, audience, language)
        )

    monkeypatch.setattr(letter_wording, "shipped", without)
    speaks(school, "anna", "Welsh")
    letter = drafted(school, school.incident(platform="facebook"))
    assert letter.language == "en"
    assert wordings.get(head(school), WELSH).row.state is WordingState.NONE
