"""Campaigns for people."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.campaigns.campaigns import queries, service
from services.campaigns.campaigns.models import Campaign
from services.campaigns.campaigns.schemas import (
    CAUSE_NAMES,
    STATUS_NAMES,
    CampaignForm,
    CampaignQuery,
    CampaignSchema,
    PickedSchema,
    PickerQuery,
)
from services.campaigns.campaigns.story import list_next_steps, tell_history, tell_partners, tell_progress
from services.campaigns.known import queries as known
from shared.database.history import list_history
from shared.errors import Conflict, NotFound
from shared.identity import STAFF, Identity
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm, parse_form
from shared.web.live import Topic
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("campaigns", __name__, url_prefix="/campaigns", template_folder="templates")


@pages.get("/")
@allow("campaigns.read")
def index() -> str:
    wanted = parse_query(CampaignQuery())
    filters = {name: wanted[name] for name in ("search", "status", "cause", "partner")}
    page = queries.find_campaigns(session(), identity(), today(), **wanted)
    concerned = {partner for campaign in page.items for partner in campaign.partners}
    if wanted["partner"] and identity().is_staff:
        # A liaison learns only the names of those they work with: an id in the address is no introduction.
        concerned.add(wanted["partner"])
    return render_template(
        "campaigns/index.html",
        page=page,
        wanted=wanted,
        filtered=any(filters.values()),
        total=queries.count_campaigns(session(), identity(), today(), **filters),
        next_address=next_address(page),
        names=known.name_organisations(session(), concerned),
        tell_partners=tell_partners,
        today=today(),
        causes=CAUSE_NAMES,
        statuses=STATUS_NAMES,
    )


@pages.get("/new")
@allow("campaigns.edit")
def new() -> str:
    form = BoundForm(CampaignForm(), {"owner_id": identity().person_id}, choices=_owners())
    return _form_page(form)


@pages.post("/new")
@allow("campaigns.edit")
def create() -> Saved:
    def save(details: Any) -> Response:
        campaign = service.create_campaign(session(), identity(), now(), **details)
        flash(_("%(title)s is set up. Add the partners that take part.", title=campaign.title), "success")
        return redirect(url_for("campaigns.show", campaign_id=campaign.id))

    return save_form(CampaignForm(), save, _form_page, choices=_owners())


@pages.get("/<uuid:campaign_id>")
@allow("campaigns.read")
def show(campaign_id: UUID) -> str:
    return render_template("campaigns/show.html", **_overview(session(), identity(), campaign_id))


@pages.get("/<uuid:campaign_id>/edit")
@allow("campaigns.edit")
def edit(campaign_id: UUID) -> str:
    campaign = queries.get_campaign(session(), identity(), campaign_id)
    return _form_page(_form_of(campaign), campaign=campaign)


@pages.post("/<uuid:campaign_id>/edit")
@allow("campaigns.edit")
def change(campaign_id: UUID) -> Saved:
    campaign = queries.get_campaign(session(), identity(), campaign_id)

    def save(details: Any) -> Response:
        service.change_campaign(session(), identity(), campaign_id, seen_version(), now(), **details)
        flash(_("The details are saved."), "success")
        return redirect(url_for("campaigns.show", campaign_id=campaign_id))

    def page(form: BoundForm, **context: object) -> str:
        return _form_page(form, campaign=campaign, there=_list_differences(form, _form_of(campaign)), **context)

    return save_form(CampaignForm(), save, page, choices=_owners(campaign))


@pages.get("/<uuid:campaign_id>/partners/add")
@allow("campaigns.edit")
def pick_partners(campaign_id: UUID) -> str:
    campaign = queries.get_campaign(session(), identity(), campaign_id)
    found = _find_candidates(campaign)
    return _picker_page(campaign, found, BoundForm(PickedSchema(), choices=_candidates(found)))


@pages.post("/<uuid:campaign_id>/partners/add")
@allow("campaigns.edit")
def add_partners(campaign_id: UUID) -> Response | tuple[str, int]:
    campaign = queries.get_campaign(session(), identity(), campaign_id)
    found = _find_candidates(campaign)
    picked, form = parse_form(PickedSchema(), request.form, choices=_candidates(found))
    if picked is None:
        return _picker_page(campaign, found, form), 422
    try:
        added = service.add_partners(session(), identity(), campaign_id, picked["organisations"], now())
    except Conflict as conflict:
        return _picker_page(campaign, found, form.with_errors({"organisations": conflict.detail})), 409
    flash(ngettext("One partner is added.", "%(num)s partners are added.", len(added)), "success")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


@pages.get("/<uuid:campaign_id>/partners/<uuid:organisation_id>/remove")
@allow("campaigns.edit")
def ask_to_remove(campaign_id: UUID, organisation_id: UUID) -> str:
    campaign = queries.get_campaign(session(), identity(), campaign_id)
    if organisation_id not in campaign.partners:
        raise NotFound(_("This organisation does not take part in the campaign."))
    name = known.name_organisations(session(), [organisation_id]).get(organisation_id)
    return render_template("campaigns/remove.html", campaign=campaign, organisation_id=organisation_id, name=name)


@pages.post("/<uuid:campaign_id>/partners/<uuid:organisation_id>/remove")
@allow("campaigns.edit")
def remove_partner(campaign_id: UUID, organisation_id: UUID) -> Response:
    service.remove_partner(session(), identity(), campaign_id, organisation_id, now())
    flash(_("The partner is removed."), "success")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


def render_overview(session: Any, who: Identity, campaign_id: UUID) -> str:
    """The part of a campaign's page that is kept up to date; it holds no form, because several people share it."""
    return render_template("campaigns/overview.html", **_overview(session, who, campaign_id))


TOPICS = (
    Topic(
        "campaigns/<uuid:campaign_id>",
        "campaigns.read",
        service.channel_of,
        render_overview,
        # What one may do decides which links are there.
        audience=lambda who: (who.role, who.organisation_id, who.locale, who.time_zone),
    ),
)


def _overview(session: Any, who: Identity, campaign_id: UUID) -> dict[str, Any]:
    campaign = queries.get_campaign(session, who, campaign_id)
    names = known.name_organisations(session, campaign.partners)
    owner = known.find_person(session, campaign.owner_id)
    # Nothing heard of the owner yet is no reason to doubt them: they created the campaign.
    can_sign_in = owner is None or (owner.active and owner.role in STAFF)
    return {
        "campaign": campaign,
        "names": names,
        "status": campaign.status_on(today()),
        "progress_made": tell_progress(campaign, today()),
        "next_steps": list_next_steps(campaign, today(), names, owner_can_sign_in=can_sign_in),
        "entries": tell_history(list_history(session, campaign_id)),
        "causes": CAUSE_NAMES,
        "statuses": STATUS_NAMES,
    }


def _form_of(campaign: Campaign) -> BoundForm:
    return BoundForm(CampaignForm(), CampaignSchema().dump(campaign), choices=_owners(campaign))


def _form_page(form: BoundForm, **context: object) -> str:
    return render_template("campaigns/form.html", form=form, **{"campaign": None, **context})


def _owners(campaign: Campaign | None = None) -> dict[str, list[tuple[UUID, str]]]:
    """Staff to choose from; oneself and the present owner also when partners' news of them has not arrived."""
    owners = {person.id: person.name for person in known.list_staff(session())}
    owners.setdefault(identity().person_id, identity().name)
    if campaign is not None:
        owners.setdefault(campaign.owner_id, campaign.owner_name)
    return {"owner_id": sorted(owners.items(), key=lambda pair: pair[1].casefold())}


def _list_differences(typed: BoundForm, there: BoundForm) -> list[tuple[Any, str]]:
    """The fields whose saved value is another than the typed one: their labels and what is saved."""
    different = [field for field in there if field.values != typed[field.name].values]
    return [
        (field.label, ", ".join(str(each.label) for each in field.choices if each.value in field.values) or field.value)
        for field in different
    ]


def _find_candidates(campaign: Campaign) -> Any:
    return known.find_organisations(session(), without=campaign.partners, **parse_query(PickerQuery()))


def _candidates(found: Any) -> dict[str, list[tuple[UUID, str]]]:
    return {"organisations": [(each.id, each.name) for each in found.items]}


def _picker_page(campaign: Campaign, found: Any, form: BoundForm) -> str:
    search = parse_query(PickerQuery())["search"]
    return render_template("campaigns/picker.html", campaign=campaign, found=found, form=form, search=search)
