"""What letters are called."""

from __future__ import annotations

import pytest

from smdesk.services.letter_records import LetterKind, titled


@pytest.mark.parametrize(
    ("kind", "to", "said"),
    [
        (LetterKind.WRITTEN_WARNING, "Helen Kettlewell", "Written warning to Helen Kettlewell"),
        (LetterKind.CASE_REJECTED, "Denise Finch", "Letter “Business case rejected” to Denise Finch"),
        (LetterKind.HOST_REPORT, "Facebook", "Report to the platform: Facebook"),
        (LetterKind.HOST_REPORT, "", "Report to the platform"),
        (LetterKind.REFERRAL_POLICE, "The police", "Referral to the police"),
        (LetterKind.REFERRAL_LEGAL, "The legal adviser", "Referral to the legal adviser"),
        (LetterKind.REFERRAL_LEGAL, "The legal adviser of the school", "Referral to the legal adviser"),
        (LetterKind.REFERRAL_LEGAL, "Harbottle Law", "Referral to the legal adviser: Harbottle Law"),
        (LetterKind.WRITTEN_WARNING, "Ann Warning", "Written warning to Ann Warning"),
    ],
)
def test_a_letter_is_called_by_its_kind_and_whom_it_goes_to(kind: LetterKind, to: str, said: str) -> None:
    assert titled(kind, to) == said
