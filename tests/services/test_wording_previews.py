"""How a wording would look: about an invented case, and about a record without keeping anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from smdesk.db.models import AuditEntry, Letter, LetterWording, Person
from smdesk.errors import Invalid, NotFound, Refused
from smdesk.services import letter_wording, wording_previews, wordings
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import OFFICES, LetterKind
from smdesk.services.letter_wording import PHRASES, Part
from smdesk.services.wording_records import RealCase, WordingDraft, WordingKey
from tests.support.printed import printed
from tests.support.school import SmallSchool

ENGLISH = WordingKey(LetterKind.INVITATION.value, "", "en")
OWN = WordingDraft(
    "Please come and talk",
    "Kind regards",
    (Part("We saw a post on $platform.", ""), Part("It is gone.", "removed")),
)
EVERY = [
    WordingKey(kind.value, audience, language)
    for kind in LetterKind
    for audience in letter_wording.audiences_of(kind)
    for language in ("en", "cy")
    if language == "en" or kind not in OFFICES
]


def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def counts(school: SmallSchool) -> list[int | None]:
    with school.database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(model))
            for model in (Letter, LetterWording, AuditEntry)
        ]


def test_every_shipped_letter_can_be_seen_about_a_sample(school: SmallSchool) -> None:
    for key in EVERY:
        record = wordings.get(office(school), key)
        pdf = wording_previews.sample(office(school), key, record.draft)
        found = printed(pdf)
        assert "Brambleford Primary School" in found
        assert "$" not in found
        assert record.draft.subject.split()[0] in found


def test_a_sample_holds_what_was_chosen(school: SmallSchool) -> None:
    assert "removed" not in wordings.get(office(school), ENGLISH).usual
    assert "It is gone" not in printed(wording_previews.sample(office(school), ENGLISH, OWN))
    assert "It is gone" in printed(wording_previews.sample(office(school), ENGLISH, OWN, {"removed"}))


def test_what_cannot_be_saved_is_not_shown(school: SmallSchool) -> None:
    bad = replace(OWN, parts=(Part("Dear $parent", ""),))
    with pytest.raises(Invalid, match="no field"):
        wording_previews.sample(office(school), ENGLISH, bad)
    school.incident(platform="facebook")
    case = wording_previews.real_cases(office(school), ENGLISH.kind)[0]
    with pytest.raises(Invalid, match="no field"):
        wording_previews.real(office(school), ENGLISH, bad, case)


def test_phrases_are_shown_on_a_sheet(school: SmallSchool) -> None:
    for language in ("en", "cy"):
        key = WordingKey(PHRASES, "", language)
        draft = wordings.get(office(school), key).draft
        found = printed(wording_previews.sample(office(school), key, draft))
        assert "Kind of conduct" in found
        assert draft.parts[0].text.split()[0] in found
    assert wording_previews.real_cases(office(school), PHRASES) == []


def test_a_letter_about_a_record_is_shown_and_nothing_is_kept(school: SmallSchool) -> None:
    school.incident(platform="facebook")
    [case] = wording_previews.real_cases(office(school), ENGLISH.kind)
    assert case.label.startswith("2026/0001, to ")
    assert "Quillfeather" in case.label
    before = counts(school)
    found = printed(wording_previews.real(office(school), ENGLISH, OWN, case))
    assert "We saw a post on Facebook." in found
    assert "3 Orchard Way" in found
    assert "Kind regards" in found
    assert counts(school) == before


def test_a_wording_in_another_language_is_shown_as_to_somebody_who_reads_it(school: SmallSchool) -> None:
    school.incident(platform="facebook")
    [case] = wording_previews.real_cases(office(school), ENGLISH.kind)
    key = replace(ENGLISH, language="cy")
    draft = wordings.get(office(school), key).draft
    assert "Gwahoddiad" in printed(wording_previews.real(office(school), key, draft, case))
    with school.database.reading() as session:
        assert session.get_one(Person, school.people["anna"]).language == "English"
    polish = replace(ENGLISH, language="pl")
    with pytest.raises(Refused, match="Words used in several letters"):
        wording_previews.real(office(school), polish, replace(OWN, parts=(Part("$platform", ""),)), case)


def test_only_what_the_reader_may_open_is_offered(school: SmallSchool) -> None:
    school.incident(platform="facebook", confidentiality=Confidentiality.SAFEGUARDING)
    assert wording_previews.real_cases(school.ctx_for("headteacher"), ENGLISH.kind) == []
    case = RealCase("incident", 1, None, "")
    with pytest.raises(NotFound):
        wording_previews.real(school.ctx_for("headteacher"), ENGLISH, OWN, case)
    with pytest.raises(NotFound):
        wording_previews.real(office(school), ENGLISH, OWN, RealCase("incident", 99, None, ""))
    # Nobody is recorded as having posted it, so there is nobody to write to.
    school.incident(author=None)
    assert wording_previews.real_cases(office(school), ENGLISH.kind) == []


@pytest.mark.parametrize("kind", list(LetterKind))
def test_records_are_looked_for_for_every_kind(school: SmallSchool, kind: LetterKind) -> None:
    school.incident(platform="facebook")
    for audience in letter_wording.audiences_of(kind):
        for case in wording_previews.real_cases(office(school), kind.value, audience):
            draft = wordings.get(office(school), WordingKey(kind.value, audience, "en")).draft
            assert wording_previews.real(
                office(school), WordingKey(kind.value, audience, "en"), draft, case
            ).startswith(b"%PDF")
