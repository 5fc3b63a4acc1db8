"""Which relationships need attention and why: a ranking of all, and the picture of one."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, render_template

from services.partners.attention import Signal
from services.partners.contacts.queries import find_liaison, find_owner, find_owners
from services.partners.interactions.queries import find_last_contacts
from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.promises.queries import sum_up_promises
from services.partners.relationships import queries
from services.partners.relationships.schemas import AttentionQuery
from services.partners.signals import SOURCES
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, session, today
from shared.web.policy import allow

pages = Blueprint("relationships", __name__, url_prefix="/partners", template_folder="templates")


@pages.app_template_global("find_attention")
def find_attention(organisation_id: UUID) -> Sequence[Signal]:
    """Why the organisation needs attention, for a panel on a page of another feature that staff alone see."""
    return queries.gather_signals(session(), SOURCES, [organisation_id], today())[organisation_id]


@pages.get("/attention")
@allow("relationships.read")
def attention() -> str:
    wanted = parse_query(AttentionQuery())
    owner_id = identity().person_id if wanted["mine"] else None
    place = {"cursor": wanted["cursor"], "limit": wanted["limit"]}
    page = queries.rank_waiting(session(), SOURCES, today(), owner_id=owner_id, **place)
    ids = [each.organisation_id for each in page.items]
    return render_template(
        "relationships/attention.html",
        page=page,
        wanted=wanted,
        today=today(),
        next_address=next_address(page),
        total=queries.count_waiting(session(), SOURCES, today(), owner_id=owner_id),
        names=name_organisations(session(), ids),
        owners=find_owners(session(), ids),
        signals=queries.gather_signals(session(), SOURCES, ids, today()),
    )


@pages.get("/organisations/<uuid:organisation_id>/relationship")
@allow("relationships.read")
def show(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template(
        "relationships/show.html",
        organisation=organisation,
        signals=find_attention(organisation_id),
        last_contact=find_last_contacts(session(), [organisation_id]).get(organisation_id),
        owing=sum_up_promises(session(), [organisation_id], today()).get(organisation_id),
        liaison=find_liaison(session(), organisation_id),
        owner=find_owner(session(), organisation_id),
    )
