"""What the overview's filters are called."""

from flask_babel import lazy_gettext as _l

#: The causes that campaigns name; another is shown as it is.
CAUSE_WORDS = {
    "environment": _l("Environment"),
    "education": _l("Education"),
    "health": _l("Health"),
    "hunger_and_poverty": _l("Hunger and poverty"),
    "inclusion": _l("Inclusion"),
    "animals": _l("Animals"),
    "arts_and_culture": _l("Arts and culture"),
    "community": _l("Community"),
    "disaster_relief": _l("Disaster relief"),
    "other": _l("Another cause"),
}
SORT_WORDS = {
    "worst": _l("Running ones, worst first"),
    "ending": _l("Ending soonest"),
    "newest": _l("Newest first"),
    "title": _l("By title"),
}
