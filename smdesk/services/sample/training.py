"""The sample school's training and its online-safety education (AUP-2, AUP-4). All invented."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import education, training
from smdesk.services.education_records import EducationDraft, EducationKind
from smdesk.services.sample.agreements import at_work
from smdesk.services.sample.team import Team, Telling, at_school
from smdesk.services.sample.timetable import Timed
from smdesk.services.training_records import TrainingTypeDraft

RUNNERS = "running an account"


def stories(at: Team) -> list[Timed]:
    """Every story of training, and of education."""
    return [at.tell(story(at)) for story in (_runners, _safeguarding, _prevent, _older_course, _education)]


def _type(at: Team, draft: TrainingTypeDraft, name: str = "") -> int:
    saved = training.save_type(at.office, draft)
    at.made[name or draft.name] = saved.id
    return saved.id


def _record(at: Team, kind: int, names: tuple[str, ...], by: str, note: str = "") -> None:
    training.record(at.office, kind, [at.ids[name] for name in names], at.office.today(), by, note)


def _runners(at: Team) -> Telling:
    """Whoever runs an account needs it (ACC-3). One has let it lapse, and another's lapses soon."""
    yield 424
    draft = TrainingTypeDraft("Running a school account", 12, for_accounts=True,
                              notes="Half a day: the policy, the law, and what to do when it goes wrong.")  # fmt: skip
    kind = _type(at, draft, RUNNERS)
    yield 417
    _record(
        at, kind,
        ("Priya Tolland", "Denise Holloway-Finch", "Ffion Maddox", "Lorna Peverell", "Katarzyna Nowina",
         "Bethan Corrow-Lyle"),
        "Tamsin Oakes, in school",
    )  # fmt: skip
    yield 386
    _record(at, kind, ("Callum Thackray", "Musa Danbury"), "Local authority course")
    yield 349
    _record(at, kind, ("Jerome Attwell", "Shirin Calloway", "Tamsin Oakes"), "Local authority course")
    yield 108
    _record(
        at, kind,
        ("Priya Tolland", "Denise Holloway-Finch", "Ffion Maddox", "Lorna Peverell", "Katarzyna Nowina",
         "Bethan Corrow-Lyle", "Owain Marsden"),
        "Tamsin Oakes, in school",
    )  # fmt: skip
    yield 51
    _record(at, kind, ("Callum Thackray",), "Local authority course", "Missed the day in school.")


def _safeguarding(at: Team) -> Telling:
    """Everybody at the start of the year; who was away, or joins later, shows until it is made up for."""
    asked = (PersonKind.STAFF, PersonKind.GOVERNOR, PersonKind.VOLUNTEER)
    yield 726
    kind = _type(at, TrainingTypeDraft("Safeguarding and online safety", 12, asked))
    for days, missing in ((709, ()), (404, ("Edith Winterbourne",)), (77, ("Bernard Cosgrove-Hay", "Musa Danbury",
                                                                            "Edith Winterbourne"))):  # fmt: skip
        yield days
        here = set(at_work(at, but=missing))
        people = [at.ids[name] for name, each in at.kinds.items() if each in asked and at.ids[name] in here]
        training.record(at.office, kind, people, at.office.today(), "Owain Marsden, in school")
    yield 352
    _record(at, kind, ("Musa Danbury", "Edith Winterbourne"), "Online course")


def _prevent(at: Team) -> Telling:
    """Counts for three years."""
    yield 655
    kind = _type(at, TrainingTypeDraft("Prevent awareness", 36, (PersonKind.STAFF,)))
    here = set(at_work(at, but=("Shirin Calloway",)))
    people = [
        at.ids[name] for name, each in at.kinds.items() if each is PersonKind.STAFF and at.ids[name] in here
    ]
    training.record(at.office, kind, people, at.office.today(), "Online course")


def _older_course(at: Team) -> Telling:
    """Not asked for any more; what is on record of it stays."""
    yield 720
    kind = _type(at, TrainingTypeDraft("E-safety for beginners", 0, (PersonKind.VOLUNTEER,)))
    _record(at, kind, ("Edith Winterbourne",), "Owain Marsden")
    yield 500
    version = next(each.version for each in training.types(at.office) if each.id == kind)
    training.retire_type(at.office, kind, version)


_PUPIL, _PARENT, _STAFF = (PersonKind.PUPIL,), (PersonKind.PARENT,), (PersonKind.STAFF,)
_YEAR: Final = (
    (9, 11, EducationKind.LESSON, "Kind words online", _PUPIL, "Years 3 and 4", 31, "Class teachers"),
    (9, 24, EducationKind.SESSION, "Starting school: phones, photographs and us",
     _PARENT, "Reception", 17, "Ruth Ellery"),
    (10, 14, EducationKind.ASSEMBLY, "What to do when something worries you",
     _PUPIL, "All classes", 96, "Owain Marsden"),
    (11, 12, EducationKind.SESSION, "Group chats: an evening for families",
     _PARENT, "Years 5 and 6", 22, "Tamsin Oakes"),
    (11, 18, EducationKind.LEAFLET, "Which apps from which age", _PARENT, "All families", 104, "School office"),
    (12, 9, EducationKind.NEWSLETTER, "New devices at Christmas: five settings",
     _PARENT, "All families", 104, "School office"),
    (1, 20, EducationKind.LESSON, "Who can see this?", _PUPIL, "Years 5 and 6", 28, "Class teachers"),
    (2, 10, EducationKind.ASSEMBLY, "A safer internet: our own ideas",
     _PUPIL, "All classes", 98, "School council"),
    (3, 5, EducationKind.SESSION, "Our policy in twenty minutes", _STAFF, "Staff meeting", 14, "Tamsin Oakes"),
    (4, 23, EducationKind.WEBSITE, "Page for families: help and helplines", _PARENT, "", None, "School office"),
    (5, 14, EducationKind.LESSON, "Real or made up? Pictures online", _PUPIL, "Year 6", 15, "Class teachers"),
    (6, 18, EducationKind.LEAFLET, "Moving on: phones at secondary school",
     _PARENT, "Year 6", 19, "School office"),
)  # fmt: skip
"""Month, day, kind, title, audience, which of them, how many, led by: what happens every school year."""


def _education(at: Team) -> Telling:
    """Two years of sessions, assemblies and leaflets, logged on the day. One was written down twice."""
    events = sorted(
        (_weekday(date(year, month, day)), number)
        for year in range(at.ago(729).year, at.ago(0).year + 1)
        for number, (month, day, *_) in enumerate(_YEAR)
    )
    twice = False
    for held_on, number in events:
        if not at.ago(728) < held_on <= at.ago(1):
            continue
        yield at_school(held_on, 15, 5 * number)
        _, _, kind, title, audience, note, reached, led_by = _YEAR[number]
        reached = None if reached is None else reached - (at.ago(0) - held_on).days // 90
        draft = EducationDraft(held_on, kind, title, audience, note, reached, led_by)
        education.save(at.office, draft)
        if kind is EducationKind.ASSEMBLY and not twice:
            twice = True
            again = education.save(at.office, draft)
            at.later(12)
            education.withdraw(at.office, again.id, "Logged twice.")


def _weekday(day: date) -> date:
    """That day, or the Friday before where it is a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
