"""Results as IATI 2.03, held against the order and the required attributes of its schema."""

from decimal import Decimal
from xml.etree import ElementTree

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.measurements.tests.factories import deliver, report

#: Element -> its children in the order of the schema's sequences, and the attributes that must be there.
SEQUENCES = {
    "iati-activities": "iati-activity",
    "iati-activity": "iati-identifier reporting-org title description participating-org activity-status activity-date "
    "result",
    "result": "title description indicator",
    "indicator": "title description document-link reference baseline period",
    "baseline": "location dimension document-link comment",
    "period": "period-start period-end target actual",
    "actual": "location dimension comment document-link",
    "target": "location dimension comment document-link",
}
REQUIRED = {
    "iati-activities": {"version"},
    "reporting-org": {"ref", "type"},
    "participating-org": {"role"},
    "activity-status": {"code"},
    "activity-date": {"type", "iso-date"},
    "result": {"type"},
    "indicator": {"measure"},
    "reference": {"vocabulary", "code"},
    "baseline": {"year"},
    "period-start": {"iso-date"},
    "period-end": {"iso-date"},
}


def check(element: ElementTree.Element) -> None:
    assert REQUIRED.get(element.tag, set()) <= element.attrib.keys(), element.tag
    known = SEQUENCES.get(element.tag, "narrative").split()
    places = [known.index(child.tag) for child in element]
    assert places == sorted(places), element.tag
    for child in element:
        check(child)


def test_results_have_the_form_of_iati_and_tell_what_is_verified(staff: FlaskClient, session: Session) -> None:
    partner = make_partner(session, "Gwynns Falls & Friends")
    campaign = make_campaign(session, partner, title="<Clean> harbour")
    part_kpi(session, make_kpi(session, campaign, baseline=Decimal(5), target=Decimal(100), means="Slips"))
    make_kpi(session, campaign, key="score", name="Score", aggregation="mean", verification="manual")
    parts = {"sex": {"f": "1.5", "m": "2.5"}}
    deliver(session, campaign, partner, [report("a", "4", parts=parts), report("b", "2", "2014-06-30")])
    deliver(session, campaign, partner, [report("p", "77", kpi="score")])
    session.commit()
    answer = staff.get(f"/metrics/campaigns/{campaign}/exchange/results.xml?publisher=GB-COH-123")
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.data)
    check(root)
    assert root.get("version") == "2.03"
    assert root.findtext("iati-activity/iati-identifier") == f"GB-COH-123-{campaign}"
    waste, score = root.findall("iati-activity/result/indicator")
    assert waste.find("baseline").attrib == {"year": "2014", "iso-date": "2014-05-01", "value": "5"}  # type: ignore[union-attr]
    whole, may, june = waste.findall("period")
    assert whole.find("target").get("value") == "100"  # type: ignore[union-attr]
    assert whole.find("actual").get("value") == "11"  # type: ignore[union-attr]
    told = [(each.get("value"), [one.attrib for one in each.findall("dimension")]) for each in may.findall("actual")]
    assert told == [
        ("4", []),
        ("1.5", [{"name": "Sex", "value": "Women"}]),
        ("2.5", [{"name": "Sex", "value": "Men"}]),
    ]
    assert (june.find("period-start").get("iso-date"), june.find("period-end").get("iso-date")) == (  # type: ignore[union-attr]
        "2014-06-01", "2014-06-30",
    )  # fmt: skip
    assert score.findall("period/actual") == []
