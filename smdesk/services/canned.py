"""Ready-made replies to messages on school accounts, filled in from the school's details (ACC-5, PPL-5, INC-13).

They hold no name and nothing of the message. Whoever replies looks at the words first and changes them.
"""

from __future__ import annotations

import functools
import re
import tomllib
from typing import Any, Final

from sqlalchemy import select

from smdesk.db.models import School
from smdesk.errors import StorageProblem
from smdesk.paths import resource
from smdesk.policy.words import listed
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, needs
from smdesk.services.message_records import CannedReply, MessageKind

_FIELD: Final = re.compile(r"\{([a-z]+)\}")


@needs(Permission.ACCOUNTS_READ)
def replies(ctx: Context, kind: MessageKind) -> tuple[CannedReply, ...]:
    """The replies offered for this kind of message, as they would stand today. Raises StorageProblem."""
    with ctx.database.reading() as session:
        school = session.scalars(select(School)).one()
        values = {
            "school": school.name,
            "channels": listed(
                [each.strip() for each in school.official_channels.split(",") if each.strip()]
            ),
            "complaints": _unended(school.complaints_procedure),
            "contact": _contact(school),
        }
    offered = (
        CannedReply(
            code=each["code"],
            label=each["label"],
            rule=each["rule"],
            text=_filled(each["lines"], values),
            kinds=tuple(MessageKind(code) for code in each["kinds"]),
            acknowledges=each["acknowledges"],
        )
        for each in _shipped()
        if kind in each["kinds"]
    )
    return tuple(each for each in offered if each.text)


@functools.cache
def _shipped() -> tuple[dict[str, Any], ...]:
    file = resource("replies", "en.toml")
    try:
        return tuple(tomllib.loads(file.read_text(encoding="utf-8"))["reply"])
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise StorageProblem(
            f"{file.name}, which holds the ready-made replies, cannot be read. Install SM Desk again."
        ) from error


def _filled(lines: list[str], values: dict[str, str]) -> str:
    """The lines with their fields filled in; a line whose field is empty says nothing and is left out."""
    kept = []
    for line in lines:
        if all(values[name] for name in _FIELD.findall(line)):
            kept.append(_FIELD.sub(lambda found: values[found[1]], line))
    return "\n".join(kept)


def _contact(school: School) -> str:
    held = school.contacts.get("parents", {})
    named = ", ".join(part for part in (held.get("name", ""), held.get("detail", "")) if part)
    return _unended(named or ", ".join(part for part in (school.phone, school.email) if part))


def _unended(text: str) -> str:
    """What the school typed, as it stands before the full stop of a sentence."""
    return " ".join(text.split()).rstrip(".")
