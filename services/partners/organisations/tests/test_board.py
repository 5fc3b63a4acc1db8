"""Where organisations stand, and who may know."""

from datetime import timedelta

import pytest

from services.partners.organisations.models import APPROACHED, DECLINED, PARTNER, PROSPECT, SHORTLISTED, STAGES
from services.partners.organisations.queries import (
    count_stages,
    find_organisations,
    get_organisation,
    list_board,
    list_stage_changes,
)
from services.partners.organisations.service import change_organisation, change_stage, change_stages
from services.partners.organisations.tests.factories import make_organisation, make_whole_organisation
from shared.clock import new_id
from shared.errors import NotFound
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity, read_page


def test_every_move_keeps_its_reason_its_date_and_who_made_it(session, now):
    organisation, by = make_organisation(session), make_identity()
    change_stage(session, by, organisation.id, SHORTLISTED, "Fits the coast", now)
    change_stage(session, by, organisation.id, PARTNER, "Agreement signed", now + timedelta(days=9))

    assert [(each.before, each.after, each.reason, each.created_at, each.person_name) for each in
            list_stage_changes(session, organisation.id)] == [
        (SHORTLISTED, PARTNER, "Agreement signed", now + timedelta(days=9), by.name),
        (PROSPECT, SHORTLISTED, "Fits the coast", now, by.name),
    ]  # fmt: skip
    assert (organisation.stage, organisation.stage_changed_at) == (PARTNER, now + timedelta(days=9))


def test_a_move_to_where_it_stands_changes_nothing(session, now):
    organisation = make_organisation(session)
    assert change_stage(session, make_identity(), organisation.id, PROSPECT, "Again", now) is None
    assert list_stage_changes(session, organisation.id) == []


def test_a_move_does_not_refuse_an_edit_under_way(session, now):
    organisation, by = make_organisation(session), make_identity()
    seen = organisation.version
    change_stage(session, by, organisation.id, APPROACHED, "Wrote to them", now)
    session.commit()
    change_organisation(session, by, organisation.id, seen, now, mission="Clean water")
    session.commit()
    found = get_organisation(session, by, organisation.id)
    assert (found.mission, found.stage) == ("Clean water", APPROACHED)


def test_several_move_at_once_or_none_does(session, now):
    there = [make_organisation(session, name=f"Organisation {number}") for number in range(3)]
    with pytest.raises(NotFound):
        change_stages(session, make_identity(), [there[0].id, new_id()], DECLINED, "No answer", now)
    assert there[0].stage == PROSPECT
    change_stage(session, make_identity(), there[1].id, DECLINED, "Said no", now)
    moved = change_stages(session, make_identity(), [each.id for each in there], DECLINED, "No answer", now)
    assert {each.organisation_id for each in moved} == {there[0].id, there[2].id}
    with pytest.raises(NotFound):
        change_stages(session, make_identity(LIAISON, new_id()), [there[0].id], PARTNER, "Let us in", now)


def test_the_board_shows_the_latest_of_each_stage_and_counts_the_rest(session, now):
    for number in range(5):
        make_organisation(session, name=f"Prospect {number}")
    partner = make_organisation(session, name="Partner")
    change_stage(session, make_identity(), partner.id, PARTNER, "Signed", now + timedelta(minutes=1))
    board, counts = list_board(session, 3), count_stages(session)
    assert list(board) == list(STAGES)
    assert [each.name for each in board[PROSPECT]] == ["Prospect 4", "Prospect 3", "Prospect 2"]
    assert [each.name for each in board[PARTNER]] == ["Partner"]
    assert (counts[PROSPECT], counts[PARTNER], counts[DECLINED]) == (5, 1, 0)


def test_a_card_moves_by_its_form_and_the_page_says_why(staff, session):
    organisation = make_organisation(session)
    session.commit()
    address = f"/partners/organisations/{organisation.id}/stage"
    refused = staff.post(address, data={"stage": "partner", "reason": " "})
    assert refused.status_code == 422
    assert "Fill this in." in refused.text
    answer = staff.post(address, data={"stage": "in_discussion", "reason": "They called <back>", "back": "board"})
    assert answer.location.endswith("/board#stage-in_discussion")
    page = staff.get(f"/partners/organisations/{organisation.id}").text
    assert "They called &lt;back&gt;" in page
    assert "Settle the terms in an agreement." in page
    assert "Stage: Prospect → In discussion" in page
    assert "They called &lt;back&gt;" in staff.get(address).text


def test_ticked_organisations_move_together_and_come_back_to_the_same_filters(staff, session):
    chosen = [make_organisation(session, name=f"Trust {number}") for number in range(2)]
    session.commit()
    ids = [str(each.id) for each in chosen]
    address = "/partners/organisations/stage?q=trust&_anchor=x"
    nothing = staff.post(address, data={"stage": "shortlisted", "reason": "Good"}, follow_redirects=True)
    assert "Tick the organisations" in nothing.text
    again = staff.post(address, data={"organisation": ids, "stage": "shortlisted", "reason": ""})
    assert again.status_code == 422
    assert all(f'name="organisation" value="{each}"' in again.text for each in ids)
    moved = staff.post(address, data={"organisation": [*ids, "nonsense"], "stage": "shortlisted", "reason": "Good"})
    assert moved.location == "/partners/organisations?q=trust"
    assert "2 organisations now stand at: Shortlisted." in staff.get(moved.location).text


def test_a_liaison_never_learns_where_their_organisation_stands(sign_in, session):
    organisation = make_whole_organisation(session, None, "Zebra")
    session.commit()
    page, program = sign_in(LIAISON, organisation.id), sign_in(LIAISON, organisation.id, by="token")
    text = page.get(f"/partners/organisations/{organisation.id}").text
    assert "Zebra count" in text
    assert "Shortlisted" not in text
    assert "Zebra fits" not in text
    assert "moved it on the board" not in text
    address = f"/partners/api/v1/organisations/{organisation.id}"
    own = program.get(address).json
    assert own["name"] == "Zebra Trust"
    assert "stage" not in own
    assert "shortlisted" not in read_page(program, "/partners/api/v1/organisations")
    assert len(program.get("/partners/api/v1/organisations?stage=partner").json["items"]) == 1
    for forbidden in (f"{address}/stage-changes", "/partners/organisations/board", "/partners/organisations/views"):
        assert program.get(forbidden).status_code == 404
    answer = program.post(f"{address}/stage", json={"stage": "partner", "reason": "We want"})
    assert answer.status_code == 404
    assert find_organisations(session, make_identity(), cursor=None, limit=5, stage="shortlisted").items


def test_a_viewer_sees_the_board_and_moves_nothing(sign_in, session):
    organisation = make_organisation(session, name="Ocean Watch")
    session.commit()
    viewer = sign_in(VIEWER)
    page = viewer.get("/partners/organisations/board")
    assert "Ocean Watch" in page.text
    assert "<textarea" not in page.text
    form = {"stage": "partner", "reason": "x"}
    assert viewer.post(f"/partners/organisations/{organisation.id}/stage", data=form).status_code == 403


def test_a_program_moves_an_organisation_and_reads_its_moves(script, session):
    organisation = make_organisation(session)
    session.commit()
    address = f"/partners/api/v1/organisations/{organisation.id}"
    moved = script.post(f"{address}/stage", json={"stage": "shortlisted", "reason": "Fits"})
    assert (moved.status_code, moved.json["stage"]) == (200, "shortlisted")
    assert script.post(f"{address}/stage", json={"stage": "friend", "reason": "Fits"}).status_code == 422
    [change] = script.get(f"{address}/stage-changes").json
    assert (change["before"], change["stage"], change["reason"]) == ("prospect", "shortlisted", "Fits")
