"""The look of the school's letters: colour, also out of the logo, and the usual envelope."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smdesk.db.models import School
from smdesk.documents import contrast
from smdesk.errors import Invalid
from smdesk.services import school as service
from smdesk.services import school_look
from smdesk.services.letter_records import Envelope
from smdesk.services.school_look import ColourFrom, SchoolLook
from tests.documents.test_logo import OAK, plain
from tests.support.school import SmallSchool


def saved(school: SmallSchool, look: SchoolLook, logo: bytes | None = None) -> SchoolLook:
    ctx = school.ctx_for("headteacher")
    before = service.get(ctx)
    service.save(ctx, replace(before, look=look, logo=logo), before.version)
    return service.get(ctx).look


def head_colour(school: SmallSchool) -> contrast.Colour | None:
    with school.database.reading() as session:
        return service.letterhead(session.query(School).one()).colour


def test_a_school_begins_with_navy_and_dl(school: SmallSchool) -> None:
    assert service.get(school.ctx_for("headteacher")).look == SchoolLook()
    assert head_colour(school) is None


def test_the_colour_is_taken_from_the_logo_and_again_from_a_new_one(school: SmallSchool) -> None:
    wanted = SchoolLook(ColourFrom.LOGO, "", Envelope.C5)
    assert saved(school, wanted, OAK) == SchoolLook(ColourFrom.LOGO, "#186a3b", Envelope.C5)
    assert head_colour(school) == pytest.approx((0x18 / 255, 0x6A / 255, 0x3B / 255))
    look = service.get(school.ctx_for("headteacher")).look
    assert saved(school, look, plain("#8c1d40")).colour == "#8c1d40"


@pytest.mark.parametrize(
    ("look", "logo"),
    [
        (SchoolLook(ColourFrom.LOGO), None),
        (SchoolLook(ColourFrom.LOGO), plain("black")),
        (SchoolLook(ColourFrom.OWN, "navy"), None),
        (SchoolLook(ColourFrom.OWN, ""), None),
    ],
)
def test_a_colour_that_there_is_not_is_refused(
    school: SmallSchool, look: SchoolLook, logo: bytes | None
) -> None:
    with pytest.raises(Invalid) as caught:
        saved(school, look, logo)
    assert [problem.field for problem in caught.value.problems] == ["colour"]


def test_a_pale_colour_is_kept_as_chosen_and_shown_as_it_prints(school: SmallSchool) -> None:
    look = saved(school, SchoolLook(ColourFrom.OWN, "#FFD21A"))
    assert look.colour == "#ffd21a"
    shown = school_look.shown(look, None)
    assert shown.darkened
    assert shown.contrast >= 4.5
    assert contrast.on_white(contrast.read(shown.colour)) >= 4.45
    assert not school_look.shown(SchoolLook(), None).darkened


def test_a_bad_logo_is_told_once(school: SmallSchool) -> None:
    with pytest.raises(Invalid) as caught:
        saved(school, SchoolLook(ColourFrom.LOGO), b"GIF89a")
    assert [problem.field for problem in caught.value.problems] == ["logo"]


def test_what_others_keep_among_the_settings_stays(school: SmallSchool) -> None:
    with school.database.writing() as session:
        row = session.query(School).one()
        row.settings = row.settings | {"of_others": [1, 2]}
    saved(school, SchoolLook(ColourFrom.OWN, "#123456"))
    with school.database.reading() as session:
        assert session.query(School).one().settings["of_others"] == [1, 2]
    assert school_look.read({"colour_from": "rainbow", "colour": "#123456"}) == SchoolLook()
