"""Papers: letters about business cases, messages and blocks, and to nobody on record; wordings; issued papers (DOC-1).

The table of letters is built anew, since a letter's person may now be absent; its guards are made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"

LETTERS = [
    # The person may change (a merge moves letters); how it went, and that it came back, is added later.
    """
    CREATE TRIGGER letter_approved_unchanged BEFORE UPDATE ON letter
    WHEN OLD.approved_at IS NOT NULL AND (
        NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id
        OR NEW.exception_id IS NOT OLD.exception_id OR NEW.case_id IS NOT OLD.case_id
        OR NEW.message_id IS NOT OLD.message_id OR NEW.block_id IS NOT OLD.block_id OR NEW.kind IS NOT OLD.kind
        OR NEW.recipient IS NOT OLD.recipient OR NEW.language IS NOT OLD.language OR NEW.look IS NOT OLD.look
        OR NEW.wording_id IS NOT OLD.wording_id OR NEW.envelope IS NOT OLD.envelope
        OR NEW.subject IS NOT OLD.subject OR NEW.addressee IS NOT OLD.addressee
        OR NEW.salutation IS NOT OLD.salutation OR NEW.body IS NOT OLD.body
        OR NEW.english_subject IS NOT OLD.english_subject OR NEW.english_body IS NOT OLD.english_body
        OR NEW.english_salutation IS NOT OLD.english_salutation
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
    WHEN (NEW.incident_id IS NOT NULL) + (NEW.exception_id IS NOT NULL) + (NEW.case_id IS NOT NULL)
        + (NEW.message_id IS NOT NULL) + (NEW.block_id IS NOT NULL) <> 1
    BEGIN SELECT raise(ABORT, 'a letter is about one matter'); END
    """,
    """
    CREATE TRIGGER letter_to_somebody BEFORE INSERT ON letter
    WHEN (NEW.person_id IS NULL) = (NEW.recipient = '')
    BEGIN SELECT raise(ABORT, 'a letter goes to a person or to a named office'); END
    """,
]

PAPERS = [
    """
    CREATE TRIGGER letter_wording_unchanged BEFORE UPDATE ON letter_wording
    BEGIN SELECT raise(ABORT, 'a wording is not changed: save a new version'); END
    """,
    """
    CREATE TRIGGER letter_wording_kept BEFORE DELETE ON letter_wording
    BEGIN SELECT raise(ABORT, 'a wording is kept'); END
    """,
    """
    CREATE TRIGGER letter_wording_not_replaced BEFORE INSERT ON letter_wording
    WHEN EXISTS (SELECT 1 FROM letter_wording WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a wording is not replaced'); END
    """,
    # Its file and key may be given up when it has been kept long enough; what it was stays.
    """
    CREATE TRIGGER issued_paper_unchanged BEFORE UPDATE ON issued_paper
    WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.title IS NOT OLD.title
        OR NEW.object_kind IS NOT OLD.object_kind OR NEW.object_id IS NOT OLD.object_id
        OR NEW.also IS NOT OLD.also OR NEW.confidential IS NOT OLD.confidential
        OR NEW.made_at IS NOT OLD.made_at
        OR NEW.made_by IS NOT OLD.made_by OR NEW.pages IS NOT OLD.pages OR NEW.sha256 IS NOT OLD.sha256
        OR NEW.size IS NOT OLD.size OR NEW.note IS NOT OLD.note
        OR (NEW.stored_name IS NOT OLD.stored_name AND NEW.stored_name IS NOT NULL)
        OR (NEW.file_key IS NOT OLD.file_key AND NEW.file_key IS NOT NULL)
    BEGIN SELECT raise(ABORT, 'an issued paper is not changed'); END
    """,
    """
    CREATE TRIGGER issued_paper_kept BEFORE DELETE ON issued_paper
    BEGIN SELECT raise(ABORT, 'an issued paper is not removed'); END
    """,
    """
    CREATE TRIGGER issued_paper_not_replaced BEFORE INSERT ON issued_paper
    WHEN EXISTS (SELECT 1 FROM issued_paper WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'an issued paper is not replaced'); END
    """,
]

KEPT = (
    "id",
    "incident_id",
    "exception_id",
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

FRESH = {
    "recipient": "''",
    "language": "'en'",
    "look": "'standard'",
    "envelope": "'dl'",
    "marks": "'[]'",
    "english_subject": "''",
    "english_salutation": "''",
    "english_body": "''",
    "sent_proof": "''",
    "returned_why": "''",
}
"""What the new columns hold for letters that were there before."""


def upgrade() -> None:
    """Let letters be about more, and create the tables of wordings and issued papers."""
    op.add_column("person", sa.Column("paper_look", sa.String(), server_default="standard", nullable=False))
    op.create_table(
        "letter_wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("closing", sa.String(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("based_on", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name="fk_letter_wording_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_letter_wording"),
        sa.UniqueConstraint(
            "kind", "audience", "language", "number", name="uq_letter_wording_kind_audience_language_number"
        ),
    )
    op.rename_table("letter", "letter_before")
    for name in (
        "ix_letter_exception_id",
        "ix_letter_incident_id",
        "ix_letter_person_id",
        "ix_letter_status",
        "ix_letter_unsent",
    ):
        op.drop_index(name)
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("exception_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("block_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("wording_id", sa.Integer(), nullable=True),
        sa.Column("look", sa.String(), nullable=False),
        sa.Column("envelope", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("addressee", sa.String(), nullable=False),
        sa.Column("salutation", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("english_subject", sa.String(), nullable=False),
        sa.Column("english_salutation", sa.String(), nullable=False),
        sa.Column("english_body", sa.String(), nullable=False),
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
        sa.Column("sent_proof", sa.String(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_why", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["user.id"], name="fk_letter_approved_by"),
        sa.ForeignKeyConstraint(["block_id"], ["block.id"], name="fk_letter_block_id"),
        sa.ForeignKeyConstraint(["case_id"], ["business_case.id"], name="fk_letter_case_id"),
        sa.ForeignKeyConstraint(["drafted_by"], ["user.id"], name="fk_letter_drafted_by"),
        sa.ForeignKeyConstraint(["exception_id"], ["connection_exception.id"], name="fk_letter_exception_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_letter_incident_id"),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name="fk_letter_issued_by"),
        sa.ForeignKeyConstraint(["message_id"], ["account_message.id"], name="fk_letter_message_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_letter_person_id"),
        sa.ForeignKeyConstraint(["signing_key_id"], ["signing_key.id"], name="fk_letter_signing_key_id"),
        sa.ForeignKeyConstraint(["wording_id"], ["letter_wording.id"], name="fk_letter_wording_id"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("issue_year", "issue_number", name="uq_letter_issue_year_issue_number"),
        sa.UniqueConstraint("stored_name", name="uq_letter_stored_name"),
    )
    columns = ", ".join((*KEPT, *FRESH))
    values = ", ".join((*KEPT, *FRESH.values()))
    op.execute(f"INSERT INTO letter ({columns}) SELECT {values} FROM letter_before")  # noqa: S608  fixed names
    op.drop_table("letter_before")
    op.create_index(
        "ix_letter_back", "letter", ["returned_on", "id"], sqlite_where=sa.text("returned_on IS NOT NULL")
    )
    op.create_index("ix_letter_block_id", "letter", ["block_id"])
    op.create_index("ix_letter_case_id", "letter", ["case_id"])
    op.create_index("ix_letter_exception_id", "letter", ["exception_id"])
    op.create_index("ix_letter_incident_id", "letter", ["incident_id"])
    op.create_index("ix_letter_message_id", "letter", ["message_id"])
    op.create_index("ix_letter_person_id", "letter", ["person_id"])
    op.create_index("ix_letter_status", "letter", ["status", "id"])
    op.create_index(
        "ix_letter_unsent", "letter", ["status", "issued_on", "id"], sqlite_where=sa.text("sent_on IS NULL")
    )
    op.create_index("ix_letter_wording_id", "letter", ["wording_id"])
    op.create_table(
        "issued_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("also", sa.JSON(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_name", sa.String(), nullable=True),
        sa.Column("file_key", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name="fk_issued_paper_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_issued_paper"),
        sa.UniqueConstraint("stored_name", name="uq_issued_paper_stored_name"),
    )
    op.create_index("ix_issued_paper_object", "issued_paper", ["object_kind", "object_id", "id"])
    op.create_index("ix_issued_paper_sha256", "issued_paper", ["sha256"])
    for statement in LETTERS + PAPERS:
        op.execute(statement)
