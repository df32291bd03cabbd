"""The small school with a desk for each user, for tests of the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.school import SmallSchool, Template, build_template, school_from

if TYPE_CHECKING:
    from smdesk.ui.desk import Desk
    from smdesk.ui.events import Events
    from smdesk.ui.messages import Messages
    from smdesk.ui.tasks import Tasks


@pytest.fixture(scope="session")
def school_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return build_template(tmp_path_factory.mktemp("template") / "school")


@pytest.fixture
def school(school_template: Template, tmp_path: Path) -> Iterator[SmallSchool]:
    with school_from(school_template, tmp_path / "school") as opened:
        yield opened


@pytest.fixture
def desk_for(school: SmallSchool, tasks: Tasks, events: Events, messages: Messages) -> Callable[[str], Desk]:
    """``desk_for("headteacher")``: what a page is given when this user has signed in."""
    from smdesk.ui.desk import Desk

    def make(login: str) -> Desk:
        return Desk(school.ctx_for(login), tasks, events, messages)

    return make
