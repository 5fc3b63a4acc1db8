"""Reading XML from anybody: what is wanted of it as a small tree whose every element knows its place.

Expat reads it, from the standard library. What makes XML dangerous, declarations of entities and files that pull in
others, can only stand in a document type declaration: a file that has one is refused before it is looked at.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any, Final
from xml.parsers import expat

from flask_babel import gettext as _

from shared.errors import Invalid, TooLarge

#: The most that is taken: bytes, elements that are kept, levels.
SIZE: Final = 10 << 20
ELEMENTS: Final = 200_000
DEPTH: Final = 32
_CHUNK: Final = 1 << 16
_SHOWN: Final = 60  # characters of a foreign name


@dataclass(slots=True)
class Node:
    """An element; `number` counts those of its name within its parent, from 1."""

    tag: str
    attributes: dict[str, str]
    line: int
    parent: "Node | None" = None
    number: int = 1
    children: list["Node"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Where it is, as XPath says it: iati-activity[1]/result[2]; the root goes without saying."""
        if self.parent is None:
            return self.tag
        own = f"{self.tag}[{self.number}]"
        return own if self.parent.parent is None else f"{self.parent.path}/{own}"

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def find_all(self, tag: str) -> list["Node"]:
        return [each for each in self.children if each.tag == tag]

    def find(self, tag: str) -> "Node | None":
        return next((each for each in self.children if each.tag == tag), None)


def read_tree(file: IO[bytes], wants: Callable[[int, str], bool], root: str) -> Node:
    """The file's root element, called `root`, with those of its descendants that `wants(depth, tag)`.

    The root has depth 0; of what is not wanted nothing is kept, nor of elements in foreign namespaces, which IATI
    lets everyone add. Raises `Invalid` with line and column for what is no such XML, and `TooLarge`.
    """
    return _Builder(wants, root).read(file)


class _Builder:
    def __init__(self, wants: Callable[[int, str], bool], root: str) -> None:
        self._wants, self._root_tag = wants, root
        self._root: Node | None = None
        self._open: list[Node] = []
        self._counts: list[Counter[str]] = []
        self._kept = self._depth = self._ignored = 0
        self._encoding = ""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.XmlDeclHandler = self._declare
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take_text

    def read(self, file: IO[bytes]) -> Node:
        seen = 0
        try:
            while chunk := file.read(_CHUNK):
                seen += len(chunk)
                if seen > SIZE:
                    raise TooLarge(
                        _("This file is larger than %(most)s MB. Split it and send the parts.", most=SIZE >> 20)
                    )
                self._parser.Parse(chunk, False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._explain(error) from error
        except (LookupError, ValueError) as error:
            # An encoding that Python does not know either, or that is of several bytes and so beyond expat.
            raise self._refuse(self._say_encoding()) from error
        assert self._root is not None, "expat refuses a file without an element"
        return self._root

    def _refuse_doctype(self, *_args: Any) -> None:
        raise self._refuse(
            _("This file has a document type declaration (DOCTYPE), which may hold traps. Take it out; IATI has none.")
        )

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._encoding = encoding or ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise self._refuse(_("Elements are nested more than %(most)s levels deep.", most=DEPTH))
        namespace, _space, tag = name.rpartition(" ")
        if self._root is None:
            self._check_root(namespace, tag)
        elif self._ignored or namespace or not self._wants(self._depth - 1, tag):
            self._ignored += 1
            return
        self._kept += 1
        if self._kept > ELEMENTS:
            raise TooLarge(_("This file has more than %(most)s elements. Split it and send the parts.", most=ELEMENTS))
        parent = self._open[-1] if self._open else None
        node = Node(tag, attributes, self._parser.CurrentLineNumber, parent)
        if parent is None:
            self._root = node
        else:
            self._counts[-1][tag] += 1
            node.number = self._counts[-1][tag]
            parent.children.append(node)
        self._open.append(node)
        self._counts.append(Counter())

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._ignored:
            self._ignored -= 1
            return
        self._open.pop()
        self._counts.pop()

    def _take_text(self, text: str) -> None:
        if self._open and not self._ignored:
            self._open[-1].texts.append(text)

    def _check_root(self, namespace: str, tag: str) -> None:
        if tag != self._root_tag:
            raise self._refuse(
                _("It begins with the element %(tag)s and not with %(root)s.", tag=tag[:_SHOWN], root=self._root_tag)
            )
        if namespace:
            raise self._refuse(
                _("Its elements stand in the namespace %(name)s. Those of IATI stand in none.", name=namespace[:_SHOWN])
            )

    def _refuse(self, reason: str) -> Invalid:
        return _place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber, reason)

    def _say_encoding(self) -> str:
        return str(
            _(
                "It says that it is encoded as %(name)s, and it is not, or that is not known here. Save it as UTF-8.",
                name=self._encoding[:_SHOWN],
            )
        )

    def _explain(self, error: expat.ExpatError) -> Invalid:
        code = expat.errors.messages.get(error.code, "")
        if code == expat.errors.XML_ERROR_NO_ELEMENTS:
            reason = _("There is no element in it.")
        elif code in (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING):
            reason = self._say_encoding()
        elif code in (expat.errors.XML_ERROR_INVALID_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR):
            reason = _(
                "What stands here can't stand in XML, or is not encoded as %(name)s, as the file says.",
                name=self._encoding[:_SHOWN] or "UTF-8",
            )
        elif code == expat.errors.XML_ERROR_UNDEFINED_ENTITY:
            reason = _("An entity stands here that XML does not know. Write the letter itself.")
        else:
            reason = _("It is not well-formed XML (%(words)s).", words=code)
        return _place(error.lineno, error.offset, reason)


def _place(line: int, column: int, reason: str) -> Invalid:
    return Invalid(
        {"file": _("Line %(line)s, column %(column)s: %(reason)s", line=line, column=column + 1, reason=reason)}
    )
