"""Bringing results in from IATI: what a file would do, and doing it."""

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.exchange import xml_tree
from services.metrics.exchange.iati import write_iati
from services.metrics.exchange.iati_reading import read_iati
from services.metrics.exchange.models import TAKEN, ExchangeFile
from services.metrics.exchange.service.importing import (
    choose_for_results,
    look_at_results,
    take_results,
    upload_results,
)
from services.metrics.exchange.service.results import tell_results
from services.metrics.indicators.queries import find_kpi, get_kpi, list_target_changes
from services.metrics.indicators.service.targets import Interim, change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import reject_figures
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import utc_now
from shared.errors import Conflict, Invalid, Stale, TooLarge
from shared.files import FileStore, StoredFile
from shared.service import Runtime
from shared.testing.people import make_identity

PARTNER = "Mister Trash Wheel"


@pytest.fixture
def store(runtime: Runtime) -> FileStore:
    return runtime.files


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session, PARTNER)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    part_kpi(session, make_kpi(session, campaign_id))
    return campaign_id


def period(start: str, end: str, *values: str) -> str:
    days = f'<period-start iso-date="{start}"/><period-end iso-date="{end}"/>'
    return f"<period>{days}{''.join(values)}</period>"


def actual(value: str, *parts: tuple[str, str], comment: str = "") -> str:
    inner = "".join(f'<dimension name="{name}" value="{part}"/>' for name, part in parts)
    inner += f"<comment><narrative>{comment}</narrative></comment>" if comment else ""
    return f'<actual value="{value}">{inner}</actual>'


def target(value: str) -> str:
    return f'<target value="{value}"/>'


def indicator(*inner: str, code: str = "waste", title: str = "Waste", measure: str = "1", more: str = "") -> str:
    return (
        f'<indicator measure="{measure}"{more}><title><narrative>{title}</narrative></title>'
        f'<reference vocabulary="99" code="{code}"/>\n{chr(10).join(inner)}</indicator>'
    )


def activity(*indicators: str, name: str = PARTNER, identifier: str = "XM-1-harbour") -> str:
    results = "".join(f'<result type="1"><title><narrative>R</narrative></title>{each}</result>' for each in indicators)
    return (
        f"<iati-activity><iati-identifier>{identifier}</iati-identifier>"
        f'<reporting-org ref="XM-1" type="21"><narrative>{name}</narrative></reporting-org>'
        f"<title><narrative>Harbour</narrative></title>{results}</iati-activity>"
    )


def write(*activities: str, version: str = "2.03") -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="{version}">'
    return f"{head}{''.join(activities)}</iati-activities>".encode()


def upload(session: Session, store: FileStore, campaign_id: UUID, content: bytes) -> ExchangeFile:
    file = StoredFile("results.xml", "application/xml", len(content), store.put(content).sha256)
    return upload_results(session, make_identity(), campaign_id, file, store, utc_now())


def take(session: Session, store: FileStore, found: ExchangeFile, **given: Any) -> ExchangeFile:
    by = make_identity(name="Naledi Mokoena")
    seen = look_at_results(session, by, found, store, utc_now()).digest
    details = {"reason": "As published", **given}
    return take_results(session, by, found.campaign_id, found.id, found.version, seen, store, utc_now(), **details)


def counts(found: ExchangeFile) -> tuple[int, int, int, int, int]:
    return found.added, found.corrected, found.targets, found.same, found.wrong


def list_figures(session: Session, campaign_id: UUID, key: str = "waste") -> list[Any]:
    kpi = find_kpi(session, campaign_id, key)
    assert kpi is not None
    return list(find_figures(session, make_identity(), [kpi.id], cursor=None, limit=50).items)


WOMEN, MEN = actual("1.5", ("Sex", "Women")), actual("2.5", ("sex", "m"))
FILE = write(
    activity(
        indicator(
            '<baseline year="2014" value="5"/>',
            period("2014-05-01", "2014-06-30", target("40")),
            period("2014-05-01", "2014-05-31", actual("4"), WOMEN, MEN),
            period("2014-06-01", "2014-06-30", actual("7.25", comment="By the slips")),
            period("2014-05-01", "2027-12-31", target("2000"), actual("11.25")),
        )
    )
)  # fmt: skip


def test_a_file_of_a_partner_goes_in_whole_once_someone_says_so(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    found = upload(session, store, campaign, FILE)
    assert counts(found) == (2, 0, 1, 0, 0), found.problems
    assert stand(session, campaign).figures == 0
    assert take(session, store, found).state == TAKEN
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    assert (kpi.baseline, kpi.target) == (5, 2000)
    [change] = [each for each in list_target_changes(session, [kpi.id]) if each.former != each.target]
    assert (change.former, change.target, change.reason) == (1000, 2000, "As published")
    session.refresh(kpi, ["interims"])
    assert [(each.due_on, each.value) for each in kpi.interims] == [(date(2014, 6, 30), 40)]
    june, may = list_figures(session, campaign)
    assert (may.value, may.parts, may.source, may.organisation_id) == (
        4, {"sex": {"f": "1.5", "m": "2.5"}}, "exchange", partner,
    )  # fmt: skip
    assert (june.value, june.note, june.period_end) == (Decimal("7.25"), "By the slips", date(2014, 6, 30))
    assert stand(session, campaign).verified == Decimal("11.25")
    assert recount_kpi(session, kpi.id, utc_now()) == []
    with pytest.raises(Conflict, match="taken already"):
        take(session, store, found)


def test_the_same_file_again_changes_nothing_and_another_corrects(
    session: Session, store: FileStore, campaign: UUID
) -> None:
    take(session, store, upload(session, store, campaign, FILE))
    again = upload(session, store, campaign, FILE)
    assert counts(again) == (0, 0, 0, 5, 0), again.problems
    with pytest.raises(Conflict, match="Nothing in this file"):
        take(session, store, again)
    mended = upload(session, store, campaign, FILE.replace(b'"7.25"', b'"8"').replace(b'"11.25"', b'"12"'))
    assert counts(mended) == (0, 1, 0, 4, 0)
    take(session, store, mended)
    assert stand(session, campaign).verified == 12
    assert {each.value for each in list_figures(session, campaign)} == {Decimal(4), Decimal(8)}


def test_what_a_partner_reported_by_other_ways_is_not_counted_twice(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "3"), report("b", "1"), report("c", "9", "2014-06-02")])
    found = upload(session, store, campaign, FILE)
    assert counts(found) == (0, 0, 1, 1, 1)
    assert "by other ways" in found.problems[0]["reason"]
    assert found.problems[0]["place"].startswith("line ")
    with pytest.raises(Conflict, match="can't go in"):
        take(session, store, found)
    take(session, store, found, partial=True)
    assert stand(session, campaign).verified == 13


def export(session: Session, campaign_id: UUID) -> bytes:
    activity = tell_results(session, make_identity(), campaign_id, "GB-COH-1", "SayPro", utc_now().date())
    return write_iati(activity, utc_now())


def make_full(session: Session, *partners: UUID) -> UUID:
    campaign_id = make_campaign(session, *partners)
    part_kpi(session, make_kpi(session, campaign_id, baseline=Decimal(2)))
    make_kpi(session, campaign_id, key="members", name="Members", unit="people", aggregation="latest")
    make_kpi(session, campaign_id, key="score", name="Score", unit="points", aggregation="mean", verification="manual")
    make_kpi(
        session, campaign_id, key="share", name="Share", unit="t/people", aggregation="ratio", formula="waste / members"
    )
    return campaign_id


def test_what_we_export_is_the_same_here_and_makes_the_same_elsewhere(
    session: Session, store: FileStore, partner: UUID
) -> None:
    here = make_full(session, partner, other := make_partner(session, "Captain"))
    parts = {"sex": {"f": "1.5", "m": "2.5"}}
    deliver(session, here, partner, [report("a", "4", parts=parts), report("b", "2.25"), report("s", "3", kpi="score")])
    deliver(session, here, other, [report("a", "1", "2014-06-30"), report("m", "70", kpi="members")])
    by, interim = make_identity(), Interim(date(2014, 5, 31), Decimal(10))
    version = get_kpi(session, by, here, "waste").version
    change_target(
        session, by, here, "waste", version, utc_now(), target=Decimal(900), reason="Fewer boats", interims=[interim]
    )
    content = export(session, here)
    found = upload(session, store, here, content)
    assert (found.added, found.corrected, found.targets, found.wrong) == (0, 0, 0, 0), found.problems
    there = make_full(session, partner)
    brought = upload(session, store, there, content)
    assert (brought.wrong, brought.targets) == (0, 1), brought.problems
    take(session, store, brought)
    assert (stand(session, there).verified, stand(session, there, "members").verified) == (Decimal("7.25"), 70)
    session.expire_all()
    again = export(session, there)
    assert again[again.index(b"<result") :] == content[content.index(b"<result") :]
    assert upload(session, store, there, content).added == 0


def test_people_choose_where_the_file_leaves_it_open(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    make_kpi(session, campaign, key="score", name="Score")
    months = period("2014-05-01", "2014-05-31", actual("4"))
    content = write(
        activity(indicator(months, code="X1", title="Tonnes"), name="Somebody", identifier="A"),
        activity(indicator(months, code="score"), name="Else", identifier="B"),
    )
    found = upload(session, store, campaign, content)
    assert counts(found) == (0, 0, 0, 0, 0)
    by = make_identity()

    def choose(**choices: str) -> ExchangeFile:
        return choose_for_results(
            session, by, campaign, found.id, found.version, choices, store, utc_now()
        )  # fmt: skip

    assert counts(choose(a1=str(partner), a1r1i1="waste")) == (1, 0, 0, 0, 0)
    assert counts(choose(a1r1i1="skip")) == (0, 0, 0, 0, 0)
    assert counts(choose(a1r1i1="waste", a2="all")) == (1, 0, 0, 0, 1)
    with pytest.raises(Invalid):
        choose(a9="all")
    with pytest.raises(Stale):
        choose_for_results(session, by, campaign, found.id, 1, {"a1": "skip"}, store, utc_now())
    choose(a2="skip")
    take(session, store, found)
    assert stand(session, campaign).verified == 4


CAN_NOT_GO_IN = [
    (indicator(period("2014-05-01", "2014-05-31", actual("1,000"))), "actual[1]/@value", "not a number"),
    (indicator(period("2014-05-01", "2014-05-31", actual("NaN"))), "actual[1]/@value", "not a number"),
    (indicator(period("2014-05-01", "2014-05-31", actual("1" * 30))), "actual[1]/@value", "18 digits"),
    (indicator(period("2014-05-01", "2014-02-30", actual("1"))), "period-end[1]/@iso-date", "calendar date"),
    (indicator(period("2014-05-31", "2014-05-01", actual("1"))), "period[1]", "ends before"),
    (indicator(period("2199-05-01", "2199-05-31", actual("1"))), "actual[1]", "still to come"),
    (indicator(*[period("2014-05-01", "2014-05-31", actual("1"))] * 2), "period[2]", "same days"),
    (indicator(period("2014-05-01", "2014-05-31", actual("1"), actual("2"))), "actual[2]", "for the same"),
    (
        indicator(*(period(f"2014-05-{day}", f"2014-06-{day}", actual("1")) for day in (10, 20))),
        "period[2]/actual[1]",
        "some of the same days",
    ),
    (
        indicator(period("2014-05-01", "2014-05-31", actual("3"), actual("1", ("Sex", "Women")))),
        "period[1]/actual[1]",
        "add up to 1",
    ),
    (indicator(period("2014-05-01", "2014-05-31", target("-5"))), "target[1]", "not between"),
    (indicator(period("2014-05-01", "2028-05-31", target("5"))), "target[1]", "within the KPI's days"),
    (indicator('<baseline year="2014" value="1000"/>'), "baseline[1]", "differ from the baseline"),
    (indicator(measure="2"), "@measure", "percentage"),
    (indicator(measure="4"), "@measure", "ranks"),
    (indicator(measure="5"), "@measure", "words"),
    (indicator(measure="x"), "@measure", "no measure"),
    (indicator(more=' ascending="0"'), "@measure", "more is better"),
]


def test_what_can_not_go_in_is_told_with_its_place(session: Session, store: FileStore, campaign: UUID) -> None:
    for told, where, words in CAN_NOT_GO_IN:
        found = upload(session, store, campaign, write(activity(told)))
        reasons = [each["reason"] for each in found.problems if each["place"].endswith(where)]
        assert len(reasons) == 1, (where, words, found.problems)
        assert words in reasons[0]
        assert found.problems[0]["place"].startswith("line ")
        with pytest.raises(Conflict):
            take(session, store, found)
    assert stand(session, campaign).figures == 0


def test_parts_and_periods_that_are_not_kept_here_are_named(session: Session, store: FileStore, campaign: UUID) -> None:
    both = actual("1", ("Sex", "Women"), ("Age", "u18"))
    values = [actual("3"), actual("1", ("Moon", "Full")), both]
    months = period("2014-05-01", "2014-05-31", *values)
    year = period("2014-01-01", "2014-12-31", actual("6"))
    alone = period("2014-07-01", "2014-07-31", actual("1", ("Sex", "Women")), actual("2", ("Sex", "Men")))
    found = upload(session, store, campaign, write(activity(indicator(months, year, alone))))
    assert counts(found) == (2, 0, 0, 0, 1)
    assert "come to 3" in found.problems[0]["reason"]
    found = upload(session, store, campaign, write(activity(indicator(months, alone))))
    take(session, store, found)
    assert [each.value for each in list_figures(session, campaign)] == [3, 3]
    plan = look_at_results(session, make_identity(), found, store, utc_now())
    assert plan.count("left") == 2


def test_what_changed_since_someone_looked_is_not_imported(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    found = upload(session, store, campaign, FILE)
    by = make_identity()
    seen = look_at_results(session, by, found, store, utc_now()).digest
    deliver(session, campaign, partner, [report("a", "4")])
    with pytest.raises(Conflict, match="changed since"):
        take_results(session, by, campaign, found.id, found.version, seen, store, utc_now(), reason="x")
    with pytest.raises(Invalid) as refused:
        take(session, store, found, reason=" ", partial=True)
    assert "footnote" in refused.value.fields["reason"]


def test_what_was_rejected_stays_rejected(session: Session, store: FileStore, campaign: UUID) -> None:
    take(session, store, upload(session, store, campaign, FILE))
    figure = list_figures(session, campaign)[0]
    reject_figures(session, make_identity(), campaign, [figure.id], "No slips.", utc_now())
    found = upload(session, store, campaign, FILE)
    assert (found.added, found.corrected, found.wrong) == (0, 0, 1)
    assert "was rejected: No slips." in found.problems[0]["reason"]


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<iati-activities version="2.03">&b;</iati-activities>"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (LAUGHS, "Line 1, column .*DOCTYPE"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><iati-activities version="2.03"/>', "DOCTYPE"),
        (b'<iati-activities version="2.03">\n<iati-activity></result>', "Line 2, column .*mismatched tag"),
        (b'<iati-activities version="2.03">&nbsp;</iati-activities>', "entity"),
        (
            b'<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\xe9!',
            "Line 2, column 33: .*UTF-8",
        ),
        (b'<?xml version="1.0" encoding="klingon"?><iati-activities version="2.03"/>', "encoded as klingon"),
        (b'<?xml version="1.0" encoding="UTF-16"?><iati-activities version="2.03"/>', "encoded as UTF-16"),
        (b'<iati-activities version="2.03">' + b"<x>" * 40, "more than 32 levels"),
        (b"<iati-organisations/>", "begins with the element iati-organisations"),
        (b'<iati-activities xmlns="http://a.b/c" version="2.03"/>', "namespace http://a.b/c"),
        (write(activity(indicator()), version="1.05"), "version is 1.05"),
        (b"<iati-activities/>", "version is none"),
        (write(), "No activity"),
        (write("<iati-activity><result><indicator/></result></iati-activity>"), "no iati-identifier"),
        (write(activity(indicator()), activity(indicator())), "same iati-identifier"),
        (b"  ", "no element"),
    ],
)
def test_what_is_no_iati_is_refused_with_line_and_column(content: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_iati(io.BytesIO(content))
    assert re.search(words, refused.value.fields["file"]), refused.value.fields


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<iati-activities>" + b" " * xml_tree.SIZE, "larger than 10 MB"),
        (write(activity(indicator("<period/>" * 501))), "line 2 has more than 500 periods"),
        (write(*(activity(indicator(), identifier=str(number)) for number in range(51))), "more than 50 activities"),
    ],
    ids=["bytes", "periods", "activities"],
)
def test_what_is_too_much_to_look_at_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(TooLarge, match=words):
        read_iati(io.BytesIO(content))


def test_people_see_choose_and_import(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    session.commit()
    address = f"/metrics/campaigns/{campaign}/exchange"
    sent = staff.post(address, data={"file": (io.BytesIO(FILE.replace(b'"7.25"', b'"x"')), "results.xml")})
    assert sent.status_code == 302, sent.text
    shown = sent.headers["Location"]
    page = staff.get(shown)
    assert page.status_code == 200
    for words in ("Found by its reference", "Can't go in", "is not a number", "/actual[1]/@value", "Women: 1.5"):
        assert words in page.text.replace("&#39;", "'"), words
    chosen = staff.post(f"{shown}/choices", data={"version": "1", "a1targets": "no"}, follow_redirects=True)
    assert "Targets are not taken from this activity." in chosen.text
    staff.post(f"{shown}/choices", data={"version": "2", "a1targets": "yes"})
    asked = staff.get(f"{shown}/import").text
    assert "Target: 1,000 becomes 2,000" in asked
    assert "sign it again" in asked
    plan = asked.split('name="plan" value="')[1].split('"')[0]
    form = {"version": "3", "plan": plan, "partial": "yes"}
    refused = staff.post(f"{shown}/import", data={**form, "reason": ""})
    assert (refused.status_code, "footnote" in refused.text) == (422, True)
    done = staff.post(f"{shown}/import", data={**form, "reason": "New plan"}, follow_redirects=True)
    assert "is imported" in done.text
    assert "imported the results" in done.text
    assert stand(session, campaign).verified == 4


def test_programs_look_choose_and_import(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    session.commit()
    address = f"/metrics/api/v1/campaigns/{campaign}/exchange"
    sent = staff.post(address, data={"file": (io.BytesIO(FILE), "results.xml")})
    assert sent.status_code == 201, sent.text
    found = sent.get_json()
    one = f"{address}/{found['id']}"
    plan = staff.get(f"{one}/results").get_json()
    [told] = plan["activities"]
    assert [each["kpi"] for each in told["indicators"]] == ["waste"]
    assert {step["becomes"] for step in told["indicators"][0]["steps"]} == {"added", "corrected", "left"}
    chosen = staff.post(f"{one}/results", json={"version": 1, "choices": {"a1targets": "no"}}).get_json()
    assert chosen["targets"] == 0
    plan = staff.get(f"{one}/results").get_json()
    wanted = {"version": chosen["version"], "plan": plan["plan"]}
    assert staff.post(f"{one}/take", json={"version": 1}).status_code == 404
    done = staff.post(f"{one}/results/import", json=wanted)
    assert (done.status_code, done.get_json()["state"]) == (200, "taken")
    assert staff.get(f"{address}/results.xml").data.count(b"<actual") == 7
    assert staff.get(f"{address}/figures.csv").status_code == 200
    assert staff.get(f"{address}/template.xlsx").status_code == 200
