"""The sample school's policies and who answered about them: versions, signatures, some outstanding, a few declined
(AUP-1 to AUP-3). All invented.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import agreements, policies, policy_versions, school
from smdesk.services.agreement_records import Answer, PolicyDraft, PolicyKind, VersionDraft
from smdesk.services.sample.people import AT_WORK, CLASSES
from smdesk.services.sample.policy_files import policy_pdf
from smdesk.services.sample.team import Team, Telling
from smdesk.services.sample.timetable import Timed
from smdesk.services.school import Contact

SOCIAL_MEDIA = "social media policy"
_GOVERNORS = "the governing board"
_REVIEWERS = "Mrs R. Ellery, Mr O. Marsden and the governors’ safeguarding committee"


def stories(at: Team) -> list[Timed]:
    """Every story of the policies, and the school's named contacts."""
    return [
        at.tell(story(at))
        for story in (_contacts, _social_media, _parents, _pupils, _devices, _media, _visitors_wifi)
    ]


def _contacts(at: Team) -> Telling:
    """Who answers which questions (PPL-4), and who is told first when a journalist rings (REP-3)."""
    yield 728
    known = school.get(at.office)
    contacts = (
        Contact("parents", "Mrs R. Ellery, headteacher", "01632 960140"),
        Contact("staff", "Mrs R. Ellery, headteacher", "01632 960140"),
        Contact("safeguarding", "Mr O. Marsden", "safeguarding@brambleford.example"),
        Contact("chair", "Dr L. Pryce, chair of governors", "01632 960167"),
        Contact("data_protection", "Ms P. Tolland", "office@brambleford.example"),
        Contact("media", "Dr L. Pryce, chair of governors", "01632 960167"),
    )
    school.save(at.office, replace(known, contacts=contacts), known.version)


# What the stories do


def _policy(at: Team, draft: PolicyDraft, name: str) -> int:
    saved = policies.save(at.office, replace(draft, reviewers=draft.reviewers or _REVIEWERS))
    at.made[name] = saved.id
    return saved.id


def _version(
    at: Team, policy: int, label: str, review: int, changes: str, points: Sequence[str], by: str = _GOVERNORS
) -> None:
    """A version adopted today, with its PDF; ``review`` is how many days after the present it is due."""
    today = at.office.today()
    title = policies.open_policy(at.office, policy).draft.title
    draft = VersionDraft(label, today, at.ahead(review), by, changes)
    pdf = policy_pdf(title, label, today, points, by)
    policy_versions.add_version(at.office, policy, draft, f"{title}, version {label}.pdf", pdf)


def _sign(
    at: Team, policy: int, people: Iterable[int], how: str = "On paper", answer: Answer = Answer.SIGNED
) -> None:
    agreements.record(at.office, policy, list(people), answer, at.office.today(), how)


def _decline(at: Team, policy: int, person: int, note: str) -> None:
    agreements.record(at.office, policy, [person], Answer.DECLINED, at.office.today(), "On paper", note)


def at_work(at: Team, *, but: Sequence[str] = ()) -> list[int]:
    """Everybody who works with the school and has joined by now, but those named."""
    today = at.office.today()
    return [
        person
        for name, (person, kind) in at.cast.named.items()
        if kind in AT_WORK and name not in but and at.joined(name) <= today
    ]


def _named(at: Team, *kinds: PersonKind) -> list[int]:
    """Those of these kinds whom the stories know by name."""
    return [person for person, kind in at.cast.named.values() if kind in kinds]


# The policies


def _social_media(at: Team) -> Telling:
    """Three versions in two years. Those who run accounts must know the newest one (ACC-3)."""
    yield 718
    draft = PolicyDraft("Social media policy", PolicyKind.SOCIAL_MEDIA, AT_WORK, for_accounts=True)
    policy = _policy(at, draft, SOCIAL_MEDIA)
    first = ("Staff keep their own accounts apart from the school.", "Nobody is friends with a pupil online.")
    _version(at, policy, "1", -330, "", first)
    yield 711
    _sign(at, policy, at_work(at), "In a meeting")
    yield 421
    second = (
        *first,
        "Every school account is proposed with a business case and run by two members of staff.",
    )
    _version(
        at, policy, "2", -40, "School accounts need a business case and are looked at every day.", second
    )
    yield 419
    _sign(at, policy, at_work(at, but=("Musa Danbury", "Declan Farrowby")), "In a meeting")
    yield 404
    _sign(at, policy, [at.ids["Musa Danbury"], at.ids["Declan Farrowby"]])
    yield 37
    third = (
        *second,
        "What may be controversial is put to a senior leader first.",
        "Mistakes are reported at once.",
    )
    _version(
        at, policy, "3", 328, "Posts that may be controversial are signed off; mistakes are reported.", third
    )
    yield 34
    later = ("Lorna Peverell", "Ngozi Ambleside", "Tobias Renwick", "Declan Farrowby", "Jerome Attwell",
             "Orla Quenby", "Lionel Pryce", "Bethan Corrow-Lyle")  # fmt: skip
    _sign(at, policy, at_work(at, but=later), "In a meeting")
    yield 30
    _sign(at, policy, [at.ids["Jerome Attwell"], at.ids["Lionel Pryce"]])
    _decline(
        at,
        policy,
        at.ids["Declan Farrowby"],
        "Says that his club's own account is no business of the school.",
    )


def _parents(at: Team) -> Telling:
    """Asked class by class. A few families decline, some slips are still in a school bag (AUP-1)."""
    yield 716
    draft = PolicyDraft("Acceptable use: parents and carers", asked_of=(PersonKind.PARENT,))
    policy = _policy(at, draft, "parents")
    first = ("Concerns about the school are brought to the school, not to a public page.",)
    _version(at, policy, "2024", -350, "", first)
    yield 700
    everybody = at.cast.by_kind[PersonKind.PARENT]
    _sign(at, policy, [*everybody[: len(everybody) * 3 // 4], *_named(at, PersonKind.PARENT)])
    yield 71
    second = (*first, "Photographs of other people’s children stay off the internet.")
    _version(at, policy, "2026", 294, "Photographs from school events are covered too.", second)
    chance, day = random.Random(2026), 66
    left = set(everybody)
    for name in CLASSES:
        yield day
        day -= 3
        pupils = set(at.cast.classes[name])
        home = [
            parent
            for parents, children in at.cast.families
            if pupils & set(children)
            for parent in parents
            if parent in left and chance.random() < 0.86
        ]
        left -= set(home)
        _sign(at, policy, home)
        if name in ("Hazel", "Maple", "Oak"):
            unwilling = max(left)
            left.remove(unwilling)
            _decline(at, policy, unwilling, "Does not want to sign anything; has read it.")
    yield 40
    _sign(at, policy, _named(at, PersonKind.PARENT)[:-6], "By e-mail")


def _pupils(at: Team) -> Telling:
    """Every class signs with its teacher. One class has not had its lesson yet, and somebody is always ill."""
    yield 714
    draft = PolicyDraft("Acceptable use: pupils", asked_of=(PersonKind.PUPIL,))
    policy = _policy(at, draft, "pupils")
    points = ("I ask before I use a device.", "I tell a grown-up when something online worries me.")
    _version(at, policy, "2024", -345, "", points)
    yield 690
    for name in CLASSES[3:]:
        _sign(at, policy, at.cast.classes[name], "In class")
    yield 69
    _version(at, policy, "2026", 12, "Rewritten in shorter sentences, with pictures.", points)
    chance, day = random.Random(72), 60
    for name in CLASSES:
        yield day
        day -= 4
        if name != "Cedar":
            _sign(at, policy, [each for each in at.cast.classes[name] if chance.random() < 0.94], "In class")


def _devices(at: Team) -> Telling:
    """The review of this one was forgotten (AUP-3). One answer was recorded by a slip and taken back."""
    yield 390
    asked = (PersonKind.STAFF, PersonKind.GOVERNOR)
    draft = PolicyDraft(
        "School devices", PolicyKind.ACCEPTABLE_USE, asked, reviewers="Ms P. Tolland and the technician"
    )
    policy = _policy(at, draft, "devices")
    points = (
        "A school device is locked when nobody uses it.",
        "Pictures of pupils never go to a private phone.",
    )
    _version(at, policy, "1", -23, "", points, "the headteacher")
    yield 384
    known = set(at_work(at))
    _sign(at, policy, [person for person in _named(at, *asked) if person in known])
    yield 383
    mistaken = at.ids["Ngozi Ambleside"]
    given = next(
        each for each in agreements.of_person(at.office, mistaken).answers if each.policy_id == policy
    )
    agreements.withdraw(
        at.office, given.id, "She was not at the meeting; the line was ticked for somebody else."
    )


def _media(at: Team) -> Telling:
    """Nobody signs this one; it says who speaks to journalists (REP-3)."""
    yield 352
    draft = PolicyDraft("Media policy", PolicyKind.OTHER, reviewers="Dr L. Pryce and Mrs R. Ellery")
    policy = _policy(at, draft, "media")
    points = ("Whoever is rung by a journalist takes the number and tells the chair of governors.",)
    _version(at, policy, "1", 13, "", points)


def _visitors_wifi(at: Team) -> Telling:
    """Retired: nobody is asked any more."""
    yield 640
    draft = PolicyDraft("Visitors’ wireless network", PolicyKind.OTHER, (PersonKind.CONTRACTOR, PersonKind.VOLUNTEER),
                        reviewers="Ms P. Tolland")  # fmt: skip
    policy = _policy(at, draft, "wifi")
    _version(at, policy, "1", -270, "", ("The password changes every term.",), "the headteacher")
    yield 300
    record = policies.open_policy(at.office, policy)
    policies.retire(at.office, policy, record.version, "The guest network was switched off.")
