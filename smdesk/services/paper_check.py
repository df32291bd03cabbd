"""Checking a printed decision: from its file or its scanned code, without records, and against the records here.

Without records it can be said that nothing on the paper was changed since it was signed, and with which key. Whose key
it is says the fingerprint, or the records of the school.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, SigningKey
from smdesk.documents import signed_paper
from smdesk.documents.decision_paper import DecisionPaper, Signed
from smdesk.errors import Invalid
from smdesk.security import signatures
from smdesk.security.permissions import Permission, Sight
from smdesk.services import (
    case_signing,
    case_words,
    connection_sight,
    connection_signing,
    connection_views,
    decision_words,
    paper_code,
)
from smdesk.services.connection_payload import TEXTS, declared_hash, stored_rows, text_hash
from smdesk.services.connection_records import PaperAnswer
from smdesk.services.context import Context, needs, open_to_all
from smdesk.services.driver import driver
from smdesk.services.paper_code import SignedPaper
from smdesk.services.user_records import key_flag

_OFFLINE: Final = "Needs no records: whoever holds the paper may check it."
_BY_SUM: Final = (
    "Reason, conditions and declared words are signed as check sums: they are compared in the paper's file."
)


@dataclass(frozen=True, slots=True)
class PaperFinding:
    """What came of checking a paper.

    ``faults`` are sentences, none where it holds. ``signed`` are the lines that were signed, for a person to compare
    with the paper; ``unsigned`` those printed beside them, which nobody signed. ``here`` is what the records add: whose
    key, whether the decision is on record and stands; empty where they were not asked.
    """

    faults: tuple[str, ...]
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]
    fingerprint: str
    page_compared: bool
    """The page itself was held against the signed data, not only the code read."""
    here: tuple[str, ...] = ()
    by_eye: bool = False
    """The file says that an older SM Desk set its pages, so that they are not like ours. It may only say so: whoever
    changed a page could as well have changed that. So such a paper is never simply called good."""

    @property
    def holds(self) -> bool:
        """Nothing speaks against it. Without records, the fingerprint still has to be compared."""
        return not self.faults


@open_to_all(_OFFLINE)
def check_paper(file: Path) -> PaperFinding:
    """Check the PDF of a decision: its signature, its full texts, and every line and picture of its pages.

    Raises Invalid where the file is no PDF, or is no signed paper of SM Desk (a scan: its code can still be read).
    """
    return _checked(file)[0]


@open_to_all(_OFFLINE)
def check_scanned(text: str) -> PaperFinding:
    """Check the code scanned from a paper. The page is left to whoever compares it. Raises Invalid for no code."""
    return _scanned(text)[0]


@needs(Permission.VERIFY_RUN)
def check_paper_here(ctx: Context, file: Path) -> PaperFinding:
    """``check_paper``, and what the records say: whose key it is, and whether the decision is on record and stands."""
    finding, paper = _checked(file)
    return _against_records(ctx, finding, paper)


@needs(Permission.VERIFY_RUN)
def check_scanned_here(ctx: Context, text: str) -> PaperFinding:
    """``check_scanned``, and what the records say, as ``check_paper_here``."""
    finding, paper = _scanned(text)
    return _against_records(ctx, finding, paper)


@open_to_all(_OFFLINE)
def report(finding: PaperFinding) -> tuple[str, ...]:
    """A finding line by line: the verdict, what speaks against it, whose key it is, and what was signed."""
    told = []
    if finding.faults:
        told += ["Do not rely on this paper:", *(f"  {fault}" for fault in finding.faults)]
    elif finding.by_eye:
        told.append(
            "The signature is good, but the pages were not compared: the file says that an older SM Desk set them. "
            "Compare the lines below with the paper, and believe nothing else on it."
        )
    elif finding.page_compared:
        told.append("The paper holds: its signature is good, and its pages say what was signed.")
    else:
        told.append("The code holds: its signature is good. Compare the lines below with the paper.")
    if finding.here:
        told += ["In these records:", *(f"  {line}" for line in finding.here)]
    elif not finding.faults:
        told.append(
            "Anybody can make a key: compare its fingerprint with the one the school has on record for whoever signed. "
            "Whether the decision still stands today, the school's records say."
        )
    told.append(f"Fingerprint of the key: {finding.fingerprint}")
    if finding.signed:
        told += ["Signed:", *(f"  {line}" for line in finding.signed)]
    if finding.unsigned:
        told += ["Printed beside it, not signed:", *(f"  {line}" for line in finding.unsigned)]
    return tuple(_as_said(line) for line in told)


def _as_said(line: str) -> str:
    """A line that cannot pass for another one. Whoever made the paper chose its words: a line end in a name could
    begin a verdict of its own, and a control character could write over ours on a terminal.
    """
    shown = "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Zl", "Zp") else "\ufffd"
        for letter in line.replace("\r\n", "\n").translate(_TURNING)
    )
    return shown.replace("\n", "\n    | ")


_TURNING: Final = dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C), "\ufffd"
)
"""Characters that turn the direction of writing, and so the order in which words are read."""


def _scanned(text: str) -> tuple[PaperFinding, SignedPaper]:
    paper = paper_code.read_code(text)
    signed: tuple[str, ...] = ()
    faults = []
    if not paper.intact:
        faults.append("The code was changed after it was signed: the signature does not hold.")
    else:
        # The free texts are not in the code, only their hashes: they are compared from the file or by hand.
        part = replace(_in_words(paper.payload, {}), texts=())
        signed = (*decision_words.lines(part), _BY_SUM)
    return PaperFinding(tuple(faults), signed, (), paper.fingerprint, False), paper


def _checked(file: Path) -> tuple[PaperFinding, SignedPaper]:
    kept = signed_paper.embedded(file)
    if kept is None:
        raise Invalid.one(
            "file",
            f"“{file.name}” carries no signed decision: it is a scan, an unsigned paper, or another program's file. "
            "Scan the code on the paper and paste its text.",
        )
    paper = paper_code.read_code(kept.code)
    unsigned = tuple(signed_paper.unsigned_lines(kept.unsigned))
    if not paper.intact:
        fault = "The code in the file was changed after it was signed: the signature does not hold."
        return PaperFinding((fault,), (), unsigned, paper.fingerprint, False), paper
    part = _in_words(paper.payload, kept.texts, _one_line(kept.code), paper.fingerprint)
    faults = _text_faults(paper.payload, kept.texts)
    signed = decision_words.lines(part)
    if kept.comparable:
        faults += signed_paper.compare(file, DecisionPaper(part, kept.unsigned))
    else:
        facts = [words for pair in part.facts for words in pair]
        texts = [words for _, words in part.texts]
        faults += signed_paper.wanting(file, [part.headline, part.decider, *facts, *texts])
    return PaperFinding(
        tuple(faults),
        signed,
        unsigned,
        paper.fingerprint,
        kept.comparable,
        by_eye=not kept.comparable,
    ), paper


def _one_line(code: str) -> str:
    return "".join(code.split())


def _is_case(payload: Mapping[str, Any]) -> bool:
    return payload.get("purpose") == case_signing.PURPOSE


def _in_words(
    payload: Mapping[str, Any], texts: Mapping[str, str], code: str = "", fingerprint: str = ""
) -> Signed:
    signed_part = case_words.signed_part if _is_case(payload) else decision_words.signed_part
    return signed_part(payload, texts, code, fingerprint)


def _text_faults(payload: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """The full texts in the file must be those whose hashes were signed."""
    if _is_case(payload):
        return case_words.text_faults(payload, texts)
    faults = []
    for name, label in (("reason", "reason"), ("conditions", "conditions")):
        if text_hash(texts.get(name, "")) != payload.get(f"{name}_sha256"):
            faults.append(f"The text of the {label} in the file is not the one that was signed.")
    if declared_hash({name: texts.get(name, "") for name in TEXTS}) != payload.get("texts_sha256"):
        faults.append("What was declared in words is not, in the file, what was signed.")
    if extra := set(texts) - {"reason", "conditions", *TEXTS}:
        faults.append(f"The file holds texts that were never signed: {', '.join(sorted(extra))}.")
    return faults


def _against_records(ctx: Context, finding: PaperFinding, paper: SignedPaper) -> PaperFinding:
    if not paper.intact:
        return finding
    with ctx.database.reading() as session:
        raw = driver(session)
        owner = raw.execute(
            "SELECT u.name, k.id FROM signing_key k JOIN user u ON u.id = k.user_id WHERE k.public_key = ?",
            (paper.public_key,),
        ).fetchone()
        if owner is None:
            fault = (
                "The key is nobody's in these records: the paper was signed somewhere else, or by somebody who only "
                "says who they are."
            )
            return replace(finding, faults=(*finding.faults, fault))
        here = [f"Signed with the key of {owner[0]}."]
        flag = key_flag(session.get(SigningKey, owner[1]))
        if flag:
            here.append(flag)
        if _is_case(paper.payload):
            wrong_here, told = case_words.on_record(session, paper.payload, paper.signature)
            return replace(finding, faults=(*finding.faults, *wrong_here), here=(*here, *told))
        found = next((row for row in stored_rows(raw, "d.signature = ?", (paper.signature,))), None)
        if found is None:
            fault = "There is no such decision on record here, though the key is known. Ask who took it out."
            return replace(finding, faults=(*finding.faults, fault), here=tuple(here))
        wrong = connection_signing.row_fault(found, connection_signing.merged_into(raw))
        faults = [wrong] if wrong else []
        if signatures.canonical(paper.payload).decode("utf-8") != found["signed_payload"]:
            faults.append("The decision on record with this signature says something else.")
        if found["answer"] == PaperAnswer.CONFIRMED:
            here.append("Made on paper, recorded by the office, and confirmed by the decider.")
        here.append("The decision is on record.")
        here += _stands(ctx, session, found["exception_id"])
    return replace(finding, faults=(*finding.faults, *faults), here=tuple(here))


def _stands(ctx: Context, session: Session, exception_id: int) -> list[str]:
    """What became of the exception since, for a reader to whom it is open."""
    exception = session.get_one(ConnectionException, exception_id)
    if connection_sight.sight_of(connection_sight.reader(session, ctx), exception) is not Sight.FULL:
        return []
    return [f"Today: {connection_views.words_on(session, exception, ctx.today())}."]
