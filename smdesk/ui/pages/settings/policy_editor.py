"""Changing what schools commonly change in their policy. Saving makes a new version, with a note saying why."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Conflict, Invalid, SmdeskError
from smdesk.policy.profile import LadderStep, Profile, RuleWording, Strictness
from smdesk.services import profiles
from smdesk.services.context import Saved
from smdesk.services.profiles import StoredProfile
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings.policy_words import (
    ACCOUNT_LABELS,
    CLOCK_LABELS,
    CONNECTION_LABELS,
    STRICTNESS_LABELS,
)
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Form, Scrolled, closing
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

_BOUNDS = {
    "reply_hours": (1, 168),
    "removal_chase_days": (0, 30),
    "platform_wait_hours": (0, 336),
    "block_review_months": (1, 60),
    "exception_review_months": (1, 60),
    "exception_reminder_days": (0, 365),
    "policy_review_months": (1, 60),
    "minimum_staff": (0, 20),
    "members_to_agree": (1, 20),
    "review_months": (1, 60),
    "reminder_days": (0, 365),
    "monitor_days_a_week": (0, 7),
    "unwatched_after_days": (1, 60),
}


class PolicyEditor(QDialog):
    """Times, the ladder, connections, accounts and the wordings of the rules. Open it with ``open()``."""

    def __init__(self, desk: Desk, stored: StoredProfile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._stored = stored
        self._rules: dict[str, RuleWording] = dict(stored.profile.rules)
        self._shown_rule = ""
        self.setObjectName("policy_editor")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Change the policy")
        self.problems = ProblemBar("policy_problems")
        tabs = named(QTabWidget(), "policy_editor_tabs", "Parts of the policy")
        tabs.addTab(self._times(), "&Times")
        tabs.addTab(self._ladder(), "&Ladder")
        tabs.addTab(self._connections(), "&Connections")
        tabs.addTab(self._accounts(), "&Accounts")
        tabs.addTab(self._wordings(), "&Rules in words")
        tabs.setDocumentMode(True)
        self._tabs = tabs
        self.note = named(QLineEdit(), "policy_note", "Why it is changed")
        self.note.setPlaceholderText("for example: governors' meeting of 4 March")
        form = Form()
        form.add("&Why it is changed", self.note, "note")
        self.ok = button("&Save as a new version", "policy_save", self._save, look="primary")
        self.cancel = button("Cancel", "policy_cancel", self.reject)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading(f"Change the policy (version {stored.number})", 2))
        column.addWidget(self.problems)
        column.addWidget(tabs, 1)
        column.addWidget(form)
        column.addWidget(
            closing(
                self.cancel,
                self.ok,
                PlainLabel(
                    "Incidents and declarations on record keep their version.", look="muted", wrap=False
                ),
            )
        )
        theme.fit(self, 760, 600)

    def _times(self) -> QWidget:
        page = Scrolled(margin=theme.NORMAL)
        self.switches: dict[str, QCheckBox] = {}
        self.numbers: dict[str, QSpinBox] = {}
        form = Form()
        for key, (label, _) in CLOCK_LABELS.items():
            value = getattr(self._stored.profile.clocks, key)
            if isinstance(value, bool):
                box = named(QCheckBox(label), f"clock_{key}", label)
                box.setChecked(value)
                self.switches[key] = box
                form.add_wide(box)
            else:
                spin = named(QSpinBox(), f"clock_{key}", label)
                spin.setRange(*_BOUNDS[key])
                # All of one width, though their bounds differ.
                spin.setMinimumWidth(5 * theme.LARGE)
                spin.setValue(value)
                self.numbers[key] = spin
                form.add(label, spin, key)
        page.body.addWidget(form)
        page.body.addStretch(1)
        return page

    def _ladder(self) -> QWidget:
        page = Scrolled(margin=theme.NORMAL)
        page.body.addWidget(muted("Steps in their order. A step that is not used is never suggested."))
        self.steps: list[tuple[LadderStep, QCheckBox, QLineEdit]] = []
        for step in self._stored.profile.ladder:
            box = named(QCheckBox(step.label), f"ladder_{step.step.value}", f"{step.label}: used")
            box.setChecked(step.in_use)
            words = named(
                QLineEdit(step.wording), f"ladder_{step.step.value}_wording", f"{step.label}: in words"
            )
            words.setMaxLength(600)
            words.setCursorPosition(0)
            page.body.addWidget(box)
            page.body.addWidget(words)
            self.steps.append((step, box, words))
        page.body.addStretch(1)
        return page

    def _connections(self) -> QWidget:
        """CON-1 to CON-4. Who decides is not changed here: signed decisions are the headteacher's and the chair's."""
        page = Scrolled(margin=theme.NORMAL)
        page.body.addWidget(
            muted(
                "What the policy says of each connection. Staff who reach a pupil are in breach whatever it says."
            )
        )
        self.stances: dict[str, QComboBox] = {}
        self.connection_switches: dict[str, QCheckBox] = {}
        form = Form()
        for key, (label, _) in CONNECTION_LABELS.items():
            value = getattr(self._stored.profile.connections, key)
            if isinstance(value, bool):
                box = named(QCheckBox(label), f"connections_{key}", label)
                box.setChecked(value)
                self.connection_switches[key] = box
                form.add_wide(box)
            elif isinstance(value, Strictness):
                choice = named(QComboBox(), f"connections_{key}", label)
                for stance, words in STRICTNESS_LABELS.items():
                    choice.addItem(words, stance.value)
                choice.setCurrentIndex(choice.findData(value.value))
                self.stances[key] = choice
                form.add(label, choice, key)
        page.body.addWidget(form)
        page.body.addStretch(1)
        return page

    def _accounts(self) -> QWidget:
        """ACC-1 to ACC-9. A switch that is off means that the policy does not ask for it."""
        page = Scrolled(margin=theme.NORMAL)
        page.body.addWidget(
            muted(
                "What the policy asks of the school’s own accounts. Cases that are decided stay as they were decided."
            )
        )
        self.account_switches: dict[str, QCheckBox] = {}
        self.account_numbers: dict[str, QSpinBox] = {}
        form = Form()
        rules = self._stored.profile.accounts
        for key, (label, _) in ACCOUNT_LABELS.items():
            value = getattr(rules, key)
            if isinstance(value, bool):
                box = named(QCheckBox(label), f"accounts_{key}", label)
                box.setChecked(value)
                self.account_switches[key] = box
                form.add_wide(box)
            elif isinstance(value, int):
                spin = named(QSpinBox(), f"accounts_{key}", label)
                spin.setRange(*_BOUNDS[key])
                spin.setMinimumWidth(5 * theme.LARGE)
                spin.setValue(value)
                self.account_numbers[key] = spin
                form.add(label, spin, key)
        self.monitored_by = named(
            QLineEdit(rules.monitored_by), "accounts_monitored_by", "Who looks at the accounts"
        )
        self.monitored_by.setMaxLength(200)
        form.add(ACCOUNT_LABELS["monitored_by"][0], self.monitored_by, "monitored_by")
        self.channels = named(
            QPlainTextEdit("\n".join(rules.official_channels)),
            "accounts_official_channels",
            "Official channels",
        )
        self.channels.setTabChangesFocus(True)
        self.channels.setFixedHeight(self.channels.fontMetrics().lineSpacing() * 4 + 18)
        form.add(
            ACCOUNT_LABELS["official_channels"][0], self.channels, "official_channels", "One on each line"
        )
        page.body.addWidget(form)
        page.body.addStretch(1)
        return page

    def _wordings(self) -> QWidget:
        page = QWidget()
        self.rule = named(QComboBox(), "rule_choice", "Rule")
        for rule in self._rules.values():
            self.rule.addItem(f"{rule.id} · {rule.title}", rule.id)
        self.rule_title = named(QLineEdit(), "rule_title", "Title of the rule")
        self.rule_words = named(QPlainTextEdit(), "rule_wording", "The rule in words")
        self.rule_words.setTabChangesFocus(True)
        form = Form()
        form.add("R&ule", self.rule)
        form.add("Titl&e", self.rule_title, "rules")
        form.add("In w&ords", self.rule_words)
        column = QVBoxLayout(page)
        theme.roomy(column, theme.NORMAL)
        column.addWidget(muted("These words stand beside the advice and in letters."))
        column.addWidget(form, 1)
        self.rule.currentIndexChanged.connect(self._rule_chosen)
        self._rule_chosen()
        return page

    def _rule_chosen(self) -> None:
        self._keep_rule()
        self._shown_rule = str(self.rule.currentData() or "")
        shown = self._rules.get(self._shown_rule)
        self.rule_title.setText(shown.title if shown else "")
        self.rule_words.setPlainText(shown.wording if shown else "")

    def _keep_rule(self) -> None:
        before = self._rules.get(self._shown_rule)
        if before is not None:
            self._rules[self._shown_rule] = replace(
                before, title=self.rule_title.text().strip(), wording=self.rule_words.toPlainText().strip()
            )

    def profile(self) -> Profile:
        """The policy as changed here."""
        self._keep_rule()
        clocks = replace(
            self._stored.profile.clocks,
            **{key: box.isChecked() for key, box in self.switches.items()},
            **{key: spin.value() for key, spin in self.numbers.items()},
        )
        ladder = tuple(
            replace(step, in_use=box.isChecked(), wording=words.text().strip())
            for step, box, words in self.steps
        )
        connections = replace(
            self._stored.profile.connections,
            **{key: box.isChecked() for key, box in self.connection_switches.items()},
            **{key: Strictness(choice.currentData()) for key, choice in self.stances.items()},
        )
        channels = (" ".join(line.split()) for line in self.channels.toPlainText().splitlines())
        accounts = replace(
            self._stored.profile.accounts,
            **{key: box.isChecked() for key, box in self.account_switches.items()},
            **{key: spin.value() for key, spin in self.account_numbers.items()},
            monitored_by=" ".join(self.monitored_by.text().split()),
            official_channels=tuple(line for line in channels if line),
        )
        return replace(
            self._stored.profile,
            clocks=clocks,
            ladder=ladder,
            connections=connections,
            accounts=accounts,
            rules=dict(self._rules),
        )

    def reject(self) -> None:
        if self.profile() != self._stored.profile and not self._desk.messages.confirm(
            "Close without saving the changed policy?", "Close without saving", "Go back", danger=True
        ):
            return
        super().reject()

    def _save(self) -> None:
        self.problems.clear()
        note = self.note.text().strip()
        if len(note) < 3:
            self.problems.show_problems(
                Invalid.one("note", "Say in a few words why the policy is changed."), {"note": self.note}
            )
            return
        ctx, profile, expected = self._desk.ctx, self.profile(), self._stored.id
        self.ok.setEnabled(False)
        self._desk.tasks.run(
            self,
            lambda progress: profiles.save_edit(ctx, profile, note, expected),
            self._saved,
            self._refused,
            ended=self._ended,
        )

    def _saved(self, _saved: Saved) -> None:
        self.accept()

    def _refused(self, error: SmdeskError) -> None:
        if isinstance(error, Conflict):
            self._desk.messages.error(
                error,
                more="Close this window, look at the new version under Versions, and make your change to it.",
            )
            return
        self.problems.show_problems(error, {"note": self.note})

    def _ended(self) -> None:
        self.ok.setEnabled(True)
