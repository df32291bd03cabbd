"""A business case as plain JSON and back, for the drafts that are kept while somebody types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smdesk.policy.accounts import Openness
from smdesk.services.case_records import CaseDraft, RunnerChoice
from smdesk.ui import kept_values as kept

TEXTS = (
    "platform",
    "proposed_name",
    "link",
    "proposer_name",
    "aim",
    "audience",
    "promotion",
    "openness_note",
    "audience_age",
    "consents",
    "holidays",
    "when_runners_leave",
    "notes",
)


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields: what a record can hold, and names nobody was chosen for yet."""

    draft: CaseDraft
    proposer: str = ""
    runner: str = ""


def to_json(typed: Typed) -> dict[str, Any]:
    """What is typed as values JSON can hold."""
    draft = typed.draft
    return {
        **{field: getattr(draft, field) for field in TEXTS},
        "exists_already": draft.exists_already,
        "account_id": draft.account_id,
        "proposer_id": draft.proposer_id,
        "openness": str(draft.openness),
        "runners": [[each.person_id, each.responsible] for each in draft.runners],
        "proposer_typed": typed.proposer,
        "runner_typed": typed.runner,
    }


def from_json(data: object) -> Typed:
    """What a kept draft holds. What cannot be read is left out, never guessed."""
    if not isinstance(data, dict):
        return Typed(CaseDraft())
    fields: dict[str, Any] = {field: kept.text(data, field) for field in TEXTS}
    draft = CaseDraft(
        **fields,
        exists_already=data.get("exists_already") is True,
        account_id=_id(data.get("account_id")),
        proposer_id=_id(data.get("proposer_id")),
        openness=kept.code(Openness, data.get("openness")) or Openness.NOT_ANSWERED,
        runners=_runners(data.get("runners")),
    )
    return Typed(draft, kept.text(data, "proposer_typed"), kept.text(data, "runner_typed"))


def _runners(value: object) -> tuple[RunnerChoice, ...]:
    found = []
    for each in value if isinstance(value, list) else ():
        if isinstance(each, list) and len(each) == 2:
            person_id = _id(each[0])
            if person_id is not None:
                found.append(RunnerChoice(person_id, each[1] is True))
    return tuple(found)


def _id(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
