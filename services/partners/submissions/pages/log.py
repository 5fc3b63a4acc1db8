"""What an organisation delivered and what became of it, for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.partners.known.queries import name_campaigns
from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.people.queries import name_people
from services.partners.submissions import queries
from services.partners.submissions.correction import find_rejected, make_form, read_corrections
from services.partners.submissions.kinds import GIVEN, KIND_NAMES, KINDS, Day
from services.partners.submissions.marked import lay_out
from services.partners.submissions.models import FORM, MEASUREMENTS, SPREADSHEET, WEBHOOK, Refusal, Submission
from services.partners.submissions.schemas import (
    STATUS_NAMES,
    STATUS_TONES,
    SubmissionQuery,
    read_report,
    write_report,
)
from services.partners.submissions.service.again import run_again
from services.partners.submissions.service.intake import accept_report
from services.partners.submissions.service.verdicts import topic_of
from services.partners.submissions.story import tell_history
from shared.database.history import list_history
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.markdown import render_html
from shared.web.answers import PageQuery, next_address, parse_query
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm
from shared.web.live import Topic
from shared.web.policy import allow
from shared.web.uploads import send_stored

pages = Blueprint("submissions", __name__, url_prefix="/partners", template_folder="../templates")
#: What is longer is offered as a file, not shown in the page. Bytes.
SHOWN_BODY = 64 * 1024
CHANNEL_NAMES = {WEBHOOK: _l("Webhook"), FORM: _l("Form"), SPREADSHEET: _l("Spreadsheet")}
PERIODS = {7: _l("Last 7 days"), 30: _l("Last 30 days"), 365: _l("Last 365 days")}


@dataclass(frozen=True)
class Item:
    """One item of a submission as it was told; `reason` says why it was rejected, if it was."""

    number: int
    told: Mapping[str, Any]
    reason: str | None


@pages.get("/organisations/<uuid:organisation_id>/submissions")
@allow("submissions.read")
def index(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    asked = parse_query(SubmissionQuery())
    since = now() - timedelta(days=asked["days"]) if asked["days"] else None
    wanted = queries.Wanted(asked["search"], asked["status"], asked["kind"], since, asked["read"])
    page = queries.find_submissions(session(), organisation_id, wanted, cursor=asked["cursor"], limit=asked["limit"])
    return render_template(
        "submissions/index.html",
        organisation=organisation,
        page=page,
        found=queries.count_submissions(session(), organisation_id, wanted),
        refused=queries.count_refusals(session(), organisation_id),
        filtered=wanted != queries.Wanted(),
        wanted=asked,
        unread=queries.count_submissions(session(), organisation_id, queries.Wanted(read=False)),
        periods=PERIODS,
        **_words(),
    )


@pages.get("/organisations/<uuid:organisation_id>/submissions/refused")
@allow("submissions.read")
def refused(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    page = queries.find_refusals(session(), organisation_id, **parse_query(PageQuery()))
    return render_template(
        "submissions/refused.html",
        organisation=organisation,
        page=page,
        found=queries.count_refusals(session(), organisation_id),
        next_address=next_address(page),
    )


@pages.get("/submissions/refused/<uuid:refusal_id>")
@allow("submissions.read")
def show_refusal(refusal_id: UUID) -> str:
    refusal = queries.get_refusal(session(), identity(), refusal_id)
    return render_template(
        "submissions/refusal.html",
        refusal=refusal,
        organisation=get_organisation(session(), identity(), refusal.organisation_id),
        key=queries.get_key(session(), refusal.organisation_id, refusal.key_id) if refusal.key_id else None,
        lines=_lay_out_refused(refusal),
    )


@pages.get("/submissions/<uuid:submission_id>")
@allow("submissions.read")
def show(submission_id: UUID) -> str:
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    names = name_organisations(session(), [submission.organisation_id])
    replies = queries.map_replies(session(), [submission_id]).get(submission_id, ())
    return render_template(
        "submissions/show.html",
        submission=submission,
        organisation_name=names[submission.organisation_id],
        campaign=name_campaigns(session(), [submission.campaign_id]).get(submission.campaign_id),
        key=queries.get_key(session(), submission.organisation_id, submission.key_id) if submission.key_id else None,
        lines=_lay_out(submission),
        corrections=queries.list_corrections(session(), submission_id),
        replies=replies,
        draw=draw_text,
        people=name_people(
            session(), [each for each in (submission.reader_id, *(one.person_id for one in replies)) if each]
        ),
        correctable=bool(find_rejected(submission)),
        entries=tell_history(list_history(session(), submission_id)),
        **_about_items(submission),
        **_words(),
    )


@pages.get("/submissions/<uuid:submission_id>/body")
@allow("submissions.read")
def download_body(submission_id: UUID) -> Response:
    """The body byte for byte, as a file: what an outsider sent is never shown as a page of ours."""
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    disposition = f'attachment; filename="submission-{submission_id}.json"'
    return Response(submission.body, mimetype="application/json", headers={"Content-Disposition": disposition})


@pages.get("/submissions/pictures/<uuid:picture_id>")
@allow("submissions.read")
def show_picture(picture_id: UUID) -> Response:
    """A picture that went along with a story, for those who may see the submission."""
    return send_stored(queries.get_picture(session(), identity(), picture_id).file)


@pages.get("/submissions/<uuid:submission_id>/again")
@allow("submissions.edit")
def ask_to_run_again(submission_id: UUID) -> str:
    submission = queries.get_submission(session(), identity(), submission_id)
    organisation = get_organisation(session(), identity(), submission.organisation_id)
    return render_template("submissions/again.html", submission=submission, organisation=organisation)


@pages.post("/submissions/<uuid:submission_id>/again")
@allow("submissions.edit")
def run(submission_id: UUID) -> Response:
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    try:
        run_again(session(), identity(), submission_id, read_report(submission.body), now())
    except Conflict as conflict:
        flash(conflict.detail, "danger")
    return redirect(url_for("submissions.show", submission_id=submission_id))


@pages.get("/submissions/<uuid:submission_id>/correct")
@allow("submissions.edit")
def correct(submission_id: UUID) -> str:
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    return _correct_page(submission, make_form(submission))


@pages.post("/submissions/<uuid:submission_id>/correct")
@allow("submissions.edit")
def send_corrections(submission_id: UUID) -> Response | tuple[str, int]:
    submission = queries.get_submission(session(), identity(), submission_id, with_body=True)
    items, form = read_corrections(submission, request.form)
    if items is None:
        return _correct_page(submission, form), 422
    body = write_report(KINDS[MEASUREMENTS], submission.campaign_id, items, now())
    try:
        report = read_report(body)
    except Invalid as invalid:
        return _correct_page(submission, form.with_errors(invalid.fields)), 422
    made = accept_report(
        session(), identity(), submission.organisation_id, body, report, now(), channel=FORM, corrects_id=submission_id
    )
    flash(_("Sent. What becomes of it shows here."), "success")
    return redirect(url_for("submissions.show", submission_id=made))


def draw_text(text: str) -> Markup:
    """What people wrote in Markdown, as HTML of a few harmless tags."""
    return Markup(render_html(text))  # noqa: S704


def render_verdict(reading: Any, who: Identity, submission_id: UUID) -> str:
    """The part of a submission's page that changes when its verdict arrives."""
    submission = queries.get_submission(reading, who, submission_id, with_body=True)
    return render_template("submissions/_verdict.html", submission=submission, **_about_items(submission), **_words())


VERDICT = Topic(
    path="submissions/<uuid:submission_id>",
    permission="submissions.read",
    channel=topic_of,
    render=render_verdict,
)


def _correct_page(submission: Submission, form: BoundForm) -> str:
    return render_template(
        "submissions/correct.html",
        submission=submission,
        organisation=get_organisation(session(), identity(), submission.organisation_id),
        rejected=find_rejected(submission),
        form=form,
    )


def _about_items(submission: Submission) -> dict[str, Any]:
    """The items with the labels of their fields, what someone has to act on first: among many it would not be seen."""
    kind = KINDS[submission.kind]
    reasons = {each["index"]: each["reason"] for each in submission.rejected}
    told = json.loads(submission.body)["data"][kind.items]
    days = [name for name, field in kind.item().fields.items() if isinstance(field, Day)]
    items = [
        Item(number, {**each, **_read_days(each, days)}, reasons.get(number - 1))
        for number, each in enumerate(told, start=1)
    ]
    labels = {name: field.metadata.get("label", name) for name, field in kind.item().fields.items()}
    return {"items": sorted(items, key=lambda item: item.reason is None), "labels": labels, "given": GIVEN}


def _read_days(told: Mapping[str, Any], names: Sequence[str]) -> dict[str, date]:
    return {name: date.fromisoformat(told[name]) for name in names if name in told}


def _lay_out(submission: Submission) -> Any:
    if len(submission.body) > SHOWN_BODY:
        return None
    place = f"data.{KINDS[submission.kind].items}"
    return lay_out(
        json.loads(submission.body), {f"{place}.{each['index']}": each["reason"] for each in submission.rejected}
    )


def _lay_out_refused(refusal: Refusal) -> Any:
    if refusal.body is None:
        return None
    try:
        return lay_out(json.loads(refusal.body), refusal.errors)
    except (ValueError, RecursionError):
        return lay_out(refusal.body.decode("utf-8", "replace"), {})


def _words() -> dict[str, Any]:
    return {"states": STATUS_NAMES, "tones": STATUS_TONES, "kinds": KIND_NAMES, "channels": CHANNEL_NAMES}
