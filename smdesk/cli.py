"""The one command, ``smdesk``: alone it opens the window; its sub-commands are for scripts and whoever runs the
computers. Exit codes: 0 done, 1 it could not be done (the sentence is on standard error), 2 asked for wrongly.

Modules are imported by the sub-command that needs them: ``advise`` answers without loading database or window.
"""

from __future__ import annotations

import argparse
import gc
import getpass
import json
import os
import platform
import re
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk import __version__
from smdesk.errors import Invalid, NotAllowed, Refused, SmdeskError, StorageProblem
from smdesk.paths import SchoolFolder, default_data_folder, resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from smdesk.services.context import Context

PASSWORD_VARIABLE = "SMDESK_PASSWORD"  # noqa: S105 - the variable's name
_DONE, _FAILED, _USAGE, _INTERRUPTED = 0, 1, 2, 130


class _Usage(Exception):
    """What was asked cannot be read; the sentence goes to standard error."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Never raises for an expected failure."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        run = {
            None: _window,
            "demo": _demo,
            "advise": _advise,
            "letter": _letter,
            "report": _report,
            "verify": _verify,
        }[asked.command]
        return run(asked)
    except _Usage as error:
        print(f"smdesk: {error}", file=sys.stderr)
        return _USAGE
    except SmdeskError as error:
        print(f"smdesk: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our answer has gone ("smdesk advise | head"): nobody is left to tell.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the interpreter's last flush
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    # "--data" may stand before or after the sub-command; the one given last counts.
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        default=argparse.SUPPRESS,
        help=f"the school's folder (otherwise {default_data_folder()})",
    )
    signing_in = argparse.ArgumentParser(add_help=False)
    signing_in.add_argument(
        "--user",
        required=True,
        metavar="NAME",
        help=f"who signs in; the password is asked for, or read from {PASSWORD_VARIABLE}",
    )
    parser = argparse.ArgumentParser(
        prog="smdesk",
        parents=[common],
        description="SM Desk runs a school's social media policy. Without a command it opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"SM Desk {__version__}")
    # Locking starts the window anew with the user name filled in; the password is only ever typed.
    parser.add_argument("--user", dest="login", metavar="NAME", help="fill in this user name in the window")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    demo = commands.add_parser("demo", parents=[common], help="build an invented school and open it")
    demo.add_argument("--papers", metavar="FOLDER", type=Path, help="write one of each paper here")
    demo.add_argument("--incidents", metavar="N", type=_count, help="make a log of this many incidents")
    demo.add_argument("--no-window", action="store_true", help="do not open the window")

    advise = commands.add_parser("advise", help="what the policy says to do next (JSON in, JSON out)")
    advise.add_argument(
        "--profile",
        metavar="NAME",
        default="complete",
        help="the policy profile: complete (the usual one), policy-s, policy-g, policy-o, policy-c or policy-r",
    )
    advise.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="facts as JSON; - is standard input"
    )

    letter = commands.add_parser(
        "letter", parents=[common, signing_in], help="write a letter's PDF to a file"
    )
    letter.add_argument(
        "reference",
        metavar="REFERENCE",
        help="the incident or exception, for example 2026/0042 or 2026/C0007",
    )
    letter.add_argument(
        "kind",
        metavar="KIND",
        help="invitation, written_warning or second_warning; of an exception exception_approved, exception_refused or "
        "exception_ended",
    )
    letter.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the PDF to write")

    report = commands.add_parser("report", help="write a report's PDF to a file")
    kinds = report.add_subparsers(dest="report", metavar="REPORT", required=True)
    governors = kinds.add_parser("governors", parents=[common, signing_in], help="figures for governors")
    span = governors.add_mutually_exclusive_group(required=True)
    span.add_argument("--term", metavar="TERM", help="for example “2026 autumn”")
    span.add_argument("--year", metavar="YEAR", help="a school year, for example 2025-26")
    governors.add_argument("--one-page", action="store_true", help="only what fits one page")
    governors.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        required=True,
        help="the PDF to write; with the ending .xlsx the same figures as a workbook",
    )

    register = kinds.add_parser(
        "register", parents=[common, signing_in], help="who was allowed to be connected on a day"
    )
    register.add_argument("--on", metavar="DAY", required=True, help="for example 2025-03-03")
    register.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the PDF to write")

    verify = commands.add_parser(
        "verify",
        parents=[common],
        help="check that nothing was changed or lost; or check whether one paper is as it was issued",
    )
    verify.add_argument(
        "--user",
        metavar="NAME",
        help="who signs in; not needed to check a paper without the school's records",
    )
    what = verify.add_mutually_exclusive_group()
    what.add_argument(
        "--head", metavar="NUMBER:HASH", help="a line of the audit chain as printed on a report"
    )
    what.add_argument(
        "--paper",
        metavar="FILE.pdf",
        type=Path,
        help="is it a paper we issued, unchanged? With --user against the school's records; without, the "
        "signature of a decision alone",
    )
    what.add_argument("--scanned", metavar="TEXT", help="the code scanned from a printed decision")
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("a whole number from 1 to 1000000 is wanted")
    return int(text)


def _folder(asked: argparse.Namespace) -> SchoolFolder:
    given: Path | None = getattr(asked, "data", None)
    return SchoolFolder((given or default_data_folder()).expanduser().absolute())


def _window(asked: argparse.Namespace) -> int:
    return _open_window(_folder(asked), asked.login)


def _open_window(folder: SchoolFolder, login: str | None = None) -> int:
    try:
        app = load_window()
    except ImportError as error:
        if (error.name or "").startswith("smdesk"):
            raise
        raise StorageProblem(
            f"The window cannot be opened, because a library of this system is missing: {error}. "
            "“python3 dev.py demo” in a checkout says which packages to install."
        ) from error
    return app.main(folder.root, login)


def load_window() -> ModuleType:
    """The module ``smdesk.app``.

    Nearly everything that loading makes stays for good: looking for rubbish in it meanwhile takes 70 ms, and in
    every later search it would be looked through again.
    """
    gc.disable()
    try:
        from smdesk import app
    finally:
        gc.freeze()
        gc.enable()
    return app


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal", "vnc"):
        return False
    if platform.system() == "Linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def _demo(asked: argparse.Namespace) -> int:
    from smdesk.services.sample import build, papers, people

    given = getattr(asked, "data", None)
    # Never beside a real school's records: the sample school has a place of its own.
    folder = (
        _folder(asked) if given else SchoolFolder(default_data_folder().with_name("SM Desk sample school"))
    )
    if folder.exists and (given or asked.incidents):
        raise Refused(f"There is a school in {folder.root} already. Choose another folder with --data.")
    code = ""
    if folder.exists:
        print(f"The sample school is in {folder.root} already; it is used as it is.")
    else:
        made = build.build_school(folder, asked.incidents, progress=_bar("Building the sample school"))
        code = made.recovery_code
        print(f"The sample school is in {folder.root}:")
        print(
            f"{made.incidents:,} incidents, {made.exceptions:,} connection exceptions, {made.people:,} people, "
            f"{made.letters:,} letters, {made.cases:,} business cases, {made.accounts:,} accounts with "
            f"{made.messages:,} messages."
        )
    print("Everybody and everything in it is invented. These can sign in:")
    for login, name, title, _ in people.USERS + people.LATER_USERS:
        print(f"  {login:<10} {name}, {title}")
    print(f"Password for each of them: {people.PASSWORD}")
    if asked.papers is not None:
        for file in papers.write(folder, asked.papers.expanduser().absolute(), code):
            print(f"Wrote {file}")
    if asked.no_window:
        return _DONE
    if not _has_display():
        print("There is no display here, so no window is opened.")
        return _DONE
    return _open_window(folder, people.USERS[0][0])


def _advise(asked: argparse.Namespace) -> int:
    from smdesk.policy import facts_json, ladder, platforms, profile

    try:
        chosen = profile.load_shipped(asked.profile, lambda name: _shipped("policy", name))
        known = platforms.parse_platforms(_shipped("data", "platforms.toml"))
        facts = facts_json.facts_from_json(_json(asked.file))
    except Invalid as error:
        raise _Usage(str(error)) from error
    advice = facts_json.advice_to_json(ladder.advise(chosen, facts, known))
    print(json.dumps(advice, ensure_ascii=False, indent=2))
    return _DONE


def _shipped(*parts: str) -> str:
    try:
        return resource(*parts).read_text(encoding="utf-8")
    except OSError as error:
        raise StorageProblem(
            f"“{parts[-1]}” is missing from this installation. Install SM Desk again."
        ) from error


def _json(name: str) -> object:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _Usage(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _Usage(f"{name} is not text in UTF-8.") from error
    try:
        return json.loads(text)
    except ValueError as error:
        raise _Usage(f"The facts are not JSON: {error}.") from error
    except RecursionError as error:
        raise _Usage("The facts are nested too deeply to be facts.") from error


def _letter(asked: argparse.Namespace) -> int:
    from smdesk.documents.page import save_pdf
    from smdesk.services import connections, incidents, letters
    from smdesk.services.letter_records import (
        CASE_KINDS,
        EXCEPTION_KINDS,
        LETTER_KIND_LABELS,
        LetterKind,
        LetterStatus,
    )

    code = asked.kind.strip().lower().replace("-", "_").replace(" ", "_")
    known = list(LetterKind)
    if code not in known:
        raise _Usage(f"There is no letter “{asked.kind}”. Letters: {', '.join(known)}.")
    kind = LetterKind(code)
    # An acknowledgement may be about a message ("2026/M0031") too, and a notice about a block ("Block 7").
    elsewhere = re.fullmatch(r"\s*\d{4}/\d+\s*", asked.reference) is None
    with _signed_in(asked) as ctx:
        incident = None
        if kind in EXCEPTION_KINDS:
            written = letters.for_exception(ctx, connections.find_by_reference(ctx, asked.reference))
        elif kind in CASE_KINDS or (
            kind in (LetterKind.ACKNOWLEDGEMENT, LetterKind.BLOCK_NOTICE) and elsewhere
        ):
            found = letters.rows(ctx, letters.sorted_ids(ctx, "all", asked.reference))
            written = [row for row in found if row.reference.casefold() == asked.reference.strip().casefold()]
        else:
            incident = incidents.find_by_reference(ctx, asked.reference)
            written = letters.for_incident(ctx, incident)
        rows = [row for row in written if row.kind is kind]
        issued = next((row for row in rows if row.status is LetterStatus.ISSUED), None)
        draft = next((row for row in rows if row.status is not LetterStatus.WITHDRAWN), None)
        to = {row.person_name for row in rows if row.status is not LetterStatus.WITHDRAWN}
        if len(to) > 1:
            # The wrong parent's letter in the wrong envelope must not come of a command that cannot ask.
            raise Refused(
                f"{asked.reference} has letters of this kind to {' and '.join(sorted(to))}. Open the window to choose "
                "between them."
            )
        label = LETTER_KIND_LABELS[kind]
        if issued is not None:
            content = letters.issued_pdf(ctx, issued.id)
            what = f"{label} {issued.number} to {issued.person_name}, as issued"
        elif draft is not None:
            content = letters.preview_pdf(ctx, draft.id)
            what = f"{label} to {draft.person_name}: DRAFT, not issued"
        elif incident is None:
            raise Refused(
                f"No letter of this kind about {asked.reference} was drafted. Draft it in the window: whom it goes to "
                "is chosen there."
            )
        else:
            # A preview takes no step, so none is left out: the reason is asked for when the letter is drafted.
            content = letters.preview_new(ctx, incident, kind, "preview")
            what = f"{label}: DRAFT, not kept"
    save_pdf(content, asked.output)
    print(f"Wrote {asked.output} ({what}).")
    return _DONE


def _report(asked: argparse.Namespace) -> int:
    return _register(asked) if asked.report == "register" else _governors(asked)


def _register(asked: argparse.Namespace) -> int:
    from smdesk.services import connection_papers

    try:
        day = date.fromisoformat(asked.on)
    except ValueError as error:
        raise _Usage(
            f"“{asked.on}” is not a day. Write it as year-month-day, for example 2025-03-03."
        ) from error
    with _signed_in(asked) as ctx:
        count = connection_papers.register_pdf(ctx, day, asked.output, _bar("Writing"))
    print(f"Wrote {asked.output} ({count:,} allowed on {day.isoformat()}).")
    return _DONE


def _governors(asked: argparse.Namespace) -> int:
    from smdesk.services import reports

    try:
        period = reports.parse_period(asked.term or asked.year)
    except Invalid as error:
        raise _Usage(str(error)) from error
    if period.kind != ("term" if asked.term else "year"):
        raise _Usage("--term takes a term such as “2026 autumn”, --year a school year such as 2025-26.")
    as_book = asked.output.suffix.lower() == ".xlsx"
    if as_book and asked.one_page:
        raise _Usage("A workbook has no pages: leave --one-page out, or write a PDF.")
    with _signed_in(asked) as ctx:
        if as_book:
            reports.governor_xlsx(ctx, period, asked.output)
        else:
            form: reports.Form = "page" if asked.one_page else "full"
            reports.governor_pdf(ctx, period, asked.output, form=form)
    print(f"Wrote {asked.output} ({period.title}).")
    return _DONE


def _verify(asked: argparse.Namespace) -> int:
    if asked.paper is not None or asked.scanned is not None:
        return _verify_paper(asked)
    if asked.user is None:
        raise _Usage(
            "Who signs in to check the records? Give --user, or --paper to check a paper without them."
        )
    from smdesk.services import verify

    try:
        expected = verify.parse_head(asked.head) if asked.head else None
    except Invalid as error:
        raise _Usage(str(error)) from error
    with _signed_in(asked) as ctx:
        faults = verify.check(ctx, _bar("Checking"), expected)
    if not faults:
        print(
            "Everything is as it was written: records, audit log, signatures, evidence, letters and decisions."
        )
        return _DONE
    for fault in faults:
        print(fault)
    print(
        f"{len(faults)} fault{'s' if len(faults) > 1 else ''} found. Change nothing; keep a copy of the folder."
    )
    return _FAILED


def _verify_paper(asked: argparse.Namespace) -> int:
    """Check one paper: by itself, or against the records of whoever signs in."""
    from smdesk.services import paper_check, verify_papers

    if asked.paper is None:
        if asked.user is None:
            finding = paper_check.check_scanned(asked.scanned)
        else:
            with _signed_in(asked) as ctx:
                finding = paper_check.check_scanned_here(ctx, asked.scanned)
        holds, lines = finding.holds and not finding.by_eye, paper_check.report(finding)
    else:
        if asked.user is None:
            verdict = verify_papers.check_alone(asked.paper)
        else:
            with _signed_in(asked) as ctx:
                verdict = verify_papers.check_here(ctx, asked.paper)
        holds, lines = verdict.holds and not verdict.by_eye, verdict.lines
    for line in lines:
        print(line)
    return _DONE if holds else _FAILED


@contextmanager
def _signed_in(asked: argparse.Namespace) -> Iterator[Context]:
    from smdesk.services import session

    folder = _folder(asked)
    state = session.folder_state(folder)
    if state.state == "new":
        raise StorageProblem(f"There is no school in {folder.root}. Give its folder with --data.")
    if state.state != "ready":
        raise StorageProblem(state.sentence)
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        if not sys.stdin.isatty():
            raise _Usage(f"There is nobody to ask for the password. Set {PASSWORD_VARIABLE}.")
        password = getpass.getpass(f"Password of {asked.user}: ")
    ctx = session.sign_in(folder, asked.user, password)
    try:
        if ctx.user.must_change_password:
            raise NotAllowed(
                "This password was set by somebody else. Sign in to the window once to change it."
            )
        yield ctx
    finally:
        session.sign_out(ctx)


def _bar(what: str) -> Callable[[int, int], None]:
    """Progress on one line of standard error, where a person is watching; rewritten for each whole percent."""
    shown = -1
    watched = sys.stderr.isatty()

    def tell(done: int, whole: int) -> None:
        nonlocal shown
        percent = 100 * done // max(whole, 1)
        if watched and percent != shown:
            shown = percent
            print(f"\r{what}: {percent} %", end="\n" if done >= whole else "", file=sys.stderr, flush=True)

    return tell
