"""The test console: a signed trial delivery through the door itself, with everything that was sent and answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from standardwebhooks.webhooks import Webhook

from services.partners.submissions.schemas import read_report
from services.partners.submissions.service.intake import Door
from shared.clock import new_id
from shared.errors import Invalid, Problem


@dataclass(frozen=True)
class Trial:
    """What was sent and what came back; `base` is the text that was signed."""

    headers: Mapping[str, str]
    base: str
    status: int
    answer: Mapping[str, Any]
    submission_id: UUID | None = None


def make_sample(campaign_id: UUID | None, kpi: str | None, now: datetime) -> str:
    """A body to begin with: one figure of the month before."""
    last = now.date().replace(day=1) - timedelta(days=1)
    item = {
        "kpi": kpi or "waste",
        "value": "4.31",
        "period_start": f"{last.replace(day=1)}",
        "period_end": f"{last}",
        "reference": f"trial-{last:%Y-%m}",
    }
    data = {"campaign": str(campaign_id or UUID(int=0)), "measurements": [item]}
    return json.dumps({"type": "measurements.reported", "timestamp": now.isoformat(), "data": data}, indent=2)


def try_delivery(door: Door, organisation_id: UUID, secret: str, body: str, now: datetime) -> Trial:
    """Sign `body` and deliver it as a trial: all checks are the door's own, and nothing of it is recorded."""
    message_id, timestamp = f"trial_{new_id().hex}", str(int(now.timestamp()))
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }
    base = f"{message_id}.{timestamp}.{body}"
    try:
        delivery = door.verify(organisation_id, headers, body.encode(), now)
        receipt = door.accept(replace(delivery, trial=True), read_report(delivery.body), now)
    except Problem as refused:
        answer: dict[str, Any] = {"title": refused.title, "status": refused.status, "detail": refused.detail}
        if isinstance(refused, Invalid):
            answer["errors"] = [{"field": path, "detail": reason} for path, reason in refused.fields.items()]
        return Trial(headers, base, refused.status, answer)
    told = {"submission_id": str(receipt.submission_id), "duplicate": receipt.duplicate}
    return Trial(headers, base, 202, told, receipt.submission_id)
