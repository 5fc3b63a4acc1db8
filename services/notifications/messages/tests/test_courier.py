"""Against a real mail server: what arrives, and what is known of what did not."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.notifications.messages import queries, service
from services.notifications.messages.courier import message_jobs
from services.notifications.messages.models import BACKOFF, CUT_OFF, Message, State
from services.notifications.messages.tests.factories import (
    LINK,
    PARTNER_MAIL,
    make_message,
    make_recipient,
    make_sign_in_message,
)
from shared.clock import utc_now


def read(database, message_id):
    with database.transaction(write=False) as session:
        return session.get_one(Message, message_id)


def make_all_due(database):
    with database.transaction() as session:
        session.execute(update(Message).where(Message.state == State.QUEUED).values(due_at=utc_now()))


def test_a_mail_arrives_with_both_its_forms(session, database, courier, mail_server):
    message = make_message(session, make_recipient("Zoë Mbeki", email="zoe@example.org", locale="en_ZA"))
    session.commit()
    courier.deliver_due()
    [(recipient, mail)] = mail_server.taken
    assert recipient == "zoe@example.org"
    assert mail["To"] == "Zoë Mbeki <zoe@example.org>"
    assert mail["From"] == "SayPro <campaigns@example.org>"
    assert mail["Subject"] == "Target reached: Waste removed in A swimmable harbour"
    assert mail["Message-ID"] == f"<{message.id}@example.org>"
    assert mail["Content-Language"] == "en-ZA"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in mail
    assert mail.get_content_type() == "multipart/alternative"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for form in (text, html):
        assert "1\N{NO-BREAK SPACE}003,61\N{NO-BREAK SPACE}t" in form
        assert "https://saypro.example.org/metrics/campaigns/01900000-0000-7000-8000-000000000001" in form
        assert "liaison of Harbour Trust" in " ".join(form.split())
    assert "<" not in text
    assert all(len(line) <= 998 for line in mail_server.raw[0].split(b"\r\n"))


def test_an_invitation_goes_as_a_form_of_the_mail_and_as_a_file(session, courier, mail_server):
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Café\r\nEND:VCALENDAR\r\n"
    data = {**PARTNER_MAIL, "button": None, "invitation": {"method": "REQUEST", "calendar": calendar}}
    service.queue_message(session, make_recipient(), "partner_mail", data, utc_now())
    session.commit()
    courier.deliver_due()
    [(_recipient, mail)] = mail_server.taken
    assert mail["Reply-To"] == "thandi@example.org"
    form, file = [part for part in mail.walk() if part.get_content_subtype() in {"calendar", "ics"}]
    assert form.get_params()[0] == ("text/calendar", "")
    assert dict(form.get_params())["method"] == "REQUEST"
    assert form.get_content().splitlines() == calendar.splitlines()
    assert (file.get_filename(), file.get_content()) == ("invite.ics", calendar.encode())
    assert [part.get_content_type() for part in mail.iter_parts()] == ["multipart/alternative", "application/ics"]


def test_files_go_along_and_a_store_that_is_down_puts_the_mail_off(session, database, courier, mail_server, runtime):
    paper = runtime.files.put(b"%PDF-1.7 an agreement")
    there = {"name": "Überblick.pdf", "media_type": "application/pdf", "sha256": paper.sha256, "size": paper.size}
    data = {**PARTNER_MAIL, "button": None, "attachments": [there]}
    service.queue_message(session, make_recipient(), "partner_mail", data, utc_now())
    gone = {**data, "attachments": [{**there, "sha256": "0" * 64}]}
    put_off = service.queue_message(session, make_recipient("Thabo"), "partner_mail", gone, utc_now())
    session.commit()
    courier.deliver_due()
    [(_recipient, mail)] = mail_server.taken
    [file] = list(mail.iter_attachments())
    assert (file.get_filename(), file.get_content()) == ("Überblick.pdf", b"%PDF-1.7 an agreement")
    kept = read(database, put_off.id)
    assert (kept.state, "store" in kept.problem) == (State.QUEUED, True)


def test_what_was_sent_is_kept_as_it_went_out(session, database, courier, mail_server):
    message = make_message(session)
    session.commit()
    courier.deliver_due()
    kept = read(database, message.id)
    assert (kept.state, kept.problem, kept.attempts) == (State.SENT, None, 1)
    [(_recipient, mail)] = mail_server.taken
    assert kept.text.split() == mail.get_body(("plain",)).get_content().split()
    with database.transaction(write=False) as reading:
        [sent, queued] = queries.list_deliveries(reading, message.id)
        assert (queued.outcome, sent.outcome, sent.detail) == ("queued", "sent", "250 taken")


def test_many_mails_go_over_one_connection_each_to_its_own_recipient(session, courier, mail_server):
    names = [f"person{number}" for number in range(12)]
    for name in names:
        make_message(session, make_recipient(name))
    session.commit()
    courier.deliver_due()
    assert mail_server.connections == 1
    assert [recipient for recipient, _mail in mail_server.taken] == [f"{name}@example.org" for name in names]
    assert all(mail["To"].addresses[0].addr_spec == recipient for recipient, mail in mail_server.taken)


def test_a_secret_link_is_in_the_mail_and_forgotten_once_it_is_out(session, database, courier, mail_server):
    message = make_sign_in_message(session)
    session.commit()
    courier.deliver_due()
    [(_recipient, mail)] = mail_server.taken
    assert LINK in mail.get_body(("plain",)).get_content()
    assert f'href="{LINK}"' in mail.get_body(("html",)).get_content()
    kept = read(database, message.id)
    assert kept.secret is None
    assert LINK not in kept.text + kept.html


@pytest.mark.parametrize("place", ["at_recipient", "at_data"])
def test_a_refused_mail_has_failed_with_the_servers_words(session, database, courier, mail_server, place):
    refused, fine = make_message(session), make_message(session)
    session.commit()
    getattr(mail_server, place).append("550 5.1.1 no such mailbox")
    courier.deliver_due()
    assert read(database, refused.id).state == State.FAILED
    assert read(database, refused.id).problem == "550 5.1.1 no such mailbox"
    assert read(database, fine.id).state == State.SENT
    assert len(mail_server.taken) == 1


def test_a_server_that_quotes_the_link_in_its_refusal_does_not_make_it_known(session, database, courier, mail_server):
    message = make_sign_in_message(session)
    session.commit()
    mail_server.at_data.append(f"554 looks like phishing: {LINK}")
    courier.deliver_due()
    kept = read(database, message.id)
    assert kept.state == State.FAILED
    assert "s3cr3t" not in kept.problem
    with database.transaction(write=False) as reading:
        assert all("s3cr3t" not in each.detail for each in queries.list_deliveries(reading, message.id))


def test_a_temporary_refusal_is_tried_again_later_and_then_arrives(session, database, courier, mail_server):
    message = make_message(session)
    session.commit()
    mail_server.at_recipient.append("451 4.7.1 greylisted, come back")
    before = utc_now()
    courier.deliver_due()
    waiting = read(database, message.id)
    assert (waiting.state, waiting.problem) == (State.QUEUED, "451 4.7.1 greylisted, come back")
    assert before + BACKOFF[0] <= waiting.due_at <= utc_now() + BACKOFF[0]
    assert mail_server.taken == []
    make_all_due(database)
    courier.deliver_due()
    assert (read(database, message.id).state, read(database, message.id).attempts) == (State.SENT, 2)
    assert len(mail_server.taken) == 1


def test_a_server_that_cannot_be_reached_puts_everything_off(session, database, courier, mail_server):
    messages = [make_message(session) for _ in range(3)]
    session.commit()
    mail_server.stop()
    courier.deliver_due()
    for message in messages:
        kept = read(database, message.id)
        assert kept.state == State.QUEUED
        assert "connection refused" in kept.problem
        assert kept.due_at > utc_now()
    mail_server.start()
    make_all_due(database)
    courier.deliver_due()
    assert len(mail_server.taken) == 3


def test_a_mail_that_is_never_taken_is_given_up_at_last(session, database, now):
    message = make_message(session)
    for _ in range(len(BACKOFF) + 1):
        assert message.state == State.QUEUED
        message.due_at = now
        service.claim_next(session, now)
        service.postpone(session, message, "451 not now", now)
    assert (message.state, message.problem) == (State.FAILED, "451 not now")


def test_a_line_that_goes_dead_before_the_answer_leaves_it_uncertain_and_is_not_sent_again(
    session, database, courier, mail_server
):
    message, following = make_message(session), make_message(session)
    session.commit()
    mail_server.at_data.append(None)
    courier.deliver_due()
    kept = read(database, message.id)
    assert kept.state == State.UNCERTAIN
    assert kept.text is not None
    make_all_due(database)
    courier.deliver_due()
    assert len([1 for _to, mail in mail_server.taken if str(message.id) in mail["Message-ID"]]) == 1
    assert read(database, following.id).state == State.SENT


def test_a_line_that_goes_dead_before_the_mail_is_handed_over_is_only_put_off(session, database, courier, mail_server):
    message = make_message(session)
    session.commit()
    mail_server.at_recipient.append("421 going down")
    courier.deliver_due()
    assert read(database, message.id).state == State.QUEUED


CRASHING = """
from services.notifications.app import SERVICE
from services.notifications.messages.courier import Courier
from shared.service import Runtime
settings = SERVICE.settings.from_environment()
running = Runtime.start(SERVICE, settings)
Courier(running.database, running.files, settings, settings.find_mail_server()).deliver_due()
"""


@pytest.mark.parametrize(("place", "arrived"), [("recipient", 0), ("data", 1)])
def test_a_worker_killed_while_sending_leaves_the_mail_uncertain_never_sent_twice(
    session, database, database_url, courier, mail_server, place, arrived
):
    message = make_message(session)
    session.commit()
    mail_server.hang_at = place
    settings = {"DATABASE_URL": database_url, "SECRET_KEY": "only a test's", "SMTP_URL": mail_server.url}
    sending = subprocess.Popen([sys.executable, "-c", CRASHING], env={**os.environ, **settings})
    assert mail_server.hanging.wait(30)
    sending.kill()
    assert sending.wait() == -signal.SIGKILL
    mail_server.hang_at = ""
    assert len(mail_server.taken) == arrived
    assert read(database, message.id).state == State.SENDING
    courier.deliver_due()
    with database.transaction() as later:
        service.give_up_cut_off(later, utc_now())
    assert read(database, message.id).state == State.SENDING
    with database.transaction() as later:
        service.give_up_cut_off(later, utc_now() + CUT_OFF + timedelta(seconds=1))
    assert read(database, message.id).state == State.UNCERTAIN
    courier.deliver_due()
    assert len(mail_server.taken) == arrived


def test_a_link_that_expired_while_it_waited_is_not_sent(session, database, courier, mail_server, now):
    message = make_sign_in_message(session, now=now - timedelta(hours=1))
    session.commit()
    courier.deliver_due()
    assert mail_server.taken == []
    assert (read(database, message.id).state, read(database, message.id).secret) == (State.FAILED, None)


@pytest.mark.parametrize("address", ["nobody", "two words@example.org", "a@b@c\r\nBcc: x@example.org", ""])
def test_an_address_that_is_none_fails_alone(session, database, courier, mail_server, address):
    odd = make_message(session, make_recipient(email=address))
    fine = make_message(session)
    session.commit()
    courier.deliver_due()
    assert read(database, odd.id).state == State.FAILED
    assert "is not an e-mail address" in read(database, odd.id).problem
    assert read(database, fine.id).state == State.SENT


def test_a_name_with_line_breaks_adds_no_header(session, courier, mail_server):
    make_message(session, make_recipient("Eve\r\nBcc: all@example.org", email="eve@example.org"))
    session.commit()
    courier.deliver_due()
    [(recipient, mail)] = mail_server.taken
    assert recipient == "eve@example.org"
    assert "Bcc" not in mail


def test_addresses_beyond_ascii_arrive(session, courier, mail_server):
    make_message(session, make_recipient(email="zoë@bücher.example"))
    session.commit()
    courier.deliver_due()
    assert [recipient for recipient, _mail in mail_server.taken] == ["zoë@xn--bcher-kva.example"]


def test_two_workers_never_take_the_same_message(session, database):
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    first, second = make_message(session), make_message(session)
    session.commit()
    with database.transaction() as one, database.transaction() as other:
        taken = {service.claim_next(one, utc_now()).id}
        left = queries.lock_due(other, utc_now(), 20)
        # The first worker holds all that it looked at until it commits, which is at once.
        assert not taken & {message.id for message in left}
    with database.transaction() as other:
        assert service.claim_next(other, utc_now()).id == second.id != first.id


def test_the_workers_job_has_a_queued_mail_out_by_itself(session, database, runtime, mail_server, courier):
    message = make_message(session)
    session.commit()
    running = replace(runtime, settings=replace(runtime.settings, smtp_url=mail_server.url))
    send = next(job for job in message_jobs(running) if job.name == "messages.send")
    with database.transaction() as job:
        send.run(job, utc_now())
    deadline = utc_now() + timedelta(seconds=10)
    while read(database, message.id).state != State.SENT:
        assert utc_now() < deadline


def test_a_worker_that_is_stopped_brings_the_mail_under_way_to_its_end(session, database, courier, mail_server):
    message, following = make_message(session), make_message(session)
    session.commit()
    mail_server.hang_at = "data"
    courier.call()
    assert mail_server.hanging.wait(30)
    stopping = threading.Thread(target=courier.stop)
    stopping.start()
    mail_server.go_on.set()
    stopping.join(30)
    assert not stopping.is_alive()
    assert read(database, message.id).state == State.SENT
    assert read(database, following.id).state == State.QUEUED


def test_without_a_mail_server_messages_are_kept_here(session, database, runtime):
    message, link = make_message(session), make_sign_in_message(session)
    session.commit()
    capture = next(job for job in message_jobs(runtime) if job.name == "messages.capture")
    with database.transaction() as job:
        assert not capture.run(job, utc_now())
    assert read(database, message.id).state == State.CAPTURED
    assert "1,003.61" in read(database, message.id).text
    kept = read(database, link.id)
    assert kept.secret == LINK
    assert LINK not in kept.text + kept.html
    with database.transaction() as later:
        service.give_up_cut_off(later, utc_now() + timedelta(hours=1))
    assert read(database, link.id).secret is None


def test_the_queue_is_empty_in_the_end(session, database, courier, mail_server):
    for _ in range(3):
        make_message(session)
    session.commit()
    courier.deliver_due()
    with database.transaction(write=False) as reading:
        assert set(reading.scalars(select(Message.state))) == {State.SENT}
