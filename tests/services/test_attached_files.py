"""Files of sign-offs, messages, findings and policies: encrypted, removed with a reason, seen as their owner is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import select, text

from smdesk.db import backup
from smdesk.db import evidence as store
from smdesk.db.models import AccountMessage, AttachedFile, AuditEntry, HistoryLine, SignOff
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused, Tampered
from smdesk.policy.vocabulary import Conduct
from smdesk.services import attached_files, verify
from smdesk.services.attached_files import AttachedFileRecord, Owner, OwnerKind
from smdesk.services.incident_records import Confidentiality
from tests.support.accounts import a_finding, a_message, a_policy_version, a_sign_off, an_account
from tests.support.school import SmallSchool

TEXT = b"It was said at ten in the evening."
PDF = b"%PDF-1.7\n% the policy, third version\n"


def picture(width: int = 40) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, 60), "white").save(out, format="PNG")
    return out.getvalue()


def message_of(school: SmallSchool, **more: object) -> Owner:
    return Owner(OwnerKind.MESSAGE, a_message(school, an_account(school), **more))


def kept(school: SmallSchool, owner: Owner) -> tuple[AttachedFileRecord, ...]:
    with school.database.reading() as session:
        return attached_files.records(session, owner)


def actions(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        query = select(AuditEntry.action).where(AuditEntry.object_kind == "attached_file")
        return list(session.scalars(query.order_by(AuditEntry.seq)))


def test_a_file_is_kept_encrypted_and_read_back(school: SmallSchool, tmp_path: Path) -> None:
    owner = message_of(school)
    office = school.ctx_for("business_manager")
    saved = attached_files.add(office, owner, "said.txt", TEXT, " From the page ")
    assert saved.changes == {("message", owner.id)}
    (record,) = kept(school, owner)
    assert (record.id, record.name, record.media_type, record.note, record.added_by, record.removed) == (
        saved.id,
        "said.txt",
        "text/plain",
        "From the page",
        "Ms B. Cedar",
        False,
    )
    (name,) = store.stored_names(school.folder.evidence)
    assert TEXT not in store.path_of(school.folder.evidence, name).read_bytes()
    leader = school.ctx_for("leadership")
    assert attached_files.read(leader, saved.id) == TEXT
    attached_files.save_copy(leader, saved.id, tmp_path / "copy.txt")
    assert (tmp_path / "copy.txt").read_bytes() == TEXT
    assert actions(school) == ["file.added", "file.copied"]
    with school.database.reading() as session:
        line = session.scalars(select(HistoryLine)).one()
        assert (line.object_kind, line.object_id, line.text) == (
            "message",
            owner.id,
            "File kept: said.txt",
        )


def test_each_owner_keeps_its_own_and_says_what_changed(school: SmallSchool) -> None:
    account = an_account(school)
    policy, version = a_policy_version(school)
    owners = {
        Owner(OwnerKind.SIGN_OFF, a_sign_off(school, account)): ("business_manager", picture()),
        Owner(OwnerKind.FINDING, a_finding(school)): ("leadership", picture()),
        Owner(OwnerKind.MESSAGE, a_message(school, account)): ("leadership", picture()),
        Owner(OwnerKind.POLICY_VERSION, version): ("headteacher", PDF),
    }
    for owner, (login, data) in owners.items():
        saved = attached_files.add(school.ctx_for(login), owner, "", data)
        expected = (
            ("policy", policy) if owner.kind is OwnerKind.POLICY_VERSION else (str(owner.kind), owner.id)
        )
        assert saved.changes == {expected}
        assert len(kept(school, owner)) == 1
    assert kept(school, Owner(OwnerKind.SIGN_OFF, 999)) == ()


def test_who_may_not_see_the_owner_does_not_see_its_files(school: SmallSchool) -> None:
    policy_owner = Owner(OwnerKind.POLICY_VERSION, a_policy_version(school)[1])
    file = attached_files.add(school.ctx_for("headteacher"), policy_owner, "policy.pdf", PDF).id
    owner = message_of(school)
    other = attached_files.add(school.ctx_for("leadership"), owner, "said.txt", TEXT).id
    for login, number in (
        ("leadership", file),
        ("governor", other),
        ("administrator", other),
        ("chair", file),
    ):
        ctx = school.ctx_for(login)
        with pytest.raises(NotAllowed):
            attached_files.read(ctx, number)
        with pytest.raises(NotAllowed):
            attached_files.remove(ctx, number, "Wrong.")
    with pytest.raises(NotAllowed):
        attached_files.add(school.ctx_for("governor"), owner, "x.txt", b"More.")
    for wrong in (
        lambda: attached_files.read(school.ctx_for("dsl"), 999),
        lambda: attached_files.add(school.ctx_for("dsl"), Owner(OwnerKind.MESSAGE, 99), "a", TEXT),
    ):
        with pytest.raises(NotFound):
            wrong()


def test_what_was_handed_over_is_read_where_the_incident_may_be(school: SmallSchool) -> None:
    owner = message_of(school)
    file = attached_files.add(school.ctx_for("leadership"), owner, "said.txt", TEXT).id
    incident = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    with school.database.writing() as session:
        session.get_one(AccountMessage, owner.id).incident_id = incident
    for login in ("business_manager", "leadership"):
        with pytest.raises(NotFound):
            attached_files.read(school.ctx_for(login), file)
        with pytest.raises(NotFound):
            attached_files.add(school.ctx_for(login), owner, "b.txt", b"More.")
    assert attached_files.read(school.ctx_for("dsl"), file) == TEXT
    assert actions(school) == ["file.added", "file.opened"]
    with pytest.raises(Refused, match="handed over"):
        attached_files.add(school.ctx_for("dsl"), owner, "b.txt", b"More.")


def test_nothing_of_sexual_imagery_of_a_child_is_shown(school: SmallSchool) -> None:
    owner = message_of(school)
    file = attached_files.add(school.ctx_for("dsl"), owner, "said.png", picture()).id
    incident = school.incident("dsl", conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,))
    with school.database.writing() as session:
        session.get_one(AccountMessage, owner.id).incident_id = incident
    for shown in (
        lambda: attached_files.read(school.ctx_for("dsl"), file),
        lambda: attached_files.add(school.ctx_for("dsl"), owner, "b.png", picture(41)),
    ):
        with pytest.raises(Refused, match="sexual imagery"):
            shown()
    attached_files.remove(school.ctx_for("dsl"), file, "The police do not need it.")
    assert store.stored_names(school.folder.evidence) == set()


def test_a_decided_post_takes_no_more_pictures(school: SmallSchool) -> None:
    number = a_sign_off(school, an_account(school))
    owner = Owner(OwnerKind.SIGN_OFF, number)
    office = school.ctx_for("business_manager")
    saved = attached_files.add(office, owner, "tie.png", picture())
    assert saved.version == 2  # a leader who opened version 1 has not seen this picture
    with school.database.writing() as session:
        session.get_one(SignOff, number).status = "approved"
    with pytest.raises(Refused, match="decided"):
        attached_files.add(office, owner, "b.png", picture(41))


def test_what_is_not_kept_is_told_and_leaves_nothing(school: SmallSchool) -> None:
    owner = message_of(school)
    office = school.ctx_for("business_manager")
    for name, data, note, said in (
        ("a.exe", b"MZ\x90\x00\x03" + bytes(200), "", "can be kept"),
        ("a.png", picture()[:50], "", "damaged"),
        ("a.txt", b"", "", "empty"),
        ("a.txt", TEXT, "x" * 501, "500"),
    ):
        with pytest.raises(Invalid, match=said):
            attached_files.add(office, owner, name, data, note)
    policy = Owner(OwnerKind.POLICY_VERSION, a_policy_version(school)[1])
    with pytest.raises(Invalid, match="no PDF"):
        attached_files.add(office, policy, "policy.txt", TEXT)
    assert store.stored_names(school.folder.evidence) == set()
    attached_files.add(office, owner, "a.txt", TEXT)
    with pytest.raises(Refused, match=r"kept here already, as “a\.txt”"):
        attached_files.add(office, owner, "b.txt", TEXT)
    assert len(store.stored_names(school.folder.evidence)) == 1


def test_a_removed_file_loses_key_and_content_and_keeps_its_line(school: SmallSchool) -> None:
    owner = message_of(school)
    office = school.ctx_for("business_manager")
    file = attached_files.add(office, owner, "said.txt", TEXT).id
    with pytest.raises(Invalid, match="why"):
        attached_files.remove(office, file, " ")
    attached_files.remove(office, file, "It shows another child.")
    assert store.stored_names(school.folder.evidence) == set()
    # Nor does the key live on in the write-ahead log.
    assert school.folder.database.with_name(school.folder.database.name + "-wal").stat().st_size == 0
    (record,) = kept(school, owner)
    assert (record.removed, record.removed_reason) == (True, "It shows another child.")
    with school.database.reading() as session:
        row = session.get_one(AttachedFile, file)
        assert (row.file_key, row.stored_name) == (None, None)
    for again in (
        lambda: attached_files.read(office, file),
        lambda: attached_files.remove(office, file, "x"),
    ):
        with pytest.raises(Refused, match="removed"):
            again()


def test_two_files_exchanged_behind_the_programs_back_are_found(school: SmallSchool) -> None:
    """Each decrypts with its own key: that it is another file than the one that was kept, its hash tells."""
    owner = message_of(school)
    office = school.ctx_for("business_manager")
    one, other = (
        attached_files.add(office, owner, name, data).id
        for name, data in (("a.txt", TEXT), ("b.txt", TEXT[::-1]))
    )
    assert verify_files(school) == []
    with school.database.writing() as session:
        rows = [session.get_one(AttachedFile, each) for each in (one, other)]
        held = [(row.stored_name, row.file_key) for row in rows]
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'attached_file'"
        for name in session.execute(text(guards)).scalars().all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("UPDATE attached_file SET stored_name = stored_name || '-'"))
        for row, (name, key) in zip(rows, reversed(held), strict=True):
            session.execute(
                text("UPDATE attached_file SET stored_name = :name, file_key = :key WHERE id = :id"),
                {"name": name, "key": key, "id": row.id},
            )
    for each in (one, other):
        with pytest.raises(Tampered, match="is not the file that was kept"):
            attached_files.read(office, each)
    assert len(verify_files(school)) == 2


def verify_files(school: SmallSchool) -> list[str]:
    """What the check of all records says, the keys file left aside, which this school has not."""
    return [each for each in verify.check(school.ctx_for("headteacher")) if "keys.json" not in each]


def test_backups_carry_the_files_and_the_check_reads_them(school: SmallSchool, tmp_path: Path) -> None:
    owner = message_of(school)
    attached_files.add(school.ctx_for("business_manager"), owner, "said.txt", TEXT)
    (name,) = store.stored_names(school.folder.evidence)
    part = tmp_path / "part"
    part.mkdir()
    assert name in backup.write_into(school.database, school.folder, part, "test", school.clock.now).evidence
    path = store.path_of(school.folder.evidence, name)
    spoilt = bytearray(path.read_bytes())
    spoilt[-1] ^= 1
    path.write_bytes(spoilt)
    faults = [each for each in verify.check(school.ctx_for("headteacher")) if "File 1 of message" in each]
    assert len(faults) == 1
