"""Makes sentences of the feed's rows, in the language of the person who asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from services.notifications.feed.models import FeedItem, Kind
from shared.web.filters import format_amount

#: The state of each piece of news as a word, and its tone.
BADGES = {
    Kind.CAMPAIGN_CREATED: (_l("New campaign"), "info"),
    Kind.ORGANISATION_REGISTERED: (_l("New organisation"), "info"),
    Kind.TARGET_REACHED: (_l("Target reached"), "good"),
    Kind.AGREEMENT_IN_FORCE: (_l("Agreement"), "good"),
    Kind.AGREEMENT_ENDED: (_l("Agreement ended"), "neutral"),
    Kind.TARGET_SIGNED: (_l("Target signed"), "good"),
    Kind.AT_RISK: (_l("At risk"), "warning"),
    Kind.OFF_TRACK: (_l("Off track"), "bad"),
    Kind.FIGURES_OVERDUE: (_l("Overdue"), "warning"),
    Kind.ANNOUNCEMENT_DRAFTED: (_l("Draft"), "neutral"),
    Kind.ANNOUNCEMENT_SENT: (_l("Announcement"), "good"),
}


@dataclass(frozen=True)
class Story:
    """One piece of news as it is read: a state as a `word` in a `tone`, a sentence, and where it leads."""

    id: UUID
    at: datetime
    kind: str
    word: str
    tone: str
    headline: str
    detail: str
    address: str
    campaign_id: UUID | None
    organisation_id: UUID | None


@dataclass(frozen=True)
class Names:
    """What campaigns and organisations are called, as far as that has been heard."""

    campaigns: Mapping[UUID, str]
    organisations: Mapping[UUID, str]


def tell_stories(items: Sequence[FeedItem], names: Names, *, to_staff: bool) -> list[Story]:
    """The items as sentences. Outsiders are led to pages that they can open."""
    return [_tell(item, names, to_staff) for item in items]


def _tell(item: FeedItem, names: Names, to_staff: bool) -> Story:
    word, tone = BADGES[Kind(item.kind)]
    headline, detail = _say(item, names)
    return Story(
        id=item.id,
        at=item.at,
        kind=item.kind,
        word=str(word),
        tone=tone,
        headline=headline,
        detail=detail,
        address=_locate(item, to_staff),
        campaign_id=item.campaign_id,
        organisation_id=item.organisation_id,
    )


def _say(item: FeedItem, names: Names) -> tuple[str, str]:
    """The sentence, and what stands under it."""
    data: Mapping[str, Any] = item.data
    campaign = _name(item.campaign_id, names.campaigns) or _("a campaign")
    partner = _name(item.organisation_id, names.organisations) or _("a partner")
    said = {"kpi": data.get("name"), "campaign": campaign}
    match Kind(item.kind):
        case Kind.CAMPAIGN_CREATED:
            story = data["title"], ""
        case Kind.ORGANISATION_REGISTERED:
            story = _name(item.organisation_id, names.organisations) or data["name"], ""
        case Kind.AGREEMENT_IN_FORCE:
            story = _("Both sides accepted “%(title)s” with %(partner)s", title=data["title"], partner=partner), ""
        case Kind.AGREEMENT_ENDED:
            story = _("“%(title)s” with %(partner)s has ended", title=data["title"], partner=partner), data["reason"]
        case Kind.TARGET_REACHED:
            figures = {key: format_amount(Decimal(data[key]), data["unit"]) for key in ("value", "target")}
            story = (
                _("%(kpi)s reached its target in %(campaign)s", **said),
                _("%(value)s, and the target was %(target)s", **figures),
            )
        case Kind.TARGET_SIGNED:
            story = _("Both sides signed the target for %(kpi)s in %(campaign)s", **said), ""
        case Kind.AT_RISK:
            story = _("%(kpi)s is at risk in %(campaign)s", **said), data["reason"]
        case Kind.OFF_TRACK:
            story = _("%(kpi)s is off track in %(campaign)s", **said), data["reason"]
        case Kind.FIGURES_OVERDUE:
            story = (
                _("Figures of %(partner)s are overdue in %(campaign)s", partner=partner, campaign=campaign),
                ", ".join(data["names"]),
            )
        case Kind.ANNOUNCEMENT_DRAFTED:
            story = _("A celebration is drafted for %(campaign)s", campaign=campaign), data["title"]
        case Kind.ANNOUNCEMENT_SENT:
            number = data["recipients"]
            sent = ngettext(
                "%(who)s sent it to one person", "%(who)s sent it to %(num)s people", number, who=data["by"]
            )
            story = data["title"], sent
    return story


def _locate(item: FeedItem, to_staff: bool) -> str:
    match Kind(item.kind):
        case Kind.ORGANISATION_REGISTERED:
            return f"/partners/organisations/{item.organisation_id}"
        case Kind.AGREEMENT_IN_FORCE | Kind.AGREEMENT_ENDED:
            return f"/partners/agreements/{item.data['agreement_id']}"
        case Kind.CAMPAIGN_CREATED:
            return f"/campaigns/{item.campaign_id}"
        case Kind.ANNOUNCEMENT_DRAFTED | Kind.ANNOUNCEMENT_SENT if to_staff:
            return f"/notifications/announcements/{item.data['announcement_id']}"
    return f"/metrics/campaigns/{item.campaign_id}"


def _name(key: UUID | None, names: Mapping[UUID, str]) -> str | None:
    return names.get(key) if key else None
