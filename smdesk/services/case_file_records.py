"""Plain data about case files that travels between the window and the services (DOC-4)."""

from __future__ import annotations

from dataclasses import dataclass

from smdesk.services.context import Changes


@dataclass(frozen=True, slots=True)
class CasePerson:
    """Somebody in the incident, for choosing whose name stays."""

    person_id: int
    name: str
    what: str
    """"Parent or carer, posted it"."""
    author: bool


@dataclass(frozen=True, slots=True)
class CaseLetter:
    """An issued letter of the incident. ``names`` are the people named in it, its addressee among them."""

    letter_id: int
    title: str
    names: frozenset[int]


@dataclass(frozen=True, slots=True)
class CasePicture:
    """A kept picture. Nobody but a person can tell who is to be seen in it."""

    evidence_id: int
    title: str


@dataclass(frozen=True, slots=True)
class CaseOptions:
    """What a case file of this incident can hold. ``no_pictures`` says why there are none to choose, or ""."""

    incident_id: int
    reference: str
    people: tuple[CasePerson, ...]
    letters: tuple[CaseLetter, ...]
    pictures: tuple[CasePicture, ...]
    linked: tuple[str, ...]
    """References of the linked incidents this reader may open."""
    no_pictures: str
    suggested_name: str
    """A file name with no person's name in it, without its ending."""


@dataclass(frozen=True, slots=True)
class CaseWish:
    """What goes into a case file.

    ``all_names``: every name stands. Else only those of ``keep`` (person ids) do, and ``also`` are further words that
    are taken out. ``letters`` and ``pictures`` are ids of what is to go in; ``linked``: a line on each linked incident.
    """

    all_names: bool = True
    keep: frozenset[int] = frozenset()
    also: tuple[str, ...] = ()
    letters: frozenset[int] = frozenset()
    pictures: frozenset[int] = frozenset()
    linked: bool = True


@dataclass(frozen=True, slots=True)
class MadeCaseFile:
    """A case file that was saved and kept. ``left_out`` are sentences about what could not be put in."""

    paper_id: int
    pages: int
    sha256: str
    size: int
    left_out: tuple[str, ...]
    changes: Changes
