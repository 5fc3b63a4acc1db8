"""Reading a report from a scoped link, on whatever device it was opened; nothing is noted until its reader says so."""

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.metrics.reports import queries
from services.metrics.reports.models import Edition
from services.metrics.reports.pages.blueprint import lay_out, pages, send_document_picture
from services.metrics.reports.service.editions import READING, acknowledge_report
from services.metrics.reports.words import FORM_NAMES
from shared.errors import NotFound
from shared.web.context import identity, link, now, session
from shared.web.policy import scoped
from shared.web.uploads import send_stored


@pages.get("/reports/s/<secret>")
@scoped(READING)
def read_by_link(secret: str) -> str:
    edition = _find_edition()
    report = queries.get_report(session(), identity(), edition.report_id)
    return render_template("reports/by_link.html", secret=secret, **lay_out(report, edition, f"s/{secret}"))


@pages.post("/reports/s/<secret>")
@scoped(READING)
def acknowledge_by_link(secret: str) -> Answer:
    edition = _find_edition()
    acknowledge_report(session(), identity(), edition.report_id, edition.number, now())
    flash(_("Thank you. Those who wrote the report now see that you have read it."), "success")
    return redirect(url_for("reports.read_by_link", secret=secret))


@pages.get("/reports/s/<secret>/files/<form>")
@scoped(READING)
def download_by_link(secret: str, form: str) -> Response:
    edition = _find_edition()
    if form not in FORM_NAMES:
        raise NotFound(_("A report comes as PDF or as a workbook."))
    return _unkept(send_stored(queries.get_copy(session(), identity(), edition).file(form)))


@pages.get("/reports/s/<secret>/pictures/<picture>")
@scoped(READING)
def show_picture_by_link(secret: str, picture: str) -> Response:
    edition = _find_edition()
    report = queries.get_report(session(), identity(), edition.report_id)
    return _unkept(send_document_picture(report, edition, picture))


def _find_edition() -> Edition:
    # That its holder's organisation may see it is checked like for anyone.
    return queries.get_sent_edition(session(), identity(), link().subject_id)


def _unkept(answer: Response) -> Response:
    # What lies under a link's address is kept nowhere.
    answer.headers["Cache-Control"] = "no-store"
    return answer
