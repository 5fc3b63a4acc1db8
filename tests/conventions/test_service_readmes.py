"""Each service's README lists exactly the events that its code publishes and hears."""

import re

import pytest

from deploy.standalone.command import SERVICES
from shared.service import Service


def name_fact(event_type: str) -> str:
    """saypro.partners.person_changed.v1 -> person_changed."""
    return event_type.split(".")[2]


FACTS = {name_fact(event.type) for service in SERVICES for event in service.events}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_readme_lists_the_events_in_and_out(service: Service) -> None:
    readme = (service.folder / "README.md").read_text()
    section = re.search(r"^## Events.*?\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert section is not None, "there is no section on events"
    told = set(re.findall(r"[a-z]+(?:_[a-z]+)+", section[1])) & FACTS
    real = {name_fact(event.type) for event in service.events}
    real |= {name_fact(subscription.type) for subscription in service.subscriptions}
    assert told == real
