"""Files of an exception: kept encrypted, removed with a reason, seen by whoever may see the exception."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db import backup
from smdesk.db import evidence as store
from smdesk.db.models import AuditEntry, ConnectionEvent, ConnectionFile, School
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused, SmdeskError
from smdesk.services import backups, connection_files, connections
from smdesk.services.connection_records import FileKind
from smdesk.services.incident_records import Confidentiality
from tests.support.connections import declare, opened, version
from tests.support.school import SmallSchool

WORDS = b"The mother says that he is her brother."


def scan(width: int = 40) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, 60), "white").save(out, format="PNG")
    return out.getvalue()


def add(school: SmallSchool, exception: int, login: str = "business_manager", **more: object) -> int:
    wanted: dict[str, object] = {"kind": FileKind.EVIDENCE, "name": "letter.txt", "data": WORDS, **more}
    return connection_files.add(school.ctx_for(login), exception, **wanted).id


def actions(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.object_kind == "connection_file")
                .order_by(AuditEntry.seq)
            )
        )


def test_a_file_is_kept_encrypted_and_read_back(school: SmallSchool, tmp_path: Path) -> None:
    exception = declare(school)
    file = add(school, exception, note="From the mother")
    (kept,) = opened(school, exception).files
    assert (kept.id, kept.kind, kept.name, kept.note, kept.added_by) == (
        file,
        FileKind.EVIDENCE,
        "letter.txt",
        "From the mother",
        "Ms B. Cedar",
    )
    (name,) = store.stored_names(school.folder.evidence)
    assert WORDS not in store.path_of(school.folder.evidence, name).read_bytes()
    head = school.ctx_for("headteacher")
    assert connection_files.read(head, file) == WORDS
    connection_files.save_copy(head, file, tmp_path / "copy.txt")
    assert (tmp_path / "copy.txt").read_bytes() == WORDS
    assert actions(school) == ["file.added", "file.copied"]
    with school.database.reading() as session:
        line = session.scalars(select(ConnectionEvent).where(ConnectionEvent.file_id == file)).one()
        assert line.text == "Shows the relationship kept: letter.txt"


def test_the_type_is_judged_by_content_and_a_form_is_a_picture(school: SmallSchool) -> None:
    exception = declare(school)
    for more, said in (
        ({"data": b"MZ\x90\x00\x03" + bytes(200)}, "cannot be kept|can be kept"),
        ({"data": b""}, "empty"),
        ({"kind": FileKind.FORM}, "no picture and no PDF"),
        ({"kind": FileKind.FORM, "name": "f.png", "data": scan()[:50]}, "damaged"),
        ({"note": "x" * 501}, "500"),
    ):
        with pytest.raises(Invalid, match=said):
            add(school, exception, **more)
    assert store.stored_names(school.folder.evidence) == set()
    add(school, exception, kind=FileKind.FORM, name="../../form", data=scan())
    assert opened(school, exception).files[0].name == "form.png"


def test_one_content_is_kept_once_and_not_over_the_limit(school: SmallSchool) -> None:
    exception = declare(school)
    add(school, exception)
    with pytest.raises(Refused, match=r"kept here already, as “letter\.txt”"):
        add(school, exception, name="again.txt")
    assert len(store.stored_names(school.folder.evidence)) == 1
    with school.database.writing() as session:
        session.scalars(select(School)).one().settings = {"evidence_limit_mb": 1}
    with pytest.raises(Invalid, match="at most 1 MB"):
        add(school, exception, data=b"x" * 1_100_000)


def test_a_removed_file_loses_key_and_content_and_keeps_its_line(school: SmallSchool) -> None:
    exception = declare(school)
    file = add(school, exception)
    office = school.ctx_for("business_manager")
    with pytest.raises(Invalid, match="why"):
        connection_files.remove(office, file, " ")
    connection_files.remove(office, file, "It shows another child.")
    assert store.stored_names(school.folder.evidence) == set()
    (kept,) = opened(school, exception).files
    assert (kept.removed, kept.removed_reason) == (True, "It shows another child.")
    with school.database.reading() as session:
        row = session.get_one(ConnectionFile, file)
        assert (row.file_key, row.stored_name) == (None, None)
    for again in (
        lambda: connection_files.read(office, file),
        lambda: connection_files.remove(office, file, "x"),
    ):
        with pytest.raises(Refused, match="removed"):
            again()


def test_who_may_not_see_the_exception_does_not_see_its_files(school: SmallSchool) -> None:
    exception = declare(school, confidentiality=Confidentiality.SAFEGUARDING, login="dsl")
    file = add(school, exception, "dsl")
    for login, error in (("business_manager", NotFound), ("chair", NotFound), ("governor", NotAllowed)):
        with pytest.raises(error):
            connection_files.read(school.ctx_for(login), file)
    with pytest.raises(NotFound):
        add(school, exception, "business_manager")
    with pytest.raises(NotFound):
        connection_files.read(school.ctx_for("dsl"), 999)
    connection_files.read(school.ctx_for("headteacher"), file)
    assert actions(school) == ["file.added", "file.opened"]


def test_whoever_recorded_a_confidential_one_hands_in_its_form_for_some_minutes(school: SmallSchool) -> None:
    exception = declare(school, confidentiality=Confidentiality.STAFF)
    add(school, exception, kind=FileKind.FORM, name="form.png", data=scan())
    school.clock.forward(minutes=16)
    with pytest.raises(NotAllowed):
        add(school, exception)
    assert store.stored_names(school.folder.evidence) != set()


def test_a_withdrawn_declaration_takes_no_files(school: SmallSchool) -> None:
    exception = declare(school)
    connections.withdraw(
        school.ctx_for("business_manager"), exception, version(school, exception), "Entered twice."
    )
    with pytest.raises(Refused, match="withdrawn"):
        add(school, exception)


def test_a_spoilt_file_is_told_and_one_that_lies_elsewhere_too(school: SmallSchool) -> None:
    exception = declare(school)
    file = add(school, exception)
    other = add(school, exception, data=b"Another text.", name="b.txt")
    with school.database.reading() as session:
        one, two = (session.get_one(ConnectionFile, each) for each in (file, other))
        names = [store.path_of(school.folder.evidence, str(each.stored_name)) for each in (one, two)]
    contents = [path.read_bytes() for path in names]
    names[0].write_bytes(contents[1])
    names[1].write_bytes(contents[0])
    for each in (file, other):
        with pytest.raises(SmdeskError):
            connection_files.read(school.ctx_for("business_manager"), each)


def test_a_backup_and_a_whole_copy_carry_the_files(school: SmallSchool, tmp_path: Path) -> None:
    exception = declare(school)
    add(school, exception)
    (name,) = store.stored_names(school.folder.evidence)
    part = tmp_path / "part"
    part.mkdir()
    manifest = backup.write_into(school.database, school.folder, part, "test", school.clock.now)
    assert name in manifest.evidence
    copied = backups.copy_to(school.ctx_for("business_manager"), tmp_path)
    assert store.path_of(copied.path / "evidence", name).is_file()
    store.path_of(school.folder.evidence, name).unlink()
    school.clock.forward(seconds=5)
    again = backups.copy_to(school.ctx_for("business_manager"), tmp_path)
    assert again.missing == (f"evidence/{name}",)


def test_no_file_is_left_where_the_record_closed_meanwhile(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    exception = declare(school)
    put = connection_files.put

    def slow(*args: object) -> object:
        done = put(*args)
        connections.withdraw(school.ctx_for("dsl"), exception, version(school, exception), "Twice.")
        return done

    monkeypatch.setattr(connection_files, "put", slow)
    with pytest.raises(Refused, match="withdrawn"):
        add(school, exception)
    assert store.stored_names(school.folder.evidence) == set()
    assert opened(school, exception).files == ()
