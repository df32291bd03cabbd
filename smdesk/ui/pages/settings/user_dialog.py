"""Adding a user, or changing one's name, roles and person record."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from smdesk.errors import Conflict, Invalid, SmdeskError
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import ROLE_LABELS, Role
from smdesk.services import users
from smdesk.services.context import Saved
from smdesk.services.people_records import PersonHit
from smdesk.services.user_records import UserDraft, UserRow
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ask_conflict
from smdesk.ui.widgets.forms import Form, Scrolled, closing
from smdesk.ui.widgets.password_pair import PasswordPair
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import heading, muted, named

_ROLE_HINTS = {
    Role.HEADTEACHER: "Reads everything, decides exceptions, signs letters.",
    Role.DSL: "Safeguarding incidents, and decisions about Prevent.",
    Role.BUSINESS_MANAGER: "Keeps the log and the register, drafts and issues letters.",
    Role.LEADERSHIP: "Sees only incidents given to them.",
    Role.GOVERNOR: "Sees the figures in the governor report, no incident.",
    Role.CHAIR_OF_GOVERNORS: "Decides where the headteacher is the one concerned.",
    Role.ADMINISTRATOR: "Users and backups. Opens no record about anybody.",
}


class UserDialog(QDialog):
    """``row`` None adds a user (with a first password), else changes that one. Saves itself; then accepted."""

    def __init__(self, desk: Desk, user: UserRow | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._user = user
        self.setObjectName("user_dialog")
        title = "Add a user" if user is None else f"Change {user.draft.name}"
        self.setWindowTitle(title)
        self.problems = ProblemBar("user_problems")
        self.name = named(QLineEdit(), "user_name", "Name as it stands under a letter")
        self.name.setPlaceholderText("Mrs J. Example")
        self.job_title = named(QLineEdit(), "user_job_title")
        self.login = named(QLineEdit(), "user_login")
        self.person = PersonPicker(
            desk,
            "user_person",
            "Record of this person",
            kinds=(PersonKind.STAFF, PersonKind.GOVERNOR, PersonKind.VOLUNTEER),
            may_add=False,
        )
        self.roles: dict[Role, QCheckBox] = {}
        form = Form(labels_like="Person's record")
        form.add("&Name", self.name, "name")
        form.add("&Job title", self.job_title, "job_title")
        form.add("&User name", self.login, "login", "For signing in.")
        form.add(
            "&Person's record",
            self.person,
            "person_id",
            "Ties the user to what is on record about them: nobody sees incidents about themselves, or decides about "
            "themselves.",
        )
        page = Scrolled(margin=0)
        page.body.addWidget(form)
        page.body.addWidget(heading("Roles", 3))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.NORMAL)
        grid.setColumnStretch(1, 1)
        for place, (role, label) in enumerate(ROLE_LABELS.items()):
            box = named(QCheckBox(label), f"user_role_{role.value}", label, _ROLE_HINTS[role])
            self.roles[role] = box
            grid.addWidget(box, place, 0)
            grid.addWidget(muted(_ROLE_HINTS[role]), place, 1)
        page.body.addLayout(grid)
        self.pair = PasswordPair("user_password", "First")
        if user is None:
            page.body.addWidget(heading("First password", 3))
            page.body.addWidget(muted("Hand it over in person. They choose their own when they sign in."))
            page.body.addWidget(self.pair)
        else:
            self.pair.hide()
            self._show(user)
        page.body.addStretch(1)
        self._fields = {
            **form.fields,
            "roles": self.roles[Role.HEADTEACHER],
            "password": self.pair.first,
        }
        self.ok = button("&Add" if user is None else "&Save", "user_ok", self._save, look="primary")
        self.ok.setDefault(True)
        self.cancel = button("Cancel", "user_cancel", self.reject)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL)
        column.addWidget(heading(title, 2))
        column.addWidget(self.problems)
        column.addWidget(page, 1)
        column.addWidget(closing(self.cancel, self.ok))
        self.login.textChanged.connect(self.pair.set_login)
        theme.fit(self, 660, 600)
        self.name.setFocus()

    def draft(self) -> UserDraft:
        """The user as typed. Raises Invalid where a name was typed into the person field but nobody chosen."""
        chosen = self.person.person()
        if chosen is None and self.person.text().strip():
            raise Invalid.one("person_id", "Choose the person from the list, or empty the field.")
        return UserDraft(
            login=self.login.text(),
            name=self.name.text(),
            job_title=self.job_title.text(),
            roles=tuple(role for role, box in self.roles.items() if box.isChecked()),
            person_id=chosen.id if chosen is not None else None,
        )

    def _show(self, user: UserRow) -> None:
        self.name.setText(user.draft.name)
        self.job_title.setText(user.draft.job_title)
        self.login.setText(user.draft.login)
        for role, box in self.roles.items():
            box.setChecked(role in user.draft.roles)
        if user.draft.person_id is not None:
            self.person.set_person(
                PersonHit(user.draft.person_id, user.person_name, PersonKind.STAFF, "", left=False)
            )

    def _save(self) -> None:
        self._save_over(self._user.version if self._user is not None else 0)

    def _save_over(self, version: int) -> None:
        self.problems.clear()
        ctx, user = self._desk.ctx, self._user
        try:
            draft = self.draft()
            password = self.pair.password() if user is None else ""
        except Invalid as error:
            self.problems.show_problems(error, self._fields)
            return
        self.ok.setEnabled(False)

        def work(progress: object) -> Saved:
            if user is None:
                return users.add(ctx, draft, password)
            return users.save(ctx, user.id, draft, version)

        self._desk.tasks.run(self, work, self._saved, self._refused, ended=self._ended)

    def _saved(self, _saved: Saved) -> None:
        self.accept()

    def _refused(self, error: SmdeskError) -> None:
        if isinstance(error, Conflict):
            choice = ask_conflict(error, self)
            if choice == MINE:
                self._save_over(error.current_version)
            elif choice == THEIRS:
                self.reject()
            return
        self.problems.show_problems(error, self._fields)

    def _ended(self) -> None:
        self.ok.setEnabled(True)
