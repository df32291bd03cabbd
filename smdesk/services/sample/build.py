"""Build the sample school: through the services, as its staff would have done it, over two years.

Nothing is written past the services, so the sample obeys every rule the program enforces: permissions, the
ladder's order, letters approved with the headteacher's key. Only the clock is moved.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from smdesk.errors import Invalid, Refused
from smdesk.paths import SchoolFolder, resource
from smdesk.policy.vocabulary import PersonKind, Step
from smdesk.security import vault
from smdesk.security.keysfile import Argon2Parameters
from smdesk.services import (
    evidence,
    incidents,
    letters,
    people,
    session,
    setup,
    steps,
    users,
)
from smdesk.services.context import LOCAL, Context, open_to_all, utc_now
from smdesk.services.incident_records import (
    IncidentDraft,
    Outcome,
    PersonInIncident,
    PersonRole,
    StepDraft,
)
from smdesk.services.letter_records import LetterKind, SentHow
from smdesk.services.people_records import Relation
from smdesk.services.sample import current
from smdesk.services.sample import people as invented
from smdesk.services.sample.stories import STORIES, Move, Story
from smdesk.services.user_records import UserDraft

FAMILIES = 60
YEARS = 2
PER_WEEK = 1.6
"""Incidents logged in a school week; a busy but believable primary school."""
THIS_FORTNIGHT = timedelta(days=13)
"""The last days are told by ``current``, in which nothing is finished."""


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


class _Clock:
    """The sample school's moment; moved forward while its two years are played."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def set(self, moment: datetime) -> None:
        self.moment = moment


@dataclass(slots=True)
class _Cast:
    """Everybody a story can be about: person ids by kind, and each family's parents and children."""

    by_kind: dict[PersonKind, list[int]]
    families: list[tuple[list[int], list[int]]]
    consents: list[tuple[list[int], str]]
    """Each family's pupils, and which parent answers for them."""


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
    clock = _Clock(end - timedelta(days=365 * YEARS))
    made = setup.create_school(folder, answers(), clock, params=params)
    desks = {
        login: session.sign_in(folder, login, invented.PASSWORD, clock) for login in ("office", "head", "dsl")
    }
    try:
        _add_users(desks["office"], params)
        cast = _add_people(desks["office"], end.astimezone(LOCAL).date(), chance)
        days = _school_days(clock.moment, end, chance)
        letters_made = _play(desks, clock, end, cast, days, chance, progress)
        waiting = current.play(_this_week(desks, clock, cast, chance), end)
        clock.moment = end
        _ask_consents(desks["office"], cast, end.astimezone(LOCAL).date(), chance)
        total = len(days) + waiting
        if incidents_wanted is not None and incidents_wanted > total:
            from smdesk.services.sample import many

            many.multiply(desks["office"], incidents_wanted, progress)
            total = incidents_wanted
    finally:
        for desk in desks.values():
            session.sign_out(desk)
    everybody = invented.USERS + invented.LATER_USERS
    return DemoResult(
        users=tuple((login, name, title) for login, name, title, _ in everybody),
        password=invented.PASSWORD,
        recovery_code=made.recovery_code,
        incidents=total,
        people=sum(len(ids) for ids in cast.by_kind.values()),
        letters=letters_made,
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


def _add_users(desk: Context, params: Argon2Parameters) -> None:
    for login, name, title, roles in invented.LATER_USERS:
        # As in life: the office gives a first password, and its owner replaces it at the first sign-in.
        users.add(desk, UserDraft(login, name, title, roles), invented.FIRST_PASSWORD, params)
        own = session.sign_in(desk.folder, login, invented.FIRST_PASSWORD, desk.now)
        try:
            users.change_my_password(own, invented.FIRST_PASSWORD, invented.PASSWORD, params)
        finally:
            session.sign_out(own)


def _add_people(desk: Context, today: date, chance: random.Random) -> _Cast:
    cast = _Cast({kind: [] for kind in PersonKind}, [], [])
    for family in invented.families(FAMILIES, today, chance):
        parents = [people.save(desk, draft).id for draft in family.parents]
        pupils = [people.save(desk, draft).id for draft in family.pupils]
        for parent in parents:
            for pupil in pupils:
                people.link(desk, parent, Relation.PARENT_OF, pupil, "")
        cast.by_kind[PersonKind.PARENT] += parents
        cast.by_kind[PersonKind.PUPIL] += pupils
        cast.families.append((parents, pupils))
        giver = family.parents[0]
        cast.consents.append((pupils, f"{giver.given_name} {giver.family_name}"))
    for draft in invented.others():
        cast.by_kind[draft.kind].append(people.save(desk, draft).id)
    return cast


def _this_week(desks: dict[str, Context], clock: _Clock, cast: _Cast, chance: random.Random) -> current.Desk:
    """Parents who have no history, so that what waits for them is the ladder's beginning."""
    parents = list(cast.by_kind[PersonKind.PARENT][12:])
    pupils = list(cast.by_kind[PersonKind.PUPIL][20:])
    chance.shuffle(parents)
    parents.sort(key=lambda one: bool(people.record_of(desks["head"], one).ladder))
    return current.Desk(
        office=desks["office"],
        head=desks["head"],
        dsl=desks["dsl"],
        set_clock=clock.set,
        parents=parents,
        pupils=pupils,
        staff=cast.by_kind[PersonKind.STAFF],
        stranger=cast.by_kind[PersonKind.THIRD_PARTY][0],
    )


def _ask_consents(desk: Context, cast: _Cast, today: date, chance: random.Random) -> None:
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
    desks: dict[str, Context],
    clock: _Clock,
    end: datetime,
    cast: _Cast,
    days: list[datetime],
    chance: random.Random,
    progress: Callable[[int, int], None] | None,
) -> int:
    """Tell every story in order of time, so that numbers and the audit chain run forward."""
    deck = [story for story in STORIES for _ in range(story.weight)]
    told: list[tuple[datetime, int, int, Story, Move, dict[str, int | None]]] = []
    posts = [(moment, chance.choice(deck)) for moment in days]
    letters_made = 0
    queue = 0
    for place, (moment, story) in enumerate(posts):
        if progress is not None:
            progress(place, len(posts))
        letters_made += _make_moves(desks, clock, told, moment)
        clock.moment = moment
        facts = _cast_story(story, cast, chance)
        incident_id = _log(desks, clock, story, facts, chance)
        for move in story.moves:
            queue += 1
            told.append((_when(moment, move, queue), queue, incident_id, story, move, facts))
    # What was due after that stays undone: some of it is what the list shows as open and overdue.
    letters_made += _make_moves(desks, clock, told, end - THIS_FORTNIGHT)
    return letters_made


def _when(moment: datetime, move: Move, turn: int) -> datetime:
    """Half an hour after the report, or in office hours of a later day."""
    if move.after == 0:
        return moment + timedelta(minutes=20 + turn % 9)
    day = (moment + timedelta(days=move.after)).astimezone(LOCAL).date()
    return datetime.combine(day, time(10, 5 * (turn % 12)), LOCAL).astimezone(UTC)


def _make_moves(
    desks: dict[str, Context],
    clock: _Clock,
    told: list[tuple[datetime, int, int, Story, Move, dict[str, int | None]]],
    until: datetime,
) -> int:
    """Make every move that was due by then, in order. Returns how many letters went out."""
    due = sorted((each for each in told if each[0] <= until), key=lambda each: each[:2])
    told[:] = [each for each in told if each[0] > until]
    letters_made = 0
    for at, _, incident_id, _story, move, facts in due:
        clock.moment = max(clock.moment, at)
        letters_made += _make(desks, clock, incident_id, move, facts)
    return letters_made


def _cast_story(story: Story, cast: _Cast, chance: random.Random) -> dict[str, int | None]:
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
    desks: dict[str, Context],
    clock: _Clock,
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
        picture = screenshot(story.platform, story.said, saved.id)
        evidence.add(desk, saved.id, name, picture, note="As sent to us by the person who reported it.")
    return saved.id


def screenshot(platform: str, said: str, number: int) -> bytes:
    """A drawn stand-in for a screenshot of a post: no real site is shown."""
    import io
    import textwrap

    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (640, 320), "#f2f4f7")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(resource("fonts", "NotoSans-Regular.ttf")), 22)
    small = ImageFont.truetype(str(resource("fonts", "NotoSans-Regular.ttf")), 15)
    pen.rounded_rectangle((24, 24, 616, 296), 14, fill="white", outline="#d3d9e2", width=2)
    pen.ellipse((44, 44, 92, 92), fill="#b9c6d8")
    pen.text((108, 46), f"Post on {platform}", font=font, fill="#24324a")
    pen.text((108, 74), f"Sample picture {number}", font=small, fill="#66748a")
    pen.multiline_text(
        (48, 116), "\n".join(textwrap.wrap(said, 48)[:6]), font=font, fill="#1c2636", spacing=8
    )
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _known(value: int | None) -> int:
    if value is None:
        raise ValueError("The story has nobody in this part.")
    return value


def _make(
    desks: dict[str, Context], clock: _Clock, incident_id: int, move: Move, facts: dict[str, int | None]
) -> int:
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
            return _send_letter(desks, clock, incident_id, LetterKind(move.what))
        case "close":
            record = incidents.open_incident(desk, incident_id)
            incidents.close(desk, incident_id, record.version, Outcome(move.what), move.text)
    return 0


def _send_letter(desks: dict[str, Context], clock: _Clock, incident_id: int, kind: LetterKind) -> int:
    """Draft, submit, approve, issue, post. A parent already warned gets the second warning instead (INC-5)."""
    office, head = desks["office"], desks["head"]
    open_kinds = {choice.kind for choice in letters.choices(office, incident_id) if choice.open}
    if kind not in open_kinds:
        kind = LetterKind.SECOND_WARNING
    if kind not in open_kinds:
        return 0
    try:
        letter = letters.draft(office, incident_id, kind)
    except (Invalid, Refused) as error:
        steps.note(office, incident_id, f"No letter was drafted: {error}")
        return 0
    waiting = letters.submit(office, letter.id, letter.version)
    clock.moment += timedelta(hours=2)
    approved = letters.approve(head, letter.id, waiting.version, names_reason="")
    issued = letters.issue(office, letter.id, approved.version)
    letters.record_sent(
        office, issued.id, SentHow.POST, clock().astimezone(LOCAL).date(), "First class, from the office."
    )
    return 1
