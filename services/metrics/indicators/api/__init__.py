"""KPIs, their targets and the library of definitions for programs."""

from services.metrics.indicators.api.kpis import api as kpis
from services.metrics.indicators.api.library import api as library

BLUEPRINTS = (kpis, library)
