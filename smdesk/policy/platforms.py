"""Platforms: their minimum ages, which change and so are dated, and where to report a post (INC-7, INC-11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from smdesk.policy.reading import Table, toml_table


class Status(StrEnum):
    """How far a shipped fact can be relied on: read in a published source, or to be checked by the school."""

    SEEN = "seen"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class AgeRule:
    """The minimum age in whole years from ``effective_from`` on; None there means "as far back as is known"."""

    minimum_age: int
    effective_from: date | None
    source: str
    checked_on: date
    status: Status


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform. ``reporting`` says in words how to report there; ``reporting_url`` may be empty.

    ``hosts`` are the sites its pages stand on, subdomains included: ("facebook.com", "fb.com").
    """

    code: str
    label: str
    also_called: tuple[str, ...]
    reporting: str
    reporting_url: str
    checked_on: date
    status: Status
    ages: tuple[AgeRule, ...]
    note: str
    hosts: tuple[str, ...] = ()


def parse_platforms(text: str) -> tuple[Platform, ...]:
    """Read the list of platforms from TOML. Raises ``Invalid`` naming the table and key at fault."""
    top = Table(toml_table(text, "The list of platforms"))
    platforms: list[Platform] = []
    for table in top.tables("platform"):
        platform = _platform(table)
        if any(platform.code == earlier.code for earlier in platforms):
            raise table.refusal("code", f"the platform '{platform.code}' is listed twice.")
        platforms.append(platform)
    top.done()
    return tuple(platforms)


def find(platforms: Iterable[Platform], name: str) -> Platform | None:
    """The platform called ``name``: by code, label or another name, whatever its capitals."""
    wanted = name.strip().casefold()
    for platform in platforms:
        names = (platform.code, platform.label, *platform.also_called)
        if wanted in {known.casefold() for known in names}:
            return platform
    return None


def host_of(link: str) -> str:
    """The site a web address leads to, in small letters; "" where it is no web address.

    Nor is one that carries a name before an @: it would show one site and lead to another, or hold a password.
    """
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").rstrip(".").casefold()
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or "." not in host:
        return ""
    return "" if any(letter.isspace() for letter in link) else host


def platform_of(platforms: Iterable[Platform], link: str) -> Platform | None:
    """The platform whose site a web address leads to; None for any other site."""
    host = host_of(link)
    for platform in platforms:
        if any(host == each or host.endswith(f".{each}") for each in platform.hosts):
            return platform
    return None


def link_problem(platforms: Iterable[Platform], name: str, link: str) -> str:
    """Why a link cannot be one to an account on the platform called ``name``, in a sentence; "" where it can.

    A platform the program does not know, or whose sites it does not know, takes a link to any site but one of
    another platform's.
    """
    known = tuple(platforms)
    if not host_of(link):
        return "Write the link as a web address that begins with https://, as it stands in the browser."
    wanted, found = find(known, name), platform_of(known, link)
    label = wanted.label if wanted is not None else name.strip()
    if found is not None and found is not wanted:
        return f"This is a link to {found.label}, and the platform is {label}. Change one of the two."
    if found is None and wanted is not None and wanted.hosts:
        return f"This link leads to {host_of(link)}. An account on {label} stands on {wanted.hosts[0]}."
    return ""


def minimum_age(platforms: Iterable[Platform], name: str, on: date) -> AgeRule | None:
    """The age rule of a platform in force on a day; None where the platform or its age then is not known."""
    platform = find(platforms, name)
    if platform is None:
        return None
    in_force = [rule for rule in platform.ages if rule.effective_from is None or rule.effective_from <= on]
    return max(in_force, key=lambda rule: rule.effective_from or date.min, default=None)


def earlier_rules(platform: Platform, rule: AgeRule) -> tuple[AgeRule, ...]:
    """The platform's age rules that ``rule`` has replaced."""
    if rule.effective_from is None:
        return ()
    return tuple(
        other
        for other in platform.ages
        if other is not rule and (other.effective_from is None or other.effective_from < rule.effective_from)
    )


def _platform(table: Table) -> Platform:
    ages = []
    for row in table.tables("ages"):
        ages.append(
            AgeRule(
                minimum_age=row.whole("minimum_age", 0, 21),
                effective_from=row.day("effective_from") if row.has("effective_from") else None,
                source=row.text("source", longest=300),
                checked_on=row.day("checked_on"),
                status=row.code("status", Status),
            )
        )
        row.done()
    if len({rule.effective_from for rule in ages}) != len(ages):
        raise table.refusal("ages", "two age rules start on the same day.")
    platform = Platform(
        code=table.text("code", longest=40),
        label=table.text("label", longest=60),
        also_called=table.texts("also_called"),
        reporting=table.text("reporting", longest=600),
        reporting_url=table.text("reporting_url", longest=300, empty=True),
        checked_on=table.day("checked_on"),
        status=table.code("status", Status),
        ages=tuple(ages),
        note=table.text("note", longest=600, empty=True),
        hosts=table.texts("hosts") if table.has("hosts") else (),
    )
    table.done()
    return platform
