"""Organisations for people: the register, one organisation, the board, and the views that people save."""

from services.partners.organisations.pages import board, focus, logo, register, track_record, views
from services.partners.organisations.pages.blueprint import pages

__all__ = ["board", "focus", "logo", "pages", "register", "track_record", "views"]
