"""Every paper the program makes, by name: the tests that hold for all of them go through this list."""

from __future__ import annotations

from collections.abc import Callable

from tests.documents import samples
from tests.documents.agreement_samples import AGREEMENT_PAPERS
from tests.documents.case_file_samples import CASE_FILE_PAPERS
from tests.documents.connection_samples import CONNECTION_PAPERS
from tests.documents.form_samples import FORM_PAPERS, REGISTER_PAPERS
from tests.documents.governor_samples import GOVERNOR_PAPERS
from tests.documents.look_samples import LOOK_PAPERS
from tests.documents.reputation_samples import REPUTATION_PAPERS
from tests.documents.separator_samples import SEPARATOR_PAPERS
from tests.documents.today_samples import TODAY_PAPERS

PAPERS: dict[str, Callable[[], bytes]] = {
    **samples.PAPERS,
    **LOOK_PAPERS,
    **CASE_FILE_PAPERS,
    **CONNECTION_PAPERS,
    **AGREEMENT_PAPERS,
    **FORM_PAPERS,
    **REGISTER_PAPERS,
    **REPUTATION_PAPERS,
    **GOVERNOR_PAPERS,
    **SEPARATOR_PAPERS,
    **TODAY_PAPERS,
}

PICTURES: tuple[tuple[str, int], ...] = (
    *((name, 0) for name in PAPERS),
    ("letter-large", 1),
    ("letter-welsh", 1),
    ("pack", 1),
    ("case-file", 1),
    ("case-file", 2),
    ("case-file", 4),
    ("case-file", 5),
    ("case-file", 7),
    ("declaration-form", 1),
    ("governors-full", 1),
    ("governors-full", 2),
    ("governors-full", 4),
    ("incident-form", 1),
)
"""Of which pages pictures are kept, counted from 0: each paper's first, and the pages one writes on."""


def picture_name(name: str, page: int) -> str:
    return f"{name}.png" if page == 0 else f"{name}-{page + 1}.png"
