"""Where what is due stands in the records: one statement for each kind, for Today and for the calendar alike.

Only the ids are looked for and put in order, in the indexes made for it; the few rows that are shown are then read by
their ids. So a day on which ten things are due costs the same in a school with 100,000 records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.policy.profile import Profile
from smdesk.security.permissions import Permission, allowed
from smdesk.services import connection_sight, incident_state, letter_sight, sight, training_state
from smdesk.services.driver import driver
from smdesk.services.sight import Reader
from smdesk.services.today_records import DueKind

Params = Mapping[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Source:
    """What waits in one table.

    ``due`` is an expression for the day or moment by which it is due, "" where there is none; ``moment`` tells which
    of the two it is. ``order`` is one expression to sort by where nothing is due. ``columns`` and ``joins`` are for
    the rows that are shown.
    """

    kind: DueKind
    table: str
    where: str
    columns: str
    joins: str = ""
    due: str = ""
    moment: bool = False
    order: str = ""
    base: str = ""
    """The name of the table itself, where ``table`` is several joined."""
    params: Params = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.base or self.table

    def first(self, *, until: bool) -> str:
        """Id and due of the first ``:limit``, the most pressing first; how many there are in all, how many of all are
        past ``:past``; then the columns. Counted on the way: what is looked through once is not looked through again.
        """
        late = f"coalesce(sum({self.due} < :past) OVER (), 0)" if self.due else "0"
        return self._rows(self._where(until), f", count(*) OVER () AS total, {late} AS late", " LIMIT :limit")

    def within(self) -> str:
        """Id, due and columns of everything due from ``:from_on`` to ``:until``, both included."""
        return self._rows(f"{self._where(True)} AND {self.due} >= :from_on", "", "")

    def _rows(self, where: str, counted: str, limit: str) -> str:
        due, order, name = self.due or "NULL", self.due or self.order or "NULL", self.name
        totals = "found.total, found.late, " if counted else ""
        return (
            f"SELECT {name}.id, found.due, {totals}{self.columns} FROM (SELECT {name}.id AS id, {due} AS due,"  # noqa: S608
            f" {order} AS ordered{counted} FROM {self.table} WHERE {where} ORDER BY ordered, {name}.id{limit})"
            f" AS found JOIN {name} ON {name}.id = found.id {self.joins} ORDER BY found.ordered, {name}.id"
        )

    def _where(self, until: bool) -> str:
        return f"{self.where} AND {self.due} <= :until" if until and self.due else self.where


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, on which day, under which policy."""

    session: Session
    who: Reader
    today: date
    profile: Profile

    @property
    def raw(self) -> Any:
        return driver(self.session)

    def may(self, permission: Permission) -> bool:
        return allowed(self.who.roles, permission)


def asked(session: Session, user_id: int, today: date) -> Asked:
    """Who asks, with roles and policy as they stand now."""
    who = sight.reader_on(driver(session), user_id)
    profile = incident_state.stored_profile(session, incident_state.current_profile_id(session))
    return Asked(session, who, today, profile)


_ON_ACCOUNT: Final = "JOIN school_account ON school_account.id = {table}.account_id"


def messages() -> Source:
    """Messages that nobody has acknowledged or answered yet (ACC-5)."""
    return Source(
        DueKind.REPLY,
        "account_message",
        "replied_at IS NULL AND settled_at IS NULL AND withdrawn_at IS NULL AND due_at IS NOT NULL",
        "year, number, account_message.kind, from_name, said, handle, platform",
        _ON_ACCOUNT.replace("{table}", "account_message"),
        due="account_message.due_at",
        moment=True,
    )


def _open(waits: str) -> str:
    """The few open incidents on which something waits, found in the list's index: the rest are not read."""
    return f"incident.id IN (SELECT id FROM incident WHERE status = 'open' AND {waits})"  # noqa: S608 - own words


def messages_open() -> Source:
    """Messages that were acknowledged in time and that nobody has answered yet. What became an incident is that."""
    return Source(
        DueKind.MESSAGE_OPEN,
        "account_message",
        # The plus keeps SQLite from looking through all that never became an incident.
        "replied_at IS NOT NULL AND settled_at IS NULL AND withdrawn_at IS NULL"
        " AND +account_message.incident_id IS NULL",
        "year, number, account_message.kind, from_name, said, handle, platform, replied_at, answered_at",
        _ON_ACCOUNT.replace("{table}", "account_message"),
        order="account_message.received_at",
    )


def incident_replies(who: Reader) -> Source:
    """Incidents on a school account whose reply clock runs (ACC-5)."""
    seen = sight.where_full(who)
    return Source(
        DueKind.REPLY,
        "incident",
        # next_due is never later than the reply.
        f"{_open('next_due IS NOT NULL')} AND incident.reply_by IS NOT NULL"
        f" AND incident.replied_at IS NULL AND {seen.sql}",
        "year, number, summary, platform",
        due="incident.reply_by",
        moment=True,
        params=seen.params,
    )


def incident_steps(who: Reader) -> Source:
    """Open incidents with a chase or a step that is timed, unless it is the reply that comes first (INC-4, INC-7)."""
    seen = sight.where_full(who)
    return Source(
        DueKind.CHASE,
        "incident",
        f"{_open('next_due IS NOT NULL')} AND NOT (incident.reply_by IS NOT NULL"
        f" AND incident.replied_at IS NULL AND incident.reply_by = incident.next_due) AND {seen.sql}",
        "year, number, summary, next_step, author_name, removed_on IS NULL AND removal_asked_on IS NOT NULL",
        due="incident.next_due",
        moment=True,
        params=seen.params,
    )


def incidents_told(who: Reader) -> Source:
    """Incidents this reader was told of and decides about, on which nobody has acted (INC-8, CON-5)."""
    seen = sight.where_decidable(who)
    return Source(
        DueKind.INCIDENT,
        "incident",
        # One that waits only for a letter stands there as that letter.
        seen.within(
            "{open} AND {seen} AND NOT EXISTS"
            " (SELECT 1 FROM letter WHERE letter.incident_id = incident.id AND letter.status = 'submitted')".replace(
                "{open}", _open("awaiting_headteacher = 1")
            )
        ),
        "year, number, summary, next_step, urgent",
        order="(NOT incident.urgent) || incident.received_at",
        params=seen.params,
    )


def _letters(kind: DueKind, status: str, seen: sight.Where, order: str) -> Source:
    return Source(
        kind,
        letter_sight.JOINED,
        f"letter.status = '{status}' AND {seen.sql}",
        f"letter.kind, {letter_sight.TO_SQL}, {letter_sight.REFERENCE_SQL}, user.name, returned_note",
        f"{letter_sight.JOINS} {letter_sight.PERSON_JOIN} JOIN user ON user.id = letter.drafted_by",
        order=order,
        base="letter",
        params=seen.params,
    )


def letters_to_sign(session: Session, who: Reader) -> Source:
    """Letters that wait for this reader's signature (DOC-1)."""
    seen = letter_sight.where_decidable(session, who)
    return _letters(
        DueKind.LETTER_SIGN, "submitted", seen, "coalesce(letter.submitted_at, letter.drafted_at)"
    )


def letters_to_issue(who: Reader) -> Source:
    """Signed letters that are not issued yet."""
    return _letters(DueKind.LETTER_ISSUE, "approved", letter_sight.where_full(who), "letter.approved_at")


def letters_to_send(who: Reader) -> Source:
    """Issued letters of which nobody has said how and when they went."""
    seen = letter_sight.where_full(who)
    return Source(
        DueKind.LETTER_SEND,
        letter_sight.JOINED,
        f"letter.status = 'issued' AND letter.sent_on IS NULL AND {seen.sql}",
        f"letter.kind, {letter_sight.TO_SQL}, issue_year, issue_number, issued_on",
        letter_sight.PERSON_JOIN,
        order="letter.issued_on",
        base="letter",
        params=seen.params,
    )


def letters_to_mend(who: Reader) -> Source:
    """Letters that came back from whoever decides, with a note."""
    return _letters(DueKind.LETTER_MEND, "returned", letter_sight.where_full(who), "letter.drafted_at")


_CAME_BACK: Final = (
    "letter.returned_on IS NOT NULL AND letter.status = 'issued' AND coalesce(incident.status, 'open') = 'open'"
    " AND NOT EXISTS (SELECT 1 FROM letter AS later WHERE later.id > letter.id AND later.kind = letter.kind"
    " AND later.person_id IS letter.person_id AND later.status <> 'withdrawn'"
    " AND later.incident_id IS letter.incident_id AND later.exception_id IS letter.exception_id"
    " AND later.case_id IS letter.case_id AND later.message_id IS letter.message_id"
    " AND later.block_id IS letter.block_id)"
)


def letters_back(who: Reader) -> Source:
    """Letters that came back undelivered, while their matter is open, until they are sent again or written anew."""
    seen = letter_sight.where_full(who)
    return Source(
        DueKind.LETTER_BACK,
        letter_sight.JOINED,
        f"{_CAME_BACK} AND {seen.sql}",
        f"letter.kind, {letter_sight.TO_SQL}, issue_year, issue_number, letter.returned_on, returned_why",
        letter_sight.PERSON_JOIN,
        order="letter.returned_on",
        base="letter",
        params=seen.params,
    )


def letter_answers(who: Reader) -> Source:
    """Days by which an issued letter asked for an answer, while its matter is open."""
    seen = letter_sight.where_full(who)
    return Source(
        DueKind.ANSWER,
        letter_sight.JOINED,
        "letter.status = 'issued' AND letter.reply_by IS NOT NULL AND coalesce(incident.status, 'open') = 'open'"
        f" AND {seen.sql}",
        "issue_year, issue_number",
        due="letter.reply_by",
        base="letter",
        params=seen.params,
    )


_PAIR: Final = "JOIN person AS adult ON adult.id = adult_id JOIN person AS other ON other.id = other_id"
_EXCEPTION: Final = (
    "connection_exception.year, connection_exception.number, adult.given_name, adult.family_name, other.given_name,"
    " other.family_name, relationship, capacity"
)


def exceptions_to_decide(session: Session, who: Reader) -> Source:
    """Exceptions put before this reader (CON-2, CON-5)."""
    seen = connection_sight.where_decidable(session, who)
    return Source(
        DueKind.EXCEPTION,
        "connection_exception",
        f"connection_exception.status = 'awaiting' AND connection_exception.from_on IS NULL AND {seen.sql}",
        _EXCEPTION,
        _PAIR,
        order="coalesce(connection_exception.submitted_at, connection_exception.recorded_at)",
        params=seen.params,
    )


def exceptions_to_complete(who: Reader) -> Source:
    """Declarations that were not put forward yet, or came back with a question."""
    seen = connection_sight.where_full(who)
    return Source(
        DueKind.EXCEPTION_TO_COMPLETE,
        "connection_exception",
        "connection_exception.status IN ('declared', 'more_wanted') AND connection_exception.from_on IS NULL"
        f" AND {seen.sql}",
        f"{_EXCEPTION}, connection_exception.status",
        _PAIR,
        order="connection_exception.declared_on",
        params=seen.params,
    )


def exception_reviews(seen: sight.Where, today: date) -> Source:
    """Approved exceptions with a review before them that is not overtaken by their end (CON-2)."""
    return Source(
        DueKind.EXCEPTION_REVIEW,
        "connection_exception",
        "connection_exception.status = 'approved' AND (connection_exception.ends_on IS NULL"
        " OR (connection_exception.ends_on > :today AND connection_exception.ends_on > connection_exception.review_on))"
        f" AND {seen.sql}",
        _EXCEPTION,
        _PAIR,
        due="connection_exception.review_on",
        params={**seen.params, "today": today.isoformat()},
    )


_CASE: Final = (
    "year, number, proposed_name, platform, submitted_on, proposer_name,"
    " person.given_name, person.family_name"
)
_PROPOSER: Final = "LEFT JOIN person ON person.id = business_case.proposer_id"


def cases_to_decide() -> Source:
    """Business cases put to the leadership team (ACC-2)."""
    return Source(
        DueKind.CASE,
        "business_case",
        "business_case.status = 'submitted'",
        _CASE,
        _PROPOSER,
        order="business_case.submitted_on",
    )


def cases_to_complete(who: Reader) -> Source:
    """Business cases the leadership team asked more about, and this reader's own drafts."""
    return Source(
        DueKind.CASE_TO_COMPLETE,
        "business_case",
        "(business_case.status = 'more_wanted'"
        " OR (business_case.status = 'draft' AND business_case.recorded_by = :me))",
        f"{_CASE}, business_case.status",
        _PROPOSER,
        order="business_case.recorded_at",
        params={"me": who.user_id},
    )


def sign_offs(who: Reader) -> Source:
    """Posts that wait for this reader's word before they are published (ACC-6). Nobody signs off their own."""
    return Source(
        DueKind.SIGN_OFF,
        "sign_off",
        "sign_off.status = 'waiting' AND sign_off.asked_by <> :me"
        " AND (sign_off.asked_of IS NULL OR sign_off.asked_of = :me)",
        "sign_off.title, handle, platform, user.name, planned_for",
        f"{_ON_ACCOUNT.replace('{table}', 'sign_off')} JOIN user ON user.id = sign_off.asked_by",
        order="coalesce(sign_off.planned_for, '9999') || sign_off.asked_at",
        params={"me": who.user_id},
    )


def publications() -> Source:
    """Days for which a post is planned that is not signed off yet."""
    return Source(
        DueKind.SIGN_OFF,
        "sign_off",
        "sign_off.status = 'waiting' AND sign_off.planned_for IS NOT NULL",
        "handle, platform",
        _ON_ACCOUNT.replace("{table}", "sign_off"),
        due="sign_off.planned_for",
    )


def account_reviews() -> Source:
    """Reviews of open accounts."""
    return Source(
        DueKind.ACCOUNT_REVIEW,
        "school_account",
        "school_account.closed_on IS NULL AND school_account.review_on IS NOT NULL",
        "handle, platform",
        due="school_account.review_on",
    )


def findings() -> Source:
    """What was said elsewhere and nobody has decided about (REP-2); a journalist's first (REP-3)."""
    return Source(
        DueKind.FINDING,
        "finding",
        "finding.decision = '' AND finding.withdrawn_at IS NULL",
        "year, number, tone, said, journalist, media_told_on, watched_place.name",
        "JOIN watched_place ON watched_place.id = finding.place_id",
        order="(NOT finding.journalist) || finding.found_on",
    )


def findings_to_do() -> Source:
    """Findings that were decided, and of which nobody has said that it is done (REP-2)."""
    return Source(
        DueKind.FINDING_TO_DO,
        "finding",
        "finding.decision IN ('thank', 'answer', 'private_talk') AND finding.done_on IS NULL"
        " AND finding.withdrawn_at IS NULL AND +finding.incident_id IS NULL",
        "year, number, tone, said, finding.decision, watched_place.name",
        "JOIN watched_place ON watched_place.id = finding.place_id",
        order="finding.found_on",
    )


def places() -> Source:
    """Places the school looks at, and the day each is to be checked next (REP-1)."""
    return Source(
        DueKind.PLACE,
        "watched_place",
        "watched_place.stopped_on IS NULL AND watched_place.due_on IS NOT NULL",
        "watched_place.name, person.given_name, person.family_name",
        "LEFT JOIN person ON person.id = watched_place.responsible_id",
        due="watched_place.due_on",
    )


def blocks(who: Reader) -> Source:
    """Blocks that stand, and when each is looked at again (ACC-9). One from an incident that this reader may not open
    is not theirs to review, and says nothing here.
    """
    seen = sight.where_full(who)
    return Source(
        DueKind.BLOCK,
        "block",
        seen.within(
            "block.ended_on IS NULL AND block.review_on IS NOT NULL AND (block.incident_id IS NULL"
            " OR EXISTS (SELECT 1 FROM incident WHERE incident.id = block.incident_id AND {seen}))"
        ),
        "block.who, block.place, handle, platform, since_on",
        f"LEFT {_ON_ACCOUNT.replace('{table}', 'block')}",
        due="block.review_on",
        params=seen.params,
    )


def policies(today: date) -> Source:
    """The reviews of policies in their version in use (AUP-3)."""
    return Source(
        DueKind.POLICY,
        "policy_version",
        "policy_version.review_on IS NOT NULL AND policy_version.id = (SELECT newer.id FROM policy_version AS newer"
        " WHERE newer.policy_id = policy_version.policy_id AND newer.adopted_on <= :today"
        " ORDER BY newer.adopted_on DESC, newer.id DESC LIMIT 1)"
        " AND policy_version.policy_id IN (SELECT id FROM policy_document WHERE retired_on IS NULL"
        " OR retired_on > :today)",
        "policy_document.id, title, label, reviewers",
        "JOIN policy_document ON policy_document.id = policy_version.policy_id",
        due="policy_version.review_on",
        params={"today": today.isoformat()},
    )


def trainings(today: date) -> Source:
    """The last days of training held by those who need it: the newest of each (AUP-2, ACC-3)."""
    return Source(
        DueKind.TRAINING,
        "training",
        "training.newest AND training.valid_until IS NOT NULL AND (training.type_id, training.person_id) IN"
        " (WITH {needed} SELECT type_id, person_id FROM needed)".replace("{needed}", training_state.needed()),
        "person.id, person.given_name, person.family_name, training_type.id, training_type.name",
        "JOIN person ON person.id = training.person_id JOIN training_type ON training_type.id = training.type_id",
        due="training.valid_until",
        params={"today": today.isoformat()},
    )


UNTRAINED: Final = (
    f"WITH {training_state.needed()} SELECT training_type.id, training_type.name, count(*) FROM needed"  # noqa: S608 - bound
    " JOIN training_type ON training_type.id = needed.type_id WHERE NOT EXISTS (SELECT 1 FROM training"
    " WHERE training.person_id = needed.person_id AND training.type_id = needed.type_id AND training.newest)"
    " GROUP BY training_type.id ORDER BY lower(training_type.name), training_type.id"
)
"""Training (id, name) and how many people need it and have never held it."""
