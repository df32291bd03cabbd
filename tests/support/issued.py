"""Letters that were issued, for tests of what becomes of them afterwards."""

from __future__ import annotations

from smdesk.services import letters
from smdesk.services.letter_records import LetterKind
from tests.support.school import SmallSchool


def issued_letter(school: SmallSchool, incident: int | None = None) -> int:
    """An invitation that was drafted, approved and issued."""
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    saved = letters.draft(office, school.incident() if incident is None else incident, LetterKind.INVITATION)
    saved = letters.submit(office, saved.id, saved.version)
    saved = letters.approve(head, saved.id, saved.version)
    return letters.issue(office, saved.id, saved.version).id
