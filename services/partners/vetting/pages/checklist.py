"""The vetting checklist for the administrators who keep it."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.people.queries import name_people
from services.partners.vetting import queries, words
from services.partners.vetting.schemas import DropSchema, ItemSchema
from services.partners.vetting.service import checklists
from shared.database.history import list_history
from shared.errors import Problem
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import decide_form, seen_version

pages = Blueprint("vetting_checklist", __name__, url_prefix="/partners/vetting/checklist")
Answered = Response | tuple[str, int]


@pages.get("")
@allow("vetting.read")
def show() -> str:
    number, items = checklists.read_checklist(session())
    versions = queries.list_checklists(session())
    return render_template(
        "vetting/checklist.html",
        number=number,
        items=items,
        versions=versions,
        people=name_people(session(), {each.changed_by for each in versions}),
        entries=words.tell_history(list_history(session(), checklists.CHECKLIST_ID)),
    )


@pages.get("/new")
@allow("vetting.checklist")
def new() -> str:
    number, _items = checklists.read_checklist(session())
    return _item_page(BoundForm(ItemSchema(), {"required": True}), None, number)


@pages.post("/new")
@allow("vetting.checklist")
def add() -> Answered:
    return _save(None)


@pages.get("/items/<item_key>")
@allow("vetting.checklist")
def edit(item_key: str) -> str:
    number, items = checklists.read_checklist(session())
    item = checklists.find_item(items, item_key)
    return _item_page(BoundForm(ItemSchema(), item), item, number)


@pages.post("/items/<item_key>")
@allow("vetting.checklist")
def change(item_key: str) -> Answered:
    return _save(item_key)


@pages.get("/items/<item_key>/drop")
@allow("vetting.checklist")
def ask_drop(item_key: str) -> str:
    number, items = checklists.read_checklist(session())
    return _item_page(BoundForm(DropSchema()), checklists.find_item(items, item_key), number, drop=True)


@pages.post("/items/<item_key>/drop")
@allow("vetting.checklist")
def drop(item_key: str) -> Answered:
    number, items = checklists.read_checklist(session())
    item = checklists.find_item(items, item_key)

    def take_out(typed: Any) -> Response:
        checklists.drop_item(session(), identity(), item_key, seen_version(), now(), **typed)
        flash(_("The checklist is changed, from the next vetting on."), "success")
        return redirect(url_for("vetting_checklist.show"))

    return decide_form(DropSchema(), take_out, partial(_item_page, item=item, number=number, drop=True))


def _save(item_key: str | None) -> Answered:
    number, items = checklists.read_checklist(session())
    item = checklists.find_item(items, item_key) if item_key else None

    def save(typed: Any) -> Response:
        checklists.save_item(session(), identity(), item_key, seen_version(), now(), **typed)
        flash(_("The checklist is changed, from the next vetting on."), "success")
        return redirect(url_for("vetting_checklist.show"))

    return decide_form(ItemSchema(), save, partial(_item_page, item=item, number=number))


def _item_page(form: BoundForm, item: Any, number: int, *, drop: bool = False, problem: Problem | None = None) -> str:
    return render_template(
        "vetting/checklist_item.html", form=form, item=item, number=number, drop=drop, refused=problem
    )
