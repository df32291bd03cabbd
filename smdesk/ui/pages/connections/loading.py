"""What the form of a declaration reads and writes on a worker thread: all it shows in one go, a save with its files,
and the words beside the fields as they are typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from smdesk.policy import connections as policy
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import Timeliness
from smdesk.security.permissions import Permission, allowed
from smdesk.services import (
    connection_decisions,
    connection_files,
    connection_questions,
    connections,
    drafts,
    letters,
    people,
    profiles,
    reference_data,
)
from smdesk.services.connection_records import DeclarationDraft, ExceptionRecord, ExceptionRow, FileKind
from smdesk.services.context import Context, Saved
from smdesk.services.letter_records import ExceptionLetterChoice, LetterRow
from smdesk.services.people_records import PersonHit
from smdesk.services.question_records import QuestionRow
from smdesk.ui import kept_values
from smdesk.ui.pages.connections import draft_json
from smdesk.ui.widgets import pending
from smdesk.ui.widgets.pending import Pending, SavedForm

FORM = "exception"
"""The name drafts of this form are kept under."""
WAITING = "exception.files"
"""The name files are kept under until the declaration is saved."""

Supersedes = tuple[int, str]
"""Id and reference of the record that a new one is declared anew for."""


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft brought back: what was typed, the version it was typed against, and files that waited."""

    draft: DeclarationDraft
    half: draft_json.HalfTyped
    people: dict[int, PersonHit]
    version: int | None
    kept_at: datetime | None
    pending: tuple[Pending, ...]
    supersedes: Supersedes | None
    decision: dict[str, object]
    """What stood in the decision that was being written."""


@dataclass(frozen=True, slots=True)
class Opened:
    """All the form shows of one declaration; ``record`` is None for a new one."""

    record: ExceptionRecord | None
    people: dict[int, PersonHit]
    platforms: dict[str, str]
    also_called: dict[str, str]
    letters: tuple[LetterRow, ...]
    letter_choices: tuple[ExceptionLetterChoice, ...]
    questions: tuple[QuestionRow, ...]
    to_confirm: frozenset[int]
    """Decisions recorded from paper that this reader can confirm or dispute."""
    kept: KeptDraft | None


@dataclass(frozen=True, slots=True)
class Words:
    """What is said beside the fields as they stand (CON-1, CON-2, CON-4)."""

    timeliness: Timeliness
    timeliness_words: str
    standing: policy.Standing | None
    rule: str
    ruling: str
    refusal: policy.Refusal | None
    between: tuple[ExceptionRow, ...]
    """Other records of the same two people, the newest first."""
    joined: tuple[date | None, date | None]
    """When the two joined the school, as their records say."""
    pair: tuple[int | None, int | None]


def load(ctx: Context, exception_id: int) -> Opened:
    """Everything about one declaration, or an empty form for id 0. Raises NotFound as the services do."""
    platforms = {each.code: each.label for each in reference_data.platforms()}
    also = {name: each.code for each in reference_data.platforms() for name in each.also_called}
    if not exception_id:
        return Opened(None, {}, platforms, also, (), (), (), frozenset(), kept_draft(ctx, 0))
    record = connections.open_exception(ctx, exception_id)
    if record.masked:
        return Opened(record, {}, platforms, also, (), (), (), frozenset(), None)
    reads_letters = may(ctx, Permission.LETTERS_READ)
    may_type = may(ctx, Permission.CONNECTIONS_EDIT) or record.may_decide
    return Opened(
        record,
        _people_of(record),
        platforms,
        also,
        tuple(letters.for_exception(ctx, exception_id)) if reads_letters else (),
        tuple(letters.choices_for_exception(ctx, exception_id)) if may(ctx, Permission.LETTERS_DRAFT) else (),
        tuple(connection_questions.for_exception(ctx, exception_id)),
        _to_confirm(ctx, record),
        kept_draft(ctx, exception_id) if may_type else None,
    )


def _people_of(record: ExceptionRecord) -> dict[int, PersonHit]:
    """The people named, from the record itself: whoever may read it may not be allowed to look people up."""
    draft = record.draft
    found = {}
    for person_id, name in (
        (draft.declarant_id, record.declarant_name),
        (draft.other_id, record.other_name),
        (draft.adult_id, record.adult_name),
    ):
        if person_id is not None:
            found[person_id] = PersonHit(person_id, name, draft.adult_kind, _hint(record, person_id), False)
    return found


def _hint(record: ExceptionRecord, person_id: int) -> str:
    if person_id == record.draft.adult_id:
        return record.adult_roles
    return record.other_roles if person_id == record.draft.other_id else ""


def _to_confirm(ctx: Context, record: ExceptionRecord) -> frozenset[int]:
    if not record.unconfirmed_paper or not may(ctx, Permission.CONNECTIONS_DECIDE):
        return frozenset()
    mine = frozenset(each.id for each in connection_decisions.to_confirm(ctx))
    return mine & frozenset(each.id for each in record.decisions)


def kept_draft(ctx: Context, exception_id: int) -> KeptDraft | None:
    """The reader's own draft of this form, or None."""
    held = drafts.get(ctx, FORM, exception_id)
    waiting = pending.recall(ctx, exception_id, WAITING)
    if held is None and not waiting:
        return None
    data = held or {}
    draft = draft_json.from_json(data.get("fields") or {})
    supersedes, decision = data.get("supersedes"), data.get("decision")
    return KeptDraft(
        draft,
        draft_json.half_from_json(data.get("half_typed")),
        named_in(ctx, draft),
        kept_values.number(data, "version"),
        kept_values.moment(data.get("kept_at")),
        tuple(waiting),
        (int(supersedes[0]), str(supersedes[1]))
        if isinstance(supersedes, list) and len(supersedes) == 2
        else None,
        decision if isinstance(decision, dict) else {},
    )


def named_in(ctx: Context, draft: DeclarationDraft) -> dict[int, PersonHit]:
    """The people named in a draft, as far as this reader may look people up."""
    ids = [each for each in (draft.adult_id, draft.other_id, draft.declarant_id) if each is not None]
    if not ids or not may(ctx, Permission.PEOPLE_READ):
        return {}
    return {hit.id: hit for hit in people.rows(ctx, ids)}


def keep_draft(
    ctx: Context,
    exception_id: int,
    typed: draft_json.Typed,
    version: int | None,
    supersedes: Supersedes | None,
    decision: dict[str, object],
) -> None:
    """Keep what stands in the form. ``version`` is what it was typed against."""
    data = {
        "fields": draft_json.to_json(typed.draft),
        "half_typed": draft_json.half_to_json(typed.half),
        "version": version,
        "kept_at": ctx.now().isoformat(),
        "supersedes": None if supersedes is None else list(supersedes),
        "decision": decision,
    }
    drafts.put(ctx, FORM, exception_id, data)


def forget_draft(ctx: Context, exception_id: int) -> None:
    """Forget the draft and the files that waited with it."""
    drafts.drop(ctx, FORM, exception_id)
    pending.drop(ctx, exception_id, WAITING)


def save(
    ctx: Context,
    draft: DeclarationDraft,
    exception_id: int | None,
    expected_version: int | None,
    supersedes: int | None,
    waiting: Sequence[Pending],
    forget: Callable[[Context, int], None],
) -> SavedForm:
    """Save the declaration, then keep the files that waited for it. Raises as ``connections.save`` does."""
    saved = connections.save(ctx, draft, exception_id, expected_version, supersedes)
    kept = _keep(ctx, saved, waiting)
    forget(ctx, exception_id or 0)
    return kept


def add_files(ctx: Context, exception_id: int, pieces: Sequence[Pending]) -> SavedForm:
    """Keep files of a saved declaration at once; each that cannot be kept is reported."""
    return _keep(ctx, Saved(exception_id, 0, frozenset()), pieces)


def _keep(ctx: Context, saved: Saved, pieces: Sequence[Pending]) -> SavedForm:
    def keep(piece: Pending, data: Path | bytes) -> Saved:
        kind = FileKind(piece.kind) if piece.kind else FileKind.FORM
        return connection_files.add(ctx, saved.id, kind, piece.name, data)

    return pending.keep_all(saved, pieces, keep)


def words(ctx: Context, draft: DeclarationDraft, exception_id: int) -> Words:
    """What the policy says about a declaration as it is being typed."""
    profile = profiles.current(ctx).profile
    declared = draft.declared_on or ctx.today()
    joined: tuple[date | None, date | None] = (None, None)
    if may(ctx, Permission.CONNECTIONS_EDIT):
        joined = connections.joined_dates(ctx, draft.adult_id, draft.other_id)
    found, _ = policy.timeliness(draft.adult_joined_on, draft.other_joined_on, declared)
    said = policy.timeliness_words(draft.adult_joined_on, draft.other_joined_on, declared, draft.since_on)
    if draft.declared_on is None:
        # Today's answer would stand beside a day that cannot be read, and be taken for it (CON-2).
        found, said = Timeliness.UNKNOWN, "Not known: the day of the declaration is missing"
    both = draft.adult_id is not None and draft.other_id is not None
    ruling = _ruling(profile, draft, declared) if both else None
    between: tuple[ExceptionRow, ...] = ()
    if draft.adult_id is not None and draft.other_id is not None and draft.adult_id != draft.other_id:
        rows = connections.between(ctx, draft.adult_id, draft.other_id)
        between = tuple(row for row in rows if row.id != exception_id)
    return Words(
        timeliness=found,
        timeliness_words=said,
        standing=None if ruling is None else ruling.standing,
        rule="" if ruling is None else ruling.rule,
        ruling="" if ruling is None else ruling.why,
        refusal=policy.may_put_forward(profile, draft.adult_kind, draft.capacity) if both else None,
        between=between,
        joined=joined,
        pair=(draft.adult_id, draft.other_id),
    )


def _ruling(profile: Profile, draft: DeclarationDraft, on: date) -> policy.Ruling | None:
    """What holds without an exception, the strictest of the kinds of link."""
    rulings = [
        policy.rule_on(
            profile,
            policy.Contact(draft.adult_kind, draft.capacity, link, draft.initiator, on, ""),
        )
        for link in draft.links
    ]
    return policy.strictest(rulings) if rulings else None


def successor(ctx: Context, exception_id: int) -> DeclarationDraft:
    """A decided declaration as a draft to declare it anew."""
    return connections.successor_draft(ctx, exception_id)


def may(ctx: Context, permission: Permission) -> bool:
    """Whether to show a button, as things stood at sign-in; the service decides when it is pressed."""
    return allowed(ctx.user.roles, permission)
