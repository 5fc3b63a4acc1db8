"""Exit packs as the service's own job gathers them."""

import zipfile
from uuid import UUID

from services.partners.agreements.tests.factories import make_agreement, offer
from services.partners.app import due_jobs
from services.partners.contacts.tests.factories import make_contact
from services.partners.exits.parts import Reading, read_replies, read_uses
from services.partners.exits.service import ask_pack
from services.partners.organisations.tests.factories import PNG, make_organisation, make_whole_organisation
from services.partners.reciprocity.service import withdraw_use
from services.partners.reciprocity.tests.factories import BASE, make_use
from services.partners.submissions.service.answering import reply
from services.partners.submissions.tests.factories import Partner, make_live_key
from shared.clock import utc_now
from shared.identity import LIAISON
from shared.testing.people import make_identity


def test_the_job_draws_agreements_though_nobody_asks_for_a_page(runtime, session):
    organisation = make_whole_organisation(session, runtime.files.put(PNG).sha256, "Harbour Trust")
    make_contact(session, organisation.id, name="Thandi Naidoo", email="thandi@example.org", is_liaison=True)
    offer(session, make_agreement(session, organisation.id))
    pack = ask_pack(session, make_identity(), organisation.id, utc_now())
    job = next(each for each in due_jobs(runtime) if each.name == "partners.gather_exit_packs")
    while job.run(session, utc_now()):
        pass
    with zipfile.ZipFile(runtime.files.open(pack.sha256)) as archive:
        [drawn] = [name for name in archive.namelist() if name.endswith(".pdf")]
        assert archive.read(drawn).startswith(b"%PDF-")


def test_replies_and_uses_of_figures_are_in_but_not_what_was_taken_back(runtime, session, anyone):
    now, organisation_id = utc_now(), make_organisation(session).id
    session.commit()
    partner = Partner(organisation_id, make_live_key(runtime, organisation_id).secret, anyone)
    submission_id = UUID(partner.deliver().json["submission_id"])
    reply(session, make_identity(), submission_id, now, BASE, text="Thank you.", mail=False)
    make_use(session, organisation_id, now, title="Annual report")
    withdraw_use(session, make_identity(), make_use(session, organisation_id, now, title="Slip").id, now)
    reading = Reading(session, make_identity(LIAISON, organisation_id), organisation_id, now)
    assert [row["text"] for row in read_replies(reading)] == ["Thank you."]
    assert [row["title"] for row in read_uses(reading)] == ["Annual report"]
