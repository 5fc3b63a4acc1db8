"""The words that pages use for an organisation's kinds, stages, reach, focus areas and goals."""

from flask_babel import lazy_gettext as _l

from services.partners.organisations import models

KIND_NAMES = {
    "ngo": _l("Non-governmental organisation"),
    "charity": _l("Charity"),
    "community_group": _l("Community group"),
    "public_body": _l("Public body"),
    "company": _l("Company"),
    "school": _l("School or university"),
    "other": _l("Another kind"),
}
REACH_NAMES = {
    "local": _l("Local: a town or a district"),
    "regional": _l("Regional: a province or several towns"),
    "national": _l("National"),
    "international": _l("International"),
}
STAGE_NAMES = {
    models.PROSPECT: _l("Prospect"),
    models.SHORTLISTED: _l("Shortlisted"),
    models.APPROACHED: _l("Approached"),
    models.IN_DISCUSSION: _l("In discussion"),
    models.PARTNER: _l("Partner"),
    models.DORMANT: _l("Dormant"),
    models.ENDED: _l("Ended"),
    models.DECLINED: _l("Declined"),
}
STAGE_TONES = {
    models.SHORTLISTED: "info",
    models.APPROACHED: "info",
    models.IN_DISCUSSION: "info",
    models.PARTNER: "good",
    models.DORMANT: "warning",
    models.DECLINED: "bad",
}
#: What usually comes after a stage, as advice on the organisation's page.
NEXT_STEPS = {
    models.PROSPECT: _l("Find out whether it fits: complete its details and track record, then shortlist or decline."),
    models.SHORTLISTED: _l("Vet and evaluate it, then approach it with a proposal."),
    models.APPROACHED: _l("Wait for its answer, and follow up if none comes."),
    models.IN_DISCUSSION: _l("Settle the terms in an agreement. Once both sides have accepted it, it is a partner."),
    models.PARTNER: _l("Work together, and keep in touch."),
    models.DORMANT: _l("Nothing is under way. Get in touch again when something fits, or end it with a reason."),
    models.ENDED: _l("The partnership is over. What was achieved together stays on record."),
    models.DECLINED: _l("One side said no. Look again if circumstances change."),
}
#: The focus areas that the form suggests; people may write others. The keys are what is kept.
AREA_NAMES = {
    "poverty": _l("Poverty relief"),
    "food": _l("Food and nutrition"),
    "health": _l("Health"),
    "education": _l("Education"),
    "early_childhood": _l("Early childhood"),
    "youth": _l("Young people"),
    "gender": _l("Women and girls"),
    "disability": _l("People with disabilities"),
    "water": _l("Water and sanitation"),
    "energy": _l("Clean energy"),
    "work": _l("Work and skills"),
    "enterprise": _l("Small businesses"),
    "digital": _l("Digital inclusion"),
    "housing": _l("Housing"),
    "arts": _l("Arts and heritage"),
    "sport": _l("Sport"),
    "environment": _l("Environment"),
    "climate": _l("Climate"),
    "oceans": _l("Oceans and coasts"),
    "animals": _l("Animals"),
    "waste": _l("Waste and recycling"),
    "rights": _l("Human rights and legal aid"),
    "safety": _l("Safety and violence prevention"),
    "disaster_relief": _l("Disaster relief"),
}
#: The United Nations' short names of the Sustainable Development Goals.
GOAL_NAMES = {
    1: _l("No poverty"),
    2: _l("Zero hunger"),
    3: _l("Good health and well-being"),
    4: _l("Quality education"),
    5: _l("Gender equality"),
    6: _l("Clean water and sanitation"),
    7: _l("Affordable and clean energy"),
    8: _l("Decent work and economic growth"),
    9: _l("Industry, innovation and infrastructure"),
    10: _l("Reduced inequalities"),
    11: _l("Sustainable cities and communities"),
    12: _l("Responsible consumption and production"),
    13: _l("Climate action"),
    14: _l("Life below water"),
    15: _l("Life on land"),
    16: _l("Peace, justice and strong institutions"),
    17: _l("Partnerships for the goals"),
}
PLATFORM_NAMES = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "tiktok": "TikTok",
    "whatsapp": "WhatsApp",
    "x": "X",
    "youtube": "YouTube",
    "other": _l("Another site"),
}
#: What stands before a handle in the address of its page.
PLATFORM_ADDRESSES = {
    "facebook": "https://www.facebook.com/",
    "instagram": "https://www.instagram.com/",
    "linkedin": "https://www.linkedin.com/company/",
    "tiktok": "https://www.tiktok.com/@",
    "x": "https://x.com/",
    "youtube": "https://www.youtube.com/@",
}


def name_area(area: str) -> str:
    """A focus area as people read it: one of ours in their language, or what was written."""
    return str(AREA_NAMES.get(area, area))


def name_goal(goal: int) -> str:
    """A goal with its number: "4 Quality education"."""
    return f"{goal} {GOAL_NAMES[goal]}"
