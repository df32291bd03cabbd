"""What every page is given, and what every page offers in return.

A tab lives in ``smdesk/ui/pages/<tab>/page.py`` as ``class Page(QWidget)``, made as ``Page(desk)`` the first time
its tab is shown. It offers the methods of ``PageProtocol``; the main window calls nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from smdesk.services.context import Context
from smdesk.ui.events import Events
from smdesk.ui.messages import Messages
from smdesk.ui.tasks import Tasks


class PageProtocol(Protocol):
    """The whole agreement between the main window and a tab."""

    def activate(self) -> None:
        """The tab became visible: load what is missing. Called every time, so it must be cheap."""

    def open_record(self, record_id: int) -> None:
        """Show this record (from another tab, or from a draft offered back)."""

    def new_record(self) -> None:
        """Ctrl+N. A tab where nothing can be added does nothing."""

    def focus_search(self) -> None:
        """Ctrl+F. A tab without a search box does nothing."""

    def unsaved(self) -> bool:
        """True while something typed is not saved."""

    def save_draft(self) -> None:
        """Store what is typed as a draft, now and on this thread: the program is about to lock or end.

        Called only while ``unsaved()``. It must not ask anything and must not take longer than a write. The form
        is "incident", "exception", "person" or "letter" with the record's id (0: new); a part of one has a dot in
        its name. After sign-in it is offered back through ``open_record(id)`` or ``new_record()``, which look for
        a draft.
        """


def _nowhere(tab: str, number: int) -> None:
    """What a page outside a main window (in a test) is given."""


def _no_part(tab: str, part: str, number: int) -> None:
    """What a page outside a main window (in a test) is given."""


def _not_narrowed(tab: str, part: str, wanted: object, sort: object) -> None:
    """What a page outside a main window (in a test) is given."""


def _nothing(tab: str, draft: object) -> None:
    """What a page outside a main window (in a test) is given."""


def _unsaid(text: str) -> None:
    """What a page outside a main window (in a test) is given."""


@dataclass(eq=False)
class Desk:
    """What a page works with. Plain: whoever makes it (``smdesk.app``, a test) fills it in."""

    ctx: Context
    tasks: Tasks
    events: Events
    messages: Messages
    open_tab: Callable[[str, int], None] = _nowhere
    """Show a tab by its name (``smdesk.ui.tabs``) and in it a record (0: none)."""
    open_part: Callable[[str, str, int], None] = _no_part
    """Show a tab, in it a part by its name ("" where the tab has none), and there a record (0: none)."""
    open_narrowed: Callable[[str, str, object, object], None] = _not_narrowed
    """Show a tab, in it a part, and of its list what a filter of its kind finds, sorted so (None: as it is)."""
    new_with: Callable[[str, object], None] = _nothing
    """Show a tab and in it a new record begun with a draft of its kind, which the person looks at and saves."""
    set_badge: Callable[[str, int], None] = _nowhere
    """Show a count on a tab's label, for example letters waiting (0: none)."""

    say: Callable[[str], None] = _unsaid
    """Say in passing, in the status bar, that something was done."""

    def open_incident(self, incident_id: int) -> None:
        self.open_tab("incidents", incident_id)

    def open_exception(self, exception_id: int) -> None:
        self.open_tab("connections", exception_id)

    def open_person(self, person_id: int) -> None:
        self.open_tab("people", person_id)

    def open_letter(self, letter_id: int) -> None:
        self.open_tab("letters", letter_id)

    def open_case(self, case_id: int) -> None:
        self.open_tab("cases", case_id)

    def open_account(self, account_id: int) -> None:
        self.open_tab("accounts", account_id)

    def open_message(self, message_id: int) -> None:
        self.open_part("accounts", "messages", message_id)

    def open_block(self, block_id: int) -> None:
        self.open_part("accounts", "blocks", block_id)

    def open_finding(self, finding_id: int) -> None:
        self.open_part("reputation", "findings", finding_id)

    def open_policy(self, policy_id: int) -> None:
        self.open_tab("agreements", policy_id)
