"""The dialogs of a place: the place itself, a check of it, and everything that was done with it (REP-1, PPL-3)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import narrow_day, weekday
from smdesk.security.permissions import Permission, allowed
from smdesk.services import reputation
from smdesk.services.context import Changes, Saved
from smdesk.services.history import History
from smdesk.services.people_records import PersonHit
from smdesk.services.reputation_records import (
    PLACE_KIND_LABELS,
    CheckDraft,
    CheckRow,
    FindingDraft,
    PlaceDraft,
    PlaceKind,
    PlaceRow,
)
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation.words import stars
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.code_box import CodeBox
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.edit_dialog import EditDialog
from smdesk.ui.widgets.forms import closing
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.service_dialog import ReasonService, ServiceDialog, Work
from smdesk.ui.widgets.story_table import StoryLine, StoryTable
from smdesk.ui.widgets.text import PlainLabel, heading, named
from smdesk.ui.words import count, narrow_moment

_GROWN_UPS = tuple(kind for kind in PersonKind if kind is not PersonKind.PUPIL)
_PLACE_HISTORY = {
    "added": "Added",
    "changed": "Changed",
    "stopped": "Not checked any more",
    "resumed": "Checked again",
    "check withdrawn": "A check taken back",
}


class PlaceDialog(EditDialog):
    """A new place, or one changed, stopped or taken up again. ``person`` is the named person as on record."""

    def __init__(
        self,
        desk: Desk,
        place: PlaceRow | None = None,
        person: PersonHit | None = None,
        parent: QWidget | None = None,
    ) -> None:
        new = place is None
        super().__init__(
            desk,
            "place_dialog",
            "A place to check" if new else place.draft.name,
            "&Add it" if new else "&Save",
            parent,
            version=None if place is None else place.version,
            explanation="Where the school looks what is said about it, who looks, and how often."
            if new
            else "",
        )
        self._place = place
        self._width = 600
        draft = PlaceDraft() if place is None else place.draft
        self.name = named(QLineEdit(draft.name, self), "place_name", "Name of the place")
        self.name.setPlaceholderText("For example: Google reviews")
        self.kind = CodeBox("place_kind", "Kind of place", PLACE_KIND_LABELS.items())
        self.kind.choose(draft.kind)
        self.link = named(QLineEdit(draft.link, self), "place_link", "Link")
        self.link.setPlaceholderText("https://…")
        self.look_for = self.note_field("place_look_for", "What to look for", 2, draft.look_for)
        self._responsible_id = draft.responsible_id
        self.responsible: PersonPicker | None = None
        if allowed(desk.ctx.user.roles, Permission.PEOPLE_READ):
            self.responsible = PersonPicker(
                desk, "place_responsible", "Named person", self, kinds=_GROWN_UPS, may_add=False
            )
            self.responsible.set_person(person)
        self.every = named(QSpinBox(self), "place_every", "Check it every so many days")
        self.every.setRange(1, 366)
        self.every.setValue(draft.every_days)
        self.every.setSuffix(" days")
        self.notes = self.note_field("place_notes", "Notes", 2, draft.notes)
        self.form.add("&Name", self.name, "name")
        self.form.add("K&ind", self.kind, "kind")
        self.form.add("&Link", self.link, "link")
        self.form.add("Loo&k for", self.look_for, "look_for")
        if self.responsible is not None:
            self.form.add("Named &person", self.responsible, "responsible_id", "Who looks there (PPL-3).")
        self.form.add("Check it &every", self.every, "every_days")
        self.form.add("N&otes", self.notes, "notes")
        self.stop = button("Check it no longe&r…", "place_stop", self._stop)
        self.resume = button("Check it a&gain", "place_resume", self._resume)
        stopped = place is not None and place.stopped_on is not None
        self.stop.setVisible(not new and not stopped)
        self.resume.setVisible(stopped)
        for each in (self.stop, self.resume):
            self.add_button(each)
        self.name.setFocus()

    def work(self) -> Work:
        ctx, place_id, version = self._desk.ctx, None if self._place is None else self._place.id, self.version
        responsible_id = self._responsible_id
        if self.responsible is not None:
            hit = self.responsible.person()
            if hit is None and self.responsible.text().strip():
                raise Invalid.one("responsible_id", "Choose somebody from the list, or leave the box empty.")
            responsible_id = None if hit is None else hit.id
        draft = PlaceDraft(
            name=self.name.text(),
            kind=PlaceKind(str(self.kind.code())),
            link=self.link.text(),
            look_for=self.look_for.toPlainText(),
            responsible_id=responsible_id,
            every_days=self.every.value(),
            notes=self.notes.toPlainText(),
        )

        def do(progress: Progress) -> object:
            return reputation.save(ctx, draft, place_id, version)

        return do

    def _stop(self) -> None:
        place = self._place
        if place is None:
            return
        ctx, number, version = self._desk.ctx, place.id, place.version
        asked = ReasonService(
            self._desk,
            "place_stop_dialog",
            f"{place.draft.name}: not checked any more",
            "&Why?",
            "&Check it no longer",
            lambda reason: reputation.stop(ctx, number, version, reason),
            self,
            explanation="What was found there stays. It can be taken up again.",
        )
        asked.accomplished.connect(self._over)
        asked.open()

    def _resume(self) -> None:
        place = self._place
        if place is None:
            return
        ctx, number, version = self._desk.ctx, place.id, place.version

        def work(progress: Progress) -> Saved:
            return reputation.resume(ctx, number, version)

        self._desk.tasks.run(self, work, self._over, self._refused, "Taking the place up again")

    def _over(self, _saved: object) -> None:
        self.accept()


class CheckDialog(ServiceDialog):
    """A look at a place with rating, note or day. ``found_something`` carries the finding to go on with."""

    found_something = Signal(object)

    def __init__(self, desk: Desk, place: PlaceRow, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "check_dialog",
            f"Checked: {place.draft.name}",
            "&Write it down",
            parent,
            explanation=place.draft.look_for,
        )
        self._place = place
        self._goes_on = False
        self.on = DateEdit("check_on", "Looked on", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.rating = named(QLineEdit(self), "check_rating", "Rating, in stars")
        self.rating.setPlaceholderText("For example 4.3")
        self.reviews = named(QLineEdit(self), "check_reviews", "How many reviews there are")
        for each in (self.rating, self.reviews):
            each.setMaximumWidth(140)
        self.note = self.note_field("check_note", "Note", 3)
        self.form.add("Looked &on", self.on, "on")
        self.form.add("&Rating", self.rating, "rating_tenths", "Where the place shows one, 0 to 5 stars.")
        self.form.add("Re&views", self.reviews, "reviews", "How many it counts by now.")
        self.form.add("&Note", self.note, "note")
        self.go_on = button(
            "Write it down and record a &finding…",
            "check_finding",
            self._submit_and_go_on,
            tip="For praise or criticism that was found there",
        )
        self.add_button(self.go_on)
        self.note.setFocus()

    def work(self) -> Work:
        ctx, place_id = self._desk.ctx, self._place.id
        problems: list[Problem] = []
        on = None
        try:
            on = self.on.day("on")
        except Invalid as error:
            problems += error.problems
        else:
            if on is None:
                problems.append(Problem("on", "Say on which day somebody looked."))
        tenths = reviews = None
        try:
            tenths = _tenths(self.rating.text())
        except ValueError:
            problems.append(Problem("rating_tenths", "Write the rating as a number, for example 4.3."))
        try:
            reviews = _whole(self.reviews.text())
        except ValueError:
            problems.append(Problem("reviews", "Write how many reviews there are as a whole number."))
        if problems or on is None:
            raise Invalid(problems)
        draft = CheckDraft(on, self.note.toPlainText(), tenths, reviews)

        def do(progress: Progress) -> object:
            return reputation.check(ctx, place_id, draft)

        return do

    def _submit_and_go_on(self) -> None:
        self._goes_on = True
        self._submit()

    def _ended(self) -> None:
        super()._ended()
        self._goes_on = False

    def _accepted(self, result: object) -> None:
        goes_on, on = self._goes_on, self.on.day()
        super()._accepted(result)
        if goes_on and isinstance(result, Saved):
            self.found_something.emit(FindingDraft(place_id=self._place.id, check_id=result.id, found_on=on))


def _tenths(typed: str) -> int | None:
    """A rating in tenths of a star; None for nothing typed. Raises ValueError for what is no rating."""
    text = typed.strip().replace(",", ".")
    return round(float(text) * 10) if text else None


def _whole(typed: str) -> int | None:
    text = typed.replace(",", "").strip()
    return int(text) if text else None


class ChecksDialog(QDialog):
    """Everything that was done with a place, newest first; a check that was a slip is taken back."""

    def __init__(self, desk: Desk, place: PlaceRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._place = desk, place
        self._fresh = True
        self.setObjectName("checks_dialog")
        self.setWindowTitle(f"Checks of {place.draft.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.table = StoryTable("checks", f"Checks of {place.draft.name}")
        self.none = PlainLabel("Nobody has looked there yet.", look="muted")
        self.take_back = button("&Take the check back…", "checks_take_back", self._take_back)
        self.take_back.setVisible(allowed(desk.ctx.user.roles, Permission.REPUTATION_EDIT))
        self.close_button = button("Close", "checks_close", self.reject)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading(f"Checks of {place.draft.name}", 2))
        column.addWidget(self.none)
        column.addWidget(self.table, 1)
        column.addWidget(closing(self.close_button, self.take_back))
        self.table.currentCellChanged.connect(self._show_possible)
        theme.fit(self, 720, 460)
        desk.events.changed.connect(self._changed)
        self._show_possible()
        self._load()

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "place", self._place.id):
            self._load()

    def _load(self) -> None:
        ctx, place_id = self._desk.ctx, self._place.id

        def work(progress: Progress) -> tuple[list[CheckRow], tuple[History, ...]]:
            return reputation.checks(ctx, place_id), reputation.story(ctx, place_id)

        self._desk.tasks.latest(self, "checks", work, self._show)

    def _show(self, found: tuple[list[CheckRow], tuple[History, ...]]) -> None:
        checks, story = found
        lines = [(each.checked_on, 1, each.id, _check_line(each)) for each in checks]
        lines += [(each.happened_on, 0, each.id, _story_line(each)) for each in story]
        lines.sort(key=lambda line: line[:3], reverse=True)
        self.table.show_lines([line[3] for line in lines])
        self.none.setVisible(not checks)
        if lines and self._fresh:
            # The newest stands first, and is what a slip is looked for in.
            self.table.setCurrentCell(0, 1)
            self._fresh = False
        self._show_possible()
        self.table.setFocus()

    def _show_possible(self) -> None:
        line = self.table.current()
        self.take_back.setEnabled(line is not None and isinstance(line.what, CheckRow) and not line.struck)

    def _take_back(self) -> None:
        line = self.table.current()
        if line is None or not isinstance(line.what, CheckRow):
            return
        ctx, check_id = self._desk.ctx, line.what.id
        ReasonService(
            self._desk,
            "check_take_back",
            "Take a check back",
            "&Why is it taken back?",
            "&Take it back",
            lambda reason: reputation.withdraw_check(ctx, check_id, reason),
            self,
            explanation="The line stays, struck out, with the reason. The place is due as if nobody had looked then.",
        ).open()


def _check_line(check: CheckRow) -> StoryLine:
    parts = [check.note or "Nothing new"]
    if check.rating_tenths is not None:
        parts.append(f"{stars(check.rating_tenths)}.")
    if check.reviews is not None:
        parts.append(f"{count(check.reviews, 'review')}.")
    if check.findings:
        parts.append(f"{count(check.findings, 'finding')} recorded.")
    text = "\n".join([f"{check.checked_by}: {parts[0]}", *([" ".join(parts[1:])] if parts[1:] else [])])
    if check.withdrawn:
        text += f"\nTaken back: {check.withdrawn_reason}"
    day = f"{weekday(check.checked_on)[:3]} {narrow_day(check.checked_on)}"
    return StoryLine(check.id, day, text, check.checked_by, check, struck=check.withdrawn)


def _story_line(line: History) -> StoryLine:
    reason = f"Reason: {line.reason}" if line.reason else ""
    text = "\n".join(part for part in (_PLACE_HISTORY.get(line.kind, ""), line.text, reason) if part)
    day = f"{weekday(line.happened_on)[:3]} {narrow_day(line.happened_on)}"
    # Below zero: a line of the history and a check may have the same number.
    return StoryLine(-line.id, day, text, f"{line.who}\n{narrow_moment(line.recorded_at)}", line)
