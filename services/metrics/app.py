"""Metrics as one description; web, worker, live and command line are built from it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flask import Flask

from services.metrics import events
from services.metrics.commands import metrics_commands
from services.metrics.dashboard import api as dashboard_api
from services.metrics.dashboard import pages as dashboard_pages
from services.metrics.database import Base
from services.metrics.exchange import api as exchange_api
from services.metrics.exchange import pages as exchange_pages
from services.metrics.exchange.service.long_files import carry_files
from services.metrics.giving import api as giving_api
from services.metrics.giving import pages as giving_pages
from services.metrics.indicators import api as indicators_api
from services.metrics.indicators import pages as indicators_pages
from services.metrics.indicators.service.judging import assess_due
from services.metrics.measurements import api as measurements_api
from services.metrics.measurements.pages import figure, joint, ledger, quality
from services.metrics.measurements.service.flags import check_figures, check_periods
from services.metrics.measurements.service.overdue import notice_overdue
from services.metrics.measurements.service.seasons import learn_seasons
from services.metrics.policy import PERMISSIONS
from services.metrics.reports import api as reports_api
from services.metrics.reports import pages as reports_pages
from services.metrics.reports.service.due import draft_due
from services.metrics.settings import MetricsSettings
from services.metrics.sharing import api as sharing_api
from services.metrics.sharing import pages as sharing_pages
from services.metrics.subscribers import SUBSCRIPTIONS
from shared.messaging.jobs import DueJob, dated
from shared.service import Runtime, Service
from shared.web.api import Api


def add_routes(app: Flask, api: Api) -> None:
    for blueprint in (
        *indicators_api.BLUEPRINTS,
        measurements_api.api,
        giving_api.api,
        dashboard_api.api,
        reports_api.api,
        exchange_api.api,
        sharing_api.api,
    ):
        api.register_blueprint(blueprint)
    for pages in (
        dashboard_pages,
        indicators_pages,
        ledger,
        figure,
        joint,
        quality,
        giving_pages,
        reports_pages,
        exchange_pages,
        sharing_pages,
    ):
        app.register_blueprint(pages.pages)


def due_jobs(runtime: Runtime) -> Sequence[DueJob]:
    # Once an hour finds what midnight left behind, whenever the worker was started.
    hourly = timedelta(hours=1)
    return (
        DueJob("bring long files in", timedelta(seconds=1), carry_files(runtime.files)),
        DueJob("judge KPIs", hourly, assess_due),
        DueJob("learn seasons", hourly, learn_seasons),
        DueJob("look at new figures", timedelta(seconds=10), check_figures),
        DueJob("look for missing periods", hourly, dated(check_periods, runtime.settings.time_zone)),
        DueJob("notice overdue figures", hourly, dated(notice_overdue, runtime.settings.time_zone)),
        DueJob("draft reports", hourly, dated(draft_due, runtime.settings.time_zone)),
    )


SERVICE = Service(
    name="metrics",
    folder=Path(__file__).parent,
    settings=MetricsSettings,
    metadata=Base.metadata,
    add_routes=add_routes,
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    due_jobs=due_jobs,
    topics=(*dashboard_pages.TOPICS, *sharing_pages.TOPICS, exchange_pages.PROGRESS),
    commands=metrics_commands,
    events=(
        events.SubmissionProcessed,
        events.FiguresDecided,
        events.KpiChanged,
        events.KpiTargetReached,
        events.KpiStatusChanged,
        events.TargetProposed,
        events.TargetSigned,
        events.FiguresOverdue,
        events.ReportDrafted,
        events.ReportPublished,
        events.ErasureDone,
    ),
)
