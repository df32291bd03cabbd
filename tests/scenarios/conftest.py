"""The small school, ready to tell a story in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.telling import Story
from tests.support.school import Template, build_template, school_from


@pytest.fixture(scope="session")
def school_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return build_template(tmp_path_factory.mktemp("template") / "school")


@pytest.fixture
def story(school_template: Template, tmp_path: Path) -> Iterator[Story]:
    with school_from(school_template, tmp_path / "school") as opened:
        yield Story(opened)
