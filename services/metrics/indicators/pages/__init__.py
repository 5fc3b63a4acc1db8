"""KPIs, their targets and the library of definitions for people."""

# Each module adds its routes to the one blueprint.
from services.metrics.indicators.pages import follow_ups, kpis, library, signing, targets
from services.metrics.indicators.pages.blueprint import pages

__all__ = ["follow_ups", "kpis", "library", "pages", "signing", "targets"]
