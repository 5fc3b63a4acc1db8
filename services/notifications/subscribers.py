"""What notifications listens to: one row per event."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from services.notifications.announcements.audience import PersonalLink
from services.notifications.announcements.reminding import Owed, remind_of_figures
from services.notifications.announcements.service import ReachedTarget, celebrate_target
from services.notifications.announcements.signing import ProposedTarget, ask_to_sign
from services.notifications.erasure import ERASURES
from services.notifications.feed.service import move_news, tell
from services.notifications.known.schemas import (
    CampaignNewsSchema,
    ContactNewsSchema,
    MergeNewsSchema,
    OrganisationNewsSchema,
    PersonNewsSchema,
)
from services.notifications.known.service import (
    keep_campaign,
    keep_contact,
    keep_organisation,
    keep_person,
    merge_organisation,
)
from services.notifications.messages.recipient import Recipient
from services.notifications.messages.service import EPHEMERAL_LASTS, queue_message
from services.notifications.reports.service import Line, Published, Reported, tell_drafted, tell_published
from shared.clock import utc_now
from shared.database.access import ACCESS_SUBSCRIPTIONS
from shared.messaging.subscriptions import Received, Subscription


class SignInLinkSchema(Schema):
    person_id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    link = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class AttachmentSchema(Schema):
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)


class InvitationSchema(Schema):
    method = fields.String(required=True)
    calendar = fields.String(required=True)


class MailSchema(Schema):
    mail_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    locale = fields.String(required=True)
    time_zone = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    paragraphs = fields.List(fields.String(), required=True)
    body = fields.String(load_default="")
    because = fields.String(required=True)
    button = fields.String(required=True, allow_none=True)
    path = fields.String(required=True, allow_none=True)
    link = fields.String(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    reply_to = fields.String(required=True, allow_none=True)
    attachments = fields.List(fields.Nested(AttachmentSchema(unknown=EXCLUDE)), required=True)
    ephemeral = fields.Boolean(load_default=False)
    invitation = fields.Nested(InvitationSchema(unknown=EXCLUDE), required=True, allow_none=True)


class AgreementSchema(Schema):
    agreement_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    title = fields.String(required=True)


class AgreementInForceSchema(AgreementSchema):
    number = fields.Integer(required=True)


class AgreementEndedSchema(AgreementSchema):
    reason = fields.String(required=True)


class TargetReachedSchema(Schema):
    kpi_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    target = fields.Decimal(required=True)
    value = fields.Decimal(required=True)
    reached_at = fields.AwareDateTime(required=True)


class PersonalLinkSchema(Schema):
    holder_id = fields.UUID(required=True)
    link = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class TargetProposedSchema(Schema):
    kpi_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    key = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    target = fields.Decimal(required=True)
    due_on = fields.Date(required=True)
    waits_for = fields.List(fields.UUID(), required=True)
    links = fields.List(fields.Nested(PersonalLinkSchema(unknown=EXCLUDE)), load_default=list)


class TargetSignedSchema(Schema):
    campaign_id = fields.UUID(required=True)
    name = fields.String(required=True)
    complete = fields.Boolean(required=True)


class KpiStatusSchema(Schema):
    kpi_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    name = fields.String(required=True)
    after = fields.String(required=True)
    reason = fields.String(required=True)


class OwedNewsSchema(Schema):
    name = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    noticed = fields.Boolean(required=True)


class FiguresOverdueSchema(Schema):
    campaign_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    figures = fields.List(fields.Nested(OwedNewsSchema(unknown=EXCLUDE)), required=True)


class ReportSchema(Schema):
    report_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)


class ReportLineSchema(Schema):
    name = fields.String(required=True)
    unit = fields.String(required=True)
    value = fields.Decimal(required=True, allow_none=True)
    target = fields.Decimal(required=True)
    status = fields.String(required=True)


class PublishedReportSchema(ReportSchema):
    edition = fields.Integer(required=True)
    reason = fields.String(required=True)
    partners = fields.List(fields.UUID(), required=True)
    kpis = fields.List(fields.Nested(ReportLineSchema(unknown=EXCLUDE)), required=True)
    links = fields.List(fields.Nested(PersonalLinkSchema(unknown=EXCLUDE)), load_default=list)


def _hear_person(session: Any, event: Received) -> None:
    details = dict(event.data)
    keep_person(session, details.pop("person_id"), event.time, **details)


def _hear_contact(session: Any, event: Received) -> None:
    details = dict(event.data)
    keep_contact(session, details.pop("contact_id"), event.time, **details)


def _hear_organisation(session: Any, event: Received) -> None:
    keep_organisation(session, event.data["organisation_id"], event.time, name=event.data["name"])


def _hear_merge(session: Any, event: Received) -> None:
    merged_id, survivor_id = event.data["merged_id"], event.data["survivor_id"]
    merge_organisation(session, merged_id, survivor_id)
    move_news(session, merged_id, survivor_id)


def _hear_registration(session: Any, event: Received) -> None:
    _hear_organisation(session, event)
    organisation = event.data["organisation_id"]
    key, name = f"organisation_registered:{organisation}", event.data["name"]
    tell(session, "organisation_registered", key, event.time, organisation_id=organisation, name=name)


def _hear_campaign(session: Any, event: Received) -> None:
    details = dict(event.data)
    keep_campaign(session, details.pop("campaign_id"), event.time, **details)


def _hear_new_campaign(session: Any, event: Received) -> None:
    _hear_campaign(session, event)
    campaign = event.data["campaign_id"]
    key, title = f"campaign_created:{campaign}", event.data["title"]
    tell(session, "campaign_created", key, event.time, campaign_id=campaign, title=title)


def _hear_link_request(session: Any, event: Received) -> None:
    now, data = utc_now(), event.data
    if data["expires_at"] <= now:
        return
    to = Recipient(data["person_id"], data["name"], data["email"])
    queue_message(
        session,
        to,
        "sign_in_link",
        {"name": data["name"], "expires_at": data["expires_at"].isoformat()},
        now,
        key=f"sign_in_link:{event.id}",
        secret=data["link"],
        expires_at=data["expires_at"],
    )


def _hear_mail_request(session: Any, event: Received) -> None:
    data = dict(event.data)
    forget_at = utc_now() + EPHEMERAL_LASTS if data.pop("ephemeral") else None
    mail_id, link, expires_at = data.pop("mail_id"), data.pop("link"), data.pop("expires_at")
    to = Recipient(data.pop("person_id"), data["name"], data.pop("email"), data.pop("locale"), data.pop("time_zone"))
    queue_message(
        session,
        to,
        "partner_mail",
        data,
        utc_now(),
        key=f"mail:{mail_id}",
        secret=link,
        expires_at=expires_at,
        forget_at=forget_at,
    )


def _hear_agreement(session: Any, event: Received) -> None:
    kind, agreement = event.type.split(".")[2], event.data
    tell(
        session,
        kind,
        f"{kind}:{event.id}",
        event.time,
        organisation_id=agreement["organisation_id"],
        agreement_id=str(agreement["agreement_id"]),
        title=agreement["title"],
        reason=agreement.get("reason", ""),
    )


def _hear_reached_target(session: Any, event: Received) -> None:
    celebrate_target(session, ReachedTarget(**event.data), utc_now())


def _hear_proposed_target(session: Any, event: Received) -> None:
    ask_to_sign(
        session, ProposedTarget(**{**event.data, "links": _read_links(event)}), f"target_proposed:{event.id}", utc_now()
    )


def _hear_signed_target(session: Any, event: Received) -> None:
    data = event.data
    if data["complete"]:
        tell(
            session,
            "target_signed",
            f"target_signed:{event.id}",
            event.time,
            campaign_id=data["campaign_id"],
            name=data["name"],
        )


def _hear_kpi_status(session: Any, event: Received) -> None:
    data = event.data
    if data["after"] not in ("at_risk", "off_track"):
        return
    tell(
        session,
        data["after"],
        f"kpi_status:{event.id}",
        event.time,
        campaign_id=data["campaign_id"],
        name=data["name"],
        reason=data["reason"],
    )


def _hear_overdue_figures(session: Any, event: Received) -> None:
    data = event.data
    owed = [Owed(**each) for each in data["figures"]]
    key = f"figures_overdue:{event.id}"
    remind_of_figures(session, data["campaign_id"], data["organisation_id"], owed, key, utc_now())


def _hear_drafted_report(session: Any, event: Received) -> None:
    tell_drafted(session, Reported(**event.data), utc_now())


def _hear_published_report(session: Any, event: Received) -> None:
    data = dict(event.data)
    data["kpis"] = [Line(**each) for each in data["kpis"]]
    data["links"] = _read_links(event)
    tell_published(session, Published(**data), utc_now())


def _read_links(event: Received) -> list[PersonalLink]:
    return [PersonalLink(**each) for each in event.data["links"]]


SUBSCRIPTIONS = (
    *ACCESS_SUBSCRIPTIONS,
    ERASURES,
    Subscription("saypro.partners.person_changed.v1", _hear_person, PersonNewsSchema),
    Subscription("saypro.partners.contact_changed.v1", _hear_contact, ContactNewsSchema),
    Subscription("saypro.partners.organisation_registered.v1", _hear_registration, OrganisationNewsSchema),
    Subscription("saypro.partners.organisation_changed.v1", _hear_organisation, OrganisationNewsSchema),
    Subscription("saypro.partners.organisations_merged.v1", _hear_merge, MergeNewsSchema),
    # A link that can't be mailed now must not hold back the next one.
    Subscription("saypro.partners.sign_in_link_requested.v1", _hear_link_request, SignInLinkSchema, ordered=False),
    # Mails about one thing stay in order: an invitation comes before what changes it.
    Subscription("saypro.partners.mail_requested.v1", _hear_mail_request, MailSchema),
    Subscription("saypro.partners.agreement_in_force.v1", _hear_agreement, AgreementInForceSchema),
    Subscription("saypro.partners.agreement_ended.v1", _hear_agreement, AgreementEndedSchema),
    Subscription("saypro.campaigns.campaign_created.v1", _hear_new_campaign, CampaignNewsSchema),
    Subscription("saypro.campaigns.campaign_changed.v1", _hear_campaign, CampaignNewsSchema),
    Subscription("saypro.metrics.kpi_target_reached.v1", _hear_reached_target, TargetReachedSchema),
    Subscription("saypro.metrics.target_proposed.v1", _hear_proposed_target, TargetProposedSchema),
    Subscription("saypro.metrics.target_signed.v1", _hear_signed_target, TargetSignedSchema),
    Subscription("saypro.metrics.kpi_status_changed.v1", _hear_kpi_status, KpiStatusSchema),
    Subscription("saypro.metrics.figures_overdue.v1", _hear_overdue_figures, FiguresOverdueSchema),
    Subscription("saypro.metrics.report_drafted.v1", _hear_drafted_report, ReportSchema),
    Subscription("saypro.metrics.report_published.v1", _hear_published_report, PublishedReportSchema),
)
