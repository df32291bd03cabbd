"""The small school, fresh for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.school import SmallSchool, Template, build_template, school_from


@pytest.fixture(scope="session")
def school_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return build_template(tmp_path_factory.mktemp("template") / "school")


@pytest.fixture
def school(school_template: Template, tmp_path: Path) -> Iterator[SmallSchool]:
    with school_from(school_template, tmp_path / "school") as opened:
        yield opened
