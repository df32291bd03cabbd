"""A policy profile in words: what it says, and how two versions differ."""

from __future__ import annotations

from collections.abc import Callable

from smdesk.policy.profile import Clocks, Police, Profile
from smdesk.policy.vocabulary import NOTIFY_LABELS


def _yes(value: object) -> str:
    return "yes" if value else "no"


CLOCK_LABELS: dict[str, tuple[str, Callable[[object], str]]] = {
    "reply_in_use": ("Comments on school accounts are answered within a time", _yes),
    "reply_hours": ("Hours to answer in", str),
    "weekend_to_next_working_day": ("Received at a weekend: by the end of the next working day", _yes),
    "bank_holidays_count_as_weekend": ("A bank holiday counts as a weekend", _yes),
    "removal_chase_days": ("Working days until a removal request is chased", str),
    "platform_wait_hours": ("Hours a platform is given before POSH is asked", str),
    "block_review_months": ("Months until a block is reviewed", str),
    "exception_review_months": ("Months until an exception is reviewed", str),
    "policy_review_months": ("Months until the policy is reviewed", str),
}


def clock_lines(clocks: Clocks) -> list[tuple[str, str]]:
    """Each clock with its value in words."""
    return [(label, say(getattr(clocks, key))) for key, (label, say) in CLOCK_LABELS.items()]


def differences(before: Profile, after: Profile) -> list[tuple[str, str, str]]:
    """What is not the same: (what, as it was, as it is), in the order of the policy's page."""
    found: list[tuple[str, str, str]] = []

    def compare(what: str, old: str, new: str) -> None:
        if old != new:
            found.append((what, old, new))

    compare("Title", before.title, after.title)
    compare("Description", before.description, after.description)
    for (label, old), (_, new) in zip(clock_lines(before.clocks), clock_lines(after.clocks), strict=True):
        compare(label, old, new)
    steps = {entry.step: entry for entry in (*before.ladder, *after.ladder)}
    for step, entry in steps.items():
        old_step, new_step = before.ladder_step(step), after.ladder_step(step)
        name = f"Ladder: {entry.label}"
        compare(name, _in_use(old_step), _in_use(new_step))
        if old_step is not None and new_step is not None:
            compare(f"{name}, wording", old_step.wording, new_step.wording)
            compare(f"{name}, name", old_step.label, new_step.label)
    order = (tuple(e.step for e in before.ladder), tuple(e.step for e in after.ladder))
    if order[0] != order[1] and set(order[0]) == set(order[1]):
        found.append(
            (
                "Order of the ladder",
                ", ".join(e.label for e in before.ladder),
                ", ".join(e.label for e in after.ladder),
            )
        )
    for code, old_rule in before.conduct.items():
        new_rule = after.conduct[code]
        name = f"What was done: {new_rule.label}"
        compare(name, _yes(old_rule.in_use), _yes(new_rule.in_use))
        compare(f"{name}, police", _police(old_rule.police), _police(new_rule.police))
        compare(
            f"{name}, who is told",
            ", ".join(NOTIFY_LABELS[n] for n in old_rule.tell) or "nobody more",
            ", ".join(NOTIFY_LABELS[n] for n in new_rule.tell) or "nobody more",
        )
    for rule in {**before.rules, **after.rules}:
        old_words, new_words = before.rules.get(rule), after.rules.get(rule)
        compare(
            f"Rule {rule}",
            old_words.wording if old_words else "(not in it)",
            new_words.wording if new_words else "(not in it)",
        )
        if old_words and new_words:
            compare(f"Rule {rule}, title", old_words.title, new_words.title)
    if before.connections != after.connections:
        found.append(("Connections between pupils and adults", "as before", "changed"))
    if before.accounts != after.accounts:
        found.append(("School accounts", "as before", "changed"))
    return found


def _in_use(entry: object) -> str:
    return "not in it" if entry is None else "used" if getattr(entry, "in_use", False) else "not used"


def _police(police: Police) -> str:
    return {Police.AT_ONCE: "at once", Police.CONSIDER: "considered", Police.NO: "no"}[police]
