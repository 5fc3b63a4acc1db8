"""Reports for people: reading them, writing them, and bringing them to others."""

from services.metrics.reports.pages import reading, sending, writing
from services.metrics.reports.pages.blueprint import pages

__all__ = ["pages", "reading", "sending", "writing"]
