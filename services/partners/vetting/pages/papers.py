"""The page by which a liaison sends papers, from a phone and without an account. It shows nothing of the vetting."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations.queries import get_organisation
from services.partners.vetting import queries
from services.partners.vetting.schemas import PaperSchema
from services.partners.vetting.service import papers
from shared.errors import Problem
from shared.web.context import identity, link, now, session
from shared.web.forms import BoundForm
from shared.web.policy import scoped
from shared.web.saving import decide_form
from shared.web.uploads import takes_files

pages = Blueprint("papers", __name__, url_prefix="/partners/papers")


@pages.get("/s/<secret>")
@scoped(papers.PURPOSE)
def show(secret: str) -> str:
    return _page(secret)


@pages.post("/s/<secret>")
@scoped(papers.PURPOSE)
@takes_files
def send(secret: str) -> Response | tuple[str, int]:
    wanted = queries.list_wanted(session(), queries.find_request(session(), link().subject_id))
    choices = {"answer_id": [(each.id, _(each.label)) for each in wanted]}

    def receive(sent: Any) -> Response:
        papers.receive_paper(
            session(), identity(), link().subject_id, sent["answer_id"], sent["file"], now(),
            expires_on=sent["expires_on"],
        )  # fmt: skip
        flash(_("Thank you, the paper has arrived."), "success")
        return redirect(url_for("papers.show", secret=secret))

    return decide_form(PaperSchema(), receive, partial(_page, secret), choices=choices)


def _page(secret: str, form: BoundForm | None = None, problem: Problem | None = None) -> str:
    asked = queries.find_request(session(), link().subject_id)
    wanted = queries.list_wanted(session(), asked)
    # Only what came by their own hand is theirs to see.
    own = {each.id: [paper for paper in each.evidence if paper.from_partner] for each in wanted}
    missing = [each for each in wanted if not own[each.id]]
    if form is None:
        first = {"answer_id": missing[0].id} if missing else None
        form = BoundForm(PaperSchema(), first, choices={"answer_id": [(each.id, _(each.label)) for each in wanted]})
    return render_template(
        "vetting/papers.html",
        asked=asked,
        wanted=wanted,
        own=own,
        missing=missing,
        form=form,
        refused=problem,
        running=queries.read_vetting(session(), asked.vetting_id).running,
        organisation=get_organisation(session(), identity(), identity().organisation_id),  # type: ignore[arg-type]
        secret=secret,
    )
