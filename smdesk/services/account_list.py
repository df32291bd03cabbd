"""The register of accounts: ids in order, rows by id, and how many each view holds.

Sorting and filtering happen in SQL and only the ids travel. Whether an account complies is worked out by the policy
over the open ones, and the view of those that do not takes their ids.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.security.permissions import Permission
from smdesk.services import account_fields, account_state, reference_data
from smdesk.services.account_records import (
    AccountColumn,
    AccountFilter,
    AccountRow,
    AccountSort,
    AccountStanding,
    AccountView,
)
from smdesk.services.account_words import account_name
from smdesk.services.context import Context, needs
from smdesk.services.driver import driver, stored_day
from smdesk.services.list_sql import Query, holds_words, ranked, selected
from smdesk.services.settings import Shelf

_CHUNK: Final = 1000


def _filter_from(held: Mapping[str, Any]) -> AccountFilter:
    openness = held["openness"]
    return AccountFilter(
        view=AccountView(held["view"]),
        text=str(held["text"]),
        platform=str(held["platform"]),
        openness=None if openness is None else Openness(openness),
        person_id=held["person_id"],
    )


def _sort_from(column: str, descending: bool) -> AccountSort:
    return AccountSort(AccountColumn(column), descending)


SAVED_FILTERS: Final = Shelf("account_filters", _filter_from, _sort_from)
_NOW: Final = "runner.from_on <= :today AND (runner.until_on IS NULL OR runner.until_on > :today)"
_RESPONSIBLE: Final = "(SELECT sort_name FROM person WHERE person.id = school_account.responsible_id)"
_RUN_BY: Final = (
    "(SELECT group_concat({name}, ', ') FROM (SELECT person.* FROM account_runner AS runner"
    " JOIN person ON person.id = runner.person_id WHERE runner.account_id = school_account.id AND {now}"
    " ORDER BY runner.from_on, runner.id))"
).replace("{now}", _NOW)
_RUNS: Final = (
    "(school_account.responsible_id IN {people} OR school_account.id IN (SELECT runner.account_id"
    " FROM account_runner AS runner WHERE runner.person_id IN {people} AND {now}))"
).replace("{now}", _NOW)
_VIEWS: Final[dict[AccountView, str]] = {
    AccountView.OPEN: "school_account.closed_on IS NULL",
    AccountView.NOT_COMPLIANT: "school_account.id IN (SELECT value FROM json_each(:lacking))",
    AccountView.NOT_APPROVED: "school_account.closed_on IS NULL AND school_account.approved_on IS NULL",
    AccountView.CLOSED: "school_account.closed_on IS NOT NULL",
    AccountView.ALL: "1",
}


def _keys(standing: str) -> dict[AccountColumn, tuple[str, ...]]:
    label = ranked("school_account.platform", _platform_labels())
    name = "school_account.handle COLLATE NOCASE"
    return {
        AccountColumn.NAME: (name, label),
        # A platform in the school's own words comes before those the program knows, by its words.
        AccountColumn.PLATFORM: (label, "school_account.platform COLLATE NOCASE", name),
        AccountColumn.STANDING: (standing, name),
        AccountColumn.RESPONSIBLE: (_RESPONSIBLE, name),
        AccountColumn.RUNNERS: (_RUN_BY.replace("{name}", "sort_name"), name),
        AccountColumn.OPENNESS: (ranked("school_account.openness", OPENNESS_LABELS), name),
        AccountColumn.APPROVED: ("school_account.approved_on", name),
        AccountColumn.REVIEW: ("school_account.review_on", name),
        AccountColumn.LOOKED: ("school_account.looked_on", name),
        AccountColumn.CREDENTIALS: ("nullif(school_account.credentials_place, '') COLLATE NOCASE", name),
        AccountColumn.LINK: ("nullif(school_account.link, '') COLLATE NOCASE", name),
        AccountColumn.PURPOSE: ("nullif(school_account.purpose, '') COLLATE NOCASE", name),
        AccountColumn.AUDIENCE: ("nullif(school_account.audience, '') COLLATE NOCASE", name),
        AccountColumn.OPENED: ("school_account.opened_on", name),
        AccountColumn.CLOSED: ("school_account.closed_on", name),
    }


def _platform_labels() -> dict[str, str]:
    return {each.code: each.label for each in reference_data.platforms()}


@needs(Permission.ACCOUNTS_READ)
def sorted_ids(ctx: Context, filter: AccountFilter, sort: AccountSort) -> array[int]:
    """The ids the register shows, in order."""
    with ctx.database.reading() as session:
        lacking: dict[int, AccountStanding] = {}
        if filter.view is AccountView.NOT_COMPLIANT or sort.column is AccountColumn.STANDING:
            lacking = account_state.not_compliant(session, ctx.today())
        query = _ids_query(session, ctx, filter, sort, lacking)
        found = driver(session).execute(query.sql, query.params)
        return array("q", map(itemgetter(0), found))


def _ids_query(
    session: Session,
    ctx: Context,
    wanted: AccountFilter,
    sort: AccountSort,
    lacking: dict[int, AccountStanding],
) -> Query:
    params: dict[str, int | str] = {
        "today": ctx.today().isoformat(),
        "lacking": json.dumps(sorted(lacking)),
    }
    conditions = [f"({_VIEWS[wanted.view]})"]
    for word in holds_words(wanted.text, "word", params):
        named = "(SELECT id FROM person WHERE sort_name LIKE :{word} ESCAPE '\\')".replace("{word}", word)
        runs = _RUNS.replace("{people}", named)
        conditions.append(f"(school_account.words LIKE :{word} ESCAPE '\\' OR {runs})")
    if wanted.platform:
        params["platform"] = wanted.platform
        conditions.append("school_account.platform = :platform COLLATE NOCASE")
    if wanted.openness is not None:
        params["openness"] = str(wanted.openness)
        conditions.append("school_account.openness = :openness")
    if wanted.person_id is not None:
        params["people"] = account_fields.same_people(session, wanted.person_id)
        conditions.append(_RUNS.replace("{people}", "(SELECT value FROM json_each(:people))"))
    standing = (
        # What lacks most comes first; a closed account last.
        "CASE WHEN school_account.closed_on IS NOT NULL THEN 1 ELSE -coalesce((SELECT value FROM json_each(:counts)"
        " WHERE key = CAST(school_account.id AS TEXT)), 0) END"
    )
    if sort.column is AccountColumn.STANDING:
        params["counts"] = json.dumps({str(each): len(found.gaps) for each, found in lacking.items()})
    keys = _keys(standing)[sort.column]
    blanks_last = sort.column not in (
        AccountColumn.NAME,
        AccountColumn.PLATFORM,
        AccountColumn.STANDING,
        AccountColumn.OPENNESS,
    )
    where = " AND ".join(conditions)
    return selected(
        "school_account", where, keys, params, blanks_last=blanks_last, descending=sort.descending
    )


@needs(Permission.ACCOUNTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[AccountRow]:
    """The rows for these ids, in the same order. Ids that are gone are left out."""
    found: list[AccountRow] = []
    with ctx.database.reading() as session:
        for start in range(0, len(ids), _CHUNK):
            chunk = list(ids[start : start + _CHUNK])
            standings = account_state.standings(session, chunk, ctx.today())
            found += [
                _row(row, standings[row[0]])
                for row in driver(session)
                .execute(_ROWS, {"ids": json.dumps(chunk), "today": ctx.today().isoformat()})
                .fetchall()
            ]
    return found


_ROWS: Final = (
    "SELECT school_account.id, handle, platform, ltrim(responsible.given_name || ' ' || responsible.family_name),"
    " {run_by}, openness, approved_on, review_on, looked_on, credentials_place, link, purpose, audience, opened_on,"
    " closed_on FROM json_each(:ids) AS wanted CROSS JOIN school_account ON school_account.id = wanted.value"
    " LEFT JOIN person AS responsible ON responsible.id = responsible_id ORDER BY wanted.key"
).replace("{run_by}", _RUN_BY.replace("{name}", "ltrim(given_name || ' ' || family_name)"))


def _row(row: tuple[Any, ...], standing: AccountStanding) -> AccountRow:
    (
        account_id, handle, platform, responsible, runners, openness, approved_on, review_on, looked_on, credentials,
        link, purpose, audience, opened_on, closed_on,
    ) = row  # fmt: skip
    return AccountRow(
        id=account_id,
        name=account_name(handle, platform),
        handle=handle,
        platform=reference_data.platform_label(platform),
        standing=standing,
        responsible=responsible or "",
        runners=runners or "",
        openness=Openness(openness),
        approved_on=stored_day(approved_on),
        review_on=stored_day(review_on),
        looked_on=stored_day(looked_on),
        credentials_place=credentials,
        link=link,
        purpose=purpose,
        audience=audience,
        opened_on=stored_day(opened_on),
        closed_on=stored_day(closed_on),
    )


@needs(Permission.ACCOUNTS_READ)
def view_counts(ctx: Context) -> dict[AccountView, int]:
    """How many accounts each view holds."""
    with ctx.database.reading() as session:
        lacking = account_state.not_compliant(session, ctx.today())
        whole, closed, waiting = (
            driver(session)
            .execute(
                "SELECT count(*), count(closed_on), coalesce(sum(closed_on IS NULL AND approved_on IS NULL), 0)"
                " FROM school_account"
            )
            .fetchone()
        )
    return {
        AccountView.OPEN: whole - closed,
        AccountView.NOT_COMPLIANT: len(lacking),
        AccountView.NOT_APPROVED: waiting,
        AccountView.CLOSED: closed,
        AccountView.ALL: whole,
    }
