"""Who may do what: one table, and the rules about single incidents that a table cannot hold.

Two questions are asked of every service call. ``require`` answers *may somebody in this role do this kind of
thing at all*; ``may_see``, ``may_edit`` and ``may_decide`` answer *may this person do it with this incident*.
Both deny by default: a role that is not written down has no permission, a permission without a row belongs to
nobody, and an unknown confidentiality counts as confidential.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from smdesk.errors import NotAllowed
from smdesk.policy.words import in_a_sentence


class Role(StrEnum):
    """What somebody is in the school, as far as this program is concerned. A user may hold several."""

    HEADTEACHER = "headteacher"
    DSL = "dsl"
    BUSINESS_MANAGER = "business_manager"
    LEADERSHIP = "leadership"
    GOVERNOR = "governor"
    """A governor or an auditor: figures only."""
    CHAIR_OF_GOVERNORS = "chair_of_governors"
    ADMINISTRATOR = "administrator"
    """Looks after users and backups. An extra role: by itself it opens no record about anybody."""


ROLE_LABELS: dict[Role, str] = {
    Role.HEADTEACHER: "Headteacher",
    Role.DSL: "Designated safeguarding lead",
    Role.BUSINESS_MANAGER: "Business manager",
    Role.LEADERSHIP: "Leadership team member",
    Role.GOVERNOR: "Governor or auditor",
    Role.CHAIR_OF_GOVERNORS: "Chair of governors",
    Role.ADMINISTRATOR: "Administrator",
}


class Permission(StrEnum):
    """One kind of thing a user can do. The label says it as the end of "Your role does not allow you to …"."""

    INCIDENTS_READ = "incidents.read"
    INCIDENTS_EDIT = "incidents.edit"
    INCIDENTS_CLOSE = "incidents.close"
    EVIDENCE_READ = "evidence.read"
    EVIDENCE_ADD = "evidence.add"
    EVIDENCE_REMOVE = "evidence.remove"
    STEPS_RECORD = "steps.record"
    PREVENT_DECIDE = "prevent.decide"
    SAFEGUARDING_EDIT = "safeguarding.edit"
    PEOPLE_READ = "people.read"
    PEOPLE_EDIT = "people.edit"
    PEOPLE_MERGE = "people.merge"
    LETTERS_READ = "letters.read"
    LETTERS_DRAFT = "letters.draft"
    LETTERS_APPROVE = "letters.approve"
    LETTERS_ISSUE = "letters.issue"
    WORDINGS_READ = "wordings.read"
    WORDINGS_EDIT = "wordings.edit"
    CASE_FILES_MAKE = "case_files.make"
    PAPERS_READ = "papers.read"
    CONNECTIONS_READ = "connections.read"
    CONNECTIONS_EDIT = "connections.edit"
    CONNECTIONS_DECIDE = "connections.decide"
    CONNECTIONS_ASK = "connections.ask"
    QUEUE_READ = "queue.read"
    CASES_READ = "cases.read"
    CASES_EDIT = "cases.edit"
    CASES_DECIDE = "cases.decide"
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_EDIT = "accounts.edit"
    ACCOUNTS_WATCH = "accounts.watch"
    SIGN_OFFS_DECIDE = "sign_offs.decide"
    REPUTATION_READ = "reputation.read"
    REPUTATION_EDIT = "reputation.edit"
    AGREEMENTS_READ = "agreements.read"
    AGREEMENTS_EDIT = "agreements.edit"
    PEOPLE_IMPORT = "people.import"
    TODAY_READ = "today.read"
    REPORTS_FIGURES = "reports.figures"
    LISTS_EXPORT = "lists.export"
    SCHOOL_READ = "school.read"
    SCHOOL_EDIT = "school.edit"
    PROFILE_READ = "profile.read"
    PROFILE_EDIT = "profile.edit"
    USERS_READ = "users.read"
    USERS_MANAGE = "users.manage"
    USERS_CONFIRM_KEY = "users.confirm_key"
    BACKUPS_MAKE = "backups.make"
    VERIFY_RUN = "verify.run"
    OWN_DRAFTS = "own.drafts"
    OWN_SETTINGS = "own.settings"
    OWN_PASSWORD = "own.password"  # noqa: S105 - the name of a permission


PERMISSION_LABELS: dict[Permission, str] = {
    Permission.INCIDENTS_READ: "open incidents",
    Permission.INCIDENTS_EDIT: "log or change incidents",
    Permission.INCIDENTS_CLOSE: "close or reopen incidents",
    Permission.EVIDENCE_READ: "open evidence",
    Permission.EVIDENCE_ADD: "add evidence",
    Permission.EVIDENCE_REMOVE: "remove evidence",
    Permission.STEPS_RECORD: "record steps and notes",
    Permission.PREVENT_DECIDE: "decide about a Prevent referral",
    Permission.SAFEGUARDING_EDIT: "mark or change confidential incidents",
    Permission.PEOPLE_READ: "open the list of people",
    Permission.PEOPLE_EDIT: "add or change people",
    Permission.PEOPLE_MERGE: "merge two records of one person",
    Permission.LETTERS_READ: "open letters",
    Permission.LETTERS_DRAFT: "draft letters",
    Permission.LETTERS_APPROVE: "approve letters",
    Permission.LETTERS_ISSUE: "issue letters",
    Permission.WORDINGS_READ: "see the wording of letters",
    Permission.WORDINGS_EDIT: "change the wording of letters",
    Permission.CASE_FILES_MAKE: "make a case file",
    Permission.PAPERS_READ: "open papers that were issued",
    Permission.CONNECTIONS_READ: "open the register of connection exceptions",
    Permission.CONNECTIONS_EDIT: "declare or change connection exceptions",
    Permission.CONNECTIONS_DECIDE: "decide about connection exceptions",
    Permission.CONNECTIONS_ASK: "ask about a relationship",
    Permission.QUEUE_READ: "see what waits for a decision",
    Permission.CASES_READ: "open business cases",
    Permission.CASES_EDIT: "propose or change business cases",
    Permission.CASES_DECIDE: "record what the leadership team decided",
    Permission.ACCOUNTS_READ: "open the register of school accounts",
    Permission.ACCOUNTS_EDIT: "add or change school accounts",
    Permission.ACCOUNTS_WATCH: "look after school accounts",
    Permission.SIGN_OFFS_DECIDE: "sign off a post",
    Permission.REPUTATION_READ: "see what is said about the school",
    Permission.REPUTATION_EDIT: "record what is said about the school",
    Permission.AGREEMENTS_READ: "see agreements and training",
    Permission.AGREEMENTS_EDIT: "record agreements and training",
    Permission.PEOPLE_IMPORT: "bring in people from another system",
    Permission.TODAY_READ: "see what is due",
    Permission.REPORTS_FIGURES: "make the governor report",
    Permission.LISTS_EXPORT: "print or export lists",
    Permission.SCHOOL_READ: "see the school's details",
    Permission.SCHOOL_EDIT: "change the school's details",
    Permission.PROFILE_READ: "see the school's policy",
    Permission.PROFILE_EDIT: "change the school's policy",
    Permission.USERS_READ: "see who the users are",
    Permission.USERS_MANAGE: "manage users",
    Permission.USERS_CONFIRM_KEY: "confirm somebody's new signing key",
    Permission.BACKUPS_MAKE: "make or restore backups",
    Permission.VERIFY_RUN: "check the records",
    Permission.OWN_DRAFTS: "keep drafts",
    Permission.OWN_SETTINGS: "change your own settings",
    Permission.OWN_PASSWORD: "change your own password",
}

_HEAD, _DSL, _OFFICE = Role.HEADTEACHER, Role.DSL, Role.BUSINESS_MANAGER
_LEADERS, _CHAIR, _ADMIN = Role.LEADERSHIP, Role.CHAIR_OF_GOVERNORS, Role.ADMINISTRATOR
_EVERYONE = frozenset(Role)
_CASEWORKERS = frozenset({_HEAD, _DSL, _OFFICE})

ALLOWED: dict[Permission, frozenset[Role]] = {
    # Rows about incidents open the door; may_see, may_edit and may_decide then look at the single incident.
    Permission.INCIDENTS_READ: _CASEWORKERS | {_LEADERS, _CHAIR},
    Permission.INCIDENTS_EDIT: _CASEWORKERS,
    # The chair closes only what the chair decides: incidents whose subject is the headteacher.
    Permission.INCIDENTS_CLOSE: _CASEWORKERS | {_CHAIR},
    Permission.EVIDENCE_READ: _CASEWORKERS | {_LEADERS, _CHAIR},
    Permission.EVIDENCE_ADD: _CASEWORKERS,
    # A screenshot pasted into the wrong incident has to come out at once, by whoever sees it.
    Permission.EVIDENCE_REMOVE: _CASEWORKERS,
    # A leader an incident is assigned to must be able to write down what they did (INC-14).
    Permission.STEPS_RECORD: _CASEWORKERS | {_LEADERS, _CHAIR},
    Permission.PREVENT_DECIDE: frozenset({_DSL}),  # INC-9
    Permission.SAFEGUARDING_EDIT: frozenset({_HEAD, _DSL}),
    Permission.PEOPLE_READ: _CASEWORKERS,
    Permission.PEOPLE_EDIT: _CASEWORKERS,
    Permission.PEOPLE_MERGE: _CASEWORKERS,
    Permission.LETTERS_READ: _CASEWORKERS | {_LEADERS, _CHAIR},
    Permission.LETTERS_DRAFT: _CASEWORKERS,
    Permission.LETTERS_APPROVE: frozenset({_HEAD, _CHAIR}),
    Permission.LETTERS_ISSUE: _CASEWORKERS,
    Permission.WORDINGS_READ: _CASEWORKERS | {_CHAIR},
    # What the school says in its letters is the headteacher's; the office drafts in these words.
    Permission.WORDINGS_EDIT: frozenset({_HEAD}),
    Permission.CASE_FILES_MAKE: _CASEWORKERS,  # DOC-4
    # A row opens only where what it is about does.
    Permission.PAPERS_READ: _EVERYONE,
    # The register opens to caseworkers, and to the chair for what the chair decides (may_see_exception).
    Permission.CONNECTIONS_READ: _CASEWORKERS | {_CHAIR},
    Permission.CONNECTIONS_EDIT: _CASEWORKERS,
    Permission.CONNECTIONS_DECIDE: frozenset({_HEAD, _CHAIR}),  # CON-2, CON-5
    Permission.CONNECTIONS_ASK: frozenset({_HEAD, _CHAIR}),  # CON-4
    Permission.QUEUE_READ: frozenset({_HEAD, _CHAIR}),
    # Anyone may propose (ACC-1): whoever has a desk here types it in. The leadership team decides (ACC-2).
    Permission.CASES_READ: _CASEWORKERS | {_LEADERS},
    Permission.CASES_EDIT: _CASEWORKERS | {_LEADERS},
    Permission.CASES_DECIDE: frozenset({_HEAD, _LEADERS}),
    Permission.ACCOUNTS_READ: _CASEWORKERS | {_LEADERS},
    Permission.ACCOUNTS_EDIT: _CASEWORKERS,
    # ACC-4: named senior staff look; a leader logs what came in and what was answered.
    Permission.ACCOUNTS_WATCH: _CASEWORKERS | {_LEADERS},
    Permission.SIGN_OFFS_DECIDE: frozenset({_HEAD, _LEADERS}),  # ACC-6
    Permission.REPUTATION_READ: _CASEWORKERS | {_LEADERS},
    Permission.REPUTATION_EDIT: _CASEWORKERS | {_LEADERS},
    Permission.AGREEMENTS_READ: _CASEWORKERS,
    Permission.AGREEMENTS_EDIT: _CASEWORKERS,
    # A list of everybody, with addresses: whoever keeps the office's records brings it in.
    Permission.PEOPLE_IMPORT: frozenset({_HEAD, _OFFICE}),
    # What each sees there is what each may open; a governor sees that there is nothing to do.
    Permission.TODAY_READ: _EVERYONE,
    Permission.REPORTS_FIGURES: _CASEWORKERS | {Role.GOVERNOR, _CHAIR},
    Permission.LISTS_EXPORT: _CASEWORKERS,
    Permission.SCHOOL_READ: _EVERYONE,
    Permission.SCHOOL_EDIT: frozenset({_HEAD, _OFFICE, _ADMIN}),
    Permission.PROFILE_READ: _EVERYONE,
    # Policy is the governors' and the headteacher's; the office applies it.
    Permission.PROFILE_EDIT: frozenset({_HEAD, _ADMIN}),
    # Names and roles of colleagues, for "handled by" and "drafted by".
    Permission.USERS_READ: _EVERYONE,
    Permission.USERS_MANAGE: frozenset({_ADMIN}),
    # Never the administrator: whoever resets a password must not also vouch for the key it made.
    Permission.USERS_CONFIRM_KEY: frozenset({_HEAD, _DSL, _CHAIR}),
    Permission.BACKUPS_MAKE: frozenset({_OFFICE, _ADMIN}),
    Permission.VERIFY_RUN: _EVERYONE,
    Permission.OWN_DRAFTS: _EVERYONE,
    Permission.OWN_SETTINGS: _EVERYONE,
    Permission.OWN_PASSWORD: _EVERYONE,
}


class Sight(StrEnum):
    """How much of one incident somebody may see."""

    FULL = "full"
    EXISTS = "exists"
    """Reference, dates and status: enough for whoever logged it to know that it was not lost."""
    NONE = "none"


def allowed(roles: Collection[Role], permission: Permission) -> bool:
    """True when any of the roles has the permission. No roles, or a permission without a row: False."""
    return not ALLOWED.get(permission, frozenset()).isdisjoint(roles)


def require(roles: Collection[Role], permission: Permission) -> None:
    """Raise NotAllowed, saying what was refused and who could do it, unless ``allowed``."""
    if allowed(roles, permission):
        return
    what = PERMISSION_LABELS.get(permission, "do this")
    able = ALLOWED.get(permission, frozenset())
    who = [in_a_sentence(ROLE_LABELS[role]) for role in Role if role in able]
    ask = f" Ask the {_either(who)}." if who else ""
    raise NotAllowed(f"Your role does not allow you to {what}.{ask}")


def may_see(
    roles: Collection[Role],
    confidentiality: str,
    *,
    logged_by_me: bool,
    assigned_to_me: bool,
    headteacher_is_subject: bool,
    i_am_subject: bool,
) -> Sight:
    """How much of one incident this person may see.

    - The *subject* is the person whose conduct the incident is about (its author), not somebody named in it:
      a headteacher insulted by a parent is no subject and handles the incident.
    - The subject never sees an incident about themselves, whatever their roles (CON-5, for incidents too).
    - Where the headteacher is the subject, the chair of governors and the DSL see it and nobody else does;
      a person who holds the headteacher's role never does, not even with the DSL's role beside it.
    - Marked *safeguarding* or *staff* (``confidentiality`` anything but "normal"): headteacher and DSL only.
    - Otherwise headteacher, DSL and business manager see everything, a leadership-team member what is
      assigned to them, everybody else nothing. An administrator's role opens nothing.
    - Whoever logged an incident they may not read sees that it exists.
    """
    unseen = Sight.EXISTS if logged_by_me else Sight.NONE
    if i_am_subject:
        return unseen
    if headteacher_is_subject:
        # CON-5: the headteacher's role is looked at first, so that a second hat does not open the door.
        if Role.HEADTEACHER in roles:
            return unseen
        readers = {Role.CHAIR_OF_GOVERNORS, Role.DSL}
    elif confidentiality == "normal":
        readers = {Role.HEADTEACHER, Role.DSL, Role.BUSINESS_MANAGER}
        if assigned_to_me:
            readers.add(Role.LEADERSHIP)
    else:
        readers = {Role.HEADTEACHER, Role.DSL}
    return unseen if readers.isdisjoint(roles) else Sight.FULL


def may_edit(
    roles: Collection[Role],
    confidentiality: str,
    *,
    logged_by_me: bool,
    assigned_to_me: bool,
    headteacher_is_subject: bool,
    i_am_subject: bool,
) -> bool:
    """Whether this person may change the facts of one incident (not its steps and notes).

    Nobody changes what they may not read in full. Then: the business manager and the headteacher edit ordinary
    incidents; the DSL edits confidential ones, every one about the headteacher, and those the DSL logged. Steps
    and notes need only full sight and ``Permission.STEPS_RECORD``. The chair decides but does not edit.
    """
    sight = may_see(
        roles,
        confidentiality,
        logged_by_me=logged_by_me,
        assigned_to_me=assigned_to_me,
        headteacher_is_subject=headteacher_is_subject,
        i_am_subject=i_am_subject,
    )
    if sight is not Sight.FULL or not allowed(roles, Permission.INCIDENTS_EDIT):
        return False
    if confidentiality == "normal" and not headteacher_is_subject:
        return not {Role.BUSINESS_MANAGER, Role.HEADTEACHER}.isdisjoint(roles) or logged_by_me
    return allowed(roles, Permission.SAFEGUARDING_EDIT)


def may_decide(
    roles: Collection[Role],
    confidentiality: str,
    *,
    logged_by_me: bool,
    assigned_to_me: bool,
    headteacher_is_subject: bool,
    i_am_subject: bool,
) -> bool:
    """Whether this person may take the headteacher's decisions on one incident: approve or return its letters.

    The headteacher decides; where the headteacher is the subject, the chair of governors, and then the
    headteacher never. Nobody decides about themselves (CON-5).
    """
    sight = may_see(
        roles,
        confidentiality,
        logged_by_me=logged_by_me,
        assigned_to_me=assigned_to_me,
        headteacher_is_subject=headteacher_is_subject,
        i_am_subject=i_am_subject,
    )
    return sight is Sight.FULL and decider(headteacher_is_subject) in roles


def decider(headteacher_is_subject: bool) -> Role:
    """Who takes the headteacher's decisions on an incident: where it is about the headteacher, the chair (CON-5)."""
    return Role.CHAIR_OF_GOVERNORS if headteacher_is_subject else Role.HEADTEACHER


def may_see_exception(
    roles: Collection[Role],
    confidentiality: str,
    *,
    recorded_by_me: bool,
    headteacher_concerned: bool,
) -> Sight:
    """How much of one connection exception this person may see.

    The register is no case against anybody: whoever keeps it sees the headteacher's own exceptions and their own in
    it, and so does the headteacher. The chair of governors sees those where the headteacher is one of the two, since
    the chair decides them (CON-5). A confidential one opens to headteacher and DSL only; where the headteacher is
    one of the two, to the chair and the DSL, and never to somebody in the headteacher's role.
    """
    unseen = Sight.EXISTS if recorded_by_me else Sight.NONE
    if confidentiality == "normal":
        readers = {Role.HEADTEACHER, Role.DSL, Role.BUSINESS_MANAGER}
        if headteacher_concerned:
            readers.add(Role.CHAIR_OF_GOVERNORS)
    elif headteacher_concerned:
        if Role.HEADTEACHER in roles:
            return unseen
        readers = {Role.CHAIR_OF_GOVERNORS, Role.DSL}
    else:
        readers = {Role.HEADTEACHER, Role.DSL}
    return unseen if readers.isdisjoint(roles) else Sight.FULL


def may_decide_exception(
    roles: Collection[Role],
    confidentiality: str,
    decider: Role,
    *,
    headteacher_concerned: bool,
    i_am_concerned: bool,
    declared_by_me: bool,
) -> bool:
    """Whether this person decides one connection exception (CON-2, CON-5).

    ``decider`` is the role the school's policy gives it to. Nobody decides about themselves, and nobody decides what
    they declared or put forward. Where the headteacher is one of the two, somebody in the headteacher's role never
    does, whatever other role they hold.
    """
    if (
        i_am_concerned
        or declared_by_me
        or decider not in roles
        or not allowed(roles, Permission.CONNECTIONS_DECIDE)
    ):
        return False
    if headteacher_concerned and Role.HEADTEACHER in roles:
        return False
    seen = may_see_exception(
        roles, confidentiality, recorded_by_me=False, headteacher_concerned=headteacher_concerned
    )
    return seen is Sight.FULL


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
