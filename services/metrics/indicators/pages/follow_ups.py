"""Follow-ups for people: asking months after the campaign whether what was reached lasts."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.metrics.indicators import queries
from services.metrics.indicators.pages.blueprint import KPIS, pages
from services.metrics.indicators.schemas.kpis import FollowUpSchema
from services.metrics.indicators.service.follow_ups import add_follow_ups
from services.metrics.known.queries import get_campaign
from shared.errors import Stale
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form


@pages.get(f"{KPIS}/<key>/follow-ups")
@allow("kpis.edit")
def choose_follow_ups(campaign_id: UUID, key: str) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    return _page(campaign_id, key, BoundForm(FollowUpSchema(), {"target": kpi.target, "months": [3, 6, 12]}))


@pages.post(f"{KPIS}/<key>/follow-ups")
@allow("kpis.edit")
def add(campaign_id: UUID, key: str) -> Saved:
    def save(wanted: Any) -> Response:
        made = add_follow_ups(session(), identity(), campaign_id, key, now(), **wanted)
        flash(ngettext("One follow-up is added.", "%(num)s follow-ups are added.", len(made)), "success")
        return redirect(url_for("indicators.show", campaign_id=campaign_id, key=key))

    return save_form(FollowUpSchema(), save, partial(_page, campaign_id, key))


def _page(campaign_id: UUID, key: str, form: BoundForm, stale: Stale | None = None) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("indicators/follow_ups.html", campaign=campaign, kpi=kpi, form=form)
