"""What came of the partners' reports in the demo: read, answered, and used."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.partners.reciprocity.service import tell_use
from services.partners.submissions.queries import Wanted, find_submissions
from services.partners.submissions.service.answering import mark_read, reply
from shared.identity import Identity

#: Partner, kind of use, title, what it led to, days ago, campaign.
USES: tuple[tuple[str, str, str, str, int, str | None], ...] = (
    ("bay", "decision", "A third catch net at the river mouth",
     "Your figures showed where the net fills first. The third hangs there since Monday.", 34, "Clean Coast"),
    ("bay", "newsletter", "Our people read of the class that counts bottles",
     "Sent to 1,900 colleagues; 61 asked to join the next clean-up.", 20, "Clean Coast"),
    ("bay", "report", "Half-year report to the board, page 6", "Your kilograms are the first figure in it.", 6, None),
    ("books", "presentation", "Talk at the education forum in Paarl",
     "The reading levels of your twelve schools, with your name on the slide.", 12, "Ready to Read"),
)  # fmt: skip
#: Partner, which of its reports counted from the newest, and the reply.
REPLIES = (
    ("bay", 4, "Thank you, what a week. **Two of us come along on Friday** to count with you."),
    ("bay", 7, "The storm shows. Could you note next time which net it was?"),
    ("books", 2, "A fine article! We linked to it from our own page."),
)
#: So many of the newest reports nobody has read yet.
UNREAD = 3


def tell_outcomes(
    session: Any,
    by: Identity,
    organisations: Mapping[str, UUID],
    campaigns: Mapping[str, UUID],
    now: datetime,
    base_url: str,
) -> None:
    """Read all reports but the newest, answer some, and tell what figures were used for. Nobody is mailed."""
    for partner in sorted({each[0] for each in USES}):
        reports = _list_reports(session, organisations[partner])
        for each in reports[UNREAD:]:
            mark_read(session, by, each.id, min(each.created_at + timedelta(days=1), now))
        for _partner, place, text in (each for each in REPLIES if each[0] == partner and each[1] < len(reports)):
            at = min(reports[place].created_at + timedelta(days=2), now)
            reply(session, by, reports[place].id, at, base_url, text=text, mail=False)
    for partner, use, title, text, days, campaign in USES:
        used_on: date = (now - timedelta(days=days)).date()
        tell_use(
            session, by, organisations[partner], now - timedelta(days=days), now.date(), base_url, use=use,
            title=title, text=text, used_on=used_on, campaign_id=campaigns.get(campaign) if campaign else None,
        )  # fmt: skip


def _list_reports(session: Any, organisation_id: UUID) -> Sequence[Any]:
    return find_submissions(session, organisation_id, Wanted(), cursor=None, limit=200).items
