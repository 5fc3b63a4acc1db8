"""What the pages of agreements share: their blueprint, and how an agreement is laid out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from services.partners.agreements import queries
from services.partners.agreements.document import draw_agreement
from services.partners.agreements.models import Agreement, Reply, Version
from services.partners.agreements.schemas import (
    KIND_NAMES,
    REPLY_NAMES,
    STATE_NAMES,
    STATE_TONES,
    VERSION_NAMES,
    VERSION_TONES,
)
from services.partners.agreements.wording import compare_terms, read_terms
from services.partners.organisations.queries import name_organisations
from shared.errors import NotFound
from shared.web.context import identity, session, settings
from shared.web.uploads import send_made

pages = Blueprint("agreements", __name__, url_prefix="/partners", template_folder="../templates")
#: How long a partner usually has to answer.
USUAL_TIME = timedelta(days=14)


def lay_out(agreement: Agreement, number: int | None = None) -> Mapping[str, Any]:
    """What the templates need to draw a version of the agreement, by default the newest that the reader may see.

    Raises `NotFound` if they may see none of that number.
    """
    versions = queries.list_versions(session(), identity(), agreement.id)
    version = next((each for each in versions if number in (None, each.number)), None)
    if version is None:
        raise NotFound
    answers = queries.list_answers(session(), versions)
    former = next((each for each in versions if each.number < version.number and each.offered_at), None)
    us = settings().brand_name
    partner = name_organisations(session(), [agreement.organisation_id])[agreement.organisation_id]
    return {
        "agreement": agreement,
        "version": version,
        "versions": versions,
        "answers": {each.id: [answer for answer in answers if answer.version_id == each.id] for each in versions},
        "accepted": {
            answer.side for answer in answers if answer.version_id == version.id and answer.reply == Reply.ACCEPT
        },
        "parts": read_terms(version.terms, us, partner),
        "former": former,
        "changes": compare_terms(former.terms, version.terms, us, partner) if former else [],
        "organisation": {"id": agreement.organisation_id, "name": partner},
        "us": us,
        "names": {"state": STATE_NAMES, "version": VERSION_NAMES, "kind": KIND_NAMES, "reply": REPLY_NAMES},
        "tones": {"state": STATE_TONES, "version": VERSION_TONES},
    }


def send_pdf(agreement: Agreement, version: Version) -> Response:
    """The version as a document, with the record of who accepted what and when."""
    answers = queries.list_answers(session(), [version])
    names = name_organisations(session(), [agreement.organisation_id])
    pdf = draw_agreement(agreement, version, answers, names[agreement.organisation_id], settings())
    return send_made(pdf, "application/pdf", f"{agreement.title} {version.number}.pdf")
