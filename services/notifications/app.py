"""Notifications as one description; web, worker, live and command line are built from it."""

from pathlib import Path

from flask import Flask
from flask_smorest import Api

from services.notifications import events
from services.notifications.announcements import api as announcements_api
from services.notifications.announcements import pages as announcements_pages
from services.notifications.database import Base
from services.notifications.feed import api as feed_api
from services.notifications.home import pages as home_pages
from services.notifications.home.pages import HOME_TOPIC
from services.notifications.messages import api as messages_api
from services.notifications.messages import pages as messages_pages
from services.notifications.messages.courier import message_jobs
from services.notifications.policy import PERMISSIONS
from services.notifications.settings import NotificationsSettings
from services.notifications.subscribers import SUBSCRIPTIONS
from shared.service import Service


def add_routes(app: Flask, api: Api) -> None:
    for blueprint in (feed_api.api, messages_api.api, announcements_api.api):
        api.register_blueprint(blueprint)
    for pages in (home_pages.pages, messages_pages.pages, announcements_pages.pages):
        app.register_blueprint(pages)


SERVICE = Service(
    name="notifications",
    folder=Path(__file__).parent,
    settings=NotificationsSettings,
    metadata=Base.metadata,
    add_routes=add_routes,
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    due_jobs=message_jobs,
    topics=(HOME_TOPIC,),
    events=(events.ErasureDone,),
)
