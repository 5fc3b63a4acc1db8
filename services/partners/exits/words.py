"""What a pack says of itself, in the README.txt inside it."""

from collections.abc import Sequence
from datetime import datetime
from textwrap import wrap

from flask_babel import gettext as _

from services.partners.exits.parts import PARTS


def explain_pack(name: str, now: datetime, missing: Sequence[str]) -> str:
    """The README.txt of the pack of an organisation of this `name`; `missing` are files that the store has lost."""
    paragraphs = [
        _("What %(name)s contributed", name=name),
        _("Made on %(when)s (UTC). It is yours to keep, to read and to pass on.", when=f"{now:%Y-%m-%d %H:%M}"),
        _("WHAT IS INSIDE"),
        _(
            "Each list is there as JSON (UTF-8) and, unless it is empty, as CSV with the same columns, which opens in "
            "any spreadsheet. Cells that hold a list or an object hold it as JSON. Files lie in files/, by the list "
            "that they belong to."
        ),
        *(f"{part.name}.json, {part.name}.csv: {part.about}" for part in PARTS),
        _("HOW TO READ IT"),
        _(
            "Amounts and values are exact decimals, written as they were reported. Instants are in UTC (ISO 8601), "
            "dates are calendar dates. Ids connect the lists: an item of reported.json names its submission_id."
        ),
        _("In CSV, a text that looks like a formula begins with an apostrophe, so that no spreadsheet runs it."),
        _("WHAT BECAME OF YOUR FIGURES"),
        _(
            "Verified figures and campaigns' contributions are kept by other parts of the system. They rest on the "
            "submissions in this pack: each is here as it was received, with the verdict and, where something was "
            "rejected, the reason."
        ),
        _("WHAT IS NOT INSIDE"),
        _("Secrets of webhook keys, and what others thought or noted about your organisation."),
    ]
    if missing:
        paragraphs += [_("FILES THAT COULD NOT BE READ FROM THE STORE; ASK FOR THEM"), *missing]
    return "\r\n\r\n".join("\r\n".join(wrap(each, 100)) for each in paragraphs) + "\r\n"
