"""What the policy says, beside the form: what to do next, by when, why, and what has been done with this person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from smdesk.policy.model import Recommendation
from smdesk.policy.vocabulary import NOTIFY_LABELS, ROUTE_LABELS, STEP_LABELS, Nation, Route, Step
from smdesk.policy.words import written_day
from smdesk.services.incident_records import AdviceView, RuleText
from smdesk.ui import theme
from smdesk.ui.pages.incidents import words
from smdesk.ui.widgets.buttons import EnterButton

ROUTE_EXPLAINED = {
    Route.LADDER: "Handled step by step with the parent or carer.",
    Route.BEHAVIOUR_POLICY: "A pupil: handled under the school's behaviour policy.",
    Route.CODE_OF_CONDUCT: "Somebody who works with the school: handled under the code of conduct.",
    Route.THIRD_PARTY: "Nobody the school's policies bind, or not known: reported to the platform.",
}

START_LABELS: dict[Step, str] = {
    Step.ASK_REMOVAL: "Ask for removal…",
    Step.TALK: "Record a talk…",
    Step.MEET_WITH_CHAIR: "Record the meeting…",
    Step.REFER_TO_COMPLAINTS: "Record that you pointed to it…",
    Step.WRITTEN_WARNING: "Draft the letter",
    Step.SECOND_WARNING: "Draft the letter",
    Step.REPORT_TO_PLATFORM: "How to report it…",
    Step.POSH: "Prepare a summary…",
    Step.BLOCK: "Record the block…",
    Step.LEGAL_ADVICE: "Prepare a summary…",
    Step.LEGAL_ACTION: "Prepare a summary…",
    Step.POLICE: "Prepare a summary…",
    Step.BEHAVIOUR_POLICY: "Record what was done…",
    Step.DISCIPLINARY: "Record what was done…",
    Step.PREVENT_DECISION: "Decide…",
    Step.ADVISE_FAMILY: "Record the advice…",
    Step.IWF: "Record and report…",
    Step.NO_ACTION: "Decide not to act…",
}


@dataclass(frozen=True, slots=True)
class AdviceSetting:
    """What the panel needs besides the advice: the clock, and what this reader may start here."""

    now: datetime
    nation: Nation
    can_act: bool
    may_decide_prevent: bool
    closed: bool = False
    replied: bool = False
    left_out: frozenset[Step] = frozenset()
    """Steps somebody left out of this incident with a reason; they can still be taken."""


def plain(text: str, parent: QWidget, look: str = "") -> QLabel:
    """A label that shows its text as it is, wrapped, and can be selected with the mouse."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if look:
        label.setProperty("look", look)
    return label


class RuleLine(QWidget):
    """A rule's id on a button; pressed, the rule is read out below in the school's words."""

    toggled = Signal(object, bool)

    def __init__(self, rule: str, text: RuleText | None, name: str, open_: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._rule = rule
        self._title = f"Rule {rule}: {text.title}" if text is not None else f"Rule {rule}"
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.TIGHT)
        self.button = EnterButton(self)
        self.button.setObjectName(f"{name}_rule")
        self.button.setProperty("look", "link")
        self.button.setCheckable(True)
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout.addWidget(self.button)
        self.wording = plain("", self)
        self.wording.setObjectName(f"{name}_rule_words")
        if text is None:
            self.wording.setText("The school's policy has no wording for this rule.")
        else:
            self.wording.setText(f"{text.title}. {text.wording}")
        self.wording.setContentsMargins(theme.NORMAL, 0, 0, theme.TIGHT)
        layout.addWidget(self.wording)
        self.button.setChecked(open_)
        self._show(open_)
        self.button.toggled.connect(self._toggled)

    def _toggled(self, on: bool) -> None:
        self._show(on)
        self.toggled.emit(self._rule, on)

    def _show(self, on: bool) -> None:
        self.wording.setVisible(on)
        self.button.setText(f"{'▾' if on else '▸'} The rule in words ({self._rule})")
        self.button.setAccessibleName(f"{'Hide' if on else 'Show'} the rule in words. {self._title}")


class StepCard(QFrame):
    """One step the policy puts next."""

    start = Signal(object)
    skip = Signal(object)

    def __init__(self, number: int, step: Recommendation, setting: AdviceSetting, parent: QWidget) -> None:
        super().__init__(parent)
        self._step = step.step
        name = f"advice_{step.step}"
        self.setObjectName(name)
        self.setProperty("card", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.NORMAL, theme.SMALL, theme.NORMAL, theme.SMALL)
        layout.setSpacing(theme.TIGHT)
        left_out = step.step in setting.left_out
        title = plain(f"{'–' if left_out else f'{number}.'} {STEP_LABELS[step.step]}", self)
        title.setFont(theme.heading_font(self.font(), 3))
        layout.addWidget(title)
        if left_out:
            layout.addWidget(plain("Left out, with the reason on record. It can still be taken.", self))
        elif step.by is not None and not setting.closed:
            by = words.by_when(step.by, setting.now)
            left = words.time_left(step.by, setting.now, setting.nation)
            due = plain(f"{by[0].upper()}{by[1:]} ({left})", self)
            due.setObjectName(f"{name}_by")
            if left.startswith("overdue"):
                due.setProperty("look", "danger")
            layout.addWidget(due)
        layout.addWidget(plain(step.why, self, "muted" if left_out else ""))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.SMALL)
        if setting.can_act:
            self._add_buttons(name, number == 1, setting)
        layout.addLayout(self._buttons)

    def _add_buttons(self, name: str, first: bool, setting: AdviceSetting) -> None:
        start = EnterButton(START_LABELS[self._step], self)
        start.setObjectName(f"{name}_start")
        start.setAccessibleName(f"{STEP_LABELS[self._step]}: {START_LABELS[self._step].rstrip('…')}")
        if first:
            start.setProperty("look", "primary")
        if self._step is Step.PREVENT_DECISION and not setting.may_decide_prevent:
            start.setEnabled(False)
            start.setText("Waits for the DSL")
        start.clicked.connect(self._start)
        self._buttons.addWidget(start)
        if self._step not in setting.left_out | {Step.NO_ACTION, Step.PREVENT_DECISION, Step.IWF}:
            skip = EnterButton("Leave out…", self)
            skip.setObjectName(f"{name}_skip")
            skip.setAccessibleName(f"Leave out, with a reason: {STEP_LABELS[self._step]}")
            skip.clicked.connect(self._skip)
            self._buttons.addWidget(skip)
        self._buttons.addStretch(1)

    def _start(self) -> None:
        self.start.emit(self._step)

    def _skip(self) -> None:
        self.skip.emit(self._step)


class AdvicePanel(QScrollArea):
    """The advice, drawn anew whenever it differs from what is shown."""

    step_wanted = Signal(object)
    """Carries the ``Step`` somebody pressed."""
    skip_wanted = Signal(object)
    reply_wanted = Signal()
    exception_wanted = Signal(object)
    """Carries the id of a connection exception somebody wants to look at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("advice_panel")
        self.setAccessibleName("What the policy says")
        self.setProperty("plain", True)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(280)
        self._shown: AdviceView | None = None
        self._setting: AdviceSetting | None = None
        self._open_rules: set[str] = set()
        self.say("What the policy says appears here as you fill in the form.")

    @property
    def view(self) -> AdviceView | None:
        """The advice shown now."""
        return self._shown

    def say(self, sentence: str) -> None:
        """Show a sentence in place of advice."""
        self._shown = None
        body, layout = self._new_body()
        layout.addWidget(plain(sentence, body, "muted"))
        layout.addStretch(1)
        self.setWidget(body)

    def show_advice(self, view: AdviceView, setting: AdviceSetting) -> None:
        """Draw the advice; keyboard focus, scroll position and opened rules stay where they were."""
        if view == self._shown and setting == self._setting:
            return
        self._shown, self._setting = view, setting
        held = self._held_focus()
        position = self.verticalScrollBar().value()
        body, layout = self._new_body()
        self._add_head(view, setting, body, layout)
        self._add_exceptions(view, body, layout)
        self._add_steps(view, setting, body, layout)
        self._add_refused(view, body, layout)
        self._add_ladder(view, body, layout)
        self._add_notes(view, body, layout)
        layout.addStretch(1)
        self.setWidget(body)
        self.verticalScrollBar().setValue(position)
        again = body.findChild(QWidget, held) if held else None
        if again is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _held_focus(self) -> str:
        focus = QApplication.focusWidget()
        return focus.objectName() if focus is not None and self.isAncestorOf(focus) else ""

    def _new_body(self) -> tuple[QWidget, QVBoxLayout]:
        body = QWidget(self)
        body.setObjectName("scrolled")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(theme.NORMAL, theme.SMALL, theme.NORMAL, theme.NORMAL)
        layout.setSpacing(theme.SMALL)
        title = plain("What the policy says", body)
        title.setObjectName("advice_title")
        title.setFont(theme.heading_font(self.font(), 2))
        layout.addWidget(title)
        return body, layout

    def _add_head(self, view: AdviceView, setting: AdviceSetting, body: QWidget, layout: QVBoxLayout) -> None:
        advice = view.advice
        if setting.closed:
            closed = plain("This incident is closed. To go on with it, open it again under Actions.", body)
            closed.setObjectName("advice_closed")
            layout.addWidget(closed)
        elif advice.urgent:
            layout.addWidget(self._banner(body))
        layout.addWidget(plain(f"{ROUTE_LABELS[advice.route]}. {ROUTE_EXPLAINED[advice.route]}", body))
        if advice.notify:
            told = ", ".join(NOTIFY_LABELS[each] for each in advice.notify)
            label = plain(f"Tell: {told}.", body)
            label.setObjectName("advice_notify")
            layout.addWidget(label)
        if advice.reply_by is not None:
            self._add_reply(advice.reply_by, setting, body, layout)

    def _banner(self, body: QWidget) -> QFrame:
        banner = QFrame(body)
        banner.setObjectName("advice_urgent")
        banner.setProperty("tone", "danger")
        banner.setAccessibleName("Urgent: act now")
        row = QHBoxLayout(banner)
        row.setContentsMargins(theme.NORMAL, theme.SMALL, theme.NORMAL, theme.SMALL)
        icon = QLabel(banner)
        icon.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning).pixmap(22, 22))
        icon.setAccessibleName("Warning")
        row.addWidget(icon)
        text = plain("URGENT: act now. Take the first step below before anything else.", banner)
        text.setFont(theme.heading_font(self.font(), 3))
        row.addWidget(text, 1)
        return banner

    def _add_reply(self, due: datetime, setting: AdviceSetting, body: QWidget, layout: QVBoxLayout) -> None:
        frame = QFrame(body)
        frame.setObjectName("advice_reply")
        frame.setProperty("card", True)
        row = QVBoxLayout(frame)
        row.setContentsMargins(theme.NORMAL, theme.SMALL, theme.NORMAL, theme.SMALL)
        row.setSpacing(theme.TIGHT)
        if setting.replied:
            row.addWidget(plain("Comment on a school account: answered.", frame))
        elif setting.closed:
            row.addWidget(plain("Comment on a school account: no reply was recorded.", frame))
        else:
            left = words.time_left(due, setting.now, setting.nation)
            text = (
                f"Comment on a school account: answer it {words.by_when(due, setting.now)} "
                f"({left}). An acknowledgement counts."
            )
            label = plain(text, frame, "danger" if left.startswith("overdue") else "")
            label.setObjectName("advice_reply_clock")
            row.addWidget(label)
            if setting.can_act:
                button = EnterButton("Record the reply…", frame)
                button.setObjectName("advice_reply_record")
                button.setAccessibleName("Record that the comment was answered")
                button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
                button.clicked.connect(self.reply_wanted)
                row.addWidget(button)
        layout.addWidget(frame)

    def _add_steps(
        self, view: AdviceView, setting: AdviceSetting, body: QWidget, layout: QVBoxLayout
    ) -> None:
        if not view.advice.next:
            text = "Tick what was done, and the policy's next steps appear here."
            layout.addWidget(plain(text, body, "muted"))
            return
        layout.addWidget(self._heading("What would come next" if setting.closed else "Next", body))
        # What was left out goes to the end: it is no longer what to do next.
        steps = sorted(view.advice.next, key=lambda step: step.step in setting.left_out)
        for number, step in enumerate(steps, 1):
            card = StepCard(number, step, setting, body)
            card.start.connect(self.step_wanted)
            card.skip.connect(self.skip_wanted)
            line = self._rule_line(step.rule, view, f"advice_{step.step}", card)
            if line is not None:
                card.layout().insertWidget(card.layout().count() - 1, line)
            layout.addWidget(card)

    def _add_exceptions(self, view: AdviceView, body: QWidget, layout: QVBoxLayout) -> None:
        """What the register says of the contact, before what to do about it (CON-3)."""
        if not view.exceptions:
            return
        layout.addWidget(self._heading("In the register of exceptions", body))
        for place, found in enumerate(view.exceptions):
            frame = QFrame(body)
            frame.setObjectName(f"advice_exception_{place}")
            if found.exception_id is not None:
                frame.setProperty("tone", "info" if found.covers and not found.partly else "warning")
            column = QVBoxLayout(frame)
            edge = theme.SMALL if found.exception_id is not None else 0
            column.setContentsMargins(edge, edge, edge, edge)
            column.setSpacing(theme.TIGHT)
            column.addWidget(plain(found.text, frame))
            if found.exception_id is not None:
                opener = EnterButton(f"Open {found.reference}", frame)
                opener.setObjectName(f"advice_exception_{place}_open")
                opener.setAccessibleName(f"Open exception {found.reference}")
                opener.setProperty("look", "link")
                opener.setProperty("exception", found.exception_id)
                opener.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
                opener.clicked.connect(self._open_exception)
                column.addWidget(opener)
            layout.addWidget(frame)

    def _open_exception(self) -> None:
        self.exception_wanted.emit(self.sender().property("exception"))

    def _add_refused(self, view: AdviceView, body: QWidget, layout: QVBoxLayout) -> None:
        if not view.advice.refused:
            return
        layout.addWidget(self._heading("Not now", body))
        # Several steps are often ruled out by one and the same sentence: it is said once.
        together: dict[tuple[str, str], list[Recommendation]] = {}
        for step in view.advice.refused:
            together.setdefault((step.why, step.rule), []).append(step)
        for (why, rule), refused in together.items():
            names = "\n".join(f"✕ {STEP_LABELS[step.step]}" for step in refused)
            label = plain(f"{names}\n{why}", body)
            name = "_".join(["advice_refused", *(str(step.step) for step in refused)])
            label.setObjectName(name)
            label.setAccessibleName(
                f"Not now: {', '.join(STEP_LABELS[step.step] for step in refused)}. {why}"
            )
            layout.addWidget(label)
            line = self._rule_line(rule, view, name, body)
            if line is not None:
                layout.addWidget(line)

    def _add_ladder(self, view: AdviceView, body: QWidget, layout: QVBoxLayout) -> None:
        if view.advice.route is not Route.LADDER or not view.ladder:
            return
        who = view.author_name or "this person"
        layout.addWidget(self._heading(f"So far with {who}", body))
        taken = [(step, on) for step, on in view.ladder if on is not None]
        text = "Nothing yet, in any incident." if not taken else ""
        lines = [
            f"{'✓' if on is not None else '○'} {STEP_LABELS[step]}"
            + (f", {written_day(on)}" if on is not None else "")
            for step, on in view.ladder
        ]
        label = plain("\n".join([*([text] if text else []), *lines]), body)
        label.setObjectName("advice_ladder")
        spoken = [
            f"{STEP_LABELS[s]}: {'done ' + written_day(on) if on else 'not yet'}" for s, on in view.ladder
        ]
        label.setAccessibleName("Steps so far. " + ". ".join(spoken))
        layout.addWidget(label)

    def _add_notes(self, view: AdviceView, body: QWidget, layout: QVBoxLayout) -> None:
        if view.advice.notes:
            layout.addWidget(self._heading("To know", body))
        for index, note in enumerate(view.advice.notes):
            layout.addWidget(plain(f"• {note.text}", body))
            line = self._rule_line(note.rule, view, f"advice_note_{index}", body)
            if line is not None:
                layout.addWidget(line)
        if view.contacts:
            layout.addWidget(self._heading("Whom to ask", body))
            contacts = plain("\n".join(view.contacts), body)
            contacts.setObjectName("advice_contacts")
            layout.addWidget(contacts)
        version = f"{view.profile_title}, version {view.profile_number} of your school's policy"
        layout.addWidget(plain(version, body, "muted"))

    def _heading(self, text: str, body: QWidget) -> QLabel:
        label = plain(text, body)
        label.setFont(theme.heading_font(self.font(), 3))
        label.setContentsMargins(0, theme.SMALL, 0, 0)
        return label

    def _rule_line(self, rule: str, view: AdviceView, name: str, parent: QWidget) -> RuleLine | None:
        if not rule:
            return None
        line = RuleLine(rule, view.rules.get(rule), name, f"{name}:{rule}" in self._open_rules, parent)
        line.setProperty("key", f"{name}:{rule}")
        line.toggled.connect(self._rule_toggled)
        return line

    def _rule_toggled(self, _rule: str, on: bool) -> None:
        key = str(self.sender().property("key"))
        if on:
            self._open_rules.add(key)
        else:
            self._open_rules.discard(key)
