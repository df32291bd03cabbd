"""School accounts: business cases, the register, watching, messages, sign-offs and blocks (ACC-1 to ACC-9)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"

GUARDS = [
    # What the leadership team decided on is not changed: another case supersedes it. The people may follow a merge.
    """
    CREATE TRIGGER business_case_sealed BEFORE UPDATE ON business_case
    WHEN OLD.sealed AND (
        NEW.id IS NOT OLD.id OR NEW.year IS NOT OLD.year OR NEW.number IS NOT OLD.number
        OR NEW.platform IS NOT OLD.platform OR NEW.proposed_name IS NOT OLD.proposed_name
        OR NEW.link IS NOT OLD.link OR NEW.exists_already IS NOT OLD.exists_already
        OR (OLD.account_id IS NOT NULL AND NEW.account_id IS NOT OLD.account_id)
        OR NEW.proposer_name IS NOT OLD.proposer_name OR NEW.aim IS NOT OLD.aim OR NEW.audience IS NOT OLD.audience
        OR NEW.promotion IS NOT OLD.promotion OR NEW.openness IS NOT OLD.openness
        OR NEW.openness_note IS NOT OLD.openness_note OR NEW.audience_age IS NOT OLD.audience_age
        OR NEW.consents IS NOT OLD.consents OR NEW.holidays IS NOT OLD.holidays
        OR NEW.when_runners_leave IS NOT OLD.when_runners_leave OR NEW.profile_id IS NOT OLD.profile_id
        OR NEW.supersedes_id IS NOT OLD.supersedes_id OR NEW.recorded_by IS NOT OLD.recorded_by
        OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.submitted_by IS NOT OLD.submitted_by
        OR NEW.submitted_on IS NOT OLD.submitted_on OR NEW.withdrawn_at IS NOT OLD.withdrawn_at
        OR NEW.status IS NOT OLD.status OR NEW.decided_on IS NOT OLD.decided_on OR NOT NEW.sealed)
    BEGIN SELECT raise(ABORT, 'a decided business case is proposed anew, not changed'); END
    """,
    """
    CREATE TRIGGER business_case_kept BEFORE DELETE ON business_case
    BEGIN SELECT raise(ABORT, 'a business case is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER business_case_not_replaced BEFORE INSERT ON business_case
    WHEN EXISTS (SELECT 1 FROM business_case WHERE id = NEW.id OR (year = NEW.year AND number = NEW.number))
    BEGIN SELECT raise(ABORT, 'a business case is not replaced'); END
    """,
    """
    CREATE TRIGGER case_runner_added BEFORE INSERT ON case_runner
    WHEN (SELECT sealed FROM business_case WHERE id = NEW.case_id)
    BEGIN SELECT raise(ABORT, 'a decided business case is proposed anew, not changed'); END
    """,
    """
    CREATE TRIGGER case_runner_changed BEFORE UPDATE ON case_runner
    WHEN (SELECT sealed FROM business_case WHERE id = OLD.case_id)
        AND (NEW.id IS NOT OLD.id OR NEW.case_id IS NOT OLD.case_id OR NEW.position IS NOT OLD.position
            OR NEW.responsible IS NOT OLD.responsible)
    BEGIN SELECT raise(ABORT, 'a decided business case is proposed anew, not changed'); END
    """,
    """
    CREATE TRIGGER case_runner_removed BEFORE DELETE ON case_runner
    WHEN (SELECT sealed FROM business_case WHERE id = OLD.case_id)
    BEGIN SELECT raise(ABORT, 'a decided business case is proposed anew, not changed'); END
    """,
    """
    CREATE TRIGGER case_decision_unchanged BEFORE UPDATE ON case_decision
    BEGIN SELECT raise(ABORT, 'a decision is never changed'); END
    """,
    """
    CREATE TRIGGER case_decision_kept BEFORE DELETE ON case_decision
    BEGIN SELECT raise(ABORT, 'a decision is never removed'); END
    """,
    """
    CREATE TRIGGER case_decision_not_replaced BEFORE INSERT ON case_decision
    WHEN EXISTS (SELECT 1 FROM case_decision WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a decision is not replaced'); END
    """,
    """
    CREATE TRIGGER case_vote_unchanged BEFORE UPDATE ON case_vote
    BEGIN SELECT raise(ABORT, 'a decision is never changed'); END
    """,
    """
    CREATE TRIGGER case_vote_kept BEFORE DELETE ON case_vote
    BEGIN SELECT raise(ABORT, 'a decision is never removed'); END
    """,
    """
    CREATE TRIGGER case_vote_not_replaced BEFORE INSERT ON case_vote
    WHEN EXISTS (SELECT 1 FROM case_vote WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a decision is not replaced'); END
    """,
    """
    CREATE TRIGGER school_account_kept BEFORE DELETE ON school_account
    BEGIN SELECT raise(ABORT, 'an account is closed, not removed'); END
    """,
    # A look can be withdrawn, and its person can follow a merge.
    """
    CREATE TRIGGER account_look_unchanged BEFORE UPDATE ON account_look
    WHEN NEW.id IS NOT OLD.id OR NEW.account_id IS NOT OLD.account_id OR NEW.looked_on IS NOT OLD.looked_on
        OR NEW.looked_by IS NOT OLD.looked_by OR NEW.found IS NOT OLD.found OR NEW.note IS NOT OLD.note
        OR NEW.recorded_by IS NOT OLD.recorded_by OR NEW.recorded_at IS NOT OLD.recorded_at
    BEGIN SELECT raise(ABORT, 'a look is withdrawn, not changed'); END
    """,
    """
    CREATE TRIGGER account_look_kept BEFORE DELETE ON account_look
    BEGIN SELECT raise(ABORT, 'a look is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER account_look_not_replaced BEFORE INSERT ON account_look
    WHEN EXISTS (SELECT 1 FROM account_look WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a look is not replaced'); END
    """,
    """
    CREATE TRIGGER account_message_kept BEFORE DELETE ON account_message
    BEGIN SELECT raise(ABORT, 'a message is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER sign_off_decided BEFORE UPDATE ON sign_off
    WHEN OLD.decided_at IS NOT NULL AND (
        NEW.id IS NOT OLD.id OR NEW.account_id IS NOT OLD.account_id OR NEW.title IS NOT OLD.title
        OR NEW.post IS NOT OLD.post OR NEW.concern IS NOT OLD.concern OR NEW.asked_by IS NOT OLD.asked_by
        OR NEW.asked_at IS NOT OLD.asked_at OR NEW.asked_of IS NOT OLD.asked_of OR NEW.status IS NOT OLD.status
        OR NEW.decided_by IS NOT OLD.decided_by OR NEW.decided_at IS NOT OLD.decided_at
        OR NEW.reason IS NOT OLD.reason OR NEW.changed_post IS NOT OLD.changed_post)
    BEGIN SELECT raise(ABORT, 'a decided sign-off is asked anew, not changed'); END
    """,
    """
    CREATE TRIGGER sign_off_kept BEFORE DELETE ON sign_off
    BEGIN SELECT raise(ABORT, 'a sign-off is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER block_kept BEFORE DELETE ON block
    BEGIN SELECT raise(ABORT, 'a block is ended, not removed'); END
    """,
]


def upgrade() -> None:
    """Create the tables and guards of the accounts."""
    op.create_table(
        "school_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("openness", sa.String(), nullable=False),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("credentials_place", sa.String(), nullable=False),
        sa.Column("checklist", sa.String(), nullable=False),
        sa.Column("checklist_on", sa.Date(), nullable=True),
        sa.Column("watch_days", sa.Integer(), nullable=False),
        sa.Column("watch_holidays", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_reason", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_school_account_recorded_by"),
        sa.ForeignKeyConstraint(["responsible_id"], ["person.id"], name="fk_school_account_responsible_id"),
        sa.PrimaryKeyConstraint("id", name="pk_school_account"),
    )
    op.create_index(
        "ix_school_account_open",
        "school_account",
        ["looked_on", "review_on", "id"],
        sqlite_where=sa.text("closed_on IS NULL"),
    )
    op.create_index("ix_school_account_responsible_id", "school_account", ["responsible_id"])
    op.create_table(
        "account_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("looked_by", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_account_look_account_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_look_person_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_account_look_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_account_look"),
    )
    op.create_index(
        "ix_account_look_day",
        "account_look",
        ["account_id", "looked_on"],
        sqlite_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index("ix_account_look_person_id", "account_look", ["person_id"])
    op.create_table(
        "account_runner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_account_runner_account_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_runner_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_runner"),
    )
    op.create_index("ix_account_runner_account_id", "account_runner", ["account_id"])
    op.create_index("ix_account_runner_person_id", "account_runner", ["person_id"])
    op.create_table(
        "business_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("proposed_name", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("exists_already", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("proposer_id", sa.Integer(), nullable=True),
        sa.Column("proposer_name", sa.String(), nullable=False),
        sa.Column("aim", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("promotion", sa.String(), nullable=False),
        sa.Column("openness", sa.String(), nullable=False),
        sa.Column("openness_note", sa.String(), nullable=False),
        sa.Column("audience_age", sa.String(), nullable=False),
        sa.Column("consents", sa.String(), nullable=False),
        sa.Column("holidays", sa.String(), nullable=False),
        sa.Column("when_runners_leave", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_business_case_account_id"),
        sa.ForeignKeyConstraint(["profile_id"], ["policy_profile.id"], name="fk_business_case_profile_id"),
        sa.ForeignKeyConstraint(["proposer_id"], ["person.id"], name="fk_business_case_proposer_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_business_case_recorded_by"),
        sa.ForeignKeyConstraint(["submitted_by"], ["user.id"], name="fk_business_case_submitted_by"),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["business_case.id"], name="fk_business_case_supersedes_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_business_case"),
        sa.UniqueConstraint("year", "number", name="uq_business_case_year_number"),
    )
    op.create_index("ix_business_case_account_id", "business_case", ["account_id"])
    op.create_index("ix_business_case_proposer_id", "business_case", ["proposer_id"])
    op.create_index("ix_business_case_status", "business_case", ["status", "submitted_on", "id"])
    op.create_index("ix_business_case_supersedes_id", "business_case", ["supersedes_id"])
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("concern", sa.String(), nullable=False),
        sa.Column("planned_for", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("asked_of", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_post", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_sign_off_account_id"),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name="fk_sign_off_asked_by"),
        sa.ForeignKeyConstraint(["asked_of"], ["user.id"], name="fk_sign_off_asked_of"),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name="fk_sign_off_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_off"),
    )
    op.create_index("ix_sign_off_account", "sign_off", ["account_id", "id"])
    op.create_index(
        "ix_sign_off_waiting", "sign_off", ["asked_at", "id"], sqlite_where=sa.text("status = 'waiting'")
    )
    op.create_table(
        "watch_cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("absent_id", sa.Integer(), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["absent_id"], ["person.id"], name="fk_watch_cover_absent_id"),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_watch_cover_account_id"),
        sa.ForeignKeyConstraint(["cover_id"], ["person.id"], name="fk_watch_cover_cover_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_watch_cover_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_cover"),
    )
    op.create_index("ix_watch_cover_absent_id", "watch_cover", ["absent_id"])
    op.create_index("ix_watch_cover_account_id", "watch_cover", ["account_id"])
    op.create_index("ix_watch_cover_cover_id", "watch_cover", ["cover_id"])
    op.create_table(
        "watch_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("holidays", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_watch_turn_account_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_watch_turn_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_turn"),
    )
    op.create_index("ix_watch_turn_account_id", "watch_turn", ["account_id"])
    op.create_index("ix_watch_turn_person_id", "watch_turn", ["person_id"])
    op.create_table(
        "account_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", sa.Text(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.Column("acknowledgement", sa.String(), nullable=False),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("replied_at", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("settled_how", sa.String(), nullable=False),
        sa.Column("settled_reason", sa.String(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_account_message_account_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_account_message_incident_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_message_person_id"),
        sa.ForeignKeyConstraint(["profile_id"], ["policy_profile.id"], name="fk_account_message_profile_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_account_message_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_account_message"),
        sa.UniqueConstraint("year", "number", name="uq_account_message_year_number"),
    )
    op.create_index("ix_account_message_account", "account_message", ["account_id", "received_at"])
    op.create_index("ix_account_message_incident_id", "account_message", ["incident_id"])
    op.create_index("ix_account_message_person_id", "account_message", ["person_id"])
    op.create_index("ix_account_message_received", "account_message", ["received_at", "id"])
    op.create_index(
        "ix_account_message_open",
        "account_message",
        ["received_at", "id"],
        sqlite_where=sa.text("replied_at IS NOT NULL AND settled_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "ix_letter_unsent",
        "letter",
        ["status", "issued_on", "id"],
        sqlite_where=sa.text("sent_on IS NULL"),
    )
    op.create_index(
        "ix_account_message_waiting",
        "account_message",
        ["due_at", "id"],
        sqlite_where=sa.text("replied_at IS NULL AND settled_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["school_account.id"], name="fk_block_account_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_block_incident_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_block_person_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_block_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_block"),
    )
    op.create_index("ix_block_account_id", "block", ["account_id"])
    op.create_index("ix_block_incident_id", "block", ["incident_id"])
    op.create_index("ix_block_person_id", "block", ["person_id"])
    op.create_index("ix_block_review", "block", ["review_on", "id"], sqlite_where=sa.text("ended_on IS NULL"))
    op.create_table(
        "case_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("conditions", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("present", sa.String(), nullable=False),
        sa.Column("minute_ref", sa.String(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorder_name", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("signed_payload", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signing_key_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["business_case.id"], name="fk_case_decision_case_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_case_decision_recorded_by"),
        sa.ForeignKeyConstraint(
            ["signing_key_id"], ["signing_key.id"], name="fk_case_decision_signing_key_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_case_decision"),
    )
    op.create_index("ix_case_decision_case_id", "case_decision", ["case_id"])
    op.create_table(
        "case_runner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("responsible", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["business_case.id"], name="fk_case_runner_case_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_case_runner_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_runner"),
    )
    op.create_index("ix_case_runner_case_id", "case_runner", ["case_id"])
    op.create_index("ix_case_runner_person_id", "case_runner", ["person_id"])
    op.create_table(
        "case_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["case_decision.id"], name="fk_case_vote_decision_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_case_vote_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_vote"),
    )
    op.create_index("ix_case_vote_decision_id", "case_vote", ["decision_id"])
    for statement in GUARDS:
        op.execute(statement)
