"""Signing a target for people: we sign and ask the partners, a liaison signs on whatever device."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.indicators import queries
from services.metrics.indicators.pages.blueprint import KPIS, pages
from services.metrics.indicators.service.signing import SIGNING, propose_target, read_signing, sign_target
from services.metrics.indicators.words import tell_terms
from services.metrics.known.queries import get_campaign, name_organisations
from shared.errors import Conflict, NotFound
from shared.web.context import identity, link, now, session, settings
from shared.web.policy import allow, scoped


@pages.get(f"{KPIS}/<key>/propose")
@allow("targets.propose")
def ask_to_propose(campaign_id: UUID, key: str) -> str:
    return _propose_page(campaign_id, key)


@pages.post(f"{KPIS}/<key>/propose")
@allow("targets.propose")
def propose(campaign_id: UUID, key: str) -> Response | tuple[str, int]:
    try:
        digest, base_url = request.form.get("digest", ""), settings().base_url
        signing = propose_target(session(), identity(), campaign_id, key, digest, now(), base_url)
    except Conflict as conflict:
        return _propose_page(campaign_id, key, conflict), conflict.status
    flash(_("It is signed. The partners are asked by mail.") if signing.waits_for else _("It is signed."), "success")
    return redirect(url_for("indicators.show", campaign_id=campaign_id, key=key))


@pages.get(f"{KPIS}/<key>/sign")
@allow("targets.sign")
def ask_to_sign(campaign_id: UUID, key: str) -> str:
    return _sign_page(campaign_id, key)


@pages.post(f"{KPIS}/<key>/sign")
@allow("targets.sign")
def sign(campaign_id: UUID, key: str) -> Response | tuple[str, int]:
    try:
        sign_target(session(), identity(), campaign_id, key, request.form.get("digest", ""), now())
    except Conflict as conflict:
        return _sign_page(campaign_id, key, conflict), conflict.status
    flash(_("Thank you: your signature is on record."), "success")
    return redirect(url_for("indicators.ask_to_sign", campaign_id=campaign_id, key=key))


@pages.get("/targets/s/<secret>")
@scoped(SIGNING)
def look_by_link(secret: str) -> str:
    return _link_page(queries.get_visible_kpi(session(), identity(), link().subject_id))


@pages.post("/targets/s/<secret>")
@scoped(SIGNING)
def sign_by_link(secret: str) -> Response | tuple[str, int]:
    kpi = queries.get_visible_kpi(session(), identity(), link().subject_id)
    try:
        sign_target(session(), identity(), kpi.campaign_id, kpi.key, request.form.get("digest", ""), now())
    except Conflict as conflict:
        return _link_page(kpi, conflict), conflict.status
    flash(_("Thank you: your signature is on record."), "success")
    return redirect(url_for("indicators.look_by_link", secret=secret))


def _link_page(kpi: Any, conflict: Conflict | None = None) -> str:
    return _sign_page(kpi.campaign_id, kpi.key, conflict, "indicators/by_link.html")


def _propose_page(campaign_id: UUID, key: str, conflict: Conflict | None = None) -> str:
    return render_template("indicators/propose.html", conflict=conflict, **_lay_out(campaign_id, key))


def _sign_page(
    campaign_id: UUID, key: str, conflict: Conflict | None = None, template: str = "indicators/sign.html"
) -> str:
    layout = _lay_out(campaign_id, key)
    organisation_id = identity().organisation_id
    if organisation_id not in layout["signing"].theirs:
        raise NotFound("This KPI is not for your organisation to sign.")
    own = layout["signing"].theirs[organisation_id]
    return render_template(template, conflict=conflict, own=own, **layout)


def _lay_out(campaign_id: UUID, key: str) -> dict[str, Any]:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    signing = read_signing(session(), kpi)
    names = name_organisations(session(), signing.theirs)
    return {
        "campaign": get_campaign(session(), identity(), campaign_id),
        "kpi": kpi,
        "signing": signing,
        "names": names,
        "us": settings().brand_name,
        "terms": tell_terms(kpi, signing.terms, names),
    }
