"""Figures and results as files, for people: take them out, fill in a template, bring a file in."""

# Each module adds its routes to the one blueprint.
from services.metrics.exchange.pages import downloads, files, results
from services.metrics.exchange.pages.blueprint import pages

__all__ = ["downloads", "files", "pages", "results"]
