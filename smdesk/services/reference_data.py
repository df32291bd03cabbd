"""The dated facts the program ships: platforms and their ages, helplines, retention classes (facts.md).

Read once. They hold nothing about anybody, so they need no permission.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date

from smdesk.errors import StorageProblem
from smdesk.paths import resource
from smdesk.policy import helplines as helpline_data
from smdesk.policy import platforms as platform_data
from smdesk.policy import retention as retention_data
from smdesk.policy.helplines import Helpline
from smdesk.policy.platforms import Platform, Status
from smdesk.policy.retention import RetentionClass
from smdesk.policy.vocabulary import Step
from smdesk.services.context import open_to_all

_SHIPPED = "It is part of the program and says nothing about anybody."


@dataclass(frozen=True, slots=True)
class ReportingRoute:
    """How a platform takes reports. ``url`` may be empty; ``checked_on`` is None where it is not in the data."""

    label: str
    url: str
    text: str
    checked_on: date | None


@open_to_all(_SHIPPED)
@functools.cache
def platforms() -> tuple[Platform, ...]:
    """Platforms, their minimum ages and where they take reports (INC-7, INC-11)."""
    return platform_data.parse_platforms(_text("platforms.toml"))


@open_to_all(_SHIPPED)
@functools.cache
def helplines() -> tuple[Helpline, ...]:
    """Helplines and the bodies that take reports."""
    return helpline_data.parse_helplines(_text("helplines.toml"))


@open_to_all(_SHIPPED)
@functools.cache
def retention_classes() -> tuple[RetentionClass, ...]:
    """How long records of each class are kept before they are reviewed."""
    return retention_data.parse_retention(_text("retention.toml"))


@open_to_all(_SHIPPED)
@functools.cache
def retention_labels() -> dict[str, str]:
    """Retention classes by code, as the form shows them."""
    return {each.code: each.label for each in retention_classes()}


@open_to_all(_SHIPPED)
@functools.lru_cache(maxsize=4096)
def platform_label(name: str) -> str:
    """A platform as people write it; a name that is not in the data stays as typed."""
    if not name:
        return ""
    found = platform_data.find(platforms(), name)
    return name if found is None else found.label


@open_to_all(_SHIPPED)
def reporting_route(name: str) -> ReportingRoute:
    """Where a platform takes reports; general words for one that is not in the data."""
    found = platform_data.find(platforms(), name) if name else None
    if found is None:
        return ReportingRoute(
            name or "The platform",
            "",
            "Use the report function next to the post or the profile, and keep the confirmation. "
            "How this platform takes reports is not in SM Desk's data.",
            None,
        )
    return ReportingRoute(found.label, found.reporting_url, found.reporting, found.checked_on)


@open_to_all(_SHIPPED)
def helpline_lines(step: Step) -> tuple[str, ...]:
    """The helplines a step leads to, one line each: name, telephone, e-mail, hours."""
    return tuple(
        f"{each.label}: {', '.join(part for part in (each.phone, each.email, each.url, each.hours) if part)}"
        + (" (to be checked by the school)" if each.status is Status.UNSURE else "")
        for each in helpline_data.for_step(helplines(), step)
        if each.phone or each.email or each.url
    )


def _text(name: str) -> str:
    try:
        return resource("data", name).read_text(encoding="utf-8")
    except OSError as error:
        raise StorageProblem(
            f"The shipped file “{name}” is missing from this installation. Install SM Desk again."
        ) from error
