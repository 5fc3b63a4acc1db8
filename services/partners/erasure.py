"""What partners keeps of people, and what becomes of it when one of them is erased."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.partners.contacts import service as contacts
from services.partners.database import Base
from services.partners.events import ErasureDone
from services.partners.exits.service import end_packs
from services.partners.people import service as people
from shared.database.erasure import Owned, Plan, Whom, listen_for_erasures
from shared.database.history import ERASED

RECORD = "the record of who accepted or answered what, under which name"
BOUND = "the text that was offered and accepted is bound to its hash"
NO_PERSON = "an organisation's name is nobody's"


def tell_others(session: Any, whom: Whom, now: datetime) -> Mapping[str, int]:
    """End their access, let copies follow, and let no exit pack with them in it be taken."""
    counts = {"owners": 0, "exit_packs": 0}
    for each in whom.ids:
        people.tell_erased(session, each, now)
        counts["owners"] += contacts.give_up_ownership(session, each)
        if organisation_id := contacts.tell_erased(session, each, now):
            counts["exit_packs"] += end_packs(session, organisation_id, now)
    return counts


PLAN = Plan(
    Base.metadata,
    owned={
        "people": Owned(
            "id",
            {
                "name": ERASED, "email": lambda row: f"{row['id'].hex}@erased.invalid", "locale": "en",
                "time_zone": None, "active": False,
            },
        ),
        "contacts": Owned(
            "id",
            {
                "name": ERASED, "sort_name": ERASED, "email": None, "phone": None, "roles": [], "notes": "",
                "locale": "en", "time_zone": None, "active": False, "is_liaison": False,
            },
        ),
        "consents": Owned("contact_id", {"given_how": None, "withdrawn_how": None}),
        "personal_tokens": Owned("person_id", {"name": ERASED}),
        "imports": Owned("person_id", {"person_name": ERASED}),
        "saved_views": Owned("person_id", {"person_name": ERASED}),
        "stage_changes": Owned("person_id", {"person_name": ERASED}),
        **dict.fromkeys(
            ("agreement_versions", "proposal_template_versions", "proposals", "proposal_versions"),
            Owned("author_id", {"author_name": ERASED}),
        ),
    },
    kept={
        "agreement_answers.person_name": RECORD,
        "agreement_answers.capacity": RECORD,
        "agreement_answers.comment": RECORD,
        "proposal_answers.person_name": RECORD,
        "proposal_answers.comment": RECORD,
        **dict.fromkeys(
            ("agreements.title", "agreement_versions.terms", "proposal_versions.title", "proposal_versions.text",
             "proposal_versions.values"),
            BOUND,
        ),
        "erasures.email": "where the last mail goes; forgotten with it",
        "erasures.name": "who is being erased; forgotten when it is done",
        **dict.fromkeys(
            ("organisations.name", "organisations.sort_name", "organisations.search_text", "campaigns.title",
             "merged_organisations.details"),
            NO_PERSON,
        ),
    },
    named=frozenset({"webhook_keys.created_by", "submissions.sent_by", "report_drafts.typed_by"}),
    also=tell_others,
)  # fmt: skip
ERASURES = listen_for_erasures(PLAN, lambda erasure_id, counts: ErasureDone(erasure_id, "partners", dict(counts)))
