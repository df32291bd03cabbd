"""What is typed in a business case: the five points first, then the account, who proposes it, and the rest (ACC-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services import business_cases
from smdesk.services.case_records import AccountChoice, CaseDraft
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.cases.draft_json import Typed
from smdesk.ui.pages.cases.runners_field import RunnersField
from smdesk.ui.widgets.forms import Card, Form, pair, sentences
from smdesk.ui.widgets.person_dialog import AddedPerson, NewPersonDialog
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.text import PlainLabel, named

_LABELS_LIKE = "When somebody leaves"
_TEXTS = ("aim", "audience", "promotion", "consents", "holidays", "when_runners_leave", "notes")


class CaseFields(QWidget):
    """Everything of a case that can be typed."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("case_fields")
        self._desk = desk
        self._quiet = False
        self._platforms: dict[str, str] = {}
        self._accounts: dict[int, AccountChoice] = {}
        self.sealed_note = PlainLabel("", self, look="muted")
        self.sealed_note.setObjectName("case_sealed_note")
        self.sealed_note.hide()
        self._make_points(desk)
        self._make_account()
        self._make_proposer(desk)
        self._make_more()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.NORMAL)
        column.addWidget(self.sealed_note)
        self._forms = (self._points, self._account, self._who, self._more)
        titles = ("The five points", "The account", "Who proposes it", "Also asked")
        for title, form in zip(titles, self._forms, strict=True):
            card = Card(title)
            card.body.addWidget(form)
            column.addWidget(card)
        column.addStretch(1)
        self.setFocusProxy(self.aim)
        self._order_keys()
        self._listen()
        self._show_existing()

    # Making

    def _make_points(self, desk: Desk) -> None:
        self.aim = sentences(self, "case_aim", "Aim", 3)
        self.aim.setPlaceholderText("What is the account for?")
        self.audience = sentences(self, "case_audience", "Audience", 2)
        self.audience.setPlaceholderText("Whom is it for?")
        self.promotion = sentences(self, "case_promotion", "Promotion", 2)
        self.promotion.setPlaceholderText("How will people hear of it?")
        self.runners = RunnersField(desk, self)
        self.openness = named(QComboBox(self), "case_openness", "Open or private")
        for each, label in OPENNESS_LABELS.items():
            self.openness.addItem("Choose …" if each is Openness.NOT_ANSWERED else label, str(each))
        self.openness_note = named(QLineEdit(self), "case_openness_note", "About open or private")
        self.openness_note.setPlaceholderText("Who is let in, and by whom")
        self._points = Form(self, labels_like=_LABELS_LIKE)
        self._points.add("1  Ai&m", self.aim, "aim")
        self._points.add("2  A&udience", self.audience, "audience")
        self._points.add("3  P&romotion", self.promotion, "promotion")
        self._points.add("4  &Who will run it", self.runners, "runners")
        self._points.add("5  &Open or private", pair(self.openness, self.openness_note, (3, 2)), "openness")

    def _make_account(self) -> None:
        self.platform = named(QComboBox(self), "case_platform", "Platform")
        self.platform.setEditable(True)
        self.platform.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.platform.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        line = self.platform.lineEdit()
        named(line, "case_platform_line", "Platform: app, site or game")
        line.setPlaceholderText("Choose or type one")
        line.setAcceptDrops(False)
        self.proposed_name = named(QLineEdit(self), "case_name", "Proposed name")
        self.proposed_name.setPlaceholderText("The name the account is to have, or has")
        self.exists = named(
            QCheckBox("The account e&xists already", self), "case_exists", "The account exists already"
        )
        self.account = named(QComboBox(self), "case_account", "Account on the register")
        self.account.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.account.setMinimumContentsLength(20)
        self.account.addItem("Not on the register yet", None)
        self.link = named(QLineEdit(self), "case_link", "Link")
        self.link.setPlaceholderText("https://…")
        self._account = Form(self, labels_like=_LABELS_LIKE)
        self._account.add("Platform", self.platform, "platform")
        self._account.add("Name", self.proposed_name, "proposed_name")
        self._account.add("", self.exists, "exists_already")
        self.exists.setAccessibleName("The account exists already")
        self._existing = (
            self._account.add("On the register as", self.account, "account_id"),
            self.account,
            self._account.add("Link", self.link, "link"),
            self.link,
        )

    def _make_proposer(self, desk: Desk) -> None:
        self.proposer = PersonPicker(
            desk,
            "case_proposer",
            "Proposed by",
            self,
            may_add=allowed(desk.ctx.user.roles, Permission.PEOPLE_EDIT),
            find=business_cases.find_people,
        )
        self.proposer.setAcceptDrops(False)
        self.proposer_name = named(
            QLineEdit(self), "case_proposer_name", "Proposed by somebody who is not on record"
        )
        self.proposer_name.setPlaceholderText("or by name, if not on record")
        self._who = Form(self, labels_like=_LABELS_LIKE)
        self._who.add(
            "Proposed &by",
            pair(self.proposer, self.proposer_name, (3, 2)),
            "proposer_id",
            "Anybody may propose, employed or not. Whoever does so does not decide about it.",
        )

    def _make_more(self) -> None:
        self.audience_age = named(QLineEdit(self), "case_audience_age", "Age of the audience")
        self.consents = sentences(self, "case_consents", "Consents", 2)
        self.consents.setPlaceholderText("Whose pictures and words may be shown, and how that is known")
        self.holidays = sentences(self, "case_holidays", "In the holidays", 2)
        self.holidays.setPlaceholderText("Who looks at it in the holidays and at weekends?")
        self.when_runners_leave = sentences(
            self, "case_when_runners_leave", "When somebody who runs it leaves", 2
        )
        self.when_runners_leave.setPlaceholderText("What happens when somebody who runs it leaves?")
        self.notes = sentences(self, "case_notes", "Notes for the office", 2)
        self.notes.setPlaceholderText("For the office; not put to the leadership team")
        self._more = Form(self, labels_like=_LABELS_LIKE)
        self._more.add("Age of the audience", self.audience_age, "audience_age")
        self._more.add("Consents", self.consents, "consents")
        self._more.add("In the holidays", self.holidays, "holidays")
        self._more.add("When somebody leaves", self.when_runners_leave, "when_runners_leave")
        self._more.add("Notes", self.notes, "notes")

    # What the form uses

    def fields(self) -> dict[str, QWidget]:
        """Widgets by the names services call them, for showing problems."""
        found: dict[str, QWidget] = {}
        for form in self._forms:
            found |= form.fields
        return {
            **found,
            "openness": self.openness,
            "openness_note": self.openness_note,
            "proposer_id": self.proposer,
            "proposer_name": self.proposer_name,
        }

    def offer(self, platforms: Sequence[tuple[str, str]], accounts: Sequence[AccountChoice]) -> None:
        """The platforms to choose from, (code, label), and the accounts on the register."""
        self._quiet = True
        self._platforms = dict(platforms)
        self._accounts = {each.id: each for each in accounts}
        self.platform.clear()
        for code, label in platforms:
            self.platform.addItem(label, code)
        self.platform.setCurrentIndex(-1)
        self.account.clear()
        self.account.addItem("Not on the register yet", None)
        for each in accounts:
            self.account.addItem(each.label if each.approved else f"{each.label}, not approved yet", each.id)
        self._quiet = False

    def show_typed(self, typed: Typed, people: Mapping[int, PersonHit]) -> None:
        """Put a draft into the fields; ``people`` are those named in it."""
        draft = typed.draft
        self._quiet = True
        for name in _TEXTS:
            getattr(self, name).setPlainText(getattr(draft, name))
        for name in ("proposed_name", "link", "openness_note", "audience_age", "proposer_name"):
            getattr(self, name).setText(getattr(draft, name))
            getattr(self, name).setCursorPosition(0)
        self.runners.show_people(draft.runners, people)
        self.runners.set_only_typed(typed.runner)
        self.openness.setCurrentIndex(max(0, self.openness.findData(str(draft.openness))))
        self.platform.setCurrentIndex(self.platform.findData(draft.platform))
        self.platform.setEditText(self._platforms.get(draft.platform, draft.platform))
        self.exists.setChecked(draft.exists_already)
        self.account.setCurrentIndex(max(0, self.account.findData(draft.account_id)))
        self.proposer.set_person(None if draft.proposer_id is None else people.get(draft.proposer_id))
        if typed.proposer:
            self.proposer.setText(typed.proposer)
        self._show_existing()
        self._quiet = False

    def rough_draft(self) -> CaseDraft:
        """What is typed as far as it can be read, for keeping it and for what is missing."""
        proposer = self.proposer.person()
        account = self.account.currentData()
        return CaseDraft(
            platform=self._platform(),
            proposed_name=self.proposed_name.text(),
            link=self.link.text(),
            exists_already=self.exists.isChecked(),
            account_id=account if isinstance(account, int) else None,
            proposer_id=None if proposer is None else proposer.id,
            proposer_name=self.proposer_name.text(),
            aim=self.aim.toPlainText(),
            audience=self.audience.toPlainText(),
            promotion=self.promotion.toPlainText(),
            openness=Openness(str(self.openness.currentData())),
            openness_note=self.openness_note.text(),
            runners=self.runners.value(),
            audience_age=self.audience_age.text(),
            consents=self.consents.toPlainText(),
            holidays=self.holidays.toPlainText(),
            when_runners_leave=self.when_runners_leave.toPlainText(),
            notes=self.notes.toPlainText(),
        )

    def typed(self) -> Typed:
        """Everything in the fields, names nobody was chosen for included."""
        only = "" if self.proposer.person() is not None else self.proposer.text().strip()
        return Typed(self.rough_draft(), only, self.runners.only_typed)

    def draft(self) -> CaseDraft:
        """What is typed. Raises Invalid for names nobody was chosen for."""
        typed = self.typed()
        found = [
            Problem(field, said.format(name=name))
            for field, name, said in (
                ("runners", typed.runner, _NOBODY),
                ("proposer_id", typed.proposer, _NOBODY_PROPOSES),
            )
            if name
        ]
        if found:
            raise Invalid(found)
        return typed.draft

    def set_read_only(self, facts: bool, office: bool, why: str = "") -> None:
        """``facts``: what is put to the leadership team can only be read; ``office``: the notes as well."""
        for name in _TEXTS:
            getattr(self, name).setReadOnly(office if name == "notes" else facts)
        for line in (
            self.proposed_name,
            self.link,
            self.openness_note,
            self.audience_age,
            self.proposer_name,
        ):
            line.setReadOnly(facts)
        for box in (self.openness, self.platform, self.exists, self.account):
            box.setEnabled(not facts)
        self.runners.set_read_only(facts)
        self.proposer.set_read_only(facts)
        self.sealed_note.setText(why)
        self.sealed_note.setVisible(bool(why))

    def focus_on(self, field: str) -> None:
        """Put the keyboard into the field of this name."""
        widget = self.fields().get(field)
        if widget is not None:
            (widget.focusProxy() or widget).setFocus()

    # Typing

    def _platform(self) -> str:
        text = " ".join(self.platform.currentText().split())
        for code, label in self._platforms.items():
            if text.casefold() == label.casefold():
                return code
        return text

    def _listen(self) -> None:
        for name in _TEXTS:
            getattr(self, name).textChanged.connect(self._touched)
        for line in (self.proposed_name, self.link, self.openness_note, self.audience_age):
            line.textChanged.connect(self._touched)
        self.proposer_name.textChanged.connect(self._touched)
        self.openness.currentIndexChanged.connect(self._touched)
        self.platform.editTextChanged.connect(self._touched)
        self.runners.changed.connect(self._touched)
        self.proposer.chosen.connect(self._touched)
        self.proposer.textEdited.connect(self._touched)
        self.proposer.add_new.connect(self._add_proposer)
        self.exists.toggled.connect(self._existing_changed)
        self.account.activated.connect(self._account_chosen)

    def _touched(self, _what: object = None) -> None:
        if not self._quiet:
            self.proposer_name.setEnabled(self.proposer.person() is None)
            self.changed.emit()

    def _existing_changed(self) -> None:
        self._show_existing()
        self._touched()

    def _show_existing(self) -> None:
        for widget in self._existing:
            widget.setVisible(self.exists.isChecked())
        self.proposer_name.setEnabled(self.proposer.person() is None)

    def _account_chosen(self) -> None:
        """Take over from the register what is not typed yet."""
        chosen = self._accounts.get(self.account.currentData() or 0)
        if chosen is not None:
            if not self.platform.currentText().strip():
                self.platform.setEditText(self._platforms.get(chosen.platform, chosen.platform))
            for line, known in ((self.proposed_name, chosen.handle), (self.link, chosen.link)):
                if not line.text().strip():
                    line.setText(known)
        self._touched()

    def _add_proposer(self, typed: str) -> None:
        dialog = NewPersonDialog(self._desk, typed, PersonKind.STAFF, self)
        dialog.accomplished.connect(self._proposer_added)
        dialog.open()

    def _proposer_added(self, added: AddedPerson) -> None:
        self.proposer.set_person(added.hit)
        self._touched()

    def _order_keys(self) -> None:
        """Tab goes as one reads. Left to itself Qt goes in the order in which things came to their places."""
        order = (
            self.aim,
            self.audience,
            self.promotion,
            self.runners.picker,
            self.openness,
            self.openness_note,
            self.platform,
            self.proposed_name,
            self.exists,
            self.account,
            self.link,
            self.proposer,
            self.proposer_name,
            self.audience_age,
            self.consents,
            self.holidays,
            self.when_runners_leave,
            self.notes,
        )
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)


_NOBODY = "“{name}” is nobody on record yet: choose somebody from the list that opens as you type, or add a new person."
_NOBODY_PROPOSES = (
    "“{name}” is nobody on record: choose somebody from the list that opens as you type, or write the name into the "
    "box beside it."
)
