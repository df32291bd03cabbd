"""Blank forms and a register as the tests make them (DOC-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from smdesk.documents import case_paper, incident_form, listing
from smdesk.policy.vocabulary import CONDUCT_LABELS
from tests.documents.samples import letterhead, listing_data

PLATFORMS = ("Facebook", "Instagram", "TikTok", "X", "WhatsApp", "Snapchat", "YouTube", "Google reviews")


def incident() -> bytes:
    return incident_form.form_bytes(
        incident_form.BlankIncident(
            letterhead=letterhead(),
            made_on=date(2026, 5, 12),
            contact="Give it to the school office, 01632 960123.",
            at_once="Is somebody in danger? Ring 999, then tell the designated safeguarding lead, at once.",
            imagery="Never copy, print, save or pass on a sexual picture of a child: say only where it is.",
            platforms=PLATFORMS,
            authors=("parent or carer", "pupil", "member of staff", "stranger to the school", "not known"),
            conduct=tuple(CONDUCT_LABELS.values()),
        )
    )


def case() -> bytes:
    return case_paper.form_bytes(
        case_paper.BlankCase(
            letterhead=letterhead(),
            made_on=date(2026, 5, 12),
            purpose="Anybody may propose an account in the school’s name.",
            needs=("At least two members of staff must run it, by name.",),
            platforms=PLATFORMS,
            contact="Give it to the school office, 01632 960123.",
        )
    )


def register() -> bytes:
    return listing.render_bytes(replace(listing_data(34), title="Blocks", letterhead=letterhead()))


FORM_PAPERS: dict[str, Callable[[], bytes]] = {"incident-form": incident, "case-form": case}
REGISTER_PAPERS: dict[str, Callable[[], bytes]] = {"list-register": register}
