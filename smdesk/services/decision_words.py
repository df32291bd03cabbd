"""A signed decision in plain words: what the printed paper says, made from the signed payload and nothing else.

Whoever prints a paper and whoever checks one come here, so that both have the same lines. A paper is compared with
these words years later: change none of them without raising ``documents.decision_paper.FORMAT``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from smdesk.documents.decision_paper import Signed
from smdesk.errors import Invalid
from smdesk.policy import connections as policy
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    INITIATOR_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    Capacity,
    Initiator,
    Link,
    Relationship,
)
from smdesk.policy.words import listed, written_day
from smdesk.security.permissions import ROLE_LABELS, Role
from smdesk.services.connection_payload import FORMAT, PURPOSE
from smdesk.services.connection_records import (
    AGREEMENT_LABELS,
    ALLOWING,
    DECISION_KIND_LABELS,
    ENDING,
    Agreement,
    DecisionKind,
    DecisionOrigin,
)


def signed_part(
    payload: Mapping[str, Any], texts: Mapping[str, str], code: str = "", fingerprint: str = ""
) -> Signed:
    """What stands on the paper of a decision. ``texts`` are the full texts behind its hashes, as far as there are any.

    ``code`` and ``fingerprint`` stay empty for a decision that nobody signed. Raises Invalid where the payload is not
    one of a decision, or was made by a newer program.
    """
    if payload.get("purpose") != PURPOSE:
        raise Invalid.one("code", "This code is not about a decision on a connection.")
    if payload.get("format") != FORMAT:
        raise Invalid.one("code", "This paper was made by a newer SM Desk. Check it there.")
    try:
        kind = DecisionKind(payload["kind"])
        return Signed(
            school=_text(payload["school"]),
            reference=_text(payload["reference"]),
            kind=DECISION_KIND_LABELS[kind],
            headline=_headline(kind, payload),
            facts=tuple(_facts(kind, payload, texts)),
            texts=tuple(_texts(kind, texts)),
            decider=_text(payload["decider"]["name"]),
            decided_on=date.fromisoformat(payload["decided_on"]),
            fingerprint=fingerprint,
            code=code,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid.one("code", "The signed data of this paper cannot be read.") from error


def lines(signed: Signed) -> tuple[str, ...]:
    """The signed data line by line, to be compared with a paper at hand."""
    found = [f"{signed.school}, {signed.reference}", signed.headline]
    found += [f"{label}: {words}" for label, words in signed.facts]
    found += [f"{heading}: {words or 'None.'}" for heading, words in signed.texts]
    if signed.about == "a connection":
        found.append(f"Decided by {signed.decider} on {written_day(signed.decided_on)}")
    else:
        # The leadership team decides; whoever signs has recorded it (ACC-2).
        found.append(f"Recorded and signed by {signed.decider}, decided on {written_day(signed.decided_on)}")
    return tuple(found)


def _headline(kind: DecisionKind, payload: Mapping[str, Any]) -> str:
    two = f"{_text(payload['adult']['name'])} and {_text(payload['other']['name'])}"
    where = listed(_platforms(payload))
    begins = _day(payload["from"])
    if kind is DecisionKind.APPROVE:
        return f"{two} may be connected on {where} from {begins}."
    if kind is DecisionKind.REFUSE:
        return f"{two} may not be connected on {where}."
    if kind is DecisionKind.RENEW:
        return f"{two} may stay connected on {where}, to be looked at again on {_day(payload['review'])}."
    if kind is DecisionKind.ASK_FOR_MORE:
        return f"Before it is decided whether {two} may be connected on {where}, more is asked for."
    return f"{two} may not be connected on {where} any more from {begins}."


def _facts(kind: DecisionKind, payload: Mapping[str, Any], texts: Mapping[str, str]) -> list[tuple[str, str]]:
    relationship = (
        RELATIONSHIP_LABELS[Relationship(payload["relationship"])] if payload["relationship"] else ""
    )
    other = CAPACITY_LABELS[Capacity(payload["capacity"])]
    adult, second = _person(payload["adult"], ""), _person(payload["other"], other)
    found = [
        ("Decision", f"{payload['number']} on {payload['reference']}, {_day(payload['decided_on'])}"),
        ("Adult", adult),
        (other, second),
        ("The adult is their", _with(relationship, texts.get("relationship_note", ""))),
        ("How the school knows", texts.get("known_how", "")),
        ("Since", _with(_day(payload["since"]), texts.get("since_words", ""))),
        ("Platforms", ", ".join(_platforms(payload))),
        ("Kind of link", ", ".join(LINK_LABELS[Link(each)] for each in payload["links"])),
        ("Who began it", INITIATOR_LABELS[Initiator(payload["initiator"])]),
        ("Declared", _declared(payload)),
        ("On entry or late", _timely(payload)),
        ("Evidence seen", texts.get("evidence_seen", "")),
        ("Files kept with it", str(payload["files"]) if payload["files"] else ""),
        ("Conditions proposed", texts.get("conditions_proposed", "")),
        ("Acceptable use agreement", _agreement(texts)),
    ]
    if kind is DecisionKind.APPROVE:
        found.append(("Allowed from", _day(payload["from"])))
    if kind in ENDING:
        found.append(("Not allowed any more from", _day(payload["from"])))
    if kind in ALLOWING:
        found.append(("To be looked at again", _day(payload["review"])))
    found.append(("In place of", _text(payload["supersedes"] or "")))
    found.append(("Policy of the school", f"Version {payload['policy']}"))
    if payload["origin"] != DecisionOrigin.IMPORTED:
        # CON-5: years later a name alone does not say whether it was hers to decide.
        found.append(("Decided as", ROLE_LABELS[Role(payload["decider"]["role"])]))
    if payload["origin"] == DecisionOrigin.PAPER:
        recorded = _text(payload["recorded_by"])
        found.append(("Made on paper", f"Recorded on behalf of the decider by {recorded}; the scan is kept"))
    return [(label, words) for label, words in found if words]


def _texts(kind: DecisionKind, texts: Mapping[str, str]) -> list[tuple[str, str]]:
    found = [("Reason", texts.get("reason", ""))]
    if kind in ALLOWING:
        found.append(("Conditions", texts.get("conditions", "")))
    return found


def _person(person: Mapping[str, Any], label: str) -> str:
    name, roles = _text(person["name"]), _text(person["roles"])
    words = name if roles == label else f"{name} ({roles})"
    return f"{words}, joined {_day(person['joined'])}" if person["joined"] else words


def _declared(payload: Mapping[str, Any]) -> str:
    words = _day(payload["declared_on"])
    declarant = payload["declarant"]
    return f"{words}, by {_text(declarant['name'])}" if declarant else words


def _timely(payload: Mapping[str, Any]) -> str:
    joined = [_date(payload[side]["joined"]) for side in ("adult", "other")]
    return policy.timeliness_words(
        joined[0], joined[1], date.fromisoformat(payload["declared_on"]), _date(payload["since"])
    )


def _agreement(texts: Mapping[str, str]) -> str:
    if "agreement" not in texts:
        return ""
    held = Agreement(texts["agreement"])
    on = texts.get("agreement_on", "")
    words = AGREEMENT_LABELS[held]
    return f"{words}, {_day(on)}" if on and held is not Agreement.NOT_ASKED else words


def _platforms(payload: Mapping[str, Any]) -> list[str]:
    return [_text(each) for each in payload["platform_names"]]


def _with(first: str, second: str) -> str:
    return ", ".join(part for part in (first, second) if part)


def _day(text: str | None) -> str:
    return written_day(date.fromisoformat(text)) if text else ""


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is wanted")
    return value
