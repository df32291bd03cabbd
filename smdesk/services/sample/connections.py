"""What the sample school's register of exceptions tells: one of every state it knows, played by its staff (CON-1 to
CON-5). All invented.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from smdesk.policy.vocabulary import Initiator, Link, PersonKind, Relationship, Step
from smdesk.services import (
    connection_decisions,
    connection_files,
    connection_questions,
    connections,
    incidents,
    steps,
)
from smdesk.services.connection_attempts import AttemptDraft
from smdesk.services.connection_records import (
    DecisionDraft,
    DecisionKind,
    FileKind,
)
from smdesk.services.incident_records import Confidentiality, Outcome, StepDraft
from smdesk.services.letter_records import LetterKind
from smdesk.services.sample import pictures
from smdesk.services.sample.register import Register
from smdesk.services.sample.team import Telling
from smdesk.services.sample.timetable import Timed

_APPROVE, _REFUSE, _RENEW = DecisionKind.APPROVE, DecisionKind.REFUSE, DecisionKind.RENEW


def stories(register: Register) -> list[Timed]:
    """Every story of the register."""
    return [
        register.tell(story(register))
        for story in (
            _older_register,
            _volunteer_brother,
            _stepfather,
            _coach,
            _aunt,
            _uncle,
            _parent_at_the_club,
            _heads_old_friend,
            _friend_of_the_family,
            _foster_child,
            _parents_group,
            _helper,
            _heads_nephew,
            _technician,
            _new_assistant,
            _half_finished,
        )
    ]


def _older_register(at: Register) -> Telling:
    """Two kept on a sheet before SM Desk: one stands, one ended by itself when the pupil left the top class."""
    yield 716
    lines = (
        ("Lorna Peverell", "Teaching assistant", "Gwil Hartnoll", 1163, "Aunt", 1150),
        ("Bernard Cosgrove-Hay", "Governor", "Felix Dunstone", 1310, "Grandfather", 1302),
    )
    table = (
        "Staff,Role,Staff start date,Pupil,Admission date,Relationship,Platforms,Kind of link,Declared on,Approved on,"
        "Approved by,Review date\n"
    )
    for adult, role, pupil, declared, relation, approved in lines:
        review = at.ahead(161 if pupil == "Gwil Hartnoll" else 240)
        table += (
            f"{adult},{role},{at.joined(adult):%d/%m/%Y},{pupil},{at.joined(pupil):%d/%m/%Y},{relation},WhatsApp,Messages,{at.ago(declared):%d/%m/%Y},"
            f"{at.ago(approved):%d/%m/%Y},Mrs R. Ellery,{review:%d/%m/%Y}\n"
        )
    _, grandfather = at.take_over(table)
    left = _last_july(at)
    yield (at.ago(0) - left).days + 9
    for who in ("Felix Dunstone", "Adrian Dunstone"):
        at.leaves(who, left)
    yield (at.ago(0) - left).days - 6
    at.write(grandfather, LetterKind.EXCEPTION_ENDED, "Bernard Cosgrove-Hay", "draft")


def _last_july(at: Register) -> date:
    """The last day of the last school year that ended at least a fortnight ago."""
    day = date(at.ago(14).year, 7, 21)
    return day if day <= at.ago(14) else day.replace(year=day.year - 1)


def _volunteer_brother(at: Register) -> Telling:
    """A former pupil who comes back to help, and her brother; a friend request elsewhere became an incident."""
    yield 690
    sister = at.declare(
        "Cerys Dunnock", "Ivo Dunnock", Relationship.SIBLING, ("whatsapp", "Minecraft"), (Link.MESSAGE, Link.GAME),
        known_how="Both live at home; the office knows the family from her own years here.",
        since_words="Since his birth",
    )  # fmt: skip
    at.submit(sister)
    yield 687
    at.decide(
        sister, _APPROVE, "Brother and sister in one household; both parents know.",
        conditions="Nothing about the school or other pupils in their chats.",
    )  # fmt: skip
    yield 326
    at.decide(
        sister, _RENEW, "Unchanged. She told us of the new account before using it.",
        conditions="Nothing about the school or other pupils in their chats.", review=41,
    )  # fmt: skip
    yield 203
    logged = at.attempt(
        AttemptDraft(
            at.ids["Cerys Dunnock"], PersonKind.VOLUNTEER, at.ids["Ivo Dunnock"], link=Link.FRIEND,
            initiator=Initiator.OTHER, platform="snapchat", on=at.dsl.today(), accepted=False,
            said="She showed us the request herself and had not answered it.",
        ),
    )  # fmt: skip
    at.later(40)
    steps.record(
        at.dsl, logged,
        StepDraft(
            Step.BEHAVIOUR_POLICY, at.ids["Ivo Dunnock"], at.dsl.today(),
            "Talked with him and his parents about the app's age limit and why we keep to what was agreed.",
        ),
    )  # fmt: skip
    yield 200
    record = incidents.open_incident(at.dsl, logged)
    incidents.close(
        at.dsl, logged, record.version, Outcome.RESOLVED_BY_TALK,
        "Request taken back; no concern about either of them.",
    )  # fmt: skip


def _stepfather(at: Register) -> Telling:
    """Declared late, renewed, then declared anew for a game. The second decision came back on paper."""
    yield 548
    first = at.declare(
        "Jerome Attwell", "Robyn Skerrett", Relationship.STEP_PARENT, ("whatsapp",), (Link.MESSAGE, Link.GROUP),
        known_how="Marriage certificate; her mother wrote to us.", since_on=at.ago(556),
        evidence_seen="Marriage certificate seen in the office and handed back.",
    )  # fmt: skip
    at.submit(first)
    yield 545
    at.decide(first, _APPROVE, "Her stepfather since the wedding; they live together.", review=-180)
    yield 183
    at.decide(first, _RENEW, "Nothing has changed at home.", review=185)
    yield 17
    draft = replace(
        connections.successor_draft(at.office, first),
        platforms=("whatsapp", "Xbox"),
        links=(Link.MESSAGE, Link.GROUP, Link.GAME),
        notes="Mr Attwell asked at the door; form filled in together.",
    )
    again = connections.save(at.office, draft, supersedes=first)
    at.submit(again.id)
    yield 4
    decided_on = at.office.today() - timedelta(days=1)
    reason, conditions = "They play together at home already; her mother agrees.", "Xbox only at home."
    review_on = at.ahead(340)
    sheet = pictures.scan(
        "Decision on a connection",
        ("Mr Attwell and Robyn", "Approve   [x]      Refuse   [ ]", f"Reason: {reason}",
         f"Conditions: {conditions}", f"Review: {review_on.day}.{review_on.month}.{review_on.year}",
         f"Date: {decided_on.day}.{decided_on.month}.{decided_on.year}"),
        "R. Ellery",
    )  # fmt: skip
    connection_decisions.record_paper(
        at.office, again.id, at.version(again.id),
        DecisionDraft(_APPROVE, reason, conditions, from_on=decided_on, review_on=review_on),
        decided_on, "decision on paper.png", sheet,
    )  # fmt: skip


def _coach(at: Register) -> Telling:
    """Late, allowed on conditions, revoked when they were not kept; then he asked again."""
    yield 461
    cousin = at.declare(
        "Declan Farrowby", "Kit Hanbury", Relationship.COUSIN, ("instagram",), (Link.FOLLOW,),
        known_how="Kit's mother told the class teacher.", since_words="Since Kit was small",
        conditions_proposed="No team photographs.",
    )  # fmt: skip
    at.submit(cousin)
    yield 456
    at.decide(
        cousin, _APPROVE, "Cousins who meet at family occasions. He had not known that he must declare it.",
        conditions="His account stays private; no photographs from clubs at school.", review=-90,
    )  # fmt: skip
    yield 99
    at.decide(
        cousin, _RENEW, "Kept to the conditions.",
        conditions="His account stays private; no photographs from clubs at school.", review=262,
    )  # fmt: skip
    yield 41
    at.decide(
        cousin, DecisionKind.REVOKE,
        "Three photographs from the cross-country club were on his account, which had been opened to everybody.",
    )  # fmt: skip
    yield 40
    at.write(cousin, LetterKind.EXCEPTION_ENDED, "Declan Farrowby")
    at.write(cousin, LetterKind.EXCEPTION_ENDED, "Carla Hanbury")
    yield 3
    at.attempt(
        AttemptDraft(
            at.ids["Declan Farrowby"], PersonKind.CONTRACTOR, at.ids["Kit Hanbury"], link=Link.FOLLOW,
            initiator=Initiator.ADULT, platform="instagram", on=at.dsl.today() - timedelta(days=1), accepted=False,
            said="Kit's mother showed us the new request from his account. Kit has not answered it.",
        ),
    )  # fmt: skip


def _aunt(at: Register) -> Telling:
    """Declared when her niece joined, approved, everybody told, renewed after a year."""
    yield 455
    aunt = at.declare(
        "Ffion Maddox", "Nerys Coldwell", Relationship.AUNT_OR_UNCLE, ("whatsapp",), (Link.MESSAGE, Link.GROUP),
        known_how="Nerys's mother is her sister; both told the office when the place was offered.",
        since_words="Since birth", evidence_seen="The family group was shown to the office.",
    )  # fmt: skip
    form = pictures.scan(
        "Declaration of a connection",
        ("Miss Ffion Maddox, class teacher", "Nerys Coldwell, Reception", "I am her aunt.", "WhatsApp: family group"),
        "F. Maddox",
    )  # fmt: skip
    connection_files.add(at.office, aunt, FileKind.FORM, "declaration form.png", form)
    at.submit(aunt)
    yield 453
    at.decide(
        aunt, _APPROVE, "A family tie since birth, in a group that her parents are in.",
        conditions="The group stays as it is: family only.", review=-88,
    )  # fmt: skip
    yield 452
    for reader in ("Ffion Maddox", "Sian Coldwell", "Dylan Coldwell"):
        at.write(aunt, LetterKind.EXCEPTION_APPROVED, reader)
    yield 96
    at.decide(
        aunt, _RENEW, "Looked at with her after a year; nothing has changed.",
        conditions="The group stays as it is: family only.", review=270,
    )  # fmt: skip


def _uncle(at: Register) -> Telling:
    """Late by some months; a year is nearly over, so its review comes up."""
    yield 358
    uncle = at.declare(
        "Musa Danbury", "Kezia Adeyinka-Rowe", Relationship.AUNT_OR_UNCLE, ("whatsapp", "youtube"),
        (Link.MESSAGE, Link.FOLLOW),
        known_how="He mentioned it at the staff training on this policy.", since_words="Since birth",
    )  # fmt: skip
    at.submit(uncle)
    yield 356
    at.decide(
        uncle, _APPROVE, "Her mother's brother. Reminded that it should have been declared when Kezia came.",
        conditions="Comments on her videos only with her parents' account.", review=9,
    )  # fmt: skip


def _parent_at_the_club(at: Register) -> Telling:
    """A teacher and a parent in one rugby club (CON-4); the headteacher's question is answered."""
    yield 251
    club = at.declare(
        "Callum Thackray", "Rhodri Penmark", Relationship.CLUB, ("whatsapp",), (Link.GROUP,),
        known_how="Both play for the same side.", since_words="Since about six years before Cadi came",
    )  # fmt: skip
    at.submit(club)
    yield 248
    at.decide(
        club, _APPROVE, "They knew each other before; it is the club's group, not a private one.",
        conditions="School matters go through the office.",
    )  # fmt: skip
    yield 9
    asked = connection_questions.ask(
        at.head, at.ids["Callum Thackray"], at.ids["Rhodri Penmark"],
        "A parent told me that class matters are talked about in the team's group. Is that so, and who is in it?",
    )  # fmt: skip
    yield 3
    connection_questions.answer(
        at.office, asked.id, asked.version,
        "Once, about the date of the sports day. He has asked the team to write to the office instead, and showed the "
        "list of members: no other parent of this school.",
        "Mr C. Thackray, in person", at.office.today(),
    )  # fmt: skip


def _heads_old_friend(at: Register) -> Telling:
    """The headteacher is one of the two: the chair decides (CON-5)."""
    yield 214
    friend = at.declare(
        "Ruth Ellery", "Joanna Sedgeley", Relationship.OLD_FRIEND, ("facebook",), (Link.FRIEND,),
        known_how="They trained together as teachers.", since_words="About 1998",
        evidence_seen="A photograph of their year, shown by both.",
    )  # fmt: skip
    at.submit(friend)
    yield 208
    at.decide(
        friend, _APPROVE, "A friendship from long before Tilda came to the school.",
        conditions="Anything about her daughter's schooling goes to the deputy head.", by=at.chair,
    )  # fmt: skip
    yield 207
    at.write(friend, LetterKind.EXCEPTION_APPROVED, "Joanna Sedgeley", by=at.chair)


def _friend_of_the_family(at: Register) -> Telling:
    """Refused for a public account; declared anew for the family's own group, and approved."""
    yield 152
    known = "Her parents and Ms Nowina come from the same town."
    first = at.declare(
        "Katarzyna Nowina", "Lena Wrzosek", Relationship.FAMILY_FRIEND, ("tiktok",), (Link.FOLLOW,),
        known_how=known, since_words="Since before Lena started school",
    )  # fmt: skip
    at.submit(first)
    yield 148
    at.decide(
        first, _REFUSE, "Lena is too young for the app, and the account is open to everybody.",
    )  # fmt: skip
    yield 147
    at.write(first, LetterKind.EXCEPTION_REFUSED, "Katarzyna Nowina")
    yield 31
    draft = replace(
        connections.successor_draft(at.office, first),
        platforms=("whatsapp",),
        links=(Link.GROUP,),
        evidence_seen="Both parents confirmed it in writing.",
    )
    again = connections.save(at.office, draft, supersedes=first).id
    at.submit(again)
    yield 24
    at.decide(
        again, _APPROVE, "A closed group that both parents are in; no contact with Lena alone.",
        conditions="No messages to Lena outside the group.",
    )  # fmt: skip
    yield 2
    at.write(again, LetterKind.EXCEPTION_APPROVED, "Beata Wrzosek", "submitted")


def _foster_child(at: Register) -> Telling:
    """A placement that only the headteacher and the DSL may know of."""
    yield 120
    placed = at.declare(
        "Shirin Calloway", "Rowan Tillbrook", Relationship.FOSTER, ("whatsapp",), (Link.MESSAGE,), by=at.dsl,
        known_how="Told by the placing authority.", since_on=at.ago(131),
        evidence_seen="Placement letter seen by the DSL.", confidentiality=Confidentiality.SAFEGUARDING,
    )  # fmt: skip
    at.submit(placed, at.dsl)
    yield 117
    at.decide(placed, _APPROVE, "Rowan lives with her; the social worker agrees.", review=62)


def _parents_group(at: Register) -> Telling:
    """Withdrawn: there was another way."""
    yield 64
    group = at.declare(
        "Denise Holloway-Finch", "Joanna Sedgeley", Relationship.OTHER, ("whatsapp",), (Link.GROUP,),
        relationship_note="Teacher and parent helper", known_how="For the residential trip.",
    )  # fmt: skip
    yield 61
    connections.withdraw(
        at.office,
        group,
        at.version(group),
        "The trip uses the school's own channel instead, so nothing is needed.",
    )


def _helper(at: Register) -> Telling:
    """The headteacher has asked for more."""
    yield 33
    helper = at.declare(
        "Edith Winterbourne", "Alfie Marrowby", Relationship.FAMILY_FRIEND, ("facebook",), (Link.MESSAGE,),
        known_how="She says that she looked after him as a baby.",
    )  # fmt: skip
    at.submit(helper)
    yield 27
    at.decide(
        helper, DecisionKind.ASK_FOR_MORE,
        "Alfie is six: whose account would it be? Please ask his father, and what he thinks of it.",
    )  # fmt: skip


def _heads_nephew(at: Register) -> Telling:
    """The headteacher's own nephew joined: it waits for the chair (CON-5)."""
    yield 14
    nephew = at.declare(
        "Ruth Ellery", "Jonah Brightmoor", Relationship.AUNT_OR_UNCLE, ("whatsapp",), (Link.MESSAGE, Link.GROUP),
        known_how="His mother is her sister.", since_words="Since birth",
        evidence_seen="His mother wrote to the office.", conditions_proposed="Family group only.",
    )  # fmt: skip
    at.submit(nephew)


def _technician(at: Register) -> Telling:
    """Late by the better part of a year, and begun by the child: it waits for the headteacher."""
    yield 12
    uncle = at.declare(
        "Tobias Renwick", "Esme Renwick", Relationship.AUNT_OR_UNCLE, ("snapchat", "Roblox"),
        (Link.FRIEND, Link.GAME),
        initiator=Initiator.OTHER, known_how="Her father is his brother; her father confirms it.",
        since_words="Since birth", evidence_seen="None yet.", conditions_proposed="Roblox with the chat switched off.",
    )  # fmt: skip
    at.submit(uncle)


def _new_assistant(at: Register) -> Telling:
    """A new member of staff and her brother, declared on her first day: it waits for the headteacher."""
    yield 5
    sister = at.declare(
        "Orla Quenby", "Finn Quenby", Relationship.SIBLING, ("whatsapp", "Nintendo Switch Online"),
        (Link.MESSAGE, Link.GAME),
        known_how="Same address on both records.", since_words="Since his birth",
        evidence_seen="Both records at the office.", conditions_proposed="Nothing about other pupils.",
    )  # fmt: skip
    at.submit(sister)


def _half_finished(at: Register) -> Telling:
    """Begun at the door and not put forward yet."""
    yield 2
    at.declare(
        "Ngozi Ambleside", "Temi Oakhanger", None, (), (),
        notes="Told us after the meeting. Form given out; she brings it on Monday.",
    )  # fmt: skip
