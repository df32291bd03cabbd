"""Fixtures for the tests of keys: a school with two users."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security.vault_school import School, make_school


@pytest.fixture
def school(tmp_path: Path) -> School:
    """A vault made in a folder of its own."""
    return make_school(tmp_path / "school")
