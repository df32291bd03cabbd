"""What a letter is about: an incident, or an exception from the rule on connections. The one place that knows both.

Everything else about letters asks here for the reference, for who may see it, who decides and what is written down.
Session first, as in ``letter_state``.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, Incident, Letter
from smdesk.services import incident_words

Matter = Incident | ConnectionException


def stored(session: Session, letter: Letter) -> Matter:
    """What this letter is about, whoever may see it."""
    if letter.incident_id is not None:
        return session.get_one(Incident, letter.incident_id)
    return session.get_one(ConnectionException, letter.exception_id)


def reference(matter: Matter) -> str:
    """As printed: "2026/0042" for an incident, "2026/C0007" for an exception."""
    if isinstance(matter, Incident):
        return incident_words.reference(matter.year, matter.number)
    return f"{matter.year}/C{matter.number:04d}"
