"""Messages for people: what went to whom, what it said, and what to do about those that did not arrive."""

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from services.notifications.frames import MAIL_HEADERS, PAGE_WITH_MAIL
from services.notifications.known.queries import find_campaign, list_campaigns, name_campaigns
from services.notifications.messages import queries, service
from services.notifications.messages.layout import Brand, Drawn, fill_secret, hide_secret
from services.notifications.messages.models import TROUBLED, Message, State
from services.notifications.messages.schemas import OUTCOME_NAMES, STATE_NAMES, STATE_TONES, MessageQuery
from shared.database.history import list_history
from shared.errors import NotFound
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, settings
from shared.web.policy import allow, may
from shared.web.uploads import send_stored

pages = Blueprint("messages", __name__, url_prefix="/notifications/messages", template_folder="templates")


@pages.get("")
@allow("messages.read")
def index() -> str:
    wanted = parse_query(MessageQuery())
    page = queries.find_messages(session(), identity(), **wanted)
    campaign = wanted["campaign"] and find_campaign(session(), wanted["campaign"])
    staff = identity().is_staff
    return render_template(
        "messages/index.html",
        page=page,
        wanted=wanted,
        campaign=campaign if staff else None,
        campaigns=[(each.id, each.title) for each in list_campaigns(session())] if staff else [],
        titles=name_campaigns(session(), {each.campaign_id for each in page.items if each.campaign_id}),
        total=queries.count_messages(session(), identity(), wanted["campaign"]),
        states=STATE_NAMES,
        tones=STATE_TONES,
        captures=not settings().smtp_url,
    )


@pages.get("/<uuid:message_id>")
@allow("messages.read")
def show(message_id: UUID) -> Response:
    message = queries.get_message(session(), identity(), message_id)
    response = make_response(
        render_template(
            "messages/show.html",
            message=message,
            drawn=_draw(message),
            attachments=service.list_attachments(message),
            campaign=message.campaign_id and find_campaign(session(), message.campaign_id),
            deliveries=queries.list_deliveries(session(), message_id),
            entries=list_history(session(), message_id),
            outcomes=OUTCOME_NAMES,
            states=STATE_NAMES,
            tones=STATE_TONES,
            resendable=message.may_be_resent(now()),
            hidden=message.secret is not None and not _may_see_secret(message),
        )
    )
    response.headers["Content-Security-Policy"] = PAGE_WITH_MAIL
    return response


@pages.get("/<uuid:message_id>/mail.html")
@allow("messages.read")
def show_mail(message_id: UUID) -> Response:
    message = queries.get_message(session(), identity(), message_id)
    response = make_response(_draw(message).html)
    response.headers.update(MAIL_HEADERS)
    return response


@pages.get("/<uuid:message_id>/attachments/<int:position>")
@allow("messages.read")
def send_attachment(message_id: UUID, position: int) -> Response:
    attachments = service.list_attachments(queries.get_message(session(), identity(), message_id))
    if position >= len(attachments):
        raise NotFound
    return send_stored(attachments[position])


@pages.get("/<uuid:message_id>/resend")
@allow("messages.edit")
def ask_to_resend(message_id: UUID) -> str | AnyResponse:
    message = queries.get_message(session(), identity(), message_id)
    if not message.may_be_resent(now()):
        # Someone else has settled it meanwhile: the message says how it stands.
        return redirect(url_for("messages.show", message_id=message_id))
    return render_template("messages/resend.html", message=message)


@pages.post("/<uuid:message_id>/resend")
@allow("messages.edit")
def resend(message_id: UUID) -> AnyResponse:
    message = service.resend_message(session(), identity(), message_id, now())
    flash(_("The message to %(name)s will be sent again.", name=message.recipient_name), "success")
    return redirect(url_for("messages.show", message_id=message_id))


@pages.get("/<uuid:message_id>/dismiss")
@allow("messages.edit")
def ask_to_dismiss(message_id: UUID) -> str | AnyResponse:
    message = queries.get_message(session(), identity(), message_id)
    if message.state not in TROUBLED:
        return redirect(url_for("messages.show", message_id=message_id))
    return render_template("messages/dismiss.html", message=message)


@pages.post("/<uuid:message_id>/dismiss")
@allow("messages.edit")
def dismiss(message_id: UUID) -> AnyResponse:
    service.dismiss_message(session(), identity(), message_id, now())
    flash(_("The message is dismissed."), "success")
    return redirect(url_for("messages.show", message_id=message_id))


def _draw(message: Message) -> Drawn:
    drawn = service.draw_message(message, Brand.of(settings()), settings().time_zone)
    if message.secret is not None and _may_see_secret(message):
        return fill_secret(drawn, message.secret)
    return hide_secret(drawn, _("(a link that only the recipient gets)"))


def _may_see_secret(message: Message) -> bool:
    """Where no mail leaves the machine, an administrator must be able to read them here."""
    return message.state == State.CAPTURED and not settings().smtp_url and may("messages.read_secrets")
