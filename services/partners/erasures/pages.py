"""Erasures for people: administrators, and the person themselves from a link."""

from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.partners.erasures import queries, service
from services.partners.erasures.models import SERVICES
from services.partners.erasures.schemas import SERVICE_NAMES, STATE_NAMES, STATE_TONES, SubjectSchema
from services.partners.erasures.words import say_counts
from services.partners.history import tell_history
from shared.database.history import list_history
from shared.documents import Brand, render_pdf
from shared.errors import Invalid, NotFound
from shared.web.answers import PageQuery, parse_query
from shared.web.context import identity, link, now, session, settings, whole_address
from shared.web.filters import format_instant, format_number
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, scoped

pages = Blueprint("erasures", __name__, url_prefix="/partners", template_folder="templates")
TEMPLATE = Path(__file__).parent / "templates" / "erasures" / "receipt.typ"


@pages.get("/erasures")
@allow("erasures.do")
def index() -> str:
    return _list_page(BoundForm(SubjectSchema()))


@pages.post("/erasures")
@allow("erasures.do")
def look_up() -> Answer | tuple[str, int]:
    asked, form = parse_form(SubjectSchema(), request.form)
    if asked is None:
        return _list_page(form), 422
    return redirect(url_for("erasures.ask", email=asked["email"]))


@pages.get("/erasures/new")
@allow("erasures.do")
def ask() -> str | Answer:
    if not (request.args.get("contact") or request.args.get("email")):
        return redirect(url_for("erasures.index"))
    return render_template("erasures/ask.html", subject=_read_subject(request.args), given=request.args)


@pages.post("/erasures/new")
@allow("erasures.do")
def begin() -> Answer:
    subject = _read_subject(request.form)
    if request.form.get("act") == "mail":
        links = whole_address(url_for("erasures.show_by_link", secret=""))
        erasure = service.ask_person(session(), identity(), subject, now(), links)
        flash(_("The link is on its way. Nothing is erased before they confirm it."), "success")
    else:
        erasure = service.erase(session(), identity(), subject, now())
    return redirect(url_for("erasures.show", erasure_id=erasure.id))


@pages.get("/erasures/<uuid:erasure_id>")
@allow("erasures.do")
def show(erasure_id: UUID) -> str:
    answers = {each.service: each for each in queries.list_answers(session(), erasure_id)}
    return render_template(
        "erasures/show.html",
        erasure=queries.get_erasure(session(), erasure_id),
        answers=answers,
        services=SERVICES,
        names=SERVICE_NAMES,
        states=STATE_NAMES,
        tones=STATE_TONES,
        say_counts=say_counts,
        entries=tell_history(list_history(session(), erasure_id), identity()),
    )


@pages.get("/erasures/<uuid:erasure_id>/receipt.pdf")
@allow("erasures.do")
def receipt(erasure_id: UUID) -> Response:
    erasure = queries.get_erasure(session(), erasure_id)
    if erasure.done_at is None:
        raise NotFound
    title = str(_("Receipt of an erasure"))
    brand = Brand(settings().brand_name, settings().brand_colour)
    answer = make_response(
        render_pdf(TEMPLATE, _lay_out(erasure), title=title, brand=brand, at=erasure.done_at, locale=str(get_locale()))
    )
    answer.mimetype = "application/pdf"
    answer.headers.set("Content-Disposition", "attachment", filename=f"erasure {erasure.id}.pdf")
    return answer


@pages.get("/erasures/s/<secret>")
@scoped(service.PURPOSE)
def show_by_link(secret: str) -> str:
    erasure = queries.get_erasure(session(), link().subject_id)
    subject = service.find_subject(session(), identity(), email=erasure.email)
    return render_template("erasures/by_link.html", subject=subject, secret=secret)


@pages.post("/erasures/s/<secret>")
@scoped(service.PURPOSE)
def confirm_by_link(secret: str) -> str:
    service.start(session(), identity(), link().subject_id, now())
    return render_template("erasures/begun.html")


def _read_subject(given: Any) -> service.Subject:
    contact = given.get("contact", "")
    try:
        contact_id = UUID(contact) if contact else None
    except ValueError as error:
        raise NotFound from error
    if contact_id is None and not given.get("email"):
        raise Invalid({"email": "Write the person's e-mail address."})
    return service.find_subject(session(), identity(), email=given.get("email"), contact_id=contact_id)


def _list_page(form: BoundForm) -> str:
    return render_template(
        "erasures/index.html",
        form=form,
        page=queries.find_erasures(session(), **parse_query(PageQuery())),
        states=STATE_NAMES,
        tones=STATE_TONES,
    )


def _lay_out(erasure: Any) -> dict[str, Any]:
    answers = queries.list_answers(session(), erasure.id)
    return {
        "facts": [
            [_("Number"), str(erasure.id)],
            [_("Begun"), format_instant(erasure.started_at)],
            [_("Done"), format_instant(erasure.done_at)],
            [_("Fingerprint of the address (SHA-256)"), erasure.fingerprint],
        ],
        "columns": [[_("Where"), "left"], [_("What"), "left"], [_("Places"), "right"], [_("When"), "left"]],
        "rows": [
            [str(SERVICE_NAMES[each.service]), what, format_number(count), format_instant(each.answered_at)]
            for each in answers
            for what, count in (say_counts(each.counts) or {_("nothing was kept there"): 0}).items()
        ],
        "heading": _("What was kept, and why"),
        "kept": [str(each) for each in list_kept()],
    }


def list_kept() -> list[str]:
    """What is not erased, in the reader's words."""
    return [
        _("Who answered a proposal or an agreement, under which name, as what and with which words: the record."),
        _("The text of proposals and agreements that were offered: it is bound to its fingerprint."),
        _("What an organisation delivered, as it was received, and files: they are the organisation's."),
        _("That something was done, when and to what, under a number, without the name."),
    ]


@pages.app_context_processor
def offer_kept() -> dict[str, Any]:
    return {"kept": list_kept}
