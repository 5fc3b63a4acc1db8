"""Proposals for people: templates, writing, sending, reading, and answering signed in or from a scoped link."""

# Each module adds its routes to the one blueprint.
from services.partners.proposals.pages import answering, by_link, deciding, reading, templates, writing
from services.partners.proposals.pages.blueprint import pages

__all__ = ["answering", "by_link", "deciding", "pages", "reading", "templates", "writing"]
