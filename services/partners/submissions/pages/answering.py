"""Reading what was reported and replying to it, for people."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.partners.organisations.queries import get_organisation
from services.partners.submissions import queries
from services.partners.submissions.pages.log import draw_text
from services.partners.submissions.schemas import ReplySchema
from services.partners.submissions.service import answering
from shared.errors import Conflict
from shared.web.context import identity, now, session, settings
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

pages = Blueprint("submission_replies", __name__, url_prefix="/partners", template_folder="../templates")


@pages.post("/submissions/<uuid:submission_id>/read")
@allow("submissions.answer")
def mark(submission_id: UUID) -> Response:
    answering.mark_read(session(), identity(), submission_id, now())
    flash(_("Marked as read. The partner sees that too."), "success")
    return redirect(url_for("submissions.show", submission_id=submission_id))


@pages.get("/organisations/<uuid:organisation_id>/submissions/read")
@allow("submissions.answer")
def ask_to_mark_all(organisation_id: UUID) -> str:
    return render_template(
        "submissions/read.html",
        organisation=get_organisation(session(), identity(), organisation_id),
        unread=queries.count_submissions(session(), organisation_id, queries.Wanted(read=False)),
    )


@pages.post("/organisations/<uuid:organisation_id>/submissions/read")
@allow("submissions.answer")
def mark_all(organisation_id: UUID) -> Response:
    marked = answering.mark_all_read(session(), identity(), organisation_id, now())
    flash(ngettext("One submission is marked as read.", "%(num)s submissions are marked as read.", marked), "success")
    return redirect(url_for("submissions.index", organisation_id=organisation_id))


@pages.get("/submissions/<uuid:submission_id>/reply")
@allow("submissions.answer")
def write(submission_id: UUID) -> str:
    return _page("submissions/reply.html", submission_id, BoundForm(ReplySchema()))


@pages.post("/submissions/<uuid:submission_id>/reply")
@allow("submissions.answer")
def reply(submission_id: UUID) -> str | Response | tuple[str, int]:
    """First what will happen is shown; `confirmed` says whether a mail is to go out."""
    details, form = parse_form(ReplySchema(), request.form)
    if details is None:
        return _page("submissions/reply.html", submission_id, form), 422
    confirmed = request.form.get("confirmed")
    if confirmed not in ("mail", "quiet"):
        return _page("submissions/confirm_reply.html", submission_id, form, draw_text(details["text"]))
    mail = confirmed == "mail"
    try:
        answering.reply(session(), identity(), submission_id, now(), settings().base_url, mail=mail, **details)
    except Conflict as refused:
        flash(refused.detail, "danger")
    else:
        flash(_("The reply is on its way.") if mail else _("The reply is kept. The partner finds it here."), "success")
    return redirect(url_for("submissions.show", submission_id=submission_id))


def _page(template: str, submission_id: UUID, form: BoundForm, text: str = "") -> str:
    submission = queries.get_submission(session(), identity(), submission_id)
    return render_template(
        template,
        submission=submission,
        organisation=get_organisation(session(), identity(), submission.organisation_id),
        liaison=answering.find_told(session(), submission.organisation_id),
        form=form,
        text=text,
    )
