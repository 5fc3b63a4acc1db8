"""What a service keeps of people is declared in its `erasure.py`; see shared/database/erasure.py."""

import re
from importlib import import_module

import pytest

from deploy.standalone.command import SERVICES
from shared.database.erasure import list_undeclared

#: Names of columns that hold a person's name, address or number.
PERSONAL = re.compile(
    r"^(name|sort_name|email|phone|.*_email|.*_phone|person_name|author_name|owner_name|recipient_name|.*_by)$"
)
#: Columns of such a name that hold no person's.
NOT_OF_PEOPLE = {
    "kpis.name": "an indicator's",
    "indicators.name": "an indicator's",
    "indicators.sort_name": "an indicator's",
    "profile_changes.name": "a field's", "criteria_sets.name": "a set's", "criteria_versions.name": "a set's",
    "saved_views.name": "a list's", "promises.owed_by": "a side of a partnership", "webhook_keys.name": "a key's",
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_column_of_people_says_what_becomes_of_it_when_one_is_erased(service):
    plan = import_module(f"services.{service.name}.erasure").PLAN
    undeclared = [each for each in list_undeclared(plan, PERSONAL) if each not in NOT_OF_PEOPLE]
    assert not undeclared, f"say in services/{service.name}/erasure.py what becomes of: {undeclared}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_what_is_declared_is_there_and_what_is_kept_says_why(service):
    plan = import_module(f"services.{service.name}.erasure").PLAN
    columns = {f"{table.name}.{each.name}" for table in service.metadata.sorted_tables for each in table.columns}
    assert plan.metadata is service.metadata
    assert columns >= {*plan.kept, *plan.named}
    assert columns >= {f"{table}.{name}" for table, owned in plan.owned.items() for name in (owned.key, *owned.put)}
    assert all(plan.kept.values())
