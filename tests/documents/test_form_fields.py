"""Forms that are filled in on screen: every line and box is a field that says what it is for (DOC-3)."""

from __future__ import annotations

import io

import page as checker
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops

from tests.documents.form_samples import FORM_PAPERS, incident
from tests.documents.papers import PAPERS
from tests.documents.reading import opened

FORMS = {**FORM_PAPERS, "declaration-form": PAPERS["declaration-form"]}


@pytest.fixture(scope="module")
def forms() -> dict[str, bytes]:
    return {name: make() for name, make in FORMS.items()}


def fields(document: pikepdf.Pdf) -> list[pikepdf.Object]:
    return list(document.Root.AcroForm.Fields)


@pytest.mark.parametrize("name", FORMS)
def test_fields_are_named_apart_and_say_what_they_are_for(forms: dict[str, bytes], name: str) -> None:
    with opened(forms[name]) as document:
        found = fields(document)
        assert len(found) > 20
        names = [str(each.T) for each in found]
        assert len(set(names)) == len(names)
        assert all(str(each.TU).strip() for each in found)
        # A form is read line by line, so a bare "Name" twice would say nothing.
        assert all(str(each.TU) not in ("Name", "on", "by", "as", "Yes", "No") for each in found)
        assert not any("ignature" in str(each.TU) or str(each.TU) == "Signed" for each in found)


@pytest.mark.parametrize("name", FORMS)
def test_every_field_hangs_in_the_structure_and_on_its_page(forms: dict[str, bytes], name: str) -> None:
    with opened(forms[name]) as document:
        placed = {
            note.objgen
            for leaf in document.pages
            for note in leaf.Annots
            if note.Subtype == pikepdf.Name.Widget
        }
        assert placed == {each.objgen for each in fields(document)}
        parents = list(document.Root.StructTreeRoot.ParentTree.Nums)
        owner = dict(zip(map(int, parents[::2]), parents[1::2], strict=True))
        assert all(pikepdf.Name.Form == owner[int(each.StructParent)].S for each in fields(document))


@pytest.mark.parametrize("name", FORMS)
def test_no_form_runs_anything(forms: dict[str, bytes], name: str) -> None:
    with opened(forms[name]) as document:
        assert "/XFA" not in document.Root.AcroForm
        assert "/NeedAppearances" not in document.Root.AcroForm
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary):
                assert not {"/JS", "/AA", "/OpenAction"} & set(thing.keys())


def filled(pdf: bytes, text: str) -> bytes:
    """The form with ``text`` in every text field and every box ticked, drawn by qpdf as a reader's program would."""
    out = io.BytesIO()
    with opened(pdf) as document:
        for each in fields(document):
            if pikepdf.Name.Tx == each.FT:
                each.V = pikepdf.String(text)
            else:
                each.V = each.AS = pikepdf.Name.Yes
        document.Root.AcroForm.NeedAppearances = True
        document.generate_appearance_streams()
        document.save(out)
    return out.getvalue()


def drawn(pdf: bytes, page: int) -> Image.Image:
    """A page with its fields, as a reader's program shows it, two points to the point."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        document.init_forms()
        return document[page].render(scale=2).to_pil().convert("L")
    finally:
        document.close()


def difference(one: bytes, other: bytes, page: int) -> int:
    """How many points of a page differ clearly."""
    return sum(ImageChops.difference(drawn(one, page), drawn(other, page)).histogram()[52:])


def test_what_is_typed_and_ticked_is_drawn(forms: dict[str, bytes]) -> None:
    blank = forms["incident-form"]
    typed = filled(blank, "Zoë said: “<b>O'Brien & Sons”")
    assert difference(blank, typed, 0) > 2_000
    with opened(typed) as document:
        first = next(each for each in fields(document) if pikepdf.Name.Tx == each.FT)
        assert b"Tj" in first.AP.N.read_bytes()


def test_a_tick_is_drawn_inside_its_square(forms: dict[str, bytes]) -> None:
    with_ticks = drawn(filled(forms["incident-form"], ""), 1)
    without = drawn(forms["incident-form"], 1)
    with opened(forms["incident-form"]) as held:
        height = float(held.pages[1].MediaBox[3])
        boxes = [
            [float(value) for value in note.Rect]
            for note in held.pages[1].Annots
            if pikepdf.Name.Btn == note.FT
        ]
    marks = ImageChops.difference(with_ticks, without)
    assert boxes
    for left, bottom, right, top in boxes:
        inside = marks.crop(
            (int(left * 2), int((height - top) * 2), int(right * 2), int((height - bottom) * 2))
        )
        assert sum(inside.histogram()[52:]) > 10, "a ticked box shows no tick"
        # The square is drawn on the page; the field lies within it and leaves its lines alone.
        frame = without.crop(
            (int(left * 2) - 2, int((height - top) * 2) - 2, int(left * 2) + 2, int((height - bottom) * 2))
        )
        assert frame.getextrema()[0] < 128


def test_the_typeface_for_typing_is_in_the_file(forms: dict[str, bytes]) -> None:
    with opened(forms["incident-form"]) as document:
        (font,) = document.Root.AcroForm.DR.Font.values()
        assert len(font.FontDescriptor.FontFile2.read_bytes()) > 5_000
        assert len(font.Widths) == int(font.LastChar) - int(font.FirstChar) + 1
        assert font.Encoding == pikepdf.Name.WinAnsiEncoding


def test_equal_forms_are_equal_files() -> None:
    assert incident() == incident()


@pytest.mark.parametrize("name", FORMS)
def test_a_filled_form_is_still_accessible(forms: dict[str, bytes], name: str) -> None:
    report = checker.validate_pdf_bytes(filled(forms[name], "Said"), profile="ua1")
    assert [failure.rule_id for failure in report.failures] == []


def test_papers_that_are_no_forms_have_no_fields() -> None:
    with opened(PAPERS["letter"]()) as document:
        assert "/AcroForm" not in document.Root
