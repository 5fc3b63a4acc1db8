"""Sites that may show a page in a frame, as a Content-Security-Policy names them."""

import re
from typing import Final
from urllib.parse import urlsplit

#: "https://www.example.org", "https://*.example.org", "http://localhost:8080": nothing that could end the directive.
ORIGIN: Final = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?\Z")


def read_origin(text: str) -> str:
    """The origin of the site at `text`, such as "https://www.example.org/"; raises `ValueError` for anything else."""
    parts = urlsplit(text.strip())
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(text)
    # A name in other letters travels as its ASCII form (RFC 3490); UnicodeError is a ValueError.
    host = ".".join(
        label if label == "*" else label.encode("idna").decode() for label in (parts.hostname or "").split(".")
    )
    port = f":{parts.port}" if parts.port else ""
    origin = f"{parts.scheme}://{host}{port}"
    if not ORIGIN.match(origin):
        raise ValueError(text)
    return origin
