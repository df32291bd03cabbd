"""The log of online-safety education: entries, figures, the list and what goes out (AUP-4)."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import education, education_list, settings
from smdesk.services.education_records import (
    EducationColumn,
    EducationCount,
    EducationDraft,
    EducationFilter,
    EducationKind,
    EducationSort,
    EducationView,
    audience_words,
)
from tests.support.school import SmallSchool

TODAY = date(2026, 3, 11)
ASSEMBLY = EducationDraft(
    held_on=date(2026, 2, 10),
    kind=EducationKind.ASSEMBLY,
    title="Safer Internet Day",
    audience=(PersonKind.PUPIL,),
    audience_note="Year 5 and 6",
    reached=58,
    led_by="T. Hazel",
)
EVENING = EducationDraft(
    held_on=date(2025, 11, 4),
    title="Group chats: an evening for families",
    audience=(PersonKind.PARENT, PersonKind.PUPIL),
    reached=31,
)
LEAFLET = EducationDraft(
    held_on=date(2025, 6, 20),
    kind=EducationKind.LEAFLET,
    title="Summer and screens",
    audience=(PersonKind.PARENT,),
)


def log(school: SmallSchool, draft: EducationDraft = ASSEMBLY) -> int:
    return education.save(school.ctx_for("business_manager"), draft).id


@pytest.fixture
def logged(school: SmallSchool) -> dict[str, int]:
    made = {"assembly": log(school), "evening": log(school, EVENING), "leaflet": log(school, LEAFLET)}
    slip = log(school, replace(ASSEMBLY, title="Logged twice"))
    education.withdraw(school.ctx_for("dsl"), slip, "It was logged twice")
    return {**made, "slip": slip}


def shown(school: SmallSchool, logged: dict[str, int], **narrowed: object) -> list[str]:
    called = {number: name for name, number in logged.items()}
    sort = narrowed.pop("sort", EducationSort())
    found = education_list.sorted_ids(school.ctx_for("dsl"), EducationFilter(**narrowed), sort)
    return [called[number] for number in found]


def test_an_entry_is_logged_opened_and_changed(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    saved = education.save(ctx, replace(ASSEMBLY, title="  Safer  Internet Day "))
    assert saved.changes == {("education", saved.id)}
    record = education.open_event(ctx, saved.id)
    assert (record.draft, record.version, record.recorded_by) == (ASSEMBLY, 1, "Ms B. Cedar")
    again = education.save(ctx, replace(ASSEMBLY, reached=60), saved.id, 1)
    assert again.version == 2
    assert education.open_event(ctx, saved.id).draft.reached == 60
    assert education.save(ctx, replace(ASSEMBLY, reached=60), saved.id, 2).changes == frozenset()
    with pytest.raises(Conflict) as caught:
        education.save(
            ctx, replace(ASSEMBLY, kind=EducationKind.LESSON, audience=(PersonKind.STAFF,)), saved.id, 1
        )
    assert [(each.label, each.theirs, each.mine) for each in caught.value.changes] == [
        ("What", "Assembly", "Lesson"),
        ("For whom", "Pupils", "Staff"),
        ("People reached", "60", "58"),
    ]


def test_every_problem_is_said_at_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    with pytest.raises(Invalid) as caught:
        education.save(ctx, EducationDraft(reached=-1, led_by="x" * 300))
    fields = [each.field for each in caught.value.problems]
    assert fields == ["held_on", "title", "audience", "reached", "led_by"]
    with pytest.raises(Invalid, match="12 March 2026 lies in the future"):
        education.save(ctx, replace(ASSEMBLY, held_on=TODAY + timedelta(days=1)))
    with pytest.raises(Invalid, match="Check the year"):
        education.save(ctx, replace(ASSEMBLY, held_on=date(1206, 2, 10)))
    education.save(ctx, replace(ASSEMBLY, held_on=TODAY, reached=0))


def test_a_withdrawn_entry_stays_as_it_is(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    entry = log(school)
    with pytest.raises(Invalid, match="Say why"):
        education.withdraw(ctx, entry, " ")
    education.withdraw(ctx, entry, "It was postponed")
    record = education.open_event(ctx, entry)
    assert (record.withdrawn, record.withdrawn_reason) == (True, "It was postponed")
    with pytest.raises(Refused, match="stays as it is"):
        education.save(ctx, EVENING, entry, 2)
    with pytest.raises(Refused):
        education.withdraw(ctx, entry, "again")
    with pytest.raises(NotFound):
        education.open_event(ctx, 999)
    with pytest.raises(NotAllowed):
        education.save(school.ctx_for("leadership"), ASSEMBLY)


def test_figures_of_a_period(school: SmallSchool, logged: dict[str, int]) -> None:
    ctx = school.ctx_for("headteacher")
    found = education.summary(ctx, date(2025, 9, 1), date(2026, 8, 31))
    assert found.whole == EducationCount(2, 89, 0)
    # The evening counts for both of its audiences, and once in the whole.
    assert dict(found.by_audience) == {
        PersonKind.PUPIL: EducationCount(2, 89, 0),
        PersonKind.PARENT: EducationCount(1, 31, 0),
    }
    assert dict(found.by_kind) == {
        EducationKind.SESSION: EducationCount(1, 31, 0),
        EducationKind.ASSEMBLY: EducationCount(1, 58, 0),
    }
    # Nobody counted the leaflets; both ends of a period belong to it.
    assert education.summary(ctx, date(2025, 6, 20), date(2025, 6, 20)).whole == EducationCount(1, 0, 1)
    assert education.summary(ctx, date(2025, 6, 21), date(2025, 11, 3)).whole == EducationCount(0, 0, 0)


def test_audience_in_words() -> None:
    assert (
        audience_words((PersonKind.PUPIL, PersonKind.PARENT), "Year 5")
        == "Pupils, parents and carers (Year 5)"
    )
    assert audience_words((), "") == ""


def test_views_filters_and_order(school: SmallSchool, logged: dict[str, int]) -> None:
    assert shown(school, logged) == ["assembly", "evening", "leaflet"]
    assert shown(school, logged, view=EducationView.THIS_YEAR) == ["assembly", "evening"]
    assert shown(school, logged, view=EducationView.LAST_YEAR) == ["leaflet"]
    assert shown(school, logged, view=EducationView.WITHDRAWN) == ["slip"]
    assert education_list.view_counts(school.ctx_for("dsl")) == {
        EducationView.THIS_YEAR: 2,
        EducationView.LAST_YEAR: 1,
        EducationView.ALL: 3,
        EducationView.WITHDRAWN: 1,
    }
    assert shown(school, logged, kind=EducationKind.LEAFLET) == ["leaflet"]
    assert shown(school, logged, audience=PersonKind.PARENT) == ["evening", "leaflet"]
    assert shown(school, logged, held_from=date(2025, 11, 4), held_to=date(2026, 2, 9)) == ["evening"]
    assert shown(school, logged, text="YEAR 5") == ["assembly"]
    assert shown(school, logged, text="hazel") == ["assembly"]
    assert shown(school, logged, text="%") == shown(school, logged, text="_") == []
    by_number = EducationSort(EducationColumn.REACHED, False)
    assert shown(school, logged, sort=by_number) == ["evening", "assembly", "leaflet"]
    assert shown(school, logged, sort=replace(by_number, descending=True))[-1] == "leaflet"


@pytest.mark.parametrize("column", list(EducationColumn))
def test_each_column_sorts(school: SmallSchool, logged: dict[str, int], column: EducationColumn) -> None:
    for descending in (False, True):
        found = shown(school, logged, sort=EducationSort(column, descending))
        assert sorted(found) == ["assembly", "evening", "leaflet"]


def test_the_periods_it_reaches_into(school: SmallSchool, logged: dict[str, int]) -> None:
    found = [each.title for each in education_list.periods_logged(school.ctx_for("dsl"))]
    assert found == [
        "School year 2025-26",
        "Spring term 2026",
        "Autumn term 2025",
        "School year 2024-25",
        "Summer term 2025",
    ]


def test_an_empty_log_has_this_year(school: SmallSchool) -> None:
    assert education_list.periods_logged(school.ctx_for("dsl"))[0].title == "School year 2025-26"


def test_what_goes_out(school: SmallSchool, logged: dict[str, int], tmp_path: Path) -> None:
    ctx = school.ctx_for("business_manager")
    log(school, replace(ASSEMBLY, title="=1+1", held_on=date(2026, 3, 1)))
    columns = (EducationColumn.HELD, EducationColumn.TITLE, EducationColumn.AUDIENCE, EducationColumn.REACHED)
    wanted, file = EducationFilter(view=EducationView.THIS_YEAR), tmp_path / "log.csv"
    assert education_list.export(ctx, wanted, EducationSort(), columns, file, "csv") == 3
    with file.open(encoding="utf-8-sig", newline="") as read:
        heading, first, *_ = list(csv.reader(read))
    assert heading == ["Day", "About", "For whom", "People reached"]
    assert first[2:] == ["Pupils (Year 5 and 6)", "58"]
    assert not first[1].startswith("=")
    for kind in ("pdf", "xlsx"):
        assert (
            education_list.export(ctx, wanted, EducationSort(), columns, tmp_path / f"log.{kind}", kind) == 3
        )


def test_a_filter_is_kept_under_a_name(school: SmallSchool) -> None:
    ctx = school.ctx_for("dsl")
    wanted = EducationFilter(
        EducationView.ALL, "x", EducationKind.LESSON, PersonKind.PUPIL, date(2026, 1, 1), date(2026, 2, 1)
    )
    settings.save_filter(
        ctx, education_list.SHELF, "Lessons", wanted, EducationSort(EducationColumn.TITLE, False)
    )
    (saved,) = settings.list_filters(ctx, education_list.SHELF)
    assert saved.filter == wanted
