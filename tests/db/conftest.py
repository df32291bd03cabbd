"""A real encrypted database for each test: made once, copied after that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from smdesk.db.engine import open_database
from smdesk.paths import SchoolFolder
from tests.support.database import Made, fill, make_database


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Made:
    made = make_database(tmp_path_factory.mktemp("template"))
    with made.database.writing() as session:
        fill(session)
    made.database.dispose()
    return made


@pytest.fixture
def made(template: Made, tmp_path: Path) -> Iterator[Made]:
    """A database with user 1 and policy version 1, in its own folder ``school``."""
    folder = SchoolFolder(tmp_path / "school")
    shutil.copytree(template.folder.root, folder.root)
    database = open_database(folder.database, template.key)
    yield Made(database, folder, template.key)
    database.dispose()
