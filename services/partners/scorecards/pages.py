"""Mutual scorecards for people: ask both sides, answer blind, then look at both side by side."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.partners.contacts.queries import find_liaison, list_contacts, name_contacts
from services.partners.known.queries import list_campaigns, name_campaigns
from services.partners.organisations.queries import get_organisation
from services.partners.scorecards import queries, service
from services.partners.scorecards.chart import RatedRound, draw_rounds
from services.partners.scorecards.models import Side
from services.partners.scorecards.schemas import (
    OCCASION_NAMES,
    QUESTION_NAMES,
    ScorecardAnswerSchema,
    ScorecardRoundSchema,
)
from shared.database.history import list_history
from shared.errors import Conflict, Invalid
from shared.web.context import identity, link, now, session, settings, today
from shared.web.filters import format_date, format_number
from shared.web.forms import BoundForm, parse_form
from shared.web.history import tell_history
from shared.web.policy import allow, scoped

pages = Blueprint("mutual_scorecards", __name__, url_prefix="/partners", template_folder="templates")


@pages.get("/organisations/<uuid:organisation_id>/scorecards")
@allow("scorecards.read")
def index(organisation_id: UUID) -> str:
    rounds = queries.list_shown_rounds(session(), identity(), organisation_id, today())
    averages = {each.id: average_sides(each, today()) for each in rounds}
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template(
        "scorecards/index.html",
        organisation=organisation,
        rounds=rounds,
        averages=averages,
        trend=_draw_trend([(each, averages[each.id]) for each in reversed(rounds) if averages[each.id]]),
        campaigns=name_campaigns(session(), [each.campaign_id for each in rounds if each.campaign_id]),
        occasions=OCCASION_NAMES,
        sides=_name_sides(),
    )


@pages.get("/organisations/<uuid:organisation_id>/scorecards/new")
@allow("scorecards.edit")
def new(organisation_id: UUID) -> str:
    liaison = find_liaison(session(), organisation_id)
    given = {"occasion": "debrief", "contact_id": liaison.id if liaison else None}
    return _form_page(BoundForm(ScorecardRoundSchema(), given, choices=_choices(organisation_id)), organisation_id)


@pages.post("/organisations/<uuid:organisation_id>/scorecards/new")
@allow("scorecards.edit")
def open_round(organisation_id: UUID) -> str | Response | tuple[str, int]:
    details, form = parse_form(ScorecardRoundSchema(), request.form, choices=_choices(organisation_id))
    if details is None:
        return _form_page(form, organisation_id), 422
    if "confirmed" not in request.form:
        return _confirm_page(organisation_id, form, details)
    try:
        made = service.open_round(
            session(), identity(), organisation_id, now(), today(), settings().base_url, **details
        )
    except Invalid as invalid:
        return _form_page(form.with_errors(invalid.fields), organisation_id), 422
    flash(_("Both sides are asked. Now rate them from our side."), "success")
    return redirect(url_for("mutual_scorecards.show", scorecard_id=made.id))


@pages.get("/scorecards/<uuid:scorecard_id>")
@allow("scorecards.read")
def show(scorecard_id: UUID) -> str:
    return _show_page(scorecard_id, BoundForm(ScorecardAnswerSchema()))


@pages.post("/scorecards/<uuid:scorecard_id>")
@allow("scorecards.edit")
def rate(scorecard_id: UUID) -> str | Response | tuple[str, int]:
    details, form = parse_form(ScorecardAnswerSchema(), request.form)
    if details is None:
        return _show_page(scorecard_id, form), 422
    try:
        service.answer(session(), identity(), scorecard_id, Side.US, now(), **details)
    except Conflict as refused:
        flash(refused.detail, "warning")
    else:
        flash(_("Our answers are kept."), "success")
    return redirect(url_for("mutual_scorecards.show", scorecard_id=scorecard_id))


@pages.get("/scorecards/s/<secret>")
@scoped("scorecard.answer")
def look_by_link(secret: str) -> str:
    return _link_page(BoundForm(ScorecardAnswerSchema()))


@pages.post("/scorecards/s/<secret>")
@scoped("scorecard.answer")
def answer_by_link(secret: str) -> str | tuple[str, int]:
    details, form = parse_form(ScorecardAnswerSchema(), request.form)
    if details is None:
        return _link_page(form), 422
    service.answer(session(), identity(), link().subject_id, Side.THEM, now(), **details)
    return _link_page(form)


def average_sides(round_: Any, day: Any) -> dict[str, float]:
    """Each side's average score, as far as it may be seen."""
    if not round_.is_revealed(day):
        return {}
    return {each.side: sum(each.scores.values()) / len(each.scores) for each in round_.cards if each.scores}


def _choices(organisation_id: UUID) -> dict[str, list[tuple[UUID, str]]]:
    contacts = [each for each in list_contacts(session(), identity(), organisation_id) if each.email]
    return {
        "contact_id": [(each.id, each.name) for each in contacts],
        "campaign_id": [(each.id, each.title) for each in list_campaigns(session(), organisation_id)],
    }


def _form_page(form: BoundForm, organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template("scorecards/form.html", form=form, organisation=organisation)


def _confirm_page(organisation_id: UUID, form: BoundForm, details: dict[str, Any]) -> str:
    contacts = list_contacts(session(), identity(), organisation_id)
    return render_template(
        "scorecards/confirm.html",
        form=form,
        details=details,
        contact=next(each for each in contacts if each.id == details["contact_id"]),
        organisation=get_organisation(session(), identity(), organisation_id),
    )


def _show_page(scorecard_id: UUID, form: BoundForm) -> str:
    round_ = queries.get_shown_round(session(), identity(), scorecard_id, today())
    organisation = get_organisation(session(), identity(), round_.organisation_id)
    return render_template(
        "scorecards/show.html",
        contact=name_contacts(session(), [round_.contact_id])[round_.contact_id],
        form=form,
        entries=tell_history(list_history(session(), scorecard_id), _actions(), {}, {}) if identity().is_staff else [],
        **_describe(round_, organisation),
    )


def _actions() -> dict[str, str]:
    return {
        "asked both sides": _("asked both sides"),
        "rated the partner": _("rated the partner"),
        "rated us": _("rated us"),
    }


def _link_page(form: BoundForm) -> str:
    round_ = queries.get_round(session(), identity(), link().subject_id)
    organisation = get_organisation(session(), identity(), round_.organisation_id)
    return render_template(
        "scorecards/by_link.html", form=form, expires_at=link().expires_at, **_describe(round_, organisation)
    )


def _describe(round_: Any, organisation: Any) -> dict[str, Any]:
    """What the pages of one round show alike."""
    return {
        "round": round_,
        "organisation": organisation,
        "ours": round_.card_of(Side.US),
        "theirs": round_.card_of(Side.THEM),
        "revealed": round_.is_revealed(today()),
        "questions": QUESTION_NAMES,
        "occasions": OCCASION_NAMES,
        "sides": _name_sides(),
    }


def _name_sides() -> dict[str, str]:
    """Who rates whom, as staff say it or as the partner reads it."""
    if identity().is_staff:
        return {"us": _("We rate them"), "them": _("They rate us")}
    ours = settings().brand_name
    return {"us": _("%(name)s rates you", name=ours), "them": _("You rate %(name)s", name=ours)}


def _draw_trend(rated: Sequence[tuple[Any, Mapping[str, float]]]) -> tuple[str, Markup] | None:
    """The finding and the drawing over the rounds, oldest first; None while there is nothing to compare."""
    if len(rated) < 2:
        return None
    names = {"us": _("we rate them"), "them": _("they rate us")}
    if not identity().is_staff:
        names = {"us": _("their rating of us"), "them": _("our rating of them")}
    points = [
        RatedRound(
            round_.due_on,
            dict(means),
            {
                side: f"{format_date(round_.due_on)}, {names[side]}: {format_number(Decimal(str(round(mean, 1))))}"
                for side, mean in means.items()
            },
        )
        for round_, means in rated
    ]
    finding = _tell_trend([each.means for each in points], names)
    return finding, draw_rounds(points, names, finding, settings().brand_colour)


def _tell_trend(means: Sequence[Mapping[str, float]], names: Mapping[str, str]) -> str:
    """What moved from the first to the last round that each side answered, of 5."""
    told = []
    for side, name in names.items():
        values = [each[side] for each in means if side in each]
        if len(values) > 1:
            first, last = (format_number(Decimal(str(round(value, 1)))) for value in (values[0], values[-1]))
            told.append(
                _("%(name)s: from %(first)s to %(last)s", name=name, first=first, last=last)
                if first != last
                else _("%(name)s: %(last)s as at first", name=name, last=last)
            )
    text = "; ".join(told) or _("Each side has answered once so far")
    return text[:1].upper() + text[1:]
