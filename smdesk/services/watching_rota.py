"""The rota of an account, and who covers for somebody who is away (ACC-4).

A rota is changed from today on: what it asked for on days gone by stays as it was, for the strip must not change
afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Person, SchoolAccount, WatchCover, WatchTurn
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem, Refused
from smdesk.policy import watching as policy
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.watching import EVERY_DAY, Turn
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import account_state, history, watching_state
from smdesk.services.account_words import account_name
from smdesk.services.context import Context, Saved, needs
from smdesk.services.people_base import NO_SUCH_PERSON, name_of
from smdesk.services.people_records import kinds_of
from smdesk.services.watching import NO_SUCH_ACCOUNT, turns_words
from smdesk.services.watching_records import CoverDraft, CoverRow, OnRota, Rota, TurnDraft

_LONGEST: Final = 2_000
_MOST_TURNS: Final = 30
_EARLIEST: Final = date(2000, 1, 1)
_LONGEST_ABSENCE: Final = 366
_ONE_DAY: Final = timedelta(days=1)
_NOBODY: Final = frozenset({PersonKind.PUPIL, PersonKind.THIRD_PARTY, PersonKind.UNKNOWN})
"""Kinds of people who never look after an account for the school."""
NO_SUCH_COVER: Final = "There is no such entry any more: somebody may have taken it back."


@needs(Permission.ACCOUNTS_READ)
def rota(ctx: Context, account_id: int) -> Rota:
    """Who looks at an account today and later. Raises NotFound."""
    with ctx.database.reading() as session:
        account = _account(session, account_id)
        rows = _running(session, account_id, ctx.today())
        names = watching_state.watchers(session, (row.person_id for row in rows))
        asked = account_state.rules(session).monitor_days_a_week
        return Rota(
            account.id,
            account.version,
            account_name(account.handle, account.platform),
            tuple(_draft(row, names[row.person_id].name) for row in rows),
            policy.rota_words(asked, [_turn(row) for row in rows]),
            asked,
        )


@needs(Permission.ACCOUNTS_EDIT)
def save_turns(ctx: Context, account_id: int, version: int, turns: Sequence[TurnDraft]) -> Saved:
    """Let these be the lines of an account's rota from today on; lines that are not among them end.

    Raises Invalid for all problems at once, NotFound, Conflict where the account was changed since ``version``,
    Refused for a closed account.
    """
    today = ctx.today()
    with ctx.database.writing() as session:
        account = _open_account(session, account_id)
        people = {row.id: row for row in session.scalars(select(Person).where(Person.id.in_(_ids(turns))))}
        problems = list(_turn_problems(turns, people, today))
        if problems:
            raise Invalid(problems)
        rows = _running(session, account_id, today)
        before = _words(session, rows)
        if account.version != version:
            mine = [_turn_of(each, today) for each in turns]
            raise Conflict(
                "Somebody else changed this account since you opened its rota.",
                [FieldChange("turns", "Rota", before, _turn_words(session, mine))],
                account.version,
            )
        held = {row.id: row for row in rows}
        kept = {each.id: each for each in turns if each.id in held}
        for row in rows:
            if row.id not in kept:
                _end(session, row, today)
        for draft in turns:
            _write(session, account_id, held.get(draft.id or 0), draft, today)
        session.flush()
        rows = _running(session, account_id, today)
        after = _words(session, rows)
        account.watch_days = 0
        for row in rows:
            account.watch_days |= row.days
        account.watch_holidays = any(row.holidays for row in rows)
        account.version += 1
        said = f"Rota: {after}." if after else "Nobody is on the rota any more."
        history.add(session, ctx, "account", account.id, "rota", said, rule="ACC-4")
        _audit(session, ctx, "account.rota_saved", account.id, {"before": before, "after": after})
        return Saved(account.id, account.version, frozenset({("account", account.id)}))


def _ids(turns: Sequence[TurnDraft]) -> set[int]:
    return {each.person_id for each in turns if each.person_id is not None}


def _turn_problems(turns: Sequence[TurnDraft], people: dict[int, Person], today: date) -> Iterable[Problem]:
    if len(turns) > _MOST_TURNS:
        yield Problem("turns", f"A rota has at most {_MOST_TURNS} lines.")
    for place, draft in enumerate(turns):
        field = f"turns.{place}"
        person = people.get(draft.person_id or 0)
        who = f"Line {place + 1}" if person is None else name_of(person)
        if person is None:
            said = "choose who looks." if draft.person_id is None else NO_SUCH_PERSON.lower()
            yield Problem(field, f"{who}: {said}")
        else:
            yield from _person_problems(field, person, draft, today)
        if not 0 < draft.days <= EVERY_DAY:
            yield Problem(field, f"{who}: tick at least one day of the week.")
        begins = draft.from_on or today
        if begins < _EARLIEST:
            yield Problem(field, f"{who}: the first day lies before the year 2000. Check the date.")
        if draft.until_on is not None and draft.until_on < begins:
            yield Problem(field, f"{who}: the last day lies before the first one. Check the dates.")
    yield from _twice(turns, people, today)


def _person_problems(field: str, person: Person, draft: TurnDraft, today: date) -> Iterable[Problem]:
    name = name_of(person)
    if person.merged_into is not None:
        yield Problem(field, f"This record of {name} was merged. Choose the one that is left.")
    if _NOBODY.issuperset(kinds_of(person.kind, person.also)):
        yield Problem(
            field,
            f"{name} is not on record as somebody of the school. Choose somebody who may look after accounts.",
        )
    left = person.left_on
    if left is None or left > max(today, draft.from_on or today):
        return
    if draft.until_on is None or draft.until_on >= left:
        yield Problem(field, f"{name} left the school on {written_day(left)}. Put somebody else on the rota.")


def _twice(turns: Sequence[TurnDraft], people: dict[int, Person], today: date) -> Iterable[Problem]:
    """One person on two lines for the same days: whoever reads the rota would think that two look."""
    for place, one in enumerate(turns):
        for other in turns[:place]:
            days = one.days & other.days
            if one.person_id is None or one.person_id != other.person_id or not days:
                continue
            if _meet(_turn_of(one, today), _turn_of(other, today)) and one.person_id in people:
                name, twice = name_of(people[one.person_id]), policy.days_words(days)
                yield Problem(f"turns.{place}", f"{name} is on the rota twice for {twice}. Leave one out.")


def _meet(one: Turn, other: Turn) -> bool:
    return (one.until_on is None or other.from_on <= one.until_on) and (
        other.until_on is None or one.from_on <= other.until_on
    )


def _turn_of(draft: TurnDraft, today: date) -> Turn:
    return Turn(draft.person_id or 0, draft.days, draft.holidays, draft.from_on or today, draft.until_on)


def _write(session: Session, account_id: int, row: WatchTurn | None, draft: TurnDraft, today: date) -> None:
    wanted = _turn_of(draft, today)
    if row is not None:
        same = (row.person_id, row.days, row.holidays) == (wanted.person_id, wanted.days, wanted.holidays)
        if same and row.from_on == wanted.from_on:
            row.until_on = wanted.until_on
            return
        if row.from_on < today:
            # The line as it was stands for the days gone by; the new one begins today.
            _end(session, row, today)
            wanted = Turn(
                wanted.person_id, wanted.days, wanted.holidays, max(wanted.from_on, today), wanted.until_on
            )
            row = None
    if row is None:
        row = WatchTurn(account_id=account_id)
        session.add(row)
    row.person_id, row.days, row.holidays = wanted.person_id, wanted.days, wanted.holidays
    row.from_on, row.until_on = wanted.from_on, wanted.until_on


def _end(session: Session, row: WatchTurn, today: date) -> None:
    if row.from_on >= today:
        session.delete(row)
    else:
        row.until_on = today - _ONE_DAY


def _running(session: Session, account_id: int, today: date) -> list[WatchTurn]:
    return list(
        session.scalars(
            select(WatchTurn)
            .where(
                WatchTurn.account_id == account_id,
                or_(WatchTurn.until_on.is_(None), WatchTurn.until_on >= today),
            )
            .order_by(WatchTurn.from_on, WatchTurn.id)
        )
    )


def _draft(row: WatchTurn, name: str) -> TurnDraft:
    return TurnDraft(row.person_id, row.days, row.holidays, row.from_on, row.until_on, row.id, name)


def _turn(row: WatchTurn) -> Turn:
    return Turn(row.person_id, row.days, row.holidays, row.from_on, row.until_on)


def _words(session: Session, rows: Sequence[WatchTurn]) -> str:
    return _turn_words(session, [_turn(row) for row in rows])


def _turn_words(session: Session, turns: Sequence[Turn]) -> str:
    names = watching_state.watchers(session, (turn.person_id for turn in turns))
    return turns_words(turns, {each: who.name for each, who in names.items()})


# Absence and cover


@needs(Permission.ACCOUNTS_READ)
def on_rotas(ctx: Context) -> list[OnRota]:
    """Everybody who stands on a rota of an open account today or later, by name."""
    with ctx.database.reading() as session:
        rows = session.execute(
            select(WatchTurn.person_id, SchoolAccount.id, SchoolAccount.handle, SchoolAccount.platform)
            .join(SchoolAccount, SchoolAccount.id == WatchTurn.account_id)
            .where(
                SchoolAccount.closed_on.is_(None),
                or_(WatchTurn.until_on.is_(None), WatchTurn.until_on >= ctx.today()),
            )
            .order_by(SchoolAccount.id)
        ).all()
        people = watching_state.watchers(session, (row[0] for row in rows))
        places: dict[int, dict[int, str]] = {}
        for person_id, account_id, handle, platform in rows:
            places.setdefault(person_id, {})[account_id] = account_name(handle, platform)
        found = [OnRota(each, people[each].name, tuple(where.items())) for each, where in places.items()]
        return sorted(found, key=lambda each: (each.name.casefold(), each.person_id))


@needs(Permission.ACCOUNTS_READ)
def covers(ctx: Context) -> list[CoverRow]:
    """Absences of today and later, the earliest first."""
    with ctx.database.reading() as session:
        rows = session.scalars(
            select(WatchCover)
            .where(WatchCover.until_on >= ctx.today())
            .order_by(WatchCover.from_on, WatchCover.id)
        ).all()
        return [_row(session, row) for row in rows]


def _row(session: Session, row: WatchCover) -> CoverRow:
    people = watching_state.watchers(session, [row.absent_id, row.cover_id or row.absent_id])
    account = None if row.account_id is None else session.get_one(SchoolAccount, row.account_id)
    return CoverRow(
        row.id,
        row.account_id,
        "" if account is None else account_name(account.handle, account.platform),
        row.absent_id,
        people[row.absent_id].name,
        row.cover_id,
        "" if row.cover_id is None else people[row.cover_id].name,
        row.from_on,
        row.until_on,
        row.note,
    )


@needs(Permission.ACCOUNTS_WATCH)
def add_cover(ctx: Context, draft: CoverDraft) -> Saved:
    """Write down that somebody is away, and who covers. Raises Invalid, NotFound, Refused for a closed account."""
    with ctx.database.writing() as session:
        if draft.account_id is not None:
            _open_account(session, draft.account_id)
        problems = list(_cover_problems(session, draft, ctx.today()))
        if problems or draft.absent_id is None or draft.from_on is None or draft.until_on is None:
            raise Invalid(problems)
        row = WatchCover(
            account_id=draft.account_id,
            absent_id=draft.absent_id,
            cover_id=draft.cover_id,
            from_on=draft.from_on,
            until_on=draft.until_on,
            note=draft.note.strip(),
            recorded_by=ctx.user.id,
            recorded_at=ctx.now(),
        )
        session.add(row)
        session.flush()
        return _saved(session, ctx, row, "account.cover_added", _cover_words(_row(session, row)))


@needs(Permission.ACCOUNTS_WATCH)
def name_cover(ctx: Context, cover_id: int, person_id: int | None) -> Saved:
    """Say who covers an absence, or somebody else than before; None: nobody after all.

    Raises Invalid, NotFound, Refused for an absence that is over.
    """
    with ctx.database.writing() as session:
        row = _cover(session, cover_id, ctx.today())
        draft = CoverDraft(row.absent_id, person_id, row.from_on, row.until_on, row.account_id, row.note)
        problems = list(_cover_person_problems(session, draft))
        if problems:
            raise Invalid(problems)
        row.cover_id = person_id
        session.flush()
        return _saved(session, ctx, row, "account.cover_named", _cover_words(_row(session, row)))


@needs(Permission.ACCOUNTS_WATCH)
def end_cover(ctx: Context, cover_id: int) -> Saved:
    """Somebody is back: the absence ended yesterday, or it never began. Raises NotFound, Refused where it is over."""
    today = ctx.today()
    with ctx.database.writing() as session:
        row = _cover(session, cover_id, today)
        words = _row(session, row)
        saved = _saved(
            session, ctx, row, "account.cover_ended", f"{words.absent} is back; {_cover_words(words)}"
        )
        if row.from_on >= today:
            session.delete(row)
        else:
            row.until_on = today - _ONE_DAY
        return saved


def _cover(session: Session, cover_id: int, today: date) -> WatchCover:
    row = session.get(WatchCover, cover_id)
    if row is None:
        raise NotFound(NO_SUCH_COVER)
    if row.until_on < today:
        raise Refused(f"This absence ended on {written_day(row.until_on)}.")
    return row


def _cover_words(row: CoverRow) -> str:
    by = f"covered by {row.cover}" if row.cover else "nobody covers yet"
    return f"{row.absent} is away {policy.span_words(row.from_on, row.until_on)}, {by}"


def _cover_problems(session: Session, draft: CoverDraft, today: date) -> Iterable[Problem]:
    absent = None if draft.absent_id is None else session.get(Person, draft.absent_id)
    if absent is None:
        yield Problem("absent_id", "Choose who is away.")
    first, last = draft.from_on, draft.until_on
    if first is None:
        yield Problem("from_on", "Say from which day.")
    if last is None:
        yield Problem("until_on", "Say until which day; the last day away is meant.")
    if first is not None and last is not None:
        if last < first:
            yield Problem("until_on", "The last day lies before the first one. Check the dates.")
        elif last < today:
            yield Problem("until_on", "Those days are over: nobody can cover them any more.")
        elif (last - first).days > _LONGEST_ABSENCE:
            yield Problem("until_on", "That is longer than a year. Take them off the rota instead.")
        elif absent is not None:
            yield from _overlap(session, draft, absent, first, last)
    if len(draft.note) > _LONGEST:
        yield Problem("note", f"At most {_LONGEST:,} letters can be kept.")
    yield from _cover_person_problems(session, draft)


def _overlap(
    session: Session, draft: CoverDraft, absent: Person, first: date, last: date
) -> Iterable[Problem]:
    same = (
        WatchCover.account_id.is_(None)
        if draft.account_id is None
        else WatchCover.account_id == draft.account_id
    )
    held = session.scalars(
        select(WatchCover)
        .where(
            WatchCover.absent_id == absent.id, same, WatchCover.from_on <= last, WatchCover.until_on >= first
        )
        .order_by(WatchCover.from_on)
    ).first()
    if held is not None:
        yield Problem(
            "from_on",
            f"{name_of(absent)} is away already, {policy.span_words(held.from_on, held.until_on)}. "
            "Name who covers there, or end that first.",
        )


def _cover_person_problems(session: Session, draft: CoverDraft) -> Iterable[Problem]:
    if draft.cover_id is None:
        return
    person = session.get(Person, draft.cover_id)
    if person is None or person.merged_into is not None:
        yield Problem("cover_id", "Choose who covers from the list.")
        return
    name = name_of(person)
    if draft.cover_id == draft.absent_id:
        yield Problem("cover_id", f"{name} cannot cover for themselves. Choose somebody else.")
    if _NOBODY.issuperset(kinds_of(person.kind, person.also)):
        yield Problem(
            "cover_id",
            f"{name} is not on record as somebody of the school. Choose somebody who may look after accounts.",
        )
    if person.left_on is not None and draft.until_on is not None and person.left_on <= draft.until_on:
        yield Problem(
            "cover_id", f"{name} leaves the school on {written_day(person.left_on)}. Choose somebody else."
        )


# Inside a transaction


def _account(session: Session, account_id: int) -> SchoolAccount:
    account = session.get(SchoolAccount, account_id)
    if account is None:
        raise NotFound(NO_SUCH_ACCOUNT)
    return account


def _open_account(session: Session, account_id: int) -> SchoolAccount:
    account = _account(session, account_id)
    if account.closed_on is not None:
        raise Refused(
            f"{account_name(account.handle, account.platform)} was closed on {written_day(account.closed_on)}: "
            "nobody looks after it any more."
        )
    return account


def _saved(session: Session, ctx: Context, row: WatchCover, action: str, words: str) -> Saved:
    """Tell every account it bears on, write the log, and say what changed."""
    if row.account_id is not None:
        concerned = [row.account_id]
    else:
        concerned = sorted(
            set(
                session.scalars(
                    select(WatchTurn.account_id).where(
                        WatchTurn.person_id == row.absent_id,
                        or_(WatchTurn.until_on.is_(None), WatchTurn.until_on >= row.from_on),
                    )
                )
            )
        )
    for account_id in concerned:
        history.add(session, ctx, "account", account_id, "cover", f"{words}.", reason=row.note, rule="ACC-4")
    _audit(session, ctx, action, row.account_id, {"cover": row.id, "words": words, "accounts": concerned})
    return Saved(row.id, 1, frozenset({("cover", row.id), *(("account", each) for each in concerned)}))


def _audit(
    session: Session, ctx: Context, action: str, account_id: int | None, detail: dict[str, Any]
) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="account",
        object_id=account_id,
        detail=detail,
    )
