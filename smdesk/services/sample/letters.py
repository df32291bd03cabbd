"""The letters of the sample school's last day: one of each kind that no story before it wrote, in every state, some in
large print, one in Welsh; and a wording of the school's own (DOC-1). All invented.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from smdesk.errors import Invalid, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import (
    blocks,
    case_list,
    incident_list,
    incidents,
    letter_lists,
    letters,
    messages,
    people,
    wordings,
)
from smdesk.services.account_records import BlockDraft
from smdesk.services.case_records import CaseFilter, CaseSort, CaseView
from smdesk.services.context import Saved
from smdesk.services.incident_records import IncidentFilter, Sort, View
from smdesk.services.letter_records import OFFICES, Envelope, LetterKind, PaperLook, SentHow
from smdesk.services.letter_wording import Part
from smdesk.services.message_records import MessageDraft, MessageKind
from smdesk.services.sample.cases import MAIN
from smdesk.services.sample.team import Team, Telling
from smdesk.services.sample.timetable import Timed
from smdesk.services.wording_records import WordingKey

State = Literal["draft", "submitted", "approved", "issued", "sent", "came_back"]
Drafting = Callable[[int], Saved]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A letter to write: how far it comes, how it goes, and how its paper is set."""

    kind: LetterKind
    state: State
    how: SentHow = SentHow.POST
    look: PaperLook = PaperLook.STANDARD
    envelope: Envelope = Envelope.DL


_ABOUT_INCIDENTS: Final = (
    _Wanted(LetterKind.MEETING, "came_back", look=PaperLook.LARGE),
    _Wanted(LetterKind.HOST_REPORT, "sent", SentHow.EMAIL),
    _Wanted(LetterKind.REFERRAL_POSH, "issued"),
    _Wanted(LetterKind.REFERRAL_POLICE, "submitted"),
    _Wanted(LetterKind.REFERRAL_LEGAL, "draft"),
)
_ABOUT_CASES: Final = (
    (CaseView.APPROVED, _Wanted(LetterKind.CASE_APPROVED, "sent", SentHow.HAND, PaperLook.DYSLEXIA)),
    (CaseView.ALL, _Wanted(LetterKind.CASE_REJECTED, "approved", envelope=Envelope.C5)),
    (CaseView.ALL, _Wanted(LetterKind.CASE_MORE, "submitted")),
)


def stories(at: Team) -> list[Timed]:
    """The one story: what the office wrote today."""
    return [at.tell(_today(at))]


def _today(at: Team) -> Telling:
    yield at.end - timedelta(minutes=58)
    _own_wording(at)
    _in_welsh(at)
    open_ones = incident_list.sorted_ids(at.office, IncidentFilter(view=View.OPEN), Sort())
    for wanted in _ABOUT_INCIDENTS:
        _write(at, wanted, open_ones, functools.partial(_about_incident, at, wanted.kind))
    for view, wanted in _ABOUT_CASES:
        found = case_list.sorted_ids(at.office, CaseFilter(view), CaseSort())
        _write(at, wanted, found, functools.partial(_about_case, at, wanted.kind))
    _complaint(at)
    _block(at)


def _own_wording(at: Team) -> None:
    """The headteacher found the invitation too stiff, and changed a sentence."""
    key = WordingKey(LetterKind.INVITATION.value, "", "en")
    draft = wordings.get(at.head, key).draft
    warm = "Tea and coffee are on us, and a quiet room is free before and after school."
    parts = tuple(
        Part(f"{part.text.rstrip()} {warm}", part.when) if "bring somebody" in part.text else part
        for part in draft.parts
    )
    wordings.save(at.head, key, replace(draft, parts=parts), "Warmer, after the governors’ meeting.", 0)


def _in_welsh(at: Team) -> None:
    """A parent who reads Welsh gets the invitation in Welsh, with the English copy behind it."""
    for incident in incident_list.sorted_ids(at.office, IncidentFilter(view=View.OPEN), Sort()):
        record = incidents.open_incident(at.office, incident)
        authors = [each for each in record.draft.people if each.role == "author"]
        if len(authors) != 1 or authors[0].kind is not PersonKind.PARENT:
            continue
        parent = people.record_of(at.office, authors[0].person_id)
        if parent.draft.language != "English" or letter_lists.for_incident(at.office, incident):
            continue
        open_kinds = {each.kind for each in letters.choices(at.office, incident) if each.open}
        if LetterKind.INVITATION not in open_kinds:
            continue
        people.save(at.office, replace(parent.draft, language="Welsh"), parent.id, parent.version)
        _go_on(
            at,
            letters.draft(at.office, incident, LetterKind.INVITATION),
            _Wanted(LetterKind.INVITATION, "submitted"),
        )
        return
    raise ValueError("Nobody is left to be written to in Welsh.")


def _about_case(at: Team, kind: LetterKind, case: int) -> Saved:
    return letters.draft_for_case(at.office, case, kind)


def _about_incident(at: Team, kind: LetterKind, incident: int) -> Saved:
    choice = next(each for each in letters.choices(at.office, incident) if each.kind is kind)
    if kind is LetterKind.MEETING and letter_lists.for_incident(at.office, incident):
        raise Refused("Somebody is writing to them already.")
    record = incidents.open_incident(at.office, incident)
    if choice.open and record.editable and kind in OFFICES and not record.draft.link:
        link = f"https://social.example/groups/weirside/posts/{4_000 + incident}"
        incidents.save(at.office, replace(record.draft, link=link), incident, record.version)
    reason = "The chair asked for it at once." if choice.needs_reason else ""
    return letters.draft(at.office, incident, kind, step_reason=reason)


def _complaint(at: Team) -> None:
    """A complaint under a post, by somebody on record: acknowledged by letter, too."""
    message = messages.save(
        at.office,
        MessageDraft(
            account_id=at.made[MAIN],
            received_at=at.office.now(),
            kind=MessageKind.COMPLAINT,
            person_id=_somebody(at),
            said="Nobody has told us when the after-school club starts again. This is the third time of asking.",
        ),
    )
    letter = letters.draft_for_message(at.office, message.id)
    _go_on(at, letter, _Wanted(LetterKind.ACKNOWLEDGEMENT, "sent", SentHow.EMAIL))


def _block(at: Team) -> None:
    """Somebody on record is blocked, and told so."""
    block = blocks.save(
        at.office,
        BlockDraft(
            place="E-mail to the school office",
            who="A parent’s private address",
            person_id=_somebody(at),
            reason="Eleven insulting e-mails in a week, after being asked to stop.",
            since_on=at.office.today(),
        ),
    )
    _go_on(at, letters.draft_for_block(at.office, block.id), _Wanted(LetterKind.BLOCK_NOTICE, "issued"))


def _somebody(at: Team) -> int:
    """A parent with an address whom nobody else in the stories is about."""
    return next(
        person
        for person in reversed(at.cast.by_kind[PersonKind.PARENT])
        if people.record_of(at.office, person).draft.address
    )


def _write(at: Team, wanted: _Wanted, candidates: Iterable[int], draft: Drafting) -> None:
    """Write a letter about the first of these that it may be written about."""
    refused: list[str] = []
    for each in candidates:
        try:
            letter = draft(each)
        except (Invalid, Refused) as error:
            refused.append(str(error))
            continue
        _go_on(at, letter, wanted)
        return
    raise ValueError(f"No {wanted.kind} could be written: {_most_often(refused)}")


def _most_often(sentences: Sequence[str]) -> str:
    return max(set(sentences), key=sentences.count, default="there is nothing to write about")


def _go_on(at: Team, letter: Saved, wanted: _Wanted) -> None:
    """Bring a draft as far as it is to come."""
    at.later(2)
    record = letters.get(at.office, letter.id)
    edit = replace(record.edit, look=wanted.look, envelope=wanted.envelope)
    letter = letters.save(at.office, letter.id, edit, record.version)
    if wanted.state == "draft":
        return
    letter = letters.submit(at.office, letter.id, letter.version)
    if wanted.state == "submitted":
        return
    at.later(1)
    reason = "Needed by its reader." if letters.name_check(at.head, letter.id) else ""
    letter = letters.approve(at.head, letter.id, letter.version, reason)
    if wanted.state == "approved":
        return
    letter = letters.issue(at.office, letter.id, letter.version)
    if wanted.state == "issued":
        return
    proof = "BT 4471 9023 6" if wanted.how is SentHow.POST else ""
    letters.record_sent(at.office, letter.id, wanted.how, at.office.today(), "", proof)
    if wanted.state == "came_back":
        letters.record_returned(
            at.office, letter.id, at.office.today(), "“Addressee gone away”, says the envelope."
        )
