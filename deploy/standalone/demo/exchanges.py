"""The demo's files: one of figures that was taken, one with a row to mend, and results in IATI that wait for a word."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

from services.metrics.exchange.service.importing import upload_results
from services.metrics.exchange.service.uploads import take_figures, upload_figures
from services.metrics.known.queries import name_organisations
from shared.files import FileStore, StoredFile
from shared.identity import Identity

TITLES = "KPI,Partner,Figure,From,Until,Reference,Parts,Note"


def tell_exchanges(
    session: Any, files: FileStore, by: Identity, campaign_id: UUID, parks: UUID, now: datetime,
    day: Callable[[int], date],
) -> None:  # fmt: skip
    """What came as files to Clean Coast; `day` tells a week's Monday."""
    partner = name_organisations(session, [parks])[parks]
    at = now - timedelta(days=9)
    classes = [
        f'pupils_taught,"{partner}",{girls + boys},{day(week)},{day(week)},lagoon class {number},'
        f'"sex: girls={girls}, boys={boys}",Counted at the gate'
        for number, (week, girls, boys) in enumerate(((-12, 18, 16), (-8, 21, 19)), start=1)
    ]
    taken = _upload(session, files, by, campaign_id, at, "Lagoon classes.csv", classes)
    take_figures(session, by, campaign_id, taken.id, taken.version, files, at + timedelta(minutes=4))
    nets = [
        f'waste_removed,"{partner}",0.38,{day(-3)},{day(-3)},net 14,,',
        f'waste_removed,"{partner}","0.4 t",{day(-2)},{day(-2)},net 15,,',
    ]
    _upload(session, files, by, campaign_id, now - timedelta(days=2), "River nets.csv", nets)
    content = _write_results(partner, day).encode()
    file = StoredFile("Lagoon programme.xml", "application/xml", len(content), files.put(content).sha256)
    upload_results(session, by, campaign_id, file, files, now - timedelta(hours=20))


def _upload(
    session: Any, files: FileStore, by: Identity, campaign_id: UUID, at: datetime, name: str, rows: list[str]
) -> Any:
    content = "\n".join((TITLES, *rows)).encode()
    file = StoredFile(name, "text/csv", len(content), files.put(content).sha256)
    return upload_figures(session, by, campaign_id, file, files, at)


def _write_results(partner: str, day: Callable[[int], date]) -> str:
    """What the partner publishes of its programme: classes in parts, a share of waste, and something of its own."""

    def tell_period(first: int, last: int, *values: str) -> str:
        ends = day(last) - timedelta(days=1)
        return (
            f'        <period>\n          <period-start iso-date="{day(first)}"/><period-end iso-date="{ends}"/>\n'
            + "".join(f"          {value}\n" for value in values)
            + "        </period>\n"
        )

    def tell_classes(girls: int, boys: int) -> list[str]:
        parts = (("Girls", girls), ("Boys", boys))
        told = [f'<actual value="{value}"><dimension name="Sex" value="{name}"/></actual>' for name, value in parts]
        return [f'<actual value="{girls + boys}"/>', *told]

    def tell_indicator(title: str, measure: str, *inner: str) -> str:
        named = f"<title><narrative>{title}</narrative></title>\n"
        return (
            f'    <result type="1">\n      {named}      <indicator measure="{measure}">\n        {named}'
            + "".join(inner)
            + "      </indicator>\n    </result>\n"
        )

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\n  <iati-activity>\n'
        "    <iati-identifier>ZA-NPO-104-331-lagoon</iati-identifier>\n"
        f'    <reporting-org ref="ZA-NPO-104-331" type="22"><narrative>{escape(partner)}</narrative></reporting-org>\n'
        "    <title><narrative>The lagoon programme</narrative></title>\n"
        + tell_indicator(
            "Pupils taught", "1",
            tell_period(-27, -23, *tell_classes(14, 11)),
            tell_period(-23, -19, *tell_classes(17, 20)),
            tell_period(-27, 4, '<target value="400"/>'),
        )
        + tell_indicator("Waste removed", "2", tell_period(-27, -23, '<actual value="12"/>'))
        + tell_indicator("Birds counted", "1", tell_period(-27, -23, '<actual value="214"/>'))
        + "  </iati-activity>\n</iati-activities>\n"
    )  # fmt: skip
