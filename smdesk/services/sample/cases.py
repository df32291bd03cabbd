"""Business cases of the sample school, one in every state, and the accounts that came of them (ACC-1 to ACC-3).

All invented.
"""

from __future__ import annotations

from dataclasses import replace

from smdesk.policy.accounts import Openness
from smdesk.services import accounts, business_cases, case_decisions
from smdesk.services.account_records import AccountDraft, AccountRunnerDraft, ChecklistPoint
from smdesk.services.case_records import CaseDecisionDraft, CaseDecisionKind, CaseDraft, RunnerChoice
from smdesk.services.context import Context
from smdesk.services.sample.team import Team, Telling
from smdesk.services.sample.timetable import Timed

MAIN, FIRST, SPORT, FILMS, BOOKS, WOODS, TOUR, FRIENDS = (
    "page", "pictures", "sport", "films", "books", "woods", "tour", "friends"
)  # fmt: skip
"""The accounts, as the stories know them."""

_APPROVE, _REJECT, _MORE = CaseDecisionKind.APPROVE, CaseDecisionKind.REJECT, CaseDecisionKind.ASK_FOR_MORE
_ALL = tuple(ChecklistPoint)
_SAFE = "Sealed envelope in the safe, and the office’s password manager"


def stories(at: Team) -> list[Timed]:
    """Every story of a business case, and of the account that came of it."""
    return [
        at.tell(story(at))
        for story in (
            _our_page, _books, _pictures, _sport, _films, _tour, _woods, _leavers, _dog, _friends, _breakfast,
            _choir, _maths, _eco, _garden,
        )
    ]  # fmt: skip


# What the stories do


def _propose(at: Team, draft: CaseDraft, *runners: str, by: str = "", supersedes: int | None = None) -> int:
    """Write a case; the first of the runners is the one responsible. ``by``: who proposes it, on record."""
    named = tuple(RunnerChoice(at.ids[name], name == runners[0]) for name in runners)
    full = replace(draft, runners=named, proposer_id=at.ids[by] if by else None)
    return business_cases.save(at.office, full, supersedes=supersedes).id


def _submit(at: Team, case: int) -> None:
    at.later(20)
    business_cases.submit(at.office, case, _case_version(at, case))


def _case_version(at: Team, case: int) -> int:
    return business_cases.open_case(at.office, case).version


def _decide(
    at: Team,
    case: int,
    kind: CaseDecisionKind,
    reason: str,
    *,
    conditions: str = "",
    by: Context | None = None,
    review: int | None = None,
    minute: str = "",
) -> int | None:
    """The leadership team decides, and the headteacher records and signs it. Returns the account approved."""
    ctx = by or at.head
    draft = CaseDecisionDraft(
        kind,
        reason,
        conditions,
        agreed=(at.head.user.id, at.leader.user.id) if kind is not _MORE else (at.head.user.id,),
        present="Mr O. Marsden took the minutes." if minute else "",
        minute_ref=minute,
        review_on=None if review is None else at.ahead(review),
    )
    case_decisions.decide(ctx, case, _case_version(at, case), draft)
    return business_cases.open_case(ctx, case).draft.account_id


def _settle(
    at: Team, account: int | None, name: str, link: str, checklist: tuple[ChecklistPoint, ...] = _ALL
) -> None:
    """The account is on the register: its link, where its password is kept, and the checklist gone through."""
    if account is None:
        raise ValueError("The case was not approved.")
    at.made[name] = account
    at.later(60)
    record = accounts.open_account(at.office, account)
    draft = replace(record.draft, link=link, credentials_place=_SAFE, checklist=checklist)
    accounts.save(at.office, draft, account, record.version)


# The accounts


def _our_page(at: Team) -> Telling:
    """There long before anybody asked for a business case: it went the same way as a new one."""
    yield 402
    saved = accounts.save(
        at.office,
        AccountDraft(
            platform="facebook",
            handle="BramblefordPrimary",
            link="https://www.facebook.com/example.brambleford",
            purpose="News for families.",
            audience="Families of pupils",
            openness=Openness.OPEN,
            responsible_id=at.ids["Priya Tolland"],
            credentials_place=_SAFE,
            notes="Begun by a former secretary; nobody remembers in which year.",
        ),
    )
    at.made[MAIN] = saved.id
    at.later(30)
    draft = replace(
        business_cases.draft_for_account(at.office, saved.id),
        aim="News, dates and good moments of the school, so that families hear of them from us first.",
        audience="Families of our pupils and of children who may come to us; neighbours.",
        promotion="On letters, on the website and on the board at the gate.",
        openness=Openness.OPEN,
        openness_note="Anybody may read and comment; comments are looked at every day.",
        audience_age="Adults; the platform is for people of 13 and older.",
        consents="No picture of a pupil without the consent for social media. The office keeps the list.",
        holidays="The assistant head looks at it at weekends and in the holidays.",
        when_runners_leave="The office changes the password the same day.",
    )
    case = _propose(at, draft, "Priya Tolland", "Denise Holloway-Finch", by="Priya Tolland")
    _submit(at, case)
    yield 396
    _decide(at, case, _APPROVE, "It is read by nearly every family, and it is better run with rules than without.",
            conditions="Comments are answered within a day.", review=96, minute="Leadership team, item 4")  # fmt: skip
    yield 395
    _settle(at, saved.id, MAIN, "https://www.facebook.com/example.brambleford")


def _books(at: Team) -> Telling:
    """Its review was twelve days ago."""
    yield 378
    case = _propose(
        at,
        CaseDraft(
            platform="instagram", proposed_name="brambleford_reads",
            aim="A book a week, chosen by pupils, to make reading at home a habit.",
            audience="Families", promotion="In the library and in the newsletter.", openness=Openness.OPEN,
            audience_age="Adults", consents="Covers of books and hands only; no pupil can be seen.",
            holidays="One post before each holiday, none in it; it is looked at all the same.",
            when_runners_leave="The other one of the two takes it on.",
        ),
        "Ffion Maddox", "Denise Holloway-Finch", by="Ffion Maddox",
    )  # fmt: skip
    _submit(at, case)
    yield 370
    account = _decide(
        at, case, _APPROVE, "Costs little and shows no pupil.", review=-12, minute="Leadership team, item 2"
    )
    _settle(at, account, BOOKS, "https://www.instagram.com/example.brambleford.reads")


def _pictures(at: Team) -> Telling:
    """One of the two who run it has left since, and she was the one responsible."""
    yield 304
    case = _propose(
        at,
        CaseDraft(
            platform="instagram", proposed_name="brambleford_primary",
            aim="Pictures of work and displays: what a week at Brambleford looks like.",
            audience="Families", promotion="A sign in the entrance hall.", openness=Openness.OPEN,
            audience_age="Adults", consents="Work without names; pupils from behind, and only with consent.",
            holidays="Looked at by the deputy head.", when_runners_leave="A new runner is trained first.",
        ),
        "Bethan Corrow-Lyle", "Katarzyna Nowina", by="Bethan Corrow-Lyle",
    )  # fmt: skip
    _submit(at, case)
    yield 296
    account = _decide(at, case, _APPROVE, "Both are trained, and the list of consents is kept up to date.",
                      conditions="No pupil’s name beside a picture.", review=68,
                      minute="Leadership team, item 3")  # fmt: skip
    _settle(at, account, FIRST, "https://www.instagram.com/example.brambleford")
    yield 25
    at.leaves("Bethan Corrow-Lyle", at.ago(24))


def _sport(at: Team) -> Telling:
    """Sent back for a second name, then approved on conditions. One runner's training has lapsed since."""
    yield 289
    draft = CaseDraft(
        platform="x", proposed_name="BramblefordSport",
        aim="Results and times of matches on the day.", audience="Families of pupils in a team; other schools",
        promotion="On the fixtures list.", openness=Openness.OPEN, audience_age="Adults",
        consents="Teams, never single pupils.", holidays="No posts; looked at by one of the two.",
        when_runners_leave="The head of sport finds somebody.",
    )  # fmt: skip
    case = _propose(at, draft, "Callum Thackray", by="Callum Thackray")
    _submit(at, case)
    yield 282
    _decide(at, case, _MORE, "One name is not enough: who takes over when Mr Thackray is away with a team?")
    yield 275
    record = business_cases.open_case(at.office, case)
    both = (*record.draft.runners, RunnerChoice(at.ids["Musa Danbury"]))
    business_cases.save(at.office, replace(record.draft, runners=both), case, record.version)
    _submit(at, case)
    yield 268
    account = _decide(at, case, _APPROVE, "Two names, both trained; other schools do the same.",
                      conditions="Results only: no pictures of single pupils, no remarks about referees.",
                      review=97, minute="Leadership team, item 5")  # fmt: skip
    _settle(at, account, SPORT, "https://x.com/example_brambleford")


def _films(at: Team) -> Telling:
    """One of those who run it acknowledged the older version of the policy only."""
    yield 252
    case = _propose(
        at,
        CaseDraft(
            platform="youtube", proposed_name="Brambleford at home",
            aim="Short films that show how we teach phonics and times tables, for practising at home.",
            audience="Families of Reception to Year 2", promotion="Links in the weekly message.",
            openness=Openness.CLOSED, openness_note="Unlisted films; comments are switched off.",
            audience_age="Adults with their children", consents="Only teachers can be seen and heard.",
            holidays="Nothing happens there; it is looked at once in a holiday.",
            when_runners_leave="The office holds the second sign-in.",
        ),
        "Lorna Peverell", "Ffion Maddox", by="Lorna Peverell",
    )  # fmt: skip
    _submit(at, case)
    yield 246
    account = _decide(
        at, case, _APPROVE, "Asked for by many families.", review=118, minute="Leadership team, item 2"
    )
    _settle(at, account, FILMS, "https://www.youtube.com/@example-brambleford")


def _tour(at: Team) -> Telling:
    """For one residential trip, and closed after it."""
    yield 216
    case = _propose(
        at,
        CaseDraft(
            platform="x", proposed_name="BramblefordOnTour", aim="One message a day from the residential trip.",
            audience="Families of Year 6", promotion="In the letter about the trip.", openness=Openness.CLOSED,
            audience_age="Adults", consents="Landscapes only.", holidays="Not needed: one week in term.",
            when_runners_leave="It is closed after the trip.",
        ),
        "Denise Holloway-Finch", "Callum Thackray", by="Denise Holloway-Finch",
    )  # fmt: skip
    _submit(at, case)
    yield 210
    account = _decide(
        at, case, _APPROVE, "Families asked for it last year.", conditions="Closed within a fortnight."
    )
    _settle(at, account, TOUR, "https://x.com/example_brambleford_tour")
    yield 172
    record = accounts.open_account(at.office, at.made[TOUR])
    accounts.close(at.office, record.id, record.version, "The trip is over, as agreed.", at.office.today())


def _woods(at: Team) -> Telling:
    """Nobody has looked at it for some days, and nobody has thought about tagging."""
    yield 186
    case = _propose(
        at,
        CaseDraft(
            platform="facebook", proposed_name="Brambleford Woodland School",
            aim="What the woodland group finds and builds, to win volunteers for it.",
            audience="Families and neighbours", promotion="At the woodland morning.", openness=Openness.OPEN,
            audience_age="Adults", consents="Plants, animals, muddy boots.",
            holidays="Mr Attwell looks at it.", when_runners_leave="Ms Calloway takes over.",
        ),
        "Jerome Attwell", "Shirin Calloway", by="Jerome Attwell",
    )  # fmt: skip
    _submit(at, case)
    yield 180
    account = _decide(at, case, _APPROVE, "The group needs helpers, and this is where they are.", review=184)
    most = tuple(point for point in _ALL if point is not ChecklistPoint.TAGGING)
    _settle(at, account, WOODS, "https://www.facebook.com/example.brambleford.woods", most)


# The cases without an account


def _leavers(at: Team) -> Telling:
    """Rejected; thought over, and being written anew for somewhere else."""
    yield 158
    case = _propose(
        at,
        CaseDraft(
            platform="tiktok", proposed_name="brambleford_leavers", aim="A film of each leaver’s best memory.",
            audience="Pupils of Year 6", promotion="Pupils tell each other.", openness=Openness.OPEN,
            audience_age="10 and 11", consents="To be asked for.",
        ),
        "Denise Holloway-Finch", "Katarzyna Nowina", by="Denise Holloway-Finch",
    )  # fmt: skip
    _submit(at, case)
    yield 151
    _decide(at, case, _REJECT, "Its audience is too young for the platform, and the films would be open to everybody.",
            minute="Leadership team, item 6")  # fmt: skip
    yield 23
    draft = replace(
        business_cases.propose_anew(at.office, case),
        platform="youtube",
        proposed_name="Brambleford leavers",
        audience="Families of Year 6",
        promotion="",
        openness=Openness.CLOSED,
        audience_age="Adults",
    )
    _propose(
        at, draft, "Denise Holloway-Finch", "Katarzyna Nowina", by="Denise Holloway-Finch", supersedes=case
    )


def _dog(at: Team) -> Telling:
    """Withdrawn: the reading dog retired before the meeting."""
    yield 94
    case = _propose(
        at,
        CaseDraft(
            platform="instagram", proposed_name="biscuit_reads", aim="Stories about our reading dog.",
            audience="Families", promotion="In the newsletter.", openness=Openness.OPEN,
        ),
        "Shirin Calloway", "Jerome Attwell", by="Edith Winterbourne",
    )  # fmt: skip
    _submit(at, case)
    yield 89
    business_cases.withdraw(at.office, case, _case_version(at, case), "The dog has retired to the seaside.")


def _friends(at: Team) -> Telling:
    """A parent's page that the school is to answer for: not yet approved, and much is missing."""
    yield 33
    saved = accounts.save(
        at.office,
        AccountDraft(
            platform="facebook",
            handle="Friends of Brambleford Primary",
            link="https://www.facebook.com/example.brambleford.friends",
            purpose="Fairs, raffles and second-hand uniform.",
            audience="Families",
            openness=Openness.OPEN,
            runners=(AccountRunnerDraft(at.ids["Peter Marrowby"], at.office.today()),),
            notes="Mr Marrowby told us of it at the autumn fair; he has run it for some years.",
        ),
    )
    at.made[FRIENDS] = saved.id
    yield 19
    draft = replace(
        business_cases.draft_for_account(at.office, saved.id),
        aim="To tell families about fairs and raffles, and to sell uniform on.",
        audience="Families",
        promotion="At the fairs.",
        openness=Openness.OPEN,
        audience_age="Adults",
        consents="Pictures of stalls; the rest is not settled.",
        when_runners_leave="The committee chooses somebody at its meeting.",
    )
    case = _propose(at, draft, "Peter Marrowby", "Edith Winterbourne", "Callum Thackray", by="Peter Marrowby")
    _submit(at, case)


def _breakfast(at: Team) -> Telling:
    """The leadership team has asked for more."""
    yield 27
    draft = CaseDraft(
        platform="facebook", proposed_name="Brambleford Breakfast Club",
        proposer_name="Mrs H. Lindqvist, breakfast club",
        aim="To say each morning what is for breakfast and whether there are places.",
        audience="Families who use the club", promotion="On the club’s door.", openness=Openness.CLOSED,
        audience_age="Adults", consents="No pictures.",
    )  # fmt: skip
    case = _propose(at, draft, "Priya Tolland", "Shirin Calloway")
    _submit(at, case)
    yield 20
    _decide(at, case, _MORE, "Who looks at it in the holidays, when the club runs and the office is closed?")


def _choir(at: Team) -> Telling:
    """Complete: the next meeting can approve it."""
    yield 12
    case = _propose(
        at,
        CaseDraft(
            platform="youtube", proposed_name="Brambleford Choir", aim="Songs to practise at home before a concert.",
            audience="Singers of Years 3 to 6 with their families", promotion="In the choir’s letters.",
            openness=Openness.CLOSED, openness_note="Unlisted; comments are switched off.",
            audience_age="Adults with their children", consents="Sound only; a picture of the piano.",
            holidays="Nothing new in the holidays.", when_runners_leave="The films are taken down.",
        ),
        "Katarzyna Nowina", "Denise Holloway-Finch", by="Katarzyna Nowina",
    )  # fmt: skip
    _submit(at, case)


def _maths(at: Team) -> Telling:
    """The assistant head proposes it, so the others decide; somebody's training has lapsed."""
    yield 7
    case = _propose(
        at,
        CaseDraft(
            platform="youtube", proposed_name="Maths with Brambleford",
            aim="Three-minute films for families about how we teach written sums.",
            audience="Families of Years 3 to 6", promotion="At parents’ evening.", openness=Openness.CLOSED,
            audience_age="Adults", consents="Only the board can be seen.", holidays="Looked at twice a week.",
            when_runners_leave="The films stay; the password is changed.",
        ),
        "Tamsin Oakes", "Musa Danbury", by="Tamsin Oakes",
    )  # fmt: skip
    _submit(at, case)


def _eco(at: Team) -> Telling:
    """Begun, with one name so far."""
    yield 3
    _propose(
        at,
        CaseDraft(
            platform="instagram", proposed_name="brambleford_eco",
            aim="The eco council’s week: what we saved, mended and planted.", audience="Families",
            notes="Mr Danbury asks Ms Nowina whether she joins him.",
        ),
        "Musa Danbury", by="Musa Danbury",
    )  # fmt: skip


def _garden(at: Team) -> Telling:
    """Sent back yesterday: whoever proposed it is still to be told, and can complete it then."""
    yield 13
    draft = CaseDraft(
        platform="instagram", proposed_name="Brambleford Garden",
        aim="To show what grows in the school garden, week by week.", audience="Families and the village",
        promotion="On the garden gate.", openness=Openness.OPEN, audience_age="Everybody",
        consents="Plants and hands, no faces.",
    )  # fmt: skip
    case = _propose(at, draft, "Callum Thackray", by="Callum Thackray")
    _submit(at, case)
    yield 1
    _decide(at, case, _MORE, "Who looks at it in the summer holidays, when the garden is at its best?")
