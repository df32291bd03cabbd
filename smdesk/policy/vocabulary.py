"""The field's words: every code the program stores or exchanges, with the label a person reads.

Codes never change once released: they are stored in records and read from JSON. Labels may.
"""

from __future__ import annotations

from enum import StrEnum


class Nation(StrEnum):
    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


class PersonKind(StrEnum):
    """Who somebody is to the school (PPL-1, PPL-2). ``UNKNOWN`` is for a poster nobody has identified."""

    PARENT = "parent"
    PUPIL = "pupil"
    STAFF = "staff"
    GOVERNOR = "governor"
    VOLUNTEER = "volunteer"
    CONTRACTOR = "contractor"
    THIRD_PARTY = "third_party"
    UNKNOWN = "unknown"


class Conduct(StrEnum):
    """What was done (INC-2 and the other INC rules)."""

    BULLYING = "bullying"
    ABUSIVE = "abusive"
    DISREPUTE = "disrepute"
    ALLEGATION = "allegation"
    PUBLIC_COMPLAINT = "public_complaint"
    DEFAMATION = "defamation"
    NEGATIVE_ABOUT_PERSON = "negative_about_person"
    THREAT_OF_VIOLENCE = "threat_of_violence"
    DISCRIMINATORY = "discriminatory"
    RACIAL_ELEMENT = "racial_element"
    GROSSLY_OBSCENE = "grossly_obscene"
    HARASSMENT = "harassment"
    PHOTO_OF_OTHERS = "photo_of_others"
    SCHOOL_CHANNEL_PHOTO = "school_channel_photo"
    CONFIDENTIAL_INFORMATION = "confidential_information"
    CONTACT_REQUEST = "contact_request"
    FOLLOW = "follow"
    EXTREMISM = "extremism"
    IMPERSONATION = "impersonation"
    UNDER_AGE_USE = "under_age_use"
    DATA_WITHOUT_CONSENT = "data_without_consent"
    ACCOUNT_MISTAKE = "account_mistake"
    WORKS_DEVICE_USE = "works_device_use"
    SPEAKS_FOR_SCHOOL = "speaks_for_school"
    SEXUAL_IMAGERY_OF_CHILD = "sexual_imagery_of_child"
    OTHER_ILLEGAL = "other_illegal"


class Route(StrEnum):
    """Which of the school's procedures an incident follows (INC-3)."""

    LADDER = "ladder"
    BEHAVIOUR_POLICY = "behaviour_policy"
    CODE_OF_CONDUCT = "code_of_conduct"
    THIRD_PARTY = "third_party"


class Step(StrEnum):
    """What the school can do about an incident."""

    ASK_REMOVAL = "ask_removal"
    TALK = "talk"
    MEET_WITH_CHAIR = "meet_with_chair"
    REFER_TO_COMPLAINTS = "refer_to_complaints"
    WRITTEN_WARNING = "written_warning"
    SECOND_WARNING = "second_warning"
    REPORT_TO_PLATFORM = "report_to_platform"
    POSH = "posh"
    BLOCK = "block"
    LEGAL_ADVICE = "legal_advice"
    LEGAL_ACTION = "legal_action"
    POLICE = "police"
    BEHAVIOUR_POLICY = "behaviour_policy"
    DISCIPLINARY = "disciplinary"
    PREVENT_DECISION = "prevent_decision"
    ADVISE_FAMILY = "advise_family"
    IWF = "iwf"
    NO_ACTION = "no_action"


class Notify(StrEnum):
    HEADTEACHER = "headteacher"
    DSL = "dsl"
    DATA_PROTECTION_LEAD = "data_protection_lead"
    CHAIR_OF_GOVERNORS = "chair_of_governors"
    SENIOR_LEADER = "senior_leader"


class FourC(StrEnum):
    """The four classes of online risk in national safeguarding guidance (facts.md)."""

    CONTENT = "content"
    CONTACT = "contact"
    CONDUCT = "conduct"
    COMMERCE = "commerce"


class Capacity(StrEnum):
    """In what capacity somebody stands on the other side of a connection with an adult of the school (CON-1, CON-4)."""

    PUPIL = "pupil"
    FORMER_PUPIL = "former_pupil"
    PARENT = "parent"
    FORMER_PUPIL_FAMILY = "former_pupil_family"


class Link(StrEnum):
    """A kind of connection on a platform (CON-1)."""

    FRIEND = "friend"
    FOLLOW = "follow"
    MESSAGE = "message"
    GROUP = "group"
    GAME = "game"


class Relationship(StrEnum):
    """What the adult is to the other person. What existed before is what an exception is for (CON-2, CON-4)."""

    PARENT = "parent"
    STEP_PARENT = "step_parent"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    AUNT_OR_UNCLE = "aunt_or_uncle"
    COUSIN = "cousin"
    STEP_FAMILY = "step_family"
    FOSTER = "foster"
    GUARDIAN = "guardian"
    OTHER_FAMILY = "other_family"
    PARTNER = "partner"
    FAMILY_FRIEND = "family_friend"
    OLD_FRIEND = "old_friend"
    CLUB = "club"
    OTHER = "other"


class Initiator(StrEnum):
    """Who began a connection: it decides who is told of an attempt (CON-3)."""

    ADULT = "adult"
    OTHER = "other"
    BOTH = "both"
    UNKNOWN = "unknown"


class Timeliness(StrEnum):
    """Whether an exception was declared when the later of the two joined the school (CON-2)."""

    ON_ENTRY = "on_entry"
    LATE = "late"
    UNKNOWN = "unknown"


NATION_LABELS: dict[Nation, str] = {
    Nation.ENGLAND: "England",
    Nation.WALES: "Wales",
    Nation.SCOTLAND: "Scotland",
    Nation.NORTHERN_IRELAND: "Northern Ireland",
}

KIND_LABELS: dict[PersonKind, str] = {
    PersonKind.PARENT: "Parent or carer",
    PersonKind.PUPIL: "Pupil",
    PersonKind.STAFF: "Member of staff",
    PersonKind.GOVERNOR: "Governor",
    PersonKind.VOLUNTEER: "Volunteer",
    PersonKind.CONTRACTOR: "Contractor",
    PersonKind.THIRD_PARTY: "Third party",
    PersonKind.UNKNOWN: "Not known",
}

CONDUCT_LABELS: dict[Conduct, str] = {
    Conduct.BULLYING: "Bullying",
    Conduct.ABUSIVE: "Aggressive, rude or insulting",
    Conduct.DISREPUTE: "Brings the school or teaching into disrepute",
    Conduct.ALLEGATION: "Allegation about a person",
    Conduct.PUBLIC_COMPLAINT: "Complaint aired in public",
    Conduct.DEFAMATION: "Defamatory statement",
    Conduct.NEGATIVE_ABOUT_PERSON: "Negative or offensive about a named person",
    Conduct.THREAT_OF_VIOLENCE: "Threatens or encourages violence",
    Conduct.DISCRIMINATORY: "Discriminatory comment",
    Conduct.RACIAL_ELEMENT: "Has a racial element",
    Conduct.GROSSLY_OBSCENE: "Grossly obscene",
    Conduct.HARASSMENT: "Looks like harassment",
    Conduct.PHOTO_OF_OTHERS: "Photograph of other pupils or staff",
    Conduct.SCHOOL_CHANNEL_PHOTO: "Photograph re-shared from the school's channel",
    Conduct.CONFIDENTIAL_INFORMATION: "Confidential information shared",
    Conduct.CONTACT_REQUEST: "Friend request or message between pupil and adult",
    Conduct.FOLLOW: "Following between pupil and adult",
    Conduct.EXTREMISM: "Extremism or hate",
    Conduct.IMPERSONATION: "Impersonation or fake account",
    Conduct.UNDER_AGE_USE: "Under-age use of a platform",
    Conduct.DATA_WITHOUT_CONSENT: "Images or data about others without consent",
    Conduct.ACCOUNT_MISTAKE: "Mistake on a school account",
    Conduct.WORKS_DEVICE_USE: "Personal use on school devices or in work time",
    Conduct.SPEAKS_FOR_SCHOOL: "Speaks for the school, or links a profile to it",
    Conduct.SEXUAL_IMAGERY_OF_CHILD: "Sexual imagery of a child",
    Conduct.OTHER_ILLEGAL: "Otherwise illegal",
}

ROUTE_LABELS: dict[Route, str] = {
    Route.LADDER: "Parent ladder",
    Route.BEHAVIOUR_POLICY: "Behaviour policy",
    Route.CODE_OF_CONDUCT: "Staff code of conduct",
    Route.THIRD_PARTY: "Third party",
}

STEP_LABELS: dict[Step, str] = {
    Step.ASK_REMOVAL: "Ask for the post to be removed",
    Step.TALK: "Talk in private",
    Step.MEET_WITH_CHAIR: "Meeting with the chair of governors",
    Step.REFER_TO_COMPLAINTS: "Point to the complaints procedure",
    Step.WRITTEN_WARNING: "Written warning",
    Step.SECOND_WARNING: "Second and final warning",
    Step.REPORT_TO_PLATFORM: "Report to the platform",
    Step.POSH: "Ask POSH for help",
    Step.BLOCK: "Block the follower or sender",
    Step.LEGAL_ADVICE: "Take legal advice",
    Step.LEGAL_ACTION: "Other legal action",
    Step.POLICE: "Tell the police",
    Step.BEHAVIOUR_POLICY: "Handle under the behaviour policy",
    Step.DISCIPLINARY: "Handle under the code of conduct",
    Step.PREVENT_DECISION: "DSL decides on a Prevent referral",
    Step.ADVISE_FAMILY: "Advise the pupil and family",
    Step.IWF: "Report to the Internet Watch Foundation and police",
    Step.NO_ACTION: "Decide not to act",
}

NOTIFY_LABELS: dict[Notify, str] = {
    Notify.HEADTEACHER: "Headteacher",
    Notify.DSL: "Designated safeguarding lead",
    Notify.DATA_PROTECTION_LEAD: "Data protection lead",
    Notify.CHAIR_OF_GOVERNORS: "Chair of governors",
    Notify.SENIOR_LEADER: "Senior leader",
}

FOUR_C_LABELS: dict[FourC, str] = {
    FourC.CONTENT: "Content",
    FourC.CONTACT: "Contact",
    FourC.CONDUCT: "Conduct",
    FourC.COMMERCE: "Commerce",
}

CAPACITY_LABELS: dict[Capacity, str] = {
    Capacity.PUPIL: "Pupil",
    Capacity.FORMER_PUPIL: "Former pupil",
    Capacity.PARENT: "Parent or carer",
    Capacity.FORMER_PUPIL_FAMILY: "Family of a former pupil",
}

LINK_LABELS: dict[Link, str] = {
    Link.FRIEND: "Friend or contact",
    Link.FOLLOW: "Follower",
    Link.MESSAGE: "Messages",
    Link.GROUP: "Same group",
    Link.GAME: "Plays together online",
}

RELATIONSHIP_LABELS: dict[Relationship, str] = {
    Relationship.PARENT: "Parent",
    Relationship.STEP_PARENT: "Step-parent or parent's partner",
    Relationship.SIBLING: "Brother or sister",
    Relationship.GRANDPARENT: "Grandparent",
    Relationship.AUNT_OR_UNCLE: "Aunt or uncle",
    Relationship.COUSIN: "Cousin",
    Relationship.STEP_FAMILY: "Other step-family",
    Relationship.FOSTER: "Foster family",
    Relationship.GUARDIAN: "Guardian",
    Relationship.OTHER_FAMILY: "Other relative",
    Relationship.PARTNER: "Husband, wife or partner",
    Relationship.FAMILY_FRIEND: "Family friend",
    Relationship.OLD_FRIEND: "Friend from before",
    Relationship.CLUB: "Same club, team or faith group",
    Relationship.OTHER: "Something else",
}
"""Read as "The adult is the other person's …"."""

INITIATOR_LABELS: dict[Initiator, str] = {
    Initiator.ADULT: "The adult",
    Initiator.OTHER: "The other person",
    Initiator.BOTH: "Both, or it was there before",
    Initiator.UNKNOWN: "Not known",
}

TIMELINESS_LABELS: dict[Timeliness, str] = {
    Timeliness.ON_ENTRY: "On entry",
    Timeliness.LATE: "Late",
    Timeliness.UNKNOWN: "Joining dates not known",
}
