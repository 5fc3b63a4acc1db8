"""Contributions and stories of partners, for tests."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.giving.models import CONTRIBUTIONS, STORIES, Contribution, Story
from services.metrics.giving.queries import MODELS, map_references
from services.metrics.giving.service import Sent, take_given
from shared.clock import new_id, utc_now
from shared.service import Runtime

#: A picture of one pixel.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def give(session: Session, campaign_id: UUID, organisation_id: UUID, **changes: Any) -> Contribution:
    """A contribution as a partner reported it: Quagga's lorries."""
    item = {"reference": "gift", "kind": "transport", "what": "Quagga lorries", "quantity": "6", "unit": "trips"}
    made: Contribution = _take(
        session, campaign_id, organisation_id, CONTRIBUTIONS, {**item, "given_on": "2026-06-16", **changes}
    )
    return made


def tell_story(
    session: Session, runtime: Runtime | None, campaign_id: UUID, organisation_id: UUID, **changes: Any
) -> Story:
    """A story as a partner told it in a form, with a picture where there is a store to put it in."""
    pictures = []
    if runtime:
        blob = runtime.files.put(DOT)
        pictures = [{
            "name": "bottles.png", "media_type": "image/png", "sha256": blob.sha256, "size": blob.size,
            "description": "Quagga pupils count",
        }]  # fmt: skip
    item = {"reference": "story", "title": "Quagga class", "text": "They count.", "happened_on": "2026-06-17"}
    made: Story = _take(session, campaign_id, organisation_id, STORIES, {**item, **changes}, pictures)
    return made


def send(
    campaign_id: UUID, organisation_id: UUID, what: str, items: list[Any], at: datetime | None = None, **changes: Any
) -> Sent:
    """A report of `items` that came at `at`."""
    reported = {CONTRIBUTIONS: "contributions.reported", STORIES: "stories.shared"}[what]
    at = at or utc_now()
    return Sent(new_id(), organisation_id, reported, at, at, {"campaign": str(campaign_id), what: items}, **changes)


def _take(session: Session, campaign_id: UUID, organisation_id: UUID, what: str, item: Any, pictures: Any = ()) -> Any:
    sent = send(campaign_id, organisation_id, what, [item], pictures=pictures)
    take_given(session, [sent], sent.received_at)
    return map_references(session, MODELS[what], campaign_id, organisation_id, [item["reference"]])[item["reference"]]
