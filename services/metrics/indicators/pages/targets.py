"""Targets for people: setting another one, with the reason."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.indicators import queries
from services.metrics.indicators.pages.blueprint import KPIS, pages
from services.metrics.indicators.schemas.fields import write_interims
from services.metrics.indicators.schemas.kpis import TargetSchema
from services.metrics.indicators.service.targets import change_target
from services.metrics.known.queries import get_campaign
from shared.errors import Stale
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version


@pages.get(f"{KPIS}/<key>/target")
@allow("kpis.edit")
def edit_target(campaign_id: UUID, key: str) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    values = {"target": kpi.target, "interims": write_interims(kpi.interims)}
    return _target_page(campaign_id, key, BoundForm(TargetSchema(), values))


@pages.post(f"{KPIS}/<key>/target")
@allow("kpis.edit")
def set_target(campaign_id: UUID, key: str) -> Saved:
    def save(wanted: Any) -> Response:
        kpi = change_target(session(), identity(), campaign_id, key, seen_version(), now(), **wanted)
        flash(_("The target of %(kpi)s is changed.", kpi=kpi.name), "success")
        return redirect(url_for("indicators.show", campaign_id=campaign_id, key=key))

    return save_form(TargetSchema(), save, partial(_target_page, campaign_id, key))


def _target_page(campaign_id: UUID, key: str, form: BoundForm, stale: Stale | None = None) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("indicators/target.html", campaign=campaign, kpi=kpi, form=form, stale=stale)
