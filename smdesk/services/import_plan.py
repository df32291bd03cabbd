"""What each line of a register kept elsewhere would become: the dry run of an import. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from smdesk.documents.sheet_reading import Sheet
from smdesk.policy.vocabulary import KIND_LABELS, RELATIONSHIP_LABELS, PersonKind
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services import (
    connection_fields,
    connection_problems,
    connection_sight,
    import_guards,
    import_people,
    people,
    reference_data,
)
from smdesk.services.connection_records import DeclarationDraft
from smdesk.services.connection_words import reference
from smdesk.services.context import Context
from smdesk.services.import_fields import ColumnMap, ImportedDecision
from smdesk.services.import_lines import ReadLine, read_line
from smdesk.services.import_people import Choice, Found, Match, Named
from smdesk.services.list_files import Progress
from smdesk.services.people_base import tidied as tidied_person
from smdesk.services.people_records import PersonHit
from smdesk.services.sight import Reader


class Result(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    THERE = "there"
    CHOOSE = "choose"
    PROBLEM = "problem"
    LEFT_OUT = "left_out"


RESULT_LABELS = {
    Result.NEW: "Will be added",
    Result.THERE: "There already",
    Result.CHOOSE: "Choose who is meant",
    Result.PROBLEM: "Cannot be added",
    Result.LEFT_OUT: "Left out",
}


@dataclass(frozen=True, slots=True)
class PersonNeed:
    """Somebody the file names. ``choices`` under ``key`` settle who is meant; ``lines`` are those that name them."""

    key: str
    named: Named
    match: Match
    lines: tuple[int, ...]
    candidates: tuple[PersonHit, ...] = ()

    @property
    def words(self) -> str:
        """Name and what the file says besides: "Ann Pear, pupil, born 3 May 2015, 5B"."""
        named = self.named
        parts = [named.name]
        if named.kind is not PersonKind.THIRD_PARTY:
            parts.append(in_a_sentence(KIND_LABELS[named.kind]))
        if named.born is not None:
            parts.append(f"born {written_day(named.born)}")
        if named.year_group:
            parts.append(named.year_group)
        return ", ".join(parts)

    @property
    def can_add(self) -> bool:
        """Whether the file tells enough to add them."""
        return bool(self.named.given and self.named.family)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of the file and what becomes of it. ``sentences`` say why where it is not simply added; ``notes`` are
    what somebody should know of one that is. ``needs`` are the keys of its two people, the adult first.
    """

    number: int
    adult: str
    other: str
    what: str
    result: Result
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    needs: tuple[str, str]
    read: ReadLine
    draft: DeclarationDraft


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """A dry run: nothing is written. ``apply`` does exactly this, or refuses where the records have changed since."""

    sheet: Sheet
    columns: ColumnMap
    choices: Mapping[str, Choice]
    lines: tuple[PlanLine, ...]
    people: tuple[PersonNeed, ...]
    remarks: tuple[str, ...]

    def count(self, result: Result) -> int:
        return sum(line.result is result for line in self.lines)

    @property
    def people_to_add(self) -> tuple[PersonNeed, ...]:
        """Those who come on record with the lines that are added."""
        used = {key for line in self.lines if line.result is Result.NEW for key in line.needs}
        return tuple(need for need in self.people if need.key in used and need.match.state is Found.ADDED)


def work_out(
    session: Session,
    ctx: Context,
    who: Reader,
    sheet: Sheet,
    columns: ColumnMap,
    choices: Mapping[str, Choice],
    progress: Progress,
) -> ImportPlan:
    """The dry run over the records as they stand, without the people's hits. Raises what ``progress`` does."""
    known = import_people.register(session)
    standing = _Standing(session)
    seen: dict[str, tuple[Named, Match, list[int]]] = {}
    lines = []
    for done, row in enumerate(sheet.lines):
        if done % 20 == 0:
            progress(done, len(sheet.lines))
        one = read_line(row, columns, ctx.today(), sheet.file_name)
        for named in (one.adult, one.other):
            if named.key not in seen:
                match = import_people.settle(
                    named, known.match(named), choices, add_people=columns.add_people
                )
                seen[named.key] = (named, match, [])
            seen[named.key][2].append(one.number)
        lines.append(_line(session, ctx, who, one, seen[one.adult.key][1], seen[one.other.key][1], standing))
    progress(len(sheet.lines), len(sheet.lines))
    needs = tuple(PersonNeed(key, named, match, tuple(at)) for key, (named, match, at) in seen.items())
    return ImportPlan(sheet, columns, dict(choices), tuple(lines), needs, (*sheet.remarks, *_remarks(lines)))


def _remarks(lines: Iterable[PlanLine]) -> list[str]:
    swapped = any("month first" in sentence for line in lines for sentence in line.sentences)
    return [_MONTH_FIRST] if swapped else []


_MONTH_FIRST = (
    "At least one date seems to be written month first. Then others may have day and month the wrong way round without "
    "anybody noticing: look at the dates of all lines before you go on."
)


class _Standing:
    """What is on record or in the file already, for finding a line that is there twice."""

    def __init__(self, session: Session) -> None:
        self.recorded: dict[tuple[int, int, str, frozenset[str]], int] = {}
        rows = session.execute(
            text(
                "SELECT e.id, e.adult_id, e.other_id, e.declared_on,"
                " (SELECT group_concat(platform, char(10)) FROM exception_platform WHERE exception_id = e.id)"
                " FROM connection_exception AS e WHERE e.withdrawn_at IS NULL ORDER BY e.id DESC"
            )
        )
        for row in rows:
            self.recorded[row[1], row[2], row[3], _platform_set((row[4] or "").split("\n"))] = row[0]
        self.first_decided = import_guards.first_decided(session)
        self.in_file: dict[tuple[str, str], list[tuple[int, frozenset[str], str, bool]]] = {}


def _platform_set(platforms: Iterable[str]) -> frozenset[str]:
    return frozenset(each.casefold() for each in platforms if each)


def _line(
    session: Session,
    ctx: Context,
    who: Reader,
    one: ReadLine,
    adult: Match,
    other: Match,
    standing: _Standing,
) -> PlanLine:
    draft = connection_fields.tidied(replace(one.draft, adult_id=adult.person_id, other_id=other.person_id))

    def made(result: Result, *sentences: str) -> PlanLine:
        return PlanLine(
            number=one.number,
            adult=one.adult.name,
            other=one.other.name,
            what=_what(draft),
            result=result,
            sentences=sentences,
            notes=one.notes if result is Result.NEW else (),
            needs=(one.adult.key, one.other.key),
            read=one,
            draft=draft,
        )

    if Found.LEFT_OUT in (adult.state, other.state):
        return made(Result.LEFT_OUT, "Left out by choice.")
    there = _there(session, who, draft, standing)
    if there:
        return made(Result.THERE, there)
    problems = [*one.problems, *_problems(session, ctx, draft, one, adult, other)]
    problems += _twice(draft, one, standing, ctx)
    problems += import_guards.problems(session, who, draft, one, standing.first_decided, ctx.today())
    if not problems and _live(one, ctx):
        where = connection_sight.where_full(who)
        rivals = connection_problems.rivals(session, where, draft, None, None, ctx.today())
        problems += [problem.message for problem in connection_problems.rival_problems(rivals)]
    if problems:
        return made(Result.PROBLEM, *dict.fromkeys(problems))
    unsettled = [
        f"{named.name or 'Nobody'}: {match.why}"
        for named, match in ((one.adult, adult), (one.other, other))
        if match.state is Found.CHOOSE
    ]
    if unsettled:
        return made(Result.CHOOSE, *unsettled)
    return made(Result.NEW)


def _what(draft: DeclarationDraft) -> str:
    relationship = RELATIONSHIP_LABELS[draft.relationship] if draft.relationship else ""
    platforms = ", ".join(reference_data.platform_label(each) for each in draft.platforms)
    return "; ".join(part for part in (relationship, platforms) if part)


def _live(one: ReadLine, ctx: Context) -> bool:
    """Whether the line speaks of something that stands, or may, and not of what is over."""
    if one.decided is None:
        return True
    if one.decided.kind is ImportedDecision.REFUSED:
        return False
    return one.decided.ended_on is None or one.decided.ended_on > ctx.today()


def _there(session: Session, who: Reader, draft: DeclarationDraft, standing: _Standing) -> str:
    """What to say of a line on record already: the same two, declared on the same day for the same platforms."""
    if draft.adult_id is None or draft.other_id is None or draft.declared_on is None:
        return ""
    key = (draft.adult_id, draft.other_id, draft.declared_on.isoformat(), _platform_set(draft.platforms))
    exception_id = standing.recorded.get(key)
    if exception_id is None:
        return ""
    where = connection_sight.where_full(who)
    row = session.execute(
        text(
            where.within(
                "SELECT year, number, {seen} FROM connection_exception WHERE id = :wanted AND ({seen} OR"
                " recorded_by = :me)"
            )
        ),
        {**where.params, "wanted": exception_id, "me": who.user_id},
    ).first()
    if row is None:
        # Somebody else's record that is closed to this reader: a made-up file must not feel for it.
        return ""
    return f"On record as {reference(row[0], row[1])}." if row[2] else "On record already."


def _problems(
    session: Session, ctx: Context, draft: DeclarationDraft, one: ReadLine, adult: Match, other: Match
) -> list[str]:
    """What the register itself would say. Of somebody who is still to be chosen or added it knows nothing yet."""
    unknown = {"adult_id" if adult.person_id is None else "", "other_id" if other.person_id is None else ""}
    if one.draft.declared_on is None:
        unknown.add("declared_on")  # said of the line already, in the file's words
    found = [
        problem.message
        for problem in connection_problems.problems(session, draft, ctx.today())
        if problem.field not in unknown
    ]
    for named, match in ((one.adult, adult), (one.other, other)):
        if match.state is Found.ADDED:
            made = tidied_person(import_people.person_draft(named, draft.capacity, ""))
            found += [problem.message for problem in people.problems(made, ctx.today())]
    return found


def _twice(draft: DeclarationDraft, one: ReadLine, standing: _Standing, ctx: Context) -> list[str]:
    """Whether the file names the same two on the same platform twice, for times that overlap."""
    pair = (one.adult.key, one.other.key)
    platforms, declared, live = _platform_set(draft.platforms), str(draft.declared_on), _live(one, ctx)
    earlier = standing.in_file.setdefault(pair, [])
    found = [
        f"The same two people and platform stand in line {number} already."
        for number, others, day, other_live in earlier
        if platforms & others and ((live and other_live) or (day == declared and platforms == others))
    ]
    earlier.append((one.number, platforms, declared, live))
    return found[:1]


def outcome(made: ImportPlan) -> list[tuple[object, ...]]:
    """What a dry run comes to, to be compared with another."""
    people_of = {need.key: (need.match.state, need.match.person_id) for need in made.people}
    return [
        (
            line.number,
            line.result,
            [people_of[key] for key in line.needs] if line.result is Result.NEW else [],
        )
        for line in made.lines
    ]
