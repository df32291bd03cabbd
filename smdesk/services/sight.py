"""Who may see which incident: the rule of ``security.permissions.may_see`` put to single records and to SQL.

Every service that shows anything of an incident comes through here. A record somebody may not see and a record
that does not exist raise the same ``NotFound`` with the same sentence, so that asking tells nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Incident, IncidentPerson
from smdesk.errors import NotAllowed, NotFound
from smdesk.security.permissions import Role, Sight, may_decide, may_edit, may_see
from smdesk.services.context import Context
from smdesk.services.driver import driver
from smdesk.services.incident_records import Confidentiality, PersonRole

NO_SUCH_INCIDENT = "There is no such incident, or it is not open to you."
ONLY_EXISTS = (
    "This incident is confidential. You logged it, so you can see that it exists; "
    "only the people it is restricted to can open it."
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is looking, with roles as they stand now. ``person_ids`` are the person records that are this user,
    merged duplicates included.
    """

    user_id: int
    roles: frozenset[Role]
    person_ids: frozenset[int]


class Standing(TypedDict):
    """How one reader stands to one incident, as ``permissions.may_see`` asks for it."""

    logged_by_me: bool
    assigned_to_me: bool
    headteacher_is_subject: bool
    i_am_subject: bool


@dataclass(frozen=True, slots=True)
class Where:
    """A condition over the table ``incident`` with its bound values."""

    sql: str
    params: dict[str, int | str]

    def within(self, statement: str) -> str:
        """A statement with this condition in place of ``{seen}``. Its values are still to be bound."""
        return statement.replace("{seen}", f"({self.sql})")


def reader(session: Session, ctx: Context) -> Reader:
    """Who is asking, read afresh from the database."""
    return reader_on(driver(session), ctx.user.id)


def reader_on(raw: Any, user_id: int) -> Reader:
    """``reader`` on a plain cursor, for the list."""
    roles, person_id = raw.execute("SELECT roles, person_id FROM user WHERE id = ?", (user_id,)).fetchone()
    return Reader(user_id, frozenset(Role(code) for code in json.loads(roles)), _same(raw, person_id))


def same_person(session: Session, person_id: int | None) -> frozenset[int]:
    """The ids of all records that stand for one person: the one kept and those merged into it."""
    return _same(driver(session), person_id)


def _same(raw: Any, person_id: int | None) -> frozenset[int]:
    if person_id is None:
        return frozenset()
    row = raw.execute("SELECT merged_into FROM person WHERE id = ?", (person_id,)).fetchone()
    keeper = person_id if row is None or row[0] is None else row[0]
    gone = raw.execute("SELECT id FROM person WHERE merged_into = ?", (keeper,)).fetchall()
    return frozenset({person_id, keeper, *(each[0] for each in gone)})


def standing(session: Session, who: Reader, incident: Incident) -> Standing:
    """How this reader stands to this incident."""
    i_am_subject = False
    if who.person_ids:
        i_am_subject = (
            session.scalar(
                select(IncidentPerson.id)
                .where(
                    IncidentPerson.incident_id == incident.id,
                    IncidentPerson.role == PersonRole.AUTHOR,
                    IncidentPerson.person_id.in_(who.person_ids),
                )
                .limit(1)
            )
            is not None
        )
    return Standing(
        logged_by_me=incident.logged_by == who.user_id,
        assigned_to_me=incident.handled_by == who.user_id,
        headteacher_is_subject=incident.headteacher_is_subject,
        i_am_subject=i_am_subject,
    )


def sight_of(session: Session, who: Reader, incident: Incident) -> Sight:
    """How much of this incident this reader may see."""
    return may_see(who.roles, incident.confidentiality, **standing(session, who, incident))


def is_editable(session: Session, who: Reader, incident: Incident) -> bool:
    """Whether this reader may change the facts of this incident."""
    return may_edit(who.roles, incident.confidentiality, **standing(session, who, incident))


def why_not_editable(incident: Incident) -> str:
    """What to tell somebody who sees an incident but may not change it."""
    if is_confidential(incident):
        return "This incident is confidential: only those it is restricted to may change it."
    return (
        "You may read this incident and record steps and notes, but not change what was logged. "
        "Ask the business manager or the headteacher."
    )


def is_decidable(session: Session, who: Reader, incident: Incident) -> bool:
    """Whether this reader takes the headteacher's decisions on this incident (CON-5)."""
    return may_decide(who.roles, incident.confidentiality, **standing(session, who, incident))


def glimpse(session: Session, who: Reader, incident_id: int) -> tuple[Incident, Sight]:
    """The incident and how much of it may be shown. Raises NotFound where it is missing or invisible."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound(NO_SUCH_INCIDENT)
    sight = sight_of(session, who, incident)
    if sight is Sight.NONE:
        raise NotFound(NO_SUCH_INCIDENT)
    return incident, sight


def require_full(session: Session, who: Reader, incident_id: int) -> Incident:
    """The incident, for a reader who may see all of it.

    Raises NotFound where it is missing or invisible, NotAllowed where the reader may know only that it exists.
    """
    incident, sight = glimpse(session, who, incident_id)
    if sight is not Sight.FULL:
        raise NotAllowed(ONLY_EXISTS)
    return incident


def is_confidential(incident: Incident) -> bool:
    """Whether opening this incident is written to the audit log."""
    return incident.confidentiality != Confidentiality.NORMAL or incident.headteacher_is_subject


def note_opening(session: Session, ctx: Context, incident: Incident, action: str = "incident.opened") -> None:
    """Write that a confidential record was opened. For an ordinary one: nothing."""
    if is_confidential(incident):
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=action,
            object_kind="incident",
            object_id=incident.id,
            detail=None,
        )


@lru_cache(maxsize=32)
def where_full(who: Reader) -> Where:
    """The condition for the incidents this reader may see in full: ``may_see``'s own table, written in SQL."""
    params: dict[str, int | str] = {}
    terms: list[str] = []
    for confidentiality, head_is_subject in product([*Confidentiality, "?"], (False, True)):
        unassigned, assigned = (
            may_see(
                who.roles,
                confidentiality,
                logged_by_me=False,
                assigned_to_me=mine,
                headteacher_is_subject=head_is_subject,
                i_am_subject=False,
            )
            is Sight.FULL
            for mine in (False, True)
        )
        if not assigned:
            continue
        # "?" stands for a confidentiality this version does not know: it follows the strictest rule.
        kind = (
            f"incident.confidentiality = '{confidentiality}'"
            if confidentiality in list(Confidentiality)
            else "incident.confidentiality NOT IN ('normal', 'safeguarding', 'staff')"
        )
        term = f"{kind} AND incident.headteacher_is_subject = {int(head_is_subject)}"
        if not unassigned:
            # IS, so that "handled by nobody" makes the condition false and its opposite true, not unknown.
            term += " AND incident.handled_by IS :me"
            params["me"] = who.user_id
        terms.append(term)
    for either in ("0", "1"):
        whole = [term for term in terms if term.endswith(f"headteacher_is_subject = {either}")]
        if len(whole) == len(Confidentiality) + 1:  # all of them: one comparison in place of four
            terms = [term for term in terms if term not in whole]
            terms.append(f"incident.headteacher_is_subject = {either}")
    if not terms:
        return Where("0", {})
    sql = "(" + " OR ".join(f"({term})" if " AND " in term else term for term in terms) + ")"
    if who.person_ids:
        sql += (
            " AND incident.id NOT IN (SELECT incident_id FROM incident_person WHERE role = 'author'"
            " AND person_id IN (SELECT value FROM json_each(:my_records)))"
        )
        params["my_records"] = json.dumps(sorted(who.person_ids))
    return Where(sql, params)


def where_decidable(who: Reader) -> Where:
    """The condition for the incidents on which this reader takes decisions: ``is_decidable`` in SQL."""
    full = where_full(who)
    deciding = [
        str(int(head_is_subject))
        for head_is_subject in (False, True)
        if any(
            may_decide(
                who.roles,
                confidentiality,
                logged_by_me=False,
                assigned_to_me=True,
                headteacher_is_subject=head_is_subject,
                i_am_subject=False,
            )
            for confidentiality in (*Confidentiality, "?")
        )
    ]
    return Where(f"{full.sql} AND incident.headteacher_is_subject IN ({', '.join(deciding)})", full.params)


def where_exists_only(who: Reader) -> Where:
    """The condition for incidents this reader logged but may not read: known to exist, no more."""
    full = where_full(who)
    return Where(f"incident.logged_by = :me AND NOT ({full.sql})", {**full.params, "me": who.user_id})
