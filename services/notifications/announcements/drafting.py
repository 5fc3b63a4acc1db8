"""The first words of a celebration, for a person to make their own."""

import re
from collections.abc import Sequence
from decimal import Decimal

from services.notifications.messages.reader import Reader


def draft_celebration(
    reader: Reader, *, campaign: str, kpi: str, unit: str, value: Decimal, target: Decimal, partners: Sequence[str]
) -> tuple[str, str]:
    """Title and Markdown body for a target that was reached, with the exact figures as `reader` reads them."""
    figures = {"value": reader.amount(value, unit), "target": reader.amount(target, unit)}
    names = {"kpi": _escape(kpi), "campaign": _escape(campaign)}
    title = reader.say("We reached our target: %(kpi)s", kpi=kpi)[:200]
    paragraphs = [
        reader.say(
            "**%(value)s**: that is what we have reached together for *%(kpi)s* in **%(campaign)s**."
            " Our target was %(target)s.",
            **figures,
            **names,
        )
    ]
    if partners:
        listed = reader.list([_escape(each) for each in partners])
        paragraphs.append(
            reader.say("This is the work of everyone who took part: %(partners)s. Thank you!", partners=listed)
        )
    else:
        paragraphs.append(reader.say("This is the work of everyone who took part. Thank you!"))
    paragraphs.append(
        reader.say("The shared dashboard shows every figure behind it. We keep counting, so look in again.")
    )
    return title, "\n\n".join(paragraphs)


def _escape(text: str) -> str:
    """A name as Markdown that shows it as it is written."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)
