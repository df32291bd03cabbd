"""What a user's own windows remember: columns, sizes, saved filters. Nobody else's are read or written here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from smdesk.db.models import UserSetting
from smdesk.errors import Invalid, NotFound
from smdesk.policy.vocabulary import Capacity, Conduct, PersonKind, Relationship, Route, Timeliness
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, needs
from smdesk.services.driver import stored_day
from smdesk.services.incident_records import Column, IncidentFilter, Sort, View

if TYPE_CHECKING:  # loaded where the register is: the window starts with the incidents
    from smdesk.services.connection_records import ExceptionFilter, ExceptionSort

_MOST_FILTERS: Final = 50
_LONGEST_NAME: Final = 60
_LARGEST: Final = 500_000

Code = TypeVar("Code", bound=StrEnum)
F = TypeVar("F")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class SavedFilter(Generic[F, S]):
    """A list's filter and sorting with the name its user gave them."""

    name: str
    filter: F
    sort: S


@dataclass(frozen=True, slots=True)
class Shelf(Generic[F, S]):
    """Where the saved filters of one list are kept, and how one is read back (from its fields by their names)."""

    key: str
    filter_from: Callable[[Mapping[str, Any]], F]
    sort_from: Callable[[str, bool], S]


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


def _incident_filter(held: Mapping[str, Any]) -> IncidentFilter:
    return IncidentFilter(
        view=View(held["view"]),
        text=str(held["text"]),
        conduct=_code(Conduct, held["conduct"]),
        author_kind=_code(PersonKind, held["author_kind"]),
        platform=str(held["platform"]),
        route=_code(Route, held["route"]),
        person_id=held["person_id"],
        received_from=stored_day(held["received_from"]),
        received_to=stored_day(held["received_to"]),
    )


def _incident_sort(column: str, descending: bool) -> Sort:
    return Sort(Column(column), descending)


def _exception_filter(held: Mapping[str, Any]) -> ExceptionFilter:
    from smdesk.services.connection_records import ExceptionFilter, ExceptionView

    return ExceptionFilter(
        view=ExceptionView(held["view"]),
        text=str(held["text"]),
        platform=str(held["platform"]),
        relationship=_code(Relationship, held["relationship"]),
        capacity=_code(Capacity, held["capacity"]),
        adult_kind=_code(PersonKind, held["adult_kind"]),
        timeliness=_code(Timeliness, held["timeliness"]),
        person_id=held["person_id"],
        on_day=stored_day(held["on_day"]),
    )


def _exception_sort(column: str, descending: bool) -> ExceptionSort:
    from smdesk.services.connection_records import ExceptionColumn, ExceptionSort

    return ExceptionSort(ExceptionColumn(column), descending)


INCIDENTS: Final = Shelf("incident_filters", _incident_filter, _incident_sort)
CONNECTIONS: Final = Shelf("connection_filters", _exception_filter, _exception_sort)


@needs(Permission.OWN_SETTINGS)
def list_filters(ctx: Context, shelf: Shelf[F, S]) -> list[SavedFilter[F, S]]:
    """The user's saved filters by name. One that this version cannot read any more is left out."""
    found = [_filter_from(name, held, shelf) for name, held in get(ctx, shelf.key, {}).items()]
    return sorted((each for each in found if each is not None), key=lambda each: each.name.casefold())


@needs(Permission.OWN_SETTINGS)
def save_filter(ctx: Context, shelf: Shelf[F, S], name: str, filter: F, sort: S) -> None:
    """Keep a filter under a name; one of the same name (capitals aside) is replaced.

    Raises Invalid for an empty or overlong name, or when there are too many.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise Invalid.one("name", f"Give the filter a name of at most {_LONGEST_NAME} letters.")
    stored = {key: held for key, held in get(ctx, shelf.key, {}).items() if key.casefold() != name.casefold()}
    if len(stored) >= _MOST_FILTERS:
        raise Invalid.one("name", f"There are {_MOST_FILTERS} saved filters already. Delete one first.")
    stored[name] = {**_held(filter), **_held(sort)}
    put(ctx, shelf.key, stored)


@needs(Permission.OWN_SETTINGS)
def rename_filter(ctx: Context, shelf: Shelf[Any, Any], name: str, new_name: str) -> None:
    """Give a saved filter another name. Raises NotFound, and Invalid where the new name is taken."""
    held = {each.name: each for each in list_filters(ctx, shelf)}
    if name not in held:
        raise NotFound("There is no saved filter of that name.")
    taken = {each.casefold() for each in held if each != name}
    if " ".join(new_name.split()).casefold() in taken:
        raise Invalid.one("name", "Another saved filter has that name already.")
    save_filter(ctx, shelf, new_name, held[name].filter, held[name].sort)
    if name.casefold() != " ".join(new_name.split()).casefold():
        delete_filter(ctx, shelf, name)


@needs(Permission.OWN_SETTINGS)
def delete_filter(ctx: Context, shelf: Shelf[Any, Any], name: str) -> None:
    """Forget a saved filter. Raises NotFound where there is none of that name."""
    stored = dict(get(ctx, shelf.key, {}))
    if name not in stored:
        raise NotFound("There is no saved filter of that name.")
    del stored[name]
    put(ctx, shelf.key, stored)


def _held(record: Any) -> dict[str, Any]:
    """A filter or sorting as JSON: codes as text, days written out, everything else as it is."""
    found = {each.name: getattr(record, each.name) for each in fields(record)}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


def _filter_from(name: str, held: Any, shelf: Shelf[F, S]) -> SavedFilter[F, S] | None:
    try:
        return SavedFilter(
            name, shelf.filter_from(held), shelf.sort_from(held["column"], bool(held["descending"]))
        )
    except (KeyError, TypeError, ValueError):
        return None


def _code(codes: type[Code], value: str | None) -> Code | None:
    return None if value is None else codes(value)
