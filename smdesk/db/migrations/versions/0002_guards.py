"""What the database itself holds to, whoever writes: lines that cannot be changed, and the search tables.

A migration that rebuilds one of these tables must create its triggers again (``tests/db`` compares the list).
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"

AUDIT = [
    # INSERT OR REPLACE deletes without firing delete triggers, so only the next number may come in.
    """
    CREATE TRIGGER audit_entry_in_order BEFORE INSERT ON audit_entry
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_entry)
    BEGIN SELECT raise(ABORT, 'audit lines are only added at the end'); END
    """,
    """
    CREATE TRIGGER audit_entry_unchanged BEFORE UPDATE ON audit_entry
    BEGIN SELECT raise(ABORT, 'an audit line is never changed'); END
    """,
    """
    CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry
    BEGIN SELECT raise(ABORT, 'an audit line is never removed'); END
    """,
    """
    CREATE TRIGGER audit_detail_once BEFORE INSERT ON audit_detail
    WHEN EXISTS (SELECT 1 FROM audit_detail WHERE seq = NEW.seq)
    BEGIN SELECT raise(ABORT, 'an audit detail is written once'); END
    """,
    """
    CREATE TRIGGER audit_detail_only_erased BEFORE UPDATE ON audit_detail
    WHEN NEW.seq IS NOT OLD.seq OR NEW.detail IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.erased_at IS NULL
        OR OLD.erased_at IS NOT NULL
    BEGIN SELECT raise(ABORT, 'an audit detail can only be erased'); END
    """,
    """
    CREATE TRIGGER audit_detail_kept BEFORE DELETE ON audit_detail
    BEGIN SELECT raise(ABORT, 'an audit detail is erased, not removed'); END
    """,
]

LETTERS = [
    # The person may change: merging a duplicate moves their letters.
    """
    CREATE TRIGGER letter_approved_unchanged BEFORE UPDATE ON letter
    WHEN OLD.approved_at IS NOT NULL AND (
        NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id OR NEW.kind IS NOT OLD.kind
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
]

RECORDS = [
    """
    CREATE TRIGGER policy_profile_unchanged BEFORE UPDATE ON policy_profile
    BEGIN SELECT raise(ABORT, 'a policy version is never changed'); END
    """,
    """
    CREATE TRIGGER policy_profile_kept BEFORE DELETE ON policy_profile
    BEGIN SELECT raise(ABORT, 'a policy version is never removed'); END
    """,
    """
    CREATE TRIGGER policy_profile_not_replaced BEFORE INSERT ON policy_profile
    WHEN EXISTS (SELECT 1 FROM policy_profile WHERE id = NEW.id OR number = NEW.number)
    BEGIN SELECT raise(ABORT, 'a policy version is not replaced'); END
    """,
    """
    CREATE TRIGGER signing_key_unchanged BEFORE UPDATE ON signing_key
    WHEN NEW.id IS NOT OLD.id OR NEW.user_id IS NOT OLD.user_id OR NEW.public_key IS NOT OLD.public_key
        OR NEW.origin IS NOT OLD.origin OR NEW.made_by IS NOT OLD.made_by
        OR NEW.created_at IS NOT OLD.created_at
    BEGIN SELECT raise(ABORT, 'a signing key is never changed'); END
    """,
    """
    CREATE TRIGGER signing_key_kept BEFORE DELETE ON signing_key
    BEGIN SELECT raise(ABORT, 'a signing key is never removed'); END
    """,
    """
    CREATE TRIGGER signing_key_not_replaced BEFORE INSERT ON signing_key
    WHEN EXISTS (SELECT 1 FROM signing_key WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a signing key is not replaced'); END
    """,
    # INC-14: a line may be withdrawn with a reason, ticked off, or follow its person through a merge.
    """
    CREATE TRIGGER entry_unchanged BEFORE UPDATE ON entry
    WHEN NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id OR NEW.kind IS NOT OLD.kind
        OR NEW.step IS NOT OLD.step OR NEW.happened_on IS NOT OLD.happened_on
        OR NEW.happened_at IS NOT OLD.happened_at OR NEW.text IS NOT OLD.text
        OR NEW.reason IS NOT OLD.reason OR NEW.rule IS NOT OLD.rule OR NEW.chase_on IS NOT OLD.chase_on
        OR NEW.letter_id IS NOT OLD.letter_id OR NEW.evidence_id IS NOT OLD.evidence_id
        OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.recorded_by IS NOT OLD.recorded_by
    BEGIN SELECT raise(ABORT, 'a timeline line is withdrawn, not changed'); END
    """,
    # When a whole incident goes, its row is gone before its lines are: a single line cannot be picked out.
    """
    CREATE TRIGGER entry_kept BEFORE DELETE ON entry
    WHEN EXISTS (SELECT 1 FROM incident WHERE id = OLD.incident_id)
    BEGIN SELECT raise(ABORT, 'a timeline line is withdrawn, not removed'); END
    """,
    """
    CREATE TRIGGER entry_not_replaced BEFORE INSERT ON entry
    WHEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'a timeline line is not replaced'); END
    """,
    # A piece of evidence can lose its file and key, never get others.
    """
    CREATE TRIGGER evidence_unchanged BEFORE UPDATE ON evidence
    WHEN NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id
        OR NEW.added_at IS NOT OLD.added_at OR NEW.added_by IS NOT OLD.added_by
        OR NEW.sha256 IS NOT OLD.sha256 OR NEW.size IS NOT OLD.size
        OR NEW.withheld IS NOT OLD.withheld
        OR (NEW.stored_name IS NOT NULL AND NEW.stored_name IS NOT OLD.stored_name)
        OR (NEW.file_key IS NOT NULL AND NEW.file_key IS NOT OLD.file_key)
    BEGIN SELECT raise(ABORT, 'evidence is not changed'); END
    """,
]

SEARCH = [
    """
    CREATE VIRTUAL TABLE incident_search USING fts5(
        reference, summary, said, people, evidence, prefix='2 3', tokenize='unicode61 remove_diacritics 2')
    """,
    """
    CREATE VIRTUAL TABLE person_search USING fts5(
        name, online, email, phone, prefix='2 3', tokenize='unicode61 remove_diacritics 2')
    """,
    # Otherwise a deleted name stays readable inside the index.
    "INSERT INTO incident_search(incident_search, rank) VALUES ('secure-delete', 1)",
    "INSERT INTO person_search(person_search, rank) VALUES ('secure-delete', 1)",
]


def upgrade() -> None:
    """Create the triggers and the two full-text tables."""
    for statement in AUDIT + LETTERS + RECORDS + SEARCH:
        op.execute(statement)
