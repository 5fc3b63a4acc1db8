"""The programs that take part in the browser's tests: a script of ours with a token, and a partner's system."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import requests
from standardwebhooks.webhooks import Webhook

from shared.clock import new_id
from tests.installation import Installation


class Script:
    """Calls the API as a coordinator."""

    def __init__(self, installation: Installation) -> None:
        self.address = installation.address
        self._headers = {"Authorization": f"Bearer {installation.run('token', '--role', 'coordinator')}"}

    def get(self, path: str, **query: str) -> Any:
        return self._read(requests.get(self.address + path, params=query, headers=self._headers, timeout=20))

    def post(self, path: str, body: Any = None, *, seen: Any = None) -> Any:
        """`seen` is the version that the caller saw, where the door asks for it."""
        headers = self._headers | ({} if seen is None else {"If-Match": f'"{seen}"'})
        return self._read(requests.post(self.address + path, json=body or {}, headers=headers, timeout=20))

    def put(self, path: str, version: int, body: Any) -> Any:
        """Replace what was seen in `version`."""
        headers = {**self._headers, "If-Match": f'"{version}"'}
        return self._read(requests.put(self.address + path, json=body, headers=headers, timeout=20))

    def delete(self, path: str) -> None:
        answer = requests.delete(self.address + path, headers=self._headers, timeout=20)
        assert answer.ok, f"{answer.status_code}: {answer.text}"

    def post_once_known(self, path: str, body: Any) -> Any:
        """Posts again, as its answer asks, until the service has heard of what the path names."""
        for _ in range(100):
            answer = requests.post(self.address + path, json=body, headers=self._headers, timeout=20)
            if answer.status_code != 404:
                break
            time.sleep(0.1)
        return self._read(answer)

    def find(self, path: str, name: str) -> Any:
        """The one thing of a list that is called so."""
        return next(each for each in self.get(path, q=name)["items"] if name in (each.get("name"), each.get("title")))

    def read_kpi(self, campaign_id: str, key: str) -> Any:
        board = self.get(f"/metrics/api/v1/campaigns/{campaign_id}/dashboard")
        return next(kpi for kpi in board["kpis"] if kpi["key"] == key)

    @staticmethod
    def _read(answer: requests.Response) -> Any:
        assert answer.ok, f"{answer.status_code}: {answer.text}"
        return answer.json()


@dataclass(frozen=True)
class PartnerSystem:
    """Delivers figures as an organisation's system does."""

    address: str
    organisation_id: str
    secret: str

    @classmethod
    @contextmanager
    def of(cls, script: Script, organisation_id: str) -> Iterator["PartnerSystem"]:
        """With a key of its own, which ends with it: an organisation has two live ones at most."""
        keys = f"/partners/api/v1/organisations/{organisation_id}/webhook-keys"
        made = script.post(keys)
        yield cls(script.address, organisation_id, made["secret"])
        script.delete(f"{keys}/{made['id']}")

    def deliver(self, campaign_id: str, kpi: str, value: Decimal | str, *, reference: str = "") -> float:
        """Report a figure of today, or correct the one of this reference; returns when the 202 was here.

        The answer is in seconds of the wall clock.
        """
        now, message_id = datetime.now(UTC), f"msg_{new_id().hex}"
        item = {
            "kpi": kpi, "value": str(value), "period_start": f"{now:%F}", "period_end": f"{now:%F}",
            "reference": reference or message_id,
        }  # fmt: skip
        report = {"campaign": campaign_id, "measurements": [item]}
        body = json.dumps({"type": "measurements.reported", "timestamp": now.isoformat(), "data": report})
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message_id, now, body),
        }
        answer = requests.post(
            f"{self.address}/partners/webhooks/{self.organisation_id}", data=body, headers=headers, timeout=20
        )
        assert answer.status_code == 202, answer.text
        return time.time()
