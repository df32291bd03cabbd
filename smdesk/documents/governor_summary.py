"""The summary of the governors' report: sentences, each made by a rule from figures that are printed anyway (DOC-2).

No rule is given anything but protected cells, so no sentence can say what a table hides. Where a figure is hidden, its
sentence says less or is left out.
"""

from __future__ import annotations

from collections.abc import Callable

from smdesk.documents.governor_figures import GovernorFigures, TrendTerm, days_text
from smdesk.policy.suppression import Cell, Hidden
from smdesk.policy.words import listed, written_day


def sentences(data: GovernorFigures) -> list[str]:
    """The summary, most important first."""
    said = [opening(data)]
    said += [words for words in (rule(data) for rule in _RULES) if words]
    said += [section.gist for section in data.sections if section.gist]
    return said


def opening(data: GovernorFigures) -> str:
    """How many incidents there were, set beside the period before."""
    count = data.incidents.now
    if count == 0:
        first = "No incident was recorded in this period."
    elif count == 1:
        first = "One incident was recorded in this period."
    elif count is Hidden.FEW:
        first = f"Fewer than {data.threshold} incidents were recorded in this period."
    elif count is Hidden.WITHHELD:
        first = (
            "How many incidents were recorded in this period is not shown: with it, a small number of one of its "
            "terms could be worked out."
        )
    else:
        first = f"{count:,} incidents were recorded in this period{_against(data)}."
    if data.ends_on is not None:
        first += f" The period is not over: it ends on {written_day(data.ends_on)}, and the figures are those so far."
    if data.previous_title is None:
        first += " There is no earlier period to compare it with."
    return first


def _against(data: GovernorFigures) -> str:
    now, before = data.incidents.now, data.incidents.before
    # A part of a term is not set against a whole one.
    if data.ends_on is not None or data.previous_title is None:
        return ""
    if not isinstance(now, int) or not isinstance(before, int):
        return ""
    if now == before:
        return f", as many as in the period before ({data.previous_title})"
    more = "more" if now > before else "fewer"
    return f", {abs(now - before):,} {more} than in the period before ({data.previous_title})"


def _still_open(data: GovernorFigures) -> str:
    still, overdue = data.still_open.now, data.overdue.now
    if still == 0 and data.incidents.now != 0:
        return "All of them are closed."
    if not isinstance(still, int) or still == 0:
        return ""
    words = f"{still:,} {'is' if still == 1 else 'are'} still open"
    if overdue == 0:
        return f"{words}, and none of these is overdue."
    if isinstance(overdue, int):
        return f"{words}; of these, {overdue:,} {'is' if overdue == 1 else 'are'} overdue."
    return f"{words}."


def _most(title: str, words: str) -> Callable[[GovernorFigures], str]:
    """A sentence on the largest count of a table. Where one is withheld, it may be larger than all that are shown."""

    def rule(data: GovernorFigures) -> str:
        table = next((each for each in data.tables if each.title == title), None)
        if table is None or any(row.now is Hidden.WITHHELD for row in table.rows):
            return ""
        shown = [row for row in table.rows if isinstance(row.now, int) and row.label not in _NOTHING_SAID]
        most = max((row.now for row in shown if isinstance(row.now, int)), default=0)
        unsaid = (row.now for row in table.rows if row.label in _NOTHING_SAID and isinstance(row.now, int))
        if most < data.threshold or max(unsaid, default=0) >= most:
            return ""
        names = [f"“{row.label}”" for row in shown if row.now == most]
        each = " each" if len(names) > 1 else ""
        return f"{words}: {listed(names)} ({most:,}{_share(most, data.incidents.now)}{each})."

    return rule


_NOTHING_SAID = frozenset({"Not recorded", "Another platform", "No step recorded yet"})
"""Lines that say nothing of what was found: being the largest of them is no news."""


def _share(part: Cell, whole: Cell) -> str:
    if isinstance(part, int) and isinstance(whole, int) and whole:
        return f" of {whole:,}"
    return ""


def _removal(data: GovernorFigures) -> str:
    now = data.removal
    if not isinstance(now.count, int) or now.median is None or now.upper_quartile is None:
        return ""
    return (
        f"{now.count:,} {'post was' if now.count == 1 else 'posts were'} removed: half within "
        f"{days_text(now.median)} of the school's knowing, three quarters within {days_text(now.upper_quartile)}."
    )


def _replies(data: GovernorFigures) -> str:
    now, before = data.replies, data.replies_before
    if now.due == 0:
        return "No comment on the school's own accounts was owed a reply."
    if not isinstance(now.in_time, int) or not isinstance(now.due, int):
        return ""
    share = round(100 * now.in_time / now.due)
    words = f"{now.in_time:,} of {now.due:,} comments owed a reply were answered in time ({share}%"
    if before is not None and isinstance(before.in_time, int) and isinstance(before.due, int) and before.due:
        words += f"; {round(100 * before.in_time / before.due)}% in the period before"
    return f"{words})."


def _trend(data: GovernorFigures) -> str:
    """Which term of the trend had the most. A count that is hidden in it is small, so it cannot be the most."""
    over = [term for term in data.trend if not term.so_far]
    if len(over) < 3 or any(term.incidents is Hidden.WITHHELD for term in over):
        return ""
    counts = [term.incidents if isinstance(term.incidents, int) else 0 for term in over]
    most = max(counts)
    if most < data.threshold:
        return ""
    names = [term.title for term in over if term.incidents == most]
    words = f"Of the last {len(over)} whole terms, {listed(names)} had the most incidents ({most:,})"
    return f"{words}{_direction(over)}."


def _direction(over: list[TrendTerm]) -> str:
    """That the last three whole terms went one way, where all three are shown."""
    last = [term.incidents for term in over[-3:]]
    one, two, three = (cell if isinstance(cell, int) else None for cell in last)
    if one is None or two is None or three is None:
        return ""
    if one < two < three:
        return "; the number has risen in each of the last two"
    return "; the number has fallen in each of the last two" if one > two > three else ""


_RULES: tuple[Callable[[GovernorFigures], str], ...] = (
    _still_open,
    _most("What was done", "Recorded most often"),
    _most("Who posted", "Posted most often by"),
    _most("Where it was posted", "Seen most often on"),
    _removal,
    _replies,
    _trend,
)
