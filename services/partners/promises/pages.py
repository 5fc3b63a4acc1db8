"""Promises for people: what one side owes the other, ticked off by whoever sees to it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import EXCLUDE, ValidationError
from werkzeug.wrappers import Response

from services.partners.contacts.queries import list_contacts, name_contacts
from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.people.queries import list_staff, name_people
from services.partners.promises import queries, reminders, service
from services.partners.promises.models import Side, Source
from services.partners.promises.schemas import (
    FILTERS,
    SOURCE_NAMES,
    STATE_NAMES,
    PromiseQuery,
    PromiseSchema,
    ReasonSchema,
    RemarkSchema,
    SourceSchema,
)
from services.partners.promises.story import list_owners, tell_history
from shared.database.history import list_history
from shared.errors import NotFound
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, link, now, session, settings, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, may, scoped
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("promises", __name__, url_prefix="/partners", template_folder="templates")

#: What asks first: the use case, its form, and which permission it takes.
STEPS: dict[str, tuple[Callable[..., Any], type[RemarkSchema | ReasonSchema], str]] = {
    "done": (service.finish_promise, RemarkSchema, "promises.keep"),
    "withdrawn": (service.withdraw_promise, ReasonSchema, "promises.edit"),
    "open": (service.reopen_promise, RemarkSchema, "promises.edit"),
}


@pages.get("/promises")
@allow("promises.read")
def index() -> str:
    return _list_page(None)


@pages.get("/organisations/<uuid:organisation_id>/promises")
@allow("promises.read")
def of_organisation(organisation_id: UUID) -> str:
    return _list_page(organisation_id)


@pages.get("/organisations/<uuid:organisation_id>/promises/new")
@allow("promises.edit")
def new(organisation_id: UUID) -> str:
    form = BoundForm(PromiseSchema(), {"owed_by": Side.THEM.value}, choices=_owners(organisation_id))
    return _form_page(form, organisation_id, said_in=_read_source(request.args))


@pages.post("/organisations/<uuid:organisation_id>/promises/new")
@allow("promises.edit")
def make(organisation_id: UUID) -> Saved:
    said_in = _read_source(request.form)

    def save(details: Any) -> Response:
        promise = service.make_promise(session(), identity(), organisation_id, now(), **details, **said_in)
        flash(_("The promise is written down."), "success")
        if promise.source == Source.MEETING:
            return redirect(f"/partners/meetings/dates/{promise.source_id}#promises")
        return redirect(url_for("promises.show", promise_id=promise.id))

    page = partial(_form_page, organisation_id=organisation_id, said_in=said_in)
    return save_form(PromiseSchema(), save, page, choices=_owners(organisation_id))


@pages.get("/promises/<uuid:promise_id>")
@allow("promises.read")
def show(promise_id: UUID) -> str:
    promise = queries.get_promise(session(), identity(), promise_id)
    entries = list_history(session(), promise.id)
    owners = list_owners(entries)
    names = {**name_people(session(), owners), **name_contacts(session(), owners)}
    return render_template("promises/show.html", entries=tell_history(entries, names), **_about(promise))


@pages.get("/promises/<uuid:promise_id>/edit")
@allow("promises.edit")
def edit(promise_id: UUID) -> str:
    promise = queries.get_promise(session(), identity(), promise_id)
    choices = _owners(promise.organisation_id)
    return _form_page(
        BoundForm(PromiseSchema(), PromiseSchema().dump(promise), choices=choices), promise.organisation_id, promise
    )


@pages.post("/promises/<uuid:promise_id>/edit")
@allow("promises.edit")
def change(promise_id: UUID) -> Saved:
    promise = queries.get_promise(session(), identity(), promise_id)

    def save(details: Any) -> Response:
        service.change_promise(session(), identity(), promise_id, seen_version(), now(), **details)
        flash(_("The promise is changed."), "success")
        return redirect(url_for("promises.show", promise_id=promise_id))

    page = partial(_form_page, organisation_id=promise.organisation_id, promise=promise)
    return save_form(PromiseSchema(), save, page, choices=_owners(promise.organisation_id))


@pages.get("/promises/<uuid:promise_id>/<any(done, withdrawn, open):promise_step>")
@allow("promises.keep")
def ask(promise_id: UUID, promise_step: str) -> str:
    return _ask_page(promise_id, promise_step, BoundForm(STEPS[promise_step][1]()))


@pages.post("/promises/<uuid:promise_id>/<any(done, withdrawn, open):promise_step>")
@allow("promises.keep")
def do(promise_id: UUID, promise_step: str) -> Response | tuple[str, int]:
    use_case, schema, permission = STEPS[promise_step]
    said, form = parse_form(schema(), request.form)
    if said is None:
        return _ask_page(promise_id, promise_step, form), 422
    if not may(permission):
        raise NotFound
    use_case(session(), identity(), promise_id, now(), **said)
    flash(
        {
            "done": _("It is noted as done."),
            "withdrawn": _("It is noted as withdrawn."),
            "open": _("The promise is open again."),
        }[promise_step],
        "success",
    )
    return redirect(url_for("promises.show", promise_id=promise_id))


@pages.get("/promises/<uuid:promise_id>/remind")
@allow("promises.edit")
def ask_to_remind(promise_id: UUID) -> str:
    promise = queries.get_promise(session(), identity(), promise_id)
    to = reminders.find_reminded(session(), promise) if promise.is_open else None
    return render_template("promises/remind.html", to=to, **_about(promise))


@pages.post("/promises/<uuid:promise_id>/remind")
@allow("promises.edit")
def remind(promise_id: UUID) -> Response:
    promise = queries.get_promise(session(), identity(), promise_id)
    to = reminders.remind(session(), identity(), promise, settings().base_url, now(), today=today())
    flash(_("A reminder to %(name)s is on its way.", name=to.addressee.name), "success")
    return redirect(url_for("promises.show", promise_id=promise_id))


@pages.get("/promises/s/<secret>")
@scoped("promise.done")
def look_by_link(secret: str) -> str:
    promise = queries.get_promise(session(), identity(), link().subject_id)
    return render_template("promises/by_link.html", promise=promise, form=BoundForm(RemarkSchema()), done=False)


@pages.post("/promises/s/<secret>")
@scoped("promise.done")
def finish_by_link(secret: str) -> str | tuple[str, int]:
    promise = queries.get_promise(session(), identity(), link().subject_id)
    said, form = parse_form(RemarkSchema(), request.form)
    if said is None:
        return render_template("promises/by_link.html", promise=promise, form=form, done=False), 422
    service.finish_promise(session(), identity(), promise.id, now(), **said)
    return render_template("promises/by_link.html", promise=promise, form=form, done=True)


def _owners(organisation_id: UUID) -> dict[str, list[tuple[UUID, str]]]:
    """Whoever may see to it on either side, with their side."""
    theirs = get_organisation(session(), identity(), organisation_id).name
    contacts = [(each.id, f"{each.name} ({theirs})") for each in list_contacts(session(), identity(), organisation_id)]
    return {
        "owner_id": contacts + [(each.id, _("%(name)s (one of us)", name=each.name)) for each in list_staff(session())]
    }


def _list_page(organisation_id: UUID | None) -> str:
    wanted = parse_query(PromiseQuery())
    page = queries.find_promises(session(), identity(), today(), organisation_id=organisation_id, **wanted)
    organisation = get_organisation(session(), identity(), organisation_id) if organisation_id else None
    return render_template(
        "promises/index.html",
        organisation=organisation,
        page=page,
        wanted=wanted,
        next_address=next_address(page),
        names=queries.name_owners(session(), page.items),
        organisations=name_organisations(session(), [each.organisation_id for each in page.items]),
        any_yet=bool(page.items) or queries.has_promises(session(), identity(), organisation_id),
        filters=FILTERS,
        today=today(),
    )


def _read_source(given: Mapping[str, str]) -> dict[str, Any]:
    """What the promise was said in, as the page that leads here names it; empty for what isn't known."""
    try:
        return dict(SourceSchema().load(dict(given), unknown=EXCLUDE))
    except ValidationError:
        return {}


def _form_page(form: BoundForm, organisation_id: UUID, promise: Any = None, **context: Any) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template(
        "promises/form.html", form=form, organisation=organisation, promise=promise,
        **{"stale": None, "said_in": {}, **context},
    )  # fmt: skip


def _ask_page(promise_id: UUID, step: str, form: BoundForm) -> str:
    promise = queries.get_promise(session(), identity(), promise_id)
    theirs_to_say = identity().is_staff or promise.owed_by == Side.THEM
    if not may(STEPS[step][2]) or not theirs_to_say or (step == "open") == promise.is_open:
        raise NotFound
    return render_template("promises/ask.html", step=step, form=form, **_about(promise))


def _about(promise: Any) -> dict[str, Any]:
    return {
        "promise": promise,
        "organisation": get_organisation(session(), identity(), promise.organisation_id),
        "names": queries.name_owners(session(), [promise]),
        "states": STATE_NAMES,
        "sources": SOURCE_NAMES,
        "today": today(),
    }
