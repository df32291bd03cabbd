"""A message on a school account, or something found elsewhere, becomes an incident: whole, and nothing typed again.

One transaction logs the incident, carries over who, what, when, the replies and the files, and settles what it came
from. The reply clock goes on as it ran: same receipt, same version of the policy, same replies (ACC-5, REP-2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from smdesk.db import evidence as store
from smdesk.db import search
from smdesk.db.models import Entry, Evidence, Incident, Person
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission
from smdesk.services import (
    attached_files,
    evidence,
    evidence_types,
    incident_fields,
    incident_state,
    incidents,
    people,
    sight,
)
from smdesk.services.attached_files import Owner
from smdesk.services.context import LOCAL, Changes, Context, Saved, needs
from smdesk.services.incident_records import IncidentDraft, PersonInIncident, PersonRole
from smdesk.services.people_records import PersonDraft

_LONGEST_SUMMARY = 120


@dataclass(frozen=True, slots=True)
class Reply:
    """An acknowledgement or an answer given before the hand-over; ``at`` is aware."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What goes over. ``source`` says where it comes from: "message 2026/M0031 on @brambles on Facebook".

    ``by_name`` stands where nobody on record is named; then somebody not identified goes on record (INC-7).
    ``profile_id`` is the version of the policy it came in under (None: today's).
    """

    owner: Owner
    source: str
    summary: str
    said: str
    received_at: datetime
    link: str = ""
    platform: str = ""
    posted_on: date | None = None
    on_school_account: bool = False
    person_id: int | None = None
    by_name: str = ""
    replies: tuple[Reply, ...] = ()
    profile_id: int | None = None
    more: str = ""
    """What else is known, in sentences; it stands in the incident's first note."""


@dataclass(frozen=True, slots=True)
class _Carried:
    """A file written anew for the incident; no row names it yet."""

    stored: store.StoredFile
    name: str
    media_type: str
    thumbnail: bytes | None
    note: str


@needs(Permission.INCIDENTS_EDIT)
def hand_over(
    ctx: Context, find: Callable[[Session], Matter], settle: Callable[[Session, Saved], Changes]
) -> Saved:
    """Make an incident of what ``find`` gives and ``settle`` where it came from, in one transaction.

    ``find`` is called twice (the files are written before the transaction that names them) and raises what speaks
    against it. ``Saved`` is the incident's, with everything that changed. Raises Invalid, StorageProblem, Damaged,
    Tampered too.
    """
    with ctx.database.reading() as session:
        files = attached_files.contents(session, ctx.folder.evidence, find(session).owner)
        handed = [(row.name, row.media_type, row.note, content) for row, content in files]
    carried: list[_Carried] = []
    try:
        for name, media_type, note, content in handed:
            thumbnail = evidence_types.thumbnail(name, media_type, content)
            stored = store.store(ctx.folder.evidence, content, evidence.AAD)
            carried.append(_Carried(stored, name, media_type, thumbnail, note))
        with ctx.database.writing() as session:
            matter = find(session)
            author_id, met = _author(session, ctx, matter)
            incident = incidents.log(session, ctx, _draft(session, matter, author_id), matter.profile_id)
            _note(session, ctx, incident.id, matter)
            _keep_files(session, ctx, incident.id, matter, carried)
            incident_state.refresh(session, incident.id)
            search.index_incident(session, incident.id)
            changes = incident.changes | met | settle(session, incident)
            return Saved(incident.id, incident.version, frozenset(changes))
    except BaseException:
        # If one cannot be deleted now, the orphan check finds it later.
        for each in carried:
            store.remove_unless_saved(
                ctx.database, ctx.folder.evidence, Evidence.stored_name, each.stored.stored_name
            )
        raise


def visible(session: Session, ctx: Context, incident_ids: list[int]) -> dict[int, str]:
    """Those incidents that this reader may read, with their references: the words of all others stay there (INC-14)."""
    return incident_fields.visible_among(session, sight.reader(session, ctx), incident_ids)


def short(said: str, most: int = _LONGEST_SUMMARY) -> str:
    """The beginning of what was said, on one line, cut at a word."""
    line = " ".join(said.split())
    if len(line) <= most:
        return line
    cut = line[: most - 2].rsplit(" ", 1)[0]
    return f"{cut} …"


def _author(session: Session, ctx: Context, matter: Matter) -> tuple[int | None, Changes]:
    if matter.person_id is not None or not matter.by_name:
        return matter.person_id, frozenset()
    draft = PersonDraft(
        kind=PersonKind.UNKNOWN,
        family_name=matter.by_name,
        online_names=matter.by_name,
        identified=False,
        notes=f"Known from {matter.source} only.",
    )
    person = people.enter(session, ctx, draft)
    return person.id, frozenset({("person", person.id)})


def _draft(session: Session, matter: Matter, author_id: int | None) -> IncidentDraft:
    people_in: tuple[PersonInIncident, ...] = ()
    if author_id is not None:
        kind = PersonKind(session.get_one(Person, author_id).kind)
        people_in = (PersonInIncident(author_id, PersonRole.AUTHOR, kind),)
    return IncidentDraft(
        received_at=matter.received_at,
        summary=matter.summary,
        posted_on=matter.posted_on,
        platform=matter.platform,
        link=matter.link,
        on_school_account=matter.on_school_account,
        said=matter.said,
        people=people_in,
    )


def _note(session: Session, ctx: Context, incident_id: int, matter: Matter) -> None:
    lines = [("note", ctx.today(), "", f"Taken over from {matter.source}. {matter.more}".strip(), "")]
    for reply in matter.replies:
        local = reply.at.astimezone(LOCAL)
        lines.append(("reply", local.date(), f"{local:%H:%M}", reply.text, "ACC-5"))
    for kind, on, at, text, rule in lines:
        session.add(
            Entry(
                incident_id=incident_id,
                kind=kind,
                happened_on=on,
                happened_at=at,
                text=text,
                rule=rule,
                recorded_at=ctx.now(),
                recorded_by=ctx.user.id,
            )
        )
    session.flush()


def _keep_files(
    session: Session, ctx: Context, incident_id: int, matter: Matter, carried: list[_Carried]
) -> None:
    incident = session.get_one(Incident, incident_id)
    for each in carried:
        row = Evidence(
            incident_id=incident_id,
            name=each.name,
            media_type=each.media_type,
            size=each.stored.size,
            sha256=each.stored.sha256,
            stored_name=each.stored.stored_name,
            file_key=each.stored.key,
            thumbnail=each.thumbnail,
            note=each.note,
            seen_at=matter.link,
            added_at=ctx.now(),
            added_by=ctx.user.id,
        )
        evidence.enter(session, ctx, incident, row, f"Evidence kept: {row.name}", "evidence.added")
