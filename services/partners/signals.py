"""What makes a relationship need attention: one row per feature that has something to say."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from services.partners.attention import Signal, Source
from services.partners.interactions.queries import find_last_contacts, select_silent
from services.partners.opportunities.queries import list_overdue_opportunities, select_overdue_opportunities
from services.partners.organisations.queries import select_in_stages
from services.partners.profiles.queries import find_waiting_updates, select_waiting_updates
from services.partners.promises.queries import select_overdue, sum_up_promises
from services.partners.scorecards.queries import list_overdue_scorecards, select_overdue_scorecards
from shared.web.filters import format_date

#: A partner that nobody spoke with for so long feels forgotten.
SILENCE = timedelta(days=60)
#: With whom silence means something: we are talking, or work together.
LIVELY = ("approached", "in_discussion", "partner")


def tell_promises(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Promises whose day has passed, ours before theirs."""
    told: dict[UUID, list[Signal]] = {}
    for organisation_id, owing in sum_up_promises(session, organisation_ids, today).items():
        link, since = f"/partners/organisations/{organisation_id}/promises?state=overdue", owing.oldest_due
        if since is None or since >= today:
            continue
        ours = ngettext("We have not kept a promise", "We have not kept %(num)s promises", owing.ours_late)
        theirs = ngettext("They have not kept a promise", "They have not kept %(num)s promises", owing.theirs_late)
        found = [("ours", ours, owing.ours_late), ("theirs", theirs, owing.theirs_late)]
        told[organisation_id] = [
            Signal(
                f"promise_{kind}",
                since,
                _("%(what)s, due since %(day)s", what=text, day=format_date(since)),
                f"{link}&owed_by={side}",
            )
            for (kind, text, late), side in zip(found, ("us", "them"), strict=True)
            if late
        ]
    return told


def tell_silence(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Organisations that we were last in touch with long ago."""
    return {
        organisation_id: [
            Signal(
                "silence",
                at.date(),
                _("Nobody was in touch since %(day)s", day=format_date(at.date())),
                f"/partners/organisations/{organisation_id}/interactions",
            )
        ]
        for organisation_id, at in find_last_contacts(session, organisation_ids, select_in_stages(LIVELY)).items()
        if at.date() < today - SILENCE
    }


def tell_opportunities(
    session: Any, organisation_ids: Collection[UUID], today: date
) -> Mapping[UUID, Sequence[Signal]]:
    """Next steps of open opportunities whose day has passed."""
    told: dict[UUID, list[Signal]] = {}
    for each in list_overdue_opportunities(session, organisation_ids, today):
        if each.step_due_on is not None:
            text = _(
                "“%(title)s” waits for its next step since %(day)s", title=each.title, day=format_date(each.step_due_on)
            )
            signal = Signal("opportunity", each.step_due_on, text, f"/partners/opportunities/{each.id}")
            told.setdefault(each.organisation_id, []).append(signal)
    return told


def tell_scorecards(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Mutual scorecards that one side still has to answer."""
    told: dict[UUID, list[Signal]] = {}
    for each in list_overdue_scorecards(session, organisation_ids, today):
        text = _("Not both sides have rated each other, asked for by %(day)s", day=format_date(each.due_on))
        signal = Signal("scorecard", each.due_on, text, f"/partners/scorecards/{each.id}")
        told.setdefault(each.organisation_id, []).append(signal)
    return told


def tell_profiles(session: Any, organisation_ids: Collection[UUID], _today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Profiles that organisations completed, and nobody of us has looked at."""
    return {
        organisation_id: [
            Signal(
                "profile",
                at.date(),
                _("Changes to its profile wait for us since %(day)s", day=format_date(at.date())),
                f"/partners/profile-updates/{update_id}",
            )
        ]
        for organisation_id, (update_id, at) in find_waiting_updates(session, organisation_ids).items()
    }


SOURCES: tuple[Source, ...] = (
    Source(select_overdue, tell_promises),
    Source(lambda _today: select_waiting_updates(), tell_profiles),
    Source(lambda today: select_silent(today - SILENCE, select_in_stages(LIVELY)), tell_silence),
    Source(select_overdue_opportunities, tell_opportunities),
    Source(select_overdue_scorecards, tell_scorecards),
)
