"""Facts read from JSON and advice written as JSON, as ``smdesk advise`` exchanges them.

Unknown keys and values are refused with ``Invalid``, naming the key and what is allowed: advice on a mistyped fact
would be advice on another case.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from smdesk.policy.deadlines import to_london
from smdesk.policy.model import Advice, Author, Facts, Recommendation, StepTaken
from smdesk.policy.reading import Table
from smdesk.policy.vocabulary import Conduct, Nation, PersonKind, Step

_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")
# Beyond these years no clock of the policy means anything, and arithmetic on dates could run off the calendar.
_YEARS = range(1990, 2101)
_ELDEST = 130


def facts_from_json(data: object) -> Facts:
    """The facts of one incident from decoded JSON. Raises ``Invalid`` naming the key at fault.

    ``received`` is required: a local date and time such as ``2026-05-02T23:50``, read as Europe/London; with an
    offset it is converted. Everything else may be left out. ``identified`` left out means yes, except for an author
    of kind ``unknown``. ``posted_on``, ``platform`` and ``age`` may be null for "not known".
    """
    top = Table(data)
    _refuse_unknown(top, _FACT_KEYS)
    posted_on = None
    if top.has("posted_on") and top.raw("posted_on") is not None:
        posted_on = _day(top, "posted_on")
    platform = None
    if top.has("platform") and top.raw("platform") is not None:
        platform = top.text("platform", longest=100)
    return Facts(
        received=_received(top),
        posted_on=posted_on,
        nation=top.code("nation", Nation) if top.has("nation") else Nation.ENGLAND,
        author=_author(top.table("author")) if top.has("author") else Author(identified=False),
        conduct=top.codes("conduct", Conduct) if top.has("conduct") else (),
        platform=platform,
        on_school_account=top.flag("on_school_account") if top.has("on_school_account") else False,
        towards=top.codes("towards", PersonKind) if top.has("towards") else (),
        history=_history(top) if top.has("history") else (),
        removed=top.flag("removed") if top.has("removed") else False,
        dsl_cleared=top.flag("dsl_cleared") if top.has("dsl_cleared") else False,
    )


def advice_to_json(advice: Advice) -> dict[str, object]:
    """Advice as plain values: codes for steps and people, ISO 8601 for times (with offset) and dates."""
    return {
        "route": advice.route.value,
        "urgent": advice.urgent,
        "notify": [person.value for person in advice.notify],
        "next": [_entry(entry) for entry in advice.next],
        "refused": [_entry(entry) for entry in advice.refused],
        "reply_by": advice.reply_by.isoformat() if advice.reply_by is not None else None,
        "notes": [{"rule": note.rule, "text": note.text} for note in advice.notes],
    }


_FACT_KEYS = (
    "received",
    "posted_on",
    "nation",
    "author",
    "conduct",
    "platform",
    "on_school_account",
    "towards",
    "history",
    "removed",
    "dsl_cleared",
)
_AUTHOR_KEYS = ("kind", "identified", "age", "former_pupil")
_TAKEN_KEYS = ("step", "on")


def _refuse_unknown(table: Table, known: tuple[str, ...]) -> None:
    for key in table.written():
        if key not in known:
            raise table.refusal(key, f"'{key}' is not a known key. Allowed keys: {', '.join(known)}.")


def _received(top: Table) -> datetime:
    value = top.raw("received")
    if isinstance(value, str) and _LOCAL.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.year in _YEARS:
            return to_london(moment)
    raise top.refusal(
        "received",
        "'received' must be a local date and time as YYYY-MM-DDTHH:MM, "
        f"in the years {_YEARS[0]} to {_YEARS[-1]}, not {value!r}.",
    )


def _day(table: Table, key: str) -> date:
    day = table.day(key)
    if day.year not in _YEARS:
        raise table.refusal(
            key, f"'{key}' must lie in the years {_YEARS[0]} to {_YEARS[-1]}, not {day.year}."
        )
    return day


def _author(table: Table) -> Author:
    _refuse_unknown(table, _AUTHOR_KEYS)
    kind = table.code("kind", PersonKind) if table.has("kind") else PersonKind.UNKNOWN
    age = None
    if table.has("age") and table.raw("age") is not None:
        age = table.whole("age", 0, _ELDEST)
    return Author(
        kind=kind,
        identified=table.flag("identified") if table.has("identified") else kind is not PersonKind.UNKNOWN,
        age=age,
        former_pupil=table.flag("former_pupil") if table.has("former_pupil") else False,
    )


def _history(top: Table) -> tuple[StepTaken, ...]:
    taken = []
    for table in top.tables("history"):
        _refuse_unknown(table, _TAKEN_KEYS)
        taken.append(StepTaken(step=table.code("step", Step), on=_day(table, "on")))
    return tuple(taken)


def _entry(entry: Recommendation) -> dict[str, object]:
    written: dict[str, object] = {"step": entry.step.value, "rule": entry.rule, "why": entry.why}
    if entry.by is not None:
        written["by"] = entry.by.isoformat()
    return written
