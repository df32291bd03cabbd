"""The form of a declaration on screen, and the small moves every test of it makes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services import connections
from smdesk.services.connection_records import DecisionDraft, DecisionKind, DeclarationDraft
from smdesk.services.people_records import PersonHit
from smdesk.ui.pages.connections.form import ExceptionForm
from tests.support import forms
from tests.support.forms import DeskFor, maker
from tests.support.school import SmallSchool

MakeExceptionForm = Callable[..., ExceptionForm]


@pytest.fixture
def make_form(qtbot: QtBot, desk_for: DeskFor) -> MakeExceptionForm:
    """``make_form("headteacher")``: a form on screen, of this user."""
    return maker(qtbot, desk_for, ExceptionForm, 1200, 640)


def settle(form: ExceptionForm) -> None:
    """Until nothing is being read or written any more, the words beside the fields included."""
    for _ in range(4):
        if form._pause.isActive():
            form._ask_words()
        assert form._desk.tasks.wait_all()
        QApplication.processEvents()


def opened(form: ExceptionForm, exception_id: int) -> ExceptionForm:
    form.open(exception_id)
    settle(form)
    return form


def fresh(form: ExceptionForm) -> ExceptionForm:
    form.new()
    settle(form)
    return form


def press(form: ExceptionForm, name: str) -> None:
    """Press a button, and wait for what comes of it."""
    forms.press(form, name)
    settle(form)


def declaration(school: SmallSchool, **changed: object) -> DeclarationDraft:
    """The teacher is Sam's uncle; complete enough to be put forward."""
    fields: dict[str, object] = {
        "adult_id": school.people["teacher"],
        "adult_kind": PersonKind.STAFF,
        "other_id": school.people["sam"],
        "capacity": Capacity.PUPIL,
        "relationship": Relationship.AUNT_OR_UNCLE,
        "known_how": "Both families say so",
        "platforms": ("whatsapp",),
        "links": (Link.MESSAGE,),
        "initiator": Initiator.BOTH,
        "adult_joined_on": date(2020, 9, 1),
        "other_joined_on": date(2025, 9, 3),
        "declared_on": school.clock.now.date(),
        "declarant_id": school.people["teacher"],
    }
    return DeclarationDraft(**(fields | changed))


def declared(school: SmallSchool, login: str = "business_manager", **changed: object) -> int:
    """Save a declaration through the service."""
    return connections.save(school.ctx_for(login), declaration(school, **changed)).id


def put_forward(school: SmallSchool, **changed: object) -> int:
    """Declared and put forward by the office."""
    ctx, number = school.ctx_for("business_manager"), declared(school, **changed)
    connections.submit(ctx, number, connections.open_exception(ctx, number).version)
    return number


def decide(school: SmallSchool, number: int, kind: DecisionKind, reason: str = "A tie from before") -> None:
    """The headteacher decides and signs."""
    from smdesk.services import connection_decisions

    ctx = school.ctx_for("headteacher")
    version = connections.open_exception(ctx, number).version
    connection_decisions.decide(ctx, number, version, DecisionDraft(kind, reason))


def choose(form: ExceptionForm, side: str, school: SmallSchool, person: str) -> None:
    """As if somebody had been chosen from the list."""
    from smdesk.services import people

    hit: PersonHit = people.rows(school.ctx_for("business_manager"), [school.people[person]])[0]
    field = {"adult": form.fields.adult, "other": form.fields.other}[side]
    field.picker.set_person(hit)
    field.picker.chosen.emit(hit)
