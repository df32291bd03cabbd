"""Five hundred letters to separate files, against LibreOffice merging the same letters in the same run.

LibreOffice gets a template of its own (flat ODT) with the words of each letter put in, and makes them into PDF files,
some hundreds to a process: what its mail merge does, without the data source it would have to ask for each. Where it
is not installed, there is nothing to compare with, and nothing is measured.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from string import Template
from xml.sax.saxutils import escape

from sqlalchemy import select

from benchmarks import schools
from benchmarks.measure import Result, in_turn
from benchmarks.schools import School
from smdesk.db.models import Letter
from smdesk.documents import letter as tagged_letter
from smdesk.documents.letter import Bullets, Heading, LetterData
from smdesk.policy.words import written_day
from smdesk.services import letter_paper, letter_state
from smdesk.services.context import Context

LETTERS = 500
LIMIT = 0.25
"""Of LibreOffice's time: at least four times as fast."""
_AS_OURS = "pdf:writer_pdf_Export:" + json.dumps(
    {
        "SelectPdfVersion": {"type": "long", "value": "2"},
        "UseTaggedPDF": {"type": "boolean", "value": "true"},
        "PDFUACompliance": {"type": "boolean", "value": "true"},
    }
)
"""Tagged, PDF/UA and PDF/A-2, as the program's own letters are."""
_AT_ONCE = 240
"""Files for one process: of more than that it leaves out the rest without a word."""
_PATIENCE = 1800
"""Seconds after which LibreOffice is taken to hang."""


def office() -> str | None:
    """LibreOffice's program, where it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def mail_merge(school: School, times: int) -> list[Result]:
    """The sample school's issued letters, each to somebody else, until there are ``LETTERS``."""
    program = office()
    if program is None:
        print("mail-merge: LibreOffice is not installed, so nothing is measured.", file=sys.stderr)
        return []
    with schools.signed_in(school) as ctx, tempfile.TemporaryDirectory(prefix="smdesk-bench-") as place:
        letters = _letters(ctx)
        root = Path(place)
        ours, theirs = root / "ours", root / "theirs"

        def merge() -> None:
            _by_libreoffice(program, letters, theirs, root / "profile")

        def render() -> None:
            _afresh(ours)
            files = [ours / f"letter-{number:04d}.pdf" for number in range(len(letters))]
            # While one waits for the disk to have it for good, the next is drawn.
            with ThreadPoolExecutor(4) as pool:
                for _ in pool.map(tagged_letter.render, letters, files):
                    pass

        floor_ms, ours_ms = in_turn(merge, render, times)
        made = [len(list(folder.glob("*.pdf"))) for folder in (theirs, ours)]
    if made != [LETTERS, LETTERS]:
        raise ValueError(f"There are {made[0]} and {made[1]} letters, not {LETTERS} of each.")
    return [Result(f"{LETTERS} letters to files, LibreOffice", school.size, floor_ms, ours_ms, LIMIT)]


def _letters(ctx: Context) -> list[LetterData]:
    with ctx.database.reading() as session:
        rows = session.scalars(
            select(Letter).where(Letter.status == "issued").order_by(Letter.id).limit(LETTERS)
        )
        found = [letter_paper.paper(session, row, letter_state.edit_of(row), ctx.today()) for row in rows]
    # Where the school has fewer, they go to more people: no two letters are the same.
    return [
        replace(
            data,
            addressee=f"{data.addressee} {place}",
            salutation=f"{data.salutation.rstrip(',')} {place},",
            reference=f"2026/L{place:04d}",
        )
        for place, data in enumerate(islice(cycle(found), LETTERS), start=1)
    ]


def _afresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def _by_libreoffice(program: str, letters: Sequence[LetterData], out: Path, profile: Path) -> None:
    _afresh(out)
    template = Template(_TEMPLATE)
    sources = []
    for number, data in enumerate(letters):
        source = out / f"letter-{number:04d}.fodt"
        source.write_text(template.substitute(_fields(data)), encoding="utf-8")
        sources.append(source.name)
    for start in range(0, len(sources), _AT_ONCE):
        subprocess.run(
            [
                program,
                f"-env:UserInstallation={profile.as_uri()}",
                "--headless",
                "--norestore",
                "--convert-to",
                _AS_OURS,
                *sources[start : start + _AT_ONCE],
            ],
            cwd=out,
            check=True,
            capture_output=True,
            timeout=_PATIENCE,
        )


def _fields(data: LetterData) -> dict[str, str]:
    head = data.letterhead
    logo = ""
    if head.logo:
        held = base64.b64encode(head.logo).decode("ascii")
        logo = (
            '<text:p><draw:frame text:anchor-type="as-char" svg:width="2cm" svg:height="2cm"><draw:image>'
            f"<office:binary-data>{held}</office:binary-data></draw:image></draw:frame></text:p>"
        )
    return {
        "logo": logo,
        "school": escape(head.school),
        "contact": _lines([", ".join(head.address), "  ·  ".join([head.phone, head.email, head.website])]),
        "address": _lines([data.marking, data.addressee, *data.address]),
        "date": written_day(data.date),
        "reference": escape(data.reference or ""),
        "salutation": escape(data.salutation),
        "heading": escape(data.heading),
        "body": "".join(_block(block) for block in data.body),
        "closing": escape(data.closing),
        "name": escape(data.sign_name),
        "role": escape(data.sign_role),
        "privacy": escape(data.footer),
    }


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"<text:p>{escape(line)}</text:p>" for line in lines if line)


def _block(block: tagged_letter.BodyBlock) -> str:
    if isinstance(block, Bullets):
        items = "".join(
            f"<text:list-item><text:p>{escape(item)}</text:p></text:list-item>" for item in block.items
        )
        return f"<text:list>{items}</text:list>"
    if isinstance(block, Heading):
        return f'<text:h text:outline-level="2">{escape(block.text)}</text:h>'
    return f'<text:p text:style-name="Body">{escape(block.text)}</text:p>'


_TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>
 <style:default-style style:family="paragraph">
  <style:paragraph-properties fo:line-height="125%"/>
  <style:text-properties style:font-name="Noto Sans" fo:font-family="Noto Sans" fo:font-size="10.5pt"
   fo:language="en" fo:country="GB"/>
 </style:default-style>
 <style:style style:name="Standard" style:family="paragraph"/>
 <style:style style:name="Body" style:family="paragraph" style:parent-style-name="Standard">
  <style:paragraph-properties fo:margin-bottom="7pt" fo:orphans="2" fo:widows="2"/>
 </style:style>
 <style:style style:name="School" style:family="paragraph" style:parent-style-name="Standard">
  <style:text-properties fo:font-size="15pt" fo:font-weight="bold" fo:color="#172b54"/>
 </style:style>
</office:styles>
<office:automatic-styles>
 <style:style style:name="Window" style:family="paragraph" style:parent-style-name="Standard">
  <style:paragraph-properties fo:margin-top="0.5cm"/>
 </style:style>
 <style:style style:name="Start" style:family="paragraph" style:parent-style-name="Standard">
  <style:paragraph-properties fo:margin-top="1cm"/>
 </style:style>
 <style:page-layout style:name="A4">
  <style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm"
   fo:margin-bottom="1.5cm" fo:margin-left="2.4cm" fo:margin-right="2.2cm"/>
  <style:footer-style><style:header-footer-properties fo:min-height="0.8cm"/></style:footer-style>
 </style:page-layout>
</office:automatic-styles>
<office:master-styles>
 <style:master-page style:name="Standard" style:page-layout-name="A4">
  <style:footer><text:p>$school · $reference · Page <text:page-number text:select-page="current"/> of
   <text:page-count/></text:p></style:footer>
 </style:master-page>
</office:master-styles>
<office:body><office:text>
 $logo
 <text:p text:style-name="School">$school</text:p>
 $contact
 <text:p text:style-name="Window"/>
 $address
 <text:p text:style-name="Start">$date</text:p>
 <text:p text:style-name="Body">Our reference $reference</text:p>
 <text:p text:style-name="Body">$salutation</text:p>
 <text:h text:outline-level="1">$heading</text:h>
 $body
 <text:p text:style-name="Body">$closing</text:p>
 <text:p/><text:p/>
 <text:p>$name</text:p>
 <text:p text:style-name="Body">$role</text:p>
 <text:p>$privacy</text:p>
</office:text></office:body>
</office:document>
"""
