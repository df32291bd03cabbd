"""Who has answered which policy and who has not: ids in order, rows by id, and how many each view holds (AUP-1).

A row is a pair of policy and person; its id is made of the two, so that the list holds nothing but numbers. Somebody
who answered is listed whether or not they are asked any more; nobody is listed who has left.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import search
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.security.permissions import Permission
from smdesk.services import agreement_state
from smdesk.services.agreement_records import (
    AnswerChoices,
    AnswerColumn,
    AnswerFilter,
    AnswerRow,
    AnswerSort,
    AnswerState,
    AnswerView,
    AskedPerson,
    OutstandingCount,
)
from smdesk.services.agreement_state import PRESENT, Asked, Params, state_words
from smdesk.services.context import Context, needs
from smdesk.services.driver import driver, stored_day
from smdesk.services.incident_state import person_name
from smdesk.services.list_sql import Query, ranked
from smdesk.services.readiness import versions_in_use
from smdesk.services.settings import Shelf

_SHIFT: Final = 32
_CHUNK: Final = 1000

_VIEWS: Final = {
    AnswerView.OUTSTANDING: "{asked} AND NOT {answered}",
    AnswerView.DECLINED: "{answer} = 'declined'",
    AnswerView.SIGNED: "{answer} = 'signed'",
    AnswerView.ALL: "({asked} OR {answered})",
}

_CHILDREN: Final = (
    "(SELECT group_concat(name, ', ') FROM (SELECT ltrim(child.given_name || ' ' || child.family_name)"
    " || CASE WHEN child.class_name <> '' THEN ' (' || child.class_name || ')' ELSE '' END AS name"
    " FROM person_link JOIN person AS child ON child.id = person_link.other_id"
    " WHERE person_link.person_id = person.id AND person_link.relation IN ('parent_of', 'carer_of')"
    " ORDER BY child.sort_name, child.id))"
)

_OWN_OR_CHILDS: Final = (
    "(person.{column} = :{column} COLLATE NOCASE OR EXISTS (SELECT 1 FROM person_link"
    " JOIN person AS child ON child.id = person_link.other_id WHERE person_link.person_id = person.id"
    " AND person_link.relation IN ('parent_of', 'carer_of') AND child.merged_into IS NULL"
    " AND (child.left_on IS NULL OR child.left_on > :today) AND child.{column} = :{column} COLLATE NOCASE))"
)
"""In a class or year group, or parent or carer of somebody in it."""


def _filter_from(held: Mapping[str, Any]) -> AnswerFilter:
    return AnswerFilter(
        view=AnswerView(held["view"]),
        text=str(held["text"]),
        policy_id=held["policy_id"],
        kind=None if held["kind"] is None else PersonKind(held["kind"]),
        class_name=str(held["class_name"]),
        year_group=str(held["year_group"]),
        person_id=held["person_id"],
    )


def _sort_from(column: str, descending: bool) -> AnswerSort:
    return AnswerSort(AnswerColumn(column), descending)


SHELF: Final = Shelf("answer_filters", _filter_from, _sort_from)
"""Where the saved filters of this list are kept."""


def pair_id(policy_id: int, person_id: int) -> int:
    """The id of a row."""
    return policy_id << _SHIFT | person_id


def pair_of(row_id: int) -> tuple[int, int]:
    """Policy and person of a row."""
    return row_id >> _SHIFT, row_id & ((1 << _SHIFT) - 1)


@needs(Permission.AGREEMENTS_READ)
def sorted_ids(ctx: Context, filter: AnswerFilter, sort: AnswerSort) -> array[int]:
    """The ids of the rows, in order."""
    with ctx.database.reading() as session:
        query = ids_query(session, filter, sort, ctx.today())
        if query is None:
            return array("q")
        return array("q", map(itemgetter(0), driver(session).execute(query.sql, query.params)))


def ids_query(session: Session, wanted: AnswerFilter, sort: AnswerSort, today: date) -> Query | None:
    """The statement behind ``sorted_ids``; None where no policy in use is left to look at."""
    only = None if wanted.policy_id is None else [wanted.policy_id]
    found, params = agreement_state.policies_on(session, today, only)
    if not found:
        return None
    narrowed = "".join(f" AND {each}" for each in _conditions(wanted, params))
    view = _VIEWS[wanted.view]
    parts = []
    for place, each in enumerate(found):
        params[f"policy{place}"] = each.policy.policy_id
        params[f"label{place}"] = each.policy.label.casefold()
        shown = view.format(asked=each.asked, answered=each.answered, answer=each.answer)
        parts.append(
            f"SELECT (:policy{place} << {_SHIFT}) | person.id AS row, person.sort_name AS name,"  # noqa: S608 - bound
            f" {_key(sort.column, each, place)} AS key FROM person WHERE {PRESENT} AND {shown}{narrowed}"
        )
    way = " DESC" if sort.descending else ""
    blanks = "key IS NULL OR key = '', " if sort.column in _BLANKS_LAST else ""
    sql = f"SELECT row FROM ({' UNION ALL '.join(parts)}) ORDER BY {blanks}key{way}, name{way}, row{way}"  # noqa: S608 - bound
    return Query(sql, params)


_BLANKS_LAST: Final = frozenset(
    {AnswerColumn.YEAR, AnswerColumn.CLASS, AnswerColumn.CHILDREN, AnswerColumn.ANSWERED, AnswerColumn.HOW}
)


def _key(column: AnswerColumn, each: Asked, place: int) -> str:
    match column:
        case AnswerColumn.NAME:
            return "person.sort_name"
        case AnswerColumn.KIND:
            return ranked("person.kind", KIND_LABELS)
        case AnswerColumn.YEAR:
            return "person.year_group COLLATE NOCASE"
        case AnswerColumn.CLASS:
            return "person.class_name COLLATE NOCASE"
        case AnswerColumn.CHILDREN:
            return _CHILDREN
        case AnswerColumn.POLICY:
            return str(place)  # they stand by title already
        case AnswerColumn.VERSION:
            return f":label{place}"
        case AnswerColumn.STATE:
            return each.state
        case AnswerColumn.ANSWERED:
            return each.newest("answered_on")
        case AnswerColumn.HOW:
            return each.newest("how")


def _conditions(wanted: AnswerFilter, params: Params) -> Iterable[str]:
    match = search.person_match_expression(wanted.text)
    if match is not None:
        params["match"] = match
        yield "person.id IN (SELECT rowid FROM person_search WHERE person_search MATCH :match)"
    if wanted.kind is not None:
        params["kind"] = str(wanted.kind)
        yield "(person.kind = :kind OR instr(',' || person.also || ',', ',' || :kind || ','))"
    for column, value in (("class_name", wanted.class_name), ("year_group", wanted.year_group)):
        if value:
            params[column] = value
            yield _OWN_OR_CHILDS.format(column=column)
    if wanted.person_id is not None:
        params["person"] = wanted.person_id
        yield "person.id = :person"


@needs(Permission.AGREEMENTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[AnswerRow]:
    """The rows for these ids, in the same order. Ids whose policy or person is gone are left out."""
    with ctx.database.reading() as session:
        return rows_on(session, ids, ctx.today())


def rows_on(session: Session, ids: Sequence[int], today: date) -> list[AnswerRow]:
    """``rows`` inside somebody's transaction."""
    by_policy: dict[int, list[int]] = {}
    for row_id in ids:
        policy_id, person_id = pair_of(row_id)
        by_policy.setdefault(policy_id, []).append(person_id)
    found, params = agreement_state.policies_on(session, today, list(by_policy))
    raw = driver(session)
    made: dict[int, AnswerRow] = {}
    for each in found:
        people = by_policy[each.policy.policy_id]
        for start in range(0, len(people), _CHUNK):
            held = {**params, "ids": json.dumps(people[start : start + _CHUNK])}
            for row in raw.execute(_rows_sql(each), held).fetchall():
                answer = _row(each, row)
                made[answer.id] = answer
    return [made[row_id] for row_id in ids if row_id in made]


def _rows_sql(each: Asked) -> str:
    return (
        "SELECT person.id, person.given_name, person.family_name, person.kind, person.year_group, person.class_name,"  # noqa: S608 - own pieces
        f" coalesce({_CHILDREN}, ''), {each.state}, {each.newest('answered_on')}, {each.newest('how')}, {each.older}"
        " FROM person WHERE person.id IN (SELECT value FROM json_each(:ids)) AND person.merged_into IS NULL"
    )


def _row(each: Asked, row: Sequence[Any]) -> AnswerRow:
    person_id, given, family, kind, year, class_name, children, stored, day, how, older = row
    state, answered_on, policy = AnswerState(stored), stored_day(day), each.policy
    return AnswerRow(
        id=pair_id(policy.policy_id, person_id),
        policy_id=policy.policy_id,
        policy=policy.title,
        label=policy.label,
        person_id=person_id,
        name=person_name(given, family),
        kind=PersonKind(kind),
        year_group=year,
        class_name=class_name,
        children=children,
        state=state,
        words=state_words(state, policy.label, answered_on, policy.labels.get(older, "")),
        answered_on=answered_on,
        how=how or "",
    )


@needs(Permission.AGREEMENTS_READ)
def view_counts(ctx: Context) -> Mapping[AnswerView, int]:
    """How many rows each view holds, over all policies in use."""
    with ctx.database.reading() as session:
        tallies = agreement_state.tallies(session, ctx.today()).values()
        signed, declined = sum(each.signed for each in tallies), sum(each.declined for each in tallies)
        outstanding = sum(each.outstanding for each in tallies)
    return {
        AnswerView.OUTSTANDING: outstanding,
        AnswerView.DECLINED: declined,
        AnswerView.SIGNED: signed,
        AnswerView.ALL: outstanding + declined + signed,
    }


@needs(Permission.AGREEMENTS_READ)
def counts(ctx: Context) -> tuple[OutstandingCount, ...]:
    """How many answers each policy waits for, by title; those that wait for none are left out."""
    with ctx.database.reading() as session:
        return tuple(agreement_state.outstanding_counts(session, ctx.today()))


@needs(Permission.AGREEMENTS_READ)
def choices(ctx: Context) -> AnswerChoices:
    """What the list can be narrowed to: policies in use, and the classes and year groups of pupils who are here."""
    with ctx.database.reading() as session:
        today = ctx.today()
        policies = tuple((each.policy_id, each.title) for each in versions_in_use(session, today))
        raw, here = driver(session), {"today": today.isoformat()}
        groups = {
            column: tuple(
                row[0]
                for row in raw.execute(
                    f"SELECT DISTINCT {column} FROM person WHERE {column} <> '' AND {PRESENT}"  # noqa: S608 - own columns
                    f" ORDER BY length({column}), {column} COLLATE NOCASE",
                    here,
                )
            )
            for column in ("class_name", "year_group")
        }
    return AnswerChoices(policies, groups["class_name"], groups["year_group"])


@needs(Permission.AGREEMENTS_READ)
def people_of(ctx: Context, filter: AnswerFilter) -> tuple[AskedPerson, ...]:
    """Everybody the list of one policy shows, by name, for recording a whole class or list at once."""
    if filter.policy_id is None:
        raise ValueError("People are asked for one policy at a time.")
    with ctx.database.reading() as session:
        query = ids_query(session, filter, AnswerSort(), ctx.today())
        if query is None:
            return ()
        ids = [row[0] for row in driver(session).execute(query.sql, query.params)]
        return tuple(as_asked(row) for row in rows_on(session, ids, ctx.today()))


def as_asked(row: AnswerRow) -> AskedPerson:
    """A row as the answer dialog lists it."""
    hint = [KIND_LABELS[row.kind], row.year_group, row.class_name]
    if row.children:
        # Who is nothing but a parent is told by the children alone.
        own = hint[0] if row.kind is not PersonKind.PARENT else ""
        hint = [own, *hint[1:], f"{'parent' if own else 'Parent'} or carer of {row.children}"]
    return AskedPerson(
        row.person_id, row.name, ", ".join(each for each in hint if each), row.state, row.words
    )
