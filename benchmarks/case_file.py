"""The memory a case file of 300 pages takes, over one of the same record with a tenth of its pictures (DOC-4)."""

from __future__ import annotations

import io
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import schools
from benchmarks.measure import Result
from benchmarks.schools import School
from smdesk.db.models import Incident, IncidentConduct, Letter
from smdesk.policy.vocabulary import Conduct
from smdesk.services import evidence
from smdesk.services.context import Context
from smdesk.services.sample import people

ROOT = Path(__file__).resolve().parents[1]
PICTURES = 260
"""With the lists of them, and all that is on record, some 300 pages."""

SIZE = (2400, 1800)
"""Points of each picture: a photograph of a screen."""


def memory(school: School, times: int) -> list[Result]:
    """Peak memory of a process that makes the file, with few pictures and with all of them."""
    with schools.twin(school) as copy:
        with schools.signed_in(copy) as ctx:
            incident_id = _busiest(ctx)
            _add_pictures(ctx, incident_id)
        few, many = PICTURES // 10, PICTURES
        peaks: dict[int, list[float]] = {few: [], many: []}
        pages = 0
        for _turn in range(times):
            for pictures, told in peaks.items():
                pages, peak = _run(copy, incident_id, pictures)
                told.append(peak)
    floor, ours = (statistics.median(told) for told in peaks.values())
    if not floor:
        return []  # a system that does not tell how much memory a process took at most
    work = f"peak memory of a case file of {pages} pages, over one with a tenth of its pictures"
    return [Result(work, school.size, floor, ours, 1.1, "MB")]


def _busiest(ctx: Context) -> int:
    """The open incident with the most letters of which pictures may be kept."""
    imagery = select(IncidentConduct.incident_id).where(
        IncidentConduct.conduct == Conduct.SEXUAL_IMAGERY_OF_CHILD.value
    )
    with ctx.database.reading() as session:
        found = session.scalar(
            select(Incident.id)
            .outerjoin(Letter, Letter.incident_id == Incident.id)
            .where(
                Incident.status == "open",
                Incident.confidentiality == "normal",
                Incident.headteacher_is_subject.is_(False),
                Incident.id.not_in(imagery),
            )
            .group_by(Incident.id)
            .order_by(func.count(Letter.id).desc(), Incident.id)
            .limit(1)
        )
    if found is None:
        raise ValueError("There is no incident of which a case file could be made.")
    return found


def _add_pictures(ctx: Context, incident_id: int) -> None:
    from PIL import Image

    chance = random.Random(1)  # noqa: S311 - pictures, not keys
    for number in range(PICTURES):
        small = Image.frombytes("RGB", (80, 60), chance.randbytes(80 * 60 * 3))
        out = io.BytesIO()
        small.resize(SIZE, Image.Resampling.BILINEAR).save(out, "JPEG", quality=88)
        evidence.add(ctx, incident_id, f"screen {number}.jpg", out.getvalue())


def _run(school: School, incident_id: int, pictures: int) -> tuple[int, float]:
    """Pages of the file, and peak memory in MB of the one process that makes it."""
    given = {
        "root": str(school.folder.root),
        "login": "head",
        "password": people.PASSWORD,
        "incident": incident_id,
        "pictures": pictures,
    }
    with tempfile.TemporaryDirectory(prefix="smdesk-bench-", dir=school.folder.root.parent) as place:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.case_file_child", place],
            input=json.dumps(given) + "\n",
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
            timeout=900,
        )
    if done.returncode != 0:
        raise RuntimeError(f"The case file was not made:\n{done.stderr}")
    told = json.loads(done.stdout)
    return int(told["pages"]), float(told["peak"])
