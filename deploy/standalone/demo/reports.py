"""What the story's partners report beside their weekly figures: stories, gifts, hours, the press, and a slip."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.partners.events import Picture
from services.partners.submissions.kinds import KINDS
from services.partners.submissions.models import FORM, MEASUREMENTS, SPREADSHEET
from services.partners.submissions.schemas import read_report, write_report
from services.partners.submissions.service.intake import accept_report
from services.partners.submissions.service.pictures import add_picture, attach_pictures
from services.partners.submissions.service.refusals import Refused, remember_refusal
from shared.files import FileStore, StoredFile
from shared.identity import Identity

PICTURES = Path(__file__).parent / "pictures"
#: Week, partner, campaign, type, how it came, items; {day} is that week's Monday.
REPORTS: tuple[tuple[int, str, str, str, str, list[dict[str, Any]]], ...] = (
    (-6, "bay", "Clean Coast", "stories.shared", FORM, [{
        "reference": "story-ama", "title": "The class that counts bottles", "happened_on": "{day}", "consent": True,
        "text": "Grade 6 of Harbour Primary adopted the last two hundred metres before the river mouth.\n\n"
                "They count what they find every Friday, and have begun to ask where it comes from.",
        "consent_note": "Parents signed on the school's form", "pictures": [],
    }]),
    (-9, "parks", "Clean Coast", "stories.shared", FORM, [{
        "reference": "story-nets", "title": "A net that paid for itself", "happened_on": "{day}", "consent": True,
        "text": "The second catch net under the Liesbeek bridge filled in a single storm.\n\n"
                "What it held would have taken two clean-ups to gather from the beach.",
        "consent_note": "Nobody is named", "pictures": [],
    }]),
    (-8, "bay", "Clean Coast", "contributions.reported", FORM, [
        {"reference": "gift-1", "kind": "transport", "what": "Boat to the far shore", "quantity": "9",
         "unit": "trips", "given_on": "{day}"},
        {"reference": "gift-2", "kind": "expertise", "what": "A marine biologist at three clean-ups", "quantity": "18",
         "unit": "hours", "given_on": "{day}"},
    ]),
    (-5, "bay", "Clean Coast", "volunteer_hours.reported", SPREADSHEET, [
        {"reference": "shift-41", "activity": "Harbour clean-up", "on": "{day}", "people": 34, "hours": "102"},
        {"reference": "shift-42", "activity": "River mouth with pupils", "on": "{day}", "people": 27, "hours": "54"},
    ]),
    (-4, "parks", "Clean Coast", "contributions.reported", FORM, [
        {"reference": "gift-7", "kind": "transport", "what": "Two lorries for the catch nets", "quantity": "6",
         "unit": "trips", "given_on": "{day}"},
        {"reference": "gift-8", "kind": "money", "what": "Bags and gloves", "amount": "4800", "currency": "ZAR",
         "given_on": "{day}"},
    ]),
    (-3, "books", "Ready to Read", "coverage.reported", FORM, [
        {"reference": "press-3", "outlet": "Peninsula Times", "title": "A shelf in every classroom",
         "url": "https://news.example.org/a-shelf-in-every-classroom", "published_on": "{day}", "reach": 41000},
    ]),
    (-2, "bay", "Clean Coast", MEASUREMENTS, FORM, [
        {"kpi": "plastic_removed", "value": "1.2", "period_start": "{day}", "period_end": "{day}",
         "reference": "plastic of the storm"},
        {"kpi": "volunteer_hours", "value": "12", "period_start": "{day}", "period_end": "{day}",
         "reference": "hours of the storm"},
    ]),
)  # fmt: skip

#: What went along with stories, by their references: a picture and what it shows.
SHOWN = {"story-ama": ("bottles.png", "Five pupils count bottles on the beach")}

#: The week in which a partner's system delivered something that was refused.
REFUSED_IN = -1


def put_picture(files: FileStore, name: str, description: str = "") -> Picture:
    """One of the demo's pictures, put into the store."""
    blob = files.put((PICTURES / name).read_bytes())
    return Picture(name, "image/png", blob.sha256, blob.size, description)


def tell_reports(
    session: Any,
    week: int,
    by: Mapping[str, Identity],
    organisations: Mapping[str, UUID],
    campaigns: Mapping[str, UUID],
    files: FileStore,
    at: datetime,
) -> None:
    """Send what falls into `week` in the name of each partner's liaison (`by`); `at` is when that is."""
    for _week, partner, campaign, type_, channel, items in (each for each in REPORTS if each[0] == week):
        told = [
            {name: value.format(day=at.date()) if isinstance(value, str) else value for name, value in item.items()}
            for item in items
        ]
        kind = KINDS[type_]
        body = write_report(kind, campaigns[campaign], kind.item(many=True).load(told), at)
        report, place = read_report(body), (organisations[partner], campaigns[campaign])
        pictures = [put_picture(files, *SHOWN[item["reference"]]) for item in items if item["reference"] in SHOWN]
        for picture in pictures:
            file = StoredFile(picture.name, picture.media_type, picture.size, picture.sha256)
            add_picture(session, *place, file, picture.description, at)
        sent = accept_report(
            session, by[partner], place[0], body, replace(report, pictures=pictures), at, channel=channel
        )
        attach_pictures(session, *place, sent)
    if week == REFUSED_IN:
        reason = "webhook-timestamp is over five minutes from our clock. Sign again."
        remember_refusal(session, Refused(organisations["bay"], 401, reason, {}, "msg_from_a_slow_clock"), at)
