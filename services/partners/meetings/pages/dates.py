"""One date of a meeting for people: its agenda, who was there, the minutes, what was promised."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.partners.meetings import queries
from services.partners.meetings.pages.planning import about, draw_text
from services.partners.meetings.schemas import AgendaItemSchema, MinutesSchema, MoveSchema
from services.partners.meetings.service import minutes as keeping
from services.partners.meetings.service import planning
from services.partners.promises.queries import list_promises_of
from shared.errors import Stale
from shared.web.context import identity, now, session, settings, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("meeting_dates", __name__, url_prefix="/partners/meetings/dates", template_folder="../templates")


@pages.get("/<uuid:date_id>")
@allow("meetings.read")
def show(date_id: UUID) -> str:
    return _date_page(date_id)


@pages.post("/<uuid:date_id>/agenda")
@allow("meetings.edit")
def add_item(date_id: UUID) -> Response | tuple[str, int]:
    item, form = parse_form(AgendaItemSchema(), request.form, choices=_leaders(date_id))
    if item is None:
        return _date_page(date_id, form), 422
    keeping.add_agenda_item(session(), identity(), date_id, now(), **item)
    return redirect(url_for("meeting_dates.show", date_id=date_id, _anchor="agenda"))


@pages.post("/<uuid:date_id>/agenda/<uuid:item_id>/remove")
@allow("meetings.edit")
def remove_item(date_id: UUID, item_id: UUID) -> Response:
    keeping.remove_agenda_item(session(), identity(), date_id, item_id, now())
    return redirect(url_for("meeting_dates.show", date_id=date_id, _anchor="agenda"))


@pages.get("/<uuid:date_id>/move")
@allow("meetings.edit")
def edit_time(date_id: UUID) -> str:
    day = queries.get_date(session(), identity(), date_id)
    given = {"day": day.local_start.date(), "at": f"{day.local_start:%H:%M}", "minutes": day.minutes}
    return _form_page("meetings/move.html", day, BoundForm(MoveSchema(), given))


@pages.post("/<uuid:date_id>/move")
@allow("meetings.edit")
def move(date_id: UUID) -> Saved:
    day = queries.get_date(session(), identity(), date_id)

    def save(wanted: Any) -> Response:
        start = planning.combine(wanted["day"], wanted["at"])
        planning.move_date(
            session(), identity(), date_id, seen_version(), now(), local_start=start, minutes=wanted["minutes"]
        )
        flash(_("The date is moved. Nobody is told yet."), "success")
        return redirect(url_for("meetings.show", meeting_id=day.meeting_id))

    return save_form(MoveSchema(), save, partial(_form_page, "meetings/move.html", day))


@pages.get("/<uuid:date_id>/cancel")
@allow("meetings.edit")
def ask_to_cancel(date_id: UUID) -> str:
    return _one_page("meetings/cancel_date.html", queries.get_date(session(), identity(), date_id))


@pages.post("/<uuid:date_id>/cancel")
@allow("meetings.edit")
def cancel(date_id: UUID) -> Response:
    day = planning.cancel_date(session(), identity(), date_id, now())
    flash(_("The date is called off. Nobody is told yet."), "success")
    return redirect(url_for("meetings.show", meeting_id=day.meeting_id))


@pages.get("/<uuid:date_id>/minutes")
@allow("meetings.edit")
def edit_minutes(date_id: UUID) -> str:
    day = queries.get_date(session(), identity(), date_id)
    given = {"attended": day.attended or [], "notes": day.notes}
    form = BoundForm(MinutesSchema(), given, choices={"attended": _present(day)})
    return _form_page("meetings/minutes.html", day, form)


@pages.post("/<uuid:date_id>/minutes")
@allow("meetings.edit")
def write_minutes(date_id: UUID) -> Saved:
    day = queries.get_date(session(), identity(), date_id)

    def save(written: Any) -> Response:
        keeping.write_minutes(session(), identity(), date_id, seen_version(), now(), **written)
        flash(_("The minutes are kept as a draft. Nobody has got them yet."), "success")
        return redirect(url_for("meeting_dates.show", date_id=date_id))

    page = partial(_form_page, "meetings/minutes.html", day)
    return save_form(MinutesSchema(), save, page, choices={"attended": _present(day)})


@pages.get("/<uuid:date_id>/publish")
@allow("meetings.edit")
def ask_to_publish(date_id: UUID) -> str:
    return _publish_page(date_id)


@pages.post("/<uuid:date_id>/publish")
@allow("meetings.edit")
def publish(date_id: UUID) -> Response | tuple[str, int]:
    seen = seen_version()
    try:
        made = keeping.publish_minutes(session(), identity(), date_id, seen, settings().base_url, now())
    except Stale as stale:
        return _publish_page(date_id, stale), 412
    sent = ngettext("One mail is on its way.", "%(num)s mails are on their way.", made.recipients)
    flash(_("The minutes are published as version %(number)s.", number=made.number) + " " + sent, "success")
    return redirect(url_for("meeting_dates.show", date_id=date_id))


def _leaders(date_id: UUID) -> dict[str, list[tuple[UUID, str]]]:
    return {"led_by": _present(queries.get_date(session(), identity(), date_id))}


def _present(day: Any) -> list[tuple[UUID, str]]:
    """The organiser and everyone who is to come, by name."""
    names = about(day.meeting)["names"]
    ids = {each.who for each in day.meeting.invited} | {day.meeting.organiser_id}
    return sorted(((each, names[each]) for each in ids if each in names), key=lambda pair: pair[1])


def _date_page(date_id: UUID, form: BoundForm | None = None) -> str:
    day = queries.get_date(session(), identity(), date_id)
    published = queries.list_minutes(session(), date_id)
    draft = keeping.draft_minutes(session(), identity(), day)
    return _one_page(
        "meetings/date.html",
        day,
        form=form or BoundForm(AgendaItemSchema(), choices=_leaders(date_id)),
        published=published,
        # What is not published yet is ours alone.
        draft=draft if identity().is_staff and keeping.is_new(published, draft) else None,
        promises=list_promises_of(session(), identity(), keeping.SOURCE, date_id),
    )


def _publish_page(date_id: UUID, stale: Stale | None = None) -> str:
    day = queries.get_date(session(), identity(), date_id)
    published, draft = queries.list_minutes(session(), date_id), keeping.draft_minutes(session(), identity(), day)
    return _one_page(
        "meetings/publish.html",
        day,
        draft=draft,
        fresh=draft.text and keeping.is_new(published, draft),
        number=len(published) + 1,
        stale=stale,
        recipients=keeping.list_recipients(session(), day),
    )


def _form_page(template: str, day: Any, form: BoundForm, stale: Stale | None = None) -> str:
    return _one_page(template, day, form=form, stale=stale)


def _one_page(template: str, day: Any, **context: Any) -> str:
    return render_template(
        template,
        day=day,
        html=draw_text,
        uuid=UUID,
        today=today(),
        **about(day.meeting),
        **context,
    )
