"""The blueprint that this folder's pages hang on, and what all of them show."""

from flask import Blueprint, render_template

from services.partners.organisations.models import Organisation
from services.partners.organisations.schemas import write_focus, write_handle
from services.partners.organisations.words import KIND_NAMES, REACH_NAMES, STAGE_NAMES, STAGE_TONES
from shared.web.forms import BoundForm

pages = Blueprint("organisations", __name__, url_prefix="/partners/organisations", template_folder="../templates")

#: How values read in the history.
TOLD_VALUES = {
    "kind": lambda value: str(KIND_NAMES.get(value, value)),
    "reach": lambda value: str(REACH_NAMES.get(value, value)),
    "stage": lambda value: str(STAGE_NAMES.get(value, value)),
    "focus": lambda value: "; ".join(map(write_focus, value)),
    "handles": lambda value: ", ".join(map(write_handle, value)),
    "places": ", ".join,
}


def show_form(template: str, form: BoundForm, organisation: Organisation | None, **context: object) -> str:
    """A form about an organisation, or for a new one."""
    return render_template(f"organisations/{template}.html", form=form, organisation=organisation, **context)


@pages.app_context_processor
def add_stages() -> dict[str, object]:
    """Any page of the service may show a stage."""
    return {"stage_names": STAGE_NAMES, "stage_tones": STAGE_TONES}
