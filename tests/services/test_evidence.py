"""Evidence: judged by content, kept encrypted, never the worst, removable for good."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from smdesk.db import evidence as store
from smdesk.db.engine import Database
from smdesk.errors import Invalid, NotAllowed, Refused, SmdeskError, StorageProblem
from smdesk.policy.vocabulary import Conduct
from smdesk.services import evidence, evidence_types, incident_list, incidents, steps
from smdesk.services.incident_records import Confidentiality, IncidentFilter, Outcome, Sort, View
from tests.support.school import SmallSchool


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 300), **saving: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 40, 40)).save(out, format=kind, **saving)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few hundred bytes that claims to hold 4 thousand million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 65_000, 65_000, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\0" * 64
KEPT = {
    "image/png": picture(),
    "image/jpeg": picture("JPEG"),
    "image/webp": picture("WEBP"),
    "application/pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
    "video/mp4": MP4,
    "text/plain": "“Dreadful school”, she wrote.\r\n".encode(),
}


def files_on_disk(school: SmallSchool) -> set[str]:
    return store.stored_names(school.folder.evidence)


@pytest.mark.parametrize("media_type", list(KEPT))
def test_what_is_kept_comes_back_and_lies_encrypted(school: SmallSchool, media_type: str) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    content = KEPT[media_type]
    saved = evidence.add(
        ctx, incident_id, "as seen", content, "A note", "https://x.example", school.clock.now
    )
    assert saved.changes == {("incident", incident_id), ("evidence", saved.id)}
    (item,) = evidence.list_for(ctx, incident_id)
    assert (item.media_type, item.size, item.sha256) == (
        media_type,
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert item.name == "as seen" + evidence_types.EXTENSIONS[media_type][0]
    assert (item.note, item.seen_at, item.added_by) == ("A note", "https://x.example", "Ms B. Cedar")
    assert (item.thumbnail is not None) == media_type.startswith("image/")
    assert evidence.read(ctx, saved.id) == content
    assert evidence.check(ctx, incident_id) == {saved.id: ""}
    (stored,) = school.folder.evidence.glob("??/*")
    assert content[:40] not in stored.read_bytes()
    assert [line.text for line in steps.timeline(ctx, incident_id)][-1] == f"Evidence kept: {item.name}"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("holiday.png", b"PK\x03\x04" + b"\0" * 60),
        ("photo.jpg", b"MZ\x90\0" + b"\0" * 60),
        ("clip.mp4", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("note.txt", b"half text\0half not"),
        ("note.txt", b"\x1b[2Jescape"),
        ("empty.txt", b""),
        ("cut.png", picture()[:200]),
        ("cut.jpg", picture("JPEG")[:300]),
        ("bomb.png", bomb()),
        ("odd.webp", b"RIFF\x10\0\0\0WEBPVP8 \0\0\0\0"),
    ],
)
def test_what_is_not_kept_leaves_nothing(school: SmallSchool, name: str, content: bytes) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    with pytest.raises(Invalid, match=name.split(".", maxsplit=1)[0]):
        evidence.add(ctx, incident_id, name, content)
    assert evidence.list_for(ctx, incident_id) == []
    assert files_on_disk(school) == set()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_the_encodings_offices_meet(school: SmallSchool, encoding: str) -> None:
    ctx = school.ctx_for("business_manager")
    saved = evidence.add(ctx, school.incident(), "chat.txt", "Zoë – “fine”".encode(encoding))
    assert evidence.read(ctx, saved.id).decode(encoding) == "Zoë – “fine”"


def test_names_tell_the_truth_and_hold_no_paths() -> None:
    assert evidence_types.safe_name("../../etc/passwd", "text/plain", "x") == "passwd.txt"
    assert evidence_types.safe_name("C:\\Users\\b\\shot.PNG", "image/png", "x") == "shot.PNG"
    assert evidence_types.safe_name("holiday.jpg.exe", "image/jpeg", "x") == "holiday.jpg.exe.jpg"
    assert evidence_types.safe_name("a\u202egnp.exe\n", "image/png", "x") == "agnp.exe.png"
    assert evidence_types.safe_name("", "image/png", "Pasted today") == "Pasted today.png"
    assert len(evidence_types.safe_name("x" * 400 + ".png", "image/png", "x")) <= 200


def test_a_thumbnail_is_small_upright_and_says_nothing_more(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    exif[0x013B] = "Taken by somebody at 51.5 north"
    incident_id = school.incident()
    evidence.add(ctx, incident_id, "photo.jpg", picture("JPEG", (1000, 500), exif=exif))
    (item,) = evidence.list_for(ctx, incident_id)
    assert item.thumbnail is not None
    small = Image.open(io.BytesIO(item.thumbnail))
    assert (small.format, small.size) == ("PNG", (128, 256))
    assert b"somebody" not in item.thumbnail
    assert small.info == {}


def test_a_size_limit_the_school_sets(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    with school.database.writing() as session:
        session.execute(text("UPDATE school SET settings = '{\"evidence_limit_mb\": 1}'"))
    incident_id = school.incident()
    with pytest.raises(Invalid, match=r"“long.txt” has 1\.0 MB; at most 1 MB"):
        evidence.add(ctx, incident_id, "long.txt", b"a" * (1024 * 1024 + 1))
    assert evidence.add(ctx, incident_id, "fits.txt", b"a" * 1024 * 1024).id


def test_a_file_is_read_from_its_place(school: SmallSchool, tmp_path: Path) -> None:
    ctx = school.ctx_for("business_manager")
    source = tmp_path / "Screenshot 4.png"
    source.write_bytes(picture())
    incident_id = school.incident()
    evidence.add(ctx, incident_id, source.name, source)
    assert [item.name for item in evidence.list_for(ctx, incident_id)] == ["Screenshot 4.png"]
    with pytest.raises(StorageProblem, match=r"gone\.png"):
        evidence.add(ctx, incident_id, "gone.png", tmp_path / "gone.png")


def test_the_same_content_is_kept_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id, other = school.incident(), school.incident()
    evidence.add(ctx, incident_id, "first.png", picture())
    with pytest.raises(Refused, match=r"first\.png"):
        evidence.add(ctx, incident_id, "second.png", picture())
    assert len(files_on_disk(school)) == 1
    evidence.add(ctx, other, "first.png", picture())
    assert len(files_on_disk(school)) == 2


def test_sexual_imagery_of_a_child_is_never_stored(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    incident_id = school.incident(
        "dsl", conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,), confidentiality=Confidentiality.SAFEGUARDING
    )
    for content in (picture(), b"even a note"):
        with pytest.raises(Refused, match="Do not copy"):
            evidence.add(dsl, incident_id, "a", content)
    assert files_on_disk(school) == set()
    with pytest.raises(Invalid) as error:
        evidence.withhold(dsl, incident_id, " ", school.clock.now + timedelta(days=1), "", "")
    assert {problem.field for problem in error.value.problems} == {"where", "reported_to", "when"}
    saved = evidence.withhold(
        dsl, incident_id, "A class group", school.clock.now, "Police, IWF", "Told at once"
    )
    (item,) = evidence.list_for(dsl, incident_id)
    assert (item.withheld, item.size, item.sha256, item.thumbnail, item.seen_at) == (
        True,
        0,
        "",
        None,
        "A class group",
    )
    assert item.note == "Reported to: Police, IWF\nTold at once"
    for ask in (evidence.read, lambda ctx, each: evidence.remove(ctx, each, "x")):
        with pytest.raises(Refused):
            ask(dsl, saved.id)
    assert files_on_disk(school) == set()


def test_what_was_kept_before_it_was_marked_is_neither_shown_nor_copied(
    school: SmallSchool, tmp_path: Path
) -> None:
    ctx = school.ctx_for("headteacher")
    incident_id = school.incident()
    saved = evidence.add(ctx, incident_id, "a.png", picture())
    draft = incidents.open_incident(ctx, incident_id).draft
    incidents.save(ctx, replace(draft, conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,)), incident_id, 1)
    for ask in (evidence.read, lambda ctx, each: evidence.save_copy(ctx, each, tmp_path / "out.png")):
        with pytest.raises(Refused, match="neither shows nor copies") as caught:
            ask(ctx, saved.id)
        assert caught.value.rule == "INC-6"
    assert not (tmp_path / "out.png").exists()
    (item,) = evidence.list_for(ctx, incident_id)
    assert item.thumbnail is None
    # It can be checked, and destroyed.
    assert evidence.check(ctx, incident_id) == {saved.id: ""}
    evidence.remove(ctx, saved.id, "The police do not need it")
    assert files_on_disk(school) == set()


def test_marked_while_the_file_was_being_written(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    draft = incidents.open_incident(ctx, incident_id).draft
    keep = store.store

    def slow(root: Path, source: bytes, aad: str) -> store.StoredFile:
        stored = keep(root, source, aad)
        marked = replace(draft, conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,))
        incidents.save(school.ctx_for("headteacher"), marked, incident_id, 1)
        return stored

    monkeypatch.setattr(store, "store", slow)
    with pytest.raises(Refused, match="Do not copy"):
        evidence.add(ctx, incident_id, "a.png", picture())
    assert files_on_disk(school) == set()


def test_a_spoilt_or_missing_file_is_told(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    whole = evidence.add(ctx, incident_id, "whole.txt", b"as it was").id
    spoilt = evidence.add(ctx, incident_id, "spoilt.txt", b"as it should be").id
    missing = evidence.add(ctx, incident_id, "missing.txt", b"once here").id
    with school.database.reading() as session:
        names = dict(session.execute(text("SELECT id, stored_name FROM evidence")).all())
    path = store.path_of(school.folder.evidence, names[spoilt])
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    store.path_of(school.folder.evidence, names[missing]).unlink()
    found = evidence.check(ctx, incident_id)
    assert found[whole] == ""
    assert found[spoilt]
    assert found[missing]
    for evidence_id in (spoilt, missing):
        with pytest.raises(SmdeskError):
            evidence.read(ctx, evidence_id)


def test_removing_destroys_key_and_file_and_keeps_the_line(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    saved = evidence.add(ctx, incident_id, "wrong child.png", picture())
    with pytest.raises(Invalid):
        evidence.remove(ctx, saved.id, " ")
    evidence.remove(school.ctx_for("headteacher"), saved.id, "It shows another child")
    (item,) = evidence.list_for(ctx, incident_id)
    assert (item.removed, item.removed_reason, item.thumbnail) == (True, "It shows another child", None)
    assert files_on_disk(school) == set()
    with school.database.reading() as session:
        assert session.execute(text("SELECT stored_name, file_key FROM evidence")).one() == (None, None)
    with pytest.raises(Refused, match="another child"):
        evidence.read(ctx, saved.id)
    with pytest.raises(Refused):
        evidence.remove(ctx, saved.id, "again")
    assert evidence.check(ctx, incident_id) == {}
    searched = incident_list.sorted_ids(ctx, IncidentFilter(view=View.ALL, text="wrong"), Sort())
    assert list(searched) == []
    assert steps.timeline(ctx, incident_id)[-1].reason == "It shows another child"
    # It may come back, for example cropped or by mistake removed.
    assert evidence.add(ctx, incident_id, "again.png", picture()).id


def test_a_copy_outside_is_written_down(school: SmallSchool, tmp_path: Path) -> None:
    ctx = school.ctx_for("business_manager")
    saved = evidence.add(ctx, school.incident(), "a.txt", b"text")
    evidence.save_copy(ctx, saved.id, tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes() == b"text"
    with school.database.reading() as session:
        last = session.execute(text("SELECT action, object_id FROM audit_entry ORDER BY seq DESC")).first()
    assert last == ("evidence.copied", saved.id)


def test_opening_confidential_evidence_is_written_down(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    guarded = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    for incident_id in (school.incident(), guarded):
        saved = evidence.add(dsl, incident_id, "a.txt", b"text")
        evidence.read(dsl, saved.id)
    with school.database.reading() as session:
        opened = session.scalars(
            text("SELECT object_id FROM audit_entry WHERE action = 'evidence.opened'")
        ).all()
    assert opened == [saved.id]


def test_not_to_a_closed_incident_and_not_by_everybody(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(handled_by="leadership")
    saved = evidence.add(ctx, incident_id, "a.txt", b"text")
    leader = school.ctx_for("leadership")
    assert evidence.read(leader, saved.id) == b"text"
    with pytest.raises(NotAllowed):
        evidence.add(leader, incident_id, "b.txt", b"more")
    with pytest.raises(NotAllowed):
        evidence.remove(leader, saved.id, "x")
    incidents.close(ctx, incident_id, 1, Outcome.NO_ACTION, "done")
    with pytest.raises(Refused, match="closed"):
        evidence.add(ctx, incident_id, "b.txt", b"more")


def test_a_file_whose_save_only_seemed_to_fail_is_kept(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    commit = Session.commit

    def late(self: Session) -> None:
        commit(self)
        raise StorageProblem("The disk answered too late.")

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", late)
        with pytest.raises(StorageProblem, match="answered too late"):
            evidence.add(ctx, incident_id, "seen.png", KEPT["image/png"])
    (item,) = evidence.list_for(ctx, incident_id)
    assert evidence.read(ctx, item.id) == KEPT["image/png"]


def test_a_file_stays_where_nobody_can_say_whether_it_was_saved(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    reading = Database.reading
    failed = []

    def fails(self: Session) -> None:
        failed.append(True)
        raise StorageProblem("The disk is gone.")

    def unreadable(self: Database) -> AbstractContextManager[Session]:
        if failed:
            raise StorageProblem("The disk is still gone.")
        return reading(self)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", fails)
        patch.setattr(Database, "reading", unreadable)
        with pytest.raises(StorageProblem, match="is gone"):
            evidence.add(ctx, incident_id, "seen.png", KEPT["image/png"])
    assert evidence.list_for(ctx, incident_id) == []
    assert len(store.stored_names(school.folder.evidence)) == 1  # verify lists it once it is an hour old


def test_a_failed_save_leaves_no_file(school: SmallSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()

    def full(*args: object, **kwargs: object) -> None:
        raise StorageProblem("The disk is full.")

    monkeypatch.setattr("smdesk.services.evidence.audit.write", full)
    with pytest.raises(StorageProblem):
        evidence.add(ctx, incident_id, "a.txt", b"text")
    assert files_on_disk(school) == set()
    assert evidence.list_for(ctx, incident_id) == []
