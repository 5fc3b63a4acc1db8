"""Erasures for programs."""

from typing import Any
from uuid import UUID

from services.partners.erasures import queries, service
from services.partners.erasures.schemas import ErasureSchema, NewErasureSchema, WholeErasureSchema
from services.partners.erasures.words import say_counts
from shared.errors import Invalid
from shared.web.answers import PageQuery, page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, whole_address
from shared.web.policy import allow

api = Blueprint(
    "erasures_api", __name__, url_prefix="/partners/api/v1/erasures", description="People who asked to be forgotten"
)
#: Where a person decides by themselves; the secret of their link follows.
LINKS = "/partners/erasures/s/"


@api.get("")
@allow("erasures.do")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(ErasureSchema))
def list_erasures(wanted: dict[str, Any]) -> Any:
    """Erasures, newest first."""
    return queries.find_erasures(session(), **wanted)


@api.post("")
@allow("erasures.do")
@api.arguments(NewErasureSchema)
@api.response(202, ErasureSchema)
def ask_erasure(wanted: dict[str, Any]) -> Any:
    """Have a person erased everywhere, or with `ask` mail them a link to decide themselves. It can't be undone."""
    if (wanted["email"] is None) == (wanted["contact_id"] is None):
        raise Invalid({"email": "Send either the address or the contact's id."})
    subject = service.find_subject(session(), identity(), email=wanted["email"], contact_id=wanted["contact_id"])
    if wanted["ask"]:
        return service.ask_person(session(), identity(), subject, now(), whole_address(LINKS))
    return service.erase(session(), identity(), subject, now())


@api.get("/<uuid:erasure_id>")
@allow("erasures.do")
@api.response(200, WholeErasureSchema)
def show_erasure(erasure_id: UUID) -> Any:
    """How far an erasure is: what each service that has answered did. Once it is done, this is the receipt."""
    found = queries.get_erasure(session(), erasure_id)
    receipt = [
        {"service": each.service, "answered_at": each.answered_at, "erased": say_counts(each.counts)}
        for each in queries.list_answers(session(), erasure_id)
    ]
    return {**{name: getattr(found, name) for name in ErasureSchema().fields}, "receipt": receipt}
