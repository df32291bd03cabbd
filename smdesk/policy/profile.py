"""A policy profile: one school's social media policy as data.

Six profiles ship; a school picks one and edits it, and each edit is stored as a new version. A profile is a tree of
frozen dataclasses. ``parse`` reads TOML strictly and ``dump`` writes it back, so ``parse(dump(p)) == p``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum

from smdesk.errors import Invalid
from smdesk.policy.reading import Table, toml_table
from smdesk.policy.vocabulary import STEP_LABELS, Conduct, Notify, PersonKind, Route, Step

DEFAULT_PROFILE = "complete"
# The profiles that ship, the default first. Each is the file ``NAME.toml`` among the policy resources.
SHIPPED_NAMES = (DEFAULT_PROFILE, "policy-s", "policy-g", "policy-o", "policy-c", "policy-r")

# Every rule id there is; ids never change once released.
RULE_FAMILIES: dict[str, int] = {"PPL": 5, "AUP": 4, "REP": 3, "INC": 14, "CON": 5, "ACC": 9, "DOC": 4}
RULE_IDS: tuple[str, ...] = tuple(
    f"{family}-{number}" for family, last in RULE_FAMILIES.items() for number in range(1, last + 1)
)
# The rules that advice and letters cite: a profile without their wording could not say why.
CITED_RULES: frozenset[str] = frozenset(
    {"PPL-4", "PPL-5", "CON-1", "CON-2", "CON-3", "CON-4", "ACC-5", "ACC-8", "ACC-9", "REP-3"}
    | {f"INC-{number}" for number in range(1, 15)}
)


class Police(StrEnum):
    """What a kind of conduct means for the police (INC-6)."""

    AT_ONCE = "at_once"
    CONSIDER = "consider"
    NO = "no"


class Strictness(StrEnum):
    """What a policy says about one kind of connection (CON-1, CON-4)."""

    FORBIDDEN = "forbidden"
    DISCOURAGED = "discouraged"
    PRIOR_ONLY = "prior_only"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True)
class ConductRule:
    """One kind of conduct (INC-2).

    ``in_use`` is False where the school's policy does not list it; it can still be recorded and is then handled as
    otherwise inappropriate. ``tell`` is who hears of it besides those told for every incident on its route.
    ``platform_at_once``: a report to the platform need not wait for the earlier steps of the ladder.
    """

    code: Conduct
    label: str
    rule: str
    in_use: bool
    tell: tuple[Notify, ...]
    police: Police
    platform_at_once: bool


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One step of the parent ladder (INC-5), in the order of the ladder.

    It opens once *one* of ``opens_after`` has been taken with the same person, in any incident and any year, or has
    been skipped with a reason; with an empty ``opens_after`` it is open from the start. ``wording`` is the sentence
    that says why, on screen and in the record.
    """

    step: Step
    rule: str
    label: str
    wording: str
    in_use: bool
    opens_after: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Clocks:
    """Times the policy sets. Hours are elapsed hours, chase days are working days, reviews are in months.

    ``reply_adopted`` marks a reply clock the school took on although its own policy has none (ACC-5).
    ``platform_wait_hours`` is how long a platform is given before POSH is asked (INC-7).
    """

    reply_in_use: bool = True
    reply_adopted: bool = False
    reply_hours: int = 24
    weekend_to_next_working_day: bool = True
    bank_holidays_count_as_weekend: bool = False
    removal_chase_days: int = 2
    platform_wait_hours: int = 48
    block_review_months: int = 6
    exception_review_months: int = 12
    exception_reminder_days: int = 28
    policy_review_months: int = 12


@dataclass(frozen=True, slots=True)
class RouteNotify:
    """Who is told of every incident on each route (INC-3, INC-8)."""

    ladder: tuple[Notify, ...]
    behaviour_policy: tuple[Notify, ...]
    code_of_conduct: tuple[Notify, ...]
    third_party: tuple[Notify, ...]

    def of(self, route: Route) -> tuple[Notify, ...]:
        return {
            Route.LADDER: self.ladder,
            Route.BEHAVIOUR_POLICY: self.behaviour_policy,
            Route.CODE_OF_CONDUCT: self.code_of_conduct,
            Route.THIRD_PARTY: self.third_party,
        }[route]


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """Connections between pupils and adults who work with the school (CON-1 to CON-5).

    ``adults`` are the kinds a pupil is asked not to connect with, ``adults_bound`` those who must not connect with a
    pupil. ``former_pupils`` and ``former_pupil_families`` say what the policy
    asks of staff about them; ``staff_with_parents`` is CON-4. Exceptions are ``exceptions_decided_by``'s to approve,
    except their own, which go to ``own_exception_decided_by`` (CON-5). With ``ends_on_role_change`` an exception ends
    when the adult is no longer what they were when it was declared; it always ends when one of the two leaves.
    """

    adults: tuple[PersonKind, ...]
    adults_bound: tuple[PersonKind, ...]
    pupil_requests: Strictness
    pupil_follows: Strictness
    adult_requests: Strictness
    adult_follows: Strictness
    former_pupils: Strictness
    former_pupil_families: Strictness
    staff_with_parents: Strictness
    tell_if_child: tuple[Notify, ...]
    tell_if_adult: tuple[Notify, ...]
    exceptions_allowed: bool
    exceptions_decided_by: Notify
    own_exception_decided_by: Notify
    ends_on_role_change: bool = False


@dataclass(frozen=True, slots=True)
class AccountRules:
    """School accounts (ACC-1 to ACC-9). A switch that is off means the policy does not ask for it.

    ``members_to_agree`` is how many of the leadership team must agree to a business case, its proposer not counted.
    An account nobody looked at for more than ``unwatched_after_days`` shows as unwatched; approval sets a review in
    ``review_months``; ``reminder_days`` before a review or the end of a training it is announced.
    """

    business_case: bool
    minimum_staff: int
    training_required: bool
    monitor_days_a_week: int
    monitored_by: str
    controversial_check: bool
    mistakes_reported: bool
    tell_of_mistakes: tuple[Notify, ...]
    block_followers: bool
    official_channels: tuple[str, ...]
    members_to_agree: int = 1
    unwatched_after_days: int = 3
    review_months: int = 12
    reminder_days: int = 28


@dataclass(frozen=True, slots=True)
class RuleWording:
    """A rule in our own words, for the screen and for letters.

    ``adopted`` marks a rule that the profile's source policy does not contain but that the program needs or a school
    would sensibly take on.
    """

    id: str
    title: str
    wording: str
    adopted: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """The whole of one school's policy as data. ``source`` names the policy it was drawn from."""

    name: str
    title: str
    source: str
    description: str
    clocks: Clocks
    notify: RouteNotify
    connections: ConnectionRules
    accounts: AccountRules
    ladder: tuple[LadderStep, ...]
    conduct: dict[Conduct, ConductRule]
    rules: dict[str, RuleWording]

    def ladder_step(self, step: Step) -> LadderStep | None:
        """The ladder's entry for ``step``, or None where the ladder does not have it."""
        return next((entry for entry in self.ladder if entry.step is step), None)

    def uses(self, step: Step) -> bool:
        """Whether ``step`` is a step of this school's ladder."""
        entry = self.ladder_step(step)
        return entry is not None and entry.in_use


def load_shipped(name: str, read: Callable[[str], str]) -> Profile:
    """A shipped profile by name. ``read`` is given the file name and returns its text: this package opens no files.

    Raises ``Invalid`` for an unknown name, listing the names there are.
    """
    if name not in SHIPPED_NAMES:
        raise Invalid.one(
            "profile", f"There is no policy profile '{name}'. Profiles: {', '.join(SHIPPED_NAMES)}."
        )
    return parse(read(f"{name}.toml"))


def step_label(profile: Profile, step: Step) -> str:
    """What ``step`` is called on screen: the school's own words where its ladder has them."""
    entry = profile.ladder_step(step)
    return entry.label if entry is not None else STEP_LABELS[step]


def parse(text: str) -> Profile:
    """Read a profile from TOML. Raises ``Invalid`` naming the table and key of the first thing wrong."""
    top = Table(toml_table(text, "The policy profile"))
    profile = Profile(
        name=_name(top),
        title=top.text("title", longest=200),
        source=top.text("source", longest=200),
        description=top.text("description"),
        clocks=_clocks(top.table("clocks")),
        notify=_notify(top.table("notify")),
        connections=_connections(top.table("connections")),
        accounts=_accounts(top.table("accounts")),
        ladder=_ladder(top),
        conduct=_conduct(top.table("conduct")),
        rules=_rules(top.table("rules")),
    )
    top.done()
    return profile


def dump(profile: Profile) -> str:
    """The profile as TOML; ``parse`` reads it back to an equal profile."""
    import tomli_w

    data: dict[str, object] = {
        "name": profile.name,
        "title": profile.title,
        "source": profile.source,
        "description": profile.description,
        "clocks": _plain(profile.clocks),
        "notify": _plain(profile.notify),
        "connections": _plain(profile.connections),
        "accounts": _plain(profile.accounts),
        "ladder": [_plain(step) for step in profile.ladder],
        "conduct": {code.value: _plain(rule, "code") for code, rule in profile.conduct.items()},
        "rules": {rule.id: _plain(rule, "id") for rule in profile.rules.values()},
    }
    return tomli_w.dumps(data)


def _plain(record: object, *left_out: str) -> dict[str, object]:
    """A frozen dataclass of codes, numbers, text and tuples of these as TOML values."""
    plain: dict[str, object] = {}
    for field in fields(record):  # type: ignore[arg-type]  # only dataclasses are passed
        if field.name in left_out:
            continue
        value = getattr(record, field.name)
        plain[field.name] = [_value(item) for item in value] if isinstance(value, tuple) else _value(value)
    return plain


def _value(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value


def _name(top: Table) -> str:
    name = top.text("name", longest=60)
    if not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in name):
        raise top.refusal("name", "'name' may hold only letters, digits and hyphens.")
    return name


def _rule_id(table: Table, key: str) -> str:
    rule = table.text(key, longest=10)
    if rule not in RULE_IDS:
        raise table.refusal(key, f"'{key}' cannot be '{rule}'. Rules: {', '.join(RULE_IDS)}.")
    return rule


def _clocks(table: Table) -> Clocks:
    clocks = Clocks(
        reply_in_use=table.flag("reply_in_use"),
        reply_adopted=table.flag("reply_adopted"),
        reply_hours=table.whole("reply_hours", 1, 168),
        weekend_to_next_working_day=table.flag("weekend_to_next_working_day"),
        bank_holidays_count_as_weekend=table.flag("bank_holidays_count_as_weekend"),
        removal_chase_days=table.whole("removal_chase_days", 0, 30),
        platform_wait_hours=table.whole("platform_wait_hours", 0, 336),
        block_review_months=table.whole("block_review_months", 1, 60),
        exception_review_months=table.whole("exception_review_months", 1, 60),
        exception_reminder_days=table.whole_or("exception_reminder_days", 0, 365, 28),
        policy_review_months=table.whole("policy_review_months", 1, 60),
    )
    table.done()
    return clocks


def _notify(table: Table) -> RouteNotify:
    told = RouteNotify(
        ladder=table.codes("ladder", Notify),
        behaviour_policy=table.codes("behaviour_policy", Notify),
        code_of_conduct=table.codes("code_of_conduct", Notify),
        third_party=table.codes("third_party", Notify),
    )
    table.done()
    return told


def _connections(table: Table) -> ConnectionRules:
    rules = ConnectionRules(
        adults=table.codes("adults", PersonKind),
        adults_bound=table.codes("adults_bound", PersonKind),
        pupil_requests=table.code("pupil_requests", Strictness),
        pupil_follows=table.code("pupil_follows", Strictness),
        adult_requests=table.code("adult_requests", Strictness),
        adult_follows=table.code("adult_follows", Strictness),
        former_pupils=table.code("former_pupils", Strictness),
        former_pupil_families=table.code("former_pupil_families", Strictness),
        staff_with_parents=table.code("staff_with_parents", Strictness),
        tell_if_child=table.codes("tell_if_child", Notify),
        tell_if_adult=table.codes("tell_if_adult", Notify),
        exceptions_allowed=table.flag("exceptions_allowed"),
        exceptions_decided_by=table.code("exceptions_decided_by", Notify),
        own_exception_decided_by=table.code("own_exception_decided_by", Notify),
        ends_on_role_change=table.flag_or("ends_on_role_change", False),
    )
    table.done()
    for key in ("exceptions_decided_by", "own_exception_decided_by"):
        # CON-2, CON-5: signed decisions are the headteacher's, and the chair's where it is about the headteacher.
        if getattr(rules, key) not in (Notify.HEADTEACHER, Notify.CHAIR_OF_GOVERNORS):
            raise table.refusal(key, f"'{key}' must be headteacher or chair_of_governors (CON-2, CON-5).")
    # CON-5: nobody decides their own exception.
    if rules.exceptions_decided_by is rules.own_exception_decided_by:
        raise table.refusal(
            "own_exception_decided_by",
            "'own_exception_decided_by' must be somebody other than 'exceptions_decided_by' (CON-5).",
        )
    return rules


def _accounts(table: Table) -> AccountRules:
    rules = AccountRules(
        business_case=table.flag("business_case"),
        minimum_staff=table.whole("minimum_staff", 0, 20),
        training_required=table.flag("training_required"),
        monitor_days_a_week=table.whole("monitor_days_a_week", 0, 7),
        monitored_by=table.text("monitored_by", longest=200, empty=True),
        controversial_check=table.flag("controversial_check"),
        mistakes_reported=table.flag("mistakes_reported"),
        tell_of_mistakes=table.codes("tell_of_mistakes", Notify),
        block_followers=table.flag("block_followers"),
        official_channels=table.texts("official_channels"),
        members_to_agree=table.whole_or("members_to_agree", 1, 20, 1),
        unwatched_after_days=table.whole_or("unwatched_after_days", 1, 60, 3),
        review_months=table.whole_or("review_months", 1, 60, 12),
        reminder_days=table.whole_or("reminder_days", 0, 365, 28),
    )
    table.done()
    return rules


def _ladder(top: Table) -> tuple[LadderStep, ...]:
    steps: list[LadderStep] = []
    for table in top.tables("ladder"):
        step = LadderStep(
            step=table.code("step", Step),
            rule=_rule_id(table, "rule"),
            label=table.text("label", longest=80),
            wording=table.text("wording", longest=600),
            in_use=table.flag("in_use"),
            opens_after=table.codes("opens_after", Step),
        )
        table.done()
        earlier = {entry.step for entry in steps}
        if step.step in earlier:
            raise table.refusal("step", f"the step '{step.step.value}' is in the ladder twice.")
        for before in step.opens_after:
            # Only an earlier step can open a later one, so the ladder cannot run in a circle.
            if before not in earlier:
                raise table.refusal(
                    "opens_after", f"'{before.value}' does not come before '{step.step.value}'."
                )
        steps.append(step)
    if not any(step.in_use for step in steps):
        raise top.refusal("ladder", "the ladder must have at least one step in use.")
    return tuple(steps)


def _conduct(table: Table) -> dict[Conduct, ConductRule]:
    rules: dict[Conduct, ConductRule] = {}
    for code in Conduct:
        entry = table.table(code.value)
        rules[code] = ConductRule(
            code=code,
            label=entry.text("label", longest=80),
            rule=_rule_id(entry, "rule"),
            in_use=entry.flag("in_use"),
            tell=entry.codes("tell", Notify),
            police=entry.code("police", Police),
            platform_at_once=entry.flag("platform_at_once"),
        )
        entry.done()
    table.done()
    return rules


def _rules(table: Table) -> dict[str, RuleWording]:
    written = table.written()
    for key in written:
        if key not in RULE_IDS:
            raise table.refusal(key, f"'{key}' is not a rule. Rules: {', '.join(RULE_IDS)}.")
    rules: dict[str, RuleWording] = {}
    for rule in RULE_IDS:
        if rule not in written:
            if rule in CITED_RULES:
                raise table.refusal(rule, f"the wording of '{rule}' is missing; advice and letters cite it.")
            continue
        entry = table.table(rule)
        rules[rule] = RuleWording(
            id=rule,
            title=entry.text("title", longest=120),
            wording=entry.text("wording", longest=1200),
            adopted=entry.flag("adopted"),
        )
        entry.done()
    return rules
