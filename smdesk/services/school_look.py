"""How the school's letters look: their colour, which may come from the logo, and the envelope they are folded for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from smdesk.errors import Invalid, Problem
from smdesk.services.context import open_to_all
from smdesk.services.letter_records import ENVELOPE_LABELS, Envelope

if TYPE_CHECKING:  # loaded where a paper is made: every start loads this module
    from smdesk.documents.contrast import Colour


class ColourFrom(StrEnum):
    """Where the colour of the school's name and of headings comes from."""

    STANDARD = "standard"
    LOGO = "logo"
    OWN = "own"


COLOUR_FROM_LABELS: Final = {
    ColourFrom.STANDARD: "Navy",
    ColourFrom.LOGO: "From the logo",
    ColourFrom.OWN: "A colour of our own",
}


@dataclass(frozen=True, slots=True)
class SchoolLook:
    """``colour`` is what was chosen or found in the logo, as “#183e78”; "" for navy. ``envelope`` is the one a letter
    is folded for unless it says otherwise.
    """

    colour_from: ColourFrom = ColourFrom.STANDARD
    colour: str = ""
    envelope: Envelope = Envelope.DL


@dataclass(frozen=True, slots=True)
class ShownColour:
    """A colour as papers show it, as “#183e78”; ``contrast`` with white (at least 4.5); whether it was darkened."""

    colour: str
    contrast: float
    darkened: bool


def read(settings: Mapping[str, Any]) -> SchoolLook:
    """The look as it is stored; what a newer program may have stored counts as not chosen."""
    try:
        return SchoolLook(
            ColourFrom(settings.get("colour_from", ColourFrom.STANDARD.value)),
            str(settings.get("colour", "")),
            Envelope(settings.get("envelope", Envelope.DL.value)),
        )
    except ValueError:
        return SchoolLook()


def write(look: SchoolLook) -> dict[str, str]:
    """The look as it is stored."""
    return {
        "colour_from": look.colour_from.value,
        "colour": look.colour,
        "envelope": look.envelope.value,
    }


def words(look: SchoolLook) -> str:
    """The look in the question about a conflict and in the audit."""
    colour = COLOUR_FROM_LABELS[look.colour_from]
    return f"{colour}{f' ({look.colour})' if look.colour else ''}; {ENVELOPE_LABELS[look.envelope]}"


def settled(look: SchoolLook, logo: bytes | None) -> SchoolLook:
    """The look with the colour that is meant. Raises Invalid where the logo has none, or what was typed is none."""
    from smdesk.documents import contrast
    from smdesk.documents import logo as logos

    if look.colour_from is ColourFrom.STANDARD:
        return SchoolLook(look.colour_from, "", look.envelope)
    if look.colour_from is ColourFrom.OWN:
        try:
            return SchoolLook(look.colour_from, contrast.written(contrast.read(look.colour)), look.envelope)
        except ValueError as error:
            raise Invalid.one("colour", "Choose a colour, or take it from the logo.") from error
    found = None if logo is None else logos.colour_of(logo)
    if found is None:
        why = "There is no logo" if logo is None else "The logo is black, white and grey"
        raise Invalid.one("colour", f"{why}: choose navy or a colour of your own.")
    return SchoolLook(look.colour_from, contrast.written(found), look.envelope)


def problems(look: SchoolLook, logo: bytes | None) -> list[Problem]:
    """What is wrong with the look. A logo that cannot be read is somebody else's to tell."""
    try:
        settled(look, logo)
    except Invalid as fault:
        return [each for each in fault.problems if each.field == "colour"]
    return []


def colour(look: SchoolLook) -> Colour | None:
    """The colour for a letterhead; None for navy."""
    from smdesk.documents import contrast

    try:
        return contrast.read(look.colour) if look.colour else None
    except ValueError:
        return None


@open_to_all("Looks only at the colour and the picture just chosen.")
def shown(look: SchoolLook, logo: bytes | None) -> ShownColour:
    """How the colour comes out on paper. Raises Invalid as ``settled``."""
    from smdesk.documents import contrast
    from smdesk.documents.page import Letterhead

    wanted = colour(settled(look, logo))
    printed = Letterhead("", colour=wanted).tint
    return ShownColour(
        contrast.written(printed), contrast.on_white(printed), wanted is not None and printed != wanted
    )


@open_to_all("Looks only at the picture just chosen; the first-run assistant asks before there are users.")
def logo_preview(data: bytes, wide: int, tall: int) -> bytes:
    """A logo as a PNG of at most so many points. Raises Invalid where it can be none (``school.logo_fault``)."""
    from smdesk.documents import logo as logos

    return logos.preview(data, wide, tall)
