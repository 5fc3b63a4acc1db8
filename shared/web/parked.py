"""Events that this service could not handle, for an administrator in the browser: look, replay, discard."""

import json
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shared.database.history import note
from shared.errors import Invalid
from shared.messaging.parking import discard_parked, list_parked, replay_parked, show_parked
from shared.web.context import identity, now, session
from shared.web.policy import allow


def parked_blueprint(service: str) -> Blueprint:
    """The pages under /<service>/operations/parked."""
    pages = Blueprint("parked", __name__, url_prefix=f"/{service}/operations/parked")

    @pages.get("")
    @allow("operations.care")
    def index() -> str:
        page = list_parked(session(), cursor=request.args.get("cursor"))
        return render_template("parked/index.html", page=page)

    @pages.get("/<uuid:parked_id>")
    @allow("operations.care")
    def show(parked_id: UUID) -> str:
        return _show(parked_id)

    @pages.post("/<uuid:parked_id>/replay")
    @allow("operations.care")
    def replay(parked_id: UUID) -> Response:
        replay_parked(session(), parked_id, who=identity().name, now=now())
        note(session(), identity(), "replayed a parked event", parked_id, at=now())
        flash(_("It is tried again within a second or two."), "success")
        return redirect(url_for("parked.index"))

    @pages.post("/<uuid:parked_id>/discard")
    @allow("operations.care")
    def discard(parked_id: UUID) -> Response | tuple[str, int]:
        reason = request.form.get("reason", "")
        try:
            discard_parked(session(), parked_id, who=identity().name, reason=reason, now=now())
        except Invalid as invalid:
            return _show(parked_id, problem=invalid.fields["reason"]), 422
        note(session(), identity(), "discarded a parked event", parked_id, at=now(), reason=reason)
        flash(_("Discarded. What waited behind it runs now."), "success")
        return redirect(url_for("parked.index"))

    return pages


def _show(parked_id: UUID, problem: str | None = None) -> str:
    event = show_parked(session(), parked_id)
    payload = json.dumps(event.payload, indent=2, ensure_ascii=False) if event.payload is not None else None
    return render_template("parked/show.html", event=event, payload=payload, problem=problem)
