"""What an import of people would change: the dry run, person by person and field by field. Nothing is written here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.documents.sheet_reading import Sheet
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import in_a_sentence, listed, written_day
from smdesk.services import people
from smdesk.services.import_people import Choice, Found, Match, exact, names_of
from smdesk.services.list_files import Progress
from smdesk.services.people_base import tidied
from smdesk.services.people_import_entries import COLUMN_LABELS, CONTACTS, Entry, gather, same
from smdesk.services.people_import_fields import ColumnMap
from smdesk.services.people_import_lines import Told
from smdesk.services.people_import_match import Held, Records, read_records, settle
from smdesk.services.people_import_records import (
    RESULT_LABELS,
    SEVERAL,
    Change,
    Leaving,
    PeoplePlan,
    PlanEntry,
    Result,
)
from smdesk.services.people_import_ties import TieReader
from smdesk.services.people_records import PersonDraft


def work_out(
    session: Session,
    today: date,
    stamp: int,
    sheet: Sheet,
    columns: ColumnMap,
    choices: Mapping[str, Choice],
    progress: Progress,
) -> PeoplePlan:
    """The dry run over the records as they stand. Raises what ``progress`` does."""
    total = 2 * len(sheet.lines)
    file = gather(sheet.lines, columns, lambda done, _: progress(done, total))
    records = read_records(session)
    matched = _match(file.entries, file.of_mention, records, choices, progress, total)
    taken: dict[int, Entry] = {}
    states: dict[int, dict[str, Any]] = {}
    ties = None
    if any(entry.ties for entry in file.entries):
        ties = TieReader(file, records, {id(entry): match for entry, match, _ in matched})
    twice = _twice(file.entries)
    made = []
    for entry, match, may_add in matched:
        made.append(_entry(entry, match, may_add, records, columns, today, taken, states, twice))
    _note_namesakes(made)
    by_entry = {id(entry): each for (entry, _, _), each in zip(matched, made, strict=True)}
    for (entry, _, _), each in zip(matched, made, strict=True):
        if ties is not None and entry.ties:
            _tie(entry, each, ties, by_entry)
    leavers, leaving, unnamed = _leavers(made, records, columns, today)
    entries = (*made, *leavers)
    counts: dict[Result, int] = defaultdict(int)
    for each in entries:
        counts[each.result] += 1
    progress(total, total)
    return PeoplePlan(
        sheet,
        columns,
        dict(choices),
        entries,
        leaving,
        (*sheet.remarks, *_remarks(made), *unnamed),
        stamp,
        dict(counts),
    )


def _remarks(made: Iterable[PlanEntry]) -> list[str]:
    if any("month first" in sentence for each in made for sentence in each.sentences):
        return [_MONTH_FIRST]
    return []


_MONTH_FIRST: Final = (
    "At least one date seems to be written month first. Then others may have day and month the wrong way round without "
    "anybody noticing: look at the dates before you go on."
)


def _match(
    entries: list[Entry],
    of_mention: list[Entry],
    records: Records,
    choices: Mapping[str, Choice],
    progress: Progress,
    total: int,
) -> list[tuple[Entry, Match, bool]]:
    """Everybody by number first; then the others by name, among those whom no number has claimed."""
    numbered = {id(entry): records.by_number(entry) for entry in entries}
    claimed = {
        match.person_id for match in numbered.values() if match is not None and match.person_id is not None
    }
    pupils: dict[int, int] = {}
    found = []
    # Pupils before their contacts: a contact is known by the child, too.
    for done, entry in enumerate(sorted(entries, key=lambda each: each.told.kind is not PersonKind.PUPIL)):
        if done % 500 == 0:
            progress(total // 2 + done * (total // 2) // len(entries), total)
        match = numbered[id(entry)]
        by_number = match is not None
        if match is None:
            children = []
            for tie, _ in entry.ties:
                if tie.pupil is not None:
                    known = pupils.get(id(of_mention[tie.pupil]))
                    children += [] if known is None else [known]
                elif tie.pupil_id:
                    children += records.numbered(PersonKind.PUPIL, tie.pupil_id)
            match = records.by_name(entry, children, claimed)
        may_add = not by_number and bool(entry.told.family_name)
        match = settle(entry, match, choices, records, may_add=may_add)
        if match.person_id is not None and entry.told.kind is PersonKind.PUPIL:
            pupils[id(entry)] = match.person_id
        found.append((entry, match, may_add))
    place = {id(entry): at for at, entry in enumerate(entries)}
    return sorted(found, key=lambda each: place[id(each[0])])


def _twice(entries: list[Entry]) -> dict[int, str]:
    """Entries that may be one and the same person under two numbers, or under none: the file must tell them apart."""
    first: dict[str, Entry] = {}
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.name and entry.told.kind not in CONTACTS:
            known = first.setdefault(entry.name, entry)
            if known is not entry:
                by_name.setdefault(entry.name, [known]).append(entry)
    found = {}
    for alike in by_name.values():
        for one in alike:
            other = next((each for each in alike if each is not one and _indistinct(one, each)), None)
            if other is not None:
                found[id(one)] = (
                    f"Line {other.line} names somebody of the same name"
                    + (" and date of birth" if one.told.date_of_birth and other.told.date_of_birth else "")
                    + (", under another number." if one.told.outside_id and other.told.outside_id else ".")
                    + " If it is one person, take one line out; if it is two, give each their number and date of birth."
                )
    return found


def _indistinct(one: Entry, other: Entry) -> bool:
    if one.told.kind is not other.told.kind:
        return False
    births = (one.told.date_of_birth, other.told.date_of_birth)
    if None not in births:
        return births[0] == births[1]
    return not (one.told.outside_id and other.told.outside_id)


def _entry(
    entry: Entry,
    match: Match,
    may_add: bool,
    records: Records,
    columns: ColumnMap,
    today: date,
    taken: dict[int, Entry],
    states: dict[int, dict[str, Any]],
    twice: Mapping[int, str],
) -> PlanEntry:
    """What becomes of one person, their links left aside."""
    told = entry.told
    made = PlanEntry(
        key=entry.key,
        line=entry.line,
        name=told.name or "(no name)",
        kind=told.kind,
        result=Result.NEW,
        match=match,
        person_id=match.person_id,
        told=told,
        lines=tuple(entry.lines),
        notes=tuple(dict.fromkeys(entry.notes)),
        may_add=may_add,
    )
    problems = list(dict.fromkeys(entry.problems))
    if match.state is not Found.FOUND and id(entry) in twice and match.why != "Somebody new, by choice.":
        problems.append(twice[id(entry)])
    if match.state is Found.LEFT_OUT:
        made.result, made.sentences = Result.LEFT_OUT, (match.why,)
    elif problems:
        made.result, made.sentences = Result.PROBLEM, tuple(problems)
    elif match.state is Found.CHOOSE:
        made.result, made.sentences = Result.CHOOSE, (match.why,)
    elif match.state is Found.ADDED or match.person_id is None:
        wrong = [] if _ordinary(told, today) else people.problems(draft_of(told), today)
        if wrong:
            made.result, made.sentences = Result.PROBLEM, tuple(each.message for each in wrong)
    else:
        _compare(made, entry, records.people[match.person_id], columns, today, taken, states)
    return made


def _ordinary(told: Told, today: date) -> bool:
    """Whether somebody is plainly in order, as most of thousands are; who is not is looked at as the form does."""
    born, joined, left = told.date_of_birth, told.joined_on, told.left_on
    return (
        bool(told.given_name and told.family_name)
        and left is None
        and (born is None or (born.year > 1900 and born <= today and (joined is None or born <= joined)))
        and max(map(len, told[1:6])) <= 20
        and max(len(told.year_group), len(told.class_name)) <= 40
        and len(told.address) <= 200
        and told.address.count("\n") <= 5
        and len(told.postcode) <= 12
        and max(len(told.email), len(told.phone)) <= 100
        and len(told.language) <= 60
    )


def _compare(
    made: PlanEntry,
    entry: Entry,
    held: Held,
    columns: ColumnMap,
    today: date,
    taken: dict[int, Entry],
    states: dict[int, dict[str, Any]],
) -> None:
    """Somebody on record: which fields the file would change."""
    other = taken.setdefault(held.id, entry)
    if other is not entry and entry.told.kind is PersonKind.PUPIL:
        made.result = Result.PROBLEM
        taken_too = f"Line {other.line} is taken for the same pupil on record, {held.name}."
        made.sentences = (f"{taken_too} Correct the file, or leave one of the two out.",)
        return
    state = states.setdefault(held.id, {})
    changes = []
    for column, label in COLUMN_LABELS.items():
        now = state.get(column, getattr(held, column))
        said = getattr(entry.told, column)
        if not said or same(column, now or "", said) or (other is not entry and now):
            continue
        if column == "known_as" and now:
            continue  # the office's own: never overwritten
        if column in ("given_name", "family_name") and entry.name in {
            exact(each) for each in names_of(held.given_name, held.family_name, held.known_as)
        }:
            continue  # the office knows them under this name too, and chose which to show
        changes.append(Change(column, label, getattr(held, column), said))
        state[column] = said
    if entry.told.kind not in held.kinds:
        also = [kind for kind in PersonKind if kind in (*held.kinds[1:], entry.told.kind)]
        changes.append(Change("also", "Also", held.also, ",".join(also)))
    if held.left_on is not None and held.left_on <= today and entry.told.left_on is None:
        if entry.told.kind in columns.whole:
            changes.append(Change("left_on", "Left on", held.left_on, None))
        else:
            made.notes += (
                f"On record as left on {written_day(held.left_on)}; the file names no leaving date, and that stays.",
            )
    wrong = people.problems(_after(held, changes), today) if changes else []
    if wrong:
        made.result, made.sentences = Result.PROBLEM, tuple(each.message for each in wrong)
        return
    made.changes = tuple(changes)
    made.result = Result.CHANGED if changes else Result.SAME


def draft_of(told: Told) -> PersonDraft:
    """Somebody new as the person form would hold them."""
    return PersonDraft(
        kind=told.kind,
        title=told.title,
        given_name=told.given_name,
        family_name=told.family_name,
        known_as=told.known_as,
        date_of_birth=told.date_of_birth,
        year_group=told.year_group,
        class_name=told.class_name,
        outside_id=told.outside_id,
        address=told.address,
        postcode=told.postcode,
        email=told.email,
        phone=told.phone,
        language=told.language or "English",
        joined_on=told.joined_on,
        left_on=told.left_on,
    )


def _after(held: Held, changes: list[Change]) -> PersonDraft:
    fields: dict[str, Any] = held._asdict() | {each.column: each.after for each in changes}
    for name in ("id", "merged_into", "version"):
        fields.pop(name)
    fields["kind"] = PersonKind(held.kind)
    fields["also"] = tuple(PersonKind(code) for code in fields["also"].split(",") if code)
    return tidied(PersonDraft(**fields))


def _tie(entry: Entry, made: PlanEntry, ties: TieReader, by_entry: Mapping[int, PlanEntry]) -> None:
    """Their links to pupils; a contact comes in with at least one of their pupils, or not at all."""
    if made.result in (Result.PROBLEM, Result.CHOOSE, Result.LEFT_OUT):
        return
    links, problems = [], []
    for found in ties.read(entry):
        pupil = None if found.pupil is None else by_entry[id(found.pupil)]
        if found.problem:
            problems.append(found.problem)
        elif pupil is not None and pupil.result in (Result.PROBLEM, Result.CHOOSE, Result.LEFT_OUT):
            why = (
                "that line has to be put right first"
                if pupil.result is Result.PROBLEM
                else in_a_sentence(RESULT_LABELS[pupil.result])
            )
            problems.append(f"Their pupil, {pupil.name} in line {pupil.line}, is not brought in: {why}.")
        elif found.link is not None:
            links.append(found.link)
    known = len(entry.ties) - len(problems)
    if problems and not known:
        made.result, made.sentences, made.changes = Result.PROBLEM, tuple(dict.fromkeys(problems)), ()
        return
    made.notes += tuple(dict.fromkeys(problems))
    made.links = tuple(dict.fromkeys(links))
    if made.links and made.result is Result.SAME:
        made.result = Result.CHANGED


_TWO_PEOPLE: Final = (
    "They come in as two people: no number, e-mail, telephone or address in the file says that they are one."
)


def _note_namesakes(made: list[PlanEntry]) -> None:
    """New contacts of one name whom nothing in the file joins come in as two people, and that is said."""
    first: dict[str, PlanEntry] = {}
    for each in made:
        if each.result is Result.NEW and each.kind in CONTACTS:
            other = first.setdefault(exact(each.name), each)
            if other is not each:
                each.notes += (f"Line {other.line} names somebody of the same name. {_TWO_PEOPLE}",)


def _leavers(
    made: list[PlanEntry], records: Records, columns: ColumnMap, today: date
) -> tuple[list[PlanEntry], tuple[Leaving, ...], list[str]]:
    """Those on record whom a file that holds everybody does not name. The sentences are of kinds it names nobody of:
    then nobody of them has left.
    """
    if not columns.whole:
        return [], (), []
    named = {each.person_id for each in made} | {one for each in made for one in each.match.candidates}
    day = columns.left_on or today
    found, counts, unnamed = [], [], []
    for kind in PersonKind:
        if kind not in columns.whole:
            continue
        if not any(each.kind is kind for each in made):
            unnamed.append(f"There are no {SEVERAL[kind]} in the file, so nobody of them is marked as left.")
            continue
        here = [
            each
            for each in records.people.values()
            if each.kind == kind and each.identified and (each.left_on is None or each.left_on > today)
        ]
        gone = sorted(
            (each for each in here if each.id not in named), key=lambda each: (each.family_name, each.id)
        )
        staying = [each.name for each in gone if each.id in records.users]
        if staying:
            unnamed.append(_still_users(staying))
            gone = [each for each in gone if each.id not in records.users]
        counts.append(Leaving(kind, len(gone), len(here)))
        found += [_leaver(each, kind, day) for each in gone]
    return found, tuple(counts), unnamed


def _still_users(names: list[str]) -> str:
    """A file made by somebody else does not end what hangs on a colleague who works here every day."""
    few = listed(names) if len(names) <= 4 else f"{len(names)} people"
    who = "has a user account" if len(names) == 1 else "have user accounts"
    return (
        f"Not in the file, and not marked as left because they sign in here: {few}, who {who}. If they have left, "
        "close the account under Settings, Users and keys first, or write the day on their page."
    )


def _leaver(held: Held, kind: PersonKind, day: date) -> PlanEntry:
    return PlanEntry(
        key=f"leaves|{held.id}",
        line=0,
        name=held.name,
        kind=kind,
        result=Result.LEAVES,
        match=Match(Found.FOUND, held.id, (), ""),
        person_id=held.id,
        told=None,
        changes=(Change("left_on", "Left on", held.left_on, day),),
    )
