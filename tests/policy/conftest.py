"""The shipped profiles, read once."""

from __future__ import annotations

from functools import cache

import pytest

from smdesk.paths import resource
from smdesk.policy.platforms import Platform, parse_platforms
from smdesk.policy.profile import SHIPPED_NAMES, Profile, load_shipped


def shipped_text(file_name: str) -> str:
    return resource("policy", file_name).read_text(encoding="utf-8")


@cache
def shipped(name: str) -> Profile:
    """For property tests: handed a profile as an argument, Hypothesis would spell it out with every example."""
    return load_shipped(name, shipped_text)


@cache
def shipped_platforms() -> tuple[Platform, ...]:
    return parse_platforms(resource("data", "platforms.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    return {name: shipped(name) for name in SHIPPED_NAMES}


@pytest.fixture(scope="session")
def complete(profiles: dict[str, Profile]) -> Profile:
    return profiles["complete"]


@pytest.fixture(scope="session")
def platforms() -> tuple[Platform, ...]:
    return shipped_platforms()
