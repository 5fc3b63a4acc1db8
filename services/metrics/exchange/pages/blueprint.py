"""Where the pages about files of a campaign live."""

from flask import Blueprint

pages = Blueprint(
    "exchange", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>/exchange", template_folder="../templates"
)
