"""Every service stands behind the gate: each public function names its permission, or says why it needs none."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import smdesk.services
from smdesk.db.models import Base, User
from smdesk.errors import NotAllowed
from smdesk.security.permissions import Permission
from tests.support.school import SmallSchool

GATE = {"smdesk.services.context"}
"""The module the gate itself is in."""


def modules() -> list[str]:
    return [
        found.name
        for found in pkgutil.walk_packages(smdesk.services.__path__, "smdesk.services.")
        if found.name not in GATE
    ]


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in modules():
        module = importlib.import_module(name)
        for called, function in vars(module).items():
            # functools.cache and its like are callables with a wrapped function of this module.
            if called.startswith("_") or inspect.isclass(function) or not callable(function):
                continue
            if getattr(function, "__module__", None) == name:
                yield f"{name.removeprefix('smdesk.services.')}.{called}", function


def parameter_types(function: Callable[..., Any]) -> list[str]:
    """The parameters' types as they are written."""
    return [str(parameter.annotation) for parameter in inspect.signature(function).parameters.values()]


def is_inner(function: Callable[..., Any]) -> bool:
    """A function of a service's own transaction: a window has no session and no row to call it with."""
    rows = {mapper.class_.__name__ for mapper in Base.registry.mappers}
    return parameter_types(function)[:1] == ["Session"] or bool(
        rows.intersection(parameter_types(function)[:1])
    )


def touches_records(function: Callable[..., Any]) -> bool:
    """Whether it is handed anything that leads to records. The rest are sums over plain values."""
    return not {"Context", "SchoolFolder", "Database"}.isdisjoint(parameter_types(function))


ALL = dict(public_functions())
GATED = {name: function for name, function in ALL.items() if hasattr(function, "permission")}


def test_there_are_services_to_look_at() -> None:
    for name in (
        "incidents.save",
        "letters.approve",
        "users.reset_password",
        "session.sign_in",
        "reports.governor_pdf",
    ):
        assert name in ALL


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_public_function_names_its_permission_or_says_why_not(name: str) -> None:
    function = ALL[name]
    declared = hasattr(function, "permission") or hasattr(function, "open_because")
    if declared:
        assert getattr(function, "open_because", "a reason").strip()
        assert isinstance(getattr(function, "permission", Permission.OWN_DRAFTS), Permission)
        return
    assert is_inner(function) or not touches_records(function), f"{name} stands in front of the gate"
    assert parameter_types(function)[:1] != ["Context"]


@pytest.mark.parametrize("name", sorted(GATED))
def test_a_user_without_roles_gets_past_no_gate(school: SmallSchool, name: str) -> None:
    with school.database.writing() as db:
        db.get_one(User, school.users["headteacher"]).roles = []
    # The context still says headteacher, as a window open since before the role was taken away would.
    ctx = school.ctx_for("headteacher")
    with pytest.raises(NotAllowed):
        GATED[name](ctx)


@pytest.mark.parametrize("name", sorted(GATED))
def test_a_closed_account_gets_past_no_gate(school: SmallSchool, name: str) -> None:
    with school.database.writing() as db:
        db.get_one(User, school.users["headteacher"]).active = False
    with pytest.raises(NotAllowed, match="closed"):
        GATED[name](school.ctx_for("headteacher"))
