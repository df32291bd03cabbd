"""The people of the sample school. Everybody here is invented.

Addresses, postcodes and telephone numbers are of kinds that cannot be real: "ZZ" is no postcode area, and
01632 960 numbers are set aside for fiction.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Role
from smdesk.services.people_records import PersonDraft

PASSWORD = "brambles-after-rain"  # noqa: S105 - printed for everybody who tries the sample school
FIRST_PASSWORD = "first-day-at-the-desk"  # noqa: S105 - replaced before anybody uses it

USERS: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("office", "Ms Priya Tolland", "School business manager", (Role.BUSINESS_MANAGER, Role.ADMINISTRATOR)),
    ("head", "Mrs Ruth Ellery", "Headteacher", (Role.HEADTEACHER,)),
    ("dsl", "Mr Owain Marsden", "Deputy head and DSL", (Role.DSL, Role.LEADERSHIP)),
    ("chair", "Dr Lionel Pryce", "Chair of governors", (Role.CHAIR_OF_GOVERNORS,)),
    ("governor", "Mrs Adaeze Hollins", "Governor", (Role.GOVERNOR,)),
)
"""login, name, job title, roles: those that were there when the school was set up, and chose their own password."""

LATER_USERS: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("leader", "Miss Tamsin Oakes", "Assistant head", (Role.LEADERSHIP,)),
)
"""Those that the office opened an account for. Their signing keys wait to be confirmed."""

GIVEN = (
    "Aaliyah", "Adam", "Aisha", "Alfie", "Amelia", "Anwen", "Arjun", "Ava", "Bronwen", "Caleb", "Carys", "Chloe",
    "Daniel", "Darcey", "Ebony", "Eliza", "Ethan", "Farah", "Finlay", "Freya", "George", "Grace", "Hamza", "Harriet",
    "Idris", "Imogen", "Isaac", "Jasmine", "Joel", "Kacper", "Keira", "Leo", "Lowri", "Mabel", "Maryam", "Mason",
    "Nadia", "Noah", "Olivia", "Oscar", "Poppy", "Rafael", "Rosie", "Samir", "Scarlett", "Tegan", "Theo", "Toby",
    "Willow", "Yusuf", "Zara", "Zofia",
)  # fmt: skip
ADULT_GIVEN = (
    "Alison", "Andrew", "Angela", "Beata", "Bilal", "Carol", "Christopher", "Clare", "Darren", "Dawn", "Emeka",
    "Fiona", "Gareth", "Gemma", "Helen", "Imran", "Jacqueline", "Jamie", "Karen", "Kelly", "Kevin", "Lakshmi",
    "Lauren", "Lee", "Magda", "Mark", "Martin", "Natalie", "Neil", "Nia", "Oluwaseun", "Paul", "Rebecca", "Sadia",
    "Sharon", "Simon", "Stephen", "Tariq", "Tracey", "Victoria", "Wayne", "Yvonne",
)  # fmt: skip
FAMILY = (
    "Abernale", "Ashgrove", "Barrowclough", "Bellwether", "Birtles", "Brackenbury", "Cattermole", "Chilcotte",
    "Corriveau", "Dunmarsh", "Eccleston-Vane", "Fairweather", "Farthingale", "Featherby", "Fenwright", "Gallowhay",
    "Garrowby", "Goldthorpe-Lin", "Hallowes", "Harkaway", "Hesketh-Roe", "Ingleby-Shah", "Jessamine", "Kettlewell",
    "Kilvington", "Langstroth", "Larkhill", "Lovelock", "Marchbank", "Merriweather", "Mossop", "Nettlefold",
    "Okonjo-Bell", "Ormsgill", "Pargeter", "Penhallow", "Quillfeather", "Ramsbottle", "Rookwood", "Sallowfield",
    "Skelderby", "Stannard-Ali", "Tattersett", "Thistlewood", "Umberleigh", "Vanstone", "Wainfleet", "Wetherden",
    "Whinfell", "Wrenshaw", "Yarrowby", "Zielonka-Hart",
)  # fmt: skip
STREETS = (
    "Orchard Way", "Mill Lane", "Station Road", "Weir Cottages", "Chapel Street", "Bramble Close", "Kiln Row",
    "Furlong Drive", "Beacon Hill", "Tannery Yard",
)  # fmt: skip
YEARS = ("Reception", "Year 1", "Year 2", "Year 3", "Year 4", "Year 5", "Year 6")
CLASSES = ("Acorn", "Hazel", "Birch", "Cedar", "Maple", "Elm", "Oak")
"""The class of each year group, in the order of ``YEARS``."""
TITLES_BY_TURN = ("Mrs", "Mrs", "Ms", "Miss", "Ms", "Mrs")
MEN = frozenset(
    ("Andrew", "Bilal", "Christopher", "Darren", "Emeka", "Gareth", "Imran", "Jamie", "Kevin", "Lee", "Mark", "Martin",
     "Neil", "Oluwaseun", "Paul", "Simon", "Stephen", "Tariq", "Wayne")
)  # fmt: skip
"""Of the names above, those that go with “Mr” in this school."""


@dataclass(frozen=True, slots=True)
class Family:
    """One household: two pupils at most, one or two parents, each with their own ladder (INC-5)."""

    parents: tuple[PersonDraft, ...]
    pupils: tuple[PersonDraft, ...]


def families(count: int, today: date, chance: random.Random) -> list[Family]:
    """``count`` invented households with one or two children each."""
    return [_family(place, today, chance) for place in range(count)]


def school_year(today: date) -> int:
    """The year in which the present school year began."""
    return today.year if today.month >= 9 else today.year - 1


def born(year: int, today: date, month: int, day: int) -> date:
    """A birthday before September for a pupil of Year ``year`` (0 for Reception), who turns ``year`` + 5 this year."""
    return date(school_year(today) + 1 - 5 - year, month, day)


def _family(place: int, today: date, chance: random.Random) -> Family:
    surname = FAMILY[place % len(FAMILY)]
    address = f"{chance.randint(1, 180)} {chance.choice(STREETS)}\nBrambleford"
    postcode = f"ZZ{chance.randint(1, 9)} {chance.randint(1, 9)}{chance.choice('ABDEFGHJ')}{chance.choice('LNPQRSTU')}"
    begun = school_year(today)
    joined = date(begun - chance.randint(0, 3), 9, 3)
    pupils = []
    for given in chance.sample(GIVEN, chance.choice((1, 1, 2))):
        year = chance.randrange(len(YEARS))
        birthday = born(year, today, chance.randint(1, 8), chance.randint(1, 28))
        pupils.append(
            PersonDraft(
                kind=PersonKind.PUPIL,
                given_name=given,
                family_name=surname,
                date_of_birth=birthday,
                year_group=YEARS[year],
                class_name=CLASSES[year],
                joined_on=max(joined, date(birthday.year + 4, 9, 3)),
                address=address,
                postcode=postcode,
            )
        )
    parents = []
    for given in chance.sample(ADULT_GIVEN, chance.choice((1, 2, 2))):
        title = chance.choice(TITLES_BY_TURN)
        parents.append(
            PersonDraft(
                kind=PersonKind.PARENT,
                title="Mr" if given in MEN else title,
                given_name=given,
                family_name=surname,
                address=address,
                postcode=postcode,
                email=f"{given}.{surname}@families.example".lower(),
                phone=f"01632 960{chance.randint(100, 999)}",
            )
        )
    return Family(tuple(parents), tuple(pupils))


STAFF: tuple[tuple[str, str, str, int], ...] = (
    ("Mr", "Callum", "Thackray", 5),
    ("Mrs", "Denise", "Holloway-Finch", 11),
    ("Miss", "Ffion", "Maddox", 4),
    ("Mr", "Jerome", "Attwell", 3),
    ("Ms", "Katarzyna", "Nowina", 6),
    ("Mrs", "Lorna", "Peverell", 14),
    ("Mr", "Musa", "Danbury", 7),
    ("Mrs", "Shirin", "Calloway", 3),
)
"""Title, given name, family name, and since how many years they have been at the school."""
AT_WORK = (
    PersonKind.STAFF,
    PersonKind.GOVERNOR,
    PersonKind.VOLUNTEER,
    PersonKind.CONTRACTOR,
)
"""Whoever works with the school, paid or not."""
GOVERNORS: tuple[tuple[str, str, str, int], ...] = (
    ("Mr", "Bernard", "Cosgrove-Hay", 8),
    ("Ms", "Ngozi", "Ambleside", 3),
)
VOLUNTEERS: tuple[tuple[str, str, str, int], ...] = (("Mrs", "Edith", "Winterbourne", 4),)
STRANGERS = ("NoSmokeBramble", "the_real_gate_gossip", "Dave_from_Weirside", "xX_shadowfox_Xx")
"""Screen names nobody has put a face to."""


def others(today: date) -> list[PersonDraft]:
    """Staff, governors, volunteers and strangers."""
    made = [
        PersonDraft(
            kind=kind,
            title=title,
            given_name=given,
            family_name=family,
            joined_on=date(school_year(today) - years, 9, 1),
        )
        for kind, rows in (
            (PersonKind.STAFF, STAFF),
            (PersonKind.GOVERNOR, GOVERNORS),
            (PersonKind.VOLUNTEER, VOLUNTEERS),
        )
        for title, given, family, years in rows
    ]
    made += [
        PersonDraft(kind=PersonKind.THIRD_PARTY, family_name=name, online_names=name, identified=False)
        for name in STRANGERS
    ]
    return made
