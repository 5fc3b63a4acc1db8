"""Where a person can go: the bar's areas and an object's tabs, read from a file that no service owns.

Addresses are patterns into whichever service answers them, so no service knows another. What is listed here
only decides what is offered; each service still checks its own policy.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, quote, urlsplit

from flask_babel import gettext

from shared.identity import EVERYONE, Identity


class NavigationError(ValueError):
    """The navigation file cannot be used; the message names the entry and what is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """A line of the file. `roles` may see it; `within` are further addresses that belong to it."""

    key: str
    label: str
    address: str
    roles: frozenset[str]
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """An entry as one person meets it on one page."""

    key: str
    label: str
    address: str
    current: bool


@dataclass(frozen=True)
class Navigation:
    """The file's content; `tabs` by kind of object."""

    areas: tuple[Entry, ...]
    tabs: Mapping[str, tuple[Entry, ...]]
    account: tuple[Entry, ...]
    searches: tuple[Entry, ...]

    def areas_for(self, identity: Identity | None, path: str = "") -> tuple[Link, ...]:
        """The bar's areas for this person; the one that `path` lies in is current. Nobody sees none."""
        return _offer(self.areas, identity, path)

    def tabs_for(self, kind: str, id: object, identity: Identity | None, path: str = "") -> tuple[Link, ...]:
        """The tabs of the object `id` of `kind` ("campaign", "organisation"); `path` may carry a query."""
        safe = quote(str(id), safe="")
        entries = [
            Entry(each.key, each.label, each.address.replace("{id}", safe), each.roles,
                  tuple(address.replace("{id}", safe) for address in each.within))
            for each in self.tabs.get(kind, ())
        ]  # fmt: skip
        return _offer(entries, identity, path)

    def account_for(self, identity: Identity | None) -> tuple[Link, ...]:
        """The account menu's lines."""
        return _offer(self.account, identity, "")

    def search_for(self, identity: Identity | None, path: str = "") -> Link | None:
        """Where the bar's search goes: to the current area's own list, else to the file's first one."""
        if identity is None:
            return None
        current = next((area.key for area in self.areas_for(identity, path) if area.current), "")
        offered = [each for each in self.searches if identity.role in each.roles]
        found = next((each for each in offered if each.key == current), offered[0] if offered else None)
        return Link(found.key, gettext(found.label), found.address, False) if found else None


def read_navigation(path: Path) -> Navigation:
    """The navigation in the TOML file at `path`; raises `NavigationError` saying what to correct."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise NavigationError(f"{path}: {error}") from error
    return Navigation(
        areas=tuple(_read_entry("areas", each) for each in document.get("areas", [])),
        tabs={
            kind: tuple(_read_entry(f"tabs.{kind}", each) for each in listed)
            for kind, listed in document.get("tabs", {}).items()
        },
        account=tuple(_read_entry("account", each) for each in document.get("account", [])),
        searches=tuple(_read_entry("searches", each) for each in document.get("searches", [])),
    )


def extract_labels(
    file: BinaryIO, keywords: object, comment_tags: object, options: object
) -> list[tuple[int, str, str, list[str]]]:
    """The file's labels for translation: a method for Babel's extraction, which names it in its mapping."""
    lines = file.read().decode("utf-8").splitlines()
    return [
        (number, "gettext", tomllib.loads(line)["label"], [])
        for number, line in enumerate(lines, start=1)
        if line.startswith("label")
    ]


def _read_entry(section: str, line: Mapping[str, Any]) -> Entry:
    where = f"[{section}] {line.get('key', '?')}"
    if unknown := set(line) - {"key", "label", "address", "roles", "within"}:
        raise NavigationError(f"{where}: nothing reads {', '.join(sorted(unknown))}")
    for name in ("key", "label", "address"):
        if not isinstance(line.get(name), str):
            raise NavigationError(f"{where}: `{name}` is missing")
    roles = frozenset(line.get("roles", EVERYONE))
    if not roles <= EVERYONE:
        raise NavigationError(f"{where}: no such role: {', '.join(sorted(roles - EVERYONE))}")
    if not line["address"].startswith("/"):
        raise NavigationError(f"{where}: `address` must start with a slash")
    return Entry(line["key"], line["label"], line["address"], roles, tuple(line.get("within", ())))


def _offer(entries: Sequence[Entry], identity: Identity | None, path: str) -> tuple[Link, ...]:
    if identity is None:
        return ()
    seen = [each for each in entries if identity.role in each.roles]
    closeness = [_measure_closeness(each, path) for each in seen]
    nearest = max(closeness, default=0)
    current = closeness.index(nearest) if nearest else -1
    return tuple(
        Link(each.key, gettext(each.label), each.address, position == current) for position, each in enumerate(seen)
    )


def _measure_closeness(entry: Entry, path: str) -> int:
    """How much of `path` this entry accounts for; 0 when it lies elsewhere."""
    return max(_match_length(address, path) for address in (entry.address, *entry.within))


def _match_length(address: str, path: str) -> int:
    wanted, here = urlsplit(address), urlsplit(path)
    if not set(parse_qsl(wanted.query)) <= set(parse_qsl(here.query)):
        return 0
    stem = wanted.path.rstrip("/")
    if here.path.rstrip("/") == stem or here.path.startswith(f"{stem}/"):
        return len(stem) + len(wanted.query) + 1
    return 0
