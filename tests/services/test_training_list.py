"""People and their trainings as a list: views, filters, order, figures, and what goes out."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from smdesk.db.models import Person
from smdesk.errors import Invalid
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import people, settings, today, training, training_list
from smdesk.services.people_records import PersonDraft
from smdesk.services.today_records import DueKind
from smdesk.services.training_records import (
    TrainingColumn,
    TrainingFilter,
    TrainingSort,
    TrainingTypeDraft,
    TrainingView,
)
from tests.support.school import SmallSchool

TODAY = date(2026, 3, 11)
Expected = set[tuple[str, str]]


@pytest.fixture
def trained(school: SmallSchool) -> dict[str, int]:
    """Two trainings: staff need one, which one holds in date, one soon lapses, one lapsed, one never had."""
    ctx, of = school.ctx_for("business_manager"), school.people
    online = training.save_type(ctx, TrainingTypeDraft("Online safety", 12, (PersonKind.STAFF,))).id
    phones = training.save_type(ctx, TrainingTypeDraft("Phones in class")).id
    training.record(ctx, online, [of["head"]], TODAY - timedelta(days=2), "A. Trainer")
    training.record(ctx, online, [of["dsl"]], date(2025, 3, 20))
    training.record(ctx, online, [of["teacher"]], date(2024, 9, 1))
    training.record(ctx, phones, [of["anna"], of["teacher"]], date(2023, 6, 1), "O’Hare & Sons 100%")
    return {"online": online, "phones": phones}


def listed(school: SmallSchool, **narrowed: object) -> list[tuple[str, str]]:
    ctx = school.ctx_for("business_manager")
    sort = narrowed.pop("sort", TrainingSort())
    ids = training_list.sorted_ids(ctx, TrainingFilter(**narrowed), sort)
    return [(row.person, row.training) for row in training_list.rows(ctx, ids)]


def test_views_hold_what_they_say(school: SmallSchool, trained: dict[str, int]) -> None:
    online, phones = "Online safety", "Phones in class"
    expected: dict[TrainingView, Expected] = {
        TrainingView.MISSING: {("Bea Cedar", online)},
        TrainingView.LAPSED: {("Tim Hazel", online)},
        TrainingView.LAPSING: {("Dan Birch", online)},
        TrainingView.VALID: {
            ("Helen Alder", online),
            ("Dan Birch", online),
            ("Anna Quillfeather", phones),
            ("Tim Hazel", phones),
        },
    }
    expected[TrainingView.ALL] = set().union(*expected.values())
    assert {view: set(listed(school, view=view)) for view in TrainingView} == expected
    counts = training_list.view_counts(school.ctx_for("dsl"))
    assert counts == {view: len(found) for view, found in expected.items()}


def test_what_is_to_be_done_comes_first(school: SmallSchool, trained: dict[str, int]) -> None:
    found = listed(school)
    assert [name for name, _ in found[:3]] == ["Bea Cedar", "Tim Hazel", "Dan Birch"]


@pytest.mark.parametrize("column", list(TrainingColumn))
@pytest.mark.parametrize("descending", [False, True])
def test_each_column_sorts_every_row(
    school: SmallSchool, trained: dict[str, int], column: TrainingColumn, descending: bool
) -> None:
    found = listed(school, sort=TrainingSort(column, descending))
    assert sorted(found) == sorted(listed(school))
    assert len(found) == 6


def test_dates_sort_with_the_empty_ones_last(school: SmallSchool, trained: dict[str, int]) -> None:
    by_day = listed(school, sort=TrainingSort(TrainingColumn.DONE))
    assert by_day[:2] == [("Tim Hazel", "Phones in class"), ("Anna Quillfeather", "Phones in class")]
    assert by_day[-1][0] == "Bea Cedar"
    assert listed(school, sort=TrainingSort(TrainingColumn.DONE, True))[-1][0] == "Bea Cedar"


def test_filters(school: SmallSchool, trained: dict[str, int]) -> None:
    assert {name for name, _ in listed(school, type_id=trained["phones"])} == {
        "Anna Quillfeather",
        "Tim Hazel",
    }
    assert {name for name, _ in listed(school, kind=PersonKind.PARENT)} == {"Anna Quillfeather", "Bea Cedar"}
    assert ("Tim Hazel", "Phones in class") not in listed(school, needed_only=True)
    assert len(listed(school, person_id=school.people["teacher"])) == 2
    assert listed(school, text="quillf") == [("Anna Quillfeather", "Phones in class")]
    assert len(listed(school, text="ONLINE")) == 4
    # A name and a training in one search.
    assert listed(school, text="hazel online") == [("Tim Hazel", "Online safety")]
    assert {name for name, _ in listed(school, text="100%")} == {"Anna Quillfeather", "Tim Hazel"}
    # A sign that means something in a query is only a sign.
    assert listed(school, text="%") == listed(school, text="100%")
    assert listed(school, text="_") == []
    assert listed(school, text="'; DROP TABLE training; --") == []


def test_a_row_says_it_all(school: SmallSchool, trained: dict[str, int]) -> None:
    ctx = school.ctx_for("headteacher")
    row_id = training_list.row_id_of(trained["online"], school.people["teacher"])
    assert training_list.pair_of(row_id) == (trained["online"], school.people["teacher"])
    (row,) = training_list.rows(ctx, [row_id])
    assert (row.person, row.kind, row.needed, row.here) == ("Tim Hazel", PersonKind.STAFF, True, True)
    assert row.standing_words == "Lapsed after 1 September 2025"
    missing = training_list.row_id_of(trained["online"], school.people["office"])
    (never,) = training_list.rows(ctx, [missing])
    assert (never.standing_words, never.done_on, never.given_by) == ("Needed and missing", None, "")
    # In the order asked for, and without what is neither needed nor on record.
    nothing = training_list.row_id_of(trained["phones"], school.people["ben"])
    assert [row.id for row in training_list.rows(ctx, [missing, nothing, row_id])] == [missing, row_id]


def test_somebody_who_left_is_no_gap(school: SmallSchool, trained: dict[str, int]) -> None:
    with school.database.writing() as session:
        for who in ("teacher", "office"):
            session.get_one(Person, school.people[who]).left_on = TODAY
    assert listed(school, view=TrainingView.MISSING) == listed(school, view=TrainingView.LAPSED) == []
    kept = listed(school)
    assert ("Tim Hazel", "Online safety") in kept[-2:]
    assert not any(name == "Bea Cedar" for name, _ in kept)
    ctx = school.ctx_for("headteacher")
    row_id = training_list.row_id_of(trained["online"], school.people["teacher"])
    assert training_list.rows(ctx, [row_id])[0].standing_words.endswith("not needed any more")


def test_a_retired_training_is_no_gap(school: SmallSchool, trained: dict[str, int]) -> None:
    training.retire_type(school.ctx_for("headteacher"), trained["online"], 1)
    counts = training_list.view_counts(school.ctx_for("headteacher"))
    assert counts[TrainingView.MISSING] == counts[TrainingView.LAPSED] == counts[TrainingView.LAPSING] == 0


def test_a_merged_person_is_one_row(school: SmallSchool, trained: dict[str, int]) -> None:
    ctx = school.ctx_for("business_manager")
    twin = people.save(ctx, PersonDraft(PersonKind.STAFF, given_name="Timothy", family_name="Hazel")).id
    training.record(ctx, trained["online"], [twin], TODAY)
    people.merge(ctx, school.people["teacher"], twin)
    assert listed(school, view=TrainingView.LAPSED) == []
    assert len(listed(school, person_id=twin)) == 2
    assert [name for name, _ in listed(school, type_id=trained["online"])].count("Tim Hazel") == 1


def test_figures_add_up(school: SmallSchool, trained: dict[str, int]) -> None:
    with school.database.reading() as session:
        online, phones = training_list.figures(session, TODAY)
    assert (online.needed, online.in_date, online.lapsing, online.lapsed, online.missing) == (4, 2, 1, 1, 1)
    assert online.needed == online.in_date + online.lapsed + online.missing
    assert (phones.name, phones.needed, phones.in_date, phones.missing) == ("Phones in class", 0, 0, 0)


# Taken out


def test_what_goes_out_is_what_is_shown(school: SmallSchool, trained: dict[str, int], tmp_path: Path) -> None:
    ctx = school.ctx_for("business_manager")
    with school.database.writing() as session:
        session.get_one(Person, school.people["teacher"]).family_name = "=HYPERLINK(1)"
    columns = (TrainingColumn.PERSON, TrainingColumn.TRAINING, TrainingColumn.STANDING, TrainingColumn.UNTIL)
    wanted = TrainingFilter(view=TrainingView.LAPSED)
    file = tmp_path / "list.csv"
    assert training_list.export(ctx, wanted, TrainingSort(), columns, file, "csv") == 1
    with file.open(encoding="utf-8-sig", newline="") as read:
        heading, line = list(csv.reader(read))
    assert heading == ["Person", "Training", "Standing", "Counts until"]
    assert "HYPERLINK" in line[0]
    assert not line[0].startswith("=")
    for kind in ("pdf", "xlsx"):
        made = tmp_path / f"list.{kind}"
        assert training_list.export(ctx, TrainingFilter(), TrainingSort(), columns, made, kind) == 6
        assert made.stat().st_size > 1000
    with pytest.raises(Invalid, match="at least one column"):
        training_list.export(ctx, wanted, TrainingSort(), (), file, "csv")


def test_a_filter_is_kept_under_a_name(school: SmallSchool, trained: dict[str, int]) -> None:
    ctx = school.ctx_for("headteacher")
    wanted = TrainingFilter(TrainingView.LAPSED, "on", trained["online"], PersonKind.STAFF, True, None)
    sort = TrainingSort(TrainingColumn.UNTIL, True)
    settings.save_filter(ctx, training_list.SHELF, "Lapsed staff", wanted, sort)
    (saved,) = settings.list_filters(ctx, training_list.SHELF)
    assert (saved.filter, saved.sort) == (wanted, sort)


def test_what_is_due_today_opens_its_row(school: SmallSchool, trained: dict[str, int]) -> None:
    ctx = school.ctx_for("business_manager")
    due = [item for section in today.items(ctx).sections for item in section.items]
    opened = {item.target.id for item in due if item.kind is DueKind.TRAINING}
    expected = {training_list.row_id_of(trained["online"], school.people[who]) for who in ("teacher", "dsl")}
    assert opened == expected
    assert {row.id for row in training_list.rows(ctx, sorted(opened))} == expected
