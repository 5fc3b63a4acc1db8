"""Figures and results as files, for people: take them out, fill in a template, bring a file in."""

# Each module adds its routes to the one blueprint.
from services.metrics.exchange.pages import downloads, files, results
from services.metrics.exchange.pages.blueprint import pages
from services.metrics.exchange.pages.files import PROGRESS

__all__ = ["PROGRESS", "downloads", "files", "pages", "results"]
