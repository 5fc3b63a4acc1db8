"""What the pages of KPIs and of the library share."""

from flask import Blueprint

pages = Blueprint("indicators", __name__, url_prefix="/metrics", template_folder="../templates")
#: Where a KPI's pages are.
KPIS = "/campaigns/<uuid:campaign_id>/kpis"
