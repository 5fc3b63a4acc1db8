"""Agreements for people: reading them, writing the terms, deciding, and answering from a scoped link."""

# Each module adds its routes to the one blueprint.
from services.partners.agreements.pages import by_link, deciding, reading, writing
from services.partners.agreements.pages.blueprint import pages

__all__ = ["by_link", "deciding", "pages", "reading", "writing"]
