"""Checking the signatures on decisions about exceptions against the bare cryptographic call (CON-2)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from benchmarks import register, schools
from benchmarks.measure import Result, in_turn
from benchmarks.schools import School
from smdesk.db.models import ConnectionException, User
from smdesk.security import signatures
from smdesk.services import connection_payload, connection_signing, decision_entry, key_trust
from smdesk.services.connection_records import DecisionDraft, DecisionKind, DecisionOrigin
from smdesk.services.context import Context
from smdesk.services.driver import driver

_CONTEXT = b"SM Desk signature 1\n"


@contextmanager
def decided(school: School) -> Iterator[School]:
    """A copy of the school with 5,000 exceptions, each approved with the headteacher's signature."""
    with register.filled(school) as copy:
        with schools.signed_in(copy) as ctx:
            _decide(ctx)
        yield copy


def _decide(ctx: Context) -> None:
    today = ctx.today()
    with ctx.database.writing() as session:
        key, signing = key_trust.own_key(session, ctx, "decide")
        decider = session.get_one(User, ctx.user.id)
        for exception in session.scalars(select(ConnectionException).where(ConnectionException.year == 1900)):
            draft = DecisionDraft(
                DecisionKind.APPROVE,
                f"The tie was there before ({exception.number}).",
                "Nothing about the school.",
                today,
                today + timedelta(days=365),
            )
            row = decision_entry.new_row(exception, ctx, draft, DecisionOrigin.SIGNED, today, decider)
            row.signing_key_id = key.id
            payload = connection_signing.payload(session, row, exception)
            row.signed_payload = signatures.canonical(payload).decode("utf-8")
            row.signature = signatures.sign(signing, payload)
            session.add(row)


def signature(school: School, times: int) -> list[Result]:
    """One decision compared with its signature, and all 5,000. Floor: the cryptographic calls alone; for all of
    them, and for one that is fetched first, with the same statement by sqlcipher3 alone.
    """
    with decided(school) as copy, schools.signed_in(copy) as ctx, schools.bare(copy) as connection:
        with ctx.database.reading() as session:
            # The sample school's own may be recorded from paper: the bare call has nothing to check in those.
            rows = [row for row in connection_signing.every_row(session) if row["signature"] is not None]
            same = connection_signing.merged_into(driver(session))
            results = []
            turns = itertools.cycle(rows)
            results.append(
                Result(
                    "check one signature",
                    len(rows),
                    *in_turn(lambda: _bare(next(turns)), lambda: _whole(next(turns), same), times * 40),
                    1.5,
                )
            )
        ids = itertools.cycle([row["id"] for row in rows])
        results.append(
            Result(
                "check one decision, fetched first",
                len(rows),
                *in_turn(
                    lambda: [_bare(row) for row in _fetched(connection, "d.id = ?", (next(ids),))],
                    lambda: connection_signing.check_one(ctx, next(ids)),
                    times * 10,
                ),
                # Besides the signature the program asks whether the reader may, as every service does.
                2.0,
            )
        )
        results.append(
            Result(
                "check all signatures",
                len(rows),
                *in_turn(
                    lambda: [
                        _bare(row)
                        for row in _fetched(connection, "d.id > ?", (0,))
                        if row["signature"] is not None
                    ],
                    lambda: connection_signing.check_all(ctx),
                    max(1, times // 4),
                ),
                1.5,
            )
        )
    return results


def _bare(row: Any) -> None:
    Ed25519PublicKey.from_public_bytes(row["public_key"]).verify(
        row["signature"], _CONTEXT + row["signed_payload"].encode("utf-8")
    )


def _whole(row: Any, same: Any) -> None:
    fault = connection_signing.row_fault(row, same)
    if fault:
        raise AssertionError(fault)


def _fetched(connection: Any, where: str, values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    return connection_payload.stored_rows(connection, where, values)
