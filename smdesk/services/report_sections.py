"""The governors' report beside the incidents: accounts, messages, exceptions, agreements and the rest (DOC-2).

Figures only, and no small number about people.

What stands on the day of the report (accounts, exceptions in force, agreements, training) has no period before it to be
set beside; what happened in the period has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from smdesk.documents.governor_figures import CountRow, CountTable, FactTable, Section, cell_text
from smdesk.policy import suppression
from smdesk.policy.accounts import GapKind
from smdesk.policy.suppression import Cell
from smdesk.policy.vocabulary import TIMELINESS_LABELS, Timeliness
from smdesk.policy.words import written_day
from smdesk.services import (
    account_state,
    agreement_state,
    policy_list,
    readiness,
    reputation,
    training_list,
    watching_state,
)
from smdesk.services.case_records import CASE_DECISION_LABELS
from smdesk.services.education_records import AUDIENCE_LABELS, AUDIENCES, EDUCATION_KIND_LABELS
from smdesk.services.letter_records import LETTER_KIND_LABELS
from smdesk.services.message_records import MESSAGE_KIND_LABELS
from smdesk.services.policy_list import DueReview
from smdesk.services.report_counts import Counts
from smdesk.services.report_protection import Protected
from smdesk.services.reputation_records import PLACE_KIND_LABELS, TONE_LABELS, PlaceKind

_PEOPLE_GAPS = frozenset(
    {
        GapKind.STAFF,
        GapKind.LEFT,
        GapKind.NO_POLICY,
        GapKind.NOT_ACKNOWLEDGED,
        GapKind.OLD_VERSION,
        GapKind.DECLINED,
        GapKind.NO_TRAINING_TYPE,
        GapKind.NOT_TRAINED,
        GapKind.TRAINING_LAPSED,
        GapKind.NOBODY_RESPONSIBLE,
    }
)
"""What is about those who run an account: one line for all, so that it points at nobody."""

_GAP_LINES = (
    ("Not approved by the leadership team", frozenset({GapKind.NOT_APPROVED})),
    ("Too few people, or somebody without policy or training", _PEOPLE_GAPS),
    ("Review overdue", frozenset({GapKind.REVIEW_OVERDUE})),
    ("Not looked at for too long", frozenset({GapKind.NOT_WATCHED})),
    ("Checklist for posts not seen to", frozenset({GapKind.CHECKLIST})),
)


def sections(session: Session, now: Protected, before: Protected | None, today: date) -> tuple[Section, ...]:
    """Every further section, in the order printed. One with nothing to tell says so in a sentence."""
    blocks = _standing(session, _BLOCKS, today, now.threshold)
    allowed = _standing(session, _ALLOWED, today, now.threshold)
    due = policy_list.due_reviews(session, today, 92)
    return (
        _accounts(session, today),
        _watching(session, now, before, today),
        _cases(now, before),
        _messages(now, before),
        _blocks(now, before, blocks),
        _letters(now, before),
        _exceptions(now, before, allowed),
        _agreements(session, now.threshold, today),
        _training(session, now.threshold, today),
        _education(now, before),
        _reputation(session, now, before, today),
        _actions(session, now, allowed[1], blocks[1], due),
        _policies(due),
    )


def _accounts(session: Session, today: date) -> Section:
    """Accounts are the school's own: their figures are not small numbers about anybody (ACC-1 to ACC-4)."""
    title = "School accounts"
    standings = account_state.standings(session, account_state.open_ids(session), today)
    if not standings:
        return Section(title, "The school has no account on its register.")
    lacking = [each for each in standings.values() if not each.compliant]
    rows = [("Accounts in use", f"{len(standings):,}"), ("In order", f"{len(standings) - len(lacking):,}")]
    for label, kinds in _GAP_LINES:
        count = sum(any(gap.kind in kinds for gap in each.gaps) for each in lacking)
        if count:
            rows.append((label, f"{count:,}"))
    if lacking:
        whose = (
            "The one account lacks"
            if len(standings) == 1
            else f"{len(lacking):,} of {len(standings):,} accounts lack"
        )
        opening = f"{whose} something the policy asks for, as things stand today."
        note = "An account may lack several things, so these lines do not add up."
    else:
        opening, note = "Every account is in order as things stand today.", ""
    return Section(title, opening, (FactTable(("Today", "Accounts"), tuple(rows), note),), opening)


def _watching(session: Session, now: Protected, before: Protected | None, today: date) -> Section:
    title = "Looking after the accounts"
    periods = [now.period, *([before.period] if before else [])]
    found = [watching_state.figures(session, each.start, each.end, today) for each in periods]
    if not any(each.asked for each in found):
        return Section(title, "No day on which an account was to be looked at falls into this period.")
    columns = ("Days and accounts together", *(each.title for each in periods))
    rows = (
        ("To be looked at", *(f"{each.asked:,}" for each in found)),
        ("Looked at", *(f"{each.looked:,}" for each in found)),
        ("Share looked at", *(_share(each.looked, each.asked) for each in found)),
        ("Weekends when nobody looked", *(f"{each.unwatched_weekends:,}" for each in found)),
    )
    first = found[0]
    opening = (
        f"The accounts were looked at on {_share(first.looked, first.asked)} of the days the policy asks for."
        if first.asked
        else "No day on which an account was to be looked at falls into this period."
    )
    return Section(title, opening, (FactTable(columns, rows),), opening if first.asked else "")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "–"


def _messages(now: Protected, before: Protected | None) -> Section:
    labels = {str(kind): label for kind, label in MESSAGE_KIND_LABELS.items()}
    return _apart(
        "What came in on the school's accounts",
        "Messages and comments that were written down. How quickly they were answered stands under replies.",
        "No message or comment was written down in this period.",
        "Kind",
        labels,
        lambda part: part.messages(list(labels)),
        "All messages and comments",
        now,
        before,
    )


def _cases(now: Protected, before: Protected | None) -> Section:
    """What the leadership team decided about accounts that were proposed (ACC-2)."""
    labels = {str(kind): label for kind, label in CASE_DECISION_LABELS.items()}
    return _apart(
        "Business cases for accounts",
        "What the leadership team decided in the period.",
        "No business case was decided in this period.",
        "Decision",
        labels,
        lambda part: part.apart(lambda term: [term.decision[code] for code in labels]),
        "All decisions",
        now,
        before,
    )


def _blocks(now: Protected, before: Protected | None, standing: tuple[str, str]) -> Section:
    """Followers and senders blocked (ACC-9). What is due for review is part of what is in force."""
    in_force, due = standing
    return _apart(
        "Blocks",
        f"In force today: {in_force}, of which to be looked at again by now: {due}.",
        f"In force today: {in_force}, of which to be looked at again by now: {due}. None was set in this period.",
        "Blocks set in the period",
        {"": "Followers and senders"},
        lambda part: part.apart(lambda term: [term.blocked]),
        "All blocks set",
        now,
        before,
    )


def _letters(now: Protected, before: Protected | None) -> Section:
    """Letters that went out (DOC-1)."""
    labels = {str(kind): label for kind, label in LETTER_KIND_LABELS.items()}
    return _apart(
        "Letters",
        "Letters issued in the period, whatever they were about.",
        "No letter was issued in this period.",
        "Letter",
        labels,
        lambda part: part.apart(lambda term: [term.letter[code] for code in labels]),
        "All letters",
        now,
        before,
    )


def _standing(session: Session, statement: str, today: date, threshold: int) -> tuple[str, str]:
    """In force today, and of these due for review, in words: the two give nothing of the rest away."""
    in_force, due = session.execute(text(statement), {"today": today.isoformat()}).one()
    cells = suppression.protect_partition([due or 0, in_force - (due or 0)], threshold)
    total = suppression.protect_total(in_force, threshold)
    return cell_text(total, threshold), cell_text(0 if in_force == 0 else cells[0], threshold)


_BLOCKS = (
    "SELECT count(*), sum(review_on IS NOT NULL AND review_on <= :today) FROM block"
    " WHERE since_on <= :today AND (ended_on IS NULL OR ended_on > :today)"
)
_ALLOWED = (
    "SELECT count(*), sum(review_on IS NOT NULL AND review_on <= :today) FROM connection_exception"
    " WHERE from_on <= :today AND (ends_on IS NULL OR ends_on > :today)"
)


def _exceptions(now: Protected, before: Protected | None, standing: tuple[str, str]) -> Section:
    """How many connections are allowed, and how those of the period were declared (CON-2)."""
    in_force, due = standing
    shown = f"{in_force}, of which to be looked at again by now: {due}"
    labels = {str(kind): TIMELINESS_LABELS[kind] for kind in Timeliness}
    return _apart(
        "Exceptions between pupils and adults",
        f"In force today: {shown}. The table counts those declared in the period.",
        f"In force today: {shown}. None was declared in this period.",
        "Declared",
        labels,
        lambda part: part.apart(lambda term: [term.declared[code] for code in labels]),
        "All declared",
        now,
        before,
    )


def _agreements(session: Session, threshold: int, today: date) -> Section:
    """Who signed what, as it stands today (AUP-1, AUP-2)."""
    title = "Agreements"
    titles = {each.policy_id: each for each in readiness.versions_in_use(session, today)}
    tallies = agreement_state.tallies(session, today)
    rows = []
    for policy_id, each in titles.items():
        tally = tallies.get(policy_id)
        if tally is None or not (tally.signed or tally.declined or tally.outstanding):
            continue
        cells = suppression.protect_partition([tally.signed, tally.declined, tally.outstanding], threshold)
        rows.append((f"{each.title} ({each.label})", *(cell_text(cell, threshold) for cell in cells)))
    if not rows:
        return Section(title, "No policy is on record that anybody is asked to sign.")
    columns = ("Today", "Signed", "Declined", "Outstanding")
    return Section(
        title,
        "Signing is asked for and never forced: a refusal is written down as such.",
        (FactTable(columns, tuple(rows)),),
    )


def _training(session: Session, threshold: int, today: date) -> Section:
    title = "Training"
    rows = []
    for each in training_list.figures(session, today):
        if each.needed:
            cells = suppression.protect_partition([each.in_date, each.lapsed, each.missing], threshold)
            rows.append((each.name, *(cell_text(cell, threshold) for cell in cells)))
    if not rows:
        return Section(title, "No training is on record that anybody is asked to have.")
    columns = ("Today", "In date", "Lapsed", "None yet")
    return Section(title, "Of those who are at the school and need it:", (FactTable(columns, tuple(rows)),))


def _education(now: Protected, before: Protected | None) -> Section:
    """Sessions, assemblies and leaflets, and how many people they reached (AUP-4)."""
    kinds = {str(kind): label for kind, label in EDUCATION_KIND_LABELS.items()}
    both = [now, *([before] if before else [])]
    if not any(part.sum.sessions for part in both):
        return Section("Online-safety education", "No session, assembly or leaflet was written down.")
    events = tuple(
        CountRow(label, now.sum.sessions[code], before.sum.sessions[code] if before else None)
        for code, label in kinds.items()
        if any(part.sum.sessions[code] for part in both)
    )
    reached = []
    for kind in AUDIENCES:

        def one(part: Counts, code: str = str(kind)) -> list[int]:
            return [part.reached[code]]

        cells = [part.apart(one)[0] for part in both]
        if any(cell != 0 for cell in cells):
            reached.append(CountRow(AUDIENCE_LABELS[kind], cells[0], cells[1] if before else None))
    tables = [CountTable("What was held", events)]
    if reached:
        note = "People reached, where somebody counted. One session may be for several of these."
        tables.append(CountTable("People reached", tuple(reached), None, note))
    return Section("Online-safety education", "Written down in the education log:", tuple(tables))


def _reputation(session: Session, now: Protected, before: Protected | None, today: date) -> Section:
    """Praise and criticism, and how the ratings of review sites moved (REP-1, REP-2)."""
    labels = {str(tone): label for tone, label in TONE_LABELS.items()}
    section = _apart(
        "What is said about the school elsewhere",
        "Found when the named people looked at the places on the school's list.",
        "Nothing was written down about what is said elsewhere in this period.",
        "Tone",
        labels,
        lambda part: part.apart(lambda term: [term.tone[code] for code in labels]),
        "All findings",
        now,
        before,
    )
    rated = session.execute(
        text(
            "SELECT watched_place.name, min(checked_on), max(checked_on), place_id, watched_place.kind FROM place_check"
            " JOIN watched_place ON watched_place.id = place_id WHERE rating_tenths IS NOT NULL"
            " AND withdrawn_at IS NULL AND checked_on BETWEEN :first AND :last"
            " GROUP BY place_id ORDER BY lower(watched_place.name), place_id"
        ),
        {"first": now.period.start.isoformat(), "last": min(now.period.end, today).isoformat()},
    ).all()
    rows = tuple(
        (_place(name, kind), _rating(session, place, first), _rating(session, place, last))
        for name, first, last, place, kind in rated
    )
    if not rows:
        return section
    ratings = FactTable(("Rating, in stars", "First in the period", "Last in the period"), rows)
    return replace(section, tables=(*section.tables, ratings))


def _place(name: str, kind: str) -> str:
    """A place by its name where it is one that every school knows. What a school typed itself could name somebody."""
    known = {each.name.casefold() for each in reputation.suggested()}
    return name if name.casefold() in known else PLACE_KIND_LABELS[PlaceKind(kind)]


def _rating(session: Session, place_id: int, on: str) -> str:
    tenths = session.scalar(
        text(
            "SELECT rating_tenths FROM place_check WHERE place_id = :place AND checked_on = :on"
            " AND rating_tenths IS NOT NULL AND withdrawn_at IS NULL ORDER BY id DESC LIMIT 1"
        ),
        {"place": place_id, "on": on},
    )
    return "–" if tenths is None else f"{tenths / 10:.1f}"


def _actions(
    session: Session, now: Protected, exceptions: str, blocks: str, reviews: Sequence[DueReview]
) -> Section:
    """What waits to be done. The lines that stand elsewhere in the report stand here as they do there."""
    threshold = now.threshold
    waiting = {
        name: suppression.protect_total(session.scalar(text(statement)) or 0, threshold)
        for name, statement in _WAITING.items()
    }
    lines: list[tuple[str, Cell | str]] = [
        ("Incidents of the period that are overdue", now.open_cells()[1]),
        ("Comments of the period still waiting for a reply", now.replies().waiting),
        ("Exceptions to be looked at again", exceptions),
        ("Blocks to be looked at again", blocks),
        *waiting.items(),
        ("Policy reviews overdue", sum(each.overdue for each in reviews)),
    ]
    rows = tuple(
        (label, each if isinstance(each, str) else cell_text(each, threshold)) for label, each in lines
    )
    title = "Actions due"
    if all(row[1] == "0" for row in rows):
        return Section(title, "Nothing is overdue and nothing waits for a decision as things stand today.")
    return Section(
        title, "What waits to be done as things stand today.", (FactTable(("Waiting", "Number"), rows),)
    )


_WAITING = {
    "Letters waiting for approval": "SELECT count(*) FROM letter WHERE status = 'submitted'",
    "Business cases waiting for a decision": "SELECT count(*) FROM business_case WHERE status = 'submitted'",
}


def _policies(due: Sequence[DueReview]) -> Section:
    title = "Policies due for review"
    if not due:
        return Section(title, "No policy's review is overdue or due within three months.")
    late = sum(each.overdue for each in due)
    opening = (
        f"{late} {'review is' if late == 1 else 'reviews are'} overdue." if late else "No review is overdue."
    )
    rows = tuple(
        (each.title, each.label, written_day(each.review_on), "overdue" if each.overdue else "due")
        for each in due
    )
    gist = f"{late} policy {'review is' if late == 1 else 'reviews are'} overdue." if late else ""
    return Section(title, opening, (FactTable(("Policy", "Version", "Review", "State"), rows),), gist)


def _apart(
    title: str,
    opening: str,
    nothing: str,
    heading: str,
    labels: dict[str, str],
    tell: Callable[[Protected], tuple[Cell, tuple[Cell, ...]]],
    total: str,
    now: Protected,
    before: Protected | None,
) -> Section:
    """A section of one table that adds up to a total of its own."""
    whole, cells = tell(now)
    earlier: tuple[Cell | None, Sequence[Cell | None]] = (
        tell(before) if before else (None, [None] * len(cells))
    )
    rows = tuple(
        CountRow(label, cells[place], earlier[1][place])
        for place, label in enumerate(labels.values())
        if cells[place] != 0 or earlier[1][place] not in (0, None)
    )
    if not rows:
        return Section(title, nothing)
    if len(labels) == 1:  # a line that is all there is needs no total under it
        return Section(title, opening, (CountTable(heading, (CountRow(rows[0].label, whole, earlier[0]),)),))
    return Section(title, opening, (CountTable(heading, rows, CountRow(total, whole, earlier[0])),))
