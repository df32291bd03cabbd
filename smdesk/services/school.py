"""The school itself: its letterhead, its named contacts, and the few switches it may set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import School
from smdesk.errors import Conflict, FieldChange, Invalid, Problem
from smdesk.policy.vocabulary import NATION_LABELS, Nation
from smdesk.security.permissions import Permission
from smdesk.services import school_look
from smdesk.services.context import Context, Saved, needs, open_to_all
from smdesk.services.school_look import SchoolLook

if TYPE_CHECKING:  # loaded where a paper is made: every start loads this module
    from smdesk.documents.page import Letterhead

LOGO_MOST_BYTES: Final = 2 * 1024 * 1024

CONTACT_LABELS: Final[dict[str, str]] = {
    "parents": "Questions from parents",
    "staff": "Questions from staff",
    "safeguarding": "Safeguarding",
    "chair": "Chair of governors",
    "data_protection": "Data protection lead",
    "media": "Journalists and the media policy",
    "local_authority": "Local authority adviser",
    "parent_helpline": "Parent online-safety helpline",
}
"""Who answers which questions (PPL-4), whom letters lead to that concern the headteacher (CON-5), and who is told
before anybody replies to a journalist (REP-3). The names and numbers are the school's own.
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """A named contact: ``code`` is one of CONTACT_LABELS, ``detail`` a telephone number or e-mail address."""

    code: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SchoolSettings:
    """The switches a school may set. Bounds are in ``SETTING_BOUNDS``."""

    idle_minutes: int = 4
    """Minutes without a key press or a mouse movement before the program locks."""
    small_numbers_threshold: int = 5
    """Counts below this are not printed in the governor report (DOC-2)."""
    evidence_limit_mb: int = 50
    """Largest piece of evidence, in megabytes."""


SETTING_BOUNDS: Final[dict[str, tuple[int, int, str]]] = {
    "idle_minutes": (1, 60, "minutes before locking"),
    # Below 3 a suppressed figure can be guessed; above 20 the report says nothing.
    "small_numbers_threshold": (3, 20, "smallest number shown in reports"),
    "evidence_limit_mb": (1, 500, "largest piece of evidence in megabytes"),
}


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    """The school as shown and edited. ``address`` is lines separated by newlines, as on the letterhead."""

    name: str
    address: str
    nation: Nation = Nation.ENGLAND
    phone: str = ""
    email: str = ""
    website: str = ""
    logo: bytes | None = field(default=None, repr=False)
    complaints_procedure: str = ""
    official_channels: str = ""
    contacts: tuple[Contact, ...] = ()
    settings: SchoolSettings = field(default_factory=SchoolSettings)
    look: SchoolLook = field(default_factory=SchoolLook)
    version: int = 1


_LABELS: Final[dict[str, str]] = {
    "name": "Name",
    "address": "Address",
    "nation": "Nation",
    "phone": "Telephone",
    "email": "E-mail",
    "website": "Website",
    "logo": "Logo",
    "complaints_procedure": "Complaints procedure",
    "official_channels": "Official channels",
    "contacts": "Contacts",
    "settings": "Settings",
    "look": "Look of letters",
}
_MOST: Final[dict[str, int]] = {
    "name": 120,
    "phone": 40,
    "email": 200,
    "website": 200,
    "complaints_procedure": 500,
    "official_channels": 500,
}


@needs(Permission.SCHOOL_READ)
def get(ctx: Context) -> SchoolRecord:
    """The school's details as they stand now."""
    with ctx.database.reading() as session:
        return _record(_row(session))


@needs(Permission.SCHOOL_EDIT)
def save(ctx: Context, record: SchoolRecord, expected_version: int) -> Saved:
    """Save the school's details.

    Raises Invalid with every problem found, Conflict when somebody else saved since ``expected_version``.
    """
    found = problems(record)
    if found:
        raise Invalid(found)
    record = _tidied(record)
    record = replace(record, look=school_look.settled(record.look, record.logo))
    with ctx.database.writing() as session:
        row = _row(session)
        before = _record(row)
        if row.version != expected_version:
            raise Conflict(
                "The school's details were changed by somebody else while you were editing them.",
                _differences(before, record),
                row.version,
            )
        changed = _differences(before, record)
        held = row.settings
        for name, value in _columns(record).items():
            # What else is kept among the settings belongs to others.
            setattr(row, name, row.settings | value if name == "settings" else value)
        # The school's own words for spelling are kept beside the switches and are not part of this form.
        row.settings = {**held, **row.settings}
        row.version += 1
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="school.saved",
            object_kind="school",
            object_id=row.id,
            detail={change.field: [change.theirs, change.mine] for change in changed},
        )
        return Saved(row.id, row.version, frozenset({("school", row.id)}))


def first_row(session: Session, record: SchoolRecord, vault_id: str, profile_id: int, at: datetime) -> School:
    """The school's row on first run (``services.setup``); ``record`` has been looked at by ``problems``."""
    record = _tidied(record)
    record = replace(record, look=school_look.settled(record.look, record.logo))
    row = School(vault_id=vault_id, profile_id=profile_id, created_at=at, **_columns(record))
    session.add(row)
    session.flush()
    return row


def letterhead(row: School) -> Letterhead:
    """The school as it stands at the head of its papers."""
    from smdesk.documents.page import Letterhead

    return Letterhead(
        school=row.name,
        address=tuple(row.address.splitlines()),
        phone=row.phone,
        email=row.email,
        website=row.website,
        logo=row.logo,
        colour=school_look.colour(school_look.read(row.settings)),
    )


def _row(session: Session) -> School:
    return session.execute(select(School)).scalars().one()


def _record(row: School) -> SchoolRecord:
    known = {name: row.settings[name] for name in SETTING_BOUNDS if name in row.settings}
    return SchoolRecord(
        name=row.name,
        address=row.address,
        nation=Nation(row.nation),
        phone=row.phone,
        email=row.email,
        website=row.website,
        logo=row.logo,
        complaints_procedure=row.complaints_procedure,
        official_channels=row.official_channels,
        contacts=tuple(
            Contact(code, held.get("name", ""), held.get("detail", "")) for code, held in row.contacts.items()
        ),
        settings=SchoolSettings(**known),
        look=school_look.read(row.settings),
        version=row.version,
    )


def _columns(record: SchoolRecord) -> dict[str, Any]:
    """``record`` as the table's columns."""
    return {
        "name": record.name,
        "address": record.address,
        "nation": record.nation.value,
        "phone": record.phone,
        "email": record.email,
        "website": record.website,
        "logo": record.logo,
        "complaints_procedure": record.complaints_procedure,
        "official_channels": record.official_channels,
        "contacts": {each.code: {"name": each.name, "detail": each.detail} for each in record.contacts},
        "settings": {name: getattr(record.settings, name) for name in SETTING_BOUNDS}
        | school_look.write(record.look),
    }


def _tidied(record: SchoolRecord) -> SchoolRecord:
    lines = (line.strip() for line in record.address.splitlines())
    return SchoolRecord(
        name=record.name.strip(),
        address="\n".join(line for line in lines if line),
        nation=record.nation,
        phone=record.phone.strip(),
        email=record.email.strip(),
        website=record.website.strip(),
        logo=record.logo or None,
        complaints_procedure=record.complaints_procedure.strip(),
        official_channels=", ".join(
            part for part in (each.strip() for each in record.official_channels.split(",")) if part
        ),
        contacts=tuple(
            Contact(each.code, each.name.strip(), each.detail.strip())
            for each in record.contacts
            if each.name.strip() or each.detail.strip()
        ),
        settings=record.settings,
        look=record.look,
        version=record.version,
    )


@open_to_all("Looks only at what was typed; the first-run assistant asks before there are users.")
def problems(record: SchoolRecord) -> list[Problem]:
    """Everything wrong with the record, in the order of the form."""
    record = _tidied(record)
    found = []
    if not record.name:
        found.append(Problem("name", "The school's name is missing: it stands on every letter."))
    if not record.address:
        found.append(Problem("address", "The school's address is missing: it stands on every letter."))
    elif len(record.address.splitlines()) > 7 or max(map(len, record.address.splitlines())) > 60:
        found.append(Problem("address", "The address may have up to 7 lines of up to 60 letters each."))
    for name, most in _MOST.items():
        if len(getattr(record, name)) > most:
            found.append(Problem(name, f"{_LABELS[name]}: please use at most {most} letters."))
    if record.email and not _looks_like_email(record.email):
        found.append(Problem("email", "The e-mail address needs one @ and no spaces."))
    if record.nation not in NATION_LABELS:
        found.append(Problem("nation", "Choose England, Wales, Scotland or Northern Ireland."))
    unknown = [each.code for each in record.contacts if each.code not in CONTACT_LABELS]
    if unknown or len({each.code for each in record.contacts}) != len(record.contacts):
        found.append(Problem("contacts", "Each contact must be one of the kinds offered, and only once."))
    for name, (least, most, label) in SETTING_BOUNDS.items():
        value = getattr(record.settings, name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            found.append(Problem(name, f"The number for “{label}” must be between {least} and {most}."))
    if record.logo is not None:
        fault = logo_fault(record.logo)
        if fault:
            found.append(Problem("logo", fault))
    found += school_look.problems(record.look, record.logo)
    return found


def _looks_like_email(text: str) -> bool:
    local, at, domain = text.partition("@")
    return bool(local and at and domain) and "@" not in domain and not any(char.isspace() for char in text)


@open_to_all("Looks only at the picture just chosen; the first-run assistant asks before there are users.")
def logo_fault(data: bytes) -> str:
    """What is wrong with a logo, or "": PNG, JPEG or SVG, by its content; a name can say anything."""
    from smdesk.documents import logo

    return logo.fault(data)


def _differences(theirs: SchoolRecord, mine: SchoolRecord) -> list[FieldChange]:
    return [
        FieldChange(name, label, _said(getattr(theirs, name)), _said(getattr(mine, name)))
        for name, label in _LABELS.items()
        if getattr(theirs, name) != getattr(mine, name)
    ]


def _said(value: object) -> str:
    """A field as the conflict question and the audit show it."""
    if value is None:
        return "none"
    if isinstance(value, bytes):
        return f"picture of {len(value):,} bytes"
    if isinstance(value, Nation):
        return NATION_LABELS[value]
    if isinstance(value, SchoolLook):
        return school_look.words(value)
    if isinstance(value, SchoolSettings):
        return "; ".join(f"{SETTING_BOUNDS[name][2]}: {getattr(value, name)}" for name in SETTING_BOUNDS)
    if isinstance(value, tuple):
        return "; ".join(
            f"{CONTACT_LABELS.get(each.code, each.code)}: {each.name} {each.detail}" for each in value
        )
    return str(value).replace("\n", ", ")
