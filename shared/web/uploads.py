"""Files that people send, and files sent back to them. Both are hostile until looked at.

class EvidenceSchema(Schema):
    file = Upload(DOCUMENTS, required=True, metadata={"label": _l("File")})

@pages.post("/evidence")
@allow("vetting.edit")
@takes_files
def add() -> ...:
    data, form = parse_form(EvidenceSchema(), request.form, files=request.files)
    ... data["file"] is a `StoredFile`: already in the store, for the row that names it

return send_stored(row.file)
"""

import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final, TypeVar
from urllib.parse import quote

from flask import Flask, Response, current_app, request, send_file
from flask_babel import gettext as _
from marshmallow import ValidationError, fields
from werkzeug.datastructures import FileStorage
from werkzeug.wsgi import wrap_file

from shared.errors import NotFound
from shared.files import StoredFile
from shared.web.context import files
from shared.web.filters import format_size

MB: Final = 1 << 20
#: The largest body of a route that takes files; the gateway lets 25 MiB through.
REQUEST_LIMIT: Final = 24 * MB
NAME_LIMIT: Final = 120  # characters
_HEAD: Final = 1024  # bytes in which a file's kind shows
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is called, the endings of its name (the usual one first) and how its content begins."""

    name: str
    media_type: str
    endings: tuple[str, ...]
    starts: tuple[bytes, ...] = ()
    #: What a zipped document has inside.
    member: str = ""
    picture: bool = False


def _office(name: str, ending: str, member: str, format_name: str) -> Kind:
    media_type = f"application/vnd.openxmlformats-officedocument.{format_name}"
    return Kind(name, media_type, (ending,), (b"PK\x03\x04",), member)


PDF = Kind("PDF", "application/pdf", ("pdf",), (b"%PDF-",))
PNG = Kind("PNG", "image/png", ("png",), (b"\x89PNG\r\n\x1a\n",), picture=True)
JPEG = Kind("JPEG", "image/jpeg", ("jpg", "jpeg"), (b"\xff\xd8\xff",), picture=True)
GIF = Kind("GIF", "image/gif", ("gif",), (b"GIF87a", b"GIF89a"), picture=True)
WEBP = Kind("WebP", "image/webp", ("webp",), (b"RIFF....WEBP",), picture=True)
DOCX = _office("Word", "docx", "word/document.xml", "wordprocessingml.document")
XLSX = _office("Excel", "xlsx", "xl/workbook.xml", "spreadsheetml.sheet")
PPTX = _office("PowerPoint", "pptx", "ppt/presentation.xml", "presentationml.presentation")
ODT = Kind("OpenDocument text", "application/vnd.oasis.opendocument.text", ("odt",), (b"PK\x03\x04",), "content.xml")
ODS = Kind("OpenDocument table", "application/vnd.oasis.opendocument.spreadsheet", ("ods",), (b"PK\x03\x04",), "content.xml")  # fmt: skip  # noqa: E501
XLS = Kind("old Excel", "application/vnd.ms-excel", ("xls",), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",))
CSV = Kind("CSV", "text/csv", ("csv", "tsv"))
TEXT = Kind("text", "text/plain", ("txt",))
XML = Kind("XML", "application/xml", ("xml",))

PICTURES: Final = (PNG, JPEG, GIF, WEBP)
SHEETS: Final = (XLSX, CSV, ODS, XLS)
#: What people keep as papers: pictures too, because a phone photographs them.
DOCUMENTS: Final = (PDF, DOCX, ODT, XLSX, ODS, PPTX, *PICTURES, CSV, TEXT)
#: Shown in a page rather than downloaded. Nothing that can hold a script, such as SVG or HTML, is ever among them.
SHOWN_INLINE: Final = frozenset(kind.media_type for kind in PICTURES)


class Upload(fields.Field[StoredFile]):
    """A file in a multipart form: checked, put into the store, and loaded as a `StoredFile`. `most` is in bytes."""

    def __init__(self, kinds: Sequence[Kind], *, most: int = 10 * MB, **kwargs: Any) -> None:
        words = {
            "widget": "file",
            "accept": ",".join(f".{ending}" for kind in kinds for ending in kind.endings),
            "type": "string",
            "format": "binary",
        }
        super().__init__(**{**kwargs, "metadata": {**words, **kwargs.get("metadata", {})}})
        self.kinds, self.most = tuple(kinds), most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> StoredFile:
        if not isinstance(value, FileStorage):
            raise ValidationError(_("Choose a file."))
        return store_upload(value, self.kinds, most=self.most)


def takes_files(view: View) -> View:
    """The route reads bodies of up to `REQUEST_LIMIT`; others refuse what is larger than the app-wide limit."""
    view.__takes_files__ = True  # type: ignore[attr-defined]
    return view


def install_uploads(app: Flask) -> None:
    """Lift the limit of the routes that take files before anything reads their body."""

    @app.before_request
    def lift_limit() -> None:
        if request.endpoint and getattr(current_app.view_functions[request.endpoint], "__takes_files__", False):
            request.max_content_length = REQUEST_LIMIT


def store_upload(upload: FileStorage, kinds: Sequence[Kind], *, most: int) -> StoredFile:
    """Put a file into the store if it is of one of these kinds and has at most `most` bytes.

    Raises `ValidationError` with a sentence for the one who sent it.
    """
    stream, size = upload.stream, _measure(upload.stream)
    if size == 0:
        raise ValidationError(_("The file is empty. Choose another."))
    if size > most:
        raise ValidationError(
            _("The file is %(size)s; %(most)s is the most.", size=format_size(size), most=format_size(most))
        )
    name = clean_name(upload.filename or "")
    ending = _ending(name)
    kind = recognise(stream, ending)
    if kind is None or kind not in kinds:
        known = ", ".join(each.name for each in kinds)
        raise ValidationError(_("This kind of file is not taken here. Send one of these: %(kinds)s.", kinds=known))
    if ending not in kind.endings:
        if ending and not kind.picture:
            raise ValidationError(
                _("The name ends in .%(ending)s, but inside it is %(kind)s. Save it anew and send that.",
                  ending=ending, kind=kind.name)
            )  # fmt: skip
        # Phones often send pictures under another's name or none.
        name = clean_name(f"{name.removesuffix('.' + ending)}.{kind.endings[0]}")
    stream.seek(0)
    blob = files().put(stream)
    return StoredFile(name, kind.media_type, blob.size, blob.sha256)


def recognise(stream: IO[bytes], ending: str) -> Kind | None:
    """The kind of file that `stream` holds, by its content; texts, which have no mark, by the `ending` too."""
    stream.seek(0)
    head = stream.read(_HEAD)
    marked = [kind for kind in (*DOCUMENTS, XLS) if any(_begins(head, start) for start in kind.starts)]
    if any(kind.member for kind in marked):
        return _recognise_zipped(stream)
    if marked:
        return marked[0]
    # Spreadsheets also write texts in UTF-16, which is full of zeros and says so in its first two bytes.
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    return next((kind for kind in (CSV, TEXT, XML) if ending in kind.endings), None)


def clean_name(name: str) -> str:
    """A file name that is harmless on any system and in any header: no folders, no invisible characters."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    # Among the invisible ones is the override that makes "exe.pdf" read as something else.
    name = "".join(" " if character.isspace() else character for character in name)
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r" +", " ", name)).lstrip().rstrip(" .")
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: NAME_LIMIT - len(ending) - 1].strip(' .') or 'file'}.{ending}"
    return name[:NAME_LIMIT].strip(" .") or "file"


def send_stored(file: StoredFile) -> Response:
    """The file as an answer: a picture to be shown, anything else to be saved. Ranges and ETags are honoured.

    Whether the caller may have it has been decided before.
    """
    stream = files().open(file.sha256)
    inline = file.media_type in SHOWN_INLINE
    response = Response(wrap_file(request.environ, stream), mimetype=file.media_type, direct_passthrough=True)
    response.call_on_close(stream.close)
    response.content_length = file.size
    headers = response.headers
    headers["Content-Disposition"] = ("inline; " if inline else "attachment; ") + write_name(file.name)
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # The content never changes, but the right to it may: papers ask each time, and a 304 costs nothing.
    headers["Cache-Control"] = "private, max-age=3600, immutable" if inline else "private, no-cache"
    response.set_etag(file.sha256)
    return response.make_conditional(request.environ, accept_ranges=True, complete_length=file.size)  # type: ignore[return-value]


def send_picture(sha256: str, name: str) -> Response:
    """The stored blob of this name as an answer, called `name` with the ending of its kind.

    Raises `NotFound` for what is no picture: nothing else is served by its digest alone.
    """
    with files().open(sha256) as stream:
        kind, size = recognise(stream, ""), stream.seek(0, 2)
    if kind is None or not kind.picture:
        raise NotFound
    return send_stored(StoredFile(f"{name}.{kind.endings[0]}", kind.media_type, size, sha256))


def send_made(content: bytes, media_type: str, name: str) -> Response:
    """Bytes that were made just now, to be saved as a file called `name`, which may hold what people typed."""
    return Response(content, mimetype=media_type, headers={"Content-Disposition": "attachment; " + write_name(name)})


def send_temporary(file: IO[bytes], media_type: str, name: str) -> Response:
    """A file that was made just now, to be saved under this name; the answer closes it."""
    file.seek(0)
    answer = send_file(file, media_type, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def write_name(name: str) -> str:
    """The parameters of a Content-Disposition header: a plain name for old readers, the real one by RFC 8187."""
    name = clean_name(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace("\\", "_").replace('"', "_")
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _measure(stream: IO[bytes]) -> int:
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _begins(head: bytes, start: bytes) -> bool:
    if start.startswith(b"RIFF"):
        return head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    # PDF writers put a few bytes before the mark, and readers accept that.
    return start in head if start == b"%PDF-" else head.startswith(start)


def _recognise_zipped(stream: IO[bytes]) -> Kind | None:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = set(archive.namelist())
            if any(name.lower().endswith("vbaproject.bin") for name in members):
                return None
            if "mimetype" in members and archive.getinfo("mimetype").file_size < 100:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
                return next((kind for kind in (ODT, ODS) if kind.media_type == declared), None)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        return None
    return next((kind for kind in (DOCX, XLSX, PPTX) if kind.member in members), None)
