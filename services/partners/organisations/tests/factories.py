"""Organisations for tests."""

import struct
import zlib
from typing import Any

from sqlalchemy.orm import Session

from services.partners.organisations.models import SHORTLISTED, Organisation
from services.partners.organisations.service import (
    add_track_record,
    change_stage,
    register_organisation,
    set_logo,
)
from shared.clock import utc_now
from shared.testing.people import make_identity


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


#: A picture of one pixel.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x80"))
    + _chunk(b"IEND", b"")
)


def make_organisation(session: Session, **changes: Any) -> Organisation:
    """A registered organisation; `changes` replace its details."""
    details: dict[str, Any] = {"name": "Table Bay Trust", "kind": "charity", "country": "ZA", "website": None}
    return register_organisation(session, make_identity(), utc_now(), **{**details, **changes})


def make_whole_organisation(session: Session, logo: str | None, word: str) -> Organisation:
    """One of which everything is known; `word` stands in every text, `logo` is a stored picture's name."""
    by, now = make_identity(name=f"{word} Naidoo"), utc_now()
    organisation = make_organisation(
        session, name=f"{word} Trust", website=f"https://{word.lower()}.example.org", mission=f"{word}s in the wild",
        values=f"{word}s first", focus=[{"area": "animals", "goals": [15]}, {"area": f"{word} lore", "goals": []}],
        places=[f"{word}fontein"], reach="regional", people_reached=1200, registration_number=f"{word} 012-345",
        handles=[{"platform": "instagram", "handle": f"@{word.lower()}"}], brand_notes=f"Ask {word} first",
    )  # fmt: skip
    add_track_record(
        session, by, organisation.id, now, title=f"{word} count", first_year=2019, last_year=2021,
        done=f"Counted every {word}", result=f"80 {word}s", evidence=f"https://{word.lower()}.example.org/count",
    )  # fmt: skip
    change_stage(session, by, organisation.id, SHORTLISTED, f"{word} fits", now)
    set_logo(session, by, organisation.id, logo, now)
    return organisation
