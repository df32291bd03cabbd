"""The lived-in school, fresh for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.lived_in import Lived, exception_waiting, live_in


@pytest.fixture(scope="session")
def lived_once(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return live_in(tmp_path_factory.mktemp("lived") / "school")


@pytest.fixture
def lived(lived_once: Lived, tmp_path: Path) -> Lived:
    return lived_once.copied_to(tmp_path / "school")


@pytest.fixture
def waiting(lived: Lived) -> int:
    """An exception that waits for the headteacher."""
    return exception_waiting(lived)
