"""What people write in Markdown, as safe HTML and as text that reads well by itself."""

import textwrap
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

WIDTH = 76
#: Pictures are left out: a mail that loads one tells its address who opened it, and when.
TAGS = {
    "p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "code",
    "pre", "s",
}  # fmt: skip
_parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")


def render_html(source: str) -> str:
    """HTML of the few tags that mails and pages take; links open elsewhere and carry no trace of where from."""
    return nh3.clean(
        _parser.render(source),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def render_text(source: str) -> str:
    """Plain text, wrapped at 76 characters: links keep their address, lists their marks, headings a line of dashes."""
    writer = _TextWriter()
    for token in _parser.parse(source):
        writer.take(token)
    return "\n".join(writer.lines).strip("\n")


class _TextWriter:
    """Writes a document's block tokens, one after the other, as lines."""

    def __init__(self) -> None:
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
        paragraph = _wrap(text, first, indent)
        self.lines += paragraph
        if self._level:
            self.lines.append(indent + ("=" if self._level == 1 else "-") * len(paragraph[-1].strip()))
        self._mark, self._level = "", 0
        self._end_block()

    def _end_block(self) -> None:
        if not self._numbers:
            self.lines.append("")


def _wrap(text: str, first: str, indent: str) -> list[str]:
    wrapped: list[str] = []
    for line in text.split("\n"):
        wrapped += textwrap.wrap(
            line,
            WIDTH,
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
