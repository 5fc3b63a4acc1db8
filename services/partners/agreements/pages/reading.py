"""Finding and reading agreements."""

from uuid import UUID

from flask import Response, abort, render_template, request

from services.partners.agreements import queries
from services.partners.agreements.models import Side, VersionState
from services.partners.agreements.pages.blueprint import lay_out, pages, send_pdf
from services.partners.agreements.schemas import (
    STATE_NAMES,
    STATE_TONES,
    VERSION_NAMES,
    VERSION_TONES,
    AgreementQuery,
    OurAcceptanceSchema,
    ReplySchema,
)
from services.partners.agreements.story import list_next_steps, tell_history
from services.partners.agreements.terms import find_gaps
from services.partners.agreements.wording import compare_terms
from services.partners.organisations.queries import get_organisation, name_organisations
from shared.database.history import list_history
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow


@pages.get("/agreements")
@allow("agreements.read")
def index() -> str:
    wanted = parse_query(AgreementQuery())
    page = queries.find_agreements(session(), identity(), **wanted)
    filters = {name: wanted[name] for name in ("search", "state", "organisation")}
    return render_template(
        "agreements/index.html",
        page=page,
        wanted=wanted,
        next_address=next_address(page),
        total=queries.count_agreements(session(), identity(), **filters),
        filtered=any(filters.values()),
        organisations=name_organisations(session(), [each.organisation_id for each in page.items]),
        latest=queries.list_latest(session(), page.items),
        states=STATE_NAMES,
        tones=STATE_TONES,
        version_states=VERSION_NAMES,
        version_tones=VERSION_TONES,
    )


@pages.get("/organisations/<uuid:organisation_id>/agreements")
@allow("agreements.read")
def of_organisation(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    wanted = parse_query(AgreementQuery(exclude=["organisation"]))
    page = queries.find_agreements(session(), identity(), organisation=organisation_id, **wanted)
    return render_template(
        "agreements/of_organisation.html",
        organisation=organisation,
        page=page,
        next_address=next_address(page),
        latest=queries.list_latest(session(), page.items),
        states=STATE_NAMES,
        tones=STATE_TONES,
        version_states=VERSION_NAMES,
        version_tones=VERSION_TONES,
    )


@pages.get("/agreements/<uuid:agreement_id>")
@allow("agreements.read")
def show(agreement_id: UUID) -> str:
    return _show(agreement_id, None)


@pages.get("/agreements/<uuid:agreement_id>/versions/<int:number>")
@allow("agreements.read")
def show_version(agreement_id: UUID, number: int) -> str:
    return _show(agreement_id, number)


@pages.get("/agreements/<uuid:agreement_id>/versions/<int:number>/changes")
@allow("agreements.read")
def show_changes(agreement_id: UUID, number: int) -> str:
    agreement = queries.get_agreement(session(), identity(), agreement_id)
    layout = lay_out(agreement, number)
    earlier = [each for each in layout["versions"] if each.number < number]
    since = request.args.get("since", type=int, default=earlier[0].number if earlier else 0)
    former = next((each for each in earlier if each.number == since), None)
    if former is None:
        abort(404)
    changes = compare_terms(former.terms, layout["version"].terms, layout["us"], layout["organisation"]["name"])
    return render_template("agreements/changes.html", **{**layout, "former": former, "changes": changes})


@pages.get("/agreements/<uuid:agreement_id>/versions/<int:number>/agreement.pdf")
@allow("agreements.read")
def show_pdf(agreement_id: UUID, number: int) -> Response:
    agreement = queries.get_agreement(session(), identity(), agreement_id)
    return send_pdf(agreement, queries.get_version(session(), identity(), agreement, number))


def _show(agreement_id: UUID, number: int | None) -> str:
    agreement = queries.get_agreement(session(), identity(), agreement_id)
    layout = lay_out(agreement, number)
    version = layout["version"]
    newest, offered = version.number == agreement.latest, version.state == VersionState.OFFERED
    waiting = offered and (Side.US if identity().is_staff else Side.PARTNER) not in layout["accepted"]
    given = {"digest": version.digest}
    schema = OurAcceptanceSchema() if identity().is_staff else ReplySchema()
    return render_template(
        "agreements/show.html",
        **layout,
        newest=newest,
        gaps=find_gaps(version.terms) if version.state == VersionState.DRAFT else [],
        steps=list_next_steps(agreement, version, layout["accepted"], today()) if newest else [],
        form=BoundForm(schema, given) if waiting else None,
        entries=tell_history(list_history(session(), agreement_id)) if identity().is_staff else [],
    )
