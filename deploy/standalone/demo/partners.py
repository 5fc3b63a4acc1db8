"""The demo's register, as data and as told: what is known of each organisation, and how it came to where it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.partners.organisations.models import Organisation
from services.partners.organisations.service import (
    add_track_record,
    change_organisation,
    change_stage,
    register_organisation,
    save_view,
)
from shared.identity import Identity

Moves = tuple[tuple[int, str, str], ...]  # week, stage, reason


@dataclass(frozen=True)
class Known:
    """What is known of an organisation; `records` are title, first and last year, what was done, what came of it."""

    profile: Mapping[str, Any]
    moves: Moves = ()
    records: tuple[tuple[str, int, int | None, str, str], ...] = ()


def _focus(**areas: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{"area": area, "goals": list(goals)} for area, goals in areas.items()]


#: The four partners of the story's campaigns, by their key there.
PARTNERS: Mapping[str, Known] = {
    "bay": Known(
        {
            "mission": "A living bay: clean water, clean beaches, and children who can name what swims in it.",
            "values": "We count before we claim. Fishers and surfers sit on our board. No money from polluters.",
            "focus": _focus(oceans=(14,), waste=(12,), education=(4,)),
            "places": ["Cape Town", "Muizenberg", "Hout Bay", "Saldanha"],
            "reach": "regional",
            "people_reached": 18500,
            "registration_number": "NPO 041-882",
            "handles": [
                {"platform": "instagram", "handle": "@tablebayoceantrust"},
                {"platform": "facebook", "handle": "tablebayoceantrust"},
            ],
            "brand_notes": "The wave stands alone, never beside a brand of bottled water. Lerato approves artwork.",
        },
        (
            (-52, "shortlisted", "Works on the stretch of coast that we want to clean, with figures for six years."),
            (-49, "approached", "Naledi met the director at the harbour forum."),
            (-44, "in_discussion", "They ask for two years instead of one; the board agrees in principle."),
            (-34, "partner", "Terms agreed on both sides for Clean Coast and Warm Winter Meals."),
        ),
        (
            (
                "Storm drain nets at Zandvlei",
                2021,
                2024,
                "Fitted and emptied 34 catch nets with the city.",
                "61 tonnes kept out of the vlei, weighed monthly.",
            ),
            (
                "Beach school",
                2018,
                None,
                "A week by the sea for classes from the Cape Flats.",
                "4,200 children so far.",
            ),
        ),
    ),
    "books": Known(
        {
            "mission": "Every child reads for meaning by the age of ten.",
            "values": "Books in the language of the home first. Teachers decide what their classroom needs.",
            "focus": _focus(education=(4,), early_childhood=(4, 10)),
            "places": ["Cape Town", "Paarl", "Worcester"],
            "reach": "regional",
            "people_reached": 9400,
            "registration_number": "NPC 2014/118845/08",
            "handles": [{"platform": "linkedin", "handle": "bookbridge-foundation"}],
        },
        (
            (-48, "shortlisted", "Recommended by two of our schools; audited accounts."),
            (-42, "in_discussion", "They wrote to us first, with a plan for twelve schools."),
            (-33, "partner", "Ready to Read is agreed for a year."),
        ),
        (
            (
                "Reading corners in Paarl",
                2022,
                2023,
                "Set up corners in 31 classrooms and trained the teachers.",
                "Two in three children gained a reading level within a year.",
            ),
        ),
    ),
    "kitchen": Known(
        {
            "mission": "Nobody on our streets goes to bed hungry, and nobody is asked why they came.",
            "values": "Neighbours cook for neighbours. Good food is not thrown away.",
            "focus": _focus(food=(2, 12), poverty=(1,)),
            "places": ["Khayelitsha", "Mitchells Plain"],
            "reach": "local",
            "people_reached": 2600,
            "handles": [{"platform": "whatsapp", "handle": "Khaya Kitchen community"}],
        },
        (
            (-45, "approached", "Table Bay Ocean Trust introduced us."),
            (-36, "in_discussion", "They need a van more than money; logistics is looking for one."),
            (-33, "partner", "Agreed: the van, and food rescue twice a week."),
        ),
        (("Winter kitchen", 2020, None, "Opened in the first lockdown and never closed.", "Some 300 meals a day."),),
    ),
    "parks": Known(
        {
            "mission": "Parks, vleis and beaches that belong to everyone, in working order.",
            "focus": _focus(environment=(15, 11), oceans=(14,)),
            "places": ["Cape Town", "Noordhoek", "Simon's Town"],
            "reach": "regional",
            "people_reached": 400000,
        },
        (
            (-40, "in_discussion", "Nothing on the beach happens without their permits."),
            (-32, "partner", "Memorandum signed; they lend skips and staff on clean-up days."),
        ),
    ),
}

#: Others that were found, at every stage.
OTHERS: tuple[Known, ...] = (
    Known(
        {
            "name": "Solar Sisters Cooperative", "kind": "community_group", "country": "ZA",
            "website": "https://solarsisters.example.org", "mission": "Women who install and repair their own power.",
            "focus": _focus(energy=(7, 13), gender=(5,), work=(8,)), "places": ["Atlantis", "Malmesbury"],
            "reach": "local", "people_reached": 850,
        },
        ((-6, "shortlisted", "Fits the energy theme of next year; a strong report from their last funder."),
         (-2, "approached", "Sent the programme outline; they answer after their general meeting.")),
        (("Repair workshops", 2023, None, "Trained 46 women as installers.", "31 of them earn with it today."),),
    ),
    Known(
        {
            "name": "Wetland Watch Namibia", "kind": "ngo", "country": "NA",
            "website": "https://wetlandwatch.example.org", "mission": "Rivers that reach the sea.",
            "focus": _focus(water=(6,), animals=(15,)), "places": ["Windhoek", "Walvis Bay"], "reach": "national",
            "people_reached": 12000, "registration_number": "21/2011/0443",
        },
        ((-8, "shortlisted", "The only group on that coast that publishes its data."),),
    ),
    # The same once more, as somebody else wrote it down: the register offers to merge the two.
    Known(
        {
            "name": "Wetlands Watch (Namibia) Trust", "kind": "ngo", "country": "NA",
            "website": "http://www.wetlandwatch.example.org/about", "places": ["Swakopmund"],
            "registration_number": "21-2011-0443", "brand_notes": "Ask before the bird is used without the name.",
        },
        (),
        (("Flamingo count", 2025, None, "60 volunteers counted at Walvis Bay.", "Published with the university."),),
    ),
    Known(
        {
            "name": "Umoja Youth Orchestra", "kind": "charity", "country": "ZA",
            "website": "https://umojaorchestra.example.org", "mission": "An instrument for every child who wants one.",
            "focus": _focus(arts=(4, 11), youth=(10,)), "places": ["Langa", "Gugulethu"], "reach": "local",
            "people_reached": 640,
        },
        ((-14, "approached", "Their director asked for a conversation after the harbour concert."),
         (-5, "in_discussion", "A concert series with Ready to Read is being costed.")),
    ),
    Known(
        {
            "name": "Boland School of Trades", "kind": "school", "country": "ZA", "website": None,
            "focus": _focus(work=(4, 8), youth=()), "places": ["Worcester"], "reach": "regional",
            "people_reached": 1100,
        },
    ),
    Known(
        {
            "name": "Mother City Repair Café", "kind": "community_group", "country": "ZA",
            "website": "https://www.facebook.com/mothercityrepair", "mission": "Mend it together, keep it longer.",
            "focus": _focus(waste=(12,)), "places": ["Observatory", "Woodstock"], "reach": "local",
        },
    ),
    Known(
        {
            "name": "Peninsula Hospice Network", "kind": "charity", "country": "ZA",
            "website": "https://peninsulahospice.example.org", "focus": _focus(health=(3,)),
            "places": ["Cape Town"], "reach": "regional", "people_reached": 3900,
        },
        ((-60, "partner", "Two years of staff volunteering."),
         (-9, "dormant", "Nothing planned since the volunteers' scheme was filled; they ask to talk again in spring.")),
    ),
    Known(
        {
            "name": "Streetlight Shelter", "kind": "charity", "country": "ZA",
            "website": "https://streetlight.example.org", "focus": _focus(housing=(11,), safety=(16,)),
            "places": ["Bellville"], "reach": "local", "people_reached": 420,
        },
        ((-70, "partner", "Beds for the winter of last year."),
         (-20, "ended", "The agreement ran out as planned; the shelter is funded by the city now.")),
    ),
    Known(
        {
            "name": "Blue Horizon Bottlers", "kind": "company", "country": "ZA",
            "website": "https://bluehorizon.example.org", "focus": _focus(water=(6,)), "places": ["Franschhoek"],
            "reach": "national",
        },
        ((-17, "approached", "They offered to sponsor the clean-up days."),
         (-15, "declined", "Its bottles are a third of what we pick up: the ocean trust will not stand beside it.")),
    ),
)  # fmt: skip


def tell_partner(
    session: Any, by: Identity, organisation: Organisation, key: str, at: Callable[[int], datetime]
) -> None:
    """What is known of one of the story's partners, and how it became one; `at` gives a week's instant."""
    known = PARTNERS[key]
    change_organisation(session, by, organisation.id, organisation.version, organisation.created_at, **known.profile)
    _tell_rest(session, by, organisation, known, at)


def tell_others(session: Any, by: Identity, at: Callable[[int], datetime]) -> None:
    """The organisations that were found besides, and a view of those to follow up."""
    for number, known in enumerate(OTHERS):
        week = min((week for week, _, _ in known.moves), default=-4 - number)
        made = register_organisation(session, by, at(week - 1), **known.profile)
        _tell_rest(session, by, made, known, at)
    save_view(session, by, "Waiting for an answer", {"stage": "approached"}, True, at(-2))
    save_view(session, by, "Oceans and water", {"goal": "14"}, True, at(-2))


def _tell_rest(
    session: Any, by: Identity, organisation: Organisation, known: Known, at: Callable[[int], datetime]
) -> None:
    for title, first_year, last_year, done, result in known.records:
        add_track_record(
            session, by, organisation.id, organisation.created_at, title=title, first_year=first_year,
            last_year=last_year, done=done, result=result, evidence=None,
        )  # fmt: skip
    for week, stage, reason in known.moves:
        change_stage(session, by, organisation.id, stage, reason, at(week))
