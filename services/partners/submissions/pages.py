"""An organisation's webhook keys and what was delivered with them, for people."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.submissions import queries
from services.partners.submissions.models import MOST_LIVE_KEYS, Submission
from services.partners.submissions.schemas import (
    STATUS_NAMES,
    STATUS_TONES,
    SubmissionQuery,
    WebhookKeySchema,
)
from services.partners.submissions.service import keys as keys_service
from services.partners.submissions.service.verdicts import topic_of
from services.partners.vault import Vault
from shared.errors import Conflict
from shared.identity import Identity
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, settings
from shared.web.forms import BoundForm, parse_form
from shared.web.live import Topic
from shared.web.policy import allow

pages = Blueprint("submissions", __name__, url_prefix="/partners", template_folder="templates")
#: What is longer is offered as a file, not shown in the page. Bytes.
SHOWN_BODY = 64 * 1024


@dataclass(frozen=True)
class Item:
    """One measurement of a submission; `reason` says why it was rejected, if it was."""

    number: int
    told: dict[str, Any]
    start: date
    end: date
    reason: str | None


@pages.get("/organisations/<uuid:organisation_id>/webhook-keys")
@allow("webhook_keys.read")
def keys(organisation_id: UUID) -> str:
    return _keys_page(organisation_id, BoundForm(WebhookKeySchema()))


@pages.post("/organisations/<uuid:organisation_id>/webhook-keys")
@allow("webhook_keys.edit")
def make_key(organisation_id: UUID) -> str | tuple[str, int]:
    wanted, form = parse_form(WebhookKeySchema(), request.form)
    if wanted is None:
        return _keys_page(organisation_id, form), 422
    vault = Vault(settings().encryption_key)
    try:
        made = keys_service.make_key(session(), identity(), organisation_id, vault, now(), **wanted)
    except Conflict as conflict:
        flash(conflict.detail, "danger")
        return _keys_page(organisation_id, form), 409
    return _keys_page(organisation_id, BoundForm(WebhookKeySchema()), made=made)


@pages.get("/organisations/<uuid:organisation_id>/webhook-keys/<uuid:key_id>/revoke")
@allow("webhook_keys.edit")
def ask_to_revoke(organisation_id: UUID, key_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    key = queries.get_key(session(), organisation_id, key_id)
    return render_template("submissions/revoke.html", organisation=organisation, key=key)


@pages.post("/organisations/<uuid:organisation_id>/webhook-keys/<uuid:key_id>/revoke")
@allow("webhook_keys.edit")
def revoke_key(organisation_id: UUID, key_id: UUID) -> Response:
    key = keys_service.revoke_key(session(), identity(), organisation_id, key_id, now())
    flash(_("“%(name)s” is revoked. Deliveries signed with it are refused from now on.", name=key.name), "success")
    return redirect(url_for("submissions.keys", organisation_id=organisation_id))


@pages.get("/organisations/<uuid:organisation_id>/submissions")
@allow("submissions.read")
def index(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    wanted = parse_query(SubmissionQuery())
    filters = {"search": wanted["search"], "status": wanted["status"]}
    return render_template(
        "submissions/index.html",
        organisation=organisation,
        page=queries.find_submissions(session(), organisation_id, **wanted),
        found=queries.count_submissions(session(), organisation_id, **filters),
        filtered=any(filters.values()),
        wanted=wanted,
        **_state_words(),
    )


@pages.get("/submissions/<uuid:submission_id>")
@allow("submissions.read")
def show(submission_id: UUID) -> str:
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    names = name_organisations(session(), [submission.organisation_id])
    return render_template(
        "submissions/show.html",
        submission=submission,
        organisation_name=names[submission.organisation_id],
        key=queries.get_key(session(), submission.organisation_id, submission.key_id),
        body=_pretty(submission.body) if len(submission.body) <= SHOWN_BODY else None,
        items=_list_items(submission),
        **_state_words(),
    )


@pages.get("/submissions/<uuid:submission_id>/body")
@allow("submissions.read")
def download_body(submission_id: UUID) -> Response:
    """The body byte for byte, as a file: what an outsider sent is never shown as a page of ours."""
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    disposition = f'attachment; filename="submission-{submission_id}.json"'
    return Response(submission.body, mimetype="application/json", headers={"Content-Disposition": disposition})


def render_verdict(reading: Any, who: Identity, submission_id: UUID) -> str:
    """The part of a submission's page that changes when its verdict arrives."""
    submission = queries.get_submission(reading, who, submission_id, with_body=True)
    return render_template(
        "submissions/_verdict.html", submission=submission, items=_list_items(submission), **_state_words()
    )


VERDICT = Topic(
    path="submissions/<uuid:submission_id>",
    permission="submissions.read",
    channel=topic_of,
    render=render_verdict,
)


def _keys_page(organisation_id: UUID, form: BoundForm, made: keys_service.NewKey | None = None) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    found = queries.list_keys(session(), organisation_id)
    return render_template(
        "submissions/keys.html",
        organisation=organisation,
        keys=found,
        full=sum(key.is_live for key in found) >= MOST_LIVE_KEYS,
        form=form,
        made=made,
        address=f"{settings().base_url.rstrip('/')}/partners/webhooks/{organisation_id}",
    )


def _list_items(submission: Submission) -> list[Item]:
    reasons = {each["index"]: each["reason"] for each in submission.rejected}
    told = json.loads(submission.body)["data"]["measurements"]
    items = [
        Item(
            number,
            each,
            date.fromisoformat(each["period_start"]),
            date.fromisoformat(each["period_end"]),
            reasons.get(number - 1),
        )
        for number, each in enumerate(told, start=1)
    ]
    # What someone has to act on comes first; among a thousand items it would not be seen.
    return sorted(items, key=lambda item: item.reason is None)


def _pretty(body: bytes) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def _state_words() -> dict[str, Any]:
    return {"states": STATUS_NAMES, "tones": STATUS_TONES}
