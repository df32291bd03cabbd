"""Settings, Policy: what the school's policy says now, its versions, and changing it into a new one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from smdesk.security.permissions import Permission, allowed
from smdesk.services import profiles
from smdesk.services.context import LOCAL, Changes, Saved
from smdesk.services.profiles import ShippedProfile, StoredProfile
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings.policy_editor import PolicyEditor
from smdesk.ui.pages.settings.policy_words import account_lines, clock_lines, connection_lines, differences
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.dialogs import ask_reason
from smdesk.ui.widgets.forms import Form, closing, row
from smdesk.ui.widgets.plain_table import PlainTable
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named


@dataclass(frozen=True)
class _Shown:
    current: StoredProfile
    versions: list[StoredProfile]


class PolicySection(QWidget):
    """The policy in words, and the list of its versions."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_policy")
        self._desk = desk
        self._current: StoredProfile | None = None
        self._versions: list[StoredProfile] = []
        self._may_edit = allowed(desk.ctx.user.roles, Permission.PROFILE_EDIT)
        self.title = heading("", 2)
        self.title.setObjectName("policy_title")
        self.about = muted("")
        self.edit_button = button("&Change…", "policy_edit", self.edit, look="primary")
        self.adopt_button = button("S&tart from another policy…", "policy_adopt", self._adopt)
        self.edit_button.setEnabled(False)
        self.rules = named(QTextBrowser(), "policy_rules", "What the policy says")
        self.rules.setOpenLinks(False)
        self.tabs = named(QTabWidget(), "policy_tabs", "Policy and its versions")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.rules, "What it says")
        self.tabs.addTab(self._versions_page(), "Versions")
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Policy"))
        column.addWidget(self.title)
        column.addWidget(self.about)
        if self._may_edit:
            column.addWidget(row(self.edit_button, self.adopt_button, None))
        else:
            column.addWidget(muted("The headteacher or an administrator changes the policy."))
        column.addWidget(self.tabs, 1)
        desk.events.changed.connect(self._changed)

    def _versions_page(self) -> QWidget:
        page = QWidget()
        self.table = PlainTable(
            ("Version", "Since", "By", "Note"), "policy_versions", "Versions of the policy", stretch=3
        )
        self.earlier = named(QComboBox(), "policy_compare_from", "Compare version")
        self.later = named(QComboBox(), "policy_compare_to", "with version")
        self.compare_table = PlainTable(
            ("What", "In the first", "In the second"),
            "policy_differences",
            "What differs between the two versions",
            wrap=True,
        )
        self.same = muted("")
        self.earlier.currentIndexChanged.connect(self._compare)
        self.later.currentIndexChanged.connect(self._compare)
        column = QVBoxLayout(page)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(muted("Every incident keeps the version it was logged under."))
        column.addWidget(self.table, 1)
        column.addWidget(
            row(
                PlainLabel("Compare", wrap=False),
                self.earlier,
                PlainLabel("with", wrap=False),
                self.later,
                None,
            )
        )
        column.addWidget(self.same)
        column.addWidget(self.compare_table, 2)
        return page

    def activate(self) -> None:
        ctx = self._desk.ctx

        def work(progress: object) -> _Shown:
            return _Shown(profiles.current(ctx), profiles.versions(ctx))

        self._desk.tasks.latest(self, "policy", work, self._loaded)

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """The editor is a dialog: it saves a new version or nothing."""

    def edit(self) -> None:
        if self._current is not None:
            PolicyEditor(self._desk, self._current, self).open()

    def _loaded(self, shown: _Shown) -> None:
        self._current, self._versions = shown.current, shown.versions
        self.edit_button.setEnabled(True)
        profile = shown.current.profile
        self.title.setText(f"{shown.current.title} · version {shown.current.number}")
        self.about.setText(profile.description)
        self.rules.setHtml(as_html(shown.current))
        self.table.show_rows(
            [
                (
                    f"{version.number} (now)" if version.is_current else str(version.number),
                    long_day(version.created_at.astimezone(LOCAL).date()),
                    version.created_by or "first run",
                    version.note,
                )
                for version in self._versions
            ]
        )
        for box, chosen in ((self.earlier, min(1, len(self._versions) - 1)), (self.later, 0)):
            box.blockSignals(True)
            box.clear()
            for version in self._versions:
                box.addItem(f"Version {version.number}", version.id)
            box.setCurrentIndex(chosen)
            box.blockSignals(False)
        self._compare()

    def _compare(self) -> None:
        places = (self.earlier.currentIndex(), self.later.currentIndex())
        if min(places) < 0:
            return
        found = differences(self._versions[places[0]].profile, self._versions[places[1]].profile)
        self.same.setText(
            "" if found else "There is only one version." if len(self._versions) < 2 else "No difference."
        )
        self.same.setVisible(not found)
        self.compare_table.show_rows(found)

    def _adopt(self) -> None:
        if self._current is None:
            return
        dialog = AdoptDialog(profiles.shipped(), self)
        taken = dialog.exec() == QDialog.DialogCode.Accepted
        name = dialog.chosen()
        dialog.deleteLater()
        if not taken:
            return
        note = ask_reason(
            "Start from another policy",
            "Why is the policy changed?",
            "&Change the policy",
            self,
            explanation="It becomes a new version for incidents logged from now on. Open ones keep theirs.",
        )
        if note is None:
            return
        ctx, expected = self._desk.ctx, self._current.id
        self._desk.tasks.run(self, lambda progress: profiles.adopt(ctx, name, note, expected), self._adopted)

    def _adopted(self, _saved: Saved) -> None:
        self.activate()

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "profile") and self.isVisible():
            self.activate()


class AdoptDialog(QDialog):
    """Choose one of the shipped policies, with what it says of itself."""

    def __init__(self, shipped: list[ShippedProfile], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shipped = shipped
        self.setObjectName("adopt_dialog")
        self.setWindowTitle("Start from another policy")
        self.box = named(QComboBox(), "adopt_choice", "Policy")
        for profile in shipped:
            self.box.addItem(profile.title, profile.name)
        self.text = PlainLabel("")
        self.ok = button("&Take this one", "adopt_ok", self.accept, look="primary")
        self.ok.setDefault(True)
        form = Form()
        form.add("&Policy", self.box)
        column = QVBoxLayout(self)
        theme.roomy(column)
        for widget in (
            heading("Start from another policy", 2),
            PlainLabel("What the school changed in its present policy is not carried over."),
            form,
            self.text,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(closing(button("Cancel", "adopt_cancel", self.reject), self.ok))
        theme.fit(self, 560, 300)
        self.box.currentIndexChanged.connect(self._shown)
        self._shown()

    def chosen(self) -> str:
        return str(self.box.currentData())

    def _shown(self) -> None:
        self.text.setText(self._shipped[self.box.currentIndex()].description)


def as_html(stored: StoredProfile) -> str:
    """The policy as a page to read. Every text of the profile is escaped: a school may have typed anything."""
    from html import escape

    profile = stored.profile
    parts = ["<h3>Times</h3><table cellpadding='3'>"]
    parts += [
        f"<tr><td>{escape(label)}</td><td><b>{escape(value)}</b></td></tr>"
        for label, value in clock_lines(profile.clocks)
    ]
    parts.append("</table><h3>The ladder for parents</h3><ol>")
    parts += [
        f"<li><b>{escape(step.label)}</b>{'' if step.in_use else ' (not used)'}<br>{escape(step.wording)}</li>"
        for step in profile.ladder
    ]
    parts.append(
        "</ol><h3>Connections between pupils, parents and adults of the school</h3><table cellpadding='3'>"
    )
    parts += [
        f"<tr><td>{escape(label)}</td><td><b>{escape(value)}</b></td></tr>"
        for label, value in connection_lines(profile.connections)
    ]
    parts.append("</table><h3>School accounts</h3><table cellpadding='3'>")
    parts += [
        f"<tr><td>{escape(label)}</td><td><b>{escape(value)}</b></td></tr>"
        for label, value in account_lines(profile.accounts)
    ]
    parts.append("</table><h3>Rules</h3>")
    parts += [
        f"<p><b>{escape(rule.id)} · {escape(rule.title)}</b>{' (taken on by the school)' if rule.adopted else ''}"
        f"<br>{escape(rule.wording)}</p>"
        for rule in profile.rules.values()
    ]
    return "".join(parts)
