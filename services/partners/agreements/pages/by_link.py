"""Reading and answering an offer from a scoped link, on whatever device it was opened."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from services.partners.agreements import queries
from services.partners.agreements.models import Agreement, Side, Version, VersionState
from services.partners.agreements.pages.blueprint import lay_out, pages, send_pdf
from services.partners.agreements.schemas import ReplySchema
from services.partners.agreements.service.answering import Said, answer_for_partner
from services.partners.agreements.service.drafting import ANSWERING
from shared.errors import Conflict, Invalid, Problem
from shared.web.context import identity, link, now, session, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import scoped


@pages.get("/agreements/s/<secret>")
@scoped(ANSWERING)
def read_offer(secret: str) -> str:
    agreement, version = _offered()
    return _page(agreement, version, BoundForm(ReplySchema(), {"digest": version.digest}))


@pages.post("/agreements/s/<secret>")
@scoped(ANSWERING)
def answer_offer(secret: str) -> AnyResponse | tuple[str, int]:
    agreement, version = _offered()
    given, form = parse_form(ReplySchema(), request.form)
    if given is None:
        return _page(agreement, version, form), 422
    said = Said(**given, link_id=link().id)
    try:
        answer_for_partner(session(), identity(), agreement.id, version.number, said, now(), today=today())
    except Invalid as invalid:
        return _page(agreement, version, form.with_errors(invalid.fields)), 422
    except Conflict as problem:
        return _page(agreement, version, form, problem), problem.status
    flash(_("Thank you: your answer is on record."), "success")
    return redirect(url_for("agreements.read_offer", secret=secret))


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
