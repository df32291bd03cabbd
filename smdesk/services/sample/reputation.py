"""What is said elsewhere about the sample school: places, a year of checks, and findings in every state (REP-1 to
REP-3). All invented.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import attached_files, findings, reputation
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import Context, Saved
from smdesk.services.reputation_records import (
    CheckDraft,
    FindingDecision,
    FindingDraft,
    PlaceDraft,
    PlaceKind,
    Tone,
)
from smdesk.services.sample import pictures
from smdesk.services.sample.team import Team, Telling
from smdesk.services.sample.timetable import Timed

_GOOD, _SO_SO, _BAD = Tone.PRAISE, Tone.NEUTRAL, Tone.CRITICISM
_SEARCH, _REVIEWS, _WIKI, _FORUM, _GROUPS, _PAPER = (
    "Search engine", "Google reviews", "Wikipedia", "Mumsnet", "Local groups", "Weirside Echo"
)  # fmt: skip

_NAMED: Final = {
    _SEARCH: ("Priya Tolland", 400, 14),
    _REVIEWS: ("Priya Tolland", 400, 7),
    _GROUPS: ("Tamsin Oakes", 399, 7),
    _FORUM: ("Owain Marsden", 398, 14),
    _WIKI: ("Denise Holloway-Finch", 397, 28),
    _PAPER: ("Lionel Pryce", 300, 28),
}
"""Who looks, since how many days, and every how many."""
_OVERDUE: Final = {_FORUM: 19, _WIKI: 40}
"""How many days ago these were looked at last."""


def stories(at: Team) -> list[Timed]:
    """Every story of a place or a finding."""
    return [
        at.tell(story)
        for story in (
            _places(at),
            _old_board(at),
            *(_checks(at, name) for name in _NAMED),
            *(_finding(at, *each) for each in _FINDINGS),
            _journalist(at),
            _journalist_answered(at),
            _became_incident(at),
            _slip(at),
        )
    ]


def _places(at: Team) -> Telling:
    """The places most schools look at, each with somebody's name, and the local paper later."""
    yield 405
    suggested = {each.name: each for each in reputation.suggested()}
    for name, (who, _, every) in _NAMED.items():
        if name in suggested:
            draft = replace(suggested[name], responsible_id=at.ids[who], every_days=every)
            at.made[name] = reputation.save(at.office, draft).id
    yield 306
    who, _, every = _NAMED[_PAPER]
    draft = PlaceDraft(
        _PAPER, PlaceKind.NEWS, "", "Letters and reports about the school.", at.ids[who], every
    )
    at.made[_PAPER] = reputation.save(at.office, draft).id


def _old_board(at: Team) -> Telling:
    """A message board that closed down: looked at no more."""
    yield 396
    draft = PlaceDraft("Weirside message board", PlaceKind.FORUM, "", "Threads about schools.",
                       at.ids["Owain Marsden"], 14)  # fmt: skip
    place = reputation.save(at.dsl, draft).id
    for days in (390, 372):
        yield days
        reputation.check(at.dsl, place, CheckDraft(at.dsl.today(), "Nothing new."))
    yield 361
    reputation.stop(
        at.dsl, place, reputation.place(at.dsl, place).version, "The board was closed by its owner."
    )


def _checks(at: Team, name: str) -> Telling:
    """A check in the place's rhythm, a day or two late at times; review sites grow better over the year."""
    who, begun, every = _NAMED[name]
    chance = random.Random(name)
    ctx: Context = {"Tamsin Oakes": at.leader, "Owain Marsden": at.dsl}.get(who, at.office)
    days, last = begun, _OVERDUE.get(name, 2)
    while days >= last:
        yield days
        draft = CheckDraft(at.office.today(), "Nothing new." if chance.random() < 0.7 else "")
        if name == _REVIEWS:
            gone = begun - days
            draft = replace(draft, rating_tenths=38 + gone // 70 + (gone // 35) % 2, reviews=61 + gone // 16)
        reputation.check(ctx, at.made[name], draft)
        if days == last:
            return
        days = max(days - every - chance.choice((0, 0, 0, 1, 2)), last)


_FINDINGS: Final = (
    (388, _REVIEWS, _BAD, "Gate gossip", "Nobody answers the telephone after three.", FindingDecision.ANSWER,
     "True on two days; say that it is mended.", True),
    (376, _GROUPS, _BAD, "A neighbour", "Parked cars everywhere at ten to nine. The school does nothing.",
     FindingDecision.IGNORE, "Others in the group answered it well.", False),
    (355, _REVIEWS, _GOOD, "A grandmother", "My grandson runs to school in the morning. Need I say more?",
     FindingDecision.THANK, "A kind word deserves one.", True),
    (341, _FORUM, _SO_SO, "moving_to_weirside", "Anybody know what Brambleford is like for a shy child?",
     FindingDecision.IGNORE, "Parents answer each other there.", False),
    (322, _GROUPS, _BAD, "T. F.", "Newsletter late again. They cannot organise anything.", FindingDecision.PRIVATE_TALK,
     "We know who it is; a talk helps more.", True),
    (288, _PAPER, _GOOD, "Weirside Echo", "A report about the woodland group, with a drawing by a pupil.",
     FindingDecision.THANK, "A line to the editor.", True),
    (267, _REVIEWS, _BAD, "Former parent", "Left after a term. Too much homework.", FindingDecision.ANSWER,
     "Thank them, and say where our homework policy is.", True),
    (231, _WIKI, _SO_SO, "", "Somebody changed the number of pupils to 900.", FindingDecision.IGNORE,
     "Put right by somebody else within the hour.", False),
    (204, _GROUPS, _GOOD, "Kiln Row resident", "The litter pick was brilliant. Well done, Year 4.",
     FindingDecision.THANK, "The class was proud.", True),
    (176, _REVIEWS, _GOOD, "A mother of two", "The office found my son’s coat on the last day. Saints!",
     FindingDecision.THANK, "Passed on to the office.", True),
    (149, _FORUM, _BAD, "anon_2011", "Their sports day is all winning. Ours cried.", FindingDecision.IGNORE,
     "One voice, and no name.", False),
    (127, _GROUPS, _SO_SO, "A neighbour", "What is being built behind the school hall?", FindingDecision.ANSWER,
     "Say that it is the new library.", True),
    (101, _REVIEWS, _GOOD, "Dad from Mill Lane", "Welcoming from the first day.", FindingDecision.THANK,
     "A kind word deserves one.", True),
    (84, _SEARCH, _SO_SO, "", "An old telephone number stands in a directory.", FindingDecision.ANSWER,
     "Write to the directory.", True),
    (66, _GROUPS, _GOOD, "Bramble Baker", "Best school fair in the county.", FindingDecision.THANK, "Of course.", True),
    (61, _FORUM, _GOOD, "tired_of_viewings", "We saw five schools. Only Brambleford asked our son a question.",
     FindingDecision.IGNORE, "Nobody there expects an answer from us.", False),
    (54, _GROUPS, _BAD, "Station Road dad", "Scooters on the pavement again, and nobody at the gate.",
     FindingDecision.ANSWER, "Say when somebody is at the gate.", True),
    (48, _REVIEWS, _GOOD, "Grandad of two", "They rang to say how well she had done. Nobody does that.",
     FindingDecision.THANK, "A kind word deserves one.", True),
    (43, _REVIEWS, _BAD, "A father", "The playground floods every time it rains.", FindingDecision.ANSWER,
     "The drains are mended this month; say so.", True),
    (36, _GROUPS, _SO_SO, "Weir Cottages", "Does anybody know whether the pool opens to everybody on Saturdays?",
     FindingDecision.ANSWER, "Say when, and for whom.", True),
    (29, _REVIEWS, _GOOD, "Aunt of a pupil", "The choir made me cry, in the best way.", FindingDecision.THANK,
     "The choir was shown it.", True),
    (19, _GROUPS, _GOOD, "Allotment society", "Thank you to Year 2 for the bug hotel.",
     FindingDecision.THANK, "The class wrote back themselves.", True),
    (13, _GROUPS, _BAD, "K. from the estate", "They sold out of uniform in September and shrugged.",
     FindingDecision.PRIVATE_TALK, "She has written to us before and will talk.", False),
    (9, _REVIEWS, _GOOD, "New family", "Moved in October, and everybody knew our daughter’s name by Friday.",
     FindingDecision.THANK, "A kind word deserves one.", False),
    (5, _GROUPS, _BAD, "Furlong Drive watch", "Fireworks rubbish on the field, again. Is anybody in charge?",
     None, "", False),
    (2, _REVIEWS, _SO_SO, "Visitor", "Nice building. Hard to find the entrance.", None, "", False),
)  # fmt: skip
"""Days ago, place, tone, by whom, what was said, decision with its reason, whether it was done."""


def _enter(draft: FindingDraft, by: Context) -> Saved:
    return findings.save(by, replace(draft, found_on=by.today()))


def _finding(
    at: Team,
    days: int,
    place: str,
    tone: Tone,
    by_name: str,
    said: str,
    decision: FindingDecision | None,
    reason: str,
    done: bool,
) -> Telling:
    """Found, decided a day later, and done some days after that."""
    yield days
    finding = _enter(FindingDraft(at.made[place], tone=tone, said=said, by_name=by_name), at.office)
    if tone is _BAD and days < 60:
        owner, name = Owner(OwnerKind.FINDING, finding.id), f"seen {at.office.today():%Y-%m-%d}.png"
        attached_files.add(at.office, owner, name, pictures.screenshot(place, said, finding.id))
    if decision is None:
        return
    yield days - 1
    version = findings.open_finding(at.head, finding.id).version
    finding = findings.decide(at.head, finding.id, version, decision, reason)
    if done:
        yield days - 3
        findings.mark_done(at.office, finding.id, finding.version, at.office.today())


def _journalist(at: Team) -> Telling:
    """Rang this week: nobody answers before the chair of governors has been told (REP-3)."""
    yield 1
    _enter(
        FindingDraft(
            at.made[_PAPER], tone=_SO_SO, by_name="Reporter of the Weirside Echo", journalist=True,
            said="Asks by e-mail why Reception is to have fewer places, and wants an answer by Thursday.",
        ),
        at.office,
    )  # fmt: skip


def _journalist_answered(at: Team) -> Telling:
    """As it should be: the chair was told first, then it was answered."""
    yield 110
    finding = _enter(
        FindingDraft(
            at.made[_PAPER], tone=_BAD, by_name="Freelance journalist", journalist=True,
            said="Writes about car parks at schools and asks for figures of accidents at ours.",
        ),
        at.office,
    )  # fmt: skip
    at.later(35)
    told = findings.media_told(at.office, finding.id, finding.version, at.office.today(), "Dr L. Pryce")
    yield 109
    reason = "Agreed with the chair: there was no accident."
    decided = findings.decide(at.head, finding.id, told.version, FindingDecision.ANSWER, reason)
    yield 107
    findings.mark_done(
        at.head, finding.id, decided.version, at.head.today(), "By e-mail, in three sentences."
    )


def _became_incident(at: Team) -> Telling:
    """Criticism that names somebody: handled as an incident, and nothing was typed twice (REP-2)."""
    yield 8
    parent = at.cast.by_kind[PersonKind.PARENT][44]
    finding = _enter(
        FindingDraft(
            at.made[_GROUPS], tone=_BAD, by_name="Mum of three", person_id=parent,
            said="Ask the caretaker what he does all day. Everybody on Mill Lane knows.",
        ),
        at.leader,
    )  # fmt: skip
    yield 7
    findings.hand_over(at.office, finding.id, finding.version)


def _slip(at: Team) -> Telling:
    """About another school of nearly the same name."""
    yield 17
    finding = _enter(
        FindingDraft(at.made[_SEARCH], tone=_BAD, by_name="A parent", said="Bramblefold closes its nursery."),
        at.office,
    )
    yield 16
    findings.withdraw(at.office, finding.id, finding.version, "Another school: Bramblefold, not Brambleford.")
