"""Whether somebody is still asked as a parent or carer: as long as a child of theirs has not left (AUP-1, AUP-2)."""

from __future__ import annotations

from typing import Final

FAMILY_STAYS: Final = (
    "(person.also <> '' OR coalesce((SELECT max(child.left_on IS NULL OR child.left_on > :today) FROM person_link"
    " JOIN person AS child ON child.id = person_link.other_id WHERE person_link.person_id = person.id"
    " AND person_link.relation IN ('parent_of', 'carer_of') AND child.merged_into IS NULL), 1))"
)
"""SQL for a row of ``person`` whose kind is parent, on the day bound to ``:today``: false once every child linked to
them has left, unless they are something else to the school besides. Where no child is on record nobody can tell, and
they are asked.
"""
