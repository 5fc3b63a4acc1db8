"""What was erased, in words: services answer with the names of their tables."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

#: Several tables may be one thing to people: their rows are added up.
WHAT: Mapping[str, Any] = {
    **dict.fromkeys(("agreements", "agreement_versions", "agreement_answers"), _l("Agreements")),
    "announcements": _l("Announcements"),
    **dict.fromkeys(("campaigns", "known_campaigns"), _l("Campaigns that they looked after")),
    "consents": _l("What they agreed to"),
    **dict.fromkeys(("contacts", "known_contacts"), _l("Their record as a contact")),
    **dict.fromkeys(("criteria_sets", "criteria_versions"), _l("Criteria")),
    **dict.fromkeys(
        ("evaluations", "evaluation_rounds", "evaluation_scores", "scorecards", "scorecard_rounds"), _l("Evaluations")
    ),
    "erasures": _l("Erasures"),
    "erasure_answers": _l("Erasures"),
    **dict.fromkeys(("exit_packs", "exit_pieces"), _l("Exit packs with them in it")),
    "feed_items": _l("News on the home page"),
    "handovers": _l("Hand-overs of the liaison"),
    "history": _l("Lines of the history"),
    **dict.fromkeys(("imports", "import_rows"), _l("Imported spreadsheets")),
    **dict.fromkeys(("indicators", "kpis", "target_changes", "standings"), _l("KPIs and their targets")),
    "interactions": _l("Notes on calls, mails and visits"),
    "measurements": _l("Figures"),
    **dict.fromkeys(
        ("meetings", "meeting_agenda", "meeting_attendees", "meeting_dates", "meeting_minutes"), _l("Meetings")
    ),
    **dict.fromkeys(("messages", "deliveries"), _l("Messages to them")),
    "opportunities": _l("Opportunities"),
    **dict.fromkeys(("organisations", "known_organisations", "stage_changes"), _l("Organisations")),
    "owners": _l("Organisations that they looked after"),
    "parked": _l("Events set aside"),
    **dict.fromkeys(("people", "known_people"), _l("Their record as a person who signs in")),
    "personal_tokens": _l("Personal tokens"),
    **dict.fromkeys(("profile_updates", "profile_changes"), _l("Proposed changes to profiles")),
    "promises": _l("Promises"),
    **dict.fromkeys(
        ("proposals", "proposal_versions", "proposal_answers", "proposal_templates", "proposal_template_versions"),
        _l("Proposals"),
    ),
    "saved_views": _l("Saved views"),
    **dict.fromkeys(("scoped_links", "sign_in_links"), _l("Links that were mailed to them")),
    "signing_secrets": _l("Keys"),
    "webhook_keys": _l("Keys"),
    **dict.fromkeys(
        ("submissions", "report_drafts", "report_pictures", "refusals", "replies", "figure_uses"), _l("Reports")
    ),
    **dict.fromkeys(("track_records", "track_files"), _l("Track records")),
    **dict.fromkeys(
        (
            "vettings", "vetting_answers", "vetting_checklists", "vetting_declarations", "vetting_dues",
            "vetting_evidence", "vetting_requests",
        ),
        _l("Vettings"),
    ),
}  # fmt: skip


def say_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """What was erased, in the reader's words -> in how many places."""
    said: dict[str, int] = {}
    for name, count in counts.items():
        # What another service calls a new table of its own is at least read as words.
        words = str(WHAT.get(name) or name.replace("_", " ").capitalize())
        said[words] = said.get(words, 0) + count
    return dict(sorted(said.items()))
