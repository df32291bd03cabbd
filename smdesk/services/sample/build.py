"""Build the sample school: through the services, as its staff would have done it, over two years.

Nothing is written past the services, so the sample obeys every rule the program enforces: permissions, the
ladder's order, letters approved with the headteacher's key. Only the clock is moved.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from smdesk.errors import Invalid, Refused
from smdesk.paths import SchoolFolder, resource
from smdesk.policy.vocabulary import PersonKind, Step
from smdesk.security import vault
from smdesk.security.keysfile import Argon2Parameters
from smdesk.services import (
    accounts,
    case_list,
    connection_list,
    evidence,
    incident_list,
    incidents,
    letters,
    message_list,
    people,
    people_list,
    session,
    setup,
    steps,
    users,
)
from smdesk.services.case_records import CaseFilter, CaseSort, CaseView
from smdesk.services.connection_records import ExceptionFilter, ExceptionSort, ExceptionView
from smdesk.services.context import LOCAL, Context, open_to_all, utc_now
from smdesk.services.incident_records import (
    IncidentDraft,
    IncidentFilter,
    Outcome,
    PersonInIncident,
    PersonRole,
    Sort,
    StepDraft,
    View,
)
from smdesk.services.letter_records import LetterKind, SentHow
from smdesk.services.message_records import MessageFilter, MessageSort, MessageView
from smdesk.services.sample import (
    agreements,
    cases,
    connections,
    current,
    messages,
    pictures,
    reputation,
    training,
    watching,
)
from smdesk.services.sample import letters as written
from smdesk.services.sample import people as invented
from smdesk.services.sample.cast import Cast, add_everybody
from smdesk.services.sample.register import Register
from smdesk.services.sample.stories import STORIES, Move, Story
from smdesk.services.sample.timetable import Clock, Timed, Timetable
from smdesk.services.user_records import UserDraft

YEARS = 2
"""How long the school has worked with SM Desk; the stories count their days from there."""
PER_WEEK = 1.6
"""Incidents logged in a school week; a busy but believable primary school."""
THIS_FORTNIGHT = timedelta(days=13)
"""The last days are told by ``current``, in which nothing is finished."""


_TOLD: Final = (connections, agreements, training, cases, watching, messages, reputation, written)
"""Where the stories beside the log come from."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Who can sign in to the sample school, the recovery code, and how much was made."""

    users: tuple[tuple[str, str, str], ...]
    """login, name, roles in words."""
    password: str
    recovery_code: str
    incidents: int
    people: int
    letters: int
    exceptions: int
    cases: int
    accounts: int
    messages: int


@open_to_all("Makes a new, invented school; there is nobody to sign in as before it exists.")
def build_school(
    folder: SchoolFolder,
    incidents_wanted: int | None = None,
    *,
    now: Callable[[], datetime] = utc_now,
    progress: Callable[[int, int], None] | None = None,
    params: Argon2Parameters = vault.PRODUCTION,
) -> DemoResult:
    """Build the sample school in an empty folder. ``incidents_wanted`` makes a log of that length: as many as
    belong in two years are played, and the rest are copies under other dates, people and numbers (for size only).

    Raises Refused where the folder holds records already, StorageProblem, UnsuitableFolder.
    """
    end = now().replace(microsecond=0)
    chance = random.Random(20260831)
    today = end.astimezone(LOCAL).date()
    clock = Clock(end - timedelta(days=365 * YEARS))
    made = setup.create_school(folder, answers(), clock, params=params)
    desks = {
        login: session.sign_in(folder, login, invented.PASSWORD, clock)
        for login in ("office", "head", "dsl", "chair")
    }
    try:
        desks |= _add_users(desks["office"], params)
        cast = add_everybody(desks["office"], today, chance)
        timetable = Timetable(clock)
        team = _team(desks, clock, end, cast)
        for story in itertools.chain.from_iterable(each.stories(team) for each in _TOLD):
            timetable.begin(story)
        days = _school_days(clock.moment, end, chance)
        _play(desks, clock, timetable, cast, days, end - THIS_FORTNIGHT, chance, progress)
        for story in current.stories(_this_week(desks, cast, chance), end):
            timetable.begin(story)
        timetable.until(end)
        _ask_consents(desks["office"], cast, today, chance)
        if incidents_wanted is not None:
            from smdesk.services.sample import many

            many.multiply(desks["office"], incidents_wanted, progress)
        head = desks["head"]
        incidents_made = len(incident_list.sorted_ids(head, IncidentFilter(view=View.ALL), Sort()))
        exceptions_made = len(
            connection_list.sorted_ids(head, ExceptionFilter(view=ExceptionView.ALL), ExceptionSort())
        )
        letters_made = len(letters.sorted_ids(head, "issued"))
        people_made = len(people_list.sorted_ids(head, ""))
        cases_made = len(case_list.sorted_ids(head, CaseFilter(CaseView.ALL), CaseSort()))
        accounts_made = len(accounts.choices(head, closed=True))
        messages_made = len(message_list.sorted_ids(head, MessageFilter(MessageView.ALL), MessageSort()))
    finally:
        for desk in desks.values():
            session.sign_out(desk)
    everybody = invented.USERS + invented.LATER_USERS
    return DemoResult(
        users=tuple((login, name, title) for login, name, title, _ in everybody),
        password=invented.PASSWORD,
        recovery_code=made.recovery_code,
        incidents=incidents_made,
        people=people_made,
        cases=cases_made,
        accounts=accounts_made,
        messages=messages_made,
        letters=letters_made,
        exceptions=exceptions_made,
    )


@open_to_all("What the invented school's assistant was told; nothing of it is secret.")
def answers() -> setup.SetupAnswers:
    """What the sample school is set up with."""
    logo = resource("sample", "badge.png")
    return setup.SetupAnswers(
        name="Brambleford Primary School",
        address="Weir Lane\nBrambleford\nZZ4 7QS",
        phone="01632 960140",
        email="office@brambleford.example",
        website="www.brambleford.example",
        logo=logo.read_bytes(),
        complaints_procedure="on our website under Policies, or on paper from the school office",
        official_channels="e-mail, ParentPay, Class Dojo",
        users=tuple(
            setup.NewUser(login, name, title, roles, invented.PASSWORD)
            for login, name, title, roles in invented.USERS
        ),
    )


def _add_users(desk: Context, params: Argon2Parameters) -> dict[str, Context]:
    """Those that came later, signed in. As in life: the office gives a first password, and its owner replaces it."""
    signed_in = {}
    for login, name, title, roles in invented.LATER_USERS:
        users.add(desk, UserDraft(login, name, title, roles), invented.FIRST_PASSWORD, params)
        signed_in[login] = session.sign_in(desk.folder, login, invented.FIRST_PASSWORD, desk.now)
        users.change_my_password(signed_in[login], invented.FIRST_PASSWORD, invented.PASSWORD, params)
    return signed_in


def _team(desks: Mapping[str, Context], clock: Clock, end: datetime, cast: Cast) -> Register:
    return Register(
        office=desks["office"],
        head=desks["head"],
        dsl=desks["dsl"],
        chair=desks["chair"],
        leader=desks["leader"],
        clock=clock,
        end=end,
        cast=cast,
    )


def _this_week(desks: Mapping[str, Context], cast: Cast, chance: random.Random) -> current.Desk:
    """Parents who have no history, so that what waits for them is the ladder's beginning."""
    parents = list(cast.by_kind[PersonKind.PARENT][12:])
    pupils = list(cast.by_kind[PersonKind.PUPIL][20:])
    chance.shuffle(parents)
    parents.sort(key=lambda one: bool(people.record_of(desks["head"], one).ladder))
    return current.Desk(
        office=desks["office"],
        head=desks["head"],
        dsl=desks["dsl"],
        parents=parents,
        pupils=pupils,
        staff=cast.by_kind[PersonKind.STAFF],
        stranger=cast.by_kind[PersonKind.THIRD_PARTY][0],
    )


def _ask_consents(desk: Context, cast: Cast, today: date, chance: random.Random) -> None:
    """Consent is per purpose (INC-12): most families answer, not all of them yes to everything."""
    for pupils, by in cast.consents:
        if chance.random() < 0.8:
            answered = today - timedelta(days=chance.randint(20, 400))
            for pupil in pupils:
                people.record_consent(desk, pupil, "Class Dojo", True, answered, by, "")
                people.record_consent(desk, pupil, "Social media", chance.random() < 0.6, answered, by, "")


def _school_days(start: datetime, end: datetime, chance: random.Random) -> list[datetime]:
    """When something is reported: mostly on school days, sometimes late on a Saturday; few in August."""
    moments = []
    day = start.astimezone(LOCAL).date()
    last = end.astimezone(LOCAL).date()
    while day < last:
        likely = PER_WEEK / 5 if day.weekday() < 5 else PER_WEEK / 14
        if day.month == 8:
            likely /= 5
        if chance.random() < likely:
            hour = chance.choice((8, 9, 10, 11, 13, 14, 15, 16, 19, 22))
            moments.append(datetime.combine(day, time(hour, chance.randrange(60)), LOCAL).astimezone(UTC))
        day += timedelta(days=1)
    return [moment for moment in moments if moment < end - THIS_FORTNIGHT]


def _play(
    desks: Mapping[str, Context],
    clock: Clock,
    timetable: Timetable,
    cast: Cast,
    days: list[datetime],
    last: datetime,
    chance: random.Random,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Tell every story of the log. What is due after ``last`` stays undone: some of it the list shows as overdue."""
    deck = [story for story in STORIES for _ in range(story.weight)]
    posts = [(moment, chance.choice(deck)) for moment in days]
    turns = itertools.count(1)
    for place, (moment, story) in enumerate(posts):
        if progress is not None:
            progress(place, len(posts))
        timetable.until(moment)
        facts = _cast_story(story, cast, chance)
        incident_id = _log(desks, clock, story, facts, chance)
        moves = [(_when(moment, move, next(turns)), move) for move in story.moves]
        timetable.begin(_moves(desks, clock, incident_id, moves, facts, last))
    timetable.until(last)


def _moves(
    desks: Mapping[str, Context],
    clock: Clock,
    incident_id: int,
    moves: list[tuple[datetime, Move]],
    facts: dict[str, int | None],
    last: datetime,
) -> Timed:
    for at, move in sorted(moves, key=lambda each: each[0]):
        if at > last:
            return
        yield at
        _make(desks, clock, incident_id, move, facts)


def _when(moment: datetime, move: Move, turn: int) -> datetime:
    """Half an hour after the report, or in office hours of a later day."""
    if move.after == 0:
        return moment + timedelta(minutes=20 + turn % 9)
    day = (moment + timedelta(days=move.after)).astimezone(LOCAL).date()
    return datetime.combine(day, time(10, 5 * (turn % 12)), LOCAL).astimezone(UTC)


def _cast_story(story: Story, cast: Cast, chance: random.Random) -> dict[str, int | None]:
    """Who posted it and whom it touches. A small group of parents posts more than the rest."""
    pool = cast.by_kind[story.author]
    # A few people come back, so that the ladder is climbed across incidents and years (INC-5).
    author = chance.choice(pool[:12] if chance.random() < 0.4 else pool)
    other = None
    if story.towards is not None:
        own = {one for parents, pupils in cast.families if author in parents for one in (*parents, *pupils)}
        other = chance.choice(
            [one for one in cast.by_kind[story.towards] if one != author and one not in own]
        )
    return {"author": author, "other": other, "reporter": chance.choice(cast.by_kind[PersonKind.STAFF])}


def _log(
    desks: Mapping[str, Context],
    clock: Clock,
    story: Story,
    facts: dict[str, int | None],
    chance: random.Random,
) -> int:
    confidential = story.confidentiality != "normal"
    desk = desks["dsl"] if confidential else desks["office"]
    lines = [PersonInIncident(_known(facts["author"]), PersonRole.AUTHOR, story.author)]
    if facts["other"] is not None and story.towards is not None:
        role = PersonRole.NAMED if story.author is not PersonKind.PUPIL else PersonRole.AFFECTED
        lines.append(PersonInIncident(facts["other"], role, story.towards))
    reporter = _known(facts["reporter"])
    if reporter not in {line.person_id for line in lines}:
        lines.append(PersonInIncident(reporter, PersonRole.REPORTED_BY, PersonKind.STAFF))
    draft = IncidentDraft(
        received_at=clock.moment,
        summary=story.summary,
        posted_on=(clock.moment - timedelta(hours=chance.choice((3, 14, 30)))).astimezone(LOCAL).date(),
        platform=story.platform,
        visibility=story.visibility,
        on_school_account=story.on_school_account,
        said=story.said,
        conduct=story.conduct,
        four_cs=story.four_cs,
        people=tuple(lines),
        data_protection=story.data_protection,
        confidentiality=story.confidentiality,
        handled_by=None if confidential else desks["office"].user.id,
    )
    saved = incidents.save(desk, draft)
    if story.said and chance.random() < 0.5:
        name = f"screenshot {clock.moment.astimezone(LOCAL):%Y-%m-%d}.png"
        picture = pictures.screenshot(story.platform, story.said, saved.id)
        evidence.add(desk, saved.id, name, picture, note="As sent to us by the person who reported it.")
    return saved.id


def _known(value: int | None) -> int:
    if value is None:
        raise ValueError("The story has nobody in this part.")
    return value


def _make(
    desks: Mapping[str, Context], clock: Clock, incident_id: int, move: Move, facts: dict[str, int | None]
) -> None:
    """One move. Where the policy puts something else first, the reason is recorded, as the office would."""
    desk = desks[move.who]
    today = clock.moment.astimezone(LOCAL).date()
    match move.act:
        case "step":
            step = StepDraft(Step(move.what), facts["author"], today, move.text)
            try:
                steps.record(desk, incident_id, step)
            except Invalid:
                why = "Taken now because the person asked to settle it at once."
                steps.record(desk, incident_id, replace(step, reason=why))
        case "removed":
            steps.mark_removed(desk, incident_id, today, move.text)
        case "replied":
            steps.mark_replied(desk, incident_id, clock.moment, move.text)
        case "prevent":
            steps.decide_prevent(desk, incident_id, move.what == "yes", move.text)
        case "note":
            steps.note(desk, incident_id, move.text)
        case "skip":
            steps.skip(desk, incident_id, Step(move.what), move.text)
        case "letter":
            _send_letter(desks, clock, incident_id, LetterKind(move.what))
        case "close":
            record = incidents.open_incident(desk, incident_id)
            incidents.close(desk, incident_id, record.version, Outcome(move.what), move.text)


def _send_letter(desks: Mapping[str, Context], clock: Clock, incident_id: int, kind: LetterKind) -> None:
    """Draft, submit, approve, issue, post. A parent already warned gets the second warning instead (INC-5)."""
    office, head = desks["office"], desks["head"]
    open_kinds = {choice.kind for choice in letters.choices(office, incident_id) if choice.open}
    if kind not in open_kinds:
        kind = LetterKind.SECOND_WARNING
    if kind not in open_kinds:
        return
    try:
        letter = letters.draft(office, incident_id, kind)
    except (Invalid, Refused) as error:
        steps.note(office, incident_id, f"No letter was drafted: {error}")
        return
    waiting = letters.submit(office, letter.id, letter.version)
    clock.forward(clock() + timedelta(hours=2))
    approved = letters.approve(head, letter.id, waiting.version, names_reason="")
    issued = letters.issue(office, letter.id, approved.version)
    letters.record_sent(
        office, issued.id, SentHow.POST, clock().astimezone(LOCAL).date(), "First class, from the office."
    )
