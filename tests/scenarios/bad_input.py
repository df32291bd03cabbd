"""A school in which whatever somebody may type was typed, in every place, and every paper it can make of that."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from smdesk.policy.vocabulary import Conduct, Link, PersonKind, Step
from smdesk.services import (
    account_papers,
    agreement_papers,
    blocks,
    business_cases,
    case_files,
    case_list,
    case_papers,
    connection_pack,
    connection_papers,
    education,
    education_list,
    exports,
    findings,
    findings_list,
    letters,
    mail_out,
    message_list,
    registers,
    reports,
    reputation,
    reputation_figures,
    school,
    sign_off_list,
    sign_offs,
    today,
    training,
    training_list,
)
from smdesk.services.account_records import (
    AccountColumn,
    AccountFilter,
    AccountSort,
    BlockColumn,
    BlockDraft,
    BlockFilter,
    BlockSort,
)
from smdesk.services.agreement_records import PolicyKind
from smdesk.services.case_file_records import CaseWish
from smdesk.services.case_records import CaseColumn, CaseDecisionKind, CaseFilter, CaseSort, CaseView
from smdesk.services.connection_records import DecisionKind
from smdesk.services.education_records import EducationColumn, EducationDraft, EducationFilter, EducationSort
from smdesk.services.incident_records import Column, IncidentFilter, PersonRole, Sort
from smdesk.services.letter_records import LetterKind
from smdesk.services.message_records import MessageColumn, MessageFilter, MessageKind, MessageSort
from smdesk.services.reputation_records import (
    FindingColumn,
    FindingDraft,
    FindingFilter,
    FindingSort,
    PlaceDraft,
    Tone,
)
from smdesk.services.sign_off_records import SignOffColumn, SignOffDraft, SignOffFilter, SignOffSort
from smdesk.services.training_records import (
    TrainingColumn,
    TrainingFilter,
    TrainingSort,
    TrainingTypeDraft,
)
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import INVITATION, Story

LONG = "Featherstonehaugh-Cholmondeley-Montgomery-Wolstenholme-Marjoribanks-Throckmorton"
VALUES = (
    "<b>O'Brien & Sons",
    "</para><para>",
    '<img src="/etc/passwd"/>',
    '=HYPERLINK("x")',
    "$parent",
    "Zażółć",
    "Nguyễn",
    "محمد",
    "রহিমা",
    "王小明",
    LONG,
)
SCHOOL = '<b>O\'Brien & Sons</b> $parent =HYPERLINK("x") Zażółć 王小明'


@dataclass
class World:
    """By each value: whom it names, and what is on record about them."""

    story: Story
    folder: Path
    person: dict[str, int] = field(default_factory=dict)
    incident: dict[str, int] = field(default_factory=dict)
    case: dict[str, int] = field(default_factory=dict)
    message: dict[str, int] = field(default_factory=dict)
    block: dict[str, int] = field(default_factory=dict)
    exception: dict[str, int] = field(default_factory=dict)
    policy: dict[str, int] = field(default_factory=dict)
    adult: dict[str, int] = field(default_factory=dict)
    decision: int = 0
    case_decision: int = 0

    @property
    def file(self) -> Path:
        return self.folder / "paper"


def build(story: Story, folder: Path) -> World:
    """Everything of everybody, through the services."""
    world = World(story, folder)
    record = school.get(story.office)
    school.save(story.head, replace(record, name=SCHOOL), record.version)
    place = reputation.save(story.office, PlaceDraft("Reviews")).id
    account = tell.on_the_register(story)
    for number, value in enumerate(VALUES):
        _one(world, value, number, place, account)
    tell.made_ready(story, "office", "teacher")
    return world


def _one(world: World, value: str, number: int, place: int, account: int) -> None:
    story, office = world.story, world.story.office
    person = story.known(
        f"parent {number}",
        value,
        kind=PersonKind.PARENT,
        title="Ms",
        address=f"{value}\n3 Orchard Way\nBrambleford",
        postcode="ZZ9 9ZZ",
        email=f"parent{number}@example.org",
        notes=value,
    )
    adult = story.known(
        f"adult {number}", value, kind=PersonKind.STAFF, title="Mr", address=f"{value}\n7 Mill Row"
    )
    world.person[value], world.adult[value] = person, adult
    incident = story.logged(
        value,
        Conduct.ABUSIVE,
        author=None,
        platform="facebook",
        link="https://facebook.com/posts/1",
        said=value,
    )
    author = story.in_it(person, PersonRole.AUTHOR, PersonKind.PARENT)
    reporter = story.in_it(person, PersonRole.REPORTED_BY, PersonKind.PARENT)
    story.edited(incident, people=(author, reporter))
    story.does(incident, Step.TALK, value, who=f"parent {number}")
    world.incident[value] = incident
    world.block[value] = blocks.save(
        office,
        BlockDraft(place=value, who=value, person_id=person, reason=value, since_on=story.today),
    ).id
    blocks.save(
        office,
        BlockDraft(
            account_id=account,
            who=value,
            person_id=person,
            reason=value,
            since_on=story.today,
            incident_id=incident,
        ),
    )
    world.message[value] = tell.message(
        story,
        account,
        story.school.clock.now,
        value,
        from_name=value,
        person_id=person,
        kind=MessageKind.COMPLAINT,
    )
    sign_offs.ask(office, SignOffDraft(account, value, value, value))
    findings.save(
        office,
        FindingDraft(place, None, story.today, None, Tone.CRITICISM, said=value, by_name=value, notes=value),
    )
    reputation.save(office, PlaceDraft(value, look_for=value, notes=value))
    education.save(
        office,
        EducationDraft(story.today, title=value, audience=(PersonKind.PARENT,), led_by=value, notes=value),
    )
    world.policy[value] = tell.a_policy(
        story,
        label=value[:20],
        title=value,
        kind=PolicyKind.SOCIAL_MEDIA,
        asked_of=(PersonKind.PARENT,),
        for_accounts=False,
    )
    kind = training.save_type(office, TrainingTypeDraft(value, 12, for_accounts=False)).id
    training.record(office, kind, [adult], story.today, value)
    world.exception[value] = story.put_forward(
        adult=f"adult {number}",
        other="sam",
        known_how=value,
        links=(Link.FRIEND,),
    )
    case = business_cases.save(
        office,
        tell.case_for(
            story,
            f"adult {number}",
            "teacher",
            proposer_id=adult,
            proposed_name=value,
            aim=value,
            audience=value,
            promotion=value,
            consents=value,
            holidays=value,
            when_runners_leave=value,
        ),
    )
    world.case[value] = business_cases.submit(office, case.id, case.version).id


# Papers that hold all the values


Lists = dict[str, Callable[[World, Any], object]]

LISTS: Lists = {
    "incidents": lambda w, kind: exports.incidents(
        w.story.office,
        IncidentFilter(),
        Sort(),
        (Column.REFERENCE, Column.SUMMARY, Column.AUTHOR),
        w.file,
        kind,
    ),
    "accounts": lambda w, kind: account_papers.export_accounts(
        w.story.office, AccountFilter(), AccountSort(), (AccountColumn.NAME,), w.file, kind
    ),
    "blocks": lambda w, kind: account_papers.export_blocks(
        w.story.office, BlockFilter(), BlockSort(), tuple(BlockColumn), w.file, kind
    ),
    "messages": lambda w, kind: message_list.export(
        w.story.office, MessageFilter(), MessageSort(), tuple(MessageColumn), w.file, kind
    ),
    "sign-offs": lambda w, kind: sign_off_list.export(
        w.story.office, SignOffFilter(), SignOffSort(), tuple(SignOffColumn), w.file, kind
    ),
    "findings": lambda w, kind: findings_list.export(
        w.story.office, FindingFilter(), FindingSort(), tuple(FindingColumn), w.file, kind
    ),
    "education": lambda w, kind: education_list.export(
        w.story.office, EducationFilter(), EducationSort(), tuple(EducationColumn), w.file, kind
    ),
    "training": lambda w, kind: training_list.export(
        w.story.office, TrainingFilter(), TrainingSort(), tuple(TrainingColumn), w.file, kind
    ),
    "business cases": lambda w, kind: case_list.export(
        w.story.office, CaseFilter(CaseView.ALL), CaseSort(), tuple(CaseColumn), w.file, kind
    ),
    **{
        f"register of {register.value}": (
            lambda w, kind, register=register: registers.write(w.story.office, register, w.file, kind)
        )
        for register in registers.Register
    },
}
WITHOUT_THEM = {"accounts", "register of accounts", "register of exceptions"}
"""Lists with nothing typed on them here beside the school's name: no account could be opened, nothing is decided."""


def to_file(make: Callable[[World], object]) -> Callable[[World], bytes]:
    def made(world: World) -> bytes:
        make(world)
        return world.file.read_bytes()

    return made


def mail(world: World) -> bytes:
    """The list on top of a mail-out, and the letters under it."""
    return mail_out.batch(world.story.office, issued(world)).pdf


def issued(world: World) -> list[int]:
    """An invitation to each of them, issued and not gone; issued once."""
    found = [each.id for each in mail_out.going_out(world.story.office)]
    if found:
        return found
    for incident in world.incident.values():
        letter = world.story.handed_in(incident, INVITATION)
        world.story.approved(letter, names_reason="The name is the addressee's own.")
        world.story.issued(letter)
    return [each.id for each in mail_out.going_out(world.story.office)]


ALL_IN_ONE: dict[str, Callable[[World], bytes]] = {
    "mail-out": mail,
    "pack of business cases": lambda w: case_papers.pack_pdf(w.story.head),
    "pack of declarations": lambda w: connection_pack.pack_pdf(w.story.head),
    "today": lambda w: today.paper(w.story.office),
}

# Papers under the school's name that hold no other


SPRING = reports.parse_period("2026 spring")


def governor(form: Any) -> Callable[[World], bytes]:
    return to_file(lambda w: reports.governor_pdf(w.story.head, SPRING, w.file, form=form))


HEADED: dict[str, Callable[[World], bytes]] = {
    "governor report": governor("full"),
    "governor report on one page": governor("page"),
    "trend": lambda w: reputation_figures.trend_pdf(w.story.office, SPRING),
    **{
        f"form {form.value}": (lambda w, form=form: registers.form_pdf(w.story.office, form))
        for form in registers.BlankForm
    },
}

# Papers about one of them


def case_file(*, names: bool) -> Callable[[World, str], bytes]:
    def made(world: World, value: str) -> bytes:
        case_files.make(world.story.office, world.incident[value], CaseWish(all_names=names), world.file)
        return world.file.read_bytes()

    return made


def timeline(world: World, value: str) -> bytes:
    exports.timeline_pdf(world.story.office, world.incident[value], world.file)
    return world.file.read_bytes()


def letter(kind: LetterKind) -> Callable[[World, str], bytes]:
    """A letter to one of them as it would be printed, drafted anew and given up again."""

    def made(world: World, value: str) -> bytes:
        office = world.story.office
        number = letters.draft(office, world.incident[value], kind, step_reason=value).id
        content = letters.preview_pdf(office, number)
        letters.withdraw(office, number, value)
        return content

    return made


def of_matter(draft: Callable[[World, str], int]) -> Callable[[World, str], bytes]:
    def made(world: World, value: str) -> bytes:
        number = draft(world, value)
        content = letters.preview_pdf(world.story.office, number)
        letters.withdraw(world.story.office, number, value)
        return content

    return made


def decided_case(world: World, value: str) -> int:
    """The case rejected with this reason, and its proposer told."""
    case = world.case[value]
    if tell.case(world.story, case).draft.proposed_name and not tell.case(world.story, case).decisions:
        tell.decided(world.story, case, CaseDecisionKind.REJECT, reason=value)
    return letters.draft_for_case(world.story.office, case, LetterKind.CASE_REJECTED).id


def decided_exception(world: World, value: str) -> int:
    exception = world.exception[value]
    if not world.story.exception(exception).decisions:
        world.story.decided(
            exception,
            DecisionKind.APPROVE,
            value,
            conditions=value,
            review_on=world.story.today + timedelta(days=50),
        )
    return letters.draft_for_exception(
        world.story.office, exception, LetterKind.EXCEPTION_APPROVED, world.adult[value]
    ).id


def case_decision(world: World, value: str) -> bytes:
    letters.withdraw(world.story.office, decided_case(world, value), value)
    (decision,) = tell.case(world.story, world.case[value]).decisions
    return case_papers.decision_pdf(world.story.head, decision.id)


def exception_decision(world: World, value: str) -> bytes:
    letters.withdraw(world.story.office, decided_exception(world, value), value)
    (decision,) = world.story.exception(world.exception[value]).decisions
    return connection_papers.decision_pdf(world.story.head, decision.id)


TO_THEM: dict[str, Callable[[World, str], bytes]] = {
    **{
        kind.value: letter(kind)
        for kind in (
            LetterKind.INVITATION,
            LetterKind.WRITTEN_WARNING,
            LetterKind.MEETING,
            LetterKind.BLOCK_NOTICE,
            LetterKind.ACKNOWLEDGEMENT,
            LetterKind.REFERRAL_POLICE,
            LetterKind.REFERRAL_LEGAL,
        )
    },
    "case rejected": of_matter(decided_case),
    "exception approved": of_matter(decided_exception),
    "notice of a block without incident": of_matter(
        lambda w, v: letters.draft_for_block(w.story.office, w.block[v]).id
    ),
    "acknowledgement of a message": of_matter(
        lambda w, v: letters.draft_for_message(w.story.office, w.message[v]).id
    ),
    "case file": case_file(names=True),
    "chronology": timeline,
    "business case": lambda w, v: case_papers.case_pdf(w.story.office, w.case[v]),
    "declaration": lambda w, v: connection_papers.declaration_pdf(w.story.office, w.exception[v]),
    "slip": lambda w, v: agreement_papers.slip_pdf(w.story.office, w.policy[v], [w.person[v]]),
    "decision of a case": case_decision,
    "decision of an exception": exception_decision,
}
"""Each names them, in its place."""

NAMELESS: dict[str, Callable[[World, str], bytes]] = {
    "host": letter(LetterKind.HOST_REPORT),
    "case file without names": case_file(names=False),
}


def squeezed(words: str) -> str:
    """Without blanks: a long name is broken over lines."""
    return "".join(words.split())


def pictures_in(content: bytes) -> int:
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as document:
        return sum(
            isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == pikepdf.Name.Image
            for thing in document.objects
        )
