"""Words and tones of the business cases tab."""

from __future__ import annotations

from smdesk.services.case_records import CaseDecisionKind, CaseStatus

TONES = {
    CaseStatus.DRAFT: "neutral",
    CaseStatus.SUBMITTED: "info",
    CaseStatus.MORE_WANTED: "warning",
    CaseStatus.APPROVED: "ok",
    CaseStatus.REJECTED: "danger",
    CaseStatus.WITHDRAWN: "neutral",
}

DECISION_TONES = {
    CaseDecisionKind.APPROVE: "ok",
    CaseDecisionKind.REJECT: "danger",
    CaseDecisionKind.ASK_FOR_MORE: "warning",
}
