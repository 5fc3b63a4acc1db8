"""The demo's profiles: a partner was asked to complete its own, and sent changes that wait to be looked at."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.partners.contacts.queries import find_liaison
from services.partners.profiles.models import RECORD
from services.partners.profiles.service import add_wish, ask_profile, send_update
from shared.identity import GUEST, Identity


def tell_profiles(session: Any, staff: Sequence[Identity], organisation_id: UUID, base_url: str, now: datetime) -> None:
    """The liaison was asked nine days before `now` and answered six days later."""
    liaison = find_liaison(session, organisation_id)
    if liaison is None:
        return
    by, sent_at = staff[1], now - timedelta(days=3)
    update = ask_profile(
        session, by, organisation_id, now - timedelta(days=9),
        message="Your annual report names more towns than we know of. Could you look through this?",
        address=lambda secret: f"{base_url}/partners/profiles/s/{secret}",
    )  # fmt: skip
    their = replace(by, person_id=liaison.id, name=liaison.name, role=GUEST, organisation_id=organisation_id)
    entry = {
        "title": "Reading clubs in libraries", "first_year": 2023, "last_year": 2025,
        "done": "Ran a club a week in eleven public libraries.", "result": "640 children, of whom 410 stayed a year.",
        "evidence": None,
    }  # fmt: skip
    add_wish(session, their, update, RECORD, {"details": entry}, sent_at)
    wanted = {"places": ["Cape Town", "Paarl", "Worcester", "Mitchells Plain"], "people_reached": 11200}
    send_update(session, their, update, wanted, sent_at)
