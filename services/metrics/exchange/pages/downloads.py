"""Taking figures and results out as files."""

from uuid import UUID

from flask import Response

from services.metrics.exchange.pages.blueprint import pages
from services.metrics.exchange.schemas import ExportQuery, PublisherQuery
from services.metrics.exchange.service import making
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, settings, today
from shared.web.policy import allow
from shared.web.uploads import send_temporary


@pages.get("/template.xlsx")
@allow("figures.exchange")
def template(campaign_id: UUID) -> Response:
    """An empty sheet for the campaign's figures, with drop-downs and an explanation."""
    return _send(making.make_template(session(), identity(), campaign_id))


@pages.get("/figures.<any(csv, xlsx, json):file_kind>")
@allow("figures.read")
def export(campaign_id: UUID, file_kind: str) -> Response:
    """The figures that one may see, or what the filters leave of them."""
    wanted = parse_query(ExportQuery())
    return _send(making.make_figures(session(), identity(), campaign_id, file_kind, wanted, today()))


@pages.get("/results.xml")
@allow("figures.read")
def export_results(campaign_id: UUID) -> Response:
    """The campaign's results as IATI 2.03."""
    publisher = parse_query(PublisherQuery())["publisher"]
    return _send(making.make_results(session(), identity(), campaign_id, publisher, settings().brand_name, now()))


def _send(made: making.Made) -> Response:
    return send_temporary(made.file, made.media_type, made.name)
