"""A policy profile in words: what it says, and how two versions differ."""

from __future__ import annotations

from collections.abc import Callable

from smdesk.policy.profile import AccountRules, Clocks, ConnectionRules, Police, Profile, Strictness
from smdesk.policy.vocabulary import KIND_LABELS, NOTIFY_LABELS, Notify, PersonKind


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
    "exception_reminder_days": ("Days before that review from which it is announced", str),
    "policy_review_months": ("Months until the policy is reviewed", str),
}

STRICTNESS_LABELS: dict[Strictness, str] = {
    Strictness.FORBIDDEN: "Not allowed",
    Strictness.DISCOURAGED: "Advised against",
    Strictness.PRIOR_ONLY: "Only on a relationship from before",
    Strictness.NOT_COVERED: "The policy says nothing about it",
}


def _stance(value: object) -> str:
    return STRICTNESS_LABELS[Strictness(str(value))]


def _kinds(value: object) -> str:
    return _names(value, lambda kind: KIND_LABELS[PersonKind(kind)])


def _told(value: object) -> str:
    return _names(value, lambda who: NOTIFY_LABELS[Notify(who)])


def _names(value: object, say: Callable[[str], str]) -> str:
    listed = value if isinstance(value, tuple) else ()
    return ", ".join(say(str(code)) for code in listed) or "nobody"


CONNECTION_LABELS: dict[str, tuple[str, Callable[[object], str]]] = {
    "adults": ("Adults whom pupils are asked to keep from", _kinds),
    "adults_bound": ("Adults who are bound to keep from pupils", _kinds),
    "pupil_requests": ("A pupil befriends or messages an adult of the school", _stance),
    "pupil_follows": ("A pupil follows an adult of the school", _stance),
    "adult_requests": ("An adult of the school befriends or messages a pupil", _stance),
    "adult_follows": ("An adult of the school follows a pupil", _stance),
    "former_pupils": ("Staff connect with former pupils", _stance),
    "former_pupil_families": ("Staff connect with families of former pupils", _stance),
    "staff_with_parents": ("Staff connect with parents", _stance),
    "tell_if_child": ("Told if a child tries", _told),
    "tell_if_adult": ("Told if an adult tries", _told),
    "exceptions_allowed": ("Exceptions can be approved", _yes),
    "exceptions_decided_by": ("Who decides about exceptions", lambda who: NOTIFY_LABELS[Notify(str(who))]),
    "own_exception_decided_by": (
        "Who decides where that person is concerned",
        lambda who: NOTIFY_LABELS[Notify(str(who))],
    ),
    "ends_on_role_change": ("An exception ends when the adult changes role", _yes),
}

ACCOUNT_LABELS: dict[str, tuple[str, Callable[[object], str]]] = {
    "business_case": ("An account needs an approved business case", _yes),
    "minimum_staff": ("Different members of staff who must run it", str),
    "members_to_agree": ("Members of the leadership team who must agree", str),
    "training_required": ("Whoever runs an account must have been trained", _yes),
    "review_months": ("Months until an approved account is reviewed", str),
    "reminder_days": ("Days before a review, or the end of a training, from which it is announced", str),
    "monitor_days_a_week": ("Days a week on which an account is looked at", str),
    "unwatched_after_days": ("Days without a look after which it shows as not looked at", str),
    "monitored_by": ("Who looks at the accounts", lambda who: str(who) or "not said"),
    "controversial_check": ("What may be controversial is signed off before it is published", _yes),
    "mistakes_reported": ("Mistakes on an account are reported", _yes),
    "tell_of_mistakes": ("Told of a mistake", _told),
    "block_followers": ("Followers who send inappropriate messages are blocked", _yes),
    "official_channels": ("Official channels between school and home", lambda them: _names(them, str)),
}


def account_lines(rules: AccountRules) -> list[tuple[str, str]]:
    """Each rule about school accounts with its value in words (ACC-1 to ACC-9)."""
    return [(label, say(getattr(rules, key))) for key, (label, say) in ACCOUNT_LABELS.items()]


def connection_lines(rules: ConnectionRules) -> list[tuple[str, str]]:
    """Each rule about connections with its value in words (CON-1 to CON-5)."""
    return [(label, say(getattr(rules, key))) for key, (label, say) in CONNECTION_LABELS.items()]


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
    old_rules, new_rules = connection_lines(before.connections), connection_lines(after.connections)
    for (label, old), (_, new) in zip(old_rules, new_rules, strict=True):
        compare(f"Connections: {label}", old, new)
    old_accounts, new_accounts = account_lines(before.accounts), account_lines(after.accounts)
    for (label, old), (_, new) in zip(old_accounts, new_accounts, strict=True):
        compare(f"School accounts: {label}", old, new)
    return found


def _in_use(entry: object) -> str:
    return "not in it" if entry is None else "used" if getattr(entry, "in_use", False) else "not used"


def _police(police: Police) -> str:
    return {Police.AT_ONCE: "at once", Police.CONSIDER: "considered", Police.NO: "no"}[police]
