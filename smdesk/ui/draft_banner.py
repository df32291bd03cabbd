"""What was half typed when the program locked or closed, offered back after sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal

from smdesk.services.context import LOCAL
from smdesk.ui.widgets.banner import Banner
from smdesk.ui.widgets.day_parsing import long_day

DRAFT_FORMS = {
    "incident": ("incidents", "incident"),
    "exception": ("connections", "declaration of a connection"),
    "person": ("people", "record of a person"),
    "letter": ("letters", "letter"),
    "decision": ("queue", "decision that is not signed yet"),
    "case": ("cases", "business case"),
    "account": ("accounts", "record of an account"),
    "message": ("accounts/messages", "message on an account"),
    "sign_off": ("accounts/sign_offs", "post to be signed off"),
    "block": ("accounts/blocks", "block"),
    "finding": ("reputation/findings", "finding"),
    "wording": ("settings/letters", "letter's wording"),
}
"""A draft's form -> its tab (and after a stroke the part of it) and what it is called. A form with a dot in its name is
a part of another's.
"""


class DraftBanner(Banner):
    """ "You were in the middle of …": offers each draft once, with one click to go on."""

    go_on = Signal(str, object)
    """Carries the draft's form and its record's id (0: a new one)."""

    def __init__(self) -> None:
        super().__init__(
            "draft_banner",
            "info",
            "draft_text",
            ("Go on with it", "draft_go_on", self._yes),
            ("Not now", "draft_later", self._next),
        )
        self._waiting: list[tuple[str, int, datetime]] = []

    def offer(self, found: Sequence[tuple[str, int, datetime]]) -> None:
        self._waiting = list(found)
        self._show()
        if self._waiting:
            self.yes.setFocus()

    def _show(self) -> None:
        if not self._waiting:
            self.hide()
            return
        form, record_id, saved_at = self._waiting[0]
        what = DRAFT_FORMS[form][1]
        local = saved_at.astimezone(LOCAL)
        about = f"changing {'an' if what[0] in 'aeiou' else 'a'} {what}" if record_id else f"a new {what}"
        if form == "decision":
            about = f"a {what}"
        more = f" ({len(self._waiting) - 1} more after this)" if len(self._waiting) > 1 else ""
        self.text.setText(
            f"You were in the middle of {about}, {long_day(local.date())} at {local:%H:%M}. "
            f"What you typed is kept as a draft.{more}"
        )
        self.show()

    def _yes(self) -> None:
        form, record_id, _ = self._waiting.pop(0)
        self._show()
        self.go_on.emit(form, record_id)

    def _next(self) -> None:
        self._waiting.pop(0)
        self._show()
