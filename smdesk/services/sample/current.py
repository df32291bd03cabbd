"""What lies on the sample school's desk this week: one of everything that waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from smdesk.policy.vocabulary import Conduct, FourC, PersonKind, Step
from smdesk.services import incidents, letters, steps
from smdesk.services.context import LOCAL, Context
from smdesk.services.incident_records import (
    Confidentiality,
    IncidentDraft,
    PersonInIncident,
    PersonRole,
    StepDraft,
)
from smdesk.services.letter_records import LetterKind
from smdesk.services.sample.timetable import Timed


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts, and whom it can be about."""

    office: Context
    head: Context
    dsl: Context
    parents: list[int]
    pupils: list[int]
    staff: list[int]
    stranger: int


@dataclass(frozen=True, slots=True)
class Happened:
    """Something reported ``days`` days ago at ``at`` (hours and minutes at the school) that is not finished."""

    days: int
    at: time
    draft: IncidentDraft
    author: tuple[int, PersonKind]
    others: tuple[tuple[int, PersonRole, PersonKind], ...] = ()
    by: str = "office"
    moves: tuple[tuple[int, str, str], ...] = field(default=())
    """Whole days after the report, step, text."""
    letter: LetterKind | None = None
    letter_state: str = ""
    """ "draft", "submitted" or "returned"."""


def stories(desk: Desk, end: datetime) -> list[Timed]:
    """This week's unfinished business, each incident with what has been done about it so far."""
    return [_tell(desk, end, each) for each in _happenings(desk)]


def _received(end: datetime, what: Happened) -> datetime:
    """When it came in; never later than half an hour before the present."""
    day = end.astimezone(LOCAL).date() - timedelta(days=what.days)
    return min(datetime.combine(day, what.at, LOCAL).astimezone(UTC), end - timedelta(minutes=30))


def _tell(desk: Desk, end: datetime, what: Happened) -> Timed:
    received = _received(end, what)
    yield received
    ctx = desk.dsl if what.by == "dsl" else desk.office
    incident = _log(ctx, received, what)
    for after, step, text in what.moves:
        yield min(received + timedelta(days=after, minutes=45), end - timedelta(minutes=25))
        steps.record(ctx, incident, StepDraft(Step(step), what.author[0], ctx.today(), text))
    if what.letter is not None:
        yield end - timedelta(hours=3)
        letter = letters.draft(desk.office, incident, what.letter)
        if what.letter_state == "draft":
            return
        waiting = letters.submit(desk.office, letter.id, letter.version)
        if what.letter_state == "returned":
            yield end - timedelta(hours=2)
            letters.return_with_note(
                desk.head, letter.id, waiting.version, "Please say which day they could come in to talk."
            )


def _log(ctx: Context, received: datetime, what: Happened) -> int:
    lines = [PersonInIncident(what.author[0], PersonRole.AUTHOR, what.author[1])]
    lines += [PersonInIncident(person, role, kind) for person, role, kind in what.others]
    saved = incidents.save(
        ctx,
        replace(
            what.draft,
            received_at=received,
            posted_on=(received - timedelta(hours=4)).astimezone(LOCAL).date(),
            four_cs=what.draft.four_cs or (FourC.CONDUCT,),
            people=tuple(lines),
            handled_by=ctx.user.id if what.by == "office" else None,
        ),
    )
    return saved.id


def _happenings(desk: Desk) -> list[Happened]:
    parents, pupils, staff = desk.parents, desk.pupils, desk.staff
    parent, pupil, employee = PersonKind.PARENT, PersonKind.PUPIL, PersonKind.STAFF
    talked = (
        (1, Step.TALK.value, "Rang after school; sorry about the tone, still upset about the trip."),
        (1, Step.ASK_REMOVAL.value, "Asked for the posts to be taken down by the end of the week."),
    )
    return [
        Happened(
            9,
            time(9, 12),
            IncidentDraft(
                summary="Posts about the residential trip that name two members of staff",
                said="You two should be ashamed of yourselves. Everybody will know by Monday.",
                platform="facebook",
                visibility="public",
                conduct=(Conduct.ABUSIVE, Conduct.NEGATIVE_ABOUT_PERSON),
            ),
            (parents[0], parent),
            ((staff[0], PersonRole.NAMED, employee), (staff[1], PersonRole.NAMED, employee)),
            moves=talked,
            letter=LetterKind.WRITTEN_WARNING,
            letter_state="submitted",
        ),
        Happened(
            12,
            time(14, 40),
            IncidentDraft(
                summary="Allegation about first aid in a village group",
                said="They left him bleeding for an hour. Ask anybody.",
                platform="facebook",
                visibility="private",
                conduct=(Conduct.ALLEGATION,),
            ),
            (parents[3], parent),
            ((staff[2], PersonRole.NAMED, employee),),
            moves=talked,
            letter=LetterKind.WRITTEN_WARNING,
            letter_state="returned",
        ),
        Happened(
            6,
            time(8, 55),
            IncidentDraft(
                summary="Photograph of the harvest assembly with other families' children",
                said="Harvest stars!",
                platform="instagram",
                visibility="public",
                conduct=(Conduct.PHOTO_OF_OTHERS,),
                data_protection=True,
                four_cs=(FourC.CONTENT,),
            ),
            (parents[5], parent),
            ((pupils[7], PersonRole.NAMED, pupil),),
            moves=((0, Step.ASK_REMOVAL.value, "Asked by e-mail to take the picture down."),),
        ),
        Happened(
            1,
            time(19, 20),
            IncidentDraft(
                summary="Complaint about the school lunch under our own post",
                said="Cold pasta again. Is anybody going to answer this time?",
                platform="facebook",
                visibility="public",
                on_school_account=True,
                conduct=(Conduct.PUBLIC_COMPLAINT,),
            ),
            (parents[6], parent),
        ),
        Happened(
            0,
            time(8, 35),
            IncidentDraft(
                summary="Threat against the site manager from an unknown account",
                said="Lock that gate again and see what happens to you.",
                platform="x",
                visibility="public",
                conduct=(Conduct.THREAT_OF_VIOLENCE,),
                four_cs=(FourC.CONTENT,),
            ),
            (desk.stranger, PersonKind.THIRD_PARTY),
            ((staff[3], PersonRole.NAMED, employee),),
        ),
        Happened(
            2,
            time(13, 5),
            IncidentDraft(
                summary="Extremist video forwarded in a parents' chat",
                said="[Kept with the DSL; not repeated here.]",
                platform="whatsapp",
                visibility="private",
                conduct=(Conduct.EXTREMISM,),
                confidentiality=Confidentiality.SAFEGUARDING,
                four_cs=(FourC.CONTENT,),
            ),
            (parents[8], parent),
            by="dsl",
        ),
        Happened(
            1,
            time(15, 45),
            IncidentDraft(
                summary="Unkind nicknames in a Year 6 group chat",
                said="Nobody sit with him.",
                platform="whatsapp",
                visibility="private",
                conduct=(Conduct.BULLYING,),
                four_cs=(FourC.CONDUCT, FourC.CONTACT),
            ),
            (pupils[3], pupil),
            ((pupils[9], PersonRole.AFFECTED, pupil),),
        ),
        Happened(
            3,
            time(10, 25),
            IncidentDraft(
                summary="Class picture from the school's channel shared in public",
                said="Aren't they lovely?",
                platform="facebook",
                visibility="public",
                conduct=(Conduct.SCHOOL_CHANNEL_PHOTO,),
                four_cs=(FourC.CONTENT,),
            ),
            (parents[10], parent),
            ((pupils[12], PersonRole.NAMED, pupil),),
            letter=LetterKind.INVITATION,
            letter_state="draft",
        ),
        Happened(
            4,
            time(11, 30),
            IncidentDraft(
                summary="Staff profile that names the school",
                said="",
                platform="instagram",
                visibility="public",
                conduct=(Conduct.SPEAKS_FOR_SCHOOL,),
                confidentiality=Confidentiality.STAFF,
            ),
            (staff[4], employee),
            by="dsl",
        ),
    ]
