"""What the pages of proposals share: their blueprint, and how a proposal is laid out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from services.partners.organisations.queries import name_organisations
from services.partners.proposals import queries
from services.partners.proposals.models import Proposal, Side, State, Version
from services.partners.proposals.schemas import REPLY_NAMES, STATE_NAMES, STATE_TONES, WAITING_NAMES
from services.partners.proposals.wording import compare_versions, draw_text, tell_values
from shared.web.context import session, settings
from shared.web.uploads import send_made

pages = Blueprint("proposals", __name__, url_prefix="/partners", template_folder="../templates")
#: How long an organisation usually has to answer.
USUAL_TIME = timedelta(days=14)
WORDS: Mapping[str, Any] = {
    "states": STATE_NAMES,
    "tones": STATE_TONES,
    "waiting_names": WAITING_NAMES,
    "replies": REPLY_NAMES,
}


def name_organisation(proposal: Proposal) -> str:
    return name_organisations(session(), [proposal.organisation_id])[proposal.organisation_id]


def pick_version(versions: list[Version]) -> Version | None:
    """The version that the address asks for, by default the newest; None before one was sent."""
    wanted = request.args.get("version", type=int)
    return next((each for each in versions if wanted in (None, each.number)), versions[0] if versions else None)


def lay_out(proposal: Proposal) -> dict[str, Any]:
    """What the templates need to draw the proposal as both sides see it."""
    versions = list(queries.list_versions(session(), proposal.id))
    version = pick_version(versions)
    former = next((each for each in versions if version and each.number < version.number), None)
    answers = queries.list_answers(session(), versions)
    return {
        "proposal": proposal,
        "versions": versions,
        "version": version,
        "newest": version is None or version.number == proposal.latest,
        "text": draw_text(version) if version else "",
        "values": tell_values(version) if version else [],
        "former": former,
        "changes": compare_versions(former, version) if former and version else [],
        "answers": answers,
        "numbers": {each.id: each.number for each in versions},
        "organisation": {"id": proposal.organisation_id, "name": name_organisation(proposal)},
        "us": settings().brand_name,
        **WORDS,
    }


def is_answerable(layout: Mapping[str, Any]) -> bool:
    """Whether the partner may answer what is shown."""
    version = layout["version"]
    return bool(layout["newest"] and layout["proposal"].state == State.SENT and version and version.side == Side.US)


def send_pdf(content: bytes, name: str) -> Response:
    return send_made(content, "application/pdf", f"{name}.pdf")
