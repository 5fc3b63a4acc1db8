"""python -m tests.contracts.record: write down the fields of new events, and new fields of known ones.

What is written down already is never changed here: a field that is lost or becomes something else breaks its
readers, and needs a new version of the event beside the old one.
"""

import json
import sys

from deploy.standalone.command import SERVICES
from shared.messaging.asyncapi import describe_fields
from tests.contracts.contract import RECORD, check_record, read_record


def record_new_fields() -> int:
    """Returns how many events could not be recorded because they broke what was published."""
    broken = 0
    for service in SERVICES:
        record = read_record(service)
        for event in service.events:
            known = record.get(event.type)
            objections = [each for each in check_record(event, known) if "new fields" not in each]
            if objections:
                broken += 1
                print(*objections, sep="\n", file=sys.stderr)
                continue
            record[event.type] = {**describe_fields(event)["properties"], **(known or {})}
        path = service.folder / "contracts" / RECORD
        if record:
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", "utf-8")
    return broken


if __name__ == "__main__":
    sys.exit(1 if record_new_fields() else 0)
