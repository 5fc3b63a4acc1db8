"""The blueprint that all pages of reports hang on, and what several of them need."""

from typing import Any

from flask import Blueprint, render_template

from services.metrics.known.queries import get_campaign
from services.metrics.reports.models import Report
from services.metrics.reports.words import name_report
from shared.web.context import identity, session

pages = Blueprint("reports", __name__, url_prefix="/metrics", template_folder="../templates")


def render_page(template: str, report: Report, **context: Any) -> str:
    """A page about one report."""
    return render_template(
        template,
        report=report,
        name=name_report(report),
        campaign=get_campaign(session(), identity(), report.campaign_id),
        **context,
    )
