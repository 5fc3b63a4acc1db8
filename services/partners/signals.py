"""What makes a relationship need attention: one row per feature that has something to say."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from services.partners.agreements.queries import (
    find_ending,
    list_waiting_offers,
    select_ending,
    select_waiting_offers,
)
from services.partners.attention import Signal, Source, start_of
from services.partners.evaluations.queries import list_owed, select_owed
from services.partners.interactions.queries import find_last_contacts, select_silent
from services.partners.known.queries import list_owed_figures, name_campaigns, select_owed_figures
from services.partners.meetings.queries import (
    list_unanswered,
    list_unwritten,
    select_unanswered,
    select_unwritten,
)
from services.partners.opportunities.queries import list_overdue_opportunities, select_overdue_opportunities
from services.partners.organisations.queries import select_in_stages
from services.partners.profiles.queries import find_waiting_updates, select_waiting_updates
from services.partners.promises.queries import select_overdue, sum_up_promises
from services.partners.proposals.queries import find_waiting_proposals, select_waiting_proposals
from services.partners.scorecards.queries import list_overdue_scorecards, select_overdue_scorecards
from services.partners.vetting.queries import (
    find_unseen_papers,
    list_ending_vettings,
    select_ending_vettings,
    select_unseen_papers,
)
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
    return _gather(
        (
            each.organisation_id,
            Signal(
                "opportunity",
                each.step_due_on,
                _("“%(title)s” waits for its next step since %(day)s", title=each.title,
                  day=format_date(each.step_due_on)),
                f"/partners/opportunities/{each.id}",
            ),
        )
        for each in list_overdue_opportunities(session, organisation_ids, today)
        if each.step_due_on is not None
    )  # fmt: skip


def tell_scorecards(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Mutual scorecards that one side still has to answer."""
    return _gather(
        (
            each.organisation_id,
            Signal(
                "scorecard",
                each.due_on,
                _("Not both sides have rated each other, asked for by %(day)s", day=format_date(each.due_on)),
                f"/partners/scorecards/{each.id}",
            ),
        )
        for each in list_overdue_scorecards(session, organisation_ids, today)
    )


def tell_profiles(session: Any, organisation_ids: Collection[UUID], _today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Profiles that organisations completed, and nobody of us has looked at."""
    return _gather(
        (
            organisation_id,
            Signal(
                "profile",
                at.date(),
                _("Changes to its profile wait for us since %(day)s", day=format_date(at.date())),
                f"/partners/profile-updates/{update_id}",
            ),
        )
        for organisation_id, (update_id, at) in find_waiting_updates(session, organisation_ids).items()
    )


def tell_offers(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Terms that wait for our answer, or for too long for the partner's."""
    told = []
    for each in list_waiting_offers(session, organisation_ids, today):
        words = {"title": each.title, "day": format_date(each.since), "last": format_date(each.answer_by)}
        if each.waits_for_us:
            text = _("They accepted “%(title)s” on %(day)s, and wait for us to do so by %(last)s", **words)
        else:
            text = _("“%(title)s” waits for their answer since %(day)s, which they can give by %(last)s", **words)
        signal = Signal("agreement_answer", each.since, text, f"/partners/agreements/{each.agreement_id}")
        told.append((each.organisation_id, signal))
    return _gather(told)


def tell_endings(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Agreements whose last day is near."""
    return _gather(
        (
            each.organisation_id,
            Signal(
                "agreement_ending",
                min(each.ends_on, today),
                _("“%(title)s” ends on %(day)s: renew it with them, or let it end", title=each.title,
                  day=format_date(each.ends_on)),
                f"/partners/agreements/{each.id}",
            ),
        )
        for each in find_ending(session, organisation_ids, today)
        if each.ends_on is not None
    )  # fmt: skip


def tell_proposals(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Proposals that wait for our next move, or for too long for the partner's answer."""
    told = []
    for each in find_waiting_proposals(session, organisation_ids, today):
        since = each.since.date()
        words = {"title": each.title, "day": format_date(since), "last": format_date(each.answer_by)}
        if each.state == "changes_asked":
            text = _("They asked for changes to “%(title)s” on %(day)s, and wait for us", **words)
        elif each.state == "countered":
            text = _("They made a counter-offer to “%(title)s” on %(day)s, and wait for us", **words)
        else:
            text = _("“%(title)s” waits for their answer since %(day)s, which they can give by %(last)s", **words)
        told.append((each.organisation_id, Signal("proposal", since, text, f"/partners/proposals/{each.id}")))
    return _gather(told)


def tell_invitations(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Invitations to meetings ahead that contacts have not answered."""
    return _gather(
        (
            each.organisation_id,
            Signal(
                "invitation",
                each.told_at.date(),
                _("%(name)s has not answered the invitation of %(day)s to “%(title)s” on %(meeting)s", name=each.name,
                  day=format_date(each.told_at.date()), title=each.title, meeting=format_date(each.starts_at.date())),
                f"/partners/meetings/{each.meeting_id}",
            ),
        )
        for each in list_unanswered(session, organisation_ids, start_of(today))
    )  # fmt: skip


def tell_minutes(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Meetings that were held, and whose minutes nobody has published."""
    return _gather(
        (
            each.organisation_id,
            Signal(
                "minutes",
                each.ended_at.date(),
                _("They wait for our minutes of “%(title)s”, held on %(day)s", title=each.title,
                  day=format_date(each.ended_at.date())),
                f"/partners/meetings/dates/{each.date_id}",
            ),
        )
        for each in list_unwritten(session, organisation_ids, start_of(today))
    )  # fmt: skip


def tell_vettings(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Approvals that ended or soon will, because an answer or a paper under them runs out."""
    told = []
    for each in list_ending_vettings(session, organisation_ids, today):
        if each.valid_until is None:
            continue
        day = format_date(each.valid_until)
        if each.valid_until < today:
            text = _("Its vetting ran out on %(day)s: we are to vet it again", day=day)
        else:
            text = _("Its vetting holds until %(day)s: we are to vet it again before that", day=day)
        signal = Signal("vetting", min(each.valid_until, today), text, f"/partners/vettings/{each.id}")
        told.append((each.organisation_id, signal))
    return _gather(told)


def tell_papers(session: Any, organisation_ids: Collection[UUID], _today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Papers for a vetting that came in, and nobody of us has looked at."""
    return _gather(
        (
            organisation_id,
            Signal(
                "papers",
                since,
                ngettext("A paper that they sent waits for us since %(day)s",
                         "%(num)s papers that they sent wait for us since %(day)s", number, day=format_date(since)),
                f"/partners/vettings/{vetting_id}",
            ),
        )
        for organisation_id, (vetting_id, number, since) in find_unseen_papers(session, organisation_ids).items()
    )  # fmt: skip


def tell_evaluations(session: Any, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Sequence[Signal]]:
    """Rounds of evaluation that some of us still owe their scores of the organisation."""
    owed = list_owed(session, organisation_ids, today)
    told = []
    for (organisation_id, round_id), group in groupby(
        sorted(owed, key=lambda each: (each.organisation_id, each.round_id)),
        key=lambda each: (each.organisation_id, each.round_id),
    ):
        found = list(group)
        text = _(
            "“%(title)s” waits for scores by %(names)s, asked for by %(day)s", title=found[0].title,
            names=format_list([each.evaluator for each in found], locale=get_locale()),
            day=format_date(found[0].due_on),
        )  # fmt: skip
        told.append((organisation_id, Signal("evaluation", found[0].due_on, text, f"/partners/evaluations/{round_id}")))
    return _gather(told)


def tell_owed_figures(
    session: Any, organisation_ids: Collection[UUID], _today: date
) -> Mapping[UUID, Sequence[Signal]]:
    """Figures that organisations owe by the agreed frequency."""
    owed = list_owed_figures(session, organisation_ids)
    titles = name_campaigns(session, {each.campaign_id for each in owed})
    told = []
    for each in owed:
        if each.since is None:
            continue
        text = ngettext(
            "Figures of one period for %(campaign)s are overdue since %(day)s",
            "Figures of %(num)s periods for %(campaign)s are overdue since %(day)s",
            each.periods,
            campaign=titles.get(each.campaign_id) or _("a campaign"),
            day=format_date(each.since),
        )
        told.append(
            (each.organisation_id, Signal("figures", each.since, text, f"/metrics/campaigns/{each.campaign_id}"))
        )
    return _gather(told)


def _gather(found: Iterable[tuple[UUID, Signal]]) -> Mapping[UUID, Sequence[Signal]]:
    told: dict[UUID, list[Signal]] = {}
    for organisation_id, signal in found:
        told.setdefault(organisation_id, []).append(signal)
    return told


SOURCES: tuple[Source, ...] = (
    Source(select_overdue, tell_promises),
    Source(lambda _today: select_waiting_updates(), tell_profiles),
    Source(lambda today: select_silent(today - SILENCE, select_in_stages(LIVELY)), tell_silence),
    Source(select_overdue_opportunities, tell_opportunities),
    Source(select_overdue_scorecards, tell_scorecards),
    Source(select_waiting_offers, tell_offers),
    Source(select_ending, tell_endings),
    Source(select_waiting_proposals, tell_proposals),
    Source(lambda today: select_unanswered(start_of(today)), tell_invitations),
    Source(lambda today: select_unwritten(start_of(today)), tell_minutes),
    Source(select_ending_vettings, tell_vettings),
    Source(lambda _today: select_unseen_papers(), tell_papers),
    Source(select_owed, tell_evaluations),
    Source(lambda _today: select_owed_figures(), tell_owed_figures),
)
