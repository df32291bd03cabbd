"""The tabs: who gets which, and where its page is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission, Role, allowed
from smdesk.ui.desk import Desk


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: who gets it and how its page is made (imported only then, so that the window opens quickly)."""

    name: str
    label: str
    permissions: tuple[Permission, ...]
    make: Callable[[Desk], QWidget]


def _today(desk: Desk) -> QWidget:
    from smdesk.ui.pages.today.page import Page

    return Page(desk)


def _incidents(desk: Desk) -> QWidget:
    from smdesk.ui.pages.incidents.page import Page

    return Page(desk)


def _connections(desk: Desk) -> QWidget:
    from smdesk.ui.pages.connections.page import Page

    return Page(desk)


def _cases(desk: Desk) -> QWidget:
    from smdesk.ui.pages.cases.page import Page

    return Page(desk)


def _accounts(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.page import Page

    return Page(desk)


def _reputation(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reputation.page import Page

    return Page(desk)


def _agreements(desk: Desk) -> QWidget:
    from smdesk.ui.pages.agreements.page import Page

    return Page(desk)


def _people(desk: Desk) -> QWidget:
    from smdesk.ui.pages.people.page import Page

    return Page(desk)


def _letters(desk: Desk) -> QWidget:
    from smdesk.ui.pages.letters.page import Page

    return Page(desk)


def _queue(desk: Desk) -> QWidget:
    from smdesk.ui.pages.queue.page import Page

    return Page(desk)


def _reports(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reports.parts import ReportsPage

    return ReportsPage(desk)


def _settings(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.page import Page

    return Page(desk)


TABS = (
    Tab("today", "Today", (Permission.TODAY_READ,), _today),
    Tab("incidents", "Incidents", (Permission.INCIDENTS_READ,), _incidents),
    Tab("connections", "Connections", (Permission.CONNECTIONS_READ,), _connections),
    Tab("cases", "Business cases", (Permission.CASES_READ,), _cases),
    Tab("accounts", "Accounts", (Permission.ACCOUNTS_READ,), _accounts),
    Tab("reputation", "Reputation", (Permission.REPUTATION_READ,), _reputation),
    Tab("agreements", "Agreements", (Permission.AGREEMENTS_READ,), _agreements),
    Tab("people", "People", (Permission.PEOPLE_READ,), _people),
    Tab("letters", "Letters", (Permission.LETTERS_READ,), _letters),
    Tab("queue", "To decide", (Permission.QUEUE_READ,), _queue),
    Tab("reports", "Reports", (Permission.REPORTS_FIGURES,), _reports),
    # Everybody may change their own password (from the menu); the tab is for those with something to look after.
    Tab(
        "settings",
        "Settings",
        (
            Permission.SCHOOL_EDIT,
            Permission.PROFILE_EDIT,
            Permission.USERS_MANAGE,
            Permission.USERS_CONFIRM_KEY,
            Permission.BACKUPS_MAKE,
            Permission.INCIDENTS_EDIT,
        ),
        _settings,
    ),
)


def tabs_for(roles: frozenset[Role], tabs: tuple[Tab, ...] = TABS) -> tuple[Tab, ...]:
    """The tabs these roles may use. A governor gets the reports and nothing else."""
    return tuple(tab for tab in tabs if any(allowed(roles, p) for p in tab.permissions))
