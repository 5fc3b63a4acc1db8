"""Decisions for people: a campaign's record of them, the latest first."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.campaigns.campaigns.queries import get_campaign
from services.campaigns.decisions import queries, service
from services.campaigns.decisions.models import Decision
from services.campaigns.decisions.schemas import DecisionQuery, DecisionSchema, WithdrawalSchema
from services.campaigns.decisions.story import tell_history
from shared.database.history import list_history
from shared.errors import Conflict
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("decisions", __name__, url_prefix="/campaigns", template_folder="templates")


@pages.get("/<uuid:campaign_id>/decisions")
@allow("campaigns.read")
def index(campaign_id: UUID) -> str:
    wanted = parse_query(DecisionQuery())
    return render_template(
        "decisions/index.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        page=queries.find_decisions(session(), identity(), campaign_id, **wanted),
        total=queries.count_decisions(session(), campaign_id),
        wanted=wanted,
    )


@pages.get("/<uuid:campaign_id>/decisions/new")
@allow("campaigns.edit")
def new(campaign_id: UUID) -> str:
    return _form_page(campaign_id, BoundForm(DecisionSchema(), {"decided_on": today()}))


@pages.post("/<uuid:campaign_id>/decisions/new")
@allow("campaigns.edit")
def create(campaign_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        made = service.record_decision(session(), identity(), campaign_id, now(), today(), **details)
        flash(_("The decision is on record."), "success")
        return redirect(url_for("decisions.show", decision_id=made.id))

    return save_form(DecisionSchema(), save, partial(_form_page, campaign_id))


@pages.get("/decisions/<uuid:decision_id>")
@allow("campaigns.read")
def show(decision_id: UUID) -> str:
    return _show_page(queries.get_decision(session(), identity(), decision_id), BoundForm(WithdrawalSchema()))


@pages.get("/decisions/<uuid:decision_id>/edit")
@allow("campaigns.edit")
def edit(decision_id: UUID) -> str:
    decision = queries.get_decision(session(), identity(), decision_id)
    form = BoundForm(DecisionSchema(), DecisionSchema().dump(decision))
    return _form_page(decision.campaign_id, form, decision=decision)


@pages.post("/decisions/<uuid:decision_id>/edit")
@allow("campaigns.edit")
def change(decision_id: UUID) -> Saved:
    decision = queries.get_decision(session(), identity(), decision_id)

    def save(details: Any) -> Response:
        service.change_decision(session(), identity(), decision_id, seen_version(), now(), today(), **details)
        flash(_("The decision is saved."), "success")
        return redirect(url_for("decisions.show", decision_id=decision_id))

    return save_form(DecisionSchema(), save, partial(_form_page, decision.campaign_id, decision=decision))


@pages.post("/decisions/<uuid:decision_id>/withdraw")
@allow("campaigns.edit")
def withdraw(decision_id: UUID) -> Saved:
    decision = queries.get_decision(session(), identity(), decision_id)

    def save(details: Any) -> Response:
        try:
            service.withdraw_decision(session(), identity(), decision_id, details["reason"], now())
        except Conflict as conflict:
            flash(conflict.detail, "warning")
        else:
            flash(_("The decision is withdrawn. It stays on record."), "success")
        return redirect(url_for("decisions.show", decision_id=decision_id))

    return save_form(WithdrawalSchema(), save, partial(_show_page, decision))


def _show_page(decision: Decision, form: BoundForm) -> str:
    return render_template(
        "decisions/show.html",
        decision=decision,
        campaign=get_campaign(session(), identity(), decision.campaign_id),
        form=form,
        entries=tell_history(list_history(session(), decision.id)),
    )


def _form_page(campaign_id: UUID, form: BoundForm, **context: object) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    given = {"decision": None, "stale": None, **context}
    return render_template("decisions/form.html", form=form, campaign=campaign, **given)
