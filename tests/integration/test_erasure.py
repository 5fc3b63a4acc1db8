"""A person is erased from all four services: afterwards nothing holds their name but what the receipt names as kept."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from deploy.standalone.command import SERVICES
from services.campaigns.campaigns.models import Campaign
from services.metrics.indicators.models import Kpi, TargetChange
from services.metrics.known.models import Campaign as KnownCampaign
from services.notifications.messages.models import Message
from services.notifications.messages.service import forget_ephemeral
from services.partners.agreements.models import Reply
from services.partners.agreements.queries import get_version
from services.partners.agreements.service.answering import Said, answer_for_partner
from services.partners.agreements.tests.factories import accept_for_us, make_agreement, offer
from services.partners.contacts.service import open_account
from services.partners.contacts.tests.factories import make_contact
from services.partners.erasures.models import DONE
from services.partners.erasures.queries import get_erasure, list_answers
from services.partners.erasures.service import erase, find_subject, hear_done
from services.partners.interactions.tests.factories import make_interaction
from services.partners.mails import Addressee, request_mail
from services.partners.organisations.tests.factories import make_organisation
from shared.clock import new_id, utc_now
from shared.database.access import Revocation
from shared.database.engine import KitBase
from shared.database.history import verify_chain
from shared.database.migrate import migrate
from shared.identity import ADMIN, LIAISON
from shared.messaging.in_process import InProcessBus
from shared.service import Runtime
from shared.testing.people import make_identity
from shared.work import make_worker

NAME, EMAIL = "Zoë Quaggason", "zoe.quaggason@example.org"
#: What may still hold the name: what the receipt says is kept.
KEPT = {"partners.agreement_answers.person_name"}


@pytest.fixture
def runtimes(tmp_path):
    """All four services at work on the in-process bus."""
    started = {}
    for service in SERVICES:
        more = {"encryption_key": Fernet.generate_key().decode()} if service.name == "partners" else {}
        settings = service.settings.from_environment(
            database_url=f"sqlite:///{tmp_path}/{service.name}.db", secret_key="a test's key 0123456789 0123456789",
            files=str(tmp_path / "files"), **more,
        )  # fmt: skip
        started[service.name] = runtime = Runtime.start(service, settings)
        migrate(runtime.database, service.migrations)
        service.prepare(runtime)
    bus = InProcessBus()
    workers = [make_worker(runtime, bus) for runtime in started.values()]
    for worker in workers:
        worker.start()
    yield started
    for worker in workers:
        worker.stop()
    for runtime in started.values():
        runtime.database.dispose()


def wait_for(check, seconds=30):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.1)
    return found


def find_mentions(runtimes, *needles):
    """service.table.column of every value that holds one of these, in any case and in any encoding of JSON."""
    found = set()
    for name, runtime in runtimes.items():
        with runtime.database.transaction(write=False) as session:
            for table in (*KitBase.metadata.sorted_tables, *runtime.service.metadata.sorted_tables):
                for row in session.execute(select(table)).mappings():
                    for column, value in row.items():
                        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                        if any(needle.casefold() in text.casefold() for needle in needles):
                            found.add(f"{name}.{table.name}.{column}")
    return found


def tell_story(runtimes):
    """Someone who is a contact, signs in, accepted an agreement, was mailed to, owns a campaign, verified figures."""
    now = utc_now()
    with runtimes["partners"].database.transaction() as session:
        organisation = make_organisation(session)
        contact = make_contact(
            session, organisation.id, name=NAME, email=EMAIL, phone="+27 21 555 0100", is_liaison=True,
            notes=f"{NAME} prefers mornings",
        )  # fmt: skip
        person = open_account(session, make_identity(ADMIN), contact.id, now)
        liaison = make_identity(LIAISON, organisation.id, name=NAME, email=EMAIL, person_id=person.id)
        make_interaction(session, organisation.id, summary=f"Spoke with {NAME}, write to {EMAIL}")
        agreement = make_agreement(session, organisation.id)
        offer(session, agreement, today=now.date())
        version = get_version(session, liaison, agreement, agreement.latest)
        said = Said(reply=Reply.ACCEPT, digest=version.digest, capacity="Director")
        answer_for_partner(session, liaison, agreement.id, version.number, said, now, today=now.date())
        accept_for_us(session, agreement, now.date())
        request_mail(
            session, Addressee(NAME, EMAIL, person.id, organisation.id), f"For {NAME}", [f"Dear {NAME}"], now,
            about=organisation.id, because="You are the liaison.",
        )  # fmt: skip
        ids = person.id, contact.id
    with runtimes["campaigns"].database.transaction() as session:
        session.add(
            Campaign(
                title="Clean harbour", sort_title="clean harbour", cause="environment", owner_id=ids[0],
                owner_name=NAME, starts_on=date(2027, 1, 1), ends_on=date(2027, 2, 1), summary=f"Ask {NAME}",
            )
        )  # fmt: skip
    with runtimes["metrics"].database.transaction() as session:
        days = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 2, 1)}
        campaign = KnownCampaign(
            id=new_id(), created_at=now, as_of=now, title="Clean harbour", sort_title="clean harbour",
            cause="environment", **days,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        kpi = Kpi(
            campaign_id=campaign.id, key="waste", name="Waste", unit="t", aggregation="sum", direction="increase",
            baseline=Decimal(0), target=Decimal(9), target_number=2, verification="manual",
        )  # fmt: skip
        session.add(kpi)
        session.flush()
        change = {"former": Decimal(5), "target": Decimal(9), "reason": f"{NAME} asked", "person_name": NAME}
        session.add(TargetChange(kpi_id=kpi.id, number=2, **change))

    def is_out():
        with runtimes["notifications"].database.transaction(write=False) as session:
            states = session.scalars(select(Message.state).where(Message.recipient_email == EMAIL)).all()
            return len(states) >= 2 and set(states) == {"captured"}

    wait_for(is_out)
    wait_for(lambda: "campaigns.known_people.name" in find_mentions(runtimes, NAME))
    return ids


def is_done(runtimes, erasure_id):
    with runtimes["partners"].database.transaction(write=False) as session:
        return get_erasure(session, erasure_id).state == DONE


def test_after_an_erasure_nothing_holds_the_name_but_what_the_receipt_says(runtimes):
    person_id, contact_id = tell_story(runtimes)
    before = find_mentions(runtimes, NAME, EMAIL)
    assert {each.split(".")[0] for each in before} >= {"partners", "campaigns", "notifications"}
    partners = runtimes["partners"].database
    with partners.transaction() as session:
        admin = make_identity(ADMIN)
        subject = find_subject(session, admin, contact_id=contact_id)
        assert set(subject.ids) == {person_id, contact_id}
        erasure = erase(session, admin, subject, utc_now())
    wait_for(lambda: is_done(runtimes, erasure.id))

    def is_told():
        with runtimes["notifications"].database.transaction(write=False) as session:
            return session.scalar(select(Message.state).where(Message.recipient_email == EMAIL)) == "captured"

    wait_for(is_told)
    with runtimes["notifications"].database.transaction() as session:
        forget_ephemeral(session, utc_now() + timedelta(days=1, minutes=1))
    wait_for(lambda: not [each for each in find_mentions(runtimes, NAME, EMAIL) if ".outbox." in each])
    assert find_mentions(runtimes, NAME, EMAIL) == KEPT
    assert find_mentions(runtimes, "+27 21 555 0100") == set()
    with partners.transaction(write=False) as session:
        answers = {each.service: each.counts for each in list_answers(session, erasure.id)}
    assert set(answers) == set(runtimes)
    assert answers["partners"]["contacts"] == 1
    assert answers["notifications"]["messages"] >= 2
    assert answers["campaigns"]["campaigns"] >= 1
    assert answers["metrics"]["target_changes"] == 1
    for runtime in runtimes.values():
        with runtime.database.transaction(write=False) as session:
            assert verify_chain(session) is None
            assert session.get(Revocation, person_id) is not None


def test_someone_whom_no_service_knows_is_erased_all_the_same(runtimes):
    with runtimes["partners"].database.transaction() as session:
        admin = make_identity(ADMIN)
        erasure = erase(session, admin, find_subject(session, admin, email="Nobody@Example.org"), utc_now())
    wait_for(lambda: is_done(runtimes, erasure.id))
    with runtimes["partners"].database.transaction() as session:
        # An answer that is heard twice changes nothing.
        done_at = get_erasure(session, erasure.id).done_at
        hear_done(session, erasure.id, "metrics", {"measurements": 9}, utc_now())
        assert get_erasure(session, erasure.id).done_at == done_at
