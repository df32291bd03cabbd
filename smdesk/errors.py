"""Expected failures, told to the user in plain words.

Everything here is something that can go wrong in a well-made program: a full disk, a locked file, a
missing answer, somebody else's newer edit. Each carries one sentence that says what is wrong, where, and
what to do. Anything that is *not* one of these is a bug: it goes to the crash log (``smdesk.crash``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SmdeskError(Exception):
    """An expected failure. ``str(error)`` is the sentence shown to the user."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was typed: the field's name in code and a sentence for the person."""

    field: str
    message: str


class Invalid(SmdeskError):
    """What was typed cannot be accepted. Nothing was saved; ``problems`` says why, field by field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))

    @classmethod
    def one(cls, field: str, message: str) -> Invalid:
        """An ``Invalid`` with a single problem."""
        return cls([Problem(field, message)])


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs between the saved record and what this window wanted to save."""

    field: str
    label: str
    theirs: str
    mine: str


class Conflict(SmdeskError):
    """Somebody else saved this record since it was opened here. Nothing was written.

    ``changes`` lists the differing fields, ``current_version`` is what to pass to save over it knowingly.
    """

    def __init__(self, message: str, changes: Sequence[FieldChange], current_version: int) -> None:
        self.changes: tuple[FieldChange, ...] = tuple(changes)
        self.current_version = current_version
        super().__init__(message)


class NotAllowed(SmdeskError):
    """The signed-in person's role does not allow this. Nothing was written."""


class NotFound(SmdeskError):
    """The record does not exist, or this person may not know that it does (the sentence is the same)."""


class Refused(SmdeskError):
    """The policy or the record's state rules this out now (for example a letter with no addressee, INC-7).

    ``rule`` is the rule id from the policy, or an empty string where no rule is involved.
    """

    def __init__(self, message: str, rule: str = "") -> None:
        self.rule = rule
        super().__init__(message)


class StorageProblem(SmdeskError):
    """The disk would not do it: full, read-only, locked, missing. What was saved before is untouched."""


class UnsuitableFolder(StorageProblem):
    """The folder cannot hold a school's records, for example because it is on a network share."""


class Damaged(StorageProblem):
    """A file of the school's folder is damaged. ``file`` names it; ``backup`` is the newest usable one."""

    def __init__(self, message: str, file: str, backup: str | None = None) -> None:
        self.file = file
        self.backup = backup
        super().__init__(message)


class NewerVersion(StorageProblem):
    """The records were written by a newer SM Desk than this one."""


class WrongPassword(SmdeskError):
    """User name or password (or recovery code) not right. ``wait`` is seconds until the next try is heard."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        self.wait = wait
        super().__init__(message)


class Tampered(SmdeskError):
    """Something that must not change has changed: keys.json, a signature, an issued paper, the audit chain."""


class Cancelled(SmdeskError):
    """The user pressed Cancel. Nothing is half done."""
