"""Every table as first shipped.

Written out in full: a migration describes the past, so it must not follow the models when they move on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "applied_migration",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("app_version", sa.String(), nullable=False),
        sa.Column("applied_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_applied_migration"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_object", "audit_entry", ["object_kind", "object_id"])
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("also", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("known_as", sa.String(), nullable=False),
        sa.Column("sort_name", sa.String(), nullable=False),
        sa.Column("identified", sa.Boolean(), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("year_group", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("online_names", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("letter_name", sa.String(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["person.id"], name="fk_person_merged_into"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_kind", "person", ["kind", "sort_name"])
    op.create_index("ix_person_merged_into", "person", ["merged_into"])
    op.create_index("ix_person_sort", "person", ["sort_name", "id"])
    op.create_table(
        "audit_detail",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.Column("erased_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["audit_entry.seq"], name="fk_audit_detail_seq"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_detail"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_consent_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_person_id", "consent", ["person_id"])
    op.create_table(
        "person_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name="fk_person_link_other_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_link_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person_link"),
        sa.UniqueConstraint(
            "person_id", "other_id", "relation", name="uq_person_link_person_id_other_id_relation"
        ),
    )
    op.create_index("ix_person_link_other_id", "person_link", ["other_id"])
    op.create_index("ix_person_link_person_id", "person_link", ["person_id"])
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vault_key", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("job_title", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_user_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.UniqueConstraint("login", name="uq_user_login"),
        sa.UniqueConstraint("vault_key", name="uq_user_vault_key"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_draft_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("user_id", "form", "object_id", name="uq_draft_user_id_form_object_id"),
    )
    op.create_index("ix_draft_user_id", "draft", ["user_id"])
    op.create_table(
        "person_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("keep_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("moved", sa.String(), nullable=False),
        sa.Column("merged_at", sa.Text(), nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["gone_id"], ["person.id"], name="fk_person_merge_gone_id"),
        sa.ForeignKeyConstraint(["keep_id"], ["person.id"], name="fk_person_merge_keep_id"),
        sa.ForeignKeyConstraint(["merged_by"], ["user.id"], name="fk_person_merge_merged_by"),
        sa.PrimaryKeyConstraint("id", name="pk_person_merge"),
    )
    op.create_index("ix_person_merge_gone_id", "person_merge", ["gone_id"])
    op.create_index("ix_person_merge_keep_id", "person_merge", ["keep_id"])
    op.create_table(
        "policy_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("toml", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name="fk_policy_profile_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_profile"),
        sa.UniqueConstraint("number", name="uq_policy_profile_number"),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.Text(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["user.id"], name="fk_signing_key_confirmed_by"),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name="fk_signing_key_made_by"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_signing_key_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
    )
    op.create_index("ix_signing_key_user_id", "signing_key", ["user_id"])
    op.create_table(
        "user_setting",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_user_setting_user_id"),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_user_setting"),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("posted_time", sa.String(), nullable=False),
        sa.Column("logged_at", sa.Text(), nullable=False),
        sa.Column("logged_by", sa.Integer(), nullable=False),
        sa.Column("handled_by", sa.Integer(), nullable=True),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("on_school_account", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("consent_notes", sa.String(), nullable=False),
        sa.Column("data_protection", sa.Boolean(), nullable=False),
        sa.Column("confidentiality", sa.String(), nullable=False),
        sa.Column("retention_class", sa.String(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("outcome_reason", sa.String(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("removal_asked_on", sa.Date(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("dsl_cleared_at", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.Text(), nullable=True),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("next_due", sa.Text(), nullable=True),
        sa.Column("reply_by", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_kind", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("headteacher_is_subject", sa.Boolean(), nullable=False),
        sa.Column("awaiting_headteacher", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_incident_author_id"),
        sa.ForeignKeyConstraint(["handled_by"], ["user.id"], name="fk_incident_handled_by"),
        sa.ForeignKeyConstraint(["logged_by"], ["user.id"], name="fk_incident_logged_by"),
        sa.ForeignKeyConstraint(["profile_id"], ["policy_profile.id"], name="fk_incident_profile_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("year", "number", name="uq_incident_year_number"),
    )
    op.create_index(
        "ix_incident_list",
        "incident",
        [
            "received_at",
            "id",
            "status",
            "confidentiality",
            "headteacher_is_subject",
            "logged_by",
            "handled_by",
            "next_due",
            "awaiting_headteacher",
            "platform",
            "author_kind",
            "route",
        ],
    )
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vault_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("nation", sa.String(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("complaints_procedure", sa.String(), nullable=False),
        sa.Column("official_channels", sa.String(), nullable=False),
        sa.Column("contacts", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["profile_id"], ["policy_profile.id"], name="fk_school_profile_id"),
        sa.PrimaryKeyConstraint("id", name="pk_school"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_name", sa.String(), nullable=True),
        sa.Column("file_key", sa.LargeBinary(), nullable=True),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("seen_at", sa.String(), nullable=False),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.Text(), nullable=True),
        sa.Column("removed_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name="fk_evidence_added_by"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_evidence_incident_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("stored_name", name="uq_evidence_stored_name"),
    )
    op.create_index("ix_evidence_incident_id", "evidence", ["incident_id"])
    op.create_table(
        "incident_conduct",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("conduct", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_incident_conduct_incident_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident_id", "conduct", name="pk_incident_conduct"),
    )
    op.create_index("ix_incident_conduct_conduct", "incident_conduct", ["conduct"])
    op.create_table(
        "incident_four_c",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("four_c", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_incident_four_c_incident_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident_id", "four_c", name="pk_incident_four_c"),
    )
    op.create_table(
        "incident_link",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["incident.id"], name="fk_incident_link_first_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["incident.id"], name="fk_incident_link_second_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_incident_link"),
    )
    op.create_index("ix_incident_link_second_id", "incident_link", ["second_id"])
    op.create_table(
        "incident_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_incident_person_incident_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_incident_person_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident_person"),
        sa.UniqueConstraint(
            "incident_id", "person_id", "role", name="uq_incident_person_incident_id_person_id_role"
        ),
    )
    op.create_index("ix_incident_person_person", "incident_person", ["person_id", "role", "incident_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_letter_incident_id"),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name="fk_letter_issued_by"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_letter_person_id"),
        sa.ForeignKeyConstraint(["signing_key_id"], ["signing_key.id"], name="fk_letter_signing_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("issue_year", "issue_number", name="uq_letter_issue_year_issue_number"),
        sa.UniqueConstraint("stored_name", name="uq_letter_stored_name"),
    )
    op.create_index("ix_letter_incident_id", "letter", ["incident_id"])
    op.create_index("ix_letter_person_id", "letter", ["person_id"])
    op.create_index("ix_letter_status", "letter", ["status", "id"])
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("happened_at", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("chase_on", sa.Date(), nullable=True),
        sa.Column("chased", sa.Boolean(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_entry_evidence_id"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_entry_incident_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_entry_letter_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_entry_person_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name="fk_entry_recorded_by"),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["user.id"], name="fk_entry_withdrawn_by"),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
    )
    op.create_index("ix_entry_chase", "entry", ["chase_on"])
    op.create_index("ix_entry_incident", "entry", ["incident_id", "id"])
    op.create_index("ix_entry_person", "entry", ["person_id", "kind", "happened_on"])
