"""Keys, signatures and verdicts, without the web around them."""

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook

from services.partners.submissions import queries
from services.partners.submissions.models import Submission
from services.partners.submissions.schemas import read_report
from services.partners.submissions.service.group_commit import GroupCommit
from services.partners.submissions.service.intake import Delivery, Receipt, Report, accept_delivery
from services.partners.submissions.service.verdicts import Rejection, Verdict, record_verdicts
from services.partners.submissions.signatures import (
    NotVerified,
    is_signed,
    make_secret,
    open_signer,
    read_headers,
)
from services.partners.submissions.tests.factories import make_body, make_live_key, make_organisation
from services.partners.vault import Vault
from shared.clock import new_id
from shared.errors import Conflict
from shared.service import Runtime
from shared.settings import SettingsError

# The worked example that the specification's libraries are tested with.
EXAMPLE_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE_BODY = '{"test": 2432232314}'
EXAMPLE_AT = datetime.fromtimestamp(1614265330, UTC)
EXAMPLE_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_specifications_example_is_verified() -> None:
    headers = read_headers(EXAMPLE_HEADERS, EXAMPLE_AT)
    assert is_signed(headers, EXAMPLE_BODY, Webhook(EXAMPLE_SECRET))
    assert not is_signed(headers, EXAMPLE_BODY + " ", Webhook(EXAMPLE_SECRET))
    assert not is_signed(headers, EXAMPLE_BODY, Webhook(make_secret()))


@pytest.mark.parametrize(("seconds", "fits"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_five_minutes_are_the_tolerance_in_either_direction(seconds: int, fits: bool) -> None:
    now = EXAMPLE_AT + timedelta(seconds=seconds)
    if fits:
        assert read_headers(EXAMPLE_HEADERS, now).at == EXAMPLE_AT
    else:
        with pytest.raises(NotVerified):
            read_headers(EXAMPLE_HEADERS, now)


def test_a_secret_sealed_under_an_earlier_key_still_opens() -> None:
    older, newer = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    secret = make_secret()
    sealed = Vault(older).seal(secret)
    signed = Webhook(secret).sign("msg_1", EXAMPLE_AT, "{}")
    assert open_signer(f"{newer},{older}", sealed).sign("msg_1", EXAMPLE_AT, "{}") == signed
    with pytest.raises(SettingsError):
        open_signer(newer, sealed)


def make_delivery(runtime: Runtime, body: bytes, message_id: str = "msg_1") -> tuple[Delivery, Report]:
    """A verified delivery, with what it says."""
    organisation_id = make_organisation(runtime)
    made = make_live_key(runtime, organisation_id)
    return Delivery(organisation_id, message_id, made.key.id, body, hashlib.sha256(body).digest()), read_report(body)


def test_a_delivery_that_lost_a_race_is_a_duplicate_or_a_conflict(
    runtime: Runtime, session: Session, now: datetime
) -> None:
    delivery, report = make_delivery(runtime, make_body())
    first = accept_delivery(session, delivery, report, now)
    again = accept_delivery(session, delivery, report, now)
    assert again == Receipt(first.submission_id, duplicate=True)
    other = make_body()
    changed = replace(delivery, body=other, digest=hashlib.sha256(other).digest())
    with pytest.raises(Conflict):
        accept_delivery(session, changed, read_report(other), now)


def test_a_verdict_is_kept_once_and_one_on_nothing_is_passed_over(
    runtime: Runtime, session: Session, now: datetime
) -> None:
    delivery, report = make_delivery(runtime, make_body())
    kept = accept_delivery(session, delivery, report, now).submission_id
    rejected: list[Rejection] = [{"index": 0, "reason": "There is no KPI waste."}]
    verdict, stray = Verdict(kept, 0, rejected, now), Verdict(new_id(), 1, [], now)
    for _ in range(2):
        record_verdicts(session, [verdict, stray, verdict])
    found = session.get_one(Submission, kept, populate_existing=True)
    assert (found.status, found.recorded, found.rejected, found.processed_at) == ("processed", 0, rejected, now)


def test_a_campaigns_id_is_published_in_one_form(runtime: Runtime) -> None:
    campaign = new_id()
    report = read_report(make_body(campaign=f"{{{str(campaign).upper()}}}"))
    assert report.campaign_id == campaign
    assert report.data["campaign"] == str(campaign)


def test_keys_of_others_are_not_looked_at(runtime: Runtime, session: Session) -> None:
    make_live_key(runtime, make_organisation(runtime, "Harbour Watch"))
    assert queries.list_signing_keys(session, make_organisation(runtime)) == []


def test_what_comes_while_one_commits_is_committed_together_and_one_that_fails_fails_alone(runtime: Runtime) -> None:
    began, go_on, written = threading.Event(), threading.Event(), []

    def write(session: Session, items: Sequence[int]) -> list[int]:
        began.set()
        go_on.wait(10)
        session.execute(text("SELECT 1"))
        if 3 in items:
            raise ValueError("three")
        written.append(list(items))
        return [item * 10 for item in items]

    commits: GroupCommit[int, int] = GroupCommit(runtime.database, write, most=4)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(commits.run, 0)
        assert began.wait(10)
        rest = [pool.submit(commits.run, number) for number in range(1, 7)]
        while len(commits._waiting) < len(rest):
            pass
        go_on.set()
        assert first.result(10) == 0
        for number, each in enumerate(rest, start=1):
            if number == 3:
                with pytest.raises(ValueError, match="three"):
                    each.result(10)
            else:
                assert each.result(10) == number * 10
    assert written[0] == [0]
    assert sorted(item for batch in written for item in batch) == [0, 1, 2, 4, 5, 6]
    assert len(written[-1]) == 2
