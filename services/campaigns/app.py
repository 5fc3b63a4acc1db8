"""Campaigns as one description; web, worker, live and command line are built from it."""

from pathlib import Path

from flask import Flask

from services.campaigns import events
from services.campaigns.campaigns import api as campaigns_api
from services.campaigns.campaigns import pages as campaigns_pages
from services.campaigns.database import Base
from services.campaigns.decisions import api as decisions_api
from services.campaigns.decisions import pages as decisions_pages
from services.campaigns.policy import PERMISSIONS
from services.campaigns.schedule import api as schedule_api
from services.campaigns.schedule import pages as schedule_pages
from services.campaigns.subscribers import SUBSCRIPTIONS
from shared.service import Service
from shared.settings import KitSettings
from shared.web.api import Api


def add_routes(app: Flask, api: Api) -> None:
    for blueprint in (campaigns_api.api, decisions_api.api, schedule_api.api):
        api.register_blueprint(blueprint)
    for pages in (campaigns_pages.pages, decisions_pages.pages, schedule_pages.pages):
        app.register_blueprint(pages)


SERVICE = Service(
    name="campaigns",
    folder=Path(__file__).parent,
    settings=KitSettings,
    metadata=Base.metadata,
    add_routes=add_routes,
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    topics=campaigns_pages.TOPICS,
    events=(
        events.CampaignCreated,
        events.CampaignChanged,
        events.DecisionRecorded,
        events.MilestoneChanged,
        events.ErasureDone,
    ),
)
