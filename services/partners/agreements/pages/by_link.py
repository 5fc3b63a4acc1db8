"""Reading and answering an offer from a scoped link, on whatever device it was opened."""

from functools import partial
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from services.partners.agreements import queries
from services.partners.agreements.models import Agreement, Side, Version, VersionState
from services.partners.agreements.pages.blueprint import lay_out, pages, send_pdf
from services.partners.agreements.schemas import ReplySchema
from services.partners.agreements.service.answering import Said, answer_for_partner
from services.partners.agreements.service.drafting import ANSWERING
from shared.errors import Problem
from shared.web.context import identity, link, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import scoped
from shared.web.saving import Saved, decide_form


@pages.get("/agreements/s/<secret>")
@scoped(ANSWERING)
def read_offer(secret: str) -> str:
    agreement, version = _offered()
    return _page(agreement, version, BoundForm(ReplySchema(), {"digest": version.digest}))


@pages.post("/agreements/s/<secret>")
@scoped(ANSWERING)
def answer_offer(secret: str) -> Saved:
    agreement, version = _offered()

    def answer(given: Any) -> AnyResponse:
        said = Said(**given, link_id=link().id)
        answer_for_partner(session(), identity(), agreement.id, version.number, said, now(), today=today())
        flash(_("Thank you: your answer is on record."), "success")
        return redirect(url_for("agreements.read_offer", secret=secret))

    return decide_form(ReplySchema(), answer, partial(_page, agreement, version))


@pages.get("/agreements/s/<secret>/agreement.pdf")
@scoped(ANSWERING)
def read_offer_as_pdf(secret: str) -> Response:
    return send_pdf(*_offered())


def _offered() -> tuple[Agreement, Version]:
    agreement, version = queries.get_version_by_id(session(), link().subject_id)
    # The link is about one version; that its holder may see it is checked like for anyone.
    queries.get_agreement(session(), identity(), agreement.id)
    return agreement, version


def _page(agreement: Agreement, version: Version, form: BoundForm, problem: Problem | None = None) -> str:
    layout = lay_out(agreement, version.number)
    waiting = version.state == VersionState.OFFERED and Side.PARTNER not in layout["accepted"]
    return render_template("agreements/by_link.html", **layout, form=form if waiting else None, problem=problem)
