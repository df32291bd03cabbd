"""Who somebody is, where they are on record: one box in a form about something they wrote or did."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smdesk.errors import Problem
from smdesk.security.permissions import Permission, allowed
from smdesk.services import people
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.person_picker import PersonPicker


class PersonOnRecord(PersonPicker):
    """Nobody need be chosen. Whoever may not look people up is not shown the box and keeps whom somebody else chose:
    add it to the form where ``offered``.
    """

    def __init__(self, desk: Desk, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(desk, name, spoken, parent, may_add=False)
        self.offered = allowed(desk.ctx.user.roles, Permission.PEOPLE_READ)
        self._kept: int | None = None
        # A file dropped here is a picture of what was said, not a name.
        self.setAcceptDrops(False)
        if not self.offered:
            self.hide()

    def show_chosen(self, person_id: int | None, hit: PersonHit | None, only_typed: str = "") -> None:
        """Show who was chosen, or the text nobody was chosen for."""
        self._kept = person_id
        self.set_person(hit)
        if only_typed:
            self.setText(only_typed)
        self.setCursorPosition(0)

    def person_id(self) -> int | None:
        """Who is chosen."""
        if not self.offered:
            return self._kept
        hit = self.person()
        return None if hit is None else hit.id

    def only_typed(self) -> str:
        """What stands in the box without being anybody on record."""
        return self.text().strip() if self.offered and self.person() is None else ""

    def problems(self, key: str, instead: str) -> list[Problem]:
        """What is wrong with a name nobody was chosen for. ``instead``: what else can be done with it."""
        typed = self.only_typed()
        if not typed:
            return []
        return [
            Problem(
                key,
                f"“{typed}” is nobody on record: choose somebody from the list that opens as you type, or {instead}.",
            )
        ]


def hit_of(ctx: Context, person_id: int | None) -> PersonHit | None:
    """The person as the box shows them, as far as this reader may look people up."""
    if person_id is None or not allowed(ctx.user.roles, Permission.PEOPLE_READ):
        return None
    return next(iter(people.rows(ctx, [person_id])), None)
