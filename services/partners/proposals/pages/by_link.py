"""Reading and answering a proposal from a scoped link, on whatever device it was opened."""

from flask import Response, render_template, url_for

from services.partners.proposals import queries
from services.partners.proposals.document import draw_proposal
from services.partners.proposals.models import Proposal
from services.partners.proposals.pages.answering import Answer, counter_page, take_answer, take_counter
from services.partners.proposals.pages.blueprint import is_answerable, lay_out, name_organisation, pages, send_pdf
from services.partners.proposals.schemas import AnswerFormSchema
from services.partners.proposals.service.writing import ANSWERING
from shared.errors import Problem
from shared.web.context import identity, link, session, settings
from shared.web.forms import BoundForm
from shared.web.policy import scoped


@pages.get("/proposals/s/<secret>")
@scoped(ANSWERING)
def read(secret: str) -> str:
    return _page()


@pages.post("/proposals/s/<secret>")
@scoped(ANSWERING)
def answer_by_link(secret: str) -> Answer:
    return take_answer(_find(), _page, url_for("proposals.read", secret=secret), link().id)


@pages.get("/proposals/s/<secret>/counter")
@scoped(ANSWERING)
def ask_to_counter_by_link(secret: str) -> str:
    return counter_page(_find(), url_for("proposals.read", secret=secret))


@pages.post("/proposals/s/<secret>/counter")
@scoped(ANSWERING)
def counter_by_link(secret: str) -> Answer:
    return take_counter(_find(), url_for("proposals.read", secret=secret), link().id)


@pages.get("/proposals/s/<secret>/proposal.pdf")
@scoped(ANSWERING)
def read_as_pdf(secret: str) -> Response:
    proposal = _find()
    version = queries.get_version(session(), proposal, proposal.latest)
    return send_pdf(draw_proposal(version, name_organisation(proposal), settings()), version.title)


def _find() -> Proposal:
    # The link is about one proposal; that its holder may see it is checked like for anyone.
    return queries.get_proposal(session(), identity(), link().subject_id)


def _page(form: BoundForm | None = None, problem: Problem | None = None) -> str:
    layout = lay_out(_find())
    if is_answerable(layout) and form is None:
        form = BoundForm(AnswerFormSchema(), {"digest": layout["version"].digest})
    return render_template("proposals/by_link.html", **layout, form=form, problem=problem)
