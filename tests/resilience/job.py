"""The main job in small: partners report figures as signed webhooks; every total must come out exact.

Figures, gaps, corrections and repeats are drawn from a seed. What is expected is computed from what was sent and
accepted, never from what the system says.
"""

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import quote
from uuid import UUID

import requests
from standardwebhooks.webhooks import Webhook

from tests.resilience.waiting import wait_until

#: key -> (name, unit, target): the first target is passed on the way, the second is never reached.
KPIS = {"waste": ("Waste removed", "t", "60"), "bottles": ("Bottles removed", "bottles", "9000000000")}
#: How long anything may take to come right after a failure, on a machine that does much else (seconds).
PATIENCE = 120.0
#: Between two deliveries of one partner where the job runs until something has happened (seconds).
PACE = 0.2


class Site(Protocol):
    """A running system, as far as the job needs it."""

    token: str

    def address(self, path: str) -> str:
        """The URL of a path."""

    def find_leftovers(self) -> dict[str, int]:
        """What is still under way or was set aside, by where it is."""

    def recount(self, campaign_id: UUID) -> list[Any]:
        """Where the kept sums differ from their ledger."""


@dataclass
class Partner:
    """An organisation with what it reported, and what that comes to."""

    organisation_id: str
    signer: Webhook
    current: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    #: submission id -> (recorded, indexes of rejected items)
    verdicts: dict[str, tuple[int, list[int]]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    def total(self, kpi: str) -> Decimal:
        """The exact sum of what counts of a KPI."""
        return sum((value for (key, _reference), value in self.current.items() if key == kpi), Decimal(0))


class Job:
    """One campaign with its partners and two KPIs; `run` reports everything, `check` proves what came of it."""

    def __init__(self, site: Site, seed: int, *, partners: int = 3) -> None:
        self._site = site
        self._seed = seed
        self._staff = requests.Session()
        self._staff.headers["Authorization"] = f"Bearer {site.token}"
        self.partners = [self._register(number) for number in range(partners)]
        self.campaign_id = self._call("POST", "/campaigns/api/v1/campaigns", {
            "title": f"Clean river {uuid.uuid4().hex[:6]}", "cause": "environment", "starts_on": "2024-01-01",
            "ends_on": "2030-12-31", "partners": [each.organisation_id for each in self.partners],
        })["id"]  # fmt: skip
        for key, (name, unit, target) in KPIS.items():
            self._call("POST", f"/metrics/api/v1/campaigns/{self.campaign_id}/kpis", {
                "key": key, "name": name, "unit": unit, "aggregation": "sum", "direction": "increase",
                "baseline": "0", "target": target, "verification": "automatic",
            })  # fmt: skip

    def run(self, deliveries: int = 10, *, during: Callable[[], object] = lambda: None) -> None:
        """Every partner delivers `deliveries` times, all at once; when a third is in, `during()` happens beside it."""
        third = threading.Event()
        reporters = [
            _Reporter(self, partner, random.Random(f"{self._seed}-{number}"), third)
            for number, partner in enumerate(self.partners)
        ]
        for each in reporters:
            each.start(deliveries)
        third.wait(PATIENCE)
        during()
        for each in reporters:
            each.finish()

    def run_while(self, condition: Callable[[], bool], *, beside: Callable[[], object]) -> None:
        """Every partner of the campaign delivers for as long as `condition()` holds, and `beside()` runs meanwhile."""
        reporters = [
            _Reporter(self, partner, random.Random(f"{self._seed}-{number}"), threading.Event())
            for number, partner in enumerate(self.partners)
        ]
        for each in reporters:
            each.start(None, condition)
        beside()
        for each in reporters:
            each.finish()

    def deliver(self, partner: Partner, items: Sequence[dict[str, str]], *, message_id: str | None = None) -> str:
        """Deliver until it is accepted, as senders of Standard Webhooks do; returns the submission's id.

        Every answer is counted in `partner.answers`; what was accepted is what `check` expects.
        """
        message_id = message_id or f"msg_{uuid.uuid4().hex}"
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.deliver_once(partner, items, message_id)
            if answer is not None and answer.status_code == 202:
                submission_id = str(answer.json()["submission_id"])
                self._expect(partner, submission_id, items)
                return submission_id
            refused = answer is not None and answer.status_code < 500
            if refused or time.monotonic() > deadline:
                raise AssertionError(f"not accepted: {answer is not None and answer.text}")
            # A real sender waits as long as it is told to; the deadline here is nearer.
            time.sleep(0.1)

    def deliver_once(
        self, partner: Partner, items: Sequence[dict[str, str]], message_id: str
    ) -> requests.Response | None:
        """One attempt; None when no answer came."""
        at = datetime.now(UTC)
        body = json.dumps({
            "type": "measurements.reported", "timestamp": "2024-12-31T00:00:00+00:00",
            "data": {"campaign": self.campaign_id, "measurements": items},
        })  # fmt: skip
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": partner.signer.sign(message_id, at, body),
            "content-type": "application/json",
        }
        address = self._site.address(f"/partners/webhooks/{partner.organisation_id}")
        try:
            answer = requests.post(address, data=body, headers=headers, timeout=15)
        except requests.RequestException:
            partner.answers["none"] += 1
            return None
        partner.answers[str(answer.status_code)] += 1
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0, "a 503 says when to come back"
        return answer

    def join(self) -> Partner:
        """A partner that is not in the campaign yet; `admit` adds it."""
        partner = self._register(len(self.partners))
        self.partners.append(partner)
        return partner

    def admit(self, partner: Partner) -> None:
        """Add a partner to the campaign."""
        path = f"/campaigns/api/v1/campaigns/{self.campaign_id}/partners"
        self._call("POST", path, {"organisation_id": partner.organisation_id})

    def set_up_another(self) -> str:
        """Set up a campaign without figures; returns its title."""
        title = f"Another {uuid.uuid4().hex}"
        self._call("POST", "/campaigns/api/v1/campaigns", {
            "title": title, "cause": "education", "starts_on": "2024-01-01", "ends_on": "2024-12-31"})  # fmt: skip
        return title

    def count_campaigns(self, title: str) -> int:
        """How many campaigns have this title."""
        return len(self._call("GET", f"/campaigns/api/v1/campaigns?q={quote(title)}")["items"])

    def check(self) -> None:
        """Wait until all is done, then compare everything with what was sent."""
        wait_until(self._is_settled, PATIENCE, self._describe, pause=0.1)
        wait_until(lambda: not self._site.find_leftovers(), PATIENCE, lambda: str(self._site.find_leftovers()))
        self.compare()
        assert self._site.recount(UUID(self.campaign_id)) == []

    def compare(self) -> None:
        """Compare totals, shares, verdicts and mails with what was sent, as they are now."""
        board = self._board()
        for key in KPIS:
            expected = {each.organisation_id: each.total(key) for each in self.partners}
            assert Decimal(board[key]["verified"]) == sum(expected.values())
            assert Decimal(board[key]["provisional"]) == 0
            shares = {share["organisation_id"]: Decimal(share["verified"]) for share in board[key]["by_partner"]}
            # Who has reported nothing may be shown with nothing, or not at all.
            assert dict.fromkeys(expected, Decimal(0)) | shares == expected
        for partner in self.partners:
            assert self._verdicts(partner) == partner.verdicts
        mails = self._mails()
        assert [each["state"] for each in mails] == ["captured"] * self._is_reached(), mails

    def _is_settled(self) -> bool:
        board = self._board()
        totals = all(Decimal(board[key]["verified"]) == sum(each.total(key) for each in self.partners) for key in KPIS)
        return (
            totals
            and [each["state"] for each in self._mails()].count("captured") >= self._is_reached()
            and all(None not in self._verdicts(partner).values() for partner in self.partners)
        )

    def _describe(self) -> str:
        board = self._board()
        return json.dumps({
            "shown": {key: board[key]["verified"] for key in KPIS},
            "sent": {key: str(sum(each.total(key) for each in self.partners)) for key in KPIS},
            "mails": len(self._mails()),
            "leftovers": self._site.find_leftovers(),
            "parked": self._site.list_reasons(),
        })  # fmt: skip

    def _is_reached(self) -> bool:
        # Later corrections can only raise a total, so a target once passed stays so.
        return sum(each.total("waste") for each in self.partners) >= Decimal(KPIS["waste"][2])

    def _board(self) -> dict[str, Any]:
        path = f"/metrics/api/v1/campaigns/{self.campaign_id}/dashboard"
        return {kpi["key"]: kpi for kpi in self._call("GET", path)["kpis"]}

    def _verdicts(self, partner: Partner) -> dict[str, tuple[int, list[int]] | None]:
        """Every submission that is kept of the partner with what became of it; None while that is open."""
        path = f"/partners/api/v1/organisations/{partner.organisation_id}/submissions?limit=200"
        found: dict[str, tuple[int, list[int]] | None] = {}
        cursor = ""
        while True:
            page = self._call("GET", path + cursor)
            for each in page["items"]:
                done = each["status"] == "processed"
                found[each["id"]] = (each["recorded"], [one["index"] for one in each["rejected"]]) if done else None
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={quote(page['next_cursor'])}"

    def _mails(self) -> list[Any]:
        return list(self._call("GET", f"/notifications/api/v1/messages?campaign={self.campaign_id}"))

    def _expect(self, partner: Partner, submission_id: str, items: Sequence[dict[str, str]]) -> None:
        rejected = []
        for index, item in enumerate(items):
            if item["kpi"] not in KPIS or item["value"] == "NA":
                rejected.append(index)
            else:
                partner.current[item["kpi"], item["reference"]] = Decimal(item["value"])
        partner.verdicts[submission_id] = (len(items) - len(rejected), rejected)

    def _register(self, number: int) -> Partner:
        body = {"name": f"River keepers {number} {uuid.uuid4().hex[:6]}", "kind": "ngo", "country": "ZA"}
        organisation_id = self._call("POST", "/partners/api/v1/organisations", body)["id"]
        key = self._call("POST", f"/partners/api/v1/organisations/{organisation_id}/webhook-keys", {})
        return Partner(organisation_id, Webhook(key["secret"]))

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call until it works: what was lost on the way is asked again under the same Idempotency-Key."""
        headers = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        deadline, said = time.monotonic() + PATIENCE, "no answer"
        while time.monotonic() < deadline:
            try:
                answer = self._staff.request(method, self._site.address(path), json=body, headers=headers, timeout=15)
            except requests.RequestException as error:
                said = repr(error)
            else:
                if answer.ok:
                    return answer.json()
                said = f"{answer.status_code} {answer.text[:500]}"
                if answer.status_code < 500 and "Retry-After" not in answer.headers:
                    break
            time.sleep(0.05)
        raise AssertionError(f"{method} {path}: {said}")


class _Reporter:
    """One partner's system: delivers one after the other, since a correction must come after what it corrects."""

    def __init__(self, job: Job, partner: Partner, random_: random.Random, third: threading.Event) -> None:
        self._job = job
        self._partner = partner
        self._random = random_
        self._third = third
        self._references: list[tuple[str, Decimal]] = []
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, deliveries: int | None, condition: Callable[[], bool] = lambda: True) -> None:
        self._thread = threading.Thread(target=self._report, args=(deliveries, condition), daemon=True)
        self._thread.start()

    def finish(self) -> None:
        assert self._thread is not None
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _report(self, deliveries: int | None, condition: Callable[[], bool]) -> None:
        try:
            number = 0
            while (deliveries is None or number < deliveries) and condition():
                self._deliver(number)
                number += 1
                if deliveries is None:
                    time.sleep(PACE)
                if deliveries is not None and number * 3 >= deliveries:
                    self._third.set()
        except BaseException as error:
            self._error = error
        finally:
            self._third.set()

    def _deliver(self, number: int) -> None:
        items = list(self._figures(number))
        message_id = f"msg_{uuid.uuid4().hex}"
        first = self._job.deliver(self._partner, items, message_id=message_id)
        if number % 4 == 1:
            again = self._job.deliver(self._partner, items, message_id=message_id)
            assert again == first, "the same delivery again is the same submission"

    def _figures(self, number: int) -> Iterator[dict[str, str]]:
        for _ in range(5):
            day = date(2024, 1, 1) + timedelta(days=self._random.randrange(300))
            value = Decimal(self._random.randrange(1, 400)).scaleb(-2)
            reference = f"r{len(self._references)}"
            self._references.append((reference, value))
            yield make_item("waste", value, reference, day)
            yield make_item("bottles", self._random.randrange(5000), reference, day)
        if number % 3 == 2:
            place = self._random.randrange(len(self._references))
            reference, value = self._references[place]
            self._references[place] = (reference, value + 1)
            yield make_item("waste", value + 1, reference)
        if number == 2:
            yield make_item("no_such_kpi", 1, "odd")
            yield make_item("waste", "NA", "gap")


def make_item(kpi: str, value: object, reference: str, day: date = date(2024, 2, 1)) -> dict[str, str]:
    """One reported figure, for one day."""
    return {
        "kpi": kpi, "value": str(value), "period_start": day.isoformat(), "period_end": day.isoformat(),
        "reference": f"{reference}-{kpi}",
    }  # fmt: skip
