"""What came of what a partner reported: read, answered, used. The same page for staff, the liaison and by link."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.partners.known.queries import list_campaigns, name_campaigns
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import name_people
from services.partners.reciprocity import queries, service
from services.partners.reciprocity.schemas import USE_NAMES, FigureUseSchema, OutcomeQuery
from services.partners.submissions.queries import find_reports, map_replies
from services.partners.submissions.service.answering import PURPOSE, find_told
from shared.errors import Conflict, Invalid
from shared.markdown import render_html
from shared.web.answers import parse_query
from shared.web.context import identity, link, now, session, settings, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, scoped

pages = Blueprint("outcomes", __name__, url_prefix="/partners", template_folder="templates")
#: So many uses stand above the reports.
LATEST = 5


@pages.get("/organisations/<uuid:organisation_id>/came-of-it")
@allow("reciprocity.read")
def show(organisation_id: UUID) -> str:
    return render_template("reciprocity/show.html", **_tell_outcomes(organisation_id))


@pages.get("/came-of-it/s/<secret>")
@scoped(PURPOSE)
def show_by_link(secret: str) -> str:
    return render_template("reciprocity/by_link.html", **_tell_outcomes(link().subject_id))


@pages.get("/organisations/<uuid:organisation_id>/came-of-it/new")
@allow("reciprocity.edit")
def new(organisation_id: UUID) -> str:
    given = {"use": "report", "used_on": today().isoformat()}
    return _form_page(organisation_id, BoundForm(FigureUseSchema(), given, choices=_choices(organisation_id)))


@pages.post("/organisations/<uuid:organisation_id>/came-of-it/new")
@allow("reciprocity.edit")
def tell(organisation_id: UUID) -> str | Response | tuple[str, int]:
    """First what will happen is shown; `confirmed` says whether a mail is to go out."""
    details, form = parse_form(FigureUseSchema(), request.form, choices=_choices(organisation_id))
    if details is None:
        return _form_page(organisation_id, form), 422
    if details["used_on"] > today():
        form = form.with_errors({"used_on": _("This day is yet to come. Write it down once it was used.")})
        return _form_page(organisation_id, form), 422
    confirmed = request.form.get("confirmed")
    if confirmed not in ("mail", "quiet"):
        return _confirm_page(organisation_id, form, details)
    mail = confirmed == "mail"
    try:
        service.tell_use(
            session(), identity(), organisation_id, now(), today(), settings().base_url, mail=mail, **details
        )
    except Invalid as invalid:
        return _form_page(organisation_id, form.with_errors(invalid.fields)), 422
    except Conflict as refused:
        flash(refused.detail, "danger")
    else:
        flash(_("Kept, and the mail is on its way.") if mail else _("Kept. The partner finds it here."), "success")
    return redirect(url_for("outcomes.show", organisation_id=organisation_id))


@pages.get("/figure-uses/<uuid:use_id>/withdraw")
@allow("reciprocity.edit")
def ask_to_withdraw(use_id: UUID) -> str:
    found = queries.get_use(session(), identity(), use_id)
    organisation = get_organisation(session(), identity(), found.organisation_id)
    return render_template("reciprocity/withdraw.html", use=found, organisation=organisation)


@pages.post("/figure-uses/<uuid:use_id>/withdraw")
@allow("reciprocity.edit")
def withdraw(use_id: UUID) -> Response:
    found = queries.get_use(session(), identity(), use_id)
    try:
        service.withdraw_use(session(), identity(), use_id, now())
    except Conflict as refused:
        flash(refused.detail, "warning")
    else:
        flash(_("Taken back. The partner does not see it any more."), "success")
    return redirect(url_for("outcomes.show", organisation_id=found.organisation_id))


def _tell_outcomes(organisation_id: UUID) -> dict[str, Any]:
    """What the page shows: the latest uses and a page of reports, or a page of uses alone."""
    asked = parse_query(OutcomeQuery())
    organisation = get_organisation(session(), identity(), organisation_id)
    place = {"cursor": asked["cursor"], "limit": asked["limit"]}
    all_uses = asked["show"] == "uses"
    uses = queries.find_uses(
        session(), identity(), organisation_id, **(place if all_uses else {"cursor": None, "limit": LATEST})
    )
    reports = None if all_uses else find_reports(session(), organisation_id, **place)
    told: Sequence[Any] = reports.items if reports else ()
    replies = map_replies(session(), [each.id for each in told])
    people = {each.reader_id for each in told} | {each.person_id for found in replies.values() for each in found}
    campaigns = {each.campaign_id for each in uses.items} | {each.campaign_id for each in told}
    return {
        "organisation": organisation,
        "uses": uses,
        "reports": reports,
        "first": asked["cursor"] is None,
        "used": queries.count_uses(session(), identity(), organisation_id),
        "replies": replies,
        "draw": _draw_text,
        "people": name_people(session(), [each for each in people if each]),
        "campaigns": name_campaigns(session(), [each for each in campaigns if each]),
        "use_names": USE_NAMES,
    }


def _choices(organisation_id: UUID) -> dict[str, list[tuple[UUID, str]]]:
    get_organisation(session(), identity(), organisation_id)
    return {"campaign_id": [(each.id, each.title) for each in list_campaigns(session(), organisation_id)]}


def _form_page(organisation_id: UUID, form: BoundForm) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template("reciprocity/form.html", form=form, organisation=organisation)


def _confirm_page(organisation_id: UUID, form: BoundForm, details: dict[str, Any]) -> str:
    return render_template(
        "reciprocity/confirm.html",
        form=form,
        details=details,
        text=_draw_text(details["text"]),
        use_names=USE_NAMES,
        liaison=find_told(session(), organisation_id),
        organisation=get_organisation(session(), identity(), organisation_id),
    )


def _draw_text(text: str) -> Markup:
    """What people wrote in Markdown, as HTML of a few harmless tags."""
    return Markup(render_html(text))  # noqa: S704
