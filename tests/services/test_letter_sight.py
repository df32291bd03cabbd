"""Lists in SQL say the same as one letter does: who sees it, who decides, its reference and whom it goes to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from smdesk.db.models import Incident, Letter
from smdesk.errors import NotFound
from smdesk.policy.vocabulary import Conduct
from smdesk.services import letter_matter, letter_sight, letter_state, letters, sight
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind
from smdesk.services.sight import Where
from tests.support.account_letters import WHATS, block_for, drafted, matter, message_for
from tests.support.school import USERS, SmallSchool

HIDDEN = ("normal", "safeguarding", "staff")


@pytest.fixture
def written(school: SmallSchool) -> list[int]:
    """A letter to an office about an incident of every confidentiality and about one of the headteacher's; letters
    about a case, a message and a block, the last two also with a hidden incident behind them.
    """
    dsl = school.ctx_for("dsl")
    made = []
    for number, confidentiality in enumerate((*HIDDEN, "head")):
        incident = school.incident(
            "dsl",
            author="stranger",
            conduct=(Conduct.THREAT_OF_VIOLENCE,),
            platform="facebook",
            link=f"https://social.example/{number}",
            confidentiality=Confidentiality.NORMAL,
        )
        made.append(letters.draft(dsl, incident, LetterKind.HOST_REPORT).id)
        with school.database.writing() as session:
            row = session.get_one(Incident, incident)
            if confidentiality == "head":
                row.headteacher_is_subject = True
            else:
                row.confidentiality = confidentiality
    for what in WHATS:
        made.append(drafted(school, what, matter(school, what)))
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    for what in ("message", "block"):
        found = message_for(school, number=2) if what == "message" else block_for(school)
        made.append(drafted(school, what, found))
        table = {"message": "account_message", "block": "block"}[what]
        with school.database.writing() as session:
            session.execute(
                text(f"UPDATE {table} SET incident_id = :hidden WHERE id = :id"),
                {"hidden": hidden, "id": found},
            )
    with school.database.writing() as session:
        session.execute(text("UPDATE letter SET status = 'submitted'"))
    return made


def found_by(session: Session, where: Where) -> list[int]:
    sql = f"SELECT letter.id FROM {letter_sight.JOINED} WHERE {where.sql} ORDER BY letter.id"
    return list(session.scalars(text(sql), where.params))


@pytest.mark.parametrize("login", list(USERS))
def test_lists_and_single_letters_agree(school: SmallSchool, written: Sequence[int], login: str) -> None:
    with school.database.reading() as session:
        who = sight.reader(session, school.ctx_for(login))
        opened, decided = [], []
        for letter_id in written:
            try:
                _, about = letter_matter.load(session, who, letter_id)
            except NotFound:
                continue
            opened.append(letter_id)
            if letter_matter.subject(about).is_decidable(session, who, about):
                decided.append(letter_id)
        assert found_by(session, letter_sight.where_full(who)) == opened
        assert found_by(session, letter_sight.where_decidable(session, who)) == decided
        # A sample in which everybody sees all, or nobody decides, would prove nothing.
        assert {"headteacher": 5, "chair": 1}.get(login, 0) <= len(decided) <= len(opened) < len(written) + 1


def test_references_kinds_and_names_agree(school: SmallSchool, written: Sequence[int]) -> None:
    sql = (
        f"SELECT letter.id, {letter_sight.REFERENCE_SQL}, {letter_sight.MATTER_SQL}, {letter_sight.MATTER_ID_SQL},"
        f" {letter_sight.TO_SQL} FROM {letter_sight.JOINED} {letter_sight.PERSON_JOIN}"
    )
    with school.database.reading() as session:
        listed = {row[0]: tuple(row[1:]) for row in session.execute(text(sql))}
        assert set(listed) == set(written)
        for letter_id in written:
            letter = session.get_one(Letter, letter_id)
            about = letter_matter.stored(session, letter)
            assert listed[letter_id] == (
                letter_matter.reference(about),
                letter_matter.kind(about),
                about.id,
                letter_state.to_whom(session, letter),
            )
        assert {kind for _, kind, _, _ in listed.values()} == {"incident", *WHATS}
