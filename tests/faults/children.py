"""Programs the fault tests start as processes of their own, so that they can be killed, starved or raced.

Run as ``python -m tests.faults.children NAME FOLDER LOGIN PASSWORD ARGUMENT``; each signs in as a person would,
says "open", and then prints a line for whatever it was told was done.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from smdesk.errors import Conflict, SmdeskError
from smdesk.paths import SchoolFolder
from smdesk.services import (
    account_opening,
    business_cases,
    case_decisions,
    case_file_saving,
    case_files,
    connection_decisions,
    connections,
    evidence,
    handing_over,
    incidents,
    letters,
    messages,
    people_import,
    session,
    users,
)
from smdesk.services.case_file_records import CaseWish
from smdesk.services.case_records import CaseDecisionDraft, CaseDecisionKind
from smdesk.services.connection_records import DecisionDraft, DecisionKind
from smdesk.services.context import Context
from tests.faults.lived_in import MORNING, SCAN, draft


def say(text: str) -> None:
    print(text, flush=True)


def told() -> str:
    return sys.stdin.readline().strip()


def hang_after(function: Callable[..., Any], word: str) -> Callable[..., Any]:
    """The function, after which the process waits to be killed."""

    def hanging(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        say(word)
        time.sleep(60)
        return result

    return hanging


def log_for_ever(ctx: Context, argument: str) -> None:
    number = 0
    while True:
        number += 1
        saved = incidents.save(ctx, draft(f"{argument} {number}"))
        say(str(saved.id))


def log_many(ctx: Context, argument: str) -> None:
    told()
    for number in range(int(argument)):
        say(str(incidents.save(ctx, draft(number)).id))


def edit(ctx: Context, argument: str) -> None:
    """Open an incident, and save it with another summary when told to."""
    incident, summary = argument.split("|")
    record = incidents.open_incident(ctx, int(incident))
    say("opened")
    told()
    try:
        saved = incidents.save(ctx, replace(record.draft, summary=summary), record.id, record.version)
    except Conflict as error:
        changed = [[each.field, each.theirs, each.mine] for each in error.changes]
        say(json.dumps({"conflict": changed, "version": error.current_version}))
    else:
        say(json.dumps({"saved": saved.version}))


def decide(ctx: Context, argument: str) -> None:
    """Open an exception, and decide it when told to."""
    exception, kind = argument.split("|")
    record = connections.open_exception(ctx, int(exception))
    say("opened")
    told()
    draft = DecisionDraft(DecisionKind(kind), f"To {kind}.")
    try:
        saved = connection_decisions.decide(ctx, record.id, record.version, draft)
    except Conflict as error:
        say(json.dumps({"conflict": str(error), "version": error.current_version}))
    else:
        say(json.dumps({"decided": saved.id, "version": saved.version}))


def hang_between_decision_and_commit(ctx: Context, argument: str) -> None:
    connection_decisions.decision_entry.vouch = hang_after(
        connection_decisions.decision_entry.vouch, "signed, not committed"
    )
    record = connections.open_exception(ctx, int(argument))
    connection_decisions.decide(ctx, record.id, record.version, DecisionDraft(DecisionKind.APPROVE, "x"))


def paper(ctx: Context, argument: str) -> None:
    """Open an exception, and record a decision on paper about it when told to."""
    record = connections.open_exception(ctx, int(argument))
    say("opened")
    told()
    try:
        saved = on_paper(ctx, record.id, record.version)
    except Conflict as error:
        say(json.dumps({"conflict": str(error), "version": error.current_version}))
    else:
        say(json.dumps({"decided": saved.id, "version": saved.version}))


def on_paper(ctx: Context, exception: int, version: int) -> Any:
    draft = DecisionDraft(DecisionKind.APPROVE, "As the paper says.")
    return connection_decisions.record_paper(
        ctx, exception, version, draft, ctx.today(), "decision.pdf", SCAN
    )


def acknowledge(ctx: Context, argument: str) -> None:
    """Open a message, and acknowledge it in these words when told to."""
    message, words = argument.split("|")
    record = messages.open_message(ctx, int(message))
    say("opened")
    told()
    try:
        saved = messages.acknowledge(ctx, record.id, record.version, ctx.now(), ctx.user.name, words)
    except Conflict as error:
        say(json.dumps({"conflict": str(error), "version": error.current_version}))
    else:
        say(json.dumps({"saved": saved.version}))


def decide_case(ctx: Context, argument: str) -> None:
    """Open a business case, and decide it when told to."""
    case, kind = argument.split("|")
    record = business_cases.open_case(ctx, int(case))
    say("opened")
    told()
    try:
        saved = case_decisions.decide(ctx, record.id, record.version, of_the_meeting(ctx, kind))
    except Conflict as error:
        say(json.dumps({"conflict": str(error), "version": error.current_version}))
    else:
        say(json.dumps({"decided": saved.id, "version": saved.version}))


def of_the_meeting(ctx: Context, kind: str) -> CaseDecisionDraft:
    return CaseDecisionDraft(CaseDecisionKind(kind), f"To {kind}.", agreed=(ctx.user.id,))


def hang_between_opening_an_account_and_commit(ctx: Context, argument: str) -> None:
    account_opening.approved = hang_after(account_opening.approved, "signed and opened, not committed")
    record = business_cases.open_case(ctx, int(argument))
    case_decisions.decide(ctx, record.id, record.version, of_the_meeting(ctx, "approve"))


def hang_in_an_import(ctx: Context, argument: str) -> None:
    """Bring in a file; wait to be killed half way ("half"), or with everything written ("all")."""
    file, when = argument.split("|")
    sheet = people_import.read(ctx, Path(file))
    planned = people_import.plan(ctx, sheet, people_import.guess(ctx, sheet))
    backup = people_import.back_up(ctx)

    def progress(done: int, total: int) -> None:
        if when == "half" and total // 2 <= done < total:
            say(f"{total} to write")
            time.sleep(60)

    if when == "all":
        people_import.audit.write = hang_after(people_import.audit.write, f"{planned.to_write} to write")
    people_import.apply(ctx, planned, backup, progress=progress)


def hang_between_incident_and_message(ctx: Context, argument: str) -> None:
    """Hand a message over; wait to be killed when the incident and its files are written, the message not settled."""
    handing_over.search.index_incident = hang_after(
        handing_over.search.index_incident, "incident written, message not settled"
    )
    messages.hand_over(ctx, int(argument), messages.open_message(ctx, int(argument)).version)


def hang_between_scan_and_row(ctx: Context, argument: str) -> None:
    files = connection_decisions.connection_files
    files.put = hang_after(files.put, "on the disk")
    on_paper(ctx, int(argument), connections.open_exception(ctx, int(argument)).version)


def hang_between_paper_decision_and_commit(ctx: Context, argument: str) -> None:
    connection_decisions.decision_entry.vouch = hang_after(
        connection_decisions.decision_entry.vouch, "written, not committed"
    )
    on_paper(ctx, int(argument), connections.open_exception(ctx, int(argument)).version)


def hang_between_file_and_row(ctx: Context, argument: str) -> None:
    evidence.store.store = hang_after(evidence.store.store, "on the disk")
    evidence.add(ctx, int(argument), "late.txt", b"Never reached its row")


def hang_between_paper_and_row(ctx: Context, argument: str) -> None:
    letters.evidence.store = hang_after(letters.evidence.store, "on the disk")
    letters.issue(ctx, int(argument), letters.get(ctx, int(argument)).version)


def hang_before_commit(ctx: Context, argument: str) -> None:
    incidents.audit.write = hang_after(incidents.audit.write, "written, not committed")
    incidents.save(ctx, draft(argument))


def hang_between_keys_and_commit(ctx: Context, argument: str) -> None:
    users.vault.reset_password = hang_after(users.vault.reset_password, "keys written")
    users.reset_password(
        ctx, int(argument), "made up by the office", users.vault.keysfile.Argon2Parameters(1, 64, 1)
    )


def decide_starved(ctx: Context, argument: str) -> None:
    """Starved of room, decide an exception as one may, say what came of it, and decide it with room again."""
    import resource
    import signal

    exception, most = (int(part) for part in argument.split("|"))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    say(json.dumps(decided(ctx, exception)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    say(json.dumps(decided(ctx, exception)))


def decided(ctx: Context, exception: int) -> list[str]:
    """Whoever decides signs, anybody else records a paper: the kind of error met, and its sentence."""
    version = connections.open_exception(ctx, exception).version
    try:
        if ctx.signing is not None and connections.open_exception(ctx, exception).may_decide:
            draft = DecisionDraft(DecisionKind.APPROVE, "They are cousins. " * 200)
            connection_decisions.decide(ctx, exception, version, draft)
        else:
            on_paper(ctx, exception, version)
    except SmdeskError as error:
        return [type(error).__name__, str(error)]
    return ["done", ""]


def case_file(ctx: Context, argument: str) -> None:
    """Make a case file of an incident, and wait: after so many pages, or with the finished file half in place."""
    incident, when, place = argument.split("|")
    if when == "written":
        case_file_saving.os.replace = hang_after(lambda *_names: None, "hanging")

    def progress(done: int, whole: int) -> None:
        if when.isdigit() and done >= int(when):
            say("hanging")
            time.sleep(60)

    found = case_files.options(ctx, int(incident))
    wish = CaseWish(
        letters=frozenset(each.letter_id for each in found.letters),
        pictures=frozenset(each.evidence_id for each in found.pictures),
    )
    case_files.make(ctx, int(incident), wish, Path(place), progress)
    say("made")


def write_all(ctx: Context, argument: str) -> None:
    """Starved of room, try the writes that matter and say what came of each."""
    import resource
    import signal

    incident, letter, most = (int(part) for part in argument.split("|"))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    for line in writes(ctx, incident, letter):
        say(json.dumps(line))
    # With room again the same window goes on working.
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    say(str(incidents.save(ctx, draft("after"))))


def writes(ctx: Context, incident: int, letter: int) -> list[list[str]]:
    """A save, large and small evidence and an issued letter: the kind of error each met, and its sentence."""
    version = letters.get(ctx, letter).version
    found = []
    for name, write in (
        ("save", lambda: incidents.save(ctx, replace(draft("never"), said="word " * 3_900))),
        ("evidence", lambda: evidence.add(ctx, incident, "large.txt", b"many words " * 60_000)),
        # Its file has room where its row has not.
        ("small evidence", lambda: evidence.add(ctx, incident, "small.txt", b"few words")),
        ("letter", lambda: letters.issue(ctx, letter, version)),
    ):
        try:
            write()
        except SmdeskError as error:
            found.append([name, type(error).__name__, str(error)])
        else:
            found.append([name, "done", ""])
    return found


def main() -> None:
    name, root, login, password, argument = sys.argv[1:]
    ctx = session.sign_in(SchoolFolder(Path(root)), login, password, lambda: MORNING)
    say("open")
    globals()[name](ctx, argument)
    session.sign_out(ctx)


if __name__ == "__main__":
    main()
