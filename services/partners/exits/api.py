"""Exit packs for programs."""

from typing import Any
from uuid import UUID

from flask import Response

from services.partners.exits import queries, service
from services.partners.exits.schemas import ExitPackSchema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow
from shared.web.uploads import send_stored

api = Blueprint(
    "exits_api", __name__, url_prefix="/partners/api/v1", description="What an organisation contributed, to take along"
)


@api.get("/organisations/<uuid:organisation_id>/exit-packs")
@allow("exits.take")
@api.response(200, ExitPackSchema(many=True))
def list_packs(organisation_id: UUID) -> Any:
    """The packs that are being gathered or can be taken, newest first."""
    return queries.list_packs(session(), identity(), organisation_id)


@api.post("/organisations/<uuid:organisation_id>/exit-packs")
@allow("exits.take")
@api.response(202, ExitPackSchema)
def ask_pack(organisation_id: UUID) -> Any:
    """Have a pack gathered; while one is, it is that one. Look at it again until it is ready."""
    return service.ask_pack(session(), identity(), organisation_id, now())


@api.get("/exit-packs/<uuid:pack_id>")
@allow("exits.take")
@api.response(200, ExitPackSchema)
def show_pack(pack_id: UUID) -> Any:
    """One pack."""
    return queries.get_pack(session(), identity(), pack_id)


@api.post("/exit-packs/<uuid:pack_id>/download")
@allow("exits.take")
@api.response(200, content_type="application/zip")
def take_pack(pack_id: UUID) -> Response:
    """The pack as a ZIP; that it was taken is noted, hence a POST."""
    return send_stored(service.take_pack(session(), identity(), pack_id, now()))
