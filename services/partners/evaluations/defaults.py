"""The criteria that a new installation begins with."""

from collections.abc import Sequence
from decimal import Decimal

from services.partners.evaluations.models import Criterion

DEFAULT_NAME = "Partnership criteria"
DEFAULT_CRITERIA: Sequence[Criterion] = (
    Criterion(
        "mission_fit", "Mission fit", Decimal(25),
        "Works on something else; what we would do together is a side line for it.",
        "Its mission is the change that we want to see; it would do this work without us.",
    ),
    Criterion(
        "values", "Values", Decimal(15),
        "Says or does what we could not stand beside, or says nothing on how it treats people.",
        "Lives what it says: safeguarding, fairness and openness show in its policies and its practice.",
    ),
    Criterion(
        "past_initiatives", "Past initiatives", Decimal(15),
        "Nothing finished that one can look at.",
        "Several finished initiatives of this size, with results that somebody else confirms.",
    ),
    Criterion(
        "reputation", "Reputation", Decimal(15),
        "Open complaints or reports that it has not answered.",
        "References speak well of it unasked; regulators and the press know nothing against it.",
    ),
    Criterion(
        "reach", "Reach", Decimal(10),
        "Few people, and not where the campaign takes place.",
        "Reaches the people whom the campaign is for, where they are, and can show how many.",
    ),
    Criterion(
        "expertise", "Expertise", Decimal(10),
        "Would have to learn or buy in what the work needs.",
        "Has the people with the knowledge, and others come to ask them.",
    ),
    Criterion(
        "community_presence", "Community presence", Decimal(10),
        "Comes from outside and leaves after the event.",
        "Is part of the community: local staff, volunteers and a say for those concerned.",
    ),
)  # fmt: skip
