"""Campaigns as one description; web, worker, live and command line are built from it."""

from pathlib import Path

from flask import Flask

from services.campaigns import events
from services.campaigns.campaigns import api as campaigns_api
from services.campaigns.campaigns import pages as campaigns_pages
from services.campaigns.database import Base
from services.campaigns.policy import PERMISSIONS
from services.campaigns.subscribers import SUBSCRIPTIONS
from shared.service import Service
from shared.settings import KitSettings
from shared.web.api import Api


def add_routes(app: Flask, api: Api) -> None:
    api.register_blueprint(campaigns_api.api)
    app.register_blueprint(campaigns_pages.pages)


SERVICE = Service(
    name="campaigns",
    folder=Path(__file__).parent,
    settings=KitSettings,
    metadata=Base.metadata,
    add_routes=add_routes,
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    topics=campaigns_pages.TOPICS,
    events=(events.CampaignCreated, events.CampaignChanged, events.ErasureDone),
)
