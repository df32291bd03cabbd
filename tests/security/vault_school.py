"""A real folder with a real keys.json, under parameters so small that they protect nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smdesk.paths import SchoolFolder
from smdesk.security import vault

HEAD_PASSWORD = "three green kettles"
OFFICE_PASSWORD = "paper boats on thursday"


@dataclass(frozen=True)
class School:
    """A vault with two users, and what only its maker knows."""

    folder: SchoolFolder
    data_key: bytes
    code: str
    vault_id: str
    head: str
    head_public: bytes
    office: str
    office_public: bytes


def make_school(root: Path) -> School:
    root.mkdir(parents=True, exist_ok=True)
    folder = SchoolFolder(root)
    new = vault.create_vault(folder)
    head, office = vault.new_user_key(), vault.new_user_key()
    head_public = vault.add_user(folder, new.data_key, head, "Head", HEAD_PASSWORD, vault.TESTING)
    office_public = vault.add_user(folder, new.data_key, office, "office", OFFICE_PASSWORD, vault.TESTING)
    return School(
        folder, new.data_key, new.recovery_code, new.vault_id, head, head_public, office, office_public
    )
