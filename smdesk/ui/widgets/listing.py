"""What one list shows and the words it says it in: everything in which one tab's list differs from another's."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smdesk.services.context import Context
from smdesk.services.settings import Shelf
from smdesk.ui.models.chunked import Column


def _same_view(wanted: Any) -> Any:
    return wanted.view


def _in_view(wanted: Any, view: Any) -> Any:
    return replace(wanted, view=view)


def _no_words(wanted: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Its filter is a frozen dataclass with (at least) ``view`` and ``text``, and ``person_id`` where its filters have
    a field for a person; its sorting has ``column`` and ``descending``.
    """

    name: str
    """Of one record, as in ``Changes``: it begins the names of the controls ("incident")."""
    title: str
    """What the list is called on paper, in a window's title and as a file."""
    one: str
    many: str
    """How its records are counted: "1 incident", "12 incidents"."""
    nothing: Any
    """The filter the list begins with: a view, and nothing that narrows."""
    sort: Any
    shelf: Shelf[Any, Any]
    view_labels: Mapping[Any, str]
    whole: Any
    """The view that holds everything."""
    empty_views: Mapping[Any, str]
    none: tuple[str, str]
    """Title and words where there is nothing at all."""
    first: str
    """What the button says that adds the first record."""
    search: str
    new: str
    new_tip: str
    columns: tuple[Column[Any], ...]
    column_labels: Mapping[Any, str]
    sorted_ids: Callable[[Context, Any, Any], array[int]]
    rows: Callable[[Context, Sequence[int]], Sequence[Any]]
    view_counts: Callable[[Context], Mapping[Any, int]]
    export: Callable[..., int]
    """As ``Write`` of the export dialog."""
    may_add: bool
    also_on: tuple[str, ...] = ()
    """Kinds of change besides ``name`` that show in the rows (a person's name)."""
    view_of: Callable[[Any], Any] = _same_view
    """The view a filter looks through; None where it looks past the views."""
    in_view: Callable[[Any, Any], Any] = _in_view
    """A filter as it is once this view was chosen."""
    nothing_fits: Callable[[Any], str] = _no_words
    """What to say instead of "Nothing matches" where a filter finds nothing; "" for just that."""
