"""The first-run assistant: one question at a time, Back keeps everything, nothing is written before the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem, SmdeskError
from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import NATION_LABELS
from smdesk.security import vault
from smdesk.security.keysfile import Argon2Parameters
from smdesk.security.permissions import ROLE_LABELS
from smdesk.services import profiles, setup
from smdesk.services.context import utc_now
from smdesk.services.setup import SetupAnswers, SetupResult
from smdesk.ui import theme
from smdesk.ui.first_run.recovery_step import RecoveryStep
from smdesk.ui.first_run.steps import CheckStep, PeopleStep, PolicyStep, SchoolStep, Step, WelcomeStep
from smdesk.ui.messages import Messages
from smdesk.ui.tasks import Job, Progress, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, dress, named

_LABELS = ("Welcome", "Your school", "Policy", "People", "Check", "Recovery code")


class FirstRun(QWidget):
    """``finished`` carries the login of whoever will most likely sign in first."""

    finished = Signal(str)
    other_folder = Signal()

    def __init__(
        self,
        folder: SchoolFolder,
        tasks: Tasks,
        messages: Messages,
        *,
        now: Callable[[], datetime] = utc_now,
        params: Argon2Parameters = vault.PRODUCTION,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("first_run")
        self._folder, self._tasks, self._messages, self._now, self._params = (
            folder,
            tasks,
            messages,
            now,
            params,
        )
        self._answers: SetupAnswers | None = None
        self._job: Job | None = None
        self._code_kept = False
        self.welcome = WelcomeStep(folder)
        self.school = SchoolStep()
        self.policy = PolicyStep()
        self.people = PeopleStep()
        self.check = CheckStep()
        self.recovery: RecoveryStep | None = None
        self.steps: list[Step] = [self.welcome, self.school, self.policy, self.people, self.check]
        self.stack = QStackedWidget()
        for step in self.steps:
            self.stack.addWidget(step)
        self._signs = [PlainLabel("", wrap=False) for _ in _LABELS]
        self._marks = [PlainLabel(label, wrap=False) for label in _LABELS]
        self.problems = ProblemBar("first_run_problems")
        self.bar = named(QProgressBar(), "first_run_progress", "Setting up the school")
        self.bar.hide()
        self.back = button("&Back", "first_run_back", self._back)
        self.next = button("&Next", "first_run_next", self._next, look="primary", tip="Ctrl+Enter")
        self._lay_out()
        self.welcome.other_folder.connect(self.other_folder)
        tasks.progressed.connect(self._progressed)
        self._show_step(0)

    def _lay_out(self) -> None:
        side = QWidget()
        marks = QGridLayout(side)
        theme.roomy(marks, theme.LARGE, theme.SMALL)
        # The signs differ in width: in a column of their own, so that the names stay where they are.
        marks.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance("✓") + 2)
        for line, (sign, mark) in enumerate(zip(self._signs, self._marks, strict=True)):
            marks.addWidget(sign, line, 0)
            marks.addWidget(mark, line, 1)
        marks.setColumnStretch(1, 1)
        marks.setRowStretch(len(self._marks), 1)
        side.setMinimumWidth(170)
        foot = row(self.bar, None, self.back, self.next)
        foot.layout().setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.NORMAL)
        bar = QWidget()
        holder = QHBoxLayout(bar)
        holder.setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, 0)
        holder.addWidget(self.problems)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(bar)
        right.addWidget(self.stack, 1)
        right.addWidget(foot)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(side)
        outer.addLayout(right, 1)

    def put_focus(self) -> None:
        step = self.current()
        first = step.first_field()
        target = first if first is not None else self.next
        (target.focusProxy() or target).setFocus()

    def current(self) -> Step:
        step = self.stack.currentWidget()
        assert isinstance(step, Step)  # noqa: S101 - the stack holds nothing else.
        return step

    def may_leave(self) -> bool:
        """Asked when the window is closed."""
        if self.recovery is not None and not self._code_kept:
            return self._messages.confirm(
                "Close without having kept the recovery code?",
                "Close without it",
                "Go back",
                more="It is stored nowhere. A new one can be made later under Settings, as long as somebody who "
                "manages users can still sign in.",
                danger=True,
            )
        typed = self.school.head.name.text().strip() or self.people.head.name.text().strip()
        if self.recovery is None and typed:
            return self._messages.confirm(
                "Stop setting up the school?", "Stop", "Go on", more="What you typed is not kept."
            )
        return True

    # From page to page

    def _show_step(self, place: int) -> None:
        self.problems.clear()
        self.stack.setCurrentIndex(place)
        last = place == len(_LABELS) - 1
        for number, (sign, mark, label) in enumerate(zip(self._signs, self._marks, _LABELS, strict=True)):
            sign.setText("✓" if number < place else "▸" if number == place else "")
            dress(mark, look="" if number == place else "muted")
            font = mark.font()
            font.setWeight(QFont.Weight.DemiBold if number == place else QFont.Weight.Normal)
            mark.setFont(font)
            mark.setAccessibleName(f"Step {number + 1} of {len(_LABELS)}: {label}")
        # A made school is not unmade by going back.
        self.back.setVisible(place > 0 and not last)
        self.next.setText(
            "&Finish" if last else "&Set up the school" if place == len(_LABELS) - 2 else "&Next"
        )
        self.next.setAccessibleName(self.next.text().replace("&", ""))
        self.next.setShortcut("Ctrl+Return")  # a new text takes the shortcut away
        self.put_focus()

    def _back(self) -> None:
        self._show_step(max(0, self.stack.currentIndex() - 1))

    def _next(self) -> None:
        self.problems.clear()
        step = self.current()
        try:
            if step is self.school:
                self._refuse_problems("users", "profile_name")
            elif step is self.people:
                self._refuse_problems()
                self._show_summary()
            elif step is self.check:
                self._create()
                return
            elif step is self.recovery and self.recovery is not None:
                self.recovery.check()
                self._finish()
                return
        except Invalid as error:
            self.problems.show_problems(error, step.fields)
            return
        self._show_step(self.stack.currentIndex() + 1)

    def _refuse_problems(self, *later: str) -> None:
        """Raise Invalid for what is wrong so far; ``later`` names parts that are asked further on."""
        answers = self._collect(with_users="users" not in later)
        found = [
            problem
            for problem in setup.check_answers(answers)
            if not any(problem.field == part or problem.field.startswith(f"{part}.") for part in later)
        ]
        if found:
            raise Invalid([Problem(problem.field, problem.message) for problem in found])

    def _collect(self, *, with_users: bool = True) -> SetupAnswers:
        given = self.school.answers()
        users = self.people.users() if with_users else ()
        return SetupAnswers(users=users, profile_name=self.policy.chosen(), **given)

    def _show_summary(self) -> None:
        answers = self._collect()
        self._answers = answers
        titles = {shipped.name: shipped.title for shipped in profiles.shipped()}
        lines = [
            ("School", answers.name.strip()),
            ("Address", answers.address.strip()),
            (
                "Contact",
                " · ".join(p for p in (answers.phone, answers.email, answers.website) if p.strip()) or "none",
            ),
            ("Nation", NATION_LABELS[answers.nation]),
            ("Logo", "yes" if answers.logo else "none"),
            ("Policy", titles[answers.profile_name]),
        ]
        for user in answers.users:
            roles = ", ".join(ROLE_LABELS[role] for role in user.roles)
            lines.append((roles, f"{user.name.strip()} (signs in as “{user.login.strip()}”)"))
        lines.append(("Folder", str(self._folder.root)))
        self.check.show_summary(lines)

    # Making the school

    def _create(self) -> None:
        answers = self._answers
        if answers is None:
            return
        folder, now, params = self._folder, self._now, self._params
        self.next.setEnabled(False)
        self.back.setEnabled(False)
        self.bar.setRange(0, 0)
        self.bar.show()

        def work(progress: Progress) -> SetupResult:
            return setup.create_school(folder, answers, now, progress.report, params)

        self._job = self._tasks.run(
            self, work, self._created, self._not_created, "Setting up", ended=self._ended
        )

    def _progressed(self, job: Job) -> None:
        if job is self._job:
            self.bar.setRange(0, job.total_pieces)
            self.bar.setValue(job.done_pieces)

    def _ended(self) -> None:
        self.bar.hide()
        self.next.setEnabled(True)
        self.back.setEnabled(True)

    def _not_created(self, error: SmdeskError) -> None:
        self.problems.show_problems(error)

    def _created(self, result: SetupResult) -> None:
        assert self._answers is not None  # noqa: S101 - it was made from them.
        self.people.forget_passwords()
        self.recovery = RecoveryStep(
            self._folder, self._answers, result.recovery_code, self._tasks, self._messages, self._now
        )
        self.stack.addWidget(self.recovery)
        self._show_step(len(_LABELS) - 1)
        self.recovery.print_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _finish(self) -> None:
        self._code_kept = True
        assert self._answers is not None  # noqa: S101 - there is a school, so there were answers.
        self.finished.emit(self._answers.users[-1].login.strip())
