"""Every paper the program makes, by name: the tests that hold for all of them go through this list."""

from __future__ import annotations

from collections.abc import Callable

from tests.documents import samples
from tests.documents.connection_samples import CONNECTION_PAPERS

PAPERS: dict[str, Callable[[], bytes]] = {**samples.PAPERS, **CONNECTION_PAPERS}
