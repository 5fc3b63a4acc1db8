"""Draws a letter with the brand's name and colour: HTML by MJML, and a text that stands on its own."""

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.notifications.messages.letters import (
    SECRET_LINK,
    Button,
    Figure,
    Letter,
    Paragraph,
    Prose,
    Small,
)
from services.notifications.messages.reader import Reader
from services.notifications.settings import NotificationsSettings
from shared import markdown

_drawings = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "drawings"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Brand:
    """Whose mail it is, and where its links lead."""

    name: str
    colour: str
    base_url: str

    @classmethod
    def of(cls, settings: NotificationsSettings) -> Self:
        return cls(settings.brand_name, settings.brand_colour, settings.base_url)


@dataclass(frozen=True)
class Drawn:
    """A letter as it goes out, but for `SECRET_LINK`."""

    subject: str
    text: str
    html: str


def draw_letter(letter: Letter, reader: Reader, brand: Brand) -> Drawn:
    """Both forms of the letter."""
    mjml = _drawings.get_template("letter.mjml").render(
        letter=letter,
        brand=brand,
        language=reader.locale.replace("_", "-"),
        kind=lambda block: type(block).__name__,
        locate=lambda address: _locate(address, brand),
        prose=_prose,
        hint=reader.say("If the button does nothing, open this address:"),
        sign_off=_sign_off(reader, brand),
    )
    # Left to itself MJML fetches fonts that it knows by name from another host, which would tell it who reads.
    html = mrml.to_html(mjml, render_options=mrml.RenderOptions(fonts={})).content
    return Drawn(letter.subject, _draw_text(letter, reader, brand), html)


def fill_secret(drawn: Drawn, secret: str) -> Drawn:
    """The whole mail, with the recipient's secret link in it."""
    page = drawn.html.replace(SECRET_LINK, escape(secret))
    return Drawn(drawn.subject, drawn.text.replace(SECRET_LINK, secret), page)


def hide_secret(drawn: Drawn, words: str) -> Drawn:
    """The mail as others may see it: `words` stand for the secret link, and nothing leads there."""
    page = drawn.html.replace(f'href="{SECRET_LINK}"', "").replace(SECRET_LINK, escape(words))
    return Drawn(drawn.subject, drawn.text.replace(SECRET_LINK, words), page)


def _draw_text(letter: Letter, reader: Reader, brand: Brand) -> str:
    parts: list[str] = []
    for block in letter.blocks:
        match block:
            case Paragraph(text):
                parts.append(_fill(text))
            case Figure(value, label):
                parts.append(f"    {value}\n    {label}")
            case Prose(source):
                parts.append(markdown.render_text(source))
            case Button(label, address):
                parts.append(f"{label}:\n{_locate(address, brand)}")
            case Small(text):
                parts.append(_fill(text))
    # "-- " on a line of its own is how mail programs know where a signature begins (RFC 3676, section 4.3).
    parts.append(f"-- \n{_sign_off(reader, brand)}\n{brand.base_url}")
    return "\n\n".join(parts) + "\n"


def _sign_off(reader: Reader, brand: Brand) -> str:
    return reader.say("Sent by %(brand)s", brand=brand.name)


def _locate(address: str, brand: Brand) -> str:
    return address if address == SECRET_LINK else brand.base_url + address


def _fill(text: str) -> str:
    return textwrap.fill(text, markdown.WIDTH, break_long_words=False, break_on_hyphens=False)


def _prose(source: str) -> Markup:
    # MJML is read as XML, where an element without content must close itself. The HTML has been cleaned.
    html = markdown.render_html(source).replace("<br>", "<br />").replace("<hr>", "<hr />")
    return Markup(html)  # noqa: S704
