"""Public pages for those who make them: the list, the form, the address told once, and the end."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.indicators.queries import list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.sharing import queries, service
from services.metrics.sharing.models import PublicPage
from services.metrics.sharing.pages.blueprint import pages, see_publicly
from services.metrics.sharing.schemas import EMBEDDING_NAMES, PublicPageSchema
from services.metrics.sharing.view import name_addresses, write_frame
from services.metrics.sharing.words import tell_history
from shared.database.history import list_history
from shared.errors import Conflict, Stale
from shared.web.answers import PageQuery, parse_query
from shared.web.context import identity, now, session, settings
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, decide_form, seen_version

PLACE = "/campaigns/<uuid:campaign_id>/public-pages"
ONE = PLACE + "/<uuid:public_page_id>"


@pages.get(PLACE)
@allow("sharing.read")
def index(campaign_id: UUID) -> str:
    return render_template(
        "sharing/index.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        page=queries.find_public_pages(session(), identity(), campaign_id, **parse_query(PageQuery())),
        names=_name_kpis(campaign_id),
    )


@pages.get(PLACE + "/new")
@allow("sharing.edit")
def new(campaign_id: UUID) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    given = {"heading": campaign.title[:120], "kpis": list(_name_kpis(campaign_id)), "embedding": "nobody"}
    return _form_page(campaign_id, BoundForm(PublicPageSchema(), given, choices=_choose(campaign_id)))


@pages.post(PLACE + "/new")
@allow("sharing.edit")
def create(campaign_id: UUID) -> Saved:
    def save(wanted: Any) -> Response:
        made = service.make_page(session(), identity(), campaign_id, now(), **wanted)
        return Response(_show_page(made.page, made), mimetype="text/html")

    return decide_form(PublicPageSchema(), save, partial(_form_page, campaign_id), choices=_choose(campaign_id))


@pages.get(ONE)
@allow("sharing.read")
def show(campaign_id: UUID, public_page_id: UUID) -> str:
    return _show_page(_get(campaign_id, public_page_id))


@pages.get(ONE + "/preview")
@allow("sharing.read")
def preview(campaign_id: UUID, public_page_id: UUID) -> str:
    return render_template("sharing/public.html", previewed=True, **see_publicly(_get(campaign_id, public_page_id)))


@pages.get(ONE + "/edit")
@allow("sharing.edit")
def edit(campaign_id: UUID, public_page_id: UUID) -> str:
    page = _get(campaign_id, public_page_id)
    form = BoundForm(PublicPageSchema(), PublicPageSchema().dump(page), choices=_choose(campaign_id))
    return _form_page(campaign_id, form, page=page)


@pages.post(ONE + "/edit")
@allow("sharing.edit")
def change(campaign_id: UUID, public_page_id: UUID) -> Saved:
    page = _get(campaign_id, public_page_id)

    def save(wanted: Any) -> Response:
        service.change_page(session(), identity(), campaign_id, public_page_id, seen_version(), now(), **wanted)
        flash(_("The page shows it so from now on, at the same address."), "success")
        return redirect(url_for("sharing.show", campaign_id=campaign_id, public_page_id=public_page_id))

    return decide_form(
        PublicPageSchema(), save, partial(_form_page, campaign_id, page=page), choices=_choose(campaign_id)
    )


@pages.get(ONE + "/renew")
@allow("sharing.edit")
def ask_to_renew(campaign_id: UUID, public_page_id: UUID) -> str:
    return _ask("sharing/renew.html", campaign_id, public_page_id)


@pages.post(ONE + "/renew")
@allow("sharing.edit")
def renew(campaign_id: UUID, public_page_id: UUID) -> str:
    made = service.renew_address(session(), identity(), campaign_id, public_page_id, now())
    return _show_page(made.page, made)


@pages.get(ONE + "/revoke")
@allow("sharing.edit")
def ask_to_revoke(campaign_id: UUID, public_page_id: UUID) -> str:
    return _ask("sharing/revoke.html", campaign_id, public_page_id)


@pages.post(ONE + "/revoke")
@allow("sharing.edit")
def revoke(campaign_id: UUID, public_page_id: UUID) -> Response:
    page = service.revoke_page(session(), identity(), campaign_id, public_page_id, now())
    flash(_("“%(heading)s” is taken down: its address leads nowhere any more.", heading=page.heading), "success")
    return redirect(url_for("sharing.index", campaign_id=campaign_id))


def _get(campaign_id: UUID, public_page_id: UUID) -> PublicPage:
    return queries.get_public_page(session(), identity(), campaign_id, public_page_id)


def _name_kpis(campaign_id: UUID) -> dict[str, str]:
    return {kpi.key: kpi.name for kpi in list_kpis(session(), campaign_id)}


def _choose(campaign_id: UUID) -> dict[str, list[tuple[str, str]]]:
    return {"kpis": list(_name_kpis(campaign_id).items())}


def _form_page(
    campaign_id: UUID, form: BoundForm, page: PublicPage | None = None, problem: Conflict | Stale | None = None
) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("sharing/form.html", campaign=campaign, form=form, public=page, problem=problem)


def _show_page(page: PublicPage, made: service.NewAddress | None = None) -> str:
    address, embed = name_addresses(settings().base_url, made.secret) if made else ("", "")
    names = _name_kpis(page.campaign_id)
    return render_template(
        "sharing/show.html",
        campaign=get_campaign(session(), identity(), page.campaign_id),
        public=page,
        address=address,
        frame=write_frame(page.heading, embed) if made else "",
        kpis=[names[key] for key in page.kpis if key in names],
        embeddings=EMBEDDING_NAMES,
        entries=tell_history(list_history(session(), page.id)),
    )


def _ask(template: str, campaign_id: UUID, public_page_id: UUID) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template(template, campaign=campaign, public=_get(campaign_id, public_page_id))
