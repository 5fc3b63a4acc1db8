"""What people write in Markdown: as safe HTML, as text that reads well by itself, and as blocks for a document."""

import re
import string
import textwrap
from collections.abc import Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

WIDTH = 76
#: A width for who wraps the text themselves.
UNWRAPPED = 100_000
#: Pictures are left out: a mail that loads one tells its address who opened it, and when.
TAGS = {
    "p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "code",
    "pre", "s",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}
#: What Markdown may read as a mark.
_MARKS = re.compile(f"([{re.escape(string.punctuation)}])")
_parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")


def render_html(source: str) -> str:
    """HTML of the few tags that mails and pages take; links open elsewhere and carry no trace of where from."""
    return nh3.clean(
        _parser.render(source),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )


def render_text(source: str, width: int = WIDTH) -> str:
    """Plain text, wrapped at `width` characters: links keep their address, lists their marks, headings a line below."""
    writer = _TextWriter(width)
    for token in _parser.parse(source):
        writer.take(token)
    return "\n".join(writer.lines).strip("\n")


def read_blocks(source: str) -> list[dict[str, Any]]:
    """The text's blocks as plain JSON, which `markdown` in shared/documents/style.typ draws.

    A block is {"kind", "level", "content"}: a heading, paragraph, quote, item (its `mark` is a dash or a number), code
    or rule, `level` lists or quotes deep. Content is a list of spans: {"text", "strong", "em", "strike", "link"}.
    """
    reader = _BlockReader()
    for token in _parser.parse(source):
        reader.take(token)
    return reader.blocks


def escape(text: str) -> str:
    """`text` as Markdown that reads as exactly that text, whatever it holds; line breaks become spaces."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


class _TextWriter:
    """Writes a document's block tokens, one after the other, as lines."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.lines: list[str] = []
        #: What the lines of the current block begin with, from the outermost quote or list item in.
        self._prefixes: list[str] = []
        #: The next number of each open list, None where it is one of dashes.
        self._numbers: list[int | None] = []
        self._mark, self._level = "", 0

    def take(self, token: Token) -> None:
        kind = token.type
        if kind in {"bullet_list_open", "ordered_list_open"}:
            self._numbers.append(int(token.attrs.get("start", 1)) if kind.startswith("ordered") else None)
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            self._numbers.pop()
            self._end_block()
        elif kind == "list_item_open":
            self._begin_item()
        elif kind == "blockquote_open":
            self._prefixes.append("> ")
        elif kind in {"list_item_close", "blockquote_close"}:
            self._prefixes.pop()
        elif kind == "heading_open":
            self._level = int(token.tag[1])
        else:
            self._take_content(token)

    def _take_content(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._write_paragraph(_inline_text(token.children or ()))
            case "fence" | "code_block":
                self.lines += ["    " + line for line in token.content.splitlines()] + [""]
            case "hr":
                self.lines += ["* * *", ""]

    def _begin_item(self) -> None:
        number = self._numbers[-1]
        self._mark = "- " if number is None else f"{number}. "
        self._numbers[-1] = None if number is None else number + 1
        self._prefixes.append(" " * len(self._mark))

    def _write_paragraph(self, text: str) -> None:
        indent = "".join(self._prefixes)
        first = indent[: len(indent) - len(self._mark)] + self._mark
        paragraph = _wrap(text, first, indent, self._width)
        self.lines += paragraph
        if self._level:
            self.lines.append(indent + ("=" if self._level == 1 else "-") * len(paragraph[-1].strip()))
        self._mark, self._level = "", 0
        self._end_block()

    def _end_block(self) -> None:
        if not self._numbers:
            self.lines.append("")


class _BlockReader:
    """Makes blocks of a document's tokens; lists and quotes are flattened to how deep they stand."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self._numbers: list[int | None] = []
        self._quotes, self._mark, self._heading = 0, "", 0

    def take(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                self._numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "list_item_open":
                self._begin_item()
            case "blockquote_open" | "blockquote_close":
                self._quotes += 1 if token.nesting > 0 else -1
            case "heading_open":
                self._heading = int(token.tag[1])
            case "inline":
                self._add_text(token)
            case "fence" | "code_block":
                self._add("code", content=[_span(token.content.rstrip("\n"))])
            case "hr":
                self._add("rule", content=[])
            case _:
                pass

    def _begin_item(self) -> None:
        number = self._numbers[-1]
        self._mark = "\N{BULLET}" if number is None else f"{number}."
        self._numbers[-1] = None if number is None else number + 1

    def _add_text(self, token: Token) -> None:
        content = _inline_spans(token.children or ())
        if self._heading:
            self._add("heading", content=content, size=self._heading)
        else:
            self._add("item" if self._numbers else "quote" if self._quotes else "paragraph", content=content)
        self._heading, self._mark = 0, ""

    def _add(self, kind: str, *, content: list[dict[str, Any]], size: int = 0) -> None:
        level = len(self._numbers) + self._quotes
        self.blocks.append({"kind": kind, "level": level, "size": size, "mark": self._mark, "content": content})


def _span(text: str, **style: Any) -> dict[str, Any]:
    return {"text": text, "strong": False, "em": False, "strike": False, "link": ""} | style


def _inline_spans(tokens: Sequence[Token]) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = []
    style: dict[str, Any] = {}
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                style["strong"] = token.nesting > 0
            case "em_open" | "em_close":
                style["em"] = token.nesting > 0
            case "s_open" | "s_close":
                style["strike"] = token.nesting > 0
            case "link_open":
                style["link"] = _safe_link(str(token.attrs.get("href", "")))
            case "link_close":
                style["link"] = ""
            case "softbreak":
                spans.append(_span(" ", **style))
            case "hardbreak":
                spans.append(_span("\n", **style))
            case "text" | "code_inline":
                spans.append(_span(token.content, **style))
            case _:
                pass
    return [span for span in spans if span["text"]]


def _safe_link(address: str) -> str:
    return address if address.partition(":")[0].lower() in SCHEMES else ""


def _wrap(text: str, first: str, indent: str, width: int) -> list[str]:
    wrapped: list[str] = []
    for line in text.split("\n"):
        wrapped += textwrap.wrap(
            line,
            width,
            initial_indent=first if not wrapped else indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return wrapped or [first.rstrip()]


def _inline_text(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "link_open":
                links.append((str(token.attrs.get("href", "")), len(parts)))
            case "link_close":
                address, start = links.pop()
                # An address that is its own words need not be said twice.
                if "".join(parts[start:]) != address.removeprefix("mailto:"):
                    parts.append(f" ({address})")
            case _:
                parts.append(token.content if token.type in {"text", "code_inline"} else "")
    return "".join(parts)
