"""Who of the rota is away, and who covers (ACC-4)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QVBoxLayout, QWidget

from smdesk.errors import Invalid
from smdesk.policy.watching import span_words
from smdesk.security.permissions import Permission, allowed
from smdesk.services import watching_rota
from smdesk.services.context import Changes, Saved
from smdesk.services.watching_records import CoverDraft, CoverRow, OnRota
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.look_dialogs import ADULTS
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import closing, row
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import PlainLabel, heading, named

NOBODY_YET = "Nobody yet"
EVERYWHERE = "Every account they look after"


class CoversDialog(QDialog):
    """Absences of today and later."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._rows: dict[int, CoverRow] = {}
        self._people: list[OnRota] = []
        self.setObjectName("covers_dialog")
        self.setWindowTitle("Away and covered")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.table = ShortTable(
            "covers", "Who is away and who covers", ("Away", "When", "Covered by", "Account", "Note"), wide=4
        )
        self.table.opened.connect(self._name)
        self.none = PlainLabel("Nobody on a rota is away, as far as is written down.", look="muted")
        self.add = button("&Somebody is away…", "covers_add", self._add)
        self.name_cover = button("&Who covers…", "covers_name", self._name_current)
        self.end = button("They are &back", "covers_end", self._end, tip="Ends the absence, or takes it back")
        self.close_button = button("Close", "covers_close", self.reject)
        for each in (self.add, self.name_cover, self.end):
            each.setVisible(allowed(desk.ctx.user.roles, Permission.ACCOUNTS_WATCH))
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Away and covered", 2))
        column.addWidget(self.none)
        column.addWidget(self.table, 1)
        column.addWidget(closing(self.close_button, self.add, self.name_cover, self.end))
        self.table.itemSelectionChanged.connect(self._show_possible)
        theme.fit(self, 760, 380)
        desk.events.changed.connect(self._changed)
        self._show_possible()
        self._load()

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "cover"):
            self._load()

    def _load(self) -> None:
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[list[CoverRow], list[OnRota]]:
            return watching_rota.covers(ctx), watching_rota.on_rotas(ctx)

        self._desk.tasks.latest(self, "covers", work, self._show)

    def _show(self, found: tuple[list[CoverRow], list[OnRota]]) -> None:
        rows, self._people = found
        self._rows = {each.id: each for each in rows}
        self.table.show_lines([_line(each) for each in rows])
        self.table.setVisible(bool(rows))
        self.none.setVisible(not rows)
        self.add.setEnabled(bool(self._people))
        if not self._people:
            self.none.setText(
                "Nobody stands on the rota of any account yet. Put somebody on one first (Rota…)."
            )
        self._show_possible()
        (self.table if rows else self.add).setFocus()

    def _show_possible(self) -> None:
        chosen = self.table.current_key() in self._rows
        self.name_cover.setEnabled(chosen)
        self.end.setEnabled(chosen)

    def _add(self) -> None:
        CoverDialog(self._desk, self._people, self).open()

    def _name_current(self) -> None:
        self._name(self.table.current_key())

    def _name(self, cover_id: object) -> None:
        held = self._rows.get(cover_id) if isinstance(cover_id, int) else None
        if held is not None and not self.name_cover.isHidden():
            NameCoverDialog(self._desk, held, self).open()

    def _end(self) -> None:
        held = self._rows.get(self.table.current_key() or 0)
        if held is None:
            return
        ctx, cover_id = self._desk.ctx, held.id
        if not self._desk.messages.confirm(
            f"{held.absent} is back?",
            "They are back",
            "Leave it",
            more="From today on they look again on their days. Days gone by stay as they were.",
        ):
            return

        def work(progress: Progress) -> Saved:
            return watching_rota.end_cover(ctx, cover_id)

        self._desk.tasks.run(self, work)


def _line(held: CoverRow) -> Line:
    cells = (
        held.absent,
        span_words(held.from_on, held.until_on),
        held.cover or NOBODY_YET,
        held.account or "All",
        held.note,
    )
    return Line(held.id, cells, status_icon("ok" if held.cover else "warning"), 2)


class CoverDialog(ServiceDialog):
    """Somebody of the rota is away, and who covers."""

    def __init__(self, desk: Desk, people: list[OnRota], parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "cover_dialog",
            "Somebody is away",
            "&Write it down",
            parent,
            explanation="Where nobody covers yet, the days show as nobody's until somebody is named.",
        )
        self._people = {each.person_id: each for each in people}
        self.absent = named(QComboBox(self), "cover_absent", "Who is away")
        for each in people:
            self.absent.addItem(each.name, each.person_id)
        own = self.absent.findData(desk.ctx.user.person_id)
        self.absent.setCurrentIndex(max(0, own))
        self.account = named(QComboBox(self), "cover_account", "Which account")
        self.account.setMinimumContentsLength(30)
        self.from_on = DateEdit("cover_from", "First day away", self, clock=desk.ctx.today, ahead=True)
        self.from_on.set_day(desk.ctx.today())
        self.until_on = DateEdit("cover_until", "Last day away", self, clock=desk.ctx.today, ahead=True)
        self.cover = PersonPicker(desk, "cover_by", "Who covers", self, kinds=ADULTS, may_add=False)
        self.cover.setPlaceholderText(f"{NOBODY_YET}; type a name")
        self.note = self.note_field("cover_note", "Note", 2)
        self.form.add("Who is a&way", self.absent, "absent_id")
        self.form.add("Acco&unt", self.account, "account_id")
        self.form.add("F&irst day", row(self.from_on, None), "from_on")
        self.form.add("&Last day", row(self.until_on, None), "until_on")
        self.form.fields |= {"from_on": self.from_on, "until_on": self.until_on}
        self.form.add("Who &covers", self.cover, "cover_id")
        self.form.add("N&ote", self.note, "note")
        self.absent.currentIndexChanged.connect(self._show_accounts)
        self._show_accounts()
        self.absent.setFocus()

    def _show_accounts(self) -> None:
        held = self._people.get(self.absent.currentData())
        self.account.clear()
        self.account.addItem(EVERYWHERE, None)
        for account_id, name in () if held is None else held.accounts:
            self.account.addItem(name, account_id)

    def work(self) -> Work:
        ctx = self._desk.ctx
        draft = CoverDraft(
            self.absent.currentData(),
            chosen_person(self.cover),
            self.from_on.day("from_on"),
            self.until_on.day("until_on"),
            self.account.currentData(),
            self.note.toPlainText(),
        )

        def do(progress: Progress) -> object:
            return watching_rota.add_cover(ctx, draft)

        return do


class NameCoverDialog(ServiceDialog):
    """Who covers an absence that is written down already."""

    def __init__(self, desk: Desk, held: CoverRow, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "name_cover_dialog",
            f"Who covers for {held.absent}?",
            "&Write it down",
            parent,
            explanation=f"Away {span_words(held.from_on, held.until_on)}. "
            + (f"So far {held.cover} covers." if held.cover else "Nobody covers yet."),
        )
        self._id = held.id
        self.cover = PersonPicker(
            desk,
            "name_cover_by",
            "Who covers",
            self,
            kinds=ADULTS,
            may_add=False,
            leave_out=(held.absent_id,),
        )
        self.form.add("Who &covers", self.cover, "cover_id", "Leave it empty where nobody covers after all.")
        self.cover.setFocus()

    def work(self) -> Work:
        ctx, cover_id, person_id = self._desk.ctx, self._id, chosen_person(self.cover)

        def do(progress: Progress) -> object:
            return watching_rota.name_cover(ctx, cover_id, person_id)

        return do


def chosen_person(picker: PersonPicker) -> int | None:
    """Who was chosen. Raises Invalid where a name is only typed: it would be lost."""
    person = picker.person()
    if person is None and picker.text().strip():
        raise Invalid.one(
            "cover_id", "Choose who covers from the list of people found, or leave the box empty."
        )
    return None if person is None else person.id
