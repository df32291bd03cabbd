"""A mail-out with a long surname, an overseas address of nine lines, hostile names and scripts of several kinds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from smdesk.documents import separator_list
from smdesk.documents.separator_list import OutgoingLetter, SeparatorData

LONG = "Ms Featherstonehaugh-Cholmondeley-Marjoribanks-Wriothesley-Beauchamp-Althorpe-Quillfeather"
OVERSEAS = (
    "Mr Ivo Brandt\nc/o Brandt\nStiege 4, Tür 12\nHinterhaus\nAltgasse 9\nPostfach 77\n1010 Altstadt\n"
    "Nirgendland\nEUROPE"
)


def separator_data() -> SeparatorData:
    to = (
        "Ms Anna Quillfeather\n3 Orchard Way\nBrambleford\nZZ9 9ZZ",
        "<b>O'Brien & Sons\n</para><para>\n$parent",
        '=HYPERLINK("x")\n<img src="/etc/passwd"/>',
        f"{LONG}\n1 The Lane",
        "Zażółć Nguyễn\nthe flat above the shop",
        "محمد\n4 Mill Road",
        "王小明\nরহিমা",
        OVERSEAS,
    )
    letters = tuple(
        OutgoingLetter(f"2026/L{number:04d}", lines, 1 + number % 3, ("DL", "C5")[number % 2], "By post")
        for number, lines in enumerate(to * 4, start=1)
    )
    last = OutgoingLetter("2026/L0099", "Mr B. Noaddress", 2, "–", "No address: by hand or by e-mail")
    return SeparatorData(
        "Larkfield", "Ms B. Cedar", datetime(2026, 5, 5, 14, 5, tzinfo=UTC), (*letters, last), copies=2
    )


SEPARATOR_PAPERS: dict[str, Callable[[], bytes]] = {
    "separator-list": lambda: separator_list.render_bytes(separator_data())
}
