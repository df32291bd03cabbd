"""The shape and colour of each standing; its words always stand beside."""

from __future__ import annotations

from typing import Final

from smdesk.services.agreement_records import AnswerState
from smdesk.services.training_records import TrainingStanding

ANSWER_TONES: Final = {
    AnswerState.OUTSTANDING: "warning",
    AnswerState.OLDER: "warning",
    AnswerState.SIGNED: "ok",
    # AUP-1: a refusal is an answer, not a fault.
    AnswerState.DECLINED: "neutral",
}
TRAINING_TONES: Final = {
    TrainingStanding.MISSING: "danger",
    TrainingStanding.LAPSED: "danger",
    TrainingStanding.LAPSING: "warning",
    TrainingStanding.VALID: "ok",
}
