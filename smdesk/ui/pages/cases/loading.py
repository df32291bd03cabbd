"""What the form of a business case reads and writes on a worker thread, all it shows in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from smdesk.policy.accounts import Gap
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.security.permissions import Permission, allowed
from smdesk.services import business_cases, case_decisions, drafts, reference_data, users
from smdesk.services.case_records import (
    AccountChoice,
    CaseDecisionDraft,
    CaseDraft,
    CaseRecord,
    Member,
    RunnerChoice,
)
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.ui import kept_values
from smdesk.ui.pages.cases import draft_json
from smdesk.ui.pages.cases.draft_json import Typed
from smdesk.ui.widgets.pending import Pending, SavedForm

FORM = "case"
"""The name drafts of this form are kept under."""

Supersedes = tuple[int, str]
"""Id and reference of the case a new one is proposed anew after."""


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case's record as the form wants it. Nothing about a case is hidden from whoever may open cases."""

    case: CaseRecord

    @property
    def id(self) -> int:
        return self.case.id

    @property
    def version(self) -> int:
        return self.case.version

    @property
    def masked(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft brought back: what was typed, and the version it was typed against."""

    typed: Typed
    people: dict[int, PersonHit]
    version: int | None
    kept_at: datetime | None
    supersedes: Supersedes | None
    decision: dict[str, object]
    pending: tuple[Pending, ...] = ()


@dataclass(frozen=True, slots=True)
class Deciding:
    """What the panel for a decision offers, where this reader can record one."""

    members: tuple[Member, ...]
    needed: int
    defaults: CaseDecisionDraft
    key_flag: str


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one case; ``record`` is None for a new one."""

    record: ShownCase | None
    people: dict[int, PersonHit]
    platforms: tuple[tuple[str, str], ...]
    accounts: tuple[AccountChoice, ...]
    deciding: Deciding | None
    kept: KeptDraft | None


def load(ctx: Context, case_id: int) -> Opened:
    """Everything about one case, or an empty form for id 0. Raises NotFound."""
    platforms = tuple((each.code, each.label) for each in reference_data.platforms())
    accounts = tuple(business_cases.accounts_to_choose(ctx))
    if not case_id:
        return Opened(None, {}, platforms, accounts, None, kept_draft(ctx, 0))
    record = business_cases.open_case(ctx, case_id)
    return Opened(
        ShownCase(record),
        named_in(ctx, record.draft),
        platforms,
        accounts,
        _deciding(ctx, record),
        kept_draft(ctx, case_id),
    )


def _deciding(ctx: Context, record: CaseRecord) -> Deciding | None:
    if not record.open_decisions or record.decidable_why_not:
        return None
    own = [key for key in users.keys(ctx) if key.user_id == ctx.user.id and key.retired_at is None]
    return Deciding(
        case_decisions.members(ctx, record.id),
        case_decisions.needed(ctx),
        case_decisions.defaults(ctx, record.id),
        own[0].flag if own else "",
    )


def named_in(ctx: Context, draft: CaseDraft) -> dict[int, PersonHit]:
    """The people named in a draft, each with what they are to the school."""
    ids = [each.person_id for each in draft.runners]
    if draft.proposer_id is not None:
        ids.append(draft.proposer_id)
    return people(ctx, ids)


def people(ctx: Context, ids: Iterable[int]) -> dict[int, PersonHit]:
    """People by id, as the fields show them."""
    today = ctx.today()
    found = business_cases.runners(ctx, tuple(RunnerChoice(each) for each in dict.fromkeys(ids)))
    return {
        each.person_id: PersonHit(
            each.person_id,
            each.name,
            each.kinds[0],
            ", ".join(KIND_LABELS[kind] for kind in each.kinds),
            each.left_on is not None and each.left_on <= today,
        )
        for each in found
    }


def gaps(ctx: Context, draft: CaseDraft) -> tuple[Gap, ...]:
    """What a case lacks as it is being typed."""
    return business_cases.gaps(ctx, draft)


def gaps_on(ctx: Context, case_id: int, day: date | None) -> tuple[Gap, ...]:
    """What a saved case lacks on the day of a decision."""
    return business_cases.gaps(ctx, case_id, day)


def kept_draft(ctx: Context, case_id: int) -> KeptDraft | None:
    """The reader's own draft of this form, or None."""
    held = drafts.get(ctx, FORM, case_id)
    if held is None:
        return None
    typed = draft_json.from_json(held.get("fields"))
    supersedes, decision = held.get("supersedes"), held.get("decision")
    return KeptDraft(
        typed,
        named_in(ctx, typed.draft),
        kept_values.number(held, "version"),
        kept_values.moment(held.get("kept_at")),
        (int(supersedes[0]), str(supersedes[1]))
        if isinstance(supersedes, list) and len(supersedes) == 2
        else None,
        decision if isinstance(decision, dict) else {},
    )


def keep_draft(
    ctx: Context,
    case_id: int,
    typed: Typed,
    version: int | None,
    supersedes: Supersedes | None,
    decision: dict[str, object],
) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    data = {
        "fields": draft_json.to_json(typed),
        "version": version,
        "kept_at": ctx.now().isoformat(),
        "supersedes": None if supersedes is None else list(supersedes),
        "decision": decision,
    }
    drafts.put(ctx, FORM, case_id, data)


def forget_draft(ctx: Context, case_id: int) -> None:
    """Forget the draft."""
    drafts.drop(ctx, FORM, case_id)


def save(
    ctx: Context,
    draft: CaseDraft,
    case_id: int | None,
    expected_version: int | None,
    supersedes: int | None,
    forget: Callable[[Context, int], None],
) -> SavedForm:
    """Save the case. Raises as ``business_cases.save`` does."""
    saved = business_cases.save(ctx, draft, case_id, expected_version, supersedes)
    forget(ctx, case_id or 0)
    return SavedForm(saved, (), saved.changes)


def may(ctx: Context, permission: Permission) -> bool:
    """Whether to show a button, as things stood at sign-in; the service decides when it is pressed."""
    return allowed(ctx.user.roles, permission)
