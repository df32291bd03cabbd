"""Programs that the fault tests start as processes of their own, so that they can be killed or starved.

Run as ``python -m tests.db.children NAME DATABASE KEY …``; each prints a line for what it was told was saved.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from smdesk.db import audit, backup, engine, evidence, search
from smdesk.db.engine import Database, open_database
from smdesk.db.models import Incident, User
from smdesk.errors import StorageProblem
from smdesk.paths import SchoolFolder
from tests.support.database import NOON, add_evidence, add_incident


def say(text: str) -> None:
    print(text, flush=True)


def save_one(database: Database, number: int) -> None:
    """An incident as the services save it: record, evidence file, search row and audit line."""
    folder = SchoolFolder(database.path.parent)
    stored = evidence.store(folder.evidence, f"picture {number}".encode(), "evidence")
    with database.writing() as session:
        incident = add_incident(session, number, f"Comment {number} " + "said " * 50)
        add_evidence(
            session,
            incident,
            f"{number}.png",
            stored_name=stored.stored_name,
            file_key=stored.key,
            sha256=stored.sha256,
            size=stored.size,
        )
        search.index_incident(session, incident)
        audit.write(
            session,
            actor_id=1,
            at=NOON,
            action="incident.logged",
            object_kind="incident",
            object_id=incident,
            detail={"number": number},
        )


def save_for_ever(database: Database, start: str) -> None:
    number = int(start)
    while True:
        save_one(database, number)
        say(str(number))
        number += 1


def count_up(database: Database, times: str) -> None:
    """Read a number and write it back one higher: what one window's edit does to another's."""

    def one() -> None:
        with database.writing() as session:
            user = session.scalars(select(User)).one()
            user.version = user.version + 1

    for _ in range(int(times)):
        until_saved(one)


def number_incidents(database: Database, times: str) -> None:
    """Give out the next reference, as logging an incident does."""

    def one() -> None:
        with database.writing() as session:
            last = session.scalar(select(Incident.number).order_by(Incident.number.desc()).limit(1)) or 0
            add_incident(session, last + 1)

    for _ in range(int(times)):
        until_saved(one)


def until_saved(save: Callable[[], None]) -> None:
    """Save, and again where another window was saving for seconds: what the person at a crowded computer is told
    to do. What is proved is that nothing is lost, not how long it takes.
    """
    for _ in range(20):
        try:
            save()
        except StorageProblem:
            continue
        return
    raise RuntimeError("Nothing could be saved in twenty tries.")


def save_until_full(database: Database, limit: str) -> None:
    """Save until a limit is met, then say what the user would be told.

    ``limit`` is "none" (the disk is small enough), "bytes:N" for every file, or "pages:N" for the database.
    """
    kind, _, most = limit.partition(":")
    if kind == "bytes":
        import resource

        # Past the limit the system would kill the process; a full disk does not.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
    elif kind == "pages":
        database.dispose()
        plain = engine.connect

        def limited(path: Path, data_key: bytes, **more: bool) -> object:
            connection = plain(path, data_key, **more)
            connection.execute(f"PRAGMA max_page_count={int(most)}")
            return connection

        engine.connect = limited
    number = 1
    try:
        while True:
            save_one(database, number)
            say(str(number))
            number += 1
    except StorageProblem as error:
        say(f"told: {error}")
    with database.reading() as session:  # what was saved can still be read
        say(f"readable: {len(session.scalars(select(Incident.id)).all())}")


def back_up_for_ever(database: Database, _: str) -> None:
    while True:
        say(backup.make(database, SchoolFolder(database.path.parent), "test", NOON).name)


def main() -> None:
    name, path, key, argument = sys.argv[1:]
    database = open_database(Path(path), bytes.fromhex(key))
    say("open")
    globals()[name](database, argument)
    database.dispose()


if __name__ == "__main__":
    main()
