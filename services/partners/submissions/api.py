"""The door that partners' systems deliver at; keys and submissions for programs."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import structlog
from flask import Blueprint as Pages
from flask import Flask, Response, after_this_request, current_app, g, jsonify, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import RequestEntityTooLarge

from services.partners.organisations.queries import get_organisation
from services.partners.submissions import queries
from services.partners.submissions.lane import FastLane
from services.partners.submissions.schemas import (
    MarkedSchema,
    NewReplySchema,
    NewWebhookKeySchema,
    RefusalSchema,
    ReplySchema,
    SubmissionQuery,
    SubmissionSchema,
    WebhookKeySchema,
    WholeSubmissionSchema,
    read_report,
)
from services.partners.submissions.service.again import run_again
from services.partners.submissions.service.answering import mark_all_read, mark_read, reply
from services.partners.submissions.service.intake import Delivery, Receipt, door_of
from services.partners.submissions.service.keys import make_key, revoke_key
from services.partners.submissions.service.refusals import Refused, remember_refusal
from services.partners.submissions.signatures import NotVerified
from services.partners.vault import Vault
from shared.database.requests import DATABASE_DOWN
from shared.errors import Invalid, Problem
from shared.web.answers import PageQuery, page_schema, shows_secret
from shared.web.api import Blueprint
from shared.web.context import identity, now, runtime, session, settings, transaction
from shared.web.policy import allow, public

log = structlog.get_logger()
webhooks = Pages("webhooks", __name__, url_prefix="/partners/webhooks")
api = Blueprint(
    "submissions_api",
    __name__,
    url_prefix="/partners/api/v1",
    description="What partners' systems deliver, and the keys they sign it with",
)


@webhooks.record_once
def open_door(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    app.wsgi_app = FastLane(app.wsgi_app, app.extensions, app.name)  # type: ignore[method-assign]


@webhooks.post("/<uuid:organisation_id>")
@public("partners sign what they send", csrf=False)
def deliver(organisation_id: UUID) -> tuple[Response, int]:
    """Take in a delivery signed as Standard Webhooks says; docs/partner-webhooks.md is for those who send it."""
    try:
        # What is too large is refused before anything else is looked at.
        body = _read_body()
        receipt = _take_in(organisation_id, body)
    except (Problem, RequestEntityTooLarge) as refused:
        _remember_later(organisation_id, refused)
        raise
    return jsonify(submission_id=receipt.submission_id, duplicate=receipt.duplicate), 202


@api.get("/organisations/<uuid:organisation_id>/webhook-keys")
@allow("webhook_keys.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(WebhookKeySchema))
def list_webhook_keys(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """An organisation's keys, newest first, without their secrets."""
    get_organisation(session(), identity(), organisation_id)
    return queries.find_keys(session(), organisation_id, **wanted)


@api.post("/organisations/<uuid:organisation_id>/webhook-keys")
@allow("webhook_keys.edit")
@api.arguments(WebhookKeySchema)
@api.response(201, NewWebhookKeySchema)
def make_webhook_key(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """Make a key. Its secret is in this answer and nowhere else; two keys can be live at a time."""
    vault = Vault(settings().encryption_key)
    shows_secret()
    made = make_key(session(), identity(), organisation_id, vault, now(), **wanted)
    return {**{name: getattr(made.key, name) for name in WebhookKeySchema().fields}, "secret": made.secret}


@api.delete("/organisations/<uuid:organisation_id>/webhook-keys/<uuid:key_id>")
@allow("webhook_keys.edit")
@api.response(204)
def revoke_webhook_key(organisation_id: UUID, key_id: UUID) -> None:
    """Refuse deliveries signed with this key from now on."""
    revoke_key(session(), identity(), organisation_id, key_id, now())


@api.get("/organisations/<uuid:organisation_id>/submissions")
@allow("submissions.read")
@api.arguments(SubmissionQuery, location="query")
@api.response(200, page_schema(SubmissionSchema))
def list_submissions(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """What an organisation reported, newest first."""
    get_organisation(session(), identity(), organisation_id)
    since = now() - timedelta(days=wanted["days"]) if wanted["days"] else None
    narrowed = queries.Wanted(wanted["search"], wanted["status"], wanted["kind"], since, wanted["read"])
    return queries.find_submissions(
        session(), organisation_id, narrowed, cursor=wanted["cursor"], limit=wanted["limit"]
    )


@api.get("/organisations/<uuid:organisation_id>/refused-deliveries")
@allow("submissions.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(RefusalSchema))
def list_refusals(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """What the door refused of an organisation's within a month, newest first, with the reasons."""
    get_organisation(session(), identity(), organisation_id)
    return queries.find_refusals(session(), organisation_id, **wanted)


@api.post("/submissions/<uuid:submission_id>/again")
@allow("submissions.edit")
@api.response(202, SubmissionSchema)
def run_submission_again(submission_id: UUID) -> Any:
    """Have it judged anew, for instance after a KPI was added that it names. What was recorded counts once."""
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    return run_again(session(), identity(), submission_id, read_report(submission.body), now())


@api.post("/submissions/<uuid:submission_id>/read")
@allow("submissions.answer")
@api.response(200, SubmissionSchema)
def mark_submission_read(submission_id: UUID) -> Any:
    """Say that one of us has read it; the partner sees when."""
    return mark_read(session(), identity(), submission_id, now())


@api.post("/organisations/<uuid:organisation_id>/submissions/read")
@allow("submissions.answer")
@api.response(200, MarkedSchema)
def mark_submissions_read(organisation_id: UUID) -> Any:
    """Say so of all that the organisation reported until now."""
    return {"marked": mark_all_read(session(), identity(), organisation_id, now())}


@api.get("/submissions/<uuid:submission_id>/replies")
@allow("submissions.read")
@api.response(200, ReplySchema(many=True))
def list_replies(submission_id: UUID) -> Any:
    """What we answered to it, oldest first."""
    found = queries.get_submission(session(), identity(), submission_id)
    return queries.map_replies(session(), [found.id]).get(found.id, ())


@api.post("/submissions/<uuid:submission_id>/replies")
@allow("submissions.answer")
@api.arguments(NewReplySchema)
@api.response(201, ReplySchema)
def reply_to_submission(details: dict[str, Any], submission_id: UUID) -> Any:
    """Answer it, which also marks it as read. With `mail` the partner's liaison gets the reply as a mail."""
    return reply(session(), identity(), submission_id, now(), settings().base_url, **details)


@api.get("/submissions/<uuid:submission_id>")
@allow("submissions.read")
@api.response(200, WholeSubmissionSchema)
def show_submission(submission_id: UUID) -> Any:
    """One submission with its verdict: how many items were recorded, and why the others were not."""
    return queries.get_submission(session(), identity(), submission_id)


def _take_in(organisation_id: UUID, body: bytes) -> Receipt:
    # The delivery is committed together with others, not in this request's own transaction.
    transaction().close()
    door = door_of(current_app.extensions)
    delivery = g.delivery = door.verify(organisation_id, request.headers, body, now())
    try:
        report = read_report(body)
    except Problem:
        door.refuse_if_used(delivery)
        raise
    return door.accept(delivery, report, now())


def _remember_later(organisation_id: UUID, error: Problem | RequestEntityTooLarge) -> None:
    """Keep the refusal once it is answered, so that the time taken does not tell which organisations there are."""
    delivery: Delivery | None = None if isinstance(error, NotVerified) else g.get("delivery")
    refused = Refused(
        organisation_id,
        error.status if isinstance(error, Problem) else 413,
        error.detail if isinstance(error, Problem) else "The body is over 1 MiB. Send fewer items at a time.",
        error.fields if isinstance(error, Invalid) else {},
        request.headers.get("webhook-id", ""),
        delivery.key_id if delivery else None,
        delivery.body if delivery else None,
    )
    database, at = runtime().database, now()

    def remember() -> None:
        try:
            with database.transaction() as writing:
                remember_refusal(writing, refused, at)
        except DATABASE_DOWN as down:
            log.warning("refusal_not_kept", error=str(down).splitlines()[0])

    @after_this_request
    def then(response: Response) -> Response:
        response.call_on_close(remember)
        return response


def _read_body() -> bytes:
    """The body as sent; raises a 413 past the limit, where it is announced before any of it is read."""
    body = request.get_data(cache=False)
    # Werkzeug cuts off at the limit what comes in chunks of unannounced length, and says nothing.
    if (
        len(body) == request.max_content_length
        and request.content_length is None
        and request.environ["wsgi.input"].read(1)
    ):
        raise RequestEntityTooLarge
    return body
