"""What the story's partners and we agreed on: terms in force, some about to end, an amendment on offer, a draft."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.partners.agreements.models import Agreement, Kind, Reply, Version
from services.partners.agreements.queries import get_version
from services.partners.agreements.service.answering import Said, answer_for_partner, answer_for_us, offer_agreement
from services.partners.agreements.service.drafting import LINKS, draft_agreement, revise_agreement, write_part
from services.partners.agreements.service.lifecycle import turn_pages
from services.partners.agreements.terms import TermsSchema, complete_terms
from services.partners.contacts.queries import find_liaison
from shared.clock import new_id
from shared.identity import GUEST, SYSTEM, Identity

PURPOSES: Final = {
    "bay": "Keep plastic out of Table Bay. The trust runs the traps in the harbour mouth and counts what they catch;"
    " we pay for their upkeep, bring volunteers twice a month, and tell what was achieved.\n\nWhat is caught is sorted,"
    " weighed and recycled where that is possible.",
    "kitchen": "Cook warm meals for people who sleep rough, from food that shops would throw away. The collective cooks"
    " and serves; we bring the food and the drivers.",
    "books": "Give every child in twelve schools books to take home, and an adult who reads with them once a week.",
    "parks": "Plant indigenous trees along the Liesbeek with the schools that stand beside it, and keep them alive.",
}  # fmt: skip


class Negotiator:
    """Does what both sides did; `ours` are the coordinator and the one who accepts for us."""

    def __init__(self, session: Any, ours: tuple[Identity, Identity], settings: Any) -> None:
        self._session, (self._coordinator, self._manager) = session, ours
        self._links = settings.base_url + LINKS

    def draft(self, organisation_id: UUID, title: str, purpose: str, at: datetime, ends_on: date | None) -> Agreement:
        terms = _make_terms(purpose, at.date() + timedelta(days=14), ends_on)
        return draft_agreement(self._session, self._coordinator, organisation_id, at, title=title, terms=terms)

    def offer(self, agreement: Agreement, at: datetime, words: str = "") -> Version:
        return offer_agreement(
            self._session, self._coordinator, agreement.id, agreement.version, at, today=at.date(),
            answer_by=at.date() + timedelta(days=14), words=words, links=self._links,
        )  # fmt: skip

    def answer(self, agreement: Agreement, at: datetime, reply: Reply = Reply.ACCEPT, comment: str = "") -> None:
        liaison = find_liaison(self._session, agreement.organisation_id)
        if liaison is None:
            return
        guest = Identity(
            person_id=liaison.id, name=liaison.name, email=liaison.email or "", role=GUEST,
            organisation_id=agreement.organisation_id, token_id=new_id(), issued_at=at, expires_at=at,
        )  # fmt: skip
        version = get_version(self._session, SYSTEM, agreement, agreement.latest)
        said = Said(reply, version.digest or "", "Director", comment)
        answer_for_partner(self._session, guest, agreement.id, version.number, said, at, today=at.date())

    def conclude(self, agreement: Agreement, at: datetime) -> None:
        """The partner accepts, and two days later we do."""
        self.answer(agreement, at)
        version, later = get_version(self._session, SYSTEM, agreement, agreement.latest), at + timedelta(days=2)
        answer_for_us(
            self._session, self._manager, agreement.id, later, today=later.date(), digest=version.digest or "",
            capacity="Head of Social Responsibility",
        )  # fmt: skip

    def amend(self, agreement: Agreement, at: datetime, reason: str, part: str, content: Any) -> None:
        revise_agreement(
            self._session, self._coordinator, agreement.id, agreement.version, at, kind=Kind.AMENDMENT, reason=reason
        )
        self.write(agreement, at, part, content)

    def write(self, agreement: Agreement, at: datetime, part: str, content: Any) -> None:
        write_part(self._session, self._coordinator, agreement.id, agreement.version, at, part, content)


def tell_agreements(
    session: Any, staff: list[Identity], organisations: Mapping[str, UUID], now: datetime, settings: Any
) -> None:
    """In force after a second version, about to end, with an amendment to be answered, and a draft."""

    def days_ago(number: int) -> datetime:
        return now - timedelta(days=number)

    negotiator = Negotiator(session, (staff[1], staff[0]), settings)
    bay = negotiator.draft(
        organisations["bay"], "Clean bay", PURPOSES["bay"], days_ago(240), now.date() + timedelta(days=300)
    )
    negotiator.offer(bay, days_ago(236), "This is what we talked about on the quay. Please look at the reporting.")
    negotiator.answer(
        bay, days_ago(231), Reply.ASK_FOR_CHANGES,
        "Every week is too often in winter, when the boats lie still. Could we report every month?",
    )  # fmt: skip
    monthly = {"what": "Waste caught, in kilograms", "party": "partner", "rhythm": "monthly", "form": "webhook",
               "days": 10}  # fmt: skip
    negotiator.write(bay, days_ago(230), "reporting", [monthly])
    negotiator.offer(bay, days_ago(229), "Every month it is.")
    negotiator.conclude(bay, days_ago(226))
    kitchen = negotiator.draft(
        organisations["kitchen"], "Winter kitchen", PURPOSES["kitchen"], days_ago(200), now.date() + timedelta(days=40)
    )
    negotiator.offer(kitchen, days_ago(196))
    negotiator.conclude(kitchen, days_ago(190))
    books = negotiator.draft(organisations["books"], "Books to take home", PURPOSES["books"], days_ago(180), None)
    negotiator.offer(books, days_ago(178))
    negotiator.conclude(books, days_ago(170))
    wider = {"text": PURPOSES["books"].replace("twelve", "fifteen")}
    negotiator.amend(books, days_ago(6), "Three more schools asked to take part.", "purpose", wider)
    negotiator.offer(books, days_ago(4), "Three schools more, and the same terms otherwise.")
    turn_pages(session, now, now.date())
    negotiator.draft(organisations["parks"], "Trees along the Liesbeek", PURPOSES["parks"], days_ago(3), None)


def _make_terms(purpose: str, starts_on: date, ends_on: date | None) -> dict[str, Any]:
    """Terms as the two sides might write them."""
    given = {
        "purpose": {"text": purpose},
        "dates": {"starts_on": str(starts_on), "ends_on": ends_on and str(ends_on), "renewal": "talk",
                  "notice_days": 60},
        "responsibilities": [
            {"area": "Work on site", "responsible": "The partner's field team", "accountable": "The partner's director",
             "consulted": "SayPro's coordinator", "informed": "Volunteers"},
            {"area": "Volunteers", "responsible": "SayPro's coordinator", "accountable": "SayPro's campaign owner",
             "consulted": "The partner's field team", "informed": "The partner's director"},
            {"area": "What is said in public", "responsible": "SayPro's press office",
             "accountable": "SayPro's campaign owner", "consulted": "The partner's director", "informed": ""},
        ],
        "contributions": [
            {"party": "us", "kind": "money", "what": "Upkeep and fuel", "quantity": "180000", "unit": "ZAR"},
            {"party": "us", "kind": "hours", "what": "Volunteers' hours", "quantity": "600", "unit": "hours"},
            {"party": "partner", "kind": "transport", "what": "Boats and lorries", "quantity": "24", "unit": "trips"},
            {"party": "partner", "kind": "expertise", "what": "A field guide at every activity"},
        ],
        "payments": [
            {"payer": "us", "amount": "90000", "currency": "ZAR", "condition": "Within 30 days of the first day"},
            {"payer": "us", "amount": "90000", "currency": "ZAR", "condition": "After the half-year report"},
        ],
        "money": {"text": "What is not spent by the last day is paid back, or kept for the next term if both agree."},
        "channels": [
            {"occasion": "Day to day", "channel": "Telephone and mail between the two liaisons", "rhythm": "needed"},
            {"occasion": "How it goes", "channel": "A call of half an hour", "rhythm": "monthly"},
        ],
        "reporting": [
            {"what": "What was done, in figures", "party": "partner", "rhythm": "weekly", "form": "webhook", "days": 3},
        ],
        "data_sharing": {"named_publicly": True, "shares_provisional": False,
                         "text": "Names of volunteers stay with the side that they signed up with."},
    }  # fmt: skip
    return complete_terms(TermsSchema().load(given))
