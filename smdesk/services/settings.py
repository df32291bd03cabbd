"""What a user's own windows remember: columns, sizes, saved filters. Nobody else's are read or written here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from smdesk.db.models import UserSetting
from smdesk.errors import Invalid, NotFound
from smdesk.policy.vocabulary import Conduct, PersonKind, Route
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, needs
from smdesk.services.incident_records import Column, IncidentFilter, Sort, View

_FILTERS: Final = "incident_filters"
_MOST_FILTERS: Final = 50
_LONGEST_NAME: Final = 60
_LARGEST: Final = 500_000

Code = TypeVar("Code", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter with the name its user gave it."""

    name: str
    filter: IncidentFilter
    sort: Sort


@needs(Permission.OWN_SETTINGS)
def get(ctx: Context, key: str, default: Any = None) -> Any:
    """The stored value (whatever JSON can hold), or ``default``."""
    with ctx.database.reading() as session:
        row = session.execute(
            select(UserSetting.value).where(UserSetting.user_id == ctx.user.id, UserSetting.key == key)
        ).first()
    return default if row is None else row.value


@needs(Permission.OWN_SETTINGS)
def put(ctx: Context, key: str, value: Any) -> None:
    """Remember a value. Settings are no records and write no audit entry."""
    if not key or len(key) > 200 or len(json.dumps(value)) > _LARGEST:
        raise ValueError("A setting needs a name of 1 to 200 letters and a value of moderate size.")
    with ctx.database.writing() as session:
        session.execute(
            insert(UserSetting)
            .values(user_id=ctx.user.id, key=key, value=value)
            .on_conflict_do_update(index_elements=["user_id", "key"], set_={"value": value})
        )


@needs(Permission.OWN_SETTINGS)
def list_filters(ctx: Context) -> list[SavedFilter]:
    """The user's saved filters by name. One that this version cannot read any more is left out."""
    stored = get(ctx, _FILTERS, {})
    found = [_filter_from(name, held) for name, held in stored.items()]
    return sorted((each for each in found if each is not None), key=lambda each: each.name.casefold())


@needs(Permission.OWN_SETTINGS)
def save_filter(ctx: Context, name: str, filter: IncidentFilter, sort: Sort) -> None:  # noqa: A002  (as in the records)
    """Keep a filter under a name; one of the same name (capitals aside) is replaced.

    Raises Invalid for an empty or overlong name, or when there are too many.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise Invalid.one("name", f"Give the filter a name of at most {_LONGEST_NAME} letters.")
    stored = {key: held for key, held in get(ctx, _FILTERS, {}).items() if key.casefold() != name.casefold()}
    if len(stored) >= _MOST_FILTERS:
        raise Invalid.one("name", f"There are {_MOST_FILTERS} saved filters already. Delete one first.")
    stored[name] = {
        "view": filter.view,
        "text": filter.text,
        "conduct": filter.conduct,
        "author_kind": filter.author_kind,
        "platform": filter.platform,
        "route": filter.route,
        "person_id": filter.person_id,
        "received_from": filter.received_from.isoformat() if filter.received_from else None,
        "received_to": filter.received_to.isoformat() if filter.received_to else None,
        "column": sort.column,
        "descending": sort.descending,
    }
    put(ctx, _FILTERS, stored)


@needs(Permission.OWN_SETTINGS)
def rename_filter(ctx: Context, name: str, new_name: str) -> None:
    """Give a saved filter another name. Raises NotFound, and Invalid where the new name is taken."""
    held = {each.name: each for each in list_filters(ctx)}
    if name not in held:
        raise NotFound("There is no saved filter of that name.")
    taken = {each.casefold() for each in held if each != name}
    if " ".join(new_name.split()).casefold() in taken:
        raise Invalid.one("name", "Another saved filter has that name already.")
    save_filter(ctx, new_name, held[name].filter, held[name].sort)
    if name.casefold() != " ".join(new_name.split()).casefold():
        delete_filter(ctx, name)


@needs(Permission.OWN_SETTINGS)
def delete_filter(ctx: Context, name: str) -> None:
    """Forget a saved filter. Raises NotFound where there is none of that name."""
    stored = dict(get(ctx, _FILTERS, {}))
    if name not in stored:
        raise NotFound("There is no saved filter of that name.")
    del stored[name]
    put(ctx, _FILTERS, stored)


def _filter_from(name: str, held: Any) -> SavedFilter | None:
    try:
        return SavedFilter(
            name,
            IncidentFilter(
                view=View(held["view"]),
                text=str(held["text"]),
                conduct=_code(Conduct, held["conduct"]),
                author_kind=_code(PersonKind, held["author_kind"]),
                platform=str(held["platform"]),
                route=_code(Route, held["route"]),
                person_id=held["person_id"],
                received_from=_day(held["received_from"]),
                received_to=_day(held["received_to"]),
            ),
            Sort(Column(held["column"]), bool(held["descending"])),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _code(codes: type[Code], value: str | None) -> Code | None:
    return None if value is None else codes(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
