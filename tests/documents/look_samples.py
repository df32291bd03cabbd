"""The letter in other looks and languages: words made up for the purpose, set as the program sets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from smdesk.documents import letter
from smdesk.documents.letter import Bullets, Heading, LetterData, LetterText, LetterWords, Paragraph
from tests.documents.samples import letter_data

QUOTE = "\n".join(f"Line {number} of what was posted: <b>&amp; $parent" for number in range(1, 41))


def large_print() -> LetterData:
    return replace(letter_data(), look="large", marking="Private and confidential")


def dyslexia() -> LetterData:
    return replace(letter_data(), look="dyslexia", envelope="c5", marking="Private and confidential")


def welsh() -> LetterData:
    data = letter_data()
    english = LetterText(data.salutation, data.heading, data.body, data.closing, data.footer)
    return replace(
        data,
        language="cy",
        salutation="Annwyl Mrs Example",
        heading="Rhybudd ysgrifenedig am negeseuon ar y cyfryngau cymdeithasol",
        body=(
            Paragraph("Ysgrifennaf atoch am neges yn y grŵp “Larkfield Mums & Dads”."),
            Heading("Beth a ofynnwn"),
            Bullets(
                ("Tynnwch y neges i lawr.", "Dywedwch wrthyf.", "Dewch â phryderon ataf."), numbered=True
            ),
        ),
        closing="Yn gywir",
        footer="Mae'r ysgol yn cadw cofnod o'r llythyr hwn.",
        words=LetterWords(
            date="Dyddiad",
            reference="Ein cyfeirnod",
            enclosed="Amgaeir",
            copy_to="Copi at",
            approved="Cymeradwywyd gan $name ar $day. Allwedd lofnodi $key.",
            page="Tudalen $number o $total",
            day="5 Mai 2026",
            approved_day="5 Mai 2026",
        ),
        english=english,
    )


def urdu() -> LetterData:
    data = letter_data()
    return replace(
        data,
        language="ur",
        rtl=True,
        addressee="Mrs Amina Example محمد",
        salutation="محترمہ Mrs Amina Example،",
        heading="سوشل میڈیا پر ایک پوسٹ کے بارے میں",
        body=(
            Paragraph(
                "میں 28 April 2026 کو گروپ “Larkfield Mums & Dads” میں ہونے والی پوسٹ کے بارے میں لکھ رہا ہوں۔ "
                "براہ کرم 01632 960123 پر فون کریں یا office@larkfield.example کو لکھیں۔ " * 2
            ),
            Heading("ہم کیا چاہتے ہیں"),
            Bullets(
                ("یہ پوسٹ 8 May 2026 تک ہٹا دیں۔", "جب ہٹ جائے تو مجھے بتائیں (حوالہ 2026/0042-L1)۔"),
                numbered=True,
            ),
        ),
        closing="آپ کا مخلص",
        footer="اسکول اس خط کا ریکارڈ رکھتا ہے۔",
        english=LetterText(data.salutation, data.heading, data.body, data.closing, data.footer),
    )


def overseas() -> LetterData:
    """A nine-line address, an eighty-letter name and a post of forty lines."""
    return replace(
        letter_data(),
        date=date(2026, 5, 5),
        marking="Private and confidential",
        addressee="Featherstonehaugh-Cholmondeley-Montgomery-Wolstenholme-Marjoribanks-Throckmorton",
        address=(
            *(
                "Flat 12, Building C",
                "The Old Sugar Works",
                "1044 Upper Harbour Terrace",
                "Te Whanganui a Tara",
            ),
            *("Lower Valley District", "Wellington Region", "North Island", "6011", "NEW ZEALAND"),
        ),
        body=(Paragraph("You wrote:"), Paragraph(QUOTE), Paragraph("Please remove it.")),
    )


LOOK_PAPERS: dict[str, Callable[[], bytes]] = {
    "letter-large": lambda: letter.render_bytes(large_print()),
    "letter-dyslexia": lambda: letter.render_bytes(dyslexia()),
    "letter-welsh": lambda: letter.render_bytes(welsh()),
    "letter-urdu": lambda: letter.render_bytes(urdu()),
    "letter-overseas": lambda: letter.render_bytes(overseas()),
}
