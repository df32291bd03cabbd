"""Who opens and who decides letters about business cases, messages on accounts and blocks, for one and in SQL.

They are open to whoever may open what they are about. The headteacher decides about them; where one goes to the
headteacher it is the chair of governors, who sees it for that (CON-5). A message or a block that has an incident is as
open as the incident is.

Apart from the letters themselves: a list of what waits needs none of what they say.
"""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy.orm import Session

from smdesk.db.models import AccountMessage, Block, BusinessCase, Incident
from smdesk.errors import NotAllowed, NotFound
from smdesk.security.permissions import Permission, Role, Sight, allowed
from smdesk.services import own_name, sight
from smdesk.services.context import Context
from smdesk.services.driver import driver
from smdesk.services.sight import Reader, Where

NO_SUCH: Final = "There is no such record, or it is not open to you."
_HEADS: Final = (
    "(SELECT record.id FROM user AS holder JOIN person AS own ON own.id = holder.person_id"
    " JOIN person AS record ON coalesce(record.merged_into, record.id) = coalesce(own.merged_into, own.id)"
    " WHERE holder.active AND EXISTS (SELECT 1 FROM json_each(holder.roles) WHERE value = 'headteacher'))"
)
"""The person records that are the headteacher, merged duplicates included."""
_NOT_MINE: Final = "coalesce({person}, 0) NOT IN (SELECT value FROM json_each(:not_to_me))"


def role(session: Session, person_id: int | None) -> Role:
    """Who decides about a letter to this person (CON-5)."""
    found = driver(session).execute(f"SELECT ? IN {_HEADS}", (person_id or 0,)).fetchone()
    return Role.CHAIR_OF_GOVERNORS if found[0] else Role.HEADTEACHER


def is_to(session: Session, who: Reader, person_id: int | None) -> bool:
    """Whether this reader is the person, or may be by their name where the link between the two does not tell."""
    if person_id is None:
        return False
    same = sight.same_person(session, person_id)
    return not who.person_ids.isdisjoint(same) or own_name.is_namesake(session, who.user_id, same)


def decides(session: Session, who: Reader, person_id: int | None) -> bool:
    """Whether this reader decides about a letter to this person that no incident speaks for (CON-5)."""
    return role(session, person_id) in who.roles and not is_to(session, who, person_id)


def why_not(session: Session, who: Reader, person_id: int | None, decider: Role) -> str:
    """Whose decision such a letter is, as a sentence."""
    if is_to(session, who, person_id):
        told = (
            "This letter goes to yourself, or to somebody of your name, and nobody approves a letter to themselves "
            "(CON-5)."
        )
        if decider is Role.CHAIR_OF_GOVERNORS:
            return f"{told} The chair of governors decides."
        return (
            f"{told} If it is somebody else, have an administrator choose your record under Settings, Users."
        )
    if decider is Role.CHAIR_OF_GOVERNORS:
        return "This letter concerns the headteacher, so the chair of governors decides (CON-5)."
    return "The headteacher approves letters."


# One of them


def require_case(session: Session, who: Reader, case_id: int) -> BusinessCase:
    """The case, for a reader who may open letters about it. Raises NotFound."""
    case = session.get(BusinessCase, case_id)
    if case is None or not _opens(session, who, Permission.CASES_READ, case.proposer_id):
        raise NotFound(NO_SUCH)
    return case


def require_message(session: Session, who: Reader, message_id: int) -> AccountMessage:
    """The message, for a reader who may read its words. Raises NotFound, NotAllowed."""
    message = session.get(AccountMessage, message_id)
    if message is None or not _opens(session, who, Permission.ACCOUNTS_READ, message.person_id):
        raise NotFound(NO_SUCH)
    if message.incident_id is not None:
        sight.require_full(session, who, message.incident_id)
    return message


def require_block(session: Session, who: Reader, block_id: int) -> Block:
    """The block, for a reader who may see who it is about. Raises NotFound, NotAllowed."""
    block = session.get(Block, block_id)
    if block is None:
        raise NotFound(NO_SUCH)
    incident = None if block.incident_id is None else session.get_one(Incident, block.incident_id)
    chairs = incident is not None and incident.headteacher_is_subject and Role.CHAIR_OF_GOVERNORS in who.roles
    if not chairs and not _opens(session, who, Permission.ACCOUNTS_READ, block.person_id):
        raise NotFound(NO_SUCH)
    if incident is not None and sight.sight_of(session, who, incident) is not Sight.FULL:
        raise NotAllowed(NO_SUCH)
    return block


def _opens(session: Session, who: Reader, permission: Permission, person_id: int | None) -> bool:
    if allowed(who.roles, permission):
        return True
    return Role.CHAIR_OF_GOVERNORS in who.roles and role(session, person_id) is Role.CHAIR_OF_GOVERNORS


def is_confidential(matter: AccountMessage | Block) -> bool:
    """Whether it may be: what has an incident is as confidential as that (``note_opening`` looks)."""
    return matter.incident_id is not None


def note_opening(session: Session, ctx: Context, matter: AccountMessage | Block) -> None:
    """Write that a letter was opened that is about a confidential incident too. For any other: nothing."""
    if matter.incident_id is not None:
        sight.note_opening(session, ctx, session.get_one(Incident, matter.incident_id), "letter.opened")


# All of them


def where_full(who: Reader) -> Where:
    """The condition for letters about cases, messages and blocks that this reader may open, over the tables
    ``letter``, ``business_case``, ``account_message`` and ``block``.
    """
    seen = sight.where_full(who)
    case = _opening(who, Permission.CASES_READ, "business_case.proposer_id")
    message = _opening(who, Permission.ACCOUNTS_READ, "account_message.person_id")
    block = _opening(who, Permission.ACCOUNTS_READ, "block.person_id")
    about_head = "0"
    if Role.CHAIR_OF_GOVERNORS in who.roles:
        about_head = (
            "EXISTS (SELECT 1 FROM incident WHERE incident.id = block.incident_id"
            " AND incident.headteacher_is_subject)"
        )
    return Where(
        f"((letter.case_id IS NOT NULL AND {case})"
        f" OR (letter.message_id IS NOT NULL AND {message} AND {_as_incident('account_message', seen.sql)})"
        f" OR (letter.block_id IS NOT NULL AND ({block} OR {about_head}) AND {_as_incident('block', seen.sql)}))",
        seen.params,
    )


def where_decidable(session: Session, who: Reader) -> Where:
    """The condition for the letters of ``where_full`` that this reader decides about, over the same tables."""
    full, decided = where_full(who), sight.where_decidable(who)
    mine = json.dumps(sorted(who.person_ids | own_name.namesakes(session, who.user_id)))
    return Where(
        f"({full.sql} AND ((letter.case_id IS NOT NULL AND {_deciding(who, 'business_case.proposer_id')})"  # noqa: S608 - bound values
        f" OR (letter.message_id IS NOT NULL AND {_deciding(who, 'account_message.person_id')})"
        f" OR (letter.block_id IS NOT NULL AND {_NOT_MINE.format(person='block.person_id')} AND CASE"
        f" WHEN block.incident_id IS NULL THEN {_deciding(who, 'block.person_id')}"
        " ELSE EXISTS (SELECT 1 FROM incident WHERE incident.id = block.incident_id"
        f" AND {decided.sql}) END)))",
        {**full.params, **decided.params, "not_to_me": mine},
    )


def _opening(who: Reader, permission: Permission, person: str) -> str:
    if allowed(who.roles, permission):
        return "1"
    return f"{person} IN {_HEADS}" if Role.CHAIR_OF_GOVERNORS in who.roles else "0"


def _deciding(who: Reader, person: str) -> str:
    terms = []
    if Role.HEADTEACHER in who.roles:
        terms.append(f"coalesce({person}, 0) NOT IN {_HEADS}")
    if Role.CHAIR_OF_GOVERNORS in who.roles:
        terms.append(f"{person} IN {_HEADS}")
    if not terms:
        return "0"
    return f"(({' OR '.join(terms)}) AND {_NOT_MINE.format(person=person)})"


def _as_incident(table: str, seen: str) -> str:
    """As open as its incident, where it has one."""
    return (
        f"({table}.incident_id IS NULL OR EXISTS (SELECT 1 FROM incident WHERE incident.id = {table}.incident_id"  # noqa: S608 - own names
        f" AND {seen}))"
    )
