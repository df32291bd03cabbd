"""What stands behind an approved letter: the signed payload, and the file kept of an issued one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import evidence
from smdesk.db.models import Letter, SigningKey, utc_text
from smdesk.errors import Refused, Tampered
from smdesk.security.signatures import verify
from smdesk.services import letter_matter
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import Envelope, PaperLook
from smdesk.services.letter_state import number

PAPER: Final = "smdesk letter 1"
"""What an issued letter's file is bound to."""


def payload(
    letter: Letter, matter: Matter, names: Sequence[int], about: object = None, beside: object = None
) -> dict[str, Any]:
    """What is signed. Ids that a later merge of people may change are left out.

    ``about`` is what the matter's module said of it when the letter was approved, ``beside`` what ``letter_paper`` said
    of all that its pages hold beside the text (None for letters approved before). What letters could not hold before
    (another language, an office, a look) is named only where there is some, so that older signatures hold.
    """
    english = [letter.english_subject, letter.english_salutation, letter.english_body]
    extra: dict[str, Any] = {
        "about": about,
        "beside": beside,
        "recipient": letter.recipient or None,
        "language": letter.language if letter.language != ENGLISH else None,
        "english_sha256": _sha256(json.dumps(english)) if any(english) else None,
        "look": letter.look if letter.look != PaperLook.STANDARD else None,
        "envelope": letter.envelope if letter.envelope != Envelope.DL else None,
        "wording": letter.wording_id,
    }
    return {
        **{name: value for name, value in extra.items() if value is not None},
        "purpose": "approve letter",
        "letter": letter.id,
        letter_matter.kind(matter): letter_matter.reference(matter),
        "kind": letter.kind,
        "addressee": letter.addressee,
        "salutation": letter.salutation,
        "subject": letter.subject,
        "body_sha256": _sha256(letter.body),
        "reply_by": letter.reply_by.isoformat() if letter.reply_by else None,
        "policy_version": letter_matter.policy_version(matter),
        "step_reason": letter.step_reason,
        "names_reason": letter.names_reason,
        "names": sorted(set(names)),
        "approved_by": letter.approved_by,
        "approved_at": utc_text(letter.approved_at) if letter.approved_at else None,
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def approved_names(letter: Letter) -> set[int]:
    """Whose names the decider saw in the text and let stand (part of what was signed)."""
    return set(json.loads(letter.signed_payload)["names"]) if letter.signed_payload else set()


def approved_about(letter: Letter) -> object:
    """Whom and what an approved letter was about when it was signed; None for a letter about an incident."""
    return json.loads(letter.signed_payload).get("about") if letter.signed_payload else None


def approved_beside(letter: Letter) -> Mapping[str, str]:
    """What stood on an approved letter's pages beside its text when it was signed; empty where nobody signed that."""
    return (json.loads(letter.signed_payload).get("beside") or {}) if letter.signed_payload else {}


def signature_fault(session: Session, letter: Letter, matter: Matter) -> str:
    """What is wrong with an approved letter's signature, or "". The text, not only the note of it, is compared."""
    where = f"The letter {number(letter) or letter.id} of {letter_matter.reference(matter)}"
    key = session.get(SigningKey, letter.signing_key_id) if letter.signing_key_id is not None else None
    if key is None or letter.signature is None or letter.signed_payload is None:
        return f"{where} counts as approved but carries no signature."
    if key.user_id != letter.approved_by:
        return f"{where} is signed with a key that does not belong to whoever approved it."
    try:
        signed = json.loads(letter.signed_payload)
        intact = verify(key.public_key, signed, letter.signature)
    except (ValueError, TypeError):
        return f"{where} carries a signature that cannot be read."
    if not intact:
        return f"{where} carries a signature that is not its approver's."
    stands = payload(letter, matter, signed.get("names", []), signed.get("about"), signed.get("beside"))
    if signed != stands:
        return f"{where} is not the letter that was approved: its text or addressee was changed afterwards."
    return ""


def check_signature(session: Session, letter: Letter, matter: Matter) -> None:
    """Raise Tampered where the letter is not what was signed."""
    fault = signature_fault(session, letter, matter)
    if fault:
        raise Tampered(f"{fault} Do not send it; run “smdesk verify”.")


def stored_paper(papers: Path, letter: Letter) -> bytes:
    """The PDF that was issued. Raises Tampered or Damaged where it is not the one that was stored."""
    if letter.stored_name is None or letter.file_key is None:
        raise Refused("This letter has not been issued yet.")
    content: bytes = evidence.read(papers, letter.stored_name, letter.file_key, PAPER)
    if hashlib.sha256(content).hexdigest() != letter.sha256 or len(content) != letter.size:
        raise Tampered(
            f"The letter {number(letter)} is not the one that was issued: file and record differ. Restore it from a "
            "backup."
        )
    return content
