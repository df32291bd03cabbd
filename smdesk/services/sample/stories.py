"""What happens at the sample school: short stories that the sample log is played from. All invented.

A story says who posted what, and then the moves the school made, each some days after the report. ``{pupil}``,
``{staff}`` and ``{place}`` are filled in with people and places of the sample school.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smdesk.policy.vocabulary import Conduct, FourC, PersonKind, Step
from smdesk.services.incident_records import Confidentiality, Outcome

Who = Literal["office", "head", "dsl"]
Act = Literal["step", "removed", "replied", "prevent", "note", "letter", "close", "skip"]


@dataclass(frozen=True, slots=True)
class Move:
    """One thing the school did, ``after`` whole days. ``what`` is a step, a letter kind, or an outcome."""

    after: int
    who: Who
    act: Act
    what: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    author: PersonKind
    conduct: tuple[Conduct, ...]
    platform: str
    summary: str
    said: str
    moves: tuple[Move, ...]
    weight: int = 1
    visibility: str = "public"
    on_school_account: bool = False
    towards: PersonKind | None = None
    four_cs: tuple[FourC, ...] = (FourC.CONDUCT,)
    confidentiality: Confidentiality = Confidentiality.NORMAL
    data_protection: bool = False


def _step(after: int, who: Who, step: Step, text: str) -> Move:
    return Move(after, who, "step", step, text)


def _close(after: int, who: Who, outcome: Outcome, text: str) -> Move:
    return Move(after, who, "close", outcome, text)


_TALK = _step(
    1, "head", Step.TALK, "Rang at 3.40 pm. Listened to the worry behind the post and agreed to meet."
)
_ASK = _step(
    1, "office", Step.ASK_REMOVAL, "Asked by telephone for the post to be taken down; agreed to do so."
)
_GONE = Move(2, "office", "removed", "", "Checked the page: the post is no longer there.")

STORIES: tuple[Story, ...] = (
    Story(
        PersonKind.PARENT, (Conduct.PUBLIC_COMPLAINT,), "facebook",
        "Complaint about the car park in a village group",
        "Nobody at that school cares who gets knocked over outside the gates. Something has to be done.",
        (_TALK, _ASK, _GONE, _close(4, "office", Outcome.RESOLVED_BY_TALK, "Traffic plan explained; content.")),
        weight=9,
    ),
    Story(
        PersonKind.PARENT, (Conduct.NEGATIVE_ABOUT_PERSON,), "facebook",
        "Unkind remarks about a class teacher in a parents' group",
        "That teacher hasn't a clue. My child learns more from the television.",
        (_TALK, _ASK, _GONE, _close(6, "head", Outcome.REMOVED, "Taken down the same evening; apology given.")),
        weight=7, visibility="private", towards=PersonKind.STAFF,
    ),
    Story(
        PersonKind.PARENT, (Conduct.ALLEGATION, Conduct.DEFAMATION), "facebook",
        "Allegation that dinner money has gone missing",
        "Ask them where the dinner money goes. We all know who has got a new kitchen.",
        (
            _TALK, _ASK,
            Move(4, "office", "letter", "written_warning"),
            _step(6, "office", Step.REPORT_TO_PLATFORM, "Reported through the platform's form as untrue and harmful."),
            Move(9, "office", "removed", "", "The platform took the post down."),
            _close(12, "head", Outcome.WARNED, "Written warning given; post removed by the platform."),
        ),
        weight=3, towards=PersonKind.STAFF,
    ),
    Story(
        PersonKind.PARENT, (Conduct.ABUSIVE,), "whatsapp",
        "Aggressive messages in the Year group chat",
        "Whoever reported me to the office is going to hear about it at the gate.",
        (
            _TALK,
            _ASK,
            Move(5, "office", "letter", "written_warning"),
            Move(7, "office", "removed", "", "Two other parents confirm that the messages were deleted."),
            _close(10, "head", Outcome.WARNED, "Written warning given; messages deleted."),
        ),
        weight=4, visibility="private", towards=PersonKind.PARENT,
    ),
    Story(
        PersonKind.PARENT, (Conduct.PHOTO_OF_OTHERS, Conduct.DATA_WITHOUT_CONSENT), "facebook",
        "Photographs of the summer play that show other children",
        "So proud of them all!",
        (
            _ASK,
            Move(1, "office", "removed", "", "Album set to private and other children's pictures deleted."),
            _close(3, "office", Outcome.REMOVED, "Removed at once; had not thought of the other children."),
        ),
        weight=6, towards=PersonKind.PUPIL, four_cs=(FourC.CONTENT,), data_protection=True,
    ),
    Story(
        PersonKind.PARENT, (Conduct.SCHOOL_CHANNEL_PHOTO,), "instagram",
        "Class photograph from the school's channel shared in public",
        "Look at these little stars.",
        (
            _ASK,
            Move(2, "office", "removed", "", "Story has run out and the picture was deleted."),
            _close(3, "office", Outcome.REMOVED, "Removed; reminded which pictures may be shared."),
        ),
        weight=4, towards=PersonKind.PUPIL, four_cs=(FourC.CONTENT,), data_protection=True,
    ),
    Story(
        PersonKind.PARENT, (Conduct.DISCRIMINATORY, Conduct.RACIAL_ELEMENT), "facebook",
        "Comment with a racial element under a post about admissions",
        "[Comment kept as evidence; not repeated here.]",
        (
            _step(0, "head", Step.POLICE, "Reported on 101; crime reference noted in the evidence."),
            _step(1, "head", Step.TALK, "Met with the deputy head present. Explained why this was reported."),
            _step(1, "head", Step.ASK_REMOVAL, "Asked in the meeting for the comment to be deleted."),
            Move(1, "office", "removed", "", "Comment deleted during the meeting."),
            _close(8, "head", Outcome.REFERRED, "With the police; school's part is finished."),
        ),
        weight=1, towards=PersonKind.PARENT, four_cs=(FourC.CONTENT, FourC.CONDUCT),
    ),
    Story(
        PersonKind.PARENT, (Conduct.PUBLIC_COMPLAINT,), "facebook",
        "Question about lost property under a post on our page",
        "Third jumper this term. Does anybody look after anything?",
        (
            Move(0, "office", "replied", "", "Thanked and asked to ring the office about the jumper."),
            _close(2, "office", Outcome.RESOLVED_BY_TALK, "Jumper found; content."),
        ),
        weight=8, on_school_account=True,
    ),
    Story(
        PersonKind.PARENT, (Conduct.BULLYING,), "whatsapp",
        "Group chat that leaves out and mocks another family",
        "No, she isn't invited. You know why.",
        (
            _TALK,
            _step(2, "head", Step.REFER_TO_COMPLAINTS, "Both families told how to raise a concern with us."),
            _close(9, "head", Outcome.RESOLVED_BY_TALK, "Both families met; agreed to leave it out of chats."),
        ),
        weight=3, visibility="private", towards=PersonKind.PARENT,
    ),
    Story(
        PersonKind.PUPIL, (Conduct.BULLYING,), "whatsapp",
        "Unkind messages between pupils in a class chat",
        "Nobody wants you in our team.",
        (
            _step(1, "dsl", Step.BEHAVIOUR_POLICY, "Spoken to with a parent present; sanction under the policy."),
            _step(1, "dsl", Step.ADVISE_FAMILY, "Both families advised on group chats and privacy settings."),
            _close(7, "dsl", Outcome.HANDLED_INTERNALLY, "Behaviour policy followed; friendship work in class."),
        ),
        weight=6, visibility="private", towards=PersonKind.PUPIL,
    ),
    Story(
        PersonKind.PUPIL, (Conduct.UNDER_AGE_USE,), "tiktok",
        "Pupil under 13 posts dance videos in school jumper",
        "",
        (
            _step(2, "office", Step.ADVISE_FAMILY, "Sent home our leaflet; parents will look at the settings."),
            _close(3, "office", Outcome.RESOLVED_BY_TALK, "Family advised; account made private."),
        ),
        weight=6, four_cs=(FourC.CONTACT,),
    ),
    Story(
        PersonKind.PUPIL, (Conduct.CONTACT_REQUEST,), "instagram",
        "Pupil asks to be friends with a teaching assistant",
        "",
        (
            Move(0, "dsl", "note", "", "Request declined by the member of staff, who reported it at once."),
            _step(1, "dsl", Step.ADVISE_FAMILY, "Explained to pupil and parents why staff do not accept."),
            _close(2, "dsl", Outcome.HANDLED_INTERNALLY, "No concern behind the request."),
        ),
        weight=4, visibility="private", towards=PersonKind.STAFF, four_cs=(FourC.CONTACT,),
    ),
    Story(
        PersonKind.PUPIL, (Conduct.HARASSMENT,), "snapchat",
        "Repeated unwanted messages between two pupils",
        "",
        (
            _step(1, "dsl", Step.BEHAVIOUR_POLICY, "Both families seen separately; account blocked."),
            _close(14, "dsl", Outcome.HANDLED_INTERNALLY, "No further messages; support continues."),
        ),
        weight=2, visibility="private", towards=PersonKind.PUPIL,
        confidentiality=Confidentiality.SAFEGUARDING, four_cs=(FourC.CONTACT, FourC.CONDUCT),
    ),
    Story(
        PersonKind.STAFF, (Conduct.SPEAKS_FOR_SCHOOL,), "x",
        "Profile that names the school beside strong opinions",
        "Views as a teacher at Brambleford: …",
        (
            _step(1, "head", Step.DISCIPLINARY, "Reminded of the code of conduct; profile changed the same day."),
            _close(3, "head", Outcome.HANDLED_INTERNALLY, "Profile no longer links to the school."),
        ),
        weight=2, confidentiality=Confidentiality.STAFF,
    ),
    Story(
        PersonKind.STAFF, (Conduct.ACCOUNT_MISTAKE,), "facebook",
        "Post meant for a private account went out on the school's page",
        "Finally Friday!!",
        (
            Move(0, "office", "removed", "", "Deleted within ten minutes by the person who posted it."),
            _step(1, "head", Step.DISCIPLINARY, "Talked through; two-person check agreed for phones."),
            _close(2, "head", Outcome.HANDLED_INTERNALLY, "Honest mistake; procedure changed."),
        ),
        weight=3, on_school_account=True, four_cs=(FourC.CONTENT,),
    ),
    Story(
        PersonKind.STAFF, (Conduct.CONFIDENTIAL_INFORMATION,), "whatsapp",
        "Pupil's initials mentioned in a private staff chat",
        "",
        (
            _step(1, "head", Step.DISCIPLINARY, "Meeting held; message deleted; data protection lead told."),
            _close(10, "head", Outcome.HANDLED_INTERNALLY, "Management advice given in writing."),
        ),
        weight=1, visibility="private", confidentiality=Confidentiality.STAFF, data_protection=True,
    ),
    Story(
        PersonKind.THIRD_PARTY, (Conduct.ABUSIVE,), "x",
        "Insults from an unknown account after the football result",
        "Worst school in the county and everybody knows it.",
        (
            _step(1, "office", Step.REPORT_TO_PLATFORM, "Reported; reference kept with the screenshot."),
            Move(5, "office", "removed", "", "Account suspended by the platform."),
            _close(6, "office", Outcome.REMOVED, "Removed by the platform."),
        ),
        weight=4,
    ),
    Story(
        PersonKind.THIRD_PARTY, (Conduct.IMPERSONATION,), "instagram",
        "Fake account using the school's badge",
        "Official Brambleford gossip – send us yours",
        (
            _step(0, "office", Step.REPORT_TO_PLATFORM, "Reported as impersonation."),
            _step(3, "office", Step.POSH, "Rang after 48 hours without an answer; case opened."),
            Move(6, "office", "removed", "", "Account closed."),
            _close(7, "office", Outcome.REFERRED, "Closed with the helpline's support."),
        ),
        weight=2,
    ),
    Story(
        PersonKind.THIRD_PARTY, (Conduct.THREAT_OF_VIOLENCE,), "facebook",
        "Threat against staff from an account nobody knows",
        "Somebody should burn the place down with them in it.",
        (
            _step(0, "head", Step.POLICE, "Rang 999; officers came; reference kept."),
            _step(0, "office", Step.REPORT_TO_PLATFORM, "Reported as a threat."),
            Move(1, "office", "removed", "", "Gone the next morning."),
            _close(20, "head", Outcome.REFERRED, "Police traced the account; no link to the school."),
        ),
        weight=1, towards=PersonKind.STAFF, four_cs=(FourC.CONTENT,),
    ),
    Story(
        PersonKind.PARENT, (Conduct.EXTREMISM,), "other",
        "Link to an extremist channel shared in a parents' chat",
        "[Kept as evidence; not repeated here.]",
        (
            Move(1, "dsl", "prevent", "no", "Looked into with the local authority: shared in error, removed at once."),
            _step(2, "head", Step.TALK, "Explained what the link was and what we must do when we see one."),
            _close(5, "dsl", Outcome.RESOLVED_BY_TALK, "No concern remains; decision and reason recorded."),
        ),
        weight=1, visibility="private", confidentiality=Confidentiality.SAFEGUARDING, four_cs=(FourC.CONTENT,),
    ),
    Story(
        PersonKind.PARENT, (Conduct.DISREPUTE,), "google_reviews",
        "One-star review naming the school office",
        "Rude on the telephone. Would not recommend.",
        (
            _step(2, "head", Step.TALK, "Rang to hear what had happened; office opening hours had changed."),
            _close(4, "office", Outcome.RESOLVED_BY_TALK, "Review changed by the parent."),
        ),
        weight=4,
    ),
    Story(
        PersonKind.VOLUNTEER, (Conduct.PHOTO_OF_OTHERS,), "facebook",
        "Volunteer's photographs from the woodland day",
        "What a morning!",
        (
            _step(1, "office", Step.ASK_REMOVAL, "Asked at the gate; taken down on the spot."),
            Move(1, "office", "removed", "", "Seen to be gone."),
            _close(2, "head", Outcome.REMOVED, "Reminded of the code for volunteers."),
        ),
        weight=1, towards=PersonKind.PUPIL, four_cs=(FourC.CONTENT,), data_protection=True,
    ),
)  # fmt: skip
