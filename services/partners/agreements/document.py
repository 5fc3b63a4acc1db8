"""An agreement as a document to keep: its terms, and the record of who accepted what and when."""

from collections.abc import Sequence
from pathlib import Path

from flask_babel import get_locale
from flask_babel import gettext as _

from services.partners.agreements.models import Agreement, Answer, Kind, Reply, Side, Version, VersionState
from services.partners.agreements.schemas import KIND_NAMES, VERSION_NAMES
from services.partners.agreements.terms import COUNTED
from services.partners.agreements.wording import PartView, read_terms
from services.partners.settings import PartnersSettings
from shared.documents import Brand, render_pdf
from shared.web.filters import format_date, format_instant

TEMPLATE = Path(__file__).parent / "templates" / "agreements" / "agreement.typ"


def draw_agreement(
    agreement: Agreement, version: Version, answers: Sequence[Answer], organisation: str, settings: PartnersSettings
) -> bytes:
    """The PDF of one version, in the language and time zone of whoever asks; `answers` are those to this version."""
    us = settings.brand_name
    accepted = [each for each in answers if each.reply == Reply.ACCEPT]
    data = {
        "subtitle": _("between %(us)s and %(partner)s", us=us, partner=organisation),
        "about": _("Version %(number)s", number=version.number),
        "notice": _say_state(version),
        "facts": [
            [_("Version"), f"{version.number} · {KIND_NAMES[Kind(version.kind)]}"],
            [_("Why this version"), version.reason],
            [_("State"), str(VERSION_NAMES[VersionState(version.state)])],
            [_("Offered"), format_instant(version.offered_at) if version.offered_at else ""],
            [_("In force"), _say_time(agreement, version)],
        ],
        "parts": [_lay_out(view) for view in read_terms(version.terms, us, organisation) if not view.is_empty],
        "record": _("Who accepted this version"),
        "acceptances": [
            {
                "side": us if each.side == Side.US else organisation,
                "name": each.person_name,
                "role": each.capacity,
                "at": format_instant(each.created_at),
                "version": str(version.number),
                "sha256": each.digest,
            }
            for each in accepted
        ],
        "unaccepted": _("Nobody has accepted this version yet. It binds nobody."),
    }
    data["facts"] = [pair for pair in data["facts"] if pair[1]]
    at = max([each.created_at for each in answers], default=version.offered_at or version.created_at)
    brand = Brand(us, settings.brand_colour)
    return render_pdf(TEMPLATE, data, title=agreement.title, brand=brand, at=at, locale=str(get_locale() or "en"))


def _say_state(version: Version) -> str:
    if version.state == VersionState.ACCEPTED:
        return ""
    if version.state == VersionState.DRAFT:
        return str(_("This is a draft. It has not been offered to anybody."))
    return str(_("Both sides have not accepted this version: it is no agreement."))


def _say_time(agreement: Agreement, version: Version) -> str:
    if agreement.agreed != version.number or agreement.starts_on is None:
        return ""
    if agreement.ends_on is None:
        return str(_("from %(day)s on", day=format_date(agreement.starts_on)))
    return str(
        _("from %(first)s to %(last)s", first=format_date(agreement.starts_on), last=format_date(agreement.ends_on))
    )


def _lay_out(view: PartView) -> dict[str, object]:
    """A part as the template takes it: columns with their sides, rows of texts, facts, a text."""
    columns = [[label, "right" if name in COUNTED else "left"] for name, label in view.columns.items()]
    return {
        "title": str(view.part.label),
        "columns": columns,
        "rows": [[line[name] for name in view.columns] for line in view.lines],
        "facts": [list(pair) for pair in view.facts if pair[1]],
        "text": view.text,
    }
