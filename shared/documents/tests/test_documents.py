"""Documents say what they were given, read alike by eyes and screen readers, and are the same each time."""

import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from shared.documents import ROOT, Brand, _fonts, _words, render_pdf

SAMPLE = Path(__file__).parent / "sample.typ"
BRAND = Brand("Green Company", "#0b5cad")
AT = datetime(2027, 3, 12, 9, 30, tzinfo=UTC)


def make_data(**changes: Any) -> dict[str, Any]:
    return {
        "subtitle": "Agreement between Green Company and Riverside Trust",
        "about": "Version 2",
        "facts": [["Begins", "1 April 2027"], ["Ends", "31 March 2028"]],
        "purpose": "Clean the river banks.\nEvery month.\n\nTogether with schools.",
        "notice": "Both sides accept exactly this text.",
        "contributions": [["Gloves", "Riverside Trust", "1 200"], ["Transport", "Green Company", "ZAR 40 000.00"]],
        "reason": "Two more schools joined.",
        "acceptances": [
            {"side": "Riverside Trust", "name": "Amara Okafor", "role": "Director", "at": "12 March 2027, 09:30",
             "version": 2, "sha256": "a1" * 32},
        ],
        "small": "Made by a machine.",
        **changes,
    }  # fmt: skip


def render(**changes: Any) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(SAMPLE, make_data(**changes), title="River days", brand=BRAND, at=AT)))


def read_text(document: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in document.pages).replace("\n", " ")


def test_a_document_says_what_it_was_given() -> None:
    text = read_text(render())
    for said in ("River days", "Green Company", "Every month.", "1 200", "Two more schools joined.", "Page 1 of 1",
                 "Amara Okafor", "Director", "12 March 2027, 09:30"):  # fmt: skip
        assert said in text


def test_a_fingerprint_is_copied_as_what_it_is() -> None:
    facts, small = [["Fingerprint of the address (SHA-256)", "b2" * 32]], f"The text is {'c3' * 32}."
    text = read_text(render(facts=facts, small=small))
    for fingerprint in ("a1" * 32, "b2" * 32, "c3" * 32):
        assert fingerprint in text
    assert "\u200b" not in text


def test_a_long_word_breaks_and_holds_nothing_but_its_letters() -> None:
    long = "https://example.org/" + "river/" * 40
    text = "".join(page.extract_text() for page in render(facts=[["Site", long]]).pages)
    assert long in text.replace("\n", "")
    assert long not in text


def test_its_metadata_tells_title_author_language_and_date() -> None:
    document = PdfReader(
        io.BytesIO(render_pdf(SAMPLE, make_data(), title="Flussblätter", brand=BRAND, at=AT, locale="de_AT"))
    )
    assert document.metadata is not None
    assert (document.metadata.title, document.metadata.author) == ("Flussblätter", "Green Company")
    assert document.metadata.creation_date == AT
    catalog: Any = document.trailer["/Root"]
    assert catalog["/Lang"].startswith("de")
    assert catalog["/MarkInfo"]["/Marked"]


def test_it_keeps_the_rules_of_accessible_documents() -> None:
    """PDF/UA-1, as far as typst checks it: it refuses what has no title, language, alternative text or order."""
    inputs = PdfReader(io.BytesIO(compile_as("ua-1")))
    xmp: Any = inputs.xmp_metadata
    assert b"pdfuaid" in xmp.stream.get_data()


def compile_as(standard: Any) -> bytes:
    house = {"title": "River days", "language": "en", "brand": asdict(BRAND), "words": _words("en")}
    made = typst.compile(
        SAMPLE, root=ROOT, font_paths=_fonts(), format="pdf", pdf_standards=[standard], timestamp=AT,
        sys_inputs={"data": json.dumps(make_data()), "house": json.dumps(house)},
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def test_the_same_input_makes_the_same_bytes() -> None:
    first, second = (render_pdf(SAMPLE, make_data(), title="A", brand=BRAND, at=AT) for _ in range(2))
    assert first == second
    assert first != render_pdf(SAMPLE, make_data(about="Version 3"), title="A", brand=BRAND, at=AT)


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic("owned")',
        '#read("/etc/passwd")',
        '"; #include "/shared/settings.py"',
        "= A heading $x$ *bold* _it_ <label> @ref // comment /* more",
        '#import "@preview/x:1.0.0"\\u{41} `raw` ~ -- ...',
        "\u202e right to left \u0000 \ufffe \U0001f984",
    ],
)
def test_what_people_wrote_is_text_and_nothing_else(hostile: str) -> None:
    document = render(purpose=hostile, notice=hostile, reason=hostile, facts=[[hostile, hostile]], subtitle=hostile)
    assert len(document.pages) == 1
    if hostile.isascii():
        assert "".join(hostile.split()) in "".join(read_text(document).split())


def test_a_long_table_goes_on_over_pages_with_its_head_on_each() -> None:
    rows = [[f"Thing {number}", "Riverside Trust", str(number)] for number in range(120)]
    document = render(contributions=rows)
    assert len(document.pages) > 2
    pages = [page.extract_text() for page in document.pages]
    holding = [text for text in pages if "Thing " in text]
    assert all("Amount" in text for text in holding)
    text = read_text(document)
    assert all(f"Thing {number} " in text for number in range(120))
    assert f"Page {len(pages)} of {len(pages)}" in text


def test_texts_of_any_length_stay_on_the_page() -> None:
    letters, long = "x" * 3000, "word " * 2000
    document = render(contributions=[[letters, long, "1"]], purpose=letters, facts=[["Address", letters]])
    text = read_text(document)
    assert text.count("x") >= 9000
    assert text.count("word") == 2000


def test_texts_that_are_empty_leave_no_gap_and_no_error() -> None:
    document = render(purpose="", notice="\n\n", contributions=[], acceptances=[], small="", facts=[])
    assert len(document.pages) == 1
