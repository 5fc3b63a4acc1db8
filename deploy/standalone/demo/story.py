"""The demo's story, as data: who they are, what they set out to do, and what came of it week by week.

People, organisations and addresses are made up. Weeks count from the day the story is told.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Partner:
    key: str
    name: str
    kind: str
    website: str
    liaison: str
    email: str


@dataclass(frozen=True)
class Target:
    """A KPI, and what each partner adds to it in an ordinary week (`weekly`, by partner's key)."""

    key: str
    name: str
    unit: str
    target: str
    weekly: dict[str, float]
    decimals: int = 0
    verification: str = "automatic"


@dataclass(frozen=True)
class Story:
    title: str
    cause: str
    summary: str
    first_week: int
    last_week: int
    partners: tuple[str, ...]
    targets: tuple[Target, ...]


STAFF = (
    ("Naledi Mokoena", "naledi@example.org", "admin"),
    ("Themba Nkosi", "themba@example.org", "coordinator"),
    ("Grace Botha", "grace@example.org", "viewer"),
)

PARTNERS = (
    Partner("bay", "Table Bay Ocean Trust", "charity", "https://tablebay.example.org",
            "Lerato Khumalo", "lerato@tablebay.example.org"),
    Partner("books", "Bookbridge Foundation", "ngo", "https://bookbridge.example.org",
            "Pieter van Wyk", "pieter@bookbridge.example.org"),
    Partner("kitchen", "Khaya Kitchen Collective", "community_group", "https://khayakitchen.example.org",
            "Nomsa Dube", "nomsa@khayakitchen.example.org"),
    Partner("parks", "Peninsula Parks Department", "public_body", "https://peninsulaparks.example.org",
            "Aisha Davids", "aisha@peninsulaparks.example.org"),
)  # fmt: skip

CAMPAIGNS = (
    Story(
        "Clean Coast", "environment",
        "Thirty kilometres of shoreline between the harbour and the river mouth, kept clean together: "
        "weekly clean-ups, catch nets at the storm drains, and school groups who count what they find.",
        -30, 10, ("bay", "parks"),
        (
            Target("waste_removed", "Waste removed", "t", "45", {"bay": 0.82, "parks": 0.55}, decimals=2),
            Target("volunteer_hours", "Volunteer hours", "h", "3600", {"bay": 61, "parks": 22}, verification="manual"),
        ),
    ),
    Story(
        "Ready to Read", "education",
        "Every foundation-phase classroom in twelve schools gets a reading corner, and every child who falls "
        "behind gets an hour of tutoring a week.",
        -26, 26, ("books", "kitchen"),
        (
            Target("books_delivered", "Books delivered", "books", "12000", {"books": 186}),
            Target("tutoring_hours", "Tutoring hours", "h", "5200", {"books": 54, "kitchen": 11}),
        ),
    ),
    Story(
        "Warm Winter Meals", "hunger_and_poverty",
        "Two kitchens and a food-rescue van through the cold months, for families on the Cape Flats.",
        -28, -4, ("kitchen", "bay"),
        (
            Target("meals_served", "Meals served", "meals", "40000", {"kitchen": 1540, "bay": 260}),
            Target("food_rescued", "Food rescued", "kg", "9000", {"kitchen": 288.5, "bay": 61.2}, decimals=1),
        ),
    ),
)  # fmt: skip


def tell_weeks(story: Story, partner: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The weeks that `partner` has reported on so far and its figures by KPI, the same at every telling."""
    chance = random.Random(f"{story.title} {partner}")  # noqa: S311 - a story, not a secret
    for week in range(story.first_week, min(story.last_week, -1) + 1):
        figures = {}
        for target in story.targets:
            ordinary = target.weekly.get(partner)
            if ordinary is None or chance.random() < 0.06:  # a holiday, a storm
                continue
            value = Decimal(ordinary * chance.uniform(0.62, 1.38)).quantize(Decimal(1).scaleb(-target.decimals))
            figures[target.key] = str(value)
        if figures:
            yield week, figures
