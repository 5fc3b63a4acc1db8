"""A proposal as a document to keep or to print."""

from datetime import datetime
from pathlib import Path

from flask_babel import get_locale
from flask_babel import gettext as _

from services.partners.proposals.models import Side, Version
from services.partners.proposals.wording import Worded, fill_text, tell_values
from services.partners.settings import PartnersSettings
from shared.documents import Brand, render_pdf
from shared.markdown import read_blocks
from shared.web.filters import format_date, format_instant

TEMPLATE = Path(__file__).parent / "templates" / "proposals" / "proposal.typ"


def draw_proposal(version: Version, organisation: str, settings: PartnersSettings) -> bytes:
    """The PDF of one version as it was sent, in the language and time zone of whoever asks."""
    us = settings.brand_name
    ours = version.side == Side.US
    subtitle = _("A proposal to %(organisation)s", organisation=organisation)
    if not ours:
        subtitle = _("%(organisation)s's version of a proposal by %(us)s", organisation=organisation, us=us)
    facts = [[_("Version"), str(version.number)], [_("From"), f"{version.author_name}, {us if ours else organisation}"],
             [_("Sent"), format_instant(version.created_at)]]  # fmt: skip
    if version.answer_by:
        facts.append([_("Answer by"), format_date(version.answer_by)])
    return _draw(
        version, subtitle, facts, _("Version %(number)s", number=version.number), "", version.created_at, settings
    )


def draw_draft(draft: Worded, organisation: str, settings: PartnersSettings, at: datetime) -> bytes:
    """The PDF of what would be sent now."""
    subtitle = _("A proposal to %(organisation)s", organisation=organisation)
    return _draw(draft, subtitle, [], _("Draft"), _("This is a draft. It has not been sent."), at, settings)


def _draw(
    worded: Worded, subtitle: str, facts: list[list[str]], about: str, notice: str, at: datetime,
    settings: PartnersSettings,
) -> bytes:  # fmt: skip
    data = {
        "subtitle": subtitle,
        "about": about,
        "notice": notice,
        "facts": facts,
        "blocks": read_blocks(fill_text(worded)),
        "fields": [list(pair) for pair in tell_values(worded)],
        "at_a_glance": _("At a glance"),
    }
    brand = Brand(settings.brand_name, settings.brand_colour)
    return render_pdf(TEMPLATE, data, title=worded.title, brand=brand, at=at, locale=str(get_locale() or "en"))
