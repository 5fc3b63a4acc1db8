"""What the register knows of an organisation, how it is found, and the views that people keep."""

import io

import pytest
from marshmallow import ValidationError

from services.partners.organisations.keys import fold, read_domain, read_registration
from services.partners.organisations.queries import MOST_COUNTED, count_organisations, find_organisations
from services.partners.organisations.schemas import FocusArea, Handle, write_focus, write_handle
from services.partners.organisations.service import change_organisation
from services.partners.organisations.tests.factories import PNG, make_organisation, make_whole_organisation
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity, read_page

FORM = {"name": "Table Bay Trust", "kind": "charity", "country": "ZA", "website": ""}


def find(session, **filters):
    found = find_organisations(session, make_identity(), cursor=None, limit=50, **filters)
    assert count_organisations(session, make_identity(), **filters) == len(found.items)
    return [each.name for each in found.items]


def test_a_search_looks_at_everything_known_and_wants_every_word(session):
    make_organisation(session, name="Ärzte am Kap", mission="Clinics for fishing villages", places=["Hout Bay"])
    make_organisation(session, name="Bookbridge", registration_number="NPO 012-345", website="https://www.bridge.org")
    make_organisation(session, name="Khaya Kitchen", focus=[{"area": "food", "goals": [2]}])
    assert find(session, search="arzte") == ["Ärzte am Kap"]
    assert find(session, search="hout  CLINICS") == ["Ärzte am Kap"]
    assert find(session, search="hout bridge") == []
    for text in ("012-345", "npo012345", "bridge.org"):
        assert find(session, search=text) == ["Bookbridge"]
    assert find(session, search="food") == ["Khaya Kitchen"]


def test_filters_narrow_together(session):
    make_organisation(session, name="Reader", country="ZA", reach="local", focus=[{"area": "education", "goals": [4]}])
    make_organisation(session, name="Tutor", country="NA", focus=[{"area": "education", "goals": [4, 10]}])
    make_organisation(session, name="Diver", country="NA", focus=[{"area": "Kelp forests", "goals": [14]}])
    assert find(session, area="education") == ["Reader", "Tutor"]
    assert find(session, area="kelp FORESTS") == ["Diver"]
    assert find(session, goal=4, country="NA") == ["Tutor"]
    assert find(session, goal=1) == find(session, goal=10, reach="local") == []
    assert find(session, reach="local") == ["Reader"]


def test_what_is_searched_and_filtered_by_follows_a_change(session, now):
    organisation = make_organisation(session, name="Reader", focus=[{"area": "education", "goals": [4]}])
    by = make_identity()
    changed = [{"area": "education", "goals": [10]}, {"area": "arts", "goals": []}]
    change_organisation(session, by, organisation.id, 1, now, focus=changed, website="https://reader.org/za")
    session.commit()
    assert find(session, goal=4) == []
    assert find(session, goal=10) == find(session, area="arts") == find(session, search="reader.org") == ["Reader"]
    assert organisation.domain == "reader.org"


def test_only_what_other_services_keep_is_announced(session, bus, now):
    organisation = make_organisation(session)
    change_organisation(session, make_identity(), organisation.id, 1, now, mission="Clean water", places=["Paarl"])
    session.commit()
    assert bus.published("organisation_changed") == []


def test_many_are_counted_only_so_far(session, monkeypatch):
    monkeypatch.setattr("services.partners.organisations.queries.MOST_COUNTED", 3)
    for number in range(6):
        make_organisation(session, name=f"Organisation {number}")
    assert MOST_COUNTED == 1000
    assert count_organisations(session, make_identity()) == 4


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.TableBay.example.org/about", "tablebay.example.org"),
        ("http://m.bay.org:8080", "bay.org"),
        ("https://www.facebook.com/tablebay", None),
        ("https://[broken", None),
        ("", None),
        (None, None),
    ],
)
def test_a_domain_is_the_organisations_own_host(website, domain):
    assert read_domain(website) == domain


def test_one_number_or_name_written_in_two_ways_is_one():
    assert read_registration("NPO 012-345") == read_registration("npo012/345") == "npo012345"
    assert read_registration(" - ") is None
    assert fold("  Élan   Vital ") == fold("ELAN VITAL")
    assert len(fold("\N{LATIN SMALL LIGATURE FFI}" * 200)) <= 600


def test_focus_areas_and_handles_are_read_as_they_are_written():
    for focus in ({"area": "education", "goals": [4, 10]}, {"area": "Kelp forests", "goals": []}):
        assert FocusArea().deserialize(write_focus(focus)) == focus
    assert FocusArea().deserialize({"area": "Oceans and coasts", "goals": [14, 14, 6]}) == {
        "area": "oceans", "goals": [6, 14],
    }  # fmt: skip
    handle = {"platform": "instagram", "handle": "@tablebay"}
    assert Handle().deserialize(write_handle(handle)) == handle
    assert Handle().deserialize("https://www.linkedin.com/company/bay")["platform"] == "linkedin"
    for wrong in ("@tablebay", "Myspace: tom", "https://[", {"platform": "other", "handle": "javascript:alert(1)"}):
        with pytest.raises(ValidationError):
            Handle().deserialize(wrong)
    with pytest.raises(ValidationError, match="1 to 17"):
        FocusArea().deserialize("Education: 18")


def test_a_program_sends_and_gets_everything_and_leaves_out_what_stays(script):
    whole = {
        **FORM, "website": None, "mission": "Clean water", "values": "Honest", "places": ["Paarl"], "reach": "local",
        "focus": [{"area": "water", "goals": [6]}], "people_reached": 12, "registration_number": "NPO 1",
        "handles": [{"platform": "x", "handle": "@bay"}], "brand_notes": "Ask first",
    }  # fmt: skip
    made = script.post("/partners/api/v1/organisations", json=whole)
    assert made.json.items() >= whole.items()
    address = f"/partners/api/v1/organisations/{made.json['id']}"
    changed = script.put(address, json={**FORM, "website": None, "name": "Bay"}, headers={"If-Match": '"1"'})
    assert changed.json.items() >= {**whole, "name": "Bay"}.items()
    wrong = script.post("/partners/api/v1/organisations", json={**whole, "focus": [{"area": "water", "goals": [0]}]})
    assert wrong.json["errors"][0]["pointer"].startswith("/focus/0")


def test_the_form_keeps_lists_line_by_line(staff, session):
    organisation = make_whole_organisation(session, None, "Zebra")
    session.commit()
    address = f"/partners/organisations/{organisation.id}"
    assert "Instagram: @zebra" in staff.get(f"{address}/edit").text
    typed = {**FORM, "places": "Paarl\r\n\r\nWorcester", "handles": "nobody knows", "version": organisation.version}
    refused = staff.post(f"{address}/edit", data=typed)
    assert "as an address, or as a platform and a name" in refused.text
    assert staff.post(f"{address}/edit", data={**typed, "handles": "X: @bay"}).status_code == 302
    page = staff.get(address).text
    assert 'href="https://x.com/bay"' in page
    assert "Worcester" in page


def test_focus_areas_are_chosen_with_their_goals(staff, session):
    organisation = make_organisation(session)
    session.commit()
    address = f"/partners/organisations/{organisation.id}/focus"
    typed = {"version": 1, "area_0": "Education", "goals_0": ["4", "10"], "area_1": "", "goals_1": ["14"]}
    refused = staff.post(address, data=typed)
    assert refused.status_code == 422
    assert "Name the focus area that serves these goals." in refused.text
    assert staff.post(address, data={**typed, "area_1": "Kelp forests"}).status_code == 302
    page = staff.get(f"/partners/organisations/{organisation.id}").text
    assert "10 Reduced inequalities" in page
    assert "Kelp forests" in page
    assert staff.post(address, data={**typed, "area_1": "Reefs"}).status_code == 412
    assert "Ocean" in staff.get(address).text


def test_the_track_record_grows_changes_and_remembers_what_was_removed(staff, session):
    organisation = make_organisation(session)
    session.commit()
    address = f"/partners/organisations/{organisation.id}"
    entry = {"title": "River clean-up", "first_year": "2021", "last_year": "2019", "done": "Cleaned the Liesbeek"}
    assert (
        "Enter the year in which it began or a later one." in staff.post(f"{address}/track-record/new", data=entry).text
    )
    entry["last_year"] = "2022"
    assert staff.post(f"{address}/track-record/new", data=entry).status_code == 302
    [record] = staff.get(f"/partners/api/v1/organisations/{organisation.id}/track-record").json
    one = f"{address}/track-record/{record['id']}"
    assert staff.post(one, data={**entry, "result": "4 tonnes", "version": 1}).status_code == 302
    assert staff.post(one, data={**entry, "result": "5 tonnes", "version": 1}).status_code == 412
    assert "4 tonnes" in staff.get(address).text
    assert staff.post(f"{one}/remove").status_code == 302
    page = staff.get(address).text
    assert "Nothing in the track record yet" in page
    assert "Cleaned the Liesbeek" in page


def test_a_logo_is_a_picture_that_the_organisation_sees_too(staff, sign_in, session):
    organisation = make_organisation(session)
    session.commit()
    address = f"/partners/organisations/{organisation.id}/logo"
    assert staff.get(address).status_code == 404
    script = {"logo": (io.BytesIO(b"<svg onload='alert(1)'/>"), "logo.svg")}
    assert staff.post(f"{address}/edit", data=script).status_code == 422
    assert staff.post(f"{address}/edit", data={"logo": (io.BytesIO(PNG), "bay.png")}).status_code == 302
    shown = sign_in(LIAISON, organisation.id).get(address)
    assert (shown.mimetype, shown.data) == ("image/png", PNG)
    assert staff.post(f"{address}/edit", data={"remove": "yes"}).status_code == 302
    assert staff.get(address).status_code == 404


def test_a_view_keeps_the_filters_for_oneself_or_for_colleagues(sign_in, session):
    make_organisation(session, name="Ocean Watch", focus=[{"area": "oceans", "goals": [14]}])
    session.commit()
    mine, colleague = sign_in(identity=make_identity()), sign_in(identity=make_identity(VIEWER))
    save = "/partners/organisations/views?goal=14&kind=charity&cursor=x&nonsense=1"
    assert mine.post(save, data={"name": ""}).status_code == 422
    answer = mine.post(save, data={"name": "Coast"})
    assert answer.location == "/partners/organisations?kind=charity&goal=14"
    assert "Coast" in mine.get("/partners/organisations").text
    assert "Coast" not in read_page(colleague, "/partners/organisations")
    # The same name again replaces it.
    mine.post("/partners/organisations/views?goal=15", data={"name": "Coast", "shared": "true"})
    page = colleague.get("/partners/organisations").text
    assert page.count(">Coast</a>") == 1
    assert "/partners/organisations?goal=15" in page
    assert "/delete" not in read_page(colleague, "/partners/organisations/views")
    delete = mine.get("/partners/organisations/views").text.split('action="')[-1].split('"')[0]
    assert colleague.post(delete).status_code == 404
    assert mine.post(delete).status_code == 302
    assert "Coast" not in read_page(colleague, "/partners/organisations")
