"""What an import may not bring in: decisions about whoever imports, and decisions that pass by those taken here.

An approval from an older register is entered by the office and signed by nobody. So it is held to what it says of
itself: given before SM Desk, by somebody else (CON-2, CON-5).
"""

from __future__ import annotations

import json
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from smdesk.db.models import from_utc_text
from smdesk.policy.words import written_day
from smdesk.services import connection_sight, own_name, reference_data
from smdesk.services.connection_records import DeclarationDraft
from smdesk.services.connection_words import reference
from smdesk.services.context import LOCAL
from smdesk.services.driver import driver
from smdesk.services.import_fields import ImportedDecision
from smdesk.services.import_lines import ReadLine
from smdesk.services.sight import Reader

ABOUT_YOURSELF: Final = (
    "This line holds a decision about yourself, and nobody brings that in for themselves (CON-5). Have somebody else "
    "import it."
)


def first_decided(session: Session) -> date | None:
    """The day of the first decision taken in SM Desk, signed or recorded from paper; None before there is one."""
    found = (
        driver(session)
        .execute("SELECT min(recorded_at) FROM connection_decision WHERE origin <> 'imported'")
        .fetchone()[0]
    )
    return None if found is None else from_utc_text(found).astimezone(LOCAL).date()


def problems(
    session: Session, who: Reader, draft: DeclarationDraft, one: ReadLine, first: date | None, today: date
) -> list[str]:
    """Why this line's decision may not come in by an import. Nothing where it holds none, or only what is open to all.

    Of the records only what this reader may see is asked: a refusal must not tell of a hidden one.
    """
    decided = one.decided
    if decided is None:
        return []
    found = []
    if _own(session, who, draft, one):
        found.append(ABOUT_YOURSELF)
    if decided.kind is not ImportedDecision.APPROVED:
        return found
    if first is not None and decided.decided_on > first:
        found.append(
            f"It was decided on {written_day(decided.decided_on)}, when exceptions were decided in SM Desk already: it "
            "is not from before. Declare it, and have it decided here or record the decision from paper (CON-2)."
        )
    if decided.ended_on is None or decided.ended_on > today:
        found += _against(session, who, draft)
    return found


def _own(session: Session, who: Reader, draft: DeclarationDraft, one: ReadLine) -> bool:
    people = {each for each in (draft.adult_id, draft.other_id) if each is not None}
    if not who.person_ids.isdisjoint(people) or own_name.is_namesake(session, who.user_id, people):
        return True
    if who.person_ids:
        return False
    # Somebody who comes on record with this very line: only the name can tell.
    name = driver(session).execute("SELECT name FROM user WHERE id = ?", (who.user_id,)).fetchone()[0]
    return any(
        person_id is None and own_name.may_be(name, named.given, named.family)
        for person_id, named in ((draft.adult_id, one.adult), (draft.other_id, one.other))
    )


def _against(session: Session, who: Reader, draft: DeclarationDraft) -> list[str]:
    """Refused, ended or revoked here: what an older register says does not bring it back."""
    if draft.adult_id is None or draft.other_id is None:
        return []
    where = connection_sight.where_full(who)
    rows = driver(session).execute(
        where.within(
            "SELECT DISTINCT connection_exception.id, year, number, p.platform FROM connection_exception"
            " JOIN exception_platform AS p ON p.exception_id = connection_exception.id"
            " WHERE adult_id IN (SELECT value FROM json_each(:adults))"
            " AND other_id IN (SELECT value FROM json_each(:others)) AND withdrawn_at IS NULL AND {seen}"
            " AND EXISTS (SELECT 1 FROM connection_decision AS d WHERE d.exception_id = connection_exception.id"
            " AND d.origin <> 'imported' AND d.answer <> 'disputed' AND d.kind <> 'ask_for_more')"
            " ORDER BY connection_exception.id, p.platform"
        ),
        {
            **where.params,
            "adults": json.dumps(sorted(connection_sight.same_person(session, draft.adult_id))),
            "others": json.dumps(sorted(connection_sight.same_person(session, draft.other_id))),
        },
    )
    wanted = {platform.casefold() for platform in draft.platforms}
    found = {}
    for exception_id, year, number, platform in rows.fetchall():
        if platform.casefold() in wanted:
            found[exception_id] = (
                f"{reference(year, number)} was decided in SM Desk, about the same two people on "
                f"{reference_data.platform_label(platform)}. A decision from before does not take its place: declare "
                "it anew (CON-2)."
            )
    return list(found.values())
