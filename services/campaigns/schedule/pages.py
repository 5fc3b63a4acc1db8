"""Milestones for people."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from services.campaigns.campaigns.queries import get_campaign
from services.campaigns.schedule import queries, service
from services.campaigns.schedule.models import Milestone
from services.campaigns.schedule.schemas import STATE_NAMES, STATE_TONES, DropSchema, MilestoneSchema, ReachedSchema
from services.campaigns.schedule.story import tell_history
from shared.database.history import list_history
from shared.errors import Conflict
from shared.web.answers import PageQuery, parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("schedule", __name__, url_prefix="/campaigns", template_folder="templates")


@pages.get("/<uuid:campaign_id>/milestones")
@allow("campaigns.read")
def index(campaign_id: UUID) -> str:
    wanted = parse_query(PageQuery())
    return render_template(
        "schedule/index.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        page=queries.find_milestones(session(), identity(), campaign_id, **wanted),
        total=queries.count_milestones(session(), campaign_id),
        today=today(),
        states=STATE_NAMES,
        tones=STATE_TONES,
    )


@pages.get("/<uuid:campaign_id>/milestones/new")
@allow("campaigns.edit")
def new(campaign_id: UUID) -> str:
    return _form_page(campaign_id, BoundForm(MilestoneSchema()))


@pages.post("/<uuid:campaign_id>/milestones/new")
@allow("campaigns.edit")
def create(campaign_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        made = service.set_milestone(session(), identity(), campaign_id, now(), **details)
        flash(_("The milestone is set."), "success")
        return redirect(url_for("schedule.show", milestone_id=made.id))

    return save_form(MilestoneSchema(), save, partial(_form_page, campaign_id))


@pages.get("/milestones/<uuid:milestone_id>")
@allow("campaigns.read")
def show(milestone_id: UUID) -> str:
    return _show_page(queries.get_milestone(session(), identity(), milestone_id))


@pages.get("/milestones/<uuid:milestone_id>/edit")
@allow("campaigns.edit")
def edit(milestone_id: UUID) -> str:
    milestone = queries.get_milestone(session(), identity(), milestone_id)
    form = BoundForm(MilestoneSchema(), {"title": milestone.title, "due_on": milestone.due_on})
    return _form_page(milestone.campaign_id, form, milestone=milestone)


@pages.post("/milestones/<uuid:milestone_id>/edit")
@allow("campaigns.edit")
def change(milestone_id: UUID) -> Saved:
    milestone = queries.get_milestone(session(), identity(), milestone_id)

    def save(details: Any) -> Response:
        service.change_milestone(session(), identity(), milestone_id, seen_version(), now(), **details)
        flash(_("The milestone is saved."), "success")
        return redirect(url_for("schedule.show", milestone_id=milestone_id))

    return save_form(MilestoneSchema(), save, partial(_form_page, milestone.campaign_id, milestone=milestone))


@pages.post("/milestones/<uuid:milestone_id>/reached")
@allow("campaigns.edit")
def reach(milestone_id: UUID) -> Saved:
    def settle(details: Any) -> None:
        service.reach_milestone(session(), identity(), milestone_id, now(), today(), **details)
        flash(_("The milestone is reached."), "success")

    return _settle(milestone_id, ReachedSchema(), "reached", settle)


@pages.post("/milestones/<uuid:milestone_id>/dropped")
@allow("campaigns.edit")
def drop(milestone_id: UUID) -> Saved:
    def settle(details: Any) -> None:
        service.drop_milestone(session(), identity(), milestone_id, details["reason"], now())
        flash(_("The milestone is dropped. It stays on record."), "success")

    return _settle(milestone_id, DropSchema(), "dropped", settle)


def _settle(milestone_id: UUID, schema: Schema, name: str, settle: Callable[[Any], None]) -> Saved:
    milestone = queries.get_milestone(session(), identity(), milestone_id)

    def save(details: Any) -> Response:
        try:
            settle(details)
        except Conflict as conflict:
            flash(conflict.detail, "warning")
        return redirect(url_for("schedule.show", milestone_id=milestone_id))

    return save_form(schema, save, lambda form: _show_page(milestone, **{name: form}))


def _show_page(milestone: Milestone, reached: BoundForm | None = None, dropped: BoundForm | None = None) -> str:
    return render_template(
        "schedule/show.html",
        milestone=milestone,
        state=milestone.state_on(today()),
        states=STATE_NAMES,
        tones=STATE_TONES,
        campaign=get_campaign(session(), identity(), milestone.campaign_id),
        reached=reached or BoundForm(ReachedSchema(), {"reached_on": today()}),
        dropped=dropped or BoundForm(DropSchema()),
        entries=tell_history(list_history(session(), milestone.id)),
    )


def _form_page(campaign_id: UUID, form: BoundForm, **context: object) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    given = {"milestone": None, "stale": None, **context}
    return render_template("schedule/form.html", form=form, campaign=campaign, **given)
