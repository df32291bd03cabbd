"""Versions of a policy: each with the day it was adopted, the file itself, and the next review (AUP-1, AUP-3).

A version that was adopted stays on record with the answers to it. A slip in it is put right; only one that nobody
answered is taken back altogether.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db.models import Acknowledgement, AttachedFile, PolicyDocument, PolicyVersion
from smdesk.errors import Invalid, NotFound, Problem, Refused, SmdeskError
from smdesk.policy.days import months_after
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import attached_files, file_keeping, history, incident_fields, reasons
from smdesk.services.agreement_records import AddedVersion, PolicyVersionRecord, VersionDraft
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import Context, Saved, needs
from smdesk.services.policy_base import differences, require_version, said, standing, too_long, written

NO_SUCH_VERSION: Final = "There is no such version on record."
_LONGEST: Final = {"label": 60, "approved_by": 300, "changes": 4_000}

FIELD_LABELS: Final = {
    "label": "Version",
    "adopted_on": "Adopted on",
    "review_on": "Next review",
    "approved_by": "Approved by",
    "changes": "What is new",
    "ask_again": "Everybody is asked again",
}


@needs(Permission.AGREEMENTS_EDIT)
def add_version(
    ctx: Context, policy_id: int, draft: VersionDraft, name: str = "", data: bytes | Path | None = None
) -> AddedVersion:
    """Put a version on record, with its PDF where one is given. From its day on it is the one people are asked for.

    Where ``review_on`` is None it follows from the policy's months between reviews. The file is judged before anything
    is written; should the disk refuse it afterwards, the version stands and ``file_problem`` says why it has no file.
    Raises Invalid, NotFound, Refused for a retired policy.
    """
    draft = _tidied(draft)
    if data is not None:
        with ctx.database.reading() as session:
            most = file_keeping.limit(session)
        judged = file_keeping.judged(data, name, most, "Policy")
        if judged.media_type != "application/pdf":
            raise Invalid.one(
                "data",
                f"“{judged.name}” is no PDF. Save the policy as PDF, so that it reads the same everywhere.",
            )
    with ctx.database.writing() as session:
        policy = standing(session, policy_id)
        found = list(_problems(session, policy, draft, None))
        if found or draft.adopted_on is None:
            raise Invalid(found)
        adopted = draft.adopted_on
        if draft.review_on is None and policy.review_months:
            draft = replace(draft, review_on=months_after(adopted, policy.review_months))
        version = PolicyVersion(
            policy_id=policy.id,
            recorded_by=ctx.user.id,
            recorded_at=ctx.now(),
            **{field.name: getattr(draft, field.name) for field in fields(draft)},
        )
        session.add(version)
        session.flush()
        policy.version += 1
        words = f"Version {draft.label}, adopted on {written_day(adopted)}"
        if not draft.ask_again:
            words += "; who acknowledged the one before is not asked again"
        if draft.changes:
            words += f". What is new: {draft.changes}"
        history.add(session, ctx, "policy", policy.id, "version", words, rule="AUP-3")
        saved = written(session, ctx, policy, "policy.version_added", {"version": version.id})
        version_id, version_number = version.id, version.version
    problem = ""
    if data is not None:
        try:
            attached_files.add(ctx, Owner(OwnerKind.POLICY_VERSION, version_id), name, data)
        except SmdeskError as error:
            problem = str(error)
    return AddedVersion(version_id, version_number, saved.changes, problem)


@needs(Permission.AGREEMENTS_EDIT)
def change_version(ctx: Context, version_id: int, draft: VersionDraft, expected_version: int) -> Saved:
    """Put a slip in a version right. Answers to it stay: it cannot be adopted after the first of them.

    Raises Invalid, Conflict, NotFound, Refused for a retired policy.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        version = _version(session, version_id)
        policy = standing(session, version.policy_id)
        found = list(_problems(session, policy, draft, version))
        if found:
            raise Invalid(found)
        changed = differences(version_draft(version), draft, FIELD_LABELS)
        if not changed:
            return Saved(version.id, version.version, frozenset())
        require_version(version.version, expected_version, f"version {version.label}", changed)
        for field in fields(draft):
            setattr(version, field.name, getattr(draft, field.name))
        version.version += 1
        history.add(session, ctx, "policy", policy.id, "version", f"Version {version.label}: {said(changed)}")
        saved = written(
            session,
            ctx,
            policy,
            "policy.version_saved",
            {"version": version.id, "changes": {each.field: [each.theirs, each.mine] for each in changed}},
        )
        return Saved(version.id, version.version, saved.changes)


@needs(Permission.AGREEMENTS_EDIT)
def remove_version(ctx: Context, version_id: int, reason: str) -> Saved:
    """Take back a version that was put on record by mistake. Returns the policy.

    Raises Invalid without a reason, NotFound, Refused where somebody answered about it or a file was kept with it.
    """
    reason = reasons.given(reason, "Say why it is taken back: it is kept with the policy.")
    with ctx.database.writing() as session:
        version = _version(session, version_id)
        policy = standing(session, version.policy_id)
        if not _removable(session, version.id):
            raise Refused(
                f"Version {version.label} has answers or a file, so it stays on record. Put right what is wrong in it "
                "instead."
            )
        words = f"Version {version.label} taken back"
        session.delete(version)
        policy.version += 1
        history.add(session, ctx, "policy", policy.id, "version", words, reason=reason)
        return written(session, ctx, policy, "policy.version_removed", {"label": version.label})


def records(session: Session, policy: PolicyDocument, today: date) -> tuple[PolicyVersionRecord, ...]:
    """All versions of a policy, the newest first; ``in_use`` is told as of ``today``."""
    stored = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.policy_id == policy.id)
        .order_by(PolicyVersion.adopted_on.desc(), PolicyVersion.id.desc())
    ).all()
    in_use = next((each.id for each in stored if each.adopted_on <= today), None)
    users = incident_fields.user_names(session, [each.recorded_by for each in stored])
    answers: dict[tuple[int, str], int] = {
        (version_id, answer): count
        for version_id, answer, count in session.execute(
            select(Acknowledgement.version_id, Acknowledgement.answer, func.count())
            .where(
                Acknowledgement.version_id.in_([each.id for each in stored]),
                Acknowledgement.withdrawn_at.is_(None),
            )
            .group_by(Acknowledgement.version_id, Acknowledgement.answer)
        )
    }
    return tuple(
        PolicyVersionRecord(
            id=each.id,
            version=each.version,
            draft=version_draft(each),
            in_use=each.id == in_use,
            recorded_by=users[each.recorded_by],
            recorded_at=each.recorded_at,
            signed=answers.get((each.id, "signed"), 0),
            declined=answers.get((each.id, "declined"), 0),
            files=attached_files.records(session, Owner(OwnerKind.POLICY_VERSION, each.id)),
            removable=_removable(session, each.id),
        )
        for each in stored
    )


def current(session: Session, policy: PolicyDocument, day: date) -> PolicyVersion:
    """The version in use on ``day``. Raises Refused where there is none."""
    found = session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.policy_id == policy.id, PolicyVersion.adopted_on <= day)
        .order_by(PolicyVersion.adopted_on.desc(), PolicyVersion.id.desc())
        .limit(1)
    )
    if found is None:
        raise Refused(
            f"“{policy.title}” has no version in use yet, so there is nothing to sign. Add its first version.",
            "AUP-1",
        )
    return found


def version_draft(version: PolicyVersion) -> VersionDraft:
    """A stored version as the draft it would be if it were typed again."""
    return VersionDraft(**{field.name: getattr(version, field.name) for field in fields(VersionDraft)})


def _version(session: Session, version_id: int) -> PolicyVersion:
    version = session.get(PolicyVersion, version_id)
    if version is None:
        raise NotFound(NO_SUCH_VERSION)
    return version


def _removable(session: Session, version_id: int) -> bool:
    answered = session.scalar(
        select(Acknowledgement.id).where(Acknowledgement.version_id == version_id).limit(1)
    )
    filed = session.scalar(
        select(AttachedFile.id).where(AttachedFile.policy_version_id == version_id).limit(1)
    )
    return answered is None and filed is None


def _tidied(draft: VersionDraft) -> VersionDraft:
    label = " ".join(draft.label.split())
    if label.casefold().startswith("version "):
        label = label[8:]  # it is called so wherever it is shown
    return replace(
        draft, label=label, approved_by=" ".join(draft.approved_by.split()), changes=draft.changes.strip()
    )


def _problems(
    session: Session, policy: PolicyDocument, draft: VersionDraft, version: PolicyVersion | None
) -> Iterable[Problem]:
    others = session.scalars(
        select(PolicyVersion).where(
            PolicyVersion.policy_id == policy.id, PolicyVersion.id != (0 if version is None else version.id)
        )
    ).all()
    if not draft.label:
        yield Problem("label", "Say what the version is called, for example “3” or “September 2026”.")
    elif any(each.label.casefold() == draft.label.casefold() for each in others):
        yield Problem(
            "label", f"There is a version {draft.label} of this policy already. Call this one something else."
        )
    if draft.adopted_on is None:
        yield Problem("adopted_on", "Say from which day on the version is in use.")
        return
    if draft.review_on is not None and draft.review_on <= draft.adopted_on:
        yield Problem(
            "review_on", "The next review lies after the day the version is adopted. Check the two dates."
        )
    if version is not None:
        first = session.scalar(
            select(func.min(Acknowledgement.answered_on)).where(
                Acknowledgement.version_id == version.id, Acknowledgement.withdrawn_at.is_(None)
            )
        )
        if first is not None and first < draft.adopted_on:
            yield Problem(
                "adopted_on",
                f"Somebody answered on {written_day(first)}, so it was in use by then. Choose that day or an earlier "
                "one.",
            )
    yield from too_long(draft, _LONGEST, FIELD_LABELS)
