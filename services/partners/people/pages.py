"""Signing in and out, one's own account, and the people who may come in."""

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.history import tell_history
from services.partners.organisations.queries import find_organisations, name_organisations
from services.partners.people import access, queries, service
from services.partners.people.schemas import ROLE_NAMES, PersonSchema, SignInRequestSchema, TokenSchema
from services.partners.vault import Vault
from shared.database.history import list_history
from shared.errors import NotFound
from shared.web.answers import PageQuery, next_address, parse_query
from shared.web.app import limiter
from shared.web.context import identity, identity_or_none, now, session, settings, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, public
from shared.web.saving import Saved, save_form, seen_version
from shared.web.sign_in import clear_session_cookie, set_session_cookie

pages = Blueprint("people", __name__, url_prefix="/partners", template_folder="templates")


@pages.get("/sign-in")
@public("nobody is signed in yet")
def sign_in() -> str:
    return render_template(
        "people/sign_in.html", form=BoundForm(SignInRequestSchema()), next=_local(request.args.get("next"))
    )


@pages.post("/sign-in")
@public("nobody is signed in yet")
@limiter.limit("10 per minute")
def request_link() -> str | tuple[str, int]:
    details, form = parse_form(SignInRequestSchema(), request.form)
    following = _local(request.form.get("next"))
    if details is None:
        return render_template("people/sign_in.html", form=form, next=following), 422
    address = whole_address(url_for("people.sign_in")) + "/"
    access.request_link(session(), details["email"], address, now())
    return render_template("people/link_sent.html", email=details["email"])


@pages.get("/sign-in/<secret>")
@public("the link itself is the proof; opening it changes nothing")
def look_at_link(secret: str) -> str | tuple[str, int]:
    try:
        person = access.look_at_link(session(), secret, now())
    except NotFound as gone:
        return render_template("people/link_gone.html", reason=gone.detail), 404
    return render_template("people/confirm.html", person=person, next=_local(request.args.get("next")))


@pages.post("/sign-in/<secret>")
@public("the link itself is the proof")
@limiter.limit("30 per minute")
def use_link(secret: str) -> Response | tuple[str, int]:
    lasts = timedelta(hours=settings().session_hours)
    try:
        signed_in = access.use_link(session(), secret, Vault(settings().encryption_key), now(), lasts)
    except NotFound as gone:
        return render_template("people/link_gone.html", reason=gone.detail), 404
    response = redirect(_local(request.form.get("next")))
    set_session_cookie(response, signed_in.token, signed_in.identity.expires_at)
    return response


@pages.get("/sign-out")
@public("only asks; signing out is the POST")
def ask_to_sign_out() -> str:
    return render_template("people/sign_out.html")


@pages.post("/sign-out")
@public("signing out must work with an expired session too")
def sign_out() -> Response:
    who = identity_or_none()
    if who is not None:
        access.sign_out(session(), who, now())
    response = redirect(url_for("people.sign_in"))
    clear_session_cookie(response)
    return response


@pages.get("/account")
@allow("account.own")
def account() -> str:
    return _account(BoundForm(TokenSchema()))


@pages.post("/account/tokens")
@allow("account.own")
def make_token() -> str | tuple[str, int]:
    wanted, form = parse_form(TokenSchema(), request.form)
    if wanted is None:
        return _account(form), 422
    person = queries.get_person(session(), identity().person_id)
    vault, lasts = Vault(settings().encryption_key), timedelta(days=wanted["days"])
    made = access.make_personal_token(session(), person, wanted["name"], vault, now(), lasts)
    return _account(BoundForm(TokenSchema()), secret=made.token)


@pages.get("/account/tokens/<uuid:token_id>/revoke")
@allow("account.own")
def ask_to_revoke(token_id: UUID) -> str:
    return render_template("people/revoke.html", token=queries.get_token(session(), identity().person_id, token_id))


@pages.post("/account/tokens/<uuid:token_id>/revoke")
@allow("account.own")
def revoke_token(token_id: UUID) -> Response:
    access.revoke_personal_token(session(), identity(), token_id, now())
    flash(_("The token is revoked. Scripts that use it are refused from now on."), "success")
    return redirect(url_for("people.account"))


@pages.get("/people")
@allow("people.read")
def index() -> str:
    page = queries.find_people(session(), **parse_query(PageQuery()))
    wanted = [person.organisation_id for person in page.items if person.organisation_id]
    return render_template(
        "people/index.html",
        page=page,
        next_address=next_address(page),
        roles=ROLE_NAMES,
        organisations=name_organisations(session(), wanted),
    )


@pages.get("/people/new")
@allow("people.edit")
def new() -> str:
    given = (
        {"organisation_id": request.args["organisation"], "role": "liaison"} if "organisation" in request.args else None
    )
    return _person_form(BoundForm(PersonSchema(), given, choices=_choices()))


@pages.post("/people/new")
@allow("people.edit")
def add() -> Saved:
    def save(details: Any) -> Response:
        person = service.add_person(session(), identity(), now(), **details)
        flash(_("%(name)s can sign in now: the sign-in page mails them a link.", name=person.name), "success")
        return redirect(url_for("people.show", person_id=person.id))

    return save_form(PersonSchema(), save, _person_form, choices=_choices())


@pages.get("/people/<uuid:person_id>")
@allow("people.read")
def show(person_id: UUID) -> str:
    person = queries.get_person(session(), person_id)
    names = name_organisations(session(), [person.organisation_id] if person.organisation_id else [])
    return render_template(
        "people/show.html",
        person=person,
        organisations=names,
        roles=ROLE_NAMES,
        entries=tell_history(list_history(session(), person_id), identity(), {"role": _name_role}),
    )


@pages.get("/people/<uuid:person_id>/edit")
@allow("people.edit")
def edit(person_id: UUID) -> str:
    person = queries.get_person(session(), person_id)
    return _person_form(BoundForm(PersonSchema(), PersonSchema().dump(person), choices=_choices()), person=person)


@pages.post("/people/<uuid:person_id>/edit")
@allow("people.edit")
def change(person_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        service.change_person(session(), identity(), person_id, seen_version(), now(), **details)
        flash(_("The details are saved."), "success")
        return redirect(url_for("people.show", person_id=person_id))

    page = partial(_person_form, person=queries.get_person(session(), person_id))
    return save_form(PersonSchema(), save, page, choices=_choices())


@pages.post("/people/<uuid:person_id>/access")
@allow("people.edit")
def set_access(person_id: UUID) -> Response:
    person = service.set_active(session(), identity(), person_id, request.form.get("active") == "yes", now())
    flash(
        _("%(name)s can sign in again.", name=person.name)
        if person.active
        else _("%(name)s is signed out everywhere and can't sign in.", name=person.name),
        "success",
    )
    return redirect(url_for("people.show", person_id=person_id))


def _account(form: BoundForm, secret: str | None = None) -> str:
    person = queries.get_person(session(), identity().person_id)
    return render_template(
        "people/account.html",
        person=person,
        form=form,
        secret=secret,
        roles=ROLE_NAMES,
        tokens=queries.list_tokens(session(), person.id),
    )


def _person_form(form: BoundForm, **context: object) -> str:
    return render_template("people/form.html", form=form, **{"person": None, **context})


def _choices() -> dict[str, list[tuple[UUID, str]]]:
    organisations = find_organisations(session(), identity(), cursor=None, limit=1000).items
    return {"organisation_id": [(each.id, each.name) for each in organisations]}


def _name_role(role: str) -> str:
    return str(ROLE_NAMES.get(role, role))


def _local(address: str | None) -> str:
    """`address` if it stays on this site, else the start page: a link must not lead a person elsewhere."""
    parts = urlsplit(address or "/")
    safe = not parts.scheme and not parts.netloc and (address or "/").startswith("/") and "\\" not in (address or "")
    return (address or "/") if safe and not (address or "").startswith("//") else "/"
