"""The pages of the assistant. Each keeps what was typed, gives its part of the answers, and knows its fields."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Invalid, Problem
from smdesk.paths import SchoolFolder
from smdesk.security.permissions import ROLE_LABELS, Role
from smdesk.services import profiles
from smdesk.services.setup import NewUser
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Form, Scrolled, row
from smdesk.ui.widgets.letterhead import Letterhead
from smdesk.ui.widgets.password_pair import PasswordPair
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

WIDEST = 760


class Step(Scrolled):
    """One page: its title in the list of steps, and the widgets ``Invalid`` may point to."""

    label = ""

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__(widest=WIDEST)
        self.fields: dict[str, QWidget] = {}
        self.body.addWidget(heading(title))
        if text:
            self.body.addWidget(PlainLabel(text))

    def first_field(self) -> QWidget | None:
        return next(iter(self.fields.values()), None)


class WelcomeStep(Step):
    label = "Welcome"
    other_folder = Signal()

    def __init__(self, folder: SchoolFolder) -> None:
        super().__init__(
            "Welcome to SM Desk",
            "SM Desk keeps your school's log of social media incidents, says what your policy wants done next and "
            "by when, and writes the letters. Setting it up takes about ten minutes.",
        )
        card = Card("What you need")
        for line in (
            "The school's name and address as they stand on your letterhead, and the logo if you have it as a picture.",
            (
                "The headteacher, the designated safeguarding lead and the business manager, or their names: each gets "
                "a user name and a password. Let each type their own."
            ),
            "A printer, or a safe place for a PDF: at the end you get a recovery code.",
        ):
            card.body.addWidget(PlainLabel("•  " + line))
        self.body.addWidget(card)
        where = Card("Where the records will be")
        path = PlainLabel(str(folder.root), selectable=True)
        path.setObjectName("first_run_folder")
        where.body.addWidget(path)
        where.body.addWidget(
            muted(
                "On this computer only, encrypted. A folder on a network drive cannot be used: a lost connection "
                "could damage the records."
            )
        )
        self.change = button("Choose &another folder…", "first_run_other_folder", self.other_folder.emit)
        where.body.addWidget(row(self.change, None))
        self.body.addWidget(where)
        self.body.addStretch(1)


class SchoolStep(Step):
    label = "Your school"

    def __init__(self) -> None:
        super().__init__(
            "Your school", "These stand on every letter. You can change them later under Settings."
        )
        self.head = head = Letterhead()
        form = Form()
        form.add("School's &name", head.name, "name")
        form.add(
            "&Address", head.address, "address", "One line of the address on each line, with the postcode."
        )
        form.add("&Telephone", head.phone, "phone")
        form.add("&E-mail", head.email, "email")
        form.add("&Website", head.website, "website")
        form.add("Nat&ion", head.nation, "nation", "Decides which bank holidays count in deadlines.")
        form.add("Logo", head.logo, "logo", "PNG, JPEG or SVG. It may be left out.")
        form.add(
            "Complaints procedure",
            head.complaints,
            "complaints_procedure",
            "Where parents find it, for example: on our website under Policies.",
        )
        form.add(
            "Official channels",
            head.channels,
            "official_channels",
            "How school and home keep in touch, for example: e-mail, the parents' app.",
        )
        self.fields.update(form.fields)
        self.body.addWidget(form)
        self.body.addStretch(1)

    def answers(self) -> dict[str, object]:
        return self.head.values()


class PolicyStep(Step):
    label = "Policy"

    def __init__(self) -> None:
        super().__init__(
            "Which policy is yours like?",
            "SM Desk acts on your school's own social media policy. Start from the one that comes nearest; you can "
            "change its values and wordings at any time, and every incident keeps the version it was handled under.",
        )
        self.group = QButtonGroup(self)
        self._names: list[str] = []
        for number, shipped in enumerate(profiles.shipped()):
            card = Card()
            choice = named(
                QRadioButton(shipped.title.replace("&", "&&")),
                f"policy_{shipped.name.replace('-', '_')}",
                shipped.title,
                "",
            )
            choice.setAccessibleDescription(shipped.description)
            choice.setChecked(number == 0)
            self.group.addButton(choice, number)
            self._names.append(shipped.name)
            card.body.addWidget(choice)
            text = muted(shipped.description)
            text.setIndent(24)
            card.body.addWidget(text)
            self.body.addWidget(card)
            if number == 0:
                self.fields["profile_name"] = choice
        self.body.addStretch(1)

    def chosen(self) -> str:
        return self._names[self.group.checkedId()]


class PersonPart(QWidget):
    """One of the three people: new, or the same as one before."""

    def __init__(self, role: Role, job_title: str, same_as: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        key = role.value
        self.role = role
        self._login_typed = False
        card = Card(ROLE_LABELS[role])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)
        self.same: QComboBox | None = None
        if same_as:
            self.same = named(QComboBox(), f"{key}_same", f"{ROLE_LABELS[role]}: who it is")
            self.same.addItem("Somebody else", "")
            for code, label in same_as:
                self.same.addItem(label, code)
            choose = Form(labels_like="User name")
            choose.add("Who", self.same)
            card.body.addWidget(choose)
            self.same.currentIndexChanged.connect(self._same_changed)
        self.name = named(QLineEdit(), f"{key}_name", f"{ROLE_LABELS[role]}: name")
        self.name.setPlaceholderText("Mrs J. Example")
        self.login = named(QLineEdit(), f"{key}_login", f"{ROLE_LABELS[role]}: user name")
        self.job_title = named(QLineEdit(job_title), f"{key}_job_title", f"{ROLE_LABELS[role]}: job title")
        self.pair = PasswordPair(f"{key}_password", ROLE_LABELS[role])
        self.details = QWidget()
        form = Form(labels_like="User name")
        form.add("Name", self.name, "", "As it stands under a letter.")
        form.add("Job title", self.job_title)
        form.add("User name", self.login, "", "For signing in. Small letters, no spaces is easiest.")
        inside = QVBoxLayout(self.details)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.SMALL)
        inside.addWidget(form)
        inside.addWidget(self.pair)
        card.body.addWidget(self.details)
        self.name.textEdited.connect(self._suggest_login)
        self.login.textEdited.connect(self._login_edited)
        self.login.textChanged.connect(self.pair.set_login)

    def same_as(self) -> str:
        """The key of the person this is the same as, or ""."""
        return str(self.same.currentData()) if self.same is not None else ""

    def _same_changed(self) -> None:
        self.details.setVisible(not self.same_as())

    def _suggest_login(self, name: str) -> None:
        if not self._login_typed:
            words = name.split()
            self.login.setText("".join(c for c in words[-1].casefold() if c.isalnum()) if words else "")

    def _login_edited(self, text: str) -> None:
        self._login_typed = bool(text)


class PeopleStep(Step):
    label = "People"

    def __init__(self) -> None:
        super().__init__(
            "Who will use SM Desk?",
            "These three to begin with; more can be added later. The headteacher decides and signs letters, the "
            "safeguarding lead handles safeguarding incidents, the business manager keeps the log and looks after "
            "users and backups.",
        )
        head, dsl = Role.HEADTEACHER, Role.DSL
        self.head = PersonPart(head, "Headteacher", ())
        self.dsl = PersonPart(dsl, "Designated Safeguarding Lead", ((head.value, "The headteacher as well"),))
        self.office = PersonPart(
            Role.BUSINESS_MANAGER,
            "School Business Manager",
            (
                (head.value, "The headteacher as well"),
                (dsl.value, "The designated safeguarding lead as well"),
            ),
        )
        self.parts = (self.head, self.dsl, self.office)
        for part in self.parts:
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.fields = {"users": self.head.name}

    def users(self) -> tuple[NewUser, ...]:
        """The users as typed. Raises Invalid where a pair of passwords differs; the rest is the service's to check."""
        problems: list[Problem] = []
        holders: dict[str, int] = {}
        found: list[NewUser] = []
        self.fields = {"users": self.head.name}
        for part in self.parts:
            same = part.same_as()
            if same:
                place = holders[same]
                before = found[place]
                found[place] = NewUser(
                    before.login, before.name, before.job_title, (*before.roles, part.role), before.password
                )
                holders[part.role.value] = place
                continue
            place = len(found)
            holders[part.role.value] = place
            for name, field in (
                ("login", part.login),
                ("name", part.name),
                ("password", part.pair.first),
                ("roles", part.name),
            ):
                self.fields[f"users.{place}.{name}"] = field
            password = part.pair.first.text()
            if password != part.pair.again.text():
                problems.append(
                    Problem(
                        f"users.{place}.password",
                        f"{ROLE_LABELS[part.role]}: the two passwords are not the same. Type the second again.",
                    )
                )
            found.append(
                NewUser(part.login.text(), part.name.text(), part.job_title.text(), (part.role,), password)
            )
        if problems:
            raise Invalid(problems)
        return tuple(found)

    def forget_passwords(self) -> None:
        """The school is made; nothing that opens it stays in a field."""
        for part in self.parts:
            part.pair.clear()


class CheckStep(Step):
    label = "Check"

    def __init__(self) -> None:
        super().__init__("Is everything right?", "Nothing has been written yet.")
        self.summary = Card()
        self.form_holder = QWidget()
        self.summary.body.addWidget(self.form_holder)
        self.body.addWidget(self.summary)
        self.body.addStretch(1)

    def show_summary(self, lines: list[tuple[str, str]]) -> None:
        fresh = Form()
        for label, value in lines:
            shown = PlainLabel(value, selectable=True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            fresh.add(label, shown)
        self.summary.body.replaceWidget(self.form_holder, fresh)
        self.form_holder.deleteLater()
        self.form_holder = fresh
