"""Bringing results in from IATI: what a file would do, what people choose where it leaves that open, and doing it."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Answer

from services.metrics.exchange import queries
from services.metrics.exchange.models import TAKEN, UNDER_WAY
from services.metrics.exchange.pages.blueprint import pages
from services.metrics.exchange.schemas import (
    BECOMES_NAMES,
    BECOMES_TONES,
    HOW_NAMES,
    STATE_NAMES,
    STATE_TONES,
    STEP_NAMES,
)
from services.metrics.exchange.service import importing
from services.metrics.exchange.service.plan import ALL, SAME, SKIP, WRONG, Plan
from services.metrics.exchange.sheet import name_partners
from services.metrics.indicators.queries import list_kpis
from services.metrics.known.queries import get_campaign, list_partners
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, Stale
from shared.web import history
from shared.web.context import files, identity, now, session
from shared.web.policy import allow
from shared.web.saving import seen_version

ACTIONS = {
    "uploaded a file of figures": _l("uploaded the file"),
    "took figures from a file": _l("took the figures"),
    "asked to take a file": _l("asked to take the figures"),
    "uploaded results": _l("uploaded the file"),
    "imported results": _l("imported the results"),
}
DETAILS = {
    "added": _l("New"),
    "corrected": _l("Corrected"),
    "targets": _l("KPIs with other targets"),
    "left_out": _l("Left out"),
}
#: So many values of an indicator are shown one by one.
SHOWN = 100


@pages.post("/<uuid:results_id>/choices")
@allow("figures.exchange")
def choose(campaign_id: UUID, results_id: UUID) -> Answer | tuple[str, int]:
    """Keep what goes where."""
    choices = {name: word for name, word in request.form.items() if name not in ("csrf_token", "version")}
    try:
        importing.choose_for_results(
            session(), identity(), campaign_id, results_id, seen_version(), choices, files(), now()
        )
    except (Conflict, Stale, Invalid) as problem:
        return _show_problem(campaign_id, results_id, problem)
    flash(_("Your choices are kept. This is what would happen now."), "success")
    return redirect(url_for("exchange.show", campaign_id=campaign_id, exchange_id=results_id))


@pages.get("/<uuid:results_id>/import")
@allow("figures.exchange")
def ask_to_import(campaign_id: UUID, results_id: UUID) -> str:
    return _ask_page(campaign_id, results_id)


@pages.post("/<uuid:results_id>/import")
@allow("figures.exchange")
def import_results(campaign_id: UUID, results_id: UUID) -> Answer | tuple[str, int]:
    sent = request.form
    try:
        found = importing.take_results(
            session(), identity(), campaign_id, results_id, seen_version(), sent.get("plan", ""), files(), now(),
            reason=sent.get("reason", "")[: importing.REASON], partial=sent.get("partial") == "yes",
        )  # fmt: skip
    except Invalid as problem:
        return _ask_page(campaign_id, results_id, problem.fields.get("reason") or problem.detail), 422
    except (Conflict, Stale) as problem:
        return _show_problem(campaign_id, results_id, problem)
    flash(_("%(name)s is imported.", name=found.file_name), "success")
    return redirect(url_for("exchange.show", campaign_id=campaign_id, exchange_id=results_id))


def show_results(found: Any, problem: str = "") -> str:
    """The page of a file of results: what it would do, or what was done."""
    if found.state == TAKEN:
        return render_template("exchange/show.html", problem=problem, **tell_file(found))
    plan = importing.look_at_results(session(), identity(), found, files(), now())
    partners = name_partners(list_partners(session(), found.campaign_id))
    return render_template(
        "exchange/results.html",
        problem=problem,
        plan=plan,
        counts=_count(plan),
        sources=[
            *((str(each), name) for each, name in partners.items()),
            (ALL, _("All partners together (only compared)")),
            (SKIP, _("Pass this activity over")),
        ],
        kpis=[(kpi.key, kpi.name) for kpi in list_kpis(session(), found.campaign_id)],
        same=SAME,
        most=SHOWN,
        steps=STEP_NAMES,
        becomes=BECOMES_NAMES,
        becomes_tones=BECOMES_TONES,
        hows=HOW_NAMES,
        **tell_file(found),
    )


def tell_file(found: Any) -> dict[str, Any]:
    """What the page of any file tells."""
    return {
        "campaign": get_campaign(session(), identity(), found.campaign_id),
        "found": found,
        "states": STATE_NAMES,
        "tones": STATE_TONES,
        "under_way": UNDER_WAY,
        "entries": history.tell_history(list_history(session(), found.id), ACTIONS, DETAILS, {}),
    }


def _ask_page(campaign_id: UUID, exchange_id: UUID, wrong: str = "") -> str:
    found = queries.get_file(session(), identity(), campaign_id, exchange_id)
    plan = importing.look_at_results(session(), identity(), found, files(), now())
    changes = [
        (each.kpi, [step for step in each.steps if step.what != "actual" and step.becomes in ("added", "corrected")])
        for each in plan.list_kpis()
        if each.changes_target
    ]
    return render_template(
        "exchange/import.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        found=found,
        plan=plan,
        counts=_count(plan),
        changes=changes,
        steps=STEP_NAMES,
        wrong=wrong,
        reason=request.form.get("reason", _("As in the file %(name)s.", name=found.file_name)),
    )


def _show_problem(campaign_id: UUID, exchange_id: UUID, problem: Any) -> tuple[str, int]:
    found = queries.get_file(session(), identity(), campaign_id, exchange_id)
    words = " ".join(problem.fields.values()) if isinstance(problem, Invalid) else problem.detail
    return show_results(found, words), problem.status


def _count(plan: Plan) -> dict[str, int]:
    return {
        "added": plan.count("added", {"actual"}),
        "corrected": plan.count("corrected", {"actual"}),
        "targets": plan.count_targets(),
        "same": plan.count(SAME),
        "wrong": plan.count(WRONG),
    }
