"""An organisation's logo: shown, replaced, taken away."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.pages.blueprint import pages, show_form
from services.partners.organisations.schemas import LogoSchema
from shared.errors import NotFound
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.uploads import send_picture, takes_files


@pages.get("/<uuid:organisation_id>/logo")
@allow("organisations.read")
def show_logo(organisation_id: UUID) -> Response:
    sha256 = queries.get_organisation(session(), identity(), organisation_id).logo
    if sha256 is None:
        raise NotFound
    return send_picture(sha256, "logo")


@pages.get("/<uuid:organisation_id>/logo/edit")
@allow("organisations.edit")
def edit_logo(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    return show_form("logo", BoundForm(LogoSchema()), organisation)


@pages.post("/<uuid:organisation_id>/logo/edit")
@allow("organisations.edit")
@takes_files
def change_logo(organisation_id: UUID) -> Response | tuple[str, int]:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    if "remove" in request.form:
        return _keep(organisation_id, None)
    data, form = parse_form(LogoSchema(), request.form, files=request.files)
    if data is None:
        return show_form("logo", form, organisation), 422
    return _keep(organisation_id, data["logo"].sha256)


def _keep(organisation_id: UUID, sha256: str | None) -> Response:
    service.set_logo(session(), identity(), organisation_id, sha256, now())
    flash(_("The logo is saved.") if sha256 else _("The logo is removed."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id, _anchor="presence"))
