"""A signed decision on a business case in plain words: what the printed paper says, made from the signed payload alone.

Whoever prints a paper and whoever checks one come here, so that both have the same lines. A paper is compared with
these words years later: change none of them without raising ``documents.decision_paper.FORMAT``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.documents.decision_paper import Signed
from smdesk.errors import Invalid
from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.policy.words import written_day
from smdesk.security import signatures
from smdesk.services import case_signing
from smdesk.services.case_fields import TEXTS
from smdesk.services.case_records import CASE_DECISION_LABELS, CaseDecisionKind
from smdesk.services.case_signing import DECISION_TEXTS, FORMAT, PURPOSE, text_hash, texts_hash
from smdesk.services.connection_signing import merged_into
from smdesk.services.driver import driver

TEXT_LABELS: Final = {"reason": "reason", "conditions": "conditions", "present": "people present"}


def signed_part(
    payload: Mapping[str, Any], texts: Mapping[str, str], code: str = "", fingerprint: str = ""
) -> Signed:
    """What stands on the paper of a decision. ``texts`` are the full texts behind its hashes, as far as there are any.

    Raises Invalid where the payload is not one of such a decision, or was made by a newer program.
    """
    if payload.get("purpose") != PURPOSE:
        raise Invalid.one("code", "This code is not about a decision on a business case.")
    if payload.get("format") != FORMAT:
        raise Invalid.one("code", "This paper was made by a newer SM Desk. Check it there.")
    try:
        kind = CaseDecisionKind(payload["kind"])
        return Signed(
            school=_text(payload["school"]),
            reference=_text(payload["reference"]),
            kind=CASE_DECISION_LABELS[kind],
            headline=_headline(kind, payload),
            facts=tuple((label, words) for label, words in _facts(payload, texts) if words),
            texts=tuple(_texts(kind, texts)),
            decider=_text(payload["recorder"]["name"]),
            decided_on=date.fromisoformat(payload["decided_on"]),
            fingerprint=fingerprint,
            code=code,
            about="a business case",
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid.one("code", "The signed data of this paper cannot be read.") from error


def _headline(kind: CaseDecisionKind, payload: Mapping[str, Any]) -> str:
    account = f"“{_text(payload['proposed_name'])}” on {_text(payload['platform_name'])}"
    if kind is CaseDecisionKind.ASK_FOR_MORE:
        return f"Before it is decided about the account {account}, more is asked for."
    if kind is CaseDecisionKind.REJECT:
        return f"The account {account} is not approved."
    if payload["exists_already"]:
        return f"The account {account}, which exists already, is approved as an account of the school."
    return f"The account {account} is approved as an account of the school."


def _facts(payload: Mapping[str, Any], texts: Mapping[str, str]) -> list[tuple[str, str]]:
    members = [(_text(name), bool(agreed)) for _, name, agreed in payload["members"]]
    openness = OPENNESS_LABELS[Openness(payload["openness"])] if payload["openness"] else ""
    return [
        ("Decision", f"{payload['number']} on {payload['reference']}, {_day(payload['decided_on'])}"),
        ("Agreed", ", ".join(name for name, agreed in members if agreed)),
        ("Did not agree", ", ".join(name for name, agreed in members if not agreed)),
        ("Also present", texts.get("present", "")),
        ("Minute", _text(payload["minute"])),
        ("To be looked at again", _day(payload["review"])),
        ("Platform", _text(payload["platform_name"])),
        ("Name of the account", _text(payload["proposed_name"])),
        ("Link", _text(payload["link"])),
        ("Exists already", "Yes" if payload["exists_already"] else "No"),
        ("Proposed by", _text(payload["proposer"]["name"])),
        ("Put forward", _day(payload["submitted_on"])),
        ("Aim", texts.get("aim", "")),
        ("Audience", texts.get("audience", "")),
        ("Promotion", texts.get("promotion", "")),
        ("Run by", "; ".join(_runner(each) for each in payload["runners"])),
        ("Open or private", ". ".join(part for part in (openness, texts.get("openness_note", "")) if part)),
        ("Age of the audience", texts.get("audience_age", "")),
        ("Consents", texts.get("consents", "")),
        ("In the holidays", texts.get("holidays", "")),
        ("When somebody leaves", texts.get("when_runners_leave", "")),
        ("Acknowledged and trained", "; ".join(_ready(each) for each in payload["runners"])),
        ("After", _text(payload["supersedes"] or "")),
        ("Policy of the school", f"Version {payload['policy']}"),
    ]


def _runner(runner: Mapping[str, Any]) -> str:
    what = ["staff" if runner["staff"] else "not staff"]
    if runner["responsible"]:
        what.append("responsible")
    return f"{_text(runner['name'])} ({', '.join(what)})"


def _ready(runner: Mapping[str, Any]) -> str:
    held = ", ".join(f"{_text(what)} on {_day(on)}" for what, on in runner["ready"]) or "nothing on record"
    return f"{_text(runner['name'])}: {held}"


def _texts(kind: CaseDecisionKind, texts: Mapping[str, str]) -> list[tuple[str, str]]:
    found = [("Reason", texts.get("reason", ""))]
    if kind is CaseDecisionKind.APPROVE:
        found.append(("Conditions", texts.get("conditions", "")))
    return found


def text_faults(payload: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """The full texts in a paper's file must be those whose hashes were signed: a sentence for each that is not."""
    faults = [
        f"The text of the {label} in the file is not the one that was signed."
        for name, label in TEXT_LABELS.items()
        if text_hash(texts.get(name, "")) != payload.get(f"{name}_sha256")
    ]
    if texts_hash({name: texts.get(name, "") for name in TEXTS}) != payload.get("texts_sha256"):
        faults.append("What was put forward in words is not, in the file, what was signed.")
    if extra := set(texts) - {*DECISION_TEXTS, *TEXTS}:
        faults.append(f"The file holds texts that were never signed: {', '.join(sorted(extra))}.")
    return faults


def on_record(
    session: Session, payload: Mapping[str, Any], signature: bytes
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the records here say of a paper's decision: faults, and what else is told."""
    row = case_signing.by_signature(session, signature)
    if row is None:
        gone = "There is no such decision on record here, though the key is known. Ask who took it out."
        return (gone,), ()
    wrong = case_signing.row_fault(row, merged_into(driver(session)))
    faults = [wrong] if wrong else []
    if signatures.canonical(payload).decode("utf-8") != row["signed_payload"]:
        faults.append("The decision on record with this signature says something else.")
    return tuple(faults), ("The decision is on record.",)


def _day(text: str | None) -> str:
    return written_day(date.fromisoformat(text)) if text else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is wanted")
    return value
