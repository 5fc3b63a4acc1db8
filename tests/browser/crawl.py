"""Walks an installation from its start page along every link that a person can see."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from playwright.sync_api import Error, Page, Response

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What stands in an address for a thing that has no id: the key of a KPI, the number of a version or a line.
NAMED = re.compile(r"/(kpis|sources|items|lines|versions)/(?!new\b)[^/]+")
#: Addresses that are no pages: drawings, files, machines' doors.
NOT_A_PAGE = re.compile(r"/(api|static|live|pictures)/|\.(css|js|svg|png|csv|ics|eml|txt)$")


@dataclass(frozen=True)
class Visit:
    address: str
    kind: str
    status: int


def name_kind(address: str) -> str:
    """What pages of one template have in common: the path without ids and keys, and which filters are set."""
    parts = urlsplit(address)
    filters = ",".join(sorted(parse_qs(parts.query)))
    return NAMED.sub(r"/\1/{name}", ID.sub("{id}", parts.path)) + (f"?{filters}" if filters else "")


def walk(page: Page, start: str, *, of_a_kind: int = 1) -> Iterator[Visit]:
    """Every page that links lead to, at most `of_a_kind` of each kind, as `page` stands on it."""
    site = urlsplit(start).netloc
    waiting, met, kinds = deque([start]), {start}, Counter[str]()
    while waiting:
        address = waiting.popleft()
        kind = name_kind(address)
        if kinds[kind] >= of_a_kind:
            continue
        kinds[kind] += 1
        answer = _open(page, address)
        if answer is None:
            continue
        yield Visit(address, kind, answer.status)
        for link in _list_links(page):
            if urlsplit(link).netloc == site and link not in met and not NOT_A_PAGE.search(urlsplit(link).path):
                met.add(link)
                waiting.append(link)


def _open(page: Page, address: str) -> Response | None:
    """The page's answer; None for a file that the browser saves instead of showing it."""
    try:
        return page.goto(address)
    except Error as error:
        if "Download is starting" in error.message:
            return None
        raise


def _list_links(page: Page) -> list[str]:
    hrefs = page.eval_on_selector_all(
        "a[href]:not([download])", "links => links.map(link => link.getAttribute('href'))"
    )
    return [urldefrag(urljoin(page.url, href)).url for href in hrefs]
