"""All tables, one module per subject."""

from smdesk.db.models.audit import AuditDetail, AuditEntry
from smdesk.db.models.base import Base, UtcDateTime, from_utc_text, utc_text
from smdesk.db.models.connections import (
    ConnectionDecision,
    ConnectionEvent,
    ConnectionException,
    ConnectionFile,
    ExceptionPlatform,
    RelationshipQuestion,
)
from smdesk.db.models.incidents import (
    Entry,
    Evidence,
    Incident,
    IncidentConduct,
    IncidentFourC,
    IncidentLink,
    IncidentPerson,
)
from smdesk.db.models.letters import Letter
from smdesk.db.models.people import Consent, Person, PersonLink, PersonMerge
from smdesk.db.models.school import (
    AppliedMigration,
    Draft,
    PolicyProfile,
    School,
    SigningKey,
    User,
    UserSetting,
)

__all__ = [
    "AppliedMigration",
    "AuditDetail",
    "AuditEntry",
    "Base",
    "ConnectionDecision",
    "ConnectionEvent",
    "ConnectionException",
    "ConnectionFile",
    "Consent",
    "Draft",
    "Entry",
    "Evidence",
    "ExceptionPlatform",
    "Incident",
    "IncidentConduct",
    "IncidentFourC",
    "IncidentLink",
    "IncidentPerson",
    "Letter",
    "Person",
    "PersonLink",
    "PersonMerge",
    "PolicyProfile",
    "RelationshipQuestion",
    "School",
    "SigningKey",
    "User",
    "UserSetting",
    "UtcDateTime",
    "from_utc_text",
    "utc_text",
]
