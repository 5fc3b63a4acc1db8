"""How the story's partners and we get on: who is there, what was said, what may come next, how each rated the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.partners.contacts.queries import find_contact_by_email, find_liaison
from services.partners.contacts.service import add_contact, give_consent, set_owner
from services.partners.handovers.service import KEEP, Wish, hand_over
from services.partners.interactions.service import log_interaction
from services.partners.opportunities.service import add_opportunity, move_opportunity
from services.partners.scorecards.models import QUESTIONS
from services.partners.scorecards.service import answer, open_round
from shared.identity import GUEST, Identity

#: Name, mail, telephone, roles, preferred channel and what we keep in mind, by the partner's key.
CONTACTS: Final[Mapping[str, Sequence[tuple[str, str, str | None, list[str], str, str]]]] = {
    "bay": (
        ("Johan Petersen", "johan@tablebay.example.org", "+27 21 555 0134", ["Skipper", "Field team"], "phone",
         "At sea until two; ring after that."),
        ("Zanele Mthembu", "zanele@tablebay.example.org", None, ["Finance"], "mail", ""),
    ),
    "books": (("Ilse Roux", "ilse@bookbridge.example.org", "+27 21 555 0177", ["Training of tutors"], "mail", ""),),
    "kitchen": (
        ("Mandla Zulu", "mandla@khayakitchen.example.org", "+27 82 555 0190", ["Driver", "Food rescue"], "phone",
         "Writes on his telephone only: keep it short."),
    ),
    "parks": (("Sipho Mabuza", "sipho@peninsulaparks.example.org", "+27 21 555 0112", ["Permits"], "mail", ""),),
}  # fmt: skip

#: Days ago, how, what was said, by the partner's key.
SAID: Final[Mapping[str, Sequence[tuple[int, str, str]]]] = {
    "bay": (
        (96, "visit", "Walked the river mouth with Johan after the storm. Two of the five nets are torn; the new ones"
         " come out of the second payment."),
        (41, "call", "Lerato asks whether volunteers can come on Fridays too, for the schools' sake."),
        (6, "mail", "The city answered about Zandvlei: a second round of emptying from next month, on trial."),
    ),
    "books": (
        (58, "call", "Pieter worries about two schools whose headmasters changed. We visit both in the new term."),
        (12, "visit", "Sat in on a tutoring hour in Paarl. The children read to us; the shelves are full."),
    ),
    "kitchen": (
        (33, "call", "The van's clutch is gone. Logistics lends theirs on Tuesdays and Thursdays until it is mended."),
        (8, "visit", "Served with them for an evening. Nomsa shows how much comes in on Fridays and spoils by Monday."),
    ),
    "parks": ((83, "mail", "Aisha confirms the permits of the season. After that we heard nothing."),),
}  # fmt: skip

#: Each round: the occasion, weeks ago when it was due, their scores of us, ours of them, in the order of the questions.
ROUNDS: Final[Sequence[tuple[str, int, tuple[int, ...], tuple[int, ...], str, str]]] = (
    ("debrief", 30, (2, 4, 3, 4, 4), (4, 3, 4, 3, 4), "Tell us sooner when dates change.", "Figures often come late."),
    ("debrief", 16, (3, 4, 4, 4, 5), (4, 4, 4, 4, 4), "Better, since the calls on Mondays.", "The traps work."),
    ("renewal", 3, (4, 5, 4, 5, 5), (4, 4, 4, 4, 5), "We feel heard.", "Figures every month, as agreed."),
)


def tell_relations(
    session: Any, staff: Sequence[Identity], organisations: Mapping[str, UUID], campaigns: Mapping[str, UUID],
    base_url: str, now: datetime,
) -> None:  # fmt: skip
    """With each of the partners, up to `now`; `campaigns` by title."""
    by = staff[1]
    for key, organisation_id in organisations.items():
        set_owner(session, by, organisation_id, staff[0 if key == "parks" else 1].person_id, now - timedelta(days=200))
        _tell_contacts(session, by, organisation_id, key, now)
        _tell_said(session, by, organisation_id, key, now)
    _tell_opportunities(session, staff, organisations, campaigns, now)
    _tell_rounds(session, by, organisations["bay"], campaigns["Clean Coast"], base_url, now)
    _tell_handover(session, by, organisations["parks"], now - timedelta(days=2))


def _tell_contacts(session: Any, by: Identity, organisation_id: UUID, key: str, now: datetime) -> None:
    for name, email, phone, roles, channel, notes in CONTACTS[key]:
        contact = add_contact(
            session, by, organisation_id, now - timedelta(days=190), name=name, email=email, phone=phone, roles=roles,
            channel=channel, locale="en", time_zone=None, notes=notes,
        )  # fmt: skip
        on = (now - timedelta(days=180)).date()
        give_consent(session, by, contact.id, now - timedelta(days=180), purpose="newsletter", on=on, how="By mail")


def _tell_said(session: Any, by: Identity, organisation_id: UUID, key: str, now: datetime) -> None:
    liaison = find_liaison(session, organisation_id)
    for days, kind, summary in SAID[key]:
        at = now - timedelta(days=days)
        log_interaction(
            session, by, organisation_id, at, kind=kind, at=at, contact_ids=[liaison.id] if liaison else [],
            person_ids=[by.person_id], summary=summary,
        )  # fmt: skip


def _tell_opportunities(
    session: Any, staff: Sequence[Identity], organisations: Mapping[str, UUID], campaigns: Mapping[str, UUID],
    now: datetime,
) -> None:  # fmt: skip
    by, today, then = staff[1], now.date(), now - timedelta(days=24)
    known = (
        ("bay", "Catch nets at the river mouth", "talking", "Lerato has the city's ear since the trial at Zandvlei.",
         "Walk the site with the city's engineer", 11, "Clean Coast", Decimal("240000"), 150),
        ("kitchen", "A cold room for Friday's food", "idea", "", "Ask logistics what a used container costs", -5,
         "Warm Winter Meals", Decimal("95000"), 120),
        ("books", "Reading corners in libraries", "planned", "Both sides want it; the libraries agreed in principle.",
         "Send the terms for the pilot", 18, "Ready to Read", None, 90),
        ("parks", "Trees for the schools along the Liesbeek", "dropped", "The schools' ground is being sold.", "", None,
         None, None, None),
    )  # fmt: skip
    for key, title, stage, reason, step, due, campaign, value, expected in known:
        made = add_opportunity(
            session, by, organisations[key], then, title=title, notes="", owner_id=by.person_id, step=step,
            step_due_on=None if due is None else today + timedelta(days=due),
            campaign_id=None if campaign is None else campaigns[campaign], value=value,
            currency=None if value is None else "ZAR",
            expected_on=None if expected is None else today + timedelta(days=expected),
        )  # fmt: skip
        if stage != "idea":
            move_opportunity(session, by, made.id, stage, reason, then + timedelta(days=6))


def _tell_rounds(
    session: Any, by: Identity, organisation_id: UUID, campaign_id: UUID, base_url: str, now: datetime
) -> None:
    """Three rounds that both sides answered, and one that waits for us."""
    liaison = find_liaison(session, organisation_id)
    if liaison is None:
        return
    their = replace(by, person_id=liaison.id, name=liaison.name, role=GUEST, organisation_id=organisation_id)

    def ask(occasion: str, asked: datetime, days: int) -> Any:
        return open_round(
            session, by, organisation_id, asked, asked.date(), base_url, occasion=occasion, contact_id=liaison.id,
            due_on=asked.date() + timedelta(days=days), campaign_id=campaign_id if occasion == "debrief" else None,
        )  # fmt: skip

    for occasion, weeks, theirs, ours, they_said, we_said in ROUNDS:
        asked = now - timedelta(weeks=weeks, days=14)
        round_ = ask(occasion, asked, 14)
        scores = dict(zip(QUESTIONS, theirs, strict=True)), dict(zip(QUESTIONS, ours, strict=True))
        answer(session, their, round_.id, "them", asked + timedelta(days=4), scores[0], they_said)
        answer(session, by, round_.id, "us", asked + timedelta(days=6), scores[1], we_said)
    waiting = ask("debrief", now - timedelta(days=8), 14)
    scores_now = dict(zip(QUESTIONS, (5, 4, 5, 5, 5), strict=True))
    answer(session, their, waiting.id, "them", now - timedelta(days=5), scores_now, "Keep the Monday calls.")


def _tell_handover(session: Any, by: Identity, organisation_id: UUID, at: datetime) -> None:
    """The parks' liaison moves to another post; the one who writes the permits takes over."""
    former = find_liaison(session, organisation_id)
    if former is None:
        return
    _name, email, *_rest = CONTACTS["parks"][0]
    successor = find_contact_by_email(session, organisation_id, email)
    if successor is None:
        return
    wish = Wish(successor.id, at.date(), "Aisha goes to the city's water office. Ask me anything.", KEEP, True)
    hand_over(session, by, organisation_id, former.id, wish, at, at.date(), find_address=lambda _purpose, _secret: None)
