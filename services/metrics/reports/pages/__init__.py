"""Reports for people: reading them, writing them, and bringing them to others."""

from services.metrics.reports.pages import by_link, reading, sending, writing
from services.metrics.reports.pages.blueprint import pages

__all__ = ["by_link", "pages", "reading", "sending", "writing"]
