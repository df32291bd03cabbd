"""Connections: exceptions, decisions, files, history, questions, and letters about an exception (CON-1 to CON-5).

The table of letters is built anew, since a letter's incident may now be absent; its guards are made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"

LETTERS = [
    # The person may change: merging a duplicate moves their letters.
    """
    CREATE TRIGGER letter_approved_unchanged BEFORE UPDATE ON letter
    WHEN OLD.approved_at IS NOT NULL AND (
        NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id
        OR NEW.exception_id IS NOT OLD.exception_id OR NEW.kind IS NOT OLD.kind
        OR NEW.subject IS NOT OLD.subject OR NEW.addressee IS NOT OLD.addressee
        OR NEW.salutation IS NOT OLD.salutation OR NEW.body IS NOT OLD.body
        OR NEW.reply_by IS NOT OLD.reply_by OR NEW.names_reason IS NOT OLD.names_reason
        OR NEW.approved_by IS NOT OLD.approved_by OR NEW.approved_at IS NOT OLD.approved_at
        OR NEW.signed_payload IS NOT OLD.signed_payload OR NEW.signature IS NOT OLD.signature
        OR NEW.signing_key_id IS NOT OLD.signing_key_id
        OR NEW.status NOT IN ('approved', 'issued', 'withdrawn'))
    BEGIN SELECT raise(ABORT, 'an approved letter is not changed'); END
    """,
    """
    CREATE TRIGGER letter_issued_unchanged BEFORE UPDATE ON letter
    WHEN OLD.issued_at IS NOT NULL AND (
        NEW.issue_year IS NOT OLD.issue_year OR NEW.issue_number IS NOT OLD.issue_number
        OR NEW.issued_on IS NOT OLD.issued_on OR NEW.issued_at IS NOT OLD.issued_at
        OR NEW.issued_by IS NOT OLD.issued_by OR NEW.sha256 IS NOT OLD.sha256 OR NEW.size IS NOT OLD.size
        OR NEW.stored_name IS NOT OLD.stored_name OR NEW.file_key IS NOT OLD.file_key
        OR NEW.status NOT IN ('issued', 'withdrawn'))
    BEGIN SELECT raise(ABORT, 'an issued letter is not changed'); END
    """,
    """
    CREATE TRIGGER letter_approved_kept BEFORE DELETE ON letter
    WHEN OLD.approved_at IS NOT NULL
    BEGIN SELECT raise(ABORT, 'an approved letter is not removed'); END
    """,
    """
    CREATE TRIGGER letter_not_replaced BEFORE INSERT ON letter
    WHEN EXISTS (SELECT 1 FROM letter WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a letter is not replaced'); END
    """,
    """
    CREATE TRIGGER letter_one_matter BEFORE INSERT ON letter
    WHEN (NEW.incident_id IS NULL) = (NEW.exception_id IS NULL)
    BEGIN SELECT raise(ABORT, 'a letter is about one incident or one exception'); END
    """,
]

CONNECTIONS = [
    # What was decided on is not changed: another record supersedes it. The two people may follow a merge, and what is
    # worked out follows the records. ``notes`` and the marking are the office's and no part of what was signed.
    """
    CREATE TRIGGER connection_exception_sealed BEFORE UPDATE ON connection_exception
    WHEN OLD.sealed AND (
        NEW.id IS NOT OLD.id OR NEW.year IS NOT OLD.year OR NEW.number IS NOT OLD.number
        OR NEW.adult_kind IS NOT OLD.adult_kind OR NEW.capacity IS NOT OLD.capacity
        OR NEW.relationship IS NOT OLD.relationship OR NEW.relationship_note IS NOT OLD.relationship_note
        OR NEW.known_how IS NOT OLD.known_how OR NEW.since_on IS NOT OLD.since_on
        OR NEW.since_words IS NOT OLD.since_words OR NEW.links IS NOT OLD.links
        OR NEW.initiator IS NOT OLD.initiator OR NEW.adult_joined_on IS NOT OLD.adult_joined_on
        OR NEW.other_joined_on IS NOT OLD.other_joined_on OR NEW.declared_on IS NOT OLD.declared_on
        OR NEW.evidence_seen IS NOT OLD.evidence_seen OR NEW.conditions_proposed IS NOT OLD.conditions_proposed
        OR NEW.agreement IS NOT OLD.agreement OR NEW.agreement_on IS NOT OLD.agreement_on
        OR NEW.profile_id IS NOT OLD.profile_id OR NEW.supersedes_id IS NOT OLD.supersedes_id
        OR NEW.origin IS NOT OLD.origin OR NEW.recorded_by IS NOT OLD.recorded_by
        OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.withdrawn_at IS NOT OLD.withdrawn_at
        OR NOT NEW.sealed)
    BEGIN SELECT raise(ABORT, 'a decided exception is superseded, not changed'); END
    """,
    """
    CREATE TRIGGER connection_exception_kept BEFORE DELETE ON connection_exception
    BEGIN SELECT raise(ABORT, 'an exception is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER connection_exception_not_replaced BEFORE INSERT ON connection_exception
    WHEN EXISTS (SELECT 1 FROM connection_exception WHERE id = NEW.id OR (year = NEW.year AND number = NEW.number))
    BEGIN SELECT raise(ABORT, 'an exception is not replaced'); END
    """,
    """
    CREATE TRIGGER exception_platform_added BEFORE INSERT ON exception_platform
    WHEN (SELECT sealed FROM connection_exception WHERE id = NEW.exception_id)
    BEGIN SELECT raise(ABORT, 'a decided exception is superseded, not changed'); END
    """,
    """
    CREATE TRIGGER exception_platform_changed BEFORE UPDATE ON exception_platform
    WHEN (SELECT sealed FROM connection_exception WHERE id = OLD.exception_id)
    BEGIN SELECT raise(ABORT, 'a decided exception is superseded, not changed'); END
    """,
    """
    CREATE TRIGGER exception_platform_removed BEFORE DELETE ON exception_platform
    WHEN (SELECT sealed FROM connection_exception WHERE id = OLD.exception_id)
    BEGIN SELECT raise(ABORT, 'a decided exception is superseded, not changed'); END
    """,
    # A decision recorded from paper may be answered by its decider, once; then it carries the signature.
    """
    CREATE TRIGGER connection_decision_unchanged BEFORE UPDATE ON connection_decision
    WHEN NEW.id IS NOT OLD.id OR NEW.exception_id IS NOT OLD.exception_id OR NEW.kind IS NOT OLD.kind
        OR NEW.origin IS NOT OLD.origin OR NEW.reason IS NOT OLD.reason OR NEW.conditions IS NOT OLD.conditions
        OR NEW.decided_on IS NOT OLD.decided_on OR NEW.from_on IS NOT OLD.from_on
        OR NEW.review_on IS NOT OLD.review_on OR NEW.decided_by IS NOT OLD.decided_by
        OR NEW.decider_name IS NOT OLD.decider_name OR NEW.recorded_by IS NOT OLD.recorded_by
        OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.file_id IS NOT OLD.file_id
        OR ((OLD.origin <> 'paper' OR OLD.answer <> '') AND (
            NEW.answer IS NOT OLD.answer OR NEW.answered_at IS NOT OLD.answered_at
            OR NEW.answer_reason IS NOT OLD.answer_reason OR NEW.signed_payload IS NOT OLD.signed_payload
            OR NEW.signature IS NOT OLD.signature OR NEW.signing_key_id IS NOT OLD.signing_key_id))
    BEGIN SELECT raise(ABORT, 'a decision is never changed'); END
    """,
    """
    CREATE TRIGGER connection_decision_kept BEFORE DELETE ON connection_decision
    BEGIN SELECT raise(ABORT, 'a decision is never removed'); END
    """,
    """
    CREATE TRIGGER connection_decision_not_replaced BEFORE INSERT ON connection_decision
    WHEN EXISTS (SELECT 1 FROM connection_decision WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a decision is not replaced'); END
    """,
    """
    CREATE TRIGGER connection_event_unchanged BEFORE UPDATE ON connection_event
    BEGIN SELECT raise(ABORT, 'a line of the history is never changed'); END
    """,
    """
    CREATE TRIGGER connection_event_kept BEFORE DELETE ON connection_event
    BEGIN SELECT raise(ABORT, 'a line of the history is never removed'); END
    """,
    """
    CREATE TRIGGER connection_event_not_replaced BEFORE INSERT ON connection_event
    WHEN EXISTS (SELECT 1 FROM connection_event WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a line of the history is not replaced'); END
    """,
    # A file can lose its content and key, never get others.
    """
    CREATE TRIGGER connection_file_unchanged BEFORE UPDATE ON connection_file
    WHEN NEW.id IS NOT OLD.id OR NEW.exception_id IS NOT OLD.exception_id OR NEW.kind IS NOT OLD.kind
        OR NEW.added_at IS NOT OLD.added_at OR NEW.added_by IS NOT OLD.added_by
        OR NEW.sha256 IS NOT OLD.sha256 OR NEW.size IS NOT OLD.size
        OR (NEW.stored_name IS NOT NULL AND NEW.stored_name IS NOT OLD.stored_name)
        OR (NEW.file_key IS NOT NULL AND NEW.file_key IS NOT OLD.file_key)
    BEGIN SELECT raise(ABORT, 'a kept file is not changed'); END
    """,
    """
    CREATE TRIGGER connection_file_kept BEFORE DELETE ON connection_file
    BEGIN SELECT raise(ABORT, 'a kept file is removed with a reason, and its line stays'); END
    """,
]

KEPT = (
    "id",
    "incident_id",
    "person_id",
    "kind",
    "status",
    "subject",
    "addressee",
    "salutation",
    "body",
    "reply_by",
    "drafted_by",
    "drafted_at",
    "submitted_at",
    "returned_note",
    "names_reason",
    "step_reason",
    "approved_by",
    "approved_at",
    "signed_payload",
    "signature",
    "signing_key_id",
    "issue_year",
    "issue_number",
    "issued_on",
    "issued_at",
    "issued_by",
    "sha256",
    "size",
    "stored_name",
    "file_key",
    "sent_how",
    "sent_on",
    "sent_note",
    "withdrawn_at",
    "withdrawn_reason",
    "version",
)
"""The columns of a letter that were there before."""

SEARCH = [
    """
    CREATE VIRTUAL TABLE exception_search USING fts5(
        reference, people, details, prefix='2 3', tokenize='unicode61 remove_diacritics 2')
    """,
    # Otherwise a deleted name stays readable inside the index.
    "INSERT INTO exception_search(exception_search, rank) VALUES ('secure-delete', 1)",
]


def upgrade() -> None:
    """Create the tables and guards of the register, and let a letter be about an exception."""
    op.create_table(
        "connection_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("adult_kind", sa.String(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("relationship", sa.String(), nullable=False),
        sa.Column("relationship_note", sa.String(), nullable=False),
        sa.Column("known_how", sa.String(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("since_words", sa.String(), nullable=False),
        sa.Column("links", sa.String(), nullable=False),
        sa.Column("initiator", sa.String(), nullable=False),
        sa.Column("adult_joined_on", sa.Date(), nullable=True),
        sa.Column("other_joined_on", sa.Date(), nullable=True),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("declarant_id", sa.Integer(), nullable=True),
        sa.Column("evidence_seen", sa.String(), nullable=False),
        sa.Column("conditions_proposed", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("agreement_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("confidentiality", sa.String(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("role_changed_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("timeliness", sa.String(), nullable=False),
        sa.Column("late_days", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("end_cause", sa.String(), nullable=False),
        sa.Column("headteacher_concerned", sa.Boolean(), nullable=False),
        sa.Column("unconfirmed_paper", sa.Boolean(), nullable=False),
        sa.Column("adult_name", sa.String(), nullable=False),
        sa.Column("other_name", sa.String(), nullable=False),
        sa.Column("awaits", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["adult_id"], ["person.id"], name="fk_connection_exception_adult_id"),
        sa.ForeignKeyConstraint(["declarant_id"], ["person.id"], name="fk_connection_exception_declarant_id"),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name="fk_connection_exception_other_id"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["policy_profile.id"], name="fk_connection_exception_profile_id"
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_connection_exception_recorded_by"),
        sa.ForeignKeyConstraint(["submitted_by"], ["user.id"], name="fk_connection_exception_submitted_by"),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["connection_exception.id"], name="fk_connection_exception_supersedes_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_connection_exception"),
        sa.UniqueConstraint("year", "number", name="uq_connection_exception_year_number"),
    )
    op.create_index(
        "ix_connection_exception_day",
        "connection_exception",
        ["from_on", "ends_on", "id", "confidentiality", "headteacher_concerned"],
    )
    op.create_index("ix_connection_exception_other_id", "connection_exception", ["other_id"])
    op.create_index("ix_connection_exception_pair", "connection_exception", ["adult_id", "other_id"])
    op.create_index("ix_connection_exception_status", "connection_exception", ["status", "review_on", "id"])
    op.create_index("ix_connection_exception_supersedes_id", "connection_exception", ["supersedes_id"])
    op.create_table(
        "exception_platform",
        sa.Column("exception_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exception_id"],
            ["connection_exception.id"],
            name="fk_exception_platform_exception_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("exception_id", "platform", name="pk_exception_platform"),
    )
    op.create_index("ix_exception_platform_platform", "exception_platform", ["platform"])
    op.create_table(
        "connection_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exception_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
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
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name="fk_connection_file_added_by"),
        sa.ForeignKeyConstraint(
            ["exception_id"], ["connection_exception.id"], name="fk_connection_file_exception_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_connection_file"),
        sa.UniqueConstraint("stored_name", name="uq_connection_file_stored_name"),
    )
    op.create_index("ix_connection_file_exception_id", "connection_file", ["exception_id"])
    op.create_table(
        "connection_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exception_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("conditions", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decider_name", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.Column("answer_reason", sa.String(), nullable=False),
        sa.Column("signed_payload", sa.String(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("signing_key_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name="fk_connection_decision_decided_by"),
        sa.ForeignKeyConstraint(
            ["exception_id"], ["connection_exception.id"], name="fk_connection_decision_exception_id"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["connection_file.id"], name="fk_connection_decision_file_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_connection_decision_recorded_by"),
        sa.ForeignKeyConstraint(
            ["signing_key_id"], ["signing_key.id"], name="fk_connection_decision_signing_key_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_connection_decision"),
    )
    op.create_index("ix_connection_decision_exception", "connection_decision", ["exception_id", "id"])
    op.rename_table("letter", "letter_before")
    for name in ("ix_letter_incident_id", "ix_letter_person_id", "ix_letter_status"):
        op.drop_index(name)
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("exception_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("addressee", sa.String(), nullable=False),
        sa.Column("salutation", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.Text(), nullable=True),
        sa.Column("returned_note", sa.String(), nullable=False),
        sa.Column("names_reason", sa.String(), nullable=False),
        sa.Column("step_reason", sa.String(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.Text(), nullable=True),
        sa.Column("signed_payload", sa.String(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("signing_key_id", sa.Integer(), nullable=True),
        sa.Column("issue_year", sa.Integer(), nullable=True),
        sa.Column("issue_number", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.Text(), nullable=True),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("stored_name", sa.String(), nullable=True),
        sa.Column("file_key", sa.LargeBinary(), nullable=True),
        sa.Column("sent_how", sa.String(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_note", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["user.id"], name="fk_letter_approved_by"),
        sa.ForeignKeyConstraint(["drafted_by"], ["user.id"], name="fk_letter_drafted_by"),
        sa.ForeignKeyConstraint(["exception_id"], ["connection_exception.id"], name="fk_letter_exception_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_letter_incident_id"),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name="fk_letter_issued_by"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_letter_person_id"),
        sa.ForeignKeyConstraint(["signing_key_id"], ["signing_key.id"], name="fk_letter_signing_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("issue_year", "issue_number", name="uq_letter_issue_year_issue_number"),
        sa.UniqueConstraint("stored_name", name="uq_letter_stored_name"),
    )
    columns = ", ".join(KEPT)
    op.execute(f"INSERT INTO letter ({columns}) SELECT {columns} FROM letter_before")  # noqa: S608  fixed names
    op.drop_table("letter_before")
    op.create_index("ix_letter_exception_id", "letter", ["exception_id"])
    op.create_index("ix_letter_incident_id", "letter", ["incident_id"])
    op.create_index("ix_letter_person_id", "letter", ["person_id"])
    op.create_index("ix_letter_status", "letter", ["status", "id"])
    op.create_table(
        "connection_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exception_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["connection_decision.id"], name="fk_connection_event_decision_id"
        ),
        sa.ForeignKeyConstraint(
            ["exception_id"], ["connection_exception.id"], name="fk_connection_event_exception_id"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["connection_file.id"], name="fk_connection_event_file_id"),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_connection_event_letter_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_connection_event_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_connection_event"),
    )
    op.create_index("ix_connection_event_exception", "connection_event", ["exception_id", "id"])
    op.create_table(
        "relationship_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("exception_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("answer_recorded_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("outcome_reason", sa.String(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("headteacher_concerned", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["adult_id"], ["person.id"], name="fk_relationship_question_adult_id"),
        sa.ForeignKeyConstraint(
            ["answer_recorded_by"], ["user.id"], name="fk_relationship_question_answer_recorded_by"
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name="fk_relationship_question_asked_by"),
        sa.ForeignKeyConstraint(["closed_by"], ["user.id"], name="fk_relationship_question_closed_by"),
        sa.ForeignKeyConstraint(
            ["exception_id"], ["connection_exception.id"], name="fk_relationship_question_exception_id"
        ),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name="fk_relationship_question_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_relationship_question"),
    )
    op.create_index("ix_relationship_question_exception_id", "relationship_question", ["exception_id"])
    op.create_index("ix_relationship_question_other_id", "relationship_question", ["other_id"])
    op.create_index("ix_relationship_question_pair", "relationship_question", ["adult_id", "other_id"])
    op.create_index("ix_relationship_question_status", "relationship_question", ["status", "id"])
    for statement in LETTERS + CONNECTIONS + SEARCH:
        op.execute(statement)
