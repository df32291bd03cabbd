"""What came in on the sample school's accounts, and what was answered; posts put to a leader; who is blocked (ACC-5,
ACC-6, ACC-9). All invented.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import attached_files, blocks, incidents, messages, sign_offs, steps
from smdesk.services.account_records import BlockDraft
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import Context, Saved
from smdesk.services.incident_records import Confidentiality, Outcome
from smdesk.services.message_records import MessageDraft, MessageKind
from smdesk.services.sample import pictures
from smdesk.services.sample.cases import BOOKS, FIRST, FRIENDS, MAIN, SPORT, WOODS
from smdesk.services.sample.team import Team, Telling, at_school
from smdesk.services.sample.timetable import Timed
from smdesk.services.sign_off_records import SignOffDraft, Verdict

_COMMENT, _QUERY, _COMPLAINT, _PRAISE = MessageKind

_READ = "Thank you, we have seen your message and will come back to you."
_PRIVATE = (
    "Thank you for telling us. Please ring the office on 01632 960140, so that we can sort it out with you."
)

_THANKS = "Thank you very much. We will pass it on!"

_POSTED: Final = (
    (_QUERY, "Weirside Mum", "When is the last day of term, and does it end at two?",
     "Friday the 18th, and yes, at two o’clock."),
    (_PRAISE, "Granny Mossop", "What a lovely assembly. Thank you to everybody!", ""),
    (_COMMENT, "K. Larkhill", "The gate was locked again at ten to nine.",
     "Sorry about that: it opens at 8.40 from tomorrow."),
    (_QUERY, "Dan from Kiln Row", "Is there still a place in the gardening club?",
     "Two places. Please ask at the office."),
    (_COMPLAINT, "T. Fairweather", "Third time the newsletter came a day late. Is nobody checking?",
     _PRIVATE),
    (_QUERY, "Yvonne H.", "Do the swimming lessons begin this week or next?", "Next week, on Tuesday."),
    (_COMMENT, "Bramble Baker", "Our stall at the fair was too far from the power socket.",
     "Thank you, we will plan it better next year."),
    (_PRAISE, "The Ormsgills", "Well played, netball team!", ""),
    (_COMPLAINT, "S. Ramsbottle", "The minibus was parked across our drive all morning.", _PRIVATE),
    (_QUERY, "New in town", "How do we apply for a place in Reception?",
     "Through the council; the dates are on our website."),
    (_COMMENT, "Pargeter family", "Could the photographs be a little bigger?",
     "We have changed it; please look again."),
    (_QUERY, "L. Quillfeather", "Is the residential trip fully booked?",
     "There is a waiting list; the office has it."),
)  # fmt: skip
"""Kind, from whom, what was said, what was answered."""


@dataclass(frozen=True, slots=True)
class _Came:
    """One message: when, where, and hours until it was acknowledged and answered (0: not)."""

    at: datetime
    account: str
    kind: MessageKind
    by: str
    said: str
    acknowledged: float = 0
    answered: float = 0
    answer: str = ""


def stories(at: Team) -> list[Timed]:
    """Every message, sign-off and block."""
    told = [at.tell(_message(at, each)) for each in (*_over_the_year(at), *_this_week(at))]
    told += [
        at.tell(story(at))
        for story in (
            _insults, _about_a_child, _complaint, _twice, _unanswered, _opened_again,
            _published, _changed, _refused, _taken_back, _ready, _for_the_leader, _for_anybody,
            _old_block, _mail_block,
        )
    ]  # fmt: skip
    return told


# Messages


def _over_the_year(at: Team) -> list[_Came]:
    """About one in eight days; most are answered in time, one in ten late."""
    chance = random.Random(24)
    came = []
    for days in range(391, 12, -1):
        if chance.random() > 0.13:
            continue
        kind, by, said, answer = chance.choice(_POSTED)
        moment = at_school(at.ago(days), chance.choice((8, 12, 15, 17, 19, 20, 21, 22)), chance.randrange(60))
        late = chance.random() < 0.15
        hours = chance.choice((29.5, 52.0)) if late else chance.choice((0.5, 2.0, 9.5, 14.0, 18.5))
        drawn = chance.random()
        account = SPORT if days < 260 and drawn < 0.2 else BOOKS if days < 360 and drawn > 0.9 else MAIN
        if kind is _PRAISE:
            came.append(
                _Came(moment, account, kind, by, said, 0, hours if chance.random() < 0.5 else 0, _THANKS)
            )
        elif chance.random() < 0.35:
            came.append(_Came(moment, account, kind, by, said, hours, hours + 20, answer))
        else:
            came.append(_Came(moment, account, kind, by, said, 0, hours, answer))
    return came


def _this_week(at: Team) -> list[_Came]:
    """What waits: in time, nearly out of time, overdue, and acknowledged only."""
    weekday = next(days for days in range(3, 6) if at.ago(days).weekday() < 5)
    earlier = next(days for days in range(weekday + 1, weekday + 4) if at.ago(days).weekday() < 5)
    saturday = next(days for days in range(2, 9) if at.ago(days).weekday() == 5)
    return [
        _Came(at.end - timedelta(hours=2, minutes=20), MAIN, _QUERY, "A. Wetherden",
              "Where do we look to see whether school is open when it snows?"),
        _Came(at.end - timedelta(hours=21, minutes=10), MAIN, _COMMENT, "Tattersett Towers",
              "That is the second time this term that the crossing patrol was not there."),
        _Came(at_school(at.ago(weekday), 16, 25), SPORT, _QUERY, "Coach at Millbrook",
              "Are we playing you on Thursday or not? I asked last week."),
        _Came(at_school(at.ago(earlier), 19, 5), FRIENDS, _COMPLAINT, "N. Sallowfield",
              "I paid for two raffle tickets and got one. Who do I talk to?"),
        _Came(at_school(at.ago(saturday), 22, 10), MAIN, _COMPLAINT, "Rookwood, Furlong Drive",
              "Fireworks rubbish all over the playing field after your event. Disgraceful.",
              11, 0, ""),
        _Came(at_school(at.ago(weekday), 9, 40), FIRST, _COMMENT, "J. Vanstone",
              "Why is my daughter’s painting not in the gallery when all the others are?", 3.5),
        _Came(at.end - timedelta(hours=5), MAIN, _PRAISE, "The Larkhills",
              "The Year 5 concert was wonderful. Thank you, Ms Nowina!"),
    ]  # fmt: skip


def _log(at: Team, came: _Came, by: Context, person: int | None = None) -> Saved:
    draft = MessageDraft(at.made[came.account], came.at, came.kind, came.by, person, came.said)
    return messages.save(by, draft)


def _acknowledge(by: Context, message: Saved) -> Saved:
    return messages.acknowledge(by, message.id, message.version, by.now(), by.user.name, _READ)


def _answer(by: Context, message: Saved, text: str) -> Saved:
    return messages.answer(by, message.id, message.version, by.now(), by.user.name, text)


def _message(at: Team, came: _Came) -> Telling:
    """Logged when somebody looked, replied to so many hours after it came in."""
    on_duty = at.leader if came.at.weekday() >= 5 else at.office
    yield came.at + timedelta(minutes=25)
    message = _log(at, came, on_duty)
    if came.acknowledged:
        yield came.at + timedelta(hours=came.acknowledged)
        message = _acknowledge(on_duty, message)
    if came.answered:
        yield came.at + timedelta(hours=came.answered)
        _answer(at.office, message, came.answer)
    elif came.kind is _PRAISE:
        messages.close_without_answer(at.office, message.id, message.version, "Passed on; needs no answer.")


def _insults(at: Team) -> Telling:
    """Insults under a post became an incident, and their sender was blocked; the review of that is due."""
    yield 190
    came = _Came(
        at.office.now(), MAIN, _COMMENT, "weirside_watcher", "You lot could not teach a dog to sit. Clowns."
    )
    message = _log(at, came, at.office)
    at.later(30)
    incident = messages.hand_over(at.office, message.id, message.version).id
    steps.note(at.office, incident, "Screenshot taken; the three comments hidden.")
    yield 188
    asked = "Wrote to the account: please take your comments down, and tell us in private what is wrong."
    steps.mark_replied(at.office, incident, at.office.now(), asked)
    draft = blocks.draft_for_incident(at.office, incident)
    reason = "Insulted staff under three posts in one week, and did not answer us."
    blocks.save(
        at.office, replace(draft, account_id=at.made[MAIN], place="", reason=reason, review_on=at.ago(3))
    )
    yield 180
    steps.mark_removed(at.office, incident, at.office.today(), "The platform took them down.")
    record = incidents.open_incident(at.office, incident)
    incidents.close(at.office, incident, record.version, Outcome.REMOVED, "Removed and blocked.")


def _about_a_child(at: Team) -> Telling:
    """The DSL took this one over: nobody else reads it here any more."""
    yield 47
    came = _Came(at.dsl.now(), MAIN, _COMMENT, "Somebody from the estate",
                 "[A remark about one pupil’s family; kept with the DSL, not repeated here.]")  # fmt: skip
    message = _log(at, came, at.dsl)
    at.later(15)
    incident = messages.hand_over(at.dsl, message.id, message.version).id
    record = incidents.open_incident(at.dsl, incident)
    hidden = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
    incidents.save(at.dsl, hidden, incident, record.version)
    steps.mark_replied(at.dsl, incident, at.dsl.now(), "Comment hidden; its author asked to ring the DSL.")
    yield 44
    record = incidents.open_incident(at.dsl, incident)
    incidents.close(at.dsl, incident, record.version, Outcome.RESOLVED_BY_TALK, "Rang; will not do it again.")


def _complaint(at: Team) -> Telling:
    """Acknowledged on time, and handed over when it turned out to be more than a question."""
    yield 5
    parent = at.cast.by_kind[PersonKind.PARENT][40]
    came = _Came(at.office.now(), MAIN, _COMPLAINT, "K. at number 12",
                 "I have asked three times about the broken fence by the pond. Shame on you all, and on "
                 "the caretaker first of all.")  # fmt: skip
    message = _log(at, came, at.office, parent)
    at.later(50)
    message = _acknowledge(at.office, message)
    yield 4
    messages.hand_over(at.office, message.id, message.version)


def _twice(at: Team) -> Telling:
    """Logged by two people; one line is taken back."""
    yield 16
    came = _Came(at.office.now(), MAIN, _QUERY, "Weirside Mum", "Are packed lunches needed on Friday?")
    message, again = _log(at, came, at.office), _log(at, came, at.leader)
    at.later(70)
    _answer(at.office, message, "Yes, please.")
    messages.withdraw(at.office, again.id, again.version, "The same comment was logged twice.")


def _unanswered(at: Team) -> Telling:
    """Advertising gets no answer, and the reason is kept."""
    yield 44
    came = _Came(at.office.now(), MAIN, _COMMENT, "BestBouncyCastles", "Castles from £60!!! Ring now!!!")
    message = _log(at, came, at.office)
    at.later(30)
    messages.close_without_answer(at.office, message.id, message.version, "Advertising; deleted.")


def _opened_again(at: Team) -> Telling:
    """Answered, and asked again."""
    yield 10
    came = _Came(at.office.now(), BOOKS, _QUERY, "Mr Umberleigh", "Where can we borrow the book of the week?")
    message = _log(at, came, at.office)
    at.later(90)
    message = _answer(at.office, message, "In the school library.")
    yield 6
    messages.reopen(at.office, message.id, message.version, "He asks on which afternoons it is open.")


# Sign-offs


def _ask(
    at: Team,
    account: str,
    title: str,
    post: str,
    concern: str,
    *,
    of: Context | None = None,
    planned: int | None = None,
    picture: bool = False,
) -> int:
    draft = SignOffDraft(
        at.made[account],
        title,
        post,
        concern,
        None if planned is None else at.ahead(planned),
        None if of is None else of.user.id,
    )
    saved = sign_offs.ask(at.office, draft)
    if picture:
        name = f"{title.lower()}.png"
        owner = Owner(OwnerKind.SIGN_OFF, saved.id)
        attached_files.add(at.office, owner, name, pictures.screenshot(title, post, saved.id))
    at.later(45)
    return saved.id


def _decide(
    at: Team, by: Context, sign_off: int, verdict: Verdict, reason: str = "", changed_post: str = ""
) -> None:
    version = sign_offs.open_sign_off(by, sign_off).version
    sign_offs.decide(by, sign_off, version, verdict, reason, changed_post)


def _published_on(at: Team, sign_off: int) -> None:
    version = sign_offs.open_sign_off(at.office, sign_off).version
    sign_offs.mark_published(at.office, sign_off, version, at.office.today())


def _published(at: Team) -> Telling:
    yield 130
    asked = _ask(at, MAIN, "Strike days", "Some classes will be closed on Thursday. Each family has had a message.",
                 "Staff and families may take it as the school taking sides.", of=at.head)  # fmt: skip
    _decide(at, at.head, asked, Verdict.APPROVE, "Says only what families must know.")
    yield 129
    _published_on(at, asked)


def _changed(at: Team) -> Telling:
    yield 58
    asked = _ask(at, MAIN, "Remembrance assembly", "Today we remembered those who gave their lives for us all.",
                 "Families from many countries read it.", of=at.leader, picture=True)  # fmt: skip
    _decide(at, at.leader, asked, Verdict.CHANGE, "So that every family can find itself in it.",
            "Today we remembered everybody who lost their life in war, and everybody who misses them.")  # fmt: skip
    yield 57
    _published_on(at, asked)


def _refused(at: Team) -> Telling:
    yield 36
    asked = _ask(at, SPORT, "The referee", "A strange decision in the last minute cost us the cup. Well played, team!",
                 "It says something about the referee.")  # fmt: skip
    _decide(
        at,
        at.leader,
        asked,
        Verdict.REFUSE,
        "No remarks about referees: that was a condition of this account.",
    )


def _taken_back(at: Team) -> Telling:
    yield 22
    asked = _ask(at, WOODS, "Felled oak", "Our oldest oak had to go. We will plant three new ones.",
                 "Neighbours have written to the paper about it.", of=at.head)  # fmt: skip
    yield 21
    version = sign_offs.open_sign_off(at.office, asked).version
    sign_offs.withdraw(at.office, asked, version, "The council tells people itself.")


def _ready(at: Team) -> Telling:
    """Approved, and to be published in some days."""
    yield 2
    asked = _ask(at, MAIN, "Changes to admissions", "The governors propose to admit 15 instead of 17 pupils to "
                 "Reception. Tell us by the end of the month what you think.", "Some families will not like it.",
                 of=at.head, planned=3)  # fmt: skip
    _decide(at, at.head, asked, Verdict.APPROVE, "As agreed with the chair of governors.")


def _for_the_leader(at: Team) -> Telling:
    yield 1
    _ask(at, FIRST, "Poster about bullying", "Pupils of Year 6 made this poster. One of them tells us in it what "
         "happened to her.", "Some will recognise who is meant.", of=at.leader, planned=2, picture=True)  # fmt: skip


def _for_anybody(at: Team) -> Telling:
    yield 1
    _ask(at, MAIN, "Parking at the gate", "We have asked the council for wardens. Please do not park on the zigzags.",
         "The last post about it brought forty comments.")  # fmt: skip


# Blocks


def _old_block(at: Team) -> Telling:
    """Ended after its review."""
    yield 240
    block = blocks.save(
        at.office,
        BlockDraft(at.made[MAIN], who="Gate gossip", reason="Posted the same false story under every post.",
                   since_on=at.office.today()),
    ).id  # fmt: skip
    yield 118
    record = blocks.open_block(at.office, block)
    blocks.end(
        at.office, block, record.version, "Has apologised and taken the story down.", at.office.today()
    )


def _mail_block(at: Team) -> Telling:
    """Somebody whose e-mails are blocked; kept after a review (ACC-9)."""
    yield 150
    block = blocks.save(
        at.office,
        BlockDraft(place="E-mail to office@brambleford.example", who="north.star.1977@mail.example",
                   reason="Forty abusive e-mails in two days, to every address of the school.",
                   since_on=at.office.today(), review_on=at.ago(62)),
    ).id  # fmt: skip
    yield 62
    record = blocks.open_block(at.office, block)
    blocks.keep(
        at.office,
        block,
        record.version,
        "Two more arrived last week at the governors’ address.",
        at.ahead(28),
    )
