"""The tables of incidents in the governors' report (DOC-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from smdesk.documents.governor_figures import CountRow, CountTable, TrendTerm
from smdesk.policy.suppression import Cell
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, STEP_LABELS
from smdesk.services import reference_data
from smdesk.services.message_records import MESSAGE_KIND_LABELS
from smdesk.services.report_counts import NONE, OTHER, Counts
from smdesk.services.report_protection import Protected
from smdesk.services.reputation_records import TONE_LABELS, Tone


def tables(now: Protected, before: Protected | None) -> tuple[CountTable, ...]:
    conduct = [*(str(code) for code in CONDUCT_LABELS), NONE]
    kinds = [str(code) for code in KIND_LABELS]
    known = {platform.code: platform.label for platform in reference_data.platforms()}
    # Named platforms, then everything else in one row, whether chosen as "other" or typed by the school.
    platforms = [*(code for code in known if code != OTHER), OTHER, NONE]
    stages = [NONE, *(str(code) for code in STEP_LABELS)]
    conduct_labels = {**{str(code): label for code, label in CONDUCT_LABELS.items()}, NONE: "Not recorded"}
    kind_labels = {str(code): label for code, label in KIND_LABELS.items()}
    platform_labels = {
        **known,
        OTHER: "Another platform",
        NONE: "Not recorded",
    }
    stage_labels = {
        **{str(code): label for code, label in STEP_LABELS.items()},
        NONE: "No step recorded yet",
    }
    total = CountRow("All incidents", now.total(), before.total() if before else None)

    def table(title: str, codes: Sequence[str], labels: dict[str, str], name: str) -> CountTable:
        def pick(part: Counts) -> list[int]:
            return [getattr(part, name)[code] for code in codes]

        cells = now.partition(pick)
        earlier = before.partition(pick) if before else None
        return CountTable(title, rows(codes, labels, cells, earlier), total)

    return (
        CountTable(
            "What was done",
            rows(conduct, conduct_labels, now.conduct(conduct), before.conduct(conduct) if before else None),
            None,
            "An incident may be of several kinds, so these counts do not add up to the number of incidents.",
        ),
        table("Who posted", kinds, kind_labels, "kind"),
        table("Where it was posted", platforms, platform_labels, "platform"),
        table("Furthest step taken", stages, stage_labels, "stage"),
    )


def rows(
    codes: Sequence[str], labels: dict[str, str], cells: Sequence[Cell], before: Sequence[Cell] | None
) -> tuple[CountRow, ...]:
    """The lines of a table; those that are nought in both periods are left out."""
    found = []
    for place, code in enumerate(codes):
        earlier = before[place] if before is not None else None
        if cells[place] != 0 or earlier not in (0, None):
            found.append(CountRow(labels[code], cells[place], earlier))
    return tuple(found)


def trend_term(term: Protected, today: date) -> TrendTerm:
    """One term of the trend: what its own report shows, and no more."""
    messages, _ = term.messages([str(kind) for kind in MESSAGE_KIND_LABELS])
    _, tones = term.apart(lambda part: [part.tone[str(tone)] for tone in TONE_LABELS])
    found = dict(zip(TONE_LABELS, tones, strict=True))
    return TrendTerm(
        title=term.period.title,
        incidents=term.total(),
        removed=term.removal().count,
        replies=term.replies(),
        messages=messages,
        praise=found[Tone.PRAISE],
        criticism=found[Tone.CRITICISM],
        so_far=term.period.end >= today,
    )
