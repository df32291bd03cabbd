"""What stands in the fields of an account, word for word, so that nothing half typed is lost in a draft."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from smdesk.ui import kept_values as kept


@dataclass(frozen=True, slots=True)
class TypedRunner:
    """One line of who runs it; the days as they are typed."""

    person_id: int
    name: str
    kinds: str
    from_text: str
    until_text: str
    note: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the fields. ``responsible_text`` is a name nobody was chosen for."""

    platform: str = ""
    handle: str = ""
    link: str = ""
    purpose: str = ""
    audience: str = ""
    openness: str = ""
    responsible_id: int | None = None
    responsible_text: str = ""
    opened_text: str = ""
    review_text: str = ""
    credentials_place: str = ""
    checklist: tuple[str, ...] = ()
    notes: str = ""
    runners: tuple[TypedRunner, ...] = ()


_TEXTS = (
    "platform",
    "handle",
    "link",
    "purpose",
    "audience",
    "openness",
    "responsible_text",
    "opened_text",
    "review_text",
    "credentials_place",
    "notes",
)


def to_json(typed: Typed) -> dict[str, Any]:
    """As values JSON can hold."""
    return asdict(typed)


def from_json(data: dict[str, Any]) -> Typed:
    """What a kept draft holds. What cannot be read is left out, never guessed."""
    responsible, checklist, runners = (data.get(key) for key in ("responsible_id", "checklist", "runners"))
    return Typed(
        **{key: kept.text(data, key) for key in _TEXTS},
        responsible_id=responsible if isinstance(responsible, int) else None,
        checklist=tuple(each for each in checklist if isinstance(each, str))
        if isinstance(checklist, list)
        else (),
        runners=tuple(found for each in runners if (found := _runner(each)) is not None)
        if isinstance(runners, list)
        else (),
    )


def _runner(data: Any) -> TypedRunner | None:
    if not isinstance(data, dict) or not isinstance(data.get("person_id"), int):
        return None
    texts = (kept.text(data, key) for key in ("name", "kinds", "from_text", "until_text", "note"))
    return TypedRunner(data["person_id"], *texts)
