"""Agreements and training, reputation, their files and histories, and what an import of people needs (AUP, REP)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"

GUARDS = [
    # An answer and a training can be withdrawn, and their person can follow a merge.
    """
    CREATE TRIGGER acknowledgement_unchanged BEFORE UPDATE ON acknowledgement
    WHEN NEW.id IS NOT OLD.id OR NEW.version_id IS NOT OLD.version_id OR NEW.answer IS NOT OLD.answer
        OR NEW.answered_on IS NOT OLD.answered_on OR NEW.how IS NOT OLD.how OR NEW.note IS NOT OLD.note
        OR NEW.recorded_by IS NOT OLD.recorded_by OR NEW.recorded_at IS NOT OLD.recorded_at
    BEGIN SELECT raise(ABORT, 'an answer is withdrawn, not changed'); END
    """,
    """
    CREATE TRIGGER acknowledgement_kept BEFORE DELETE ON acknowledgement
    BEGIN SELECT raise(ABORT, 'an answer is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER acknowledgement_not_replaced BEFORE INSERT ON acknowledgement
    WHEN EXISTS (SELECT 1 FROM acknowledgement WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'an answer is not replaced'); END
    """,
    """
    CREATE TRIGGER training_unchanged BEFORE UPDATE ON training
    WHEN NEW.id IS NOT OLD.id OR NEW.type_id IS NOT OLD.type_id OR NEW.done_on IS NOT OLD.done_on
        OR NEW.valid_until IS NOT OLD.valid_until OR NEW.given_by IS NOT OLD.given_by OR NEW.note IS NOT OLD.note
        OR NEW.recorded_by IS NOT OLD.recorded_by OR NEW.recorded_at IS NOT OLD.recorded_at
    BEGIN SELECT raise(ABORT, 'a training is withdrawn, not changed'); END
    """,
    """
    CREATE TRIGGER training_kept BEFORE DELETE ON training
    BEGIN SELECT raise(ABORT, 'a training is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER training_not_replaced BEFORE INSERT ON training
    WHEN EXISTS (SELECT 1 FROM training WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a training is not replaced'); END
    """,
    """
    CREATE TRIGGER policy_version_kept BEFORE DELETE ON policy_version
    WHEN EXISTS (SELECT 1 FROM acknowledgement WHERE version_id = OLD.id)
    BEGIN SELECT raise(ABORT, 'a version that was acknowledged is not removed'); END
    """,
    """
    CREATE TRIGGER place_check_unchanged BEFORE UPDATE ON place_check
    WHEN NEW.id IS NOT OLD.id OR NEW.place_id IS NOT OLD.place_id OR NEW.checked_on IS NOT OLD.checked_on
        OR NEW.checked_by IS NOT OLD.checked_by OR NEW.note IS NOT OLD.note
        OR NEW.rating_tenths IS NOT OLD.rating_tenths OR NEW.reviews IS NOT OLD.reviews
        OR NEW.recorded_by IS NOT OLD.recorded_by OR NEW.recorded_at IS NOT OLD.recorded_at
    BEGIN SELECT raise(ABORT, 'a check is withdrawn, not changed'); END
    """,
    """
    CREATE TRIGGER place_check_kept BEFORE DELETE ON place_check
    BEGIN SELECT raise(ABORT, 'a check is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER place_check_not_replaced BEFORE INSERT ON place_check
    WHEN EXISTS (SELECT 1 FROM place_check WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a check is not replaced'); END
    """,
    """
    CREATE TRIGGER finding_kept BEFORE DELETE ON finding
    BEGIN SELECT raise(ABORT, 'a finding is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER attached_file_one_owner BEFORE INSERT ON attached_file
    WHEN (NEW.sign_off_id IS NOT NULL) + (NEW.finding_id IS NOT NULL) + (NEW.message_id IS NOT NULL)
        + (NEW.policy_version_id IS NOT NULL) <> 1
    BEGIN SELECT raise(ABORT, 'a file belongs to one record'); END
    """,
    # A file can lose its content and key, never get others.
    """
    CREATE TRIGGER attached_file_unchanged BEFORE UPDATE ON attached_file
    WHEN NEW.id IS NOT OLD.id OR NEW.sign_off_id IS NOT OLD.sign_off_id OR NEW.finding_id IS NOT OLD.finding_id
        OR NEW.message_id IS NOT OLD.message_id OR NEW.policy_version_id IS NOT OLD.policy_version_id
        OR NEW.added_at IS NOT OLD.added_at OR NEW.added_by IS NOT OLD.added_by
        OR NEW.sha256 IS NOT OLD.sha256 OR NEW.size IS NOT OLD.size
        OR (NEW.stored_name IS NOT NULL AND NEW.stored_name IS NOT OLD.stored_name)
        OR (NEW.file_key IS NOT NULL AND NEW.file_key IS NOT OLD.file_key)
    BEGIN SELECT raise(ABORT, 'a kept file is not changed'); END
    """,
    """
    CREATE TRIGGER attached_file_kept BEFORE DELETE ON attached_file
    BEGIN SELECT raise(ABORT, 'a kept file is removed with a reason, and its line stays'); END
    """,
    """
    CREATE TRIGGER history_line_unchanged BEFORE UPDATE ON history_line
    BEGIN SELECT raise(ABORT, 'a line of the history is never changed'); END
    """,
    """
    CREATE TRIGGER history_line_kept BEFORE DELETE ON history_line
    BEGIN SELECT raise(ABORT, 'a line of the history is never removed'); END
    """,
    """
    CREATE TRIGGER history_line_not_replaced BEFORE INSERT ON history_line
    WHEN EXISTS (SELECT 1 FROM history_line WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a line of the history is not replaced'); END
    """,
]


def upgrade() -> None:
    """Create the tables and guards, and the new columns of people."""
    op.create_table(
        "policy_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asked_of", sa.String(), nullable=False),
        sa.Column("for_accounts", sa.Boolean(), nullable=False),
        sa.Column("reviewers", sa.String(), nullable=False),
        sa.Column("review_months", sa.Integer(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("retired_reason", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_document"),
    )
    op.create_table(
        "training_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=False),
        sa.Column("asked_of", sa.String(), nullable=False),
        sa.Column("for_accounts", sa.Boolean(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_training_type"),
    )
    op.create_table(
        "watched_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("look_for", sa.String(), nullable=False),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("stopped_reason", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["responsible_id"], ["person.id"], name="fk_watched_place_responsible_id"),
        sa.PrimaryKeyConstraint("id", name="pk_watched_place"),
    )
    op.create_index(
        "ix_watched_place_due", "watched_place", ["due_on", "id"], sqlite_where=sa.text("stopped_on IS NULL")
    )
    op.create_index("ix_watched_place_responsible_id", "watched_place", ["responsible_id"])
    op.create_table(
        "education_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("audience_note", sa.String(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=True),
        sa.Column("led_by", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_education_event_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_education_event"),
    )
    op.create_index("ix_education_event_day", "education_event", ["held_on", "id"])
    op.create_table(
        "history_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_history_line_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_history_line"),
    )
    op.create_index("ix_history_line_object", "history_line", ["object_kind", "object_id", "id"])
    op.create_table(
        "place_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("rating_tenths", sa.Integer(), nullable=True),
        sa.Column("reviews", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_place_check_person_id"),
        sa.ForeignKeyConstraint(["place_id"], ["watched_place.id"], name="fk_place_check_place_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_place_check_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_place_check"),
    )
    op.create_index("ix_place_check_person_id", "place_check", ["person_id"])
    op.create_index("ix_place_check_place", "place_check", ["place_id", "checked_on"])
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("adopted_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("changes", sa.String(), nullable=False),
        sa.Column("ask_again", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policy_document.id"], name="fk_policy_version_policy_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_policy_version_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_version"),
    )
    op.create_index("ix_policy_version_policy", "policy_version", ["policy_id", "adopted_on", "id"])
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_training_person_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_training_recorded_by"),
        sa.ForeignKeyConstraint(["type_id"], ["training_type.id"], name="fk_training_type_id"),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["user.id"], name="fk_training_withdrawn_by"),
        sa.PrimaryKeyConstraint("id", name="pk_training"),
    )
    op.create_index("ix_training_lapses", "training", ["valid_until", "id"], sqlite_where=sa.text("newest"))
    op.create_index("ix_training_person", "training", ["person_id", "type_id", "done_on"])
    op.create_index("ix_training_type", "training", ["type_id", "done_on"])
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_acknowledgement_person_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_acknowledgement_recorded_by"),
        sa.ForeignKeyConstraint(["version_id"], ["policy_version.id"], name="fk_acknowledgement_version_id"),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["user.id"], name="fk_acknowledgement_withdrawn_by"),
        sa.PrimaryKeyConstraint("id", name="pk_acknowledgement"),
    )
    op.create_index("ix_acknowledgement_person", "acknowledgement", ["person_id", "version_id"])
    op.create_index(
        "ix_acknowledgement_version",
        "acknowledgement",
        ["version_id", "person_id", "answer", "answered_on", "withdrawn_at"],
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("journalist", sa.Boolean(), nullable=False),
        sa.Column("media_told_on", sa.Date(), nullable=True),
        sa.Column("media_told", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("decision_reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_note", sa.String(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["place_check.id"], name="fk_finding_check_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name="fk_finding_decided_by"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_finding_incident_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_finding_person_id"),
        sa.ForeignKeyConstraint(["place_id"], ["watched_place.id"], name="fk_finding_place_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_finding_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("year", "number", name="uq_finding_year_number"),
    )
    op.create_index("ix_finding_check_id", "finding", ["check_id"])
    op.create_index("ix_finding_day", "finding", ["found_on", "id"])
    op.create_index("ix_finding_incident_id", "finding", ["incident_id"])
    op.create_index("ix_finding_person_id", "finding", ["person_id"])
    op.create_index("ix_finding_place", "finding", ["place_id", "found_on"])
    op.create_index(
        "ix_finding_to_do",
        "finding",
        ["found_on", "id"],
        sqlite_where=sa.text(
            "decision IN ('thank', 'answer', 'private_talk') AND done_on IS NULL AND withdrawn_at IS NULL"
        ),
    )
    op.create_index(
        "ix_finding_waiting",
        "finding",
        ["found_on", "id"],
        sqlite_where=sa.text("decision = '' AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "attached_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sign_off_id", sa.Integer(), nullable=True),
        sa.Column("finding_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("policy_version_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_name", sa.String(), nullable=True),
        sa.Column("file_key", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.Text(), nullable=True),
        sa.Column("removed_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name="fk_attached_file_added_by"),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name="fk_attached_file_finding_id"),
        sa.ForeignKeyConstraint(["message_id"], ["account_message.id"], name="fk_attached_file_message_id"),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name="fk_attached_file_policy_version_id"
        ),
        sa.ForeignKeyConstraint(["sign_off_id"], ["sign_off.id"], name="fk_attached_file_sign_off_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attached_file"),
        sa.UniqueConstraint("stored_name", name="uq_attached_file_stored_name"),
    )
    op.create_index("ix_attached_file_finding_id", "attached_file", ["finding_id"])
    op.create_index("ix_attached_file_message_id", "attached_file", ["message_id"])
    op.create_index("ix_attached_file_policy_version_id", "attached_file", ["policy_version_id"])
    op.create_index("ix_attached_file_sign_off_id", "attached_file", ["sign_off_id"])
    op.add_column("person", sa.Column("class_name", sa.String(), server_default="", nullable=False))
    op.add_column("person", sa.Column("outside_id", sa.String(), server_default="", nullable=False))
    op.create_index("ix_person_outside", "person", ["outside_id"])
    op.add_column("person_link", sa.Column("parental_responsibility", sa.Boolean(), nullable=True))
    # ### end Alembic commands ###
    for statement in GUARDS:
        op.execute(statement)
