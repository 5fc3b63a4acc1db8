"""Messages."""

from datetime import timedelta

from services.notifications.messages.recipient import Recipient
from services.notifications.messages.service import queue_message
from shared.clock import new_id, utc_now

LINK = "https://saypro.example.org/partners/sign-in/s3cr3t-0123456789"
REACHED = {
    "recipient": "Lindiwe Dube",
    "campaign": "A swimmable harbour",
    "campaign_id": "01900000-0000-7000-8000-000000000001",
    "name": "Waste removed",
    "unit": "t",
    "value": "1003.61",
    "target": "1000",
    "reached_at": "2027-03-12T12:30:00+00:00",
    "announcement_id": None,
    "organisation": "Harbour Trust",
}
PARTNER_MAIL = {
    "name": "Lindiwe Dube",
    "title": "A proposal for Harbour Trust",
    "paragraphs": ["We would like to clean the harbour with you.", "Please answer by <30 June>."],
    "because": "You are the liaison of Harbour Trust.",
    "button": "Read and answer",
    "path": None,
    "reply_to": "thandi@example.org",
    "attachments": [],
    "invitation": None,
}


def make_recipient(name="Lindiwe Dube", **changes):
    return Recipient(
        **{"person_id": new_id(), "name": name, "email": f"{name.split()[0].lower()}@example.org", **changes}
    )


def make_message(session, to=None, now=None, **changes):
    """A queued message that tells of a reached target."""
    return queue_message(session, to or make_recipient(), "target_reached", REACHED, now or utc_now(), **changes)


def make_sign_in_message(session, to=None, now=None, lasts=timedelta(minutes=30)):
    now, to = now or utc_now(), to or make_recipient()
    data = {"name": to.name, "expires_at": (now + lasts).isoformat()}
    return queue_message(session, to, "sign_in_link", data, now, secret=LINK, expires_at=now + lasts)
