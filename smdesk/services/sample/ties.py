"""The people whose connections stand in the sample school's register. Everybody here is invented.

They have no part in the incidents the sample log is played from, so that what the register says of them stays true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from smdesk.policy.vocabulary import PersonKind
from smdesk.services.people_records import PersonDraft, Relation
from smdesk.services.sample.people import CLASSES, YEARS, born

USER_PEOPLE: dict[str, tuple[PersonKind, int]] = {
    "office": (PersonKind.STAFF, 6),
    "head": (PersonKind.STAFF, 9),
    "dsl": (PersonKind.STAFF, 8),
    "leader": (PersonKind.STAFF, 4),
    "chair": (PersonKind.GOVERNOR, 5),
    "governor": (PersonKind.GOVERNOR, 3),
}
"""What each user is to the school and since how many years: their own person records (CON-5)."""


@dataclass(frozen=True, slots=True)
class _Home:
    """A household: its address, parents and pupils. A pupil is a given name, a year group and the days since joining;
    year 7 is one who has left the top class.
    """

    address: str
    postcode: str
    parents: tuple[tuple[str, str, str], ...]
    pupils: tuple[tuple[str, str, int, int], ...]


_HOMES: tuple[_Home, ...] = (
    _Home("3 Chapel Street", "ZZ2 4LN",
          (("Mrs", "Sian", "Coldwell"), ("Mr", "Dylan", "Coldwell")), (("Nerys", "Coldwell", 1, 452),)),
    _Home("41 Kiln Row", "ZZ2 6QP", (("Mrs", "Lisa", "Skerrett-Attwell"),), (("Robyn", "Skerrett", 5, 1160),)),
    _Home("9 Furlong Drive", "ZZ5 1HT", (("Mr", "Grant", "Skerrett"),), ()),
    _Home("17 Tannery Yard", "ZZ3 8RL",
          (("Mr", "Huw", "Dunnock"), ("Mrs", "Paula", "Dunnock")), (("Ivo", "Dunnock", 6, 1900),)),
    _Home("60 Beacon Hill", "ZZ4 2BQ",
          (("Mrs", "Beata", "Wrzosek"), ("Mr", "Marek", "Wrzosek")), (("Lena", "Wrzosek", 3, 810),)),
    _Home("22 Station Road", "ZZ1 9GU",
          (("Mrs", "Helen", "Brightmoor"), ("Mr", "Paul", "Brightmoor")), (("Jonah", "Brightmoor", 2, 12),)),
    _Home("5 Weir Cottages", "ZZ4 7QD", (("Mrs", "Joanna", "Sedgeley"),), (("Tilda", "Sedgeley", 4, 1150),)),
    _Home("88 Orchard Way", "ZZ6 3AT", (("Ms", "Carla", "Hanbury"),), (("Kit", "Hanbury", 6, 1500),)),
    _Home("14 Bramble Close", "ZZ6 5EN",
          (("Mr", "Segun", "Adeyinka-Rowe"), ("Mrs", "Ruthanne", "Adeyinka-Rowe")),
          (("Kezia", "Adeyinka-Rowe", 4, 570),)),
    _Home("2 Mill Lane", "ZZ7 7JP", (("Mr", "Peter", "Marrowby"),), (("Alfie", "Marrowby", 2, 440),)),
    _Home("31 Mill Lane", "ZZ7 7JS", (("Ms", "Bisi", "Oakhanger"),), (("Temi", "Oakhanger", 0, 75),)),
    _Home("76 Furlong Drive", "ZZ5 1HQ", (), (("Rowan", "Tillbrook", 1, 118),)),
    _Home("53 Kiln Row", "ZZ2 6QS", (("Mr", "Rhodri", "Penmark"),), (("Cadi", "Penmark", 3, 800),)),
    _Home("8 Beacon Hill", "ZZ4 2BN", (("Mrs", "Maeve", "Quenby"),), (("Finn", "Quenby", 5, 900),)),
    _Home("29 Orchard Way", "ZZ6 3AD", (("Mr", "Stuart", "Renwick"),), (("Esme", "Renwick", 3, 330),)),
    _Home("4 Station Road", "ZZ1 9GB", (("Mrs", "Eluned", "Hartnoll"),), (("Gwil", "Hartnoll", 4, 1160),)),
    _Home("12 Weir Cottages", "ZZ4 7QE", (("Mr", "Adrian", "Dunstone"),), (("Felix", "Dunstone", 7, 2100),)),
)  # fmt: skip

_ADULTS: tuple[tuple[PersonKind, str, str, str, int], ...] = (
    (PersonKind.VOLUNTEER, "Miss", "Cerys", "Dunnock", 684),
    (PersonKind.CONTRACTOR, "Mr", "Declan", "Farrowby", 600),
    (PersonKind.CONTRACTOR, "Mr", "Tobias", "Renwick", 520),
    (PersonKind.STAFF, "Miss", "Orla", "Quenby", 5),
    (PersonKind.STAFF, "Miss", "Bethan", "Corrow-Lyle", 1190),
)
"""Adults who work with the school and are in no incident, with the days since they joined. The last one runs an
account, and leaves.
"""

_CARERS: tuple[tuple[str, str], ...] = (("Shirin Calloway", "Rowan Tillbrook"),)
_OTHER_HOUSEHOLD: tuple[tuple[str, str], ...] = (("Grant Skerrett", "Robyn Skerrett"),)


def people(today: date) -> list[PersonDraft]:
    """Everybody of the register who is not on record yet, as they stand today."""
    made = []
    for home in _HOMES:
        made += [
            PersonDraft(
                kind=PersonKind.PARENT,
                title=title,
                given_name=given,
                family_name=family,
                address=f"{home.address}\nBrambleford",
                postcode=home.postcode,
                joined_on=_first_joined(home, today),
            )
            for title, given, family in home.parents
        ]
        made += [
            PersonDraft(
                kind=PersonKind.PUPIL,
                given_name=given,
                family_name=family,
                date_of_birth=born(year, today, 5, 14),
                year_group=YEARS[year] if year < len(YEARS) else "",
                class_name=CLASSES[year] if year < len(CLASSES) else "",
                joined_on=today - timedelta(days=since),
                address=f"{home.address}\nBrambleford",
                postcode=home.postcode,
            )
            for given, family, year, since in home.pupils
        ]
    made += [
        PersonDraft(
            kind=kind,
            title=title,
            given_name=given,
            family_name=family,
            date_of_birth=date(today.year - 20, 3, 2) if kind is PersonKind.VOLUNTEER else None,
            joined_on=today - timedelta(days=since),
        )
        for kind, title, given, family, since in _ADULTS
    ]
    return made


def _first_joined(home: _Home, today: date) -> date | None:
    """A parent comes to the school with their first child."""
    since = [pupil[3] for pupil in home.pupils]
    return today - timedelta(days=max(since)) if since else None


def links() -> list[tuple[str, Relation, str]]:
    """Who is parent or carer of whom, by full name."""
    found = [
        (f"{parent[1]} {parent[2]}", Relation.PARENT_OF, f"{pupil[0]} {pupil[1]}")
        for home in _HOMES
        for parent in home.parents
        for pupil in home.pupils
    ]
    found += [(parent, Relation.PARENT_OF, pupil) for parent, pupil in _OTHER_HOUSEHOLD]
    return found + [(carer, Relation.CARER_OF, pupil) for carer, pupil in _CARERS]
