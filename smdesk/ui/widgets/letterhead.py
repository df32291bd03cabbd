"""The fields of a school's letterhead. The first-run assistant and the settings lay them out each in its own way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit

from smdesk.policy.vocabulary import NATION_LABELS, Nation
from smdesk.services.school import SchoolRecord
from smdesk.ui.widgets.logo_field import LogoField
from smdesk.ui.widgets.text import named


class Letterhead:
    """Holds the widgets; whoever makes it puts them into a form."""

    def __init__(self) -> None:
        self.name = named(QLineEdit(), "school_name")
        self.address = named(QPlainTextEdit(), "school_address")
        self.address.setTabChangesFocus(True)
        self.address.setFixedHeight(self.address.fontMetrics().height() * 4 + 18)
        self.phone = named(QLineEdit(), "school_phone")
        self.email = named(QLineEdit(), "school_email")
        self.website = named(QLineEdit(), "school_website")
        self.nation = named(QComboBox(), "school_nation")
        for nation, label in NATION_LABELS.items():
            self.nation.addItem(label, nation)
        self.logo = LogoField("school_logo")
        self.complaints = named(QLineEdit(), "school_complaints")
        self.channels = named(QLineEdit(), "school_channels")
        self._lines = {
            "name": self.name,
            "phone": self.phone,
            "email": self.email,
            "website": self.website,
            "complaints_procedure": self.complaints,
            "official_channels": self.channels,
        }

    def values(self) -> dict[str, Any]:
        """What is typed, by the names that ``SchoolRecord`` and ``SetupAnswers`` share."""
        return {
            **{name: line.text() for name, line in self._lines.items()},
            "address": self.address.toPlainText(),
            "nation": Nation(self.nation.currentData()),
            "logo": self.logo.data(),
        }

    def show_record(self, record: SchoolRecord) -> None:
        """Fill the fields with what is on record."""
        for name, line in self._lines.items():
            line.setText(getattr(record, name))
        self.address.setPlainText(record.address)
        self.nation.setCurrentIndex(max(0, self.nation.findData(record.nation)))
        self.logo.set_data(record.logo)

    def tell(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` (a bound method) after every change of a field."""
        for line in self._lines.values():
            line.textChanged.connect(changed)
        self.address.textChanged.connect(changed)
        self.nation.currentIndexChanged.connect(changed)
        self.logo.changed.connect(changed)

    def set_read_only(self, read_only: bool) -> None:
        for line in self._lines.values():
            line.setReadOnly(read_only)
        self.address.setReadOnly(read_only)
        self.nation.setEnabled(not read_only)
        self.logo.set_read_only(read_only)
