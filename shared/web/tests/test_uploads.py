"""Files that people send are looked at before they are kept, and sent back so that no browser runs them."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template_string, request
from flask.testing import FlaskClient
from marshmallow import Schema
from werkzeug.wrappers import Response

from shared.fields import Line
from shared.files import StoredFile
from shared.testing.people import SignIn
from shared.web.context import files
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.uploads import (
    DOCUMENTS,
    GIF,
    MB,
    PDF,
    PNG,
    XLSX,
    Upload,
    clean_name,
    send_stored,
    takes_files,
    write_name,
)

PAPER = b"%PDF-1.7\n% a registration certificate\n" + b"x" * 2000
PICTURE = b"\x89PNG\r\n\x1a\n" + b"pixels" * 50
FORM = "{% from 'forms.html' import render_form %}{{ render_form(form, 'Send') }}"


class PaperSchema(Schema):
    title = Line(required=True)
    paper = Upload(DOCUMENTS, most=2 * MB, required=True, metadata={"label": "Paper"})


@pytest.fixture
def app(app: Flask) -> Flask:
    pages = Blueprint("papers", __name__, url_prefix="/example/papers")

    @pages.get("")
    @allow("entries.edit")
    def ask() -> str:
        return render_template_string(FORM, form=BoundForm(PaperSchema()))

    @pages.post("")
    @allow("entries.edit")
    @takes_files
    def take() -> Any:
        data, form = parse_form(PaperSchema(), request.form, files=request.files)
        if data is None:
            return render_template_string(FORM, form=form), 422
        paper: StoredFile = data["paper"]
        return {"name": paper.name, "type": paper.media_type, "size": paper.size, "sha256": paper.sha256}

    @pages.get("/<kind>")
    @allow("entries.edit")
    def show(kind: str) -> Response:
        blob = files().put(PAPER)
        names = {"application/pdf": "Bericht März.pdf", "image/png": "foto.png", "image/svg+xml": "a.svg"}
        media_type = kind.replace("_", "/")
        return send_stored(StoredFile(names.get(media_type, 'a"\r\nb'), media_type, blob.size, blob.sha256))

    app.register_blueprint(pages)
    return app


@pytest.fixture
def database_kind() -> str:
    """Nothing here differs between databases."""
    return "sqlite"


@pytest.fixture
def client(app: Flask, sign_in: SignIn) -> FlaskClient:
    return sign_in()


def send(client: FlaskClient, content: bytes, name: str = "paper.pdf", **typed: str) -> Any:
    return client.post(
        "/example/papers", data={"title": "Proof", **typed, "paper": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )  # fmt: skip


def zipped(*members: str, **contents: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member in members:
            archive.writestr(member, "<xml/>")
        for member, content in contents.items():
            archive.writestr(member, content)
    return stream.getvalue()


def test_a_file_is_taken_with_what_was_typed_beside_it(client: FlaskClient, runtime: Any) -> None:
    answer = send(client, PAPER)
    assert answer.status_code == 200
    assert (answer.json["name"], answer.json["type"], answer.json["size"]) == ("paper.pdf", PDF.media_type, len(PAPER))
    assert runtime.files.read(answer.json["sha256"]) == PAPER


def test_the_form_sends_files_and_says_which_it_takes(client: FlaskClient) -> None:
    html = client.get("/example/papers").text
    assert 'enctype="multipart/form-data"' in html
    assert 'type="file"' in html
    assert ".pdf,.docx" in html


def test_a_file_that_is_too_large_is_refused_and_the_rest_is_kept(client: FlaskClient, runtime: Any) -> None:
    answer = send(client, PAPER + b"x" * 3 * MB, title="Typed with care")
    assert answer.status_code == 422
    assert "The file is 3.1\N{NO-BREAK SPACE}MB; 2\N{NO-BREAK SPACE}MB is the most." in answer.text
    assert 'value="Typed with care"' in answer.text
    assert not Path(runtime.files.url).exists()


def test_a_form_over_the_app_wide_limit_still_shows_its_form_token(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_METHODS"] = ["POST"]
    assert send(client, PAPER + b"x" * (3 * MB // 2)).status_code == 400
    token = client.get("/example/papers").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert send(client, PAPER + b"x" * (3 * MB // 2), csrf_token=token).status_code == 200


def test_a_huge_body_is_refused_unread(client: FlaskClient) -> None:
    answer = send(client, b"x" * 25 * MB)
    assert answer.status_code == 413
    assert "24 MiB" in answer.text


def test_routes_that_take_no_files_keep_the_small_limit(client: FlaskClient) -> None:
    answer = client.post(
        "/example/entries", data={"file": (io.BytesIO(b"x" * 2 * MB), "a.pdf")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("cut", [200, 20])
def test_an_upload_that_breaks_off_stores_nothing(client: FlaskClient, runtime: Any, cut: int) -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nProof\r\n'
        b'--B\r\nContent-Disposition: form-data; name="paper"; filename="a.pdf"\r\n\r\n' + PAPER + b"\r\n--B--\r\n"
    )
    whole = client.post("/example/papers", data=body, content_type="multipart/form-data; boundary=B")
    assert whole.status_code == 200
    Path(runtime.files.url).rename(Path(runtime.files.url).with_name("before"))
    broken = client.post(
        "/example/papers", input_stream=io.BytesIO(body[:-cut]), content_type="multipart/form-data; boundary=B",
        headers={"Content-Length": str(len(body))},
    )  # fmt: skip
    assert broken.status_code in {400, 422}
    assert not Path(runtime.files.url).exists()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "paper.pdf", "empty"),
        (b"<html><script>alert(1)</script>", "paper.pdf", "not taken here"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.svg", "not taken here"),
        (b"MZ\x90\x00 a program", "paper.pdf", "not taken here"),
        (b"MZ\x90\x00 a program", "paper.csv", "not taken here"),
        (PAPER, "paper.docx", "inside it is PDF"),
        (PAPER, "paper.pdf.exe", "inside it is PDF"),
        (zipped("word/document.xml"), "paper.xlsx", "inside it is Word"),
        (zipped("word/document.xml", "word/vbaProject.bin"), "paper.docx", "not taken here"),
        (zipped("anything.txt"), "paper.docx", "not taken here"),
        (zipped("word/document.xml")[:-30], "paper.docx", "not taken here"),
        (zipped(mimetype="x" * 5000), "paper.odt", "not taken here"),
    ],
)
def test_what_a_file_is_shows_in_its_content(client: FlaskClient, content: bytes, name: str, said: str) -> None:
    answer = send(client, content, name)
    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize(
    ("content", "name", "kept_as", "media_type"),
    [
        (PICTURE, "photo.jpg", "photo.png", PNG.media_type),
        (b"GIF89a....", "IMG_0001", "IMG_0001.gif", GIF.media_type),
        (zipped("xl/workbook.xml"), "Figures.XLSX", "Figures.XLSX", XLSX.media_type),
        ("name;value\n".encode("utf-16"), "figures.csv", "figures.csv", "text/csv"),
        (zipped(mimetype="application/vnd.oasis.opendocument.text"), "a.odt", "a.odt",
         "application/vnd.oasis.opendocument.text"),
    ],
)  # fmt: skip
def test_good_files_of_every_kind_are_taken(
    client: FlaskClient, content: bytes, name: str, kept_as: str, media_type: str
) -> None:
    answer = send(client, content, name)
    assert answer.status_code == 200, answer.text
    assert (answer.json["name"], answer.json["type"]) == (kept_as, media_type)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\me\Report March.pdf", "Report March.pdf"),
        ("Satzung – Übersicht.pdf", "Satzung – Übersicht.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('a"\r\nX-Evil: 1;b.pdf', "a_ X-Evil_ 1;b.pdf"),
        ("..", "file"),
        ("", "file"),
        (".pdf", "file.pdf"),
        ("\x00.pdf", "file.pdf"),
        ("a" * 500 + ".pdf", "a" * 116 + ".pdf"),
        ("a." + "b" * 500, "a." + "b" * 118),
    ],
)
def test_a_hostile_name_becomes_a_plain_one(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_name_in_any_letters_fits_into_a_header() -> None:
    written = write_name("Beach days, 27 April \u2013 30 June.pdf")
    assert written.encode("ascii")
    assert "27%20April%20%E2%80%93%2030%20June.pdf" in written


def test_a_paper_is_saved_and_never_run(client: FlaskClient) -> None:
    for kind in ("application_pdf", "image_svg+xml", "text_html"):
        headers = client.get(f"/example/papers/{kind}").headers
        assert headers["Content-Disposition"].startswith("attachment"), kind
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "private, no-cache"
        assert "\n" not in headers["Content-Disposition"]
    assert "M%C3%A4rz.pdf" in client.get("/example/papers/application_pdf").headers["Content-Disposition"]


def test_a_safe_picture_is_shown_in_the_page(client: FlaskClient) -> None:
    headers = client.get("/example/papers/image_png").headers
    assert headers["Content-Disposition"].startswith("inline")
    assert headers["Cache-Control"] == "private, max-age=3600, immutable"
    assert "sandbox" in headers["Content-Security-Policy"]


def test_parts_and_unchanged_files_are_answered_as_such(client: FlaskClient) -> None:
    address = "/example/papers/application_pdf"
    whole = client.get(address)
    assert whole.data == PAPER
    assert whole.headers["Content-Length"] == str(len(PAPER))
    part = client.get(address, headers={"Range": "bytes=5-8"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"1.7\n", f"bytes 5-8/{len(PAPER)}")
    assert client.get(address, headers={"Range": f"bytes={len(PAPER)}-"}).status_code == 416
    same = client.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
