"""Writing proposals: from a template for several organisations at once, then each copy by itself."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from services.partners.contacts.queries import find_liaisons
from services.partners.organisations.queries import find_organisations, name_organisations
from services.partners.organisations.words import STAGE_NAMES
from services.partners.proposals import queries
from services.partners.proposals.models import Proposal, Template, TemplateVersion
from services.partners.proposals.pages.blueprint import WORDS, name_organisation, pages
from services.partners.proposals.schemas import (
    PickerQuery,
    dump_values,
    load_values,
    make_values_schema,
    organisations_field,
    text_field,
    title_field,
)
from services.partners.proposals.service import writing
from services.partners.proposals.wording import Draft
from shared.errors import Problem
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import decide_form, seen_version

Answer = Response | tuple[str, int]
#: So many organisations are offered to choose from at once.
OFFERED = 100


def read_whole_draft(proposal: Proposal) -> Draft:
    """What would be sent today, by whoever looks."""
    text, values = writing.read_draft(session(), proposal)
    [copy] = writing.list_copies(session(), [proposal])
    return Draft(proposal.title, writing.settle_names(copy, identity(), text, today()), proposal.fields, values)


@pages.get("/proposals/new")
@allow("proposals.edit")
def new() -> str:
    """Choose what to write from."""
    page = queries.find_templates(session(), cursor=None, limit=OFFERED)
    return render_template(
        "proposals/new.html", templates=page.items, organisation=request.args.get("organisation", type=UUID)
    )


@pages.get("/proposals/templates/<uuid:template_id>/write")
@allow("proposals.edit")
def ask_to_write(template_id: UUID) -> str:
    template, version = _newest(template_id)
    usual = {each["name"]: each["default"] for each in version.fields}
    given: dict[str, Any] = {"title": version.title, **load_values(version.fields, usual)}
    if chosen := request.args.get("organisation", type=UUID):
        given["organisations"] = [chosen]
    schema = make_values_schema(version.fields, title_field(), organisations_field())
    return _write_page(template, version, BoundForm(schema, given, choices={"organisations": _offer()}))


@pages.post("/proposals/templates/<uuid:template_id>/write")
@allow("proposals.edit")
def write(template_id: UUID) -> Answer:
    template, version = _newest(template_id)
    schema = make_values_schema(version.fields, title_field(), organisations_field())
    given, form = parse_form(schema, request.form, choices={"organisations": _offer()})
    if given is None:
        return _write_page(template, version, form), 422
    written = writing.write_proposals(
        session(), identity(), now(), template_id=template_id, title=given["title"],
        values=dump_values(schema, version.fields, given), organisations=given["organisations"],
    )  # fmt: skip
    flash(
        ngettext(
            "One copy is written. Nobody has got it yet.",
            "%(num)s copies are written. Nobody has got one yet.",
            len(written),
        ),
        "success",
    )
    return redirect(url_for("proposals.show_batch", batch_id=written[0].batch_id))


@pages.get("/proposals/batches/<uuid:batch_id>")
@allow("proposals.edit")
def show_batch(batch_id: UUID) -> str:
    copies = writing.list_copies(session(), queries.list_batch(session(), batch_id))
    drafts = [each for each in copies if each.proposal.draft_text is not None]
    return render_template("proposals/batch.html", batch_id=batch_id, copies=copies, drafts=drafts, **WORDS)


@pages.get("/proposals/<uuid:proposal_id>/edit")
@allow("proposals.edit")
def edit(proposal_id: UUID) -> str:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    text, values = writing.read_draft(session(), proposal)
    given = {"title": proposal.title, "text": text, **load_values(proposal.fields, values)}
    return _edit_page(proposal, BoundForm(_draft_schema(proposal), given))


@pages.post("/proposals/<uuid:proposal_id>/edit")
@allow("proposals.edit")
def save(proposal_id: UUID) -> Answer:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    schema = _draft_schema(proposal)

    def write(given: Any) -> Response:
        seen, values = seen_version(), dump_values(schema, proposal.fields, given)
        writing.edit_draft(
            session(), identity(), proposal_id, seen, now(), title=given["title"], text=given["text"], values=values
        )
        return redirect(url_for("proposals.show", proposal_id=proposal_id))

    return decide_form(schema, write, partial(_edit_page, proposal))


def _draft_schema(proposal: Proposal) -> Any:
    return make_values_schema(proposal.fields, title_field(), text_field())


def _newest(template_id: UUID) -> tuple[Template, TemplateVersion]:
    template = queries.get_template(session(), template_id)
    return template, queries.get_template_version(session(), template.id, template.latest)


def _offer() -> Sequence[tuple[str, str]]:
    """The organisations to choose from, with who would get it: those of a stage, and whatever is chosen already."""
    wanted = parse_query(PickerQuery())
    stage = wanted["stage"] if "stage" in request.args else "shortlisted"
    found = find_organisations(
        session(), identity(), cursor=None, limit=OFFERED, search=wanted["search"], stage=stage or None
    )
    names = {each.id: each.name for each in found.items}
    chosen = [UUID(each) for each in request.form.getlist("organisations") if _is_id(each)]
    if asked := request.args.get("organisation", type=UUID):
        chosen.append(asked)
    names = {**name_organisations(session(), chosen), **names}
    liaisons = find_liaisons(session(), list(names))
    return [(str(each), _label(name, liaisons.get(each))) for each, name in names.items()]


def _label(name: str, liaison: Any) -> str:
    return f"{name} ({liaison.name})" if liaison and liaison.email else f"{name} ({gettext('no liaison yet')})"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _write_page(template: Template, version: TemplateVersion, form: BoundForm) -> str:
    wanted = parse_query(PickerQuery())
    return render_template(
        "proposals/write.html", template=template, source=version, form=form, wanted=wanted,
        stage=wanted["stage"] if "stage" in request.args else "shortlisted",
        stages=list(STAGE_NAMES.items()),
    )  # fmt: skip


def _edit_page(proposal: Proposal, form: BoundForm, problem: Problem | None = None) -> str:
    return render_template(
        "proposals/edit.html", proposal=proposal, form=form, problem=problem,
        organisation={"id": proposal.organisation_id, "name": name_organisation(proposal)},
    )  # fmt: skip
