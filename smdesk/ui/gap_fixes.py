"""What the buttons beside a gap do: each opens the place where it is put right (ACC-3).

Gaps in a form's own fields are the form's matter: ``fix`` says that it did nothing about them.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from smdesk.policy.accounts import Gap, GapKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services.context import Context
from smdesk.ui.desk import Desk

_ANSWERS: Final = (GapKind.NOT_ACKNOWLEDGED, GapKind.OLD_VERSION, GapKind.DECLINED)
_TRAINING: Final = (GapKind.NOT_TRAINED, GapKind.TRAINING_LAPSED)
_NEEDED: Final[dict[GapKind, Permission]] = {
    **dict.fromkeys(_ANSWERS, Permission.AGREEMENTS_EDIT),
    **dict.fromkeys(_TRAINING, Permission.AGREEMENTS_EDIT),
    GapKind.NO_POLICY: Permission.AGREEMENTS_READ,
    GapKind.NO_TRAINING_TYPE: Permission.AGREEMENTS_READ,
    GapKind.LEFT: Permission.PEOPLE_READ,
}


def can_fix(desk: Desk, gap: Gap) -> bool:
    """Whether this reader's role opens the place where the gap is put right. Other gaps are the form's own."""
    needed = _NEEDED.get(gap.kind)
    return needed is None or allowed(desk.ctx.user.roles, needed)


def can_slip(desk: Desk) -> bool:
    """Whether this reader may print acknowledgement slips."""
    return allowed(desk.ctx.user.roles, Permission.AGREEMENTS_READ)


def fix(desk: Desk, gap: Gap, parent: QWidget) -> bool:
    """Open the place where the gap is put right. False where that is a field of the form or an act of its own."""
    if gap.kind in _ANSWERS and gap.policy_id is not None and gap.person_id is not None:
        from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog

        AnswerDialog(desk, gap.policy_id, [gap.person_id], parent).open()
    elif gap.kind in _TRAINING and gap.person_id is not None:
        from smdesk.ui.pages.agreements.training_dialog import TrainingDialog

        TrainingDialog(desk, gap.training_type_id, [gap.person_id], parent).open()
    elif gap.kind is GapKind.LEFT and gap.person_id is not None:
        desk.open_person(gap.person_id)
    elif gap.kind in (GapKind.NO_POLICY, GapKind.NO_TRAINING_TYPE):
        desk.open_part("agreements", "policies" if gap.kind is GapKind.NO_POLICY else "training", 0)
    else:
        return False
    return True


def slip(desk: Desk, gap: Gap, parent: QWidget) -> None:
    """Show the acknowledgement slip of whoever the gap is about, to be printed and signed."""
    if gap.policy_id is None or gap.person_id is None:
        return
    from smdesk.ui.widgets.preview_window import Papers

    Papers(desk, parent).show("Acknowledgement slip", partial(_slip, desk.ctx, gap.policy_id, gap.person_id))


def _slip(ctx: Context, policy_id: int, person_id: int) -> bytes:
    from smdesk.services import agreement_papers

    return agreement_papers.slip_pdf(ctx, policy_id, [person_id])
