"""An organisation with a key, and deliveries signed with it, for tests."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook
from werkzeug.test import TestResponse

from services.partners.known.service import keep_campaign, keep_kpi
from services.partners.organisations.models import Organisation
from services.partners.organisations.service import register_organisation
from services.partners.organisations.tests.factories import PNG
from services.partners.submissions.models import ReportPicture
from services.partners.submissions.pages.report import PURPOSE
from services.partners.submissions.service.keys import NewKey, make_key
from services.partners.submissions.service.pictures import add_picture, attach_pictures
from services.partners.vault import Vault
from shared.clock import new_id, utc_now
from shared.database.links import LinkHolder, make_link
from shared.files import StoredFile
from shared.service import Runtime
from shared.testing.people import make_identity


def make_organisation(runtime: Runtime, name: str = "Clean Rivers Trust") -> UUID:
    with runtime.database.transaction() as session:
        made: Organisation = register_organisation(
            session, make_identity(), utc_now(), name=name, kind="ngo", country="ZA", website=None
        )
        return made.id


def make_live_key(runtime: Runtime, organisation_id: UUID, name: str | None = None) -> NewKey:
    with runtime.database.transaction() as session:
        vault = Vault(runtime.settings.encryption_key)
        return make_key(session, make_identity(), organisation_id, vault, utc_now(), name=name)


def make_measurement(**changes: Any) -> dict[str, Any]:
    return {
        "kpi": "waste", "value": "4.31", "period_start": "2027-03-01", "period_end": "2027-03-31",
        "reference": "row-1", **changes,
    }  # fmt: skip


def make_body(*measurements: dict[str, Any], campaign: UUID | str | None = None) -> bytes:
    data = {"campaign": str(campaign or new_id()), "measurements": list(measurements or (make_measurement(),))}
    return json.dumps({"type": "measurements.reported", "timestamp": "2027-04-01T06:00:00Z", "data": data}).encode()


@dataclass(frozen=True)
class Partner:
    """A partner's system: knows its organisation's id and a secret, and delivers through `client`."""

    organisation_id: UUID
    secret: str
    client: FlaskClient

    def deliver(
        self, body: bytes | None = None, *, message_id: str | None = None, at: datetime | None = None, **headers: str
    ) -> TestResponse:
        """A delivery signed now unless told otherwise; `headers` replace or add, with _ for -."""
        body = make_body() if body is None else body
        message_id, at = message_id or f"msg_{new_id().hex}", at or datetime.now(UTC)
        sent = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": sign(self.secret, message_id, at, body),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.post(f"/partners/webhooks/{self.organisation_id}", data=body, headers=sent)


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    return Webhook(secret).sign(message_id, at, body.decode("utf-8", "replace"))


def count(runtime: Runtime, table: type[Any]) -> int:
    """How many rows of `table` there are."""
    with runtime.database.transaction(write=False) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def make_campaign(session: Any, organisation_id: UUID, title: str = "Clean Coast", kpi: str = "waste") -> UUID:
    """A campaign of the organisation with one KPI, as other services' events tell of them."""
    campaign_id, at = new_id(), utc_now()
    days = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}
    keep_campaign(session, campaign_id, at, title=title, partners=[organisation_id], **days)
    keep_kpi(
        session, new_id(), at, campaign_id=campaign_id, key=kpi, name=f"{kpi.title()} removed", unit="t", active=True
    )
    return campaign_id


def make_picture(
    session: Any, file: StoredFile, organisation_id: UUID, campaign_id: UUID, submission_id: UUID | None = None
) -> ReportPicture:
    """A picture of a story that is being written, or that was sent as this submission."""
    made = add_picture(session, organisation_id, campaign_id, file, "Quagga at the water", utc_now())
    if submission_id is not None:
        attach_pictures(session, organisation_id, campaign_id, submission_id)
    return made


def make_report_samples(
    runtime: Runtime, session: Any, contact: Any, submission_id: UUID, now: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: route arguments, and links by purpose."""
    campaign_id = make_campaign(session, contact.organisation_id, "Quagga count", "quagga")
    holder = LinkHolder(contact.id, contact.name, contact.email, contact.organisation_id)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=campaign_id, holder=holder, now=now, lasts=timedelta(days=1)
    )
    blob = runtime.files.put(PNG)
    file = StoredFile("Quagga.png", "image/png", blob.size, blob.sha256)
    sent = make_picture(session, file, contact.organisation_id, campaign_id, submission_id)
    session.refresh(sent)
    draft = make_picture(session, file, contact.organisation_id, campaign_id)
    places = {
        "campaign_id": campaign_id, "report_kind": "measurements", "picture_id": sent.id, "draft_picture_id": draft.id,
    }  # fmt: skip
    return places, {PURPOSE: secret}
