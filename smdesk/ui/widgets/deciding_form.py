"""The form of a record that is decided in it: what is typed in a decision not signed yet is nobody’s to lose."""

from __future__ import annotations

from smdesk.ui.messages import Choice
from smdesk.ui.widgets.record_form import Next
from smdesk.ui.widgets.record_frame import FramedForm
from smdesk.ui.widgets.signing_panel import SigningPanel


class DecidingForm(FramedForm):
    """A form that makes ``panel`` as well: where its record is decided."""

    panel: SigningPanel

    def fields_unsaved(self) -> bool:
        """True while something typed in the record itself is not saved."""
        return super().unsaved()

    def unsaved(self) -> bool:
        return super().unsaved() or (self._ready and self.panel.unsaved())

    def save(self) -> None:
        """Save the record (Ctrl+S). A decision is signed, not saved: while only that is typed, nothing is written."""
        if self.record is None or self.fields_unsaved():
            super().save()

    def save_then(self, kind: str, argument: object) -> bool:
        """As ``RecordForm`` has it; a decision that is only begun does not wait for a save."""
        if self.record is not None and not self.fields_unsaved():
            return False
        return super().save_then(kind, argument)

    def may_leave(self, then: Next = ("close", None)) -> bool:
        if self.fields_unsaved() or not self.unsaved():
            return super().may_leave(then)
        # Only a decision is half written. It is signed, not saved: there is nothing to press for it here.
        answer = self._desk.messages.choose(
            "You began to write a decision and have not signed it.",
            (
                Choice("draft", "Keep it as a draft"),
                Choice("discard", "Throw it away", danger=True),
                Choice("stay", "Go on writing"),
            ),
            more=f"A draft is brought back when you open the {self._noun} again. Nobody else can see it.",
            cancel="stay",
            default="draft",
        )
        if answer == "draft":
            self.save_draft()
        elif answer == "discard":
            self.keeper.forget_now(self.object_id)
            self.panel.clear()
        else:
            return False
        self._ready = False
        return True

    def _decision_edited(self) -> None:
        if self._ready:
            self.touched()

    def _enable(self) -> None:
        super()._enable()
        if self.record is not None and not self.fields_unsaved():
            self.header.save.setEnabled(False)

    def _now_open(self) -> None:
        # Saving the record dropped all that was kept of it, and with it the decision begun here.
        if self.panel.unsaved():
            self.keeper.touch()
        super()._now_open()
