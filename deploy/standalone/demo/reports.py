"""What the story's partners report beside their weekly figures: stories, gifts, hours, the press, and a slip."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.partners.submissions.kinds import KINDS
from services.partners.submissions.models import FORM, MEASUREMENTS, SPREADSHEET
from services.partners.submissions.schemas import read_report, write_report
from services.partners.submissions.service.intake import accept_report
from services.partners.submissions.service.refusals import Refused, remember_refusal
from shared.identity import Identity

#: Week, partner, campaign, type, how it came, items; {day} is that week's Monday.
REPORTS: tuple[tuple[int, str, str, str, str, list[dict[str, Any]]], ...] = (
    (-6, "bay", "Clean Coast", "stories.shared", FORM, [{
        "reference": "story-ama", "title": "The class that counts bottles", "happened_on": "{day}", "consent": True,
        "text": "Grade 6 of Harbour Primary adopted the last two hundred metres before the river mouth.\n\n"
                "They count what they find every Friday, and have begun to ask where it comes from.",
        "consent_note": "Parents signed on the school's form", "pictures": [],
    }]),
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


#: The week in which a partner's system delivered something that was refused.
REFUSED_IN = -1


def tell_reports(
    session: Any,
    week: int,
    by: Mapping[str, Identity],
    organisations: Mapping[str, UUID],
    campaigns: Mapping[str, UUID],
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
        accept_report(session, by[partner], organisations[partner], body, read_report(body), at, channel=channel)
    if week == REFUSED_IN:
        reason = "webhook-timestamp is over five minutes from our clock. Sign again."
        remember_refusal(session, Refused(organisations["bay"], 401, reason, {}, "msg_from_a_slow_clock"), at)
