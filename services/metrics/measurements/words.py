"""What the ledger's names mean to a reader."""

from flask_babel import lazy_gettext as _l

STATUS_NAMES = {
    "provisional": _l("Provisional"),
    "verified": _l("Verified"),
    "rejected": _l("Rejected"),
    "returned": _l("Returned"),
    "superseded": _l("Corrected since"),
}
STATUS_TONES = {
    "provisional": "warning",
    "verified": "good",
    "rejected": "bad",
    "returned": "warning",
    "superseded": "neutral",
}
SOURCE_NAMES = {
    "submission": _l("Reported figures"),
    "hours": _l("Volunteer hours"),
    "contribution": _l("Contributions"),
    "coverage": _l("Media coverage"),
    "staff": _l("Entered by us"),
    "exchange": _l("Exchange file"),
    "joint": _l("Joint work"),
    "adjustment": _l("Adjustment"),
}
VERDICT_NAMES = {
    "verified": _l("Verify them: they count"),
    "returned": _l("Return them: their partners put them right"),
    "rejected": _l("Reject them: they don't count"),
}
FLAG_NAMES = {
    "outlier": _l("Unlike the others"),
    "repeated": _l("Repeated value"),
    "gap": _l("Missing period"),
    "late": _l("Late"),
}
MEASURE_NAMES = {
    "hours": _l("Hours"),
    "people": _l("People"),
    "amount": _l("Amount of money"),
    "quantity": _l("Quantity"),
    "reach": _l("Reach"),
    "items": _l("How many there are"),
}
GIVEN_NAMES = {
    "money": _l("Money"),
    "goods": _l("Goods"),
    "hours": _l("Working hours"),
    "space": _l("Space"),
    "transport": _l("Transport"),
    "expertise": _l("Expertise"),
}
ACTIONS = {
    "entered a figure": _l("entered the figure"),
    "entered an adjustment": _l("entered the adjustment"),
    "entered a joint claim": _l("entered joint work"),
    "explained a flag": _l("explained what was flagged"),
    "added evidence": _l("added evidence"),
    "locked months": _l("locked months"),
    "changed where a KPI takes its figures from": _l("changed where a KPI takes its figures from"),
}
FIELDS = {
    "kpi": _l("KPI"),
    "value": _l("Figure"),
    "reference": _l("Reference"),
    "reason": _l("Reason"),
    "note": _l("Note"),
    "evidence": _l("Evidence"),
    "first": _l("From"),
    "last": _l("To"),
}
