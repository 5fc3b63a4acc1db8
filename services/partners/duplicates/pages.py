"""Two records of one organisation, side by side, and making them one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.duplicates.service import merging, pointers
from services.partners.organisations import queries
from services.partners.organisations.sheet import SheetSchema, name_fields, write_row
from shared.errors import Conflict
from shared.tables.cells import say_cell
from shared.web.context import identity, identity_or_none, now, session
from shared.web.policy import allow

pages = Blueprint("duplicates", __name__, url_prefix="/partners/organisations", template_folder="templates")


@dataclass(frozen=True)
class Pair:
    """One field of both records, as texts; the one that has something is kept unless told otherwise."""

    name: str
    label: str
    kept: str
    other: str

    @property
    def differs(self) -> bool:
        return self.kept != self.other

    @property
    def takes_other(self) -> bool:
        return self.differs and not self.kept


@pages.get("/<uuid:organisation_id>/duplicates")
@allow("organisations.edit")
def index(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    search = request.args.get("q", "")[:200].strip()
    likely = queries.find_duplicates(
        session(), identity(), organisation.name, organisation.country, organisation.website,
        organisation.registration_number, without=organisation_id, most=20,
    )  # fmt: skip
    found = queries.find_organisations(session(), identity(), search=search, cursor=None, limit=20) if search else None
    others = [each for each in found.items if each.id != organisation_id] if found else []
    return render_template(
        "duplicates/index.html", organisation=organisation, likely=likely, others=others, search=search
    )


@pages.get("/<uuid:organisation_id>/merge/<uuid:other_id>")
@allow("organisations.edit")
def compare(organisation_id: UUID, other_id: UUID) -> str:
    return _compare_page(organisation_id, other_id)


@pages.post("/<uuid:organisation_id>/merge/<uuid:other_id>")
@allow("organisations.edit")
def merge(organisation_id: UUID, other_id: UUID) -> Response | tuple[str, int]:
    taken = [name for name in merging.CHOSEN if request.form.get(name) == "other"]
    try:
        survivor = merging.merge_organisations(session(), identity(), organisation_id, other_id, taken, now())
    except Conflict:
        return _compare_page(organisation_id, other_id), 409
    flash(_("The two are one now: %(name)s.", name=survivor.name), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


@pages.after_app_request
def forward(response: Response) -> Response:
    """Lead from the address of a merged organisation to the one that it is now."""
    asked = (request.view_args or {}).get("organisation_id")
    if response.status_code != 404 or request.method != "GET" or not isinstance(asked, UUID) or not request.endpoint:
        return response
    who = identity_or_none()
    survivor_id = queries.find_survivor(session(), asked) if who else None
    if who is None or survivor_id is None or not who.may_see(survivor_id):
        return response
    arguments: dict[str, Any] = {**(request.view_args or {}), "organisation_id": survivor_id}
    return redirect(url_for(request.endpoint, **arguments), 301)


def _compare_page(organisation_id: UUID, other_id: UUID) -> str:
    kept = queries.get_organisation(session(), identity(), organisation_id)
    other = queries.get_organisation(session(), identity(), other_id)
    schema = SheetSchema()
    cells = zip(name_fields(schema).items(), write_row(schema, kept), write_row(schema, other), strict=False)
    pairs = [
        Pair(name, label, say_cell(one), say_cell(another))
        for (name, label), one, another in cells
        if name in merging.CHOSEN and (one, another) != (None, None)
    ]
    return render_template(
        "duplicates/compare.html",
        kept=kept,
        other=other,
        pairs=pairs,
        moving=pointers.count_moving(session(), other_id),
        moved_names=pointers.MOVED_NAMES,
        refusals=[
            pointers.REFUSALS.get(name, name) for name in pointers.find_refusals(session(), organisation_id, other_id)
        ],
        same=organisation_id == other_id,
    )
