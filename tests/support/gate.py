"""A school made by the first-run service with quick passwords, for tests of what stands before the window."""

from __future__ import annotations

from pathlib import Path

from smdesk.paths import SchoolFolder
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import setup
from smdesk.services.setup import NewUser, SetupAnswers

PASSWORD = "correct horse battery"

ANSWERS = SetupAnswers(
    name="Brambleford Primary School",
    address="School Lane\nBrambleford\nZZ9 9ZZ",
    users=(
        NewUser("alder", "Mrs H. Alder", "Headteacher", (Role.HEADTEACHER,), PASSWORD),
        NewUser("birch", "Mr D. Birch", "Deputy Head", (Role.DSL,), PASSWORD),
        NewUser("cedar", "Ms B. Cedar", "Business Manager", (Role.BUSINESS_MANAGER,), PASSWORD),
    ),
)


def make_school(root: Path) -> tuple[SchoolFolder, str]:
    """The folder and its recovery code."""
    folder = SchoolFolder(root)
    result = setup.create_school(folder, ANSWERS, params=vault.TESTING)
    return folder, result.recovery_code
