"""A printed decision proves itself: from its file, from its code, without records and against them (CON-2)."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smdesk.db.models import ConnectionDecision, Person, User
from smdesk.documents import decision_paper, signed_paper
from smdesk.documents.decision_paper import DecisionPaper, Unsigned
from smdesk.errors import Invalid, NotAllowed
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    INITIATOR_LABELS,
    KIND_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    Capacity,
    Link,
    Relationship,
)
from smdesk.security import signatures
from smdesk.security.permissions import ROLE_LABELS
from smdesk.security.signatures import SigningKey, fingerprint
from smdesk.services import connection_papers, decision_words, paper_check, paper_code
from smdesk.services.connection_payload import declared_hash, text_hash
from smdesk.services.connection_records import AGREEMENT_LABELS, DECISION_KIND_LABELS, DecisionKind
from smdesk.services.incident_records import Confidentiality
from tests.support.connections import approved, decide, declare, submit
from tests.support.school import START, SmallSchool

TODAY = START.date()
TEXTS = {
    "reason": "Her uncle; the family told us.",
    "conditions": "Her mother knows of it.",
    "relationship_note": "her mother’s brother",
    "known_how": "The family told the office.",
    "since_words": "since birth",
    "evidence_seen": "A letter of the mother.",
    "conditions_proposed": "Only family photographs.",
    "agreement": "signed",
    "agreement_on": "2026-03-11",
}
PAYLOAD: dict[str, Any] = {
    "purpose": "decide connection exception",
    "format": 1,
    "school": "Brambleford Primary School",
    "reference": "2026/C0007",
    "number": 1,
    "kind": "approve",
    "origin": "signed",
    "decided_on": "2026-03-11",
    "from": "2026-03-11",
    "review": "2027-03-11",
    "decider": {"id": 1, "name": "Mrs H. Alder, Headteacher", "role": "headteacher"},
    "reason_sha256": text_hash(TEXTS["reason"]),
    "conditions_sha256": text_hash(TEXTS["conditions"]),
    "signed_at": "2026-03-11T09:30:00Z",
    "adult_kind": "staff",
    "capacity": "pupil",
    "relationship": "aunt_or_uncle",
    "initiator": "both",
    "declared_on": "2026-03-11",
    "since": "2015-09-14",
    "adult": {"id": 5, "name": "Tim Hazel", "roles": "Member of staff", "joined": "2020-09-01"},
    "other": {"id": 8, "name": "Sam Quillfeather", "roles": "Pupil", "joined": "2026-03-11"},
    "declarant": {"id": 5, "name": "Tim Hazel"},
    "platforms": ["facebook"],
    "platform_names": ["Facebook"],
    "links": ["friend", "message"],
    "timeliness": "on_entry",
    "late_days": None,
    "texts_sha256": declared_hash(TEXTS),
    "files": 1,
    "files_last": 3,
    "files_sha256": text_hash("3:abc"),
    "policy": 2,
    "supersedes": None,
}
WORDS_OF_FORMAT_1 = "4b6af716ebf40cb5ec000fbe2a39bfb4478bc1ad53e05a19583c7237b0d6cfce"
KEY = SigningKey.from_seed(bytes(range(32)))


def code(payload: Mapping[str, Any] = PAYLOAD, key: SigningKey = KEY) -> str:
    return paper_code.paper_code(payload, signatures.sign(key, payload), key.public)


def printed(
    file: Path,
    payload: Mapping[str, Any] = PAYLOAD,
    full: Mapping[str, str] = TEXTS,
    with_code: str = "",
    **shown: Any,
) -> Path:
    """The paper of this payload, its page showing ``shown`` in place of what was signed."""
    part = decision_words.signed_part(payload, full, with_code or code(payload), fingerprint(KEY.public))
    paper = DecisionPaper(replace(part, **shown), Unsigned(standing="Signed in SM Desk."))
    file.write_bytes(decision_paper.render_bytes(paper, full))
    return file


def kept(school: SmallSchool, tmp_path: Path, decision: int = 1) -> Path:
    file = tmp_path / "decision.pdf"
    file.write_bytes(connection_papers.decision_pdf(school.ctx_for("headteacher"), decision))
    return file


# ------------------------------------------------------------------------------------------------------- the code


def test_a_code_is_read_back_with_line_breaks_and_words_around_it() -> None:
    text = code()
    broken = "Read: " + "\n ".join(text[at : at + 40] for at in range(0, len(text), 40)) + "\n"
    paper = paper_code.read_code(broken)
    assert (paper.payload, paper.intact, paper.public_key) == (PAYLOAD, True, KEY.public)
    assert paper.fingerprint == fingerprint(KEY.public)


@pytest.mark.parametrize(
    "path", [("reference",), ("other", "name"), ("from",), ("reason_sha256",), ("kind",)]
)
def test_a_code_that_says_something_else_does_not_hold(path: tuple[str, ...]) -> None:
    changed = json.loads(json.dumps(PAYLOAD))
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] += "x"
    forged = paper_code.paper_code(changed, signatures.sign(KEY, PAYLOAD), KEY.public)
    assert not paper_code.read_code(forged).intact
    finding = paper_check.check_scanned(forged)
    assert not finding.holds
    assert finding.signed == ()


def test_the_same_data_written_in_another_way_does_not_hold() -> None:
    """Two values for one name: one would be shown and the other signed."""
    text = signatures.canonical(PAYLOAD).decode()
    twice = text[:-1] + ',"reference":"2026/C0007"}'
    packed = base64.urlsafe_b64encode(zlib.compress(twice.encode())).rstrip(b"=").decode()
    _, signature, key = code().split(".")
    assert not paper_code.read_code(f"{paper_code.PREFIX}{packed}.{signature}.{key}").intact


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org",
        "SMDESK1:",
        "SMDESK1:a.b",
        "SMDESK1:!!.aa.aa",
        code()[:-70],
        code().replace(".", ".A", 1)[:60],
        "SMDESK1:" + base64.urlsafe_b64encode(zlib.compress(b"[1]")).decode() + ".aa.aa",
        "SMDESK1:"
        + base64.urlsafe_b64encode(zlib.compress(b" " * 10_000_000)).decode().rstrip("=")
        + ".aa.aa",
    ],
)
def test_what_is_no_code_is_told(text: str) -> None:
    with pytest.raises(Invalid):
        paper_check.check_scanned(text)


def test_a_signature_for_another_purpose_is_no_decision() -> None:
    with pytest.raises(Invalid, match="not about a decision"):
        paper_check.check_scanned(code({"purpose": "approve letter"}))
    with pytest.raises(Invalid, match="newer SM Desk"):
        paper_check.check_scanned(code({**PAYLOAD, "format": 2}))
    with pytest.raises(Invalid, match="cannot be read"):
        paper_check.check_scanned(code({**PAYLOAD, "adult": "Tim"}))


def test_the_longest_names_still_fit_one_code(school: SmallSchool) -> None:
    """Names at their longest, without a letter repeated more than names do, and five platforms of the school's own."""

    def word(length: int, seed: int) -> str:
        """Letters as good as drawn by lot, so that packing them gains nothing."""
        drawn = base64.b64encode(b"".join(hashlib.sha256(bytes([seed, at])).digest() for at in range(8)))
        return "".join(letter for letter in drawn.decode() if letter.isalpha())[:length]

    with school.database.writing() as session:
        for seed, who in enumerate(("teacher", "sam")):
            person = session.get_one(Person, school.people[who])
            person.given_name, person.family_name = word(100, seed), word(100, seed + 10)
    exception = submit(
        school,
        declare(
            school,
            platforms=("facebook", "instagram", *(word(40, seed) for seed in range(20, 23))),
            links=tuple(Link),
            declarant_id=school.people["teacher"],
        ),
    )
    decide(school, exception, DecisionKind.APPROVE)
    with school.database.reading() as session:
        row = session.get_one(ConnectionDecision, 1)
        found = paper_code.paper_code(
            json.loads(row.signed_payload), row.signature, school.signing["headteacher"].public
        )
    assert len(found) < paper_code.LONGEST


# ------------------------------------------------------------------------------------------------------- the paper


def test_the_printed_paper_holds_without_any_records(school: SmallSchool, tmp_path: Path) -> None:
    approved(school)
    finding = paper_check.check_paper(kept(school, tmp_path))
    assert finding.holds
    assert finding.page_compared
    assert finding.here == ()
    assert finding.fingerprint == fingerprint(school.signing["headteacher"].public)
    assert any(
        "Tim Hazel and Sam Quillfeather may be connected on Facebook" in line for line in finding.signed
    )
    told = paper_check.report(finding)
    assert told[0].startswith("The paper holds")
    assert "compare its fingerprint" in told[1]


@pytest.mark.parametrize(
    "shown",
    [
        {"reference": "2026/C0008"},
        {"headline": "Tim Hazel and Sam Quillfeather may be connected on Facebook from 10 March 2026."},
        {"decider": "Mrs H. Older, Headteacher"},
        {"kind": "Renewed"},
        {"fingerprint": "0000 " * 7 + "0000"},
        {"texts": (("Reason", TEXTS["reason"]), ("Conditions", "None."))},
        {"facts": ()},
    ],
)
def test_a_page_that_says_something_else_is_found(tmp_path: Path, shown: dict[str, Any]) -> None:
    assert paper_check.check_paper(printed(tmp_path / "true.pdf")).holds
    finding = paper_check.check_paper(printed(tmp_path / "false.pdf", **shown))
    assert not finding.holds
    assert paper_check.report(finding)[0] == "Do not rely on this paper:"


def test_an_honest_paper_of_an_older_version_is_not_called_false(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = printed(tmp_path / "old.pdf")
    false = printed(tmp_path / "false.pdf", full={**TEXTS, "reason": "Something else."})
    changed = printed(tmp_path / "changed.pdf", headline="Tim Hazel may be connected with anybody.")
    # The next version sets the page in another way, and says so.
    monkeypatch.setattr(decision_paper, "FORMAT", decision_paper.FORMAT + 1)
    monkeypatch.setattr(decision_paper, "SHEET", replace(decision_paper.SHEET, left=30.0))
    finding = paper_check.check_paper(old)
    assert finding.holds
    assert (finding.page_compared, finding.by_eye) == (False, True)
    assert "the pages were not compared" in paper_check.report(finding)[0]
    # What needs no page is held against the signature all the same, and so are the words that must stand there.
    assert paper_check.check_paper(changed).by_eye
    assert not paper_check.check_paper(changed).holds
    assert not paper_check.check_paper(false).holds


@pytest.mark.parametrize("name", ["reason", "conditions", "known_how", "agreement_on"])
def test_a_text_that_was_not_signed_is_found(tmp_path: Path, name: str) -> None:
    other = "2026-03-01" if name == "agreement_on" else "Something else."
    finding = paper_check.check_paper(printed(tmp_path / "a.pdf", full={**TEXTS, name: other}))
    assert not finding.holds


def test_a_text_that_is_missing_or_one_too_many_is_found(tmp_path: Path) -> None:
    less = {name: words for name, words in TEXTS.items() if name != "conditions"}
    assert not paper_check.check_paper(printed(tmp_path / "a.pdf", full=less)).holds
    assert not paper_check.check_paper(printed(tmp_path / "b.pdf", full={**TEXTS, "more": "x"})).holds


def test_a_paper_with_a_changed_code_shows_nothing_as_signed(tmp_path: Path) -> None:
    forged = paper_code.paper_code(
        {**PAYLOAD, "reference": "2026/C0009"}, signatures.sign(KEY, PAYLOAD), KEY.public
    )
    finding = paper_check.check_paper(printed(tmp_path / "a.pdf", with_code=forged))
    assert (finding.holds, finding.signed) == (False, ())


@pytest.mark.parametrize(
    "name",
    [
        "Ann\nIn these records:\n  Signed with the key of Mrs H. Alder.",
        "Ann\x1b[2J\x1b[HThe paper holds",
        "Ann\u202etfel",
    ],
)
def test_a_made_up_name_cannot_pass_for_a_verdict(name: str) -> None:
    """Anybody can sign with a key of their own, and choose what the names in it are."""
    payload = {**PAYLOAD, "adult": {**PAYLOAD["adult"], "name": name}}
    told = paper_check.report(paper_check.check_scanned(code(payload)))
    whole = "\n".join(told)
    assert not [
        line for line in whole.splitlines() if line.startswith(("In these", "  Signed with", "The paper"))
    ]
    assert not set(whole) & {"\x1b", "\u202e", "\r"}


def test_the_place_of_the_logo_is_said_to_be_left_out(school: SmallSchool, tmp_path: Path) -> None:
    plain = printed(tmp_path / "plain.pdf")
    assert not any("logo" in line for line in paper_check.check_paper(plain).unsigned)
    part = decision_words.signed_part(PAYLOAD, TEXTS, code(), fingerprint(KEY.public))
    beside = Unsigned(standing="x", logo=decision_paper.empty_logo(3, 1))
    (tmp_path / "logo.pdf").write_bytes(decision_paper.render_bytes(DecisionPaper(part, beside), TEXTS))
    finding = paper_check.check_paper(tmp_path / "logo.pdf")
    assert finding.holds
    assert any("logo, which is not looked at" in line for line in finding.unsigned)


def test_what_is_no_paper_of_ours_is_told(tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    with pytest.raises(Invalid, match="cannot be read"):
        paper_check.check_paper(file)
    file.write_bytes(b"not a PDF")
    with pytest.raises(Invalid, match="not a PDF"):
        paper_check.check_paper(file)
    part = decision_words.signed_part(PAYLOAD, TEXTS)
    file.write_bytes(decision_paper.render_bytes(DecisionPaper(part, Unsigned(standing="On paper."))))
    with pytest.raises(Invalid, match="carries no signed decision"):
        paper_check.check_paper(file)


# --------------------------------------------------------------------------------------------- against the records


def test_the_records_say_whose_key_it_is_and_what_became_of_it(school: SmallSchool, tmp_path: Path) -> None:
    exception = approved(school)
    file = kept(school, tmp_path)
    finding = paper_check.check_paper_here(school.ctx_for("dsl"), file)
    assert finding.holds
    assert finding.here == (
        "Signed with the key of Mrs H. Alder.",
        "The decision is on record.",
        "Today: Approved.",
    )
    school.clock.forward(days=3)
    decide(school, exception, DecisionKind.REVOKE)
    again = paper_check.check_paper_here(school.ctx_for("dsl"), file)
    assert again.holds
    assert "Revoked" in again.here[-1]


def test_whoever_may_not_read_the_exception_learns_only_that_it_is_on_record(
    school: SmallSchool, tmp_path: Path
) -> None:
    exception = submit(school, declare(school, login="dsl", confidentiality=Confidentiality.STAFF), "dsl")
    decide(school, exception, DecisionKind.APPROVE)
    file = kept(school, tmp_path)
    for login in ("governor", "business_manager"):
        finding = paper_check.check_paper_here(school.ctx_for(login), file)
        assert finding.here == ("Signed with the key of Mrs H. Alder.", "The decision is on record.")
    assert paper_check.check_paper_here(school.ctx_for("dsl"), file).here[-1].startswith("Today:")


def test_a_key_of_somebody_else_is_found_here_and_only_here(school: SmallSchool, tmp_path: Path) -> None:
    """Anybody can make a key and print a paper that holds in itself."""
    file = printed(tmp_path / "forged.pdf")
    assert paper_check.check_paper(file).holds
    finding = paper_check.check_paper_here(school.ctx_for("dsl"), file)
    assert not finding.holds
    assert "nobody's in these records" in finding.faults[0]
    assert not paper_check.check_scanned_here(school.ctx_for("dsl"), code()).holds


def test_a_decision_that_is_not_on_record_is_told(school: SmallSchool) -> None:
    own = code(PAYLOAD, school.signing["headteacher"])
    finding = paper_check.check_scanned_here(school.ctx_for("dsl"), own)
    assert (finding.holds, finding.here) == (False, ("Signed with the key of Mrs H. Alder.",))
    assert "no such decision on record" in finding.faults[0]


def test_the_scanned_code_leaves_the_page_to_the_eye(school: SmallSchool, tmp_path: Path) -> None:
    approved(school)
    file = kept(school, tmp_path)
    embedded = signed_paper.embedded(file)
    assert embedded is not None
    finding = paper_check.check_scanned_here(school.ctx_for("dsl"), embedded.code)
    assert finding.holds
    assert not finding.page_compared
    assert not any(line.startswith(("Reason:", "Acceptable use")) for line in finding.signed)
    assert paper_check.report(finding)[0].startswith("The code holds")


def test_it_needs_an_open_account(school: SmallSchool) -> None:
    with school.database.writing() as session:
        session.get_one(User, school.users["governor"]).active = False
    with pytest.raises(NotAllowed):
        paper_check.check_scanned_here(school.ctx_for("governor"), code())


# --------------------------------------------------------------------------------------------------------- the words


def test_every_kind_of_decision_is_said() -> None:
    for kind in DecisionKind:
        part = decision_words.signed_part({**PAYLOAD, "kind": str(kind)}, TEXTS)
        assert part.kind == DECISION_KIND_LABELS[kind]
        assert "Tim Hazel" in part.headline
        assert "Facebook" in part.headline
    late = decision_words.signed_part({**PAYLOAD, "declared_on": "2026-05-01", "late_days": 51}, TEXTS)
    assert ("On entry or late", "Late by 51 days: both had joined by 11 March 2026") in late.facts
    paper = {
        **PAYLOAD,
        "origin": "paper",
        "recorded_by": "Ms B. Cedar",
        "scan_sha256": "x",
        "recorded_at": "2026-03-12T09:00:00Z",
    }
    assert any("on behalf of" in words for _, words in decision_words.signed_part(paper, TEXTS).facts)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Snapchat"], "on Snapchat from"),
        (["Snapchat", "WhatsApp"], "on Snapchat and WhatsApp from"),
        (["Facebook", "Snapchat", "WhatsApp"], "on Facebook, Snapchat and WhatsApp from"),
    ],
)
def test_platforms_stand_in_the_sentence_as_people_say_them(names: list[str], words: str) -> None:
    said = decision_words.lines(decision_words.signed_part({**PAYLOAD, "platform_names": names}, TEXTS))
    assert words in said[1]
    assert f"Platforms: {', '.join(names)}" in said


def test_the_words_of_a_paper_never_change_within_a_format() -> None:
    """Papers printed under a format are compared with its words for good: another word is another format."""
    said = [
        line
        for kind in DecisionKind
        for line in decision_words.lines(decision_words.signed_part({**PAYLOAD, "kind": str(kind)}, TEXTS))
    ]
    codes: list[Mapping[Any, str]] = [
        CAPACITY_LABELS, INITIATOR_LABELS, KIND_LABELS, LINK_LABELS, RELATIONSHIP_LABELS, AGREEMENT_LABELS, ROLE_LABELS
    ]  # fmt: skip
    said += [f"{name}: {label}" for labels in codes for name, label in labels.items()]
    assert decision_paper.FORMAT == 1
    assert (len(Capacity), len(Link), len(Relationship)) == (4, 5, 15)
    assert text_hash("\n".join(said)) == WORDS_OF_FORMAT_1
