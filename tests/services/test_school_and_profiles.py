"""The school's details and the versions of its policy."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from smdesk.db.models import AuditDetail, Incident
from smdesk.errors import Conflict, Invalid, NotAllowed, Refused, Tampered
from smdesk.policy.vocabulary import Nation
from smdesk.services import advice, profiles
from smdesk.services import school as service
from smdesk.services.school import Contact, SchoolSettings
from tests.support.school import SmallSchool


def picture(kind: str, wide: int = 40, high: int = 30) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (wide, high), "navy").save(out, kind)
    return out.getvalue()


def png_that_claims(wide: int, high: int) -> bytes:
    """A few bytes that say they are a picture of any size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def test_what_is_saved_is_what_is_read(school: SmallSchool) -> None:

    ctx = school.ctx_for("business_manager")
    before = service.get(ctx)
    after = replace(
        before,
        name="  Another School ",
        address=" 1 Lane \n\n Town ",
        nation=Nation.WALES,
        email="office@another.example",
        official_channels="Class Dojo ,, ParentPay",
        contacts=(Contact("parents", "Mrs Reed", "01632 960002"), Contact("staff", " ")),
        settings=SchoolSettings(10, 7, 100),
        logo=picture("JPEG"),
    )
    saved = service.save(ctx, after, before.version)
    found = service.get(ctx)
    assert (found.name, found.address, found.nation) == ("Another School", "1 Lane\nTown", Nation.WALES)
    assert found.official_channels == "Class Dojo, ParentPay"
    assert found.contacts == (Contact("parents", "Mrs Reed", "01632 960002"),)
    assert found.settings == SchoolSettings(10, 7, 100)
    assert found.logo == after.logo
    assert (found.version, saved.changes) == (saved.version, frozenset({("school", saved.id)}))
    with school.database.reading() as db:
        detail = db.scalars(select(AuditDetail.detail).order_by(AuditDetail.seq.desc())).first()
    assert detail is not None
    assert detail["nation"] == ["England", "Wales"]


def test_the_second_window_is_told_what_the_first_changed(school: SmallSchool) -> None:

    ctx = school.ctx_for("headteacher")
    before = service.get(ctx)
    service.save(ctx, replace(before, phone="1"), before.version)
    with pytest.raises(Conflict) as caught:
        service.save(ctx, replace(before, phone="2"), before.version)
    assert [(each.label, each.theirs, each.mine) for each in caught.value.changes] == [
        ("Telephone", "1", "2")
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"address": "\n"}, "address"),
        ({"address": "\n".join("abcdefgh")}, "address"),
        ({"address": "x" * 61}, "address"),
        ({"email": "two words@school.example"}, "email"),
        ({"email": "a@b@c"}, "email"),
        ({"contacts": (Contact("parents", "a"), Contact("parents", "b"))}, "contacts"),
        ({"contacts": (Contact("nobody", "a"),)}, "contacts"),
        ({"settings": SchoolSettings(0, 5, 50)}, "idle_minutes"),
        ({"settings": SchoolSettings(4, 2, 50)}, "small_numbers_threshold"),
        ({"settings": SchoolSettings(4, 5, 501)}, "evidence_limit_mb"),
        ({"settings": SchoolSettings(True, 5, 50)}, "idle_minutes"),
        ({"logo": b"GIF89a" + b"\0" * 50}, "logo"),
        ({"logo": b"%PDF-1.7"}, "logo"),
        ({"logo": picture("PNG")[:60]}, "logo"),
        ({"logo": png_that_claims(30_000, 30_000)}, "logo"),
        ({"logo": picture("PNG", 4001, 10)}, "logo"),
        ({"logo": b"\x89PNG\r\n\x1a\n" + b"\0" * (2 * 1024 * 1024)}, "logo"),
    ],
)
def test_what_cannot_stand_is_refused_by_field(
    school: SmallSchool, changes: dict[str, object], field: str
) -> None:

    ctx = school.ctx_for("headteacher")
    before = service.get(ctx)
    with pytest.raises(Invalid) as caught:
        service.save(ctx, replace(before, **changes), before.version)
    assert [problem.field for problem in caught.value.problems] == [field]
    assert service.get(ctx) == before


def test_a_picture_made_to_fill_the_memory_is_refused_by_its_size() -> None:
    assert "30,000 by 30,000" in service.logo_fault(png_that_claims(30_000, 30_000))
    assert service.logo_fault(picture("PNG")) == ""


@pytest.mark.parametrize("login", ["dsl", "governor", "leadership"])
def test_others_may_look_but_not_change(school: SmallSchool, login: str) -> None:

    record = service.get(school.ctx_for(login))
    with pytest.raises(NotAllowed):
        service.save(school.ctx_for(login), record, record.version)


def test_an_edit_is_a_new_version_and_incidents_keep_theirs(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    old = school.incident()
    before = profiles.current(head)
    edited = replace(before.profile, clocks=replace(before.profile.clocks, removal_chase_days=9))
    saved = profiles.save_edit(head, edited, " Longer chase ", before.id)
    now = profiles.current(head)
    assert (now.number, now.base, now.note, now.created_by) == (2, "complete", "Longer chase", "Mrs H. Alder")
    assert now.profile.clocks.removal_chase_days == 9
    assert saved.id == now.id
    assert profiles.versions(head)[1].profile == before.profile
    assert [(each.number, each.is_current) for each in profiles.versions(head)] == [(2, True), (1, False)]
    new = school.incident()
    with school.database.reading() as db:
        assert db.get_one(Incident, old).profile_id == before.id
        assert db.get_one(Incident, new).profile_id == now.id
    assert advice.for_incident(head, old).profile_number == 1
    assert advice.for_incident(head, new).profile_number == 2


def test_adopting_a_shipped_profile(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    profiles.adopt(head, "policy-r", "The governors chose it")
    assert profiles.current(head).base == "policy-r"
    assert profiles.current(head).profile == profiles.load_shipped("policy-r")
    with pytest.raises(Refused, match="Nothing was changed"):
        profiles.adopt(head, "policy-r")
    with pytest.raises(Invalid, match="policy-g"):
        profiles.adopt(head, "mine")


def test_two_windows_editing_the_policy(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    before = profiles.current(head)
    profiles.adopt(head, "policy-g", "", before.id)
    with pytest.raises(Conflict) as caught:
        profiles.adopt(head, "policy-r", "", before.id)
    assert caught.value.current_version == profiles.current(head).id


def test_the_office_may_not_change_the_policy(school: SmallSchool) -> None:
    with pytest.raises(NotAllowed):
        profiles.adopt(school.ctx_for("business_manager"), "policy-r")


def test_six_profiles_ship_and_each_can_be_chosen(school: SmallSchool) -> None:
    found = profiles.shipped()
    assert len(found) == 6
    assert found[0].name == "complete"
    assert all(each.title and each.description for each in found)


def test_a_changed_version_is_noticed_before_it_is_used(school: SmallSchool) -> None:
    with school.database.writing() as db:
        db.execute(text("DROP TRIGGER policy_profile_unchanged"))
        db.execute(text("UPDATE policy_profile SET toml = toml || ' '"))
    with pytest.raises(Tampered, match="Version 1"):
        profiles.current(school.ctx_for("headteacher"))
