"""Exit packs as the service's own job gathers them."""

import zipfile

from services.partners.agreements.tests.factories import make_agreement, offer
from services.partners.app import due_jobs
from services.partners.contacts.tests.factories import make_contact
from services.partners.exits.service import ask_pack
from services.partners.organisations.tests.factories import PNG, make_whole_organisation
from shared.clock import utc_now
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
