"""An organisation's webhook keys, and the console that tries one, for people."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.known.queries import list_campaigns, list_kpis, name_campaigns
from services.partners.organisations.queries import get_organisation
from services.partners.submissions import queries
from services.partners.submissions.console import Trial, make_sample, try_delivery
from services.partners.submissions.kinds import KIND_NAMES
from services.partners.submissions.models import MOST_LIVE_KEYS, WebhookKey
from services.partners.submissions.schemas import TrialSchema, WebhookKeySchema
from services.partners.submissions.service import keys as service
from services.partners.submissions.service.intake import door_of
from services.partners.vault import Vault
from shared.errors import Conflict, NotFound
from shared.web.context import identity, now, session, settings, transaction, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

pages = Blueprint(
    "webhook_keys", __name__, url_prefix="/partners/organisations/<uuid:organisation_id>/webhook-keys",
    template_folder="../templates",
)  # fmt: skip


@pages.get("")
@allow("webhook_keys.read")
def index(organisation_id: UUID) -> str:
    return _keys_page(organisation_id, BoundForm(WebhookKeySchema(), choices=_campaigns(organisation_id)))


@pages.post("")
@allow("webhook_keys.edit")
def make(organisation_id: UUID) -> str | tuple[str, int]:
    wanted, form = parse_form(WebhookKeySchema(), request.form, choices=_campaigns(organisation_id))
    if wanted is None:
        return _keys_page(organisation_id, form), 422
    vault = Vault(settings().encryption_key)
    try:
        made = service.make_key(session(), identity(), organisation_id, vault, now(), **wanted)
    except Conflict as conflict:
        flash(conflict.detail, "danger")
        return _keys_page(organisation_id, form), 409
    blank = BoundForm(WebhookKeySchema(), choices=_campaigns(organisation_id))
    return _keys_page(organisation_id, blank, made=made)


@pages.get("/<uuid:key_id>/revoke")
@allow("webhook_keys.edit")
def ask_to_revoke(organisation_id: UUID, key_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    key = queries.get_key(session(), organisation_id, key_id)
    return render_template("submissions/revoke.html", organisation=organisation, key=key)


@pages.post("/<uuid:key_id>/revoke")
@allow("webhook_keys.edit")
def revoke(organisation_id: UUID, key_id: UUID) -> Response:
    key = service.revoke_key(session(), identity(), organisation_id, key_id, now())
    flash(_("“%(name)s” is revoked. Deliveries signed with it are refused from now on.", name=key.name), "success")
    return redirect(url_for("webhook_keys.index", organisation_id=organisation_id))


@pages.get("/<uuid:key_id>/try")
@allow("webhook_keys.edit")
def console(organisation_id: UUID, key_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    key = _get_live(organisation_id, key_id)
    campaigns = list_campaigns(session(), organisation_id)
    kpis = list_kpis(session(), campaigns[0].id) if campaigns else []
    body = make_sample(campaigns[0].id if campaigns else None, kpis[0].key if kpis else None, now())
    return _console_page(organisation, key, BoundForm(TrialSchema(), {"body": body}))


@pages.post("/<uuid:key_id>/try")
@allow("webhook_keys.edit")
def send_trial(organisation_id: UUID, key_id: UUID) -> str | tuple[str, int]:
    organisation = get_organisation(session(), identity(), organisation_id)
    key = _get_live(organisation_id, key_id)
    typed, form = parse_form(TrialSchema(), request.form)
    if typed is None:
        return _console_page(organisation, key, form), 422
    secret = Vault(settings().encryption_key).open(key.sealed_secret)
    # The trial is committed by the door; a transaction of ours would stand in its way.
    transaction().close()
    door = door_of(current_app.extensions)
    return _console_page(organisation, key, form, try_delivery(door, organisation_id, secret, typed["body"], now()))


def _get_live(organisation_id: UUID, key_id: UUID) -> WebhookKey:
    key = queries.get_key(session(), organisation_id, key_id)
    if not key.is_live:
        raise NotFound
    return key


def _campaigns(organisation_id: UUID) -> dict[str, list[tuple[UUID, str]]]:
    return {"campaigns": [(each.id, each.title) for each in list_campaigns(session(), organisation_id)]}


def _address(organisation_id: UUID) -> str:
    return whole_address(f"/partners/webhooks/{organisation_id}")


def _console_page(organisation: Any, key: WebhookKey, form: BoundForm, trial: Trial | None = None) -> str:
    return render_template(
        "submissions/console.html",
        organisation=organisation,
        key=key,
        form=form,
        trial=trial,
        address=_address(organisation.id),
        answer=json.dumps(trial.answer, indent=2, ensure_ascii=False) if trial else "",
    )


def _keys_page(organisation_id: UUID, form: BoundForm, made: service.NewKey | None = None) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    found = queries.list_keys(session(), organisation_id)
    live = [key for key in found if key.is_live]
    return render_template(
        "submissions/keys.html",
        organisation=organisation,
        keys=found,
        full=len(live) >= MOST_LIVE_KEYS,
        # list_keys gives the newest first: the older of two live ones is the one to part with.
        older=live[1] if len(live) == MOST_LIVE_KEYS else None,
        newer=live[0] if live else None,
        form=form,
        made=made,
        address=_address(organisation_id),
        kinds=KIND_NAMES,
        campaigns={
            str(id): title
            for id, title in name_campaigns(session(), {UUID(each) for key in found for each in key.campaigns}).items()
        },
    )
