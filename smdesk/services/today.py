"""Today: what is due or overdue across everything, for whoever asks, by what they may do (the Monday morning).

Everybody sees their own work only: what they decide, what they keep, and nothing of a record they may not read. The
first few of each kind are told; how many there are in all stands beside them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from smdesk.db import audit
from smdesk.db.models import from_utc_text, utc_text
from smdesk.policy.accounts import GapKind
from smdesk.security.permissions import Permission
from smdesk.services import (
    account_state,
    agreement_state,
    connection_sight,
    due_dates,
    due_sources,
    incident_state,
    today_lines,
    watching,
)
from smdesk.services.account_words import account_name, standing_words
from smdesk.services.context import Context, needs
from smdesk.services.due_sources import Asked, Source
from smdesk.services.today_lines import Line
from smdesk.services.today_records import (
    SECTION_TITLES,
    DueDate,
    DueKind,
    Item,
    Overdue,
    Section,
    Target,
    Today,
    day_of,
    item_words,
    summary_words,
)
from smdesk.services.watching_records import DueLook

SHOWN: Final = 8
"""How many of each kind are told one by one."""

PRINTED: Final = 60
"""How many of each kind are printed one by one."""

COMING_DAYS: Final = 60
COMING: Final = 5
"""How far ahead is looked on a day on which nothing is due, and how many of those are told."""

_ALWAYS: Final = "9999"
"""Later than any stored day or moment: everything of this kind is told, however far ahead it is due."""


@needs(Permission.TODAY_READ)
def items(ctx: Context) -> Today:
    """Everything this reader is to do now, in sections with what is pressing first."""
    return _items(ctx, SHOWN)


@needs(Permission.ACCOUNTS_READ)
def overdue_replies(ctx: Context) -> Overdue:
    """Comments on school accounts past their time, those that became an incident too. Cheap: asked every minute."""
    now = ctx.now()
    with ctx.database.reading() as session:
        ask = due_sources.asked(session, ctx.user.id, ctx.today())
        found = _Found(now, 1)
        for part in _reply_parts(ask):
            found.add(ask, replace(part, until=utc_text(now)))
        sections = found.sections()
    if not sections or not sections[0].overdue:
        return Overdue()
    first = sections[0].items[0]
    return Overdue(sections[0].overdue, item_words(first, now), first.target)


@needs(Permission.TODAY_READ)
def counts(ctx: Context) -> dict[str, int]:
    """How many things this reader is to see to in each tab, by the tab's name, and under "today" in all."""
    found = _items(ctx, 1)
    by_tab = Counter[str]()
    for section in found.sections:
        by_tab[section.target.tab] += section.count
    return {**by_tab, "today": found.count}


@needs(Permission.LISTS_EXPORT)
def paper(ctx: Context) -> bytes:
    """What this reader is to do now on paper, for the morning meeting: a tagged PDF. Written to the audit log, as
    every list that leaves the program is.
    """
    from smdesk.documents import today_paper
    from smdesk.services import list_files

    found = _items(ctx, PRINTED)
    with ctx.database.writing() as session:
        made = list_files.made(session, ctx)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="today.printed",
            object_kind="today",
            object_id=None,
            detail={"rows": sum(len(section.items) for section in found.sections)},
        )
    return today_paper.render_bytes(
        today_paper.TodayData(
            school=made.school,
            printed_by=made.by,
            printed_at=made.at,
            summary=summary_words(found.count, found.overdue),
            sections=tuple(
                today_paper.DueSection(
                    section.title,
                    tuple(
                        today_paper.DueLine(each.title, each.why, item_words(each, found.as_of))
                        for each in section.items
                    ),
                    section.more,
                )
                for section in found.sections
            ),
        )
    )


def _items(ctx: Context, shown: int) -> Today:
    now, today = ctx.now(), ctx.today()
    with ctx.database.reading() as session:
        ask = due_sources.asked(session, ctx.user.id, today)
    looks = watching.due_on(ctx, today) if ask.may(Permission.ACCOUNTS_READ) else []
    with ctx.database.reading() as session:
        ask = due_sources.asked(session, ctx.user.id, today)
        found = _Found(now, shown)
        for part in _parts(ask):
            found.add(ask, part)
        _accounts(ask, found, looks)
        _agreements(ask, found)
        papers, questions = _waiting_answers(ask)
    if papers:
        from smdesk.services import connection_decisions

        for paper in connection_decisions.to_confirm(ctx):
            found.single(today_lines.paper(paper))
    if questions:
        from smdesk.services import connection_questions

        for question in connection_questions.rows(ctx, open_only=True):
            if question.may_close and question.answered_on is not None:
                found.single(today_lines.question(question))
    sections = found.sections()
    coming = () if sections else _coming(ctx)
    return Today(now, sections, coming, figures_only=_figures_only(ask))


def _waiting_answers(ask: Asked) -> tuple[bool, bool]:
    """Whether any decision on paper and any answered question waits for whoever decides. Asked first: most days none
    does, and what tells of them is a part of the program that the first screen can do without.
    """
    if not ask.may(Permission.QUEUE_READ):
        return False, False
    papers = "SELECT 1 FROM connection_decision WHERE origin = 'paper' AND answer = '' LIMIT 1"
    questions = "SELECT 1 FROM relationship_question WHERE status = 'answered' LIMIT 1"
    return ask.raw.execute(papers).fetchone() is not None, ask.raw.execute(questions).fetchone() is not None


def _coming(ctx: Context) -> tuple[DueDate, ...]:
    return tuple(due_dates.due_dates(ctx, ctx.today(), ctx.today() + timedelta(days=COMING_DAYS))[:COMING])


def _figures_only(ask: Asked) -> bool:
    """Whether this reader opens no record at all, but figures: a governor."""
    records = (Permission.INCIDENTS_READ, Permission.CONNECTIONS_READ, Permission.ACCOUNTS_READ)
    return ask.may(Permission.REPORTS_FIGURES) and not any(ask.may(each) for each in records)


@dataclass(frozen=True, slots=True)
class Part:
    """A source, how its rows are told, how far ahead it is announced, and where its whole list stands."""

    source: Source
    told: Callable[[Sequence[Any], datetime], Line]
    target: Target
    until: str = _ALWAYS


class _Found:
    """The sections as they are put together."""

    def __init__(self, now: datetime, shown: int) -> None:
        self.now, self.shown = now, shown
        self._counts: dict[DueKind, tuple[int, int]] = {}
        self._items: dict[DueKind, list[Item]] = {}
        self._targets: dict[DueKind, Target] = {}

    def add(self, ask: Asked, part: Part) -> None:
        """Everything of one source: counted, and the first few read."""
        source, raw = part.source, ask.raw
        past = utc_text(self.now) if source.moment else ask.today.isoformat()
        params = {**source.params, "until": part.until, "past": past, "limit": self.shown}
        windowed = bool(source.due) and part.until != _ALWAYS
        rows = raw.execute(source.first(until=windowed), params).fetchall()
        if not rows:
            return
        self._count(source.kind, rows[0][2], rows[0][3], part.target)
        for found in rows:
            row = (*found[:2], *found[4:])
            line = part.told(row, self.now)
            due = _due(row[1], source.moment)
            late = row[1] is not None and row[1] < past
            item = Item(source.kind, row[0], line.title, line.why, line.due or due, late, line.target)
            self._items.setdefault(source.kind, []).append(item)

    def single(self, item: Item) -> None:
        """One item that no source counted."""
        section = Target(item.target.tab, item.target.part)
        self._count(item.kind, 1, int(item.overdue), section)
        self._items.setdefault(item.kind, []).append(item)

    def several(
        self, kind: DueKind, target: Target, count: int, overdue: int, listed: Sequence[Item]
    ) -> None:
        """Things that were counted elsewhere, with the first few of them."""
        if count:
            self._count(kind, count, overdue, target)
            self._items.setdefault(kind, []).extend(listed)

    def _count(self, kind: DueKind, count: int, overdue: int, target: Target) -> None:
        before = self._counts.get(kind, (0, 0))
        self._counts[kind] = (before[0] + count, before[1] + overdue)
        self._targets.setdefault(kind, target)

    def sections(self) -> tuple[Section, ...]:
        """In the order of their titles' list; where two sources share one, by when they are due."""
        made = []
        for kind in SECTION_TITLES:
            if kind in self._counts:
                count, overdue = self._counts[kind]
                listed = sorted(self._items[kind], key=_pressing)[: self.shown]
                made.append(Section(kind, count, overdue, tuple(listed), self._targets[kind]))
        return tuple(made)


def _due(stored: str | None, moment: bool) -> date | datetime | None:
    if stored is None:
        return None
    return from_utc_text(stored) if moment else date.fromisoformat(stored)


def _pressing(item: Item) -> tuple[bool, str]:
    """Sorting key: what has a day first, the earliest first. Python keeps the order of what is equal."""
    if item.due is None:
        return True, ""
    moment = utc_text(item.due) if isinstance(item.due, datetime) else day_of(item.due).isoformat()
    return False, moment


def _parts(ask: Asked) -> Iterator[Part]:
    """The sources this reader's roles open, each with how far ahead the school wants to be told."""
    yield from _incident_parts(ask)
    yield from _letter_parts(ask)
    yield from _connection_parts(ask)
    yield from _account_parts(ask)
    yield from _agreement_parts(ask)


def _until(ask: Asked, days: int) -> str:
    return (ask.today + timedelta(days=days)).isoformat()


def _reply_parts(ask: Asked) -> Iterator[Part]:
    if ask.may(Permission.ACCOUNTS_READ):
        yield Part(due_sources.messages(), today_lines.message, Target("accounts", "messages"))
    if ask.may(Permission.INCIDENTS_READ):
        yield Part(due_sources.incident_replies(ask.who), today_lines.incident_reply, Target("incidents"))


def _incident_parts(ask: Asked) -> Iterator[Part]:
    who, may = ask.who, ask.may
    yield from _reply_parts(ask)
    if may(Permission.INCIDENTS_READ):
        incidents = Target("incidents")
        tonight = utc_text(incident_state.end_of_day(ask.today))
        yield Part(due_sources.incident_steps(who), today_lines.incident_step, incidents, tonight)
    if may(Permission.QUEUE_READ):
        yield Part(due_sources.incidents_told(who), today_lines.incident_told, Target("queue"))


def _letter_parts(ask: Asked) -> Iterator[Part]:
    who, may = ask.who, ask.may
    if may(Permission.LETTERS_APPROVE):
        source = due_sources.letters_to_sign(ask.session, who)
        yield Part(source, today_lines.letter_to_sign, Target("queue"))
    if may(Permission.LETTERS_DRAFT):
        yield Part(due_sources.letters_to_mend(who), today_lines.letter_to_mend, Target("letters"))
    if may(Permission.LETTERS_ISSUE):
        yield Part(due_sources.letters_to_issue(who), today_lines.letter_to_issue, Target("letters"))
        yield Part(due_sources.letters_to_send(who), today_lines.letter_to_send, Target("letters"))
        yield Part(due_sources.letters_back(who), today_lines.letter_back, Target("letters"))


def _connection_parts(ask: Asked) -> Iterator[Part]:
    who, may, register = ask.who, ask.may, Target("connections")
    remind = _until(ask, ask.profile.clocks.exception_reminder_days)
    if may(Permission.QUEUE_READ):
        seen = connection_sight.where_decidable(ask.session, who)
        yield Part(due_sources.exceptions_to_decide(ask.session, who), today_lines.exception, Target("queue"))
        reviews = due_sources.exception_reviews(seen, ask.today)
        yield Part(reviews, today_lines.exception_to_review, Target("queue"), remind)
    elif may(Permission.CONNECTIONS_READ):
        # Whoever does not decide is told of a review once it is due, to remind whoever does.
        reviews = due_sources.exception_reviews(connection_sight.where_full(who), ask.today)
        yield Part(reviews, today_lines.exception_review, register, ask.today.isoformat())
    if may(Permission.CONNECTIONS_EDIT):
        yield Part(due_sources.exceptions_to_complete(who), today_lines.exception_to_complete, register)


def _account_parts(ask: Asked) -> Iterator[Part]:
    who, may = ask.who, ask.may
    remind = _until(ask, ask.profile.accounts.reminder_days)
    if may(Permission.CASES_READ):
        yield Part(due_sources.cases_to_decide(), today_lines.case, Target("cases"))
    if may(Permission.CASES_EDIT):
        yield Part(due_sources.cases_to_complete(who), today_lines.case_to_complete, Target("cases"))
    if may(Permission.SIGN_OFFS_DECIDE):
        yield Part(due_sources.sign_offs(who), today_lines.sign_off, Target("accounts", "sign_offs"))
    if may(Permission.ACCOUNTS_READ):
        yield Part(due_sources.messages_open(), today_lines.message_open, Target("accounts", "messages"))
        yield Part(
            due_sources.account_reviews(), today_lines.account_review, Target("accounts", "register"), remind
        )
        yield Part(
            due_sources.blocks(who), today_lines.block, Target("accounts", "blocks"), ask.today.isoformat()
        )
    if may(Permission.REPUTATION_READ):
        findings = Target("reputation", "findings")
        yield Part(due_sources.findings(), today_lines.finding, findings)
        yield Part(due_sources.findings_to_do(), today_lines.finding_to_do, findings)
        yield Part(
            due_sources.places(), today_lines.place, Target("reputation", "places"), ask.today.isoformat()
        )


def _agreement_parts(ask: Asked) -> Iterator[Part]:
    if not ask.may(Permission.AGREEMENTS_READ):
        return
    remind = _until(ask, ask.profile.accounts.reminder_days)
    yield Part(due_sources.policies(ask.today), today_lines.policy, Target("agreements", "policies"), remind)
    yield Part(
        due_sources.trainings(ask.today), today_lines.training, Target("agreements", "training"), remind
    )


def _accounts(ask: Asked, found: _Found, looks: Sequence[DueLook]) -> None:
    """Accounts nobody has looked at for too long, and those that do not comply for other reasons (ACC-3, ACC-4)."""
    if not ask.may(Permission.ACCOUNTS_READ):
        return
    register, rota = Target("accounts", "register"), Target("accounts", "watching")
    lacking = account_state.not_compliant(ask.session, ask.today)
    unseen = {
        account_id: next(gap.text for gap in standing.gaps if gap.kind is GapKind.NOT_WATCHED)
        for account_id, standing in lacking.items()
        if any(gap.kind is GapKind.NOT_WATCHED for gap in standing.gaps)
    }
    todays = {each.account_id: each for each in looks if not each.looked}
    # Mine first, then what nobody has looked at for too long, then the rest.
    order = sorted(
        {*unseen, *todays},
        key=lambda each: (each not in todays or not todays[each].mine, each not in unseen, each),
    )
    found.several(
        DueKind.UNWATCHED,
        rota,
        len(order),
        len(unseen),
        [
            Item(
                DueKind.UNWATCHED,
                each,
                name,
                " ".join(part for part in (unseen.get(each, ""), today_lines.look(todays.get(each))) if part),
                None,
                each in unseen,
                Target("accounts", "watching", each),
            )
            for each, name in _names(ask, order[: found.shown])
        ],
    )
    # What has a section of its own is not told twice.
    elsewhere = (GapKind.NOT_WATCHED, GapKind.REVIEW_OVERDUE)
    others = {
        account_id: [gap for gap in standing.gaps if gap.kind not in elsewhere]
        for account_id, standing in lacking.items()
    }
    order = [account_id for account_id, gaps in others.items() if gaps]
    found.several(
        DueKind.ACCOUNT,
        register,
        len(order),
        0,
        [
            Item(
                DueKind.ACCOUNT,
                each,
                name,
                f"{standing_words(others[each])}.",
                None,
                False,
                Target("accounts", "register", each),
            )
            for each, name in _names(ask, order[: found.shown])
        ],
    )


def _names(ask: Asked, account_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Accounts by id with their names, in the given order."""
    rows = ask.raw.execute(
        "SELECT id, handle, platform FROM school_account WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(account_ids)),),
    ).fetchall()
    named = {row[0]: account_name(row[1], row[2]) for row in rows}
    return [(each, named[each]) for each in account_ids]


def _agreements(ask: Asked, found: _Found) -> None:
    """Answers and training that people on record still owe, by how many they are (AUP-1, AUP-2)."""
    if not ask.may(Permission.AGREEMENTS_READ):
        return
    for each in agreement_state.outstanding_counts(ask.session, ask.today):
        target = Target("agreements", "outstanding", each.policy_id)
        why = f"{today_lines.people(each.count)} to answer, version {each.label}."
        found.single(Item(DueKind.OUTSTANDING, each.policy_id, each.title, why, None, False, target))
    rows = ask.raw.execute(due_sources.UNTRAINED, {"today": ask.today.isoformat()}).fetchall()
    for type_id, name, count in rows:
        need = "needs it and has" if count == 1 else "need it and have"
        why = f"{today_lines.people(count)} {need} not held it."
        target = Target("agreements", "training")
        found.single(Item(DueKind.UNTRAINED, type_id, name, why, None, False, target))
