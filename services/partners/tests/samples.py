"""One of everything that has an address here, all of one organisation: see tests/conventions."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.agreements.tests.factories import make_agreement_samples
from services.partners.contacts.service import set_owner
from services.partners.contacts.tests.factories import make_contact
from services.partners.erasures.tests.factories import make_erasure_samples
from services.partners.evaluations.tests.factories import make_criteria, make_scene
from services.partners.exits.tests.factories import make_exit_samples
from services.partners.imports.tests.factories import make_import_samples
from services.partners.interactions.tests.factories import make_interaction
from services.partners.meetings.tests.factories import make_meeting_samples
from services.partners.opportunities.tests.factories import make_opportunity_samples
from services.partners.organisations.queries import list_track_records
from services.partners.organisations.service import save_view
from services.partners.organisations.tests.factories import PNG, make_organisation, make_whole_organisation
from services.partners.people.models import PersonalToken
from services.partners.people.service import add_person
from services.partners.people.tests.factories import make_person
from services.partners.profiles.tests.factories import make_profile_samples
from services.partners.promises.tests.factories import make_promise_samples
from services.partners.proposals.tests.factories import make_proposal_samples
from services.partners.reciprocity.tests.factories import BASE, make_reciprocity_samples
from services.partners.scorecards.tests.factories import make_scorecard_samples
from services.partners.submissions.queries import find_refusals
from services.partners.submissions.schemas import read_report
from services.partners.submissions.service.answering import reply
from services.partners.submissions.service.intake import accept_delivery, verify_delivery
from services.partners.submissions.service.keys import make_key
from services.partners.submissions.service.refusals import Refused, remember_refusal
from services.partners.submissions.service.verdicts import Rejection, Verdict, record_verdicts
from services.partners.submissions.tests.factories import make_body, make_measurement, make_report_samples, sign
from services.partners.vault import Vault
from services.partners.vetting.tests.factories import make_vetting_samples
from shared.clock import utc_now
from shared.identity import LIAISON
from shared.service import Runtime
from shared.testing.people import make_identity


def make_samples(runtime: Runtime) -> dict[str, Any]:
    """Route argument -> the id of such a thing. Every name that people gave holds the word Quagga."""
    now = utc_now()
    with runtime.database.transaction() as session:
        organisation = make_whole_organisation(session, runtime.files.put(PNG).sha256, "Quagga")
        person = add_person(
            session, None, now, name="Quagga Dlamini", email="quagga@example.org", role=LIAISON,
            organisation_id=organisation.id, locale="en", time_zone=None,
        )  # fmt: skip
        contact = make_contact(
            session, organisation.id, name="Quagga Sithole", email="quagga.sithole@example.org",
            roles=["Quagga keeper"], notes="Quagga first",
        )  # fmt: skip
        interaction = make_interaction(session, organisation.id, summary="Quagga spoke", contact_ids=[contact.id])
        staff = make_person(session, name="Quagga Mokoena", email="quagga.mokoena@example.org")
        set_owner(session, make_identity(name="Quagga Naidoo"), organisation.id, staff.id, now)
        # What each feature makes: route arguments, and links by their purpose.
        features: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
            make_promise_samples(session, contact, now),
            make_profile_samples(runtime, session, contact, now),
            make_opportunity_samples(session, organisation.id, staff.id),
            make_scorecard_samples(session, contact, now),
            make_reciprocity_samples(session, contact, now),
            make_vetting_samples(runtime, session, contact, now),
            make_agreement_samples(session, contact, now),
            make_proposal_samples(session, contact, now),
            make_meeting_samples(session, staff, contact, now),
            make_erasure_samples(session, now),
            make_exit_samples(session, runtime.files, contact, now),
            (make_import_samples(session, runtime.files, make_identity(name="Quagga Naidoo")), {}),
        )
        token = PersonalToken(person_id=person.id, name="Quagga export", expires_at=now + timedelta(days=1))
        session.add(token)
        deliveries = _make_deliveries(session, runtime.settings.encryption_key, organisation.id, now)
        features += (make_report_samples(runtime, session, contact, deliveries["submission_id"], now),)
        criteria = make_criteria(session, "Quagga")
        scene = make_scene(
            session, set_id=criteria.id, title="Quagga round", evaluators=["Quagga Evaluator"],
            organisations=[organisation.id],
        )  # fmt: skip
        return {
            "round_id": scene.round.id,
            "set_id": criteria.id,
            "organisation_id": organisation.id,
            "other_id": make_organisation(session, name="Quagga Trust NPC").id,
            "record_id": list_track_records(session, make_identity(), organisation.id)[0].id,
            "view_id": save_view(session, make_identity(), "Quagga view", {"q": "quagga"}, True, now).id,
            "person_id": person.id,
            "contact_id": contact.id,
            "contact_step": "account",
            "interaction_id": interaction.id,
            **{name: value for places, _links in features for name, value in places.items()},
            "links": {purpose: secret for _places, links in features for purpose, secret in links.items()},
            "token_id": token.id,
            **deliveries,
            "secret": "no-link-at-all",
        }


def _make_deliveries(session: Session, sealed: str, organisation_id: UUID, now: datetime) -> dict[str, UUID]:
    """A key, a delivery with its verdict and a reply, and one that was refused; `sealed` is the key that seals keys."""
    body = make_body(make_measurement(kpi="quagga", reference="Quagga-1"))
    made = make_key(
        session, make_identity(name="Quagga Naidoo"), organisation_id, Vault(sealed), now, name="Quagga key"
    )
    headers = {
        "webhook-id": "Quagga-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": sign(made.secret, "Quagga-1", now, body),
    }
    delivery = verify_delivery(session, sealed, organisation_id, headers, body, now)
    submission_id = accept_delivery(session, delivery, read_report(body), now).submission_id
    rejected: list[Rejection] = [{"index": 0, "reason": "Quagga is no number."}]
    remember_refusal(
        session,
        Refused(organisation_id, 422, "Quagga is no type.", {"type": "Quagga"}, "Quagga-2", made.key.id, b"{}"),
        now,
    )
    refusal_id = find_refusals(session, organisation_id, cursor=None, limit=1).items[0].id
    record_verdicts(session, [Verdict(submission_id, 0, rejected, now)])
    reply(session, make_identity(), submission_id, now, BASE, text="Quagga counts are in.", mail=False)
    return {"key_id": made.key.id, "submission_id": submission_id, "refusal_id": refusal_id}
