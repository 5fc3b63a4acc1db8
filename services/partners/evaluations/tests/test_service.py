from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from services.partners.evaluations.queries import (
    get_newest_version,
    get_own_evaluation,
    list_sets,
    list_versions,
    load_sheet,
)
from services.partners.evaluations.results import compute_standings, list_past, read_weights, round_weights
from services.partners.evaluations.service.criteria import change_set, create_set, ensure_default_set
from services.partners.evaluations.service.rounds import (
    add_organisations,
    change_round,
    close_round,
    create_round,
    plan_reminder,
    remind_due_evaluators,
    remind_evaluators,
    remove_organisation,
    shortlist_organisations,
)
from services.partners.evaluations.service.scorecards import (
    declare_conflicts,
    reopen_evaluation,
    save_draft,
    submit_evaluations,
)
from services.partners.evaluations.tests.factories import make_scene, make_staff, rate, submit, write_draft
from services.partners.organisations.queries import get_organisation
from services.partners.organisations.service import change_stage
from services.partners.organisations.tests.factories import make_organisation
from shared.clock import new_id
from shared.database.history import list_history
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from shared.identity import LIAISON
from shared.testing.people import make_identity


def describe(criteria):
    return [{name: getattr(each, name) for name in ("key", "name", "weight", "one", "five")} for each in criteria]


def standings_of(session, viewer, scene):
    sheet = load_sheet(session, viewer, scene.round.id)
    return {each.result.name: each for each in compute_standings(sheet, round_weights(sheet.criteria))}


def test_the_default_criteria_are_made_once_and_add_up_to_100(session, now):
    ensure_default_set(session, now)
    ensure_default_set(session, now)
    [made] = list_sets(session)
    criteria = get_newest_version(session, made.id).criteria
    assert sum(each.weight for each in criteria) == 100
    assert [each.name for each in criteria][:2] == ["Mission fit", "Values"]
    assert all(each.one and each.five for each in criteria)


def test_a_change_of_criteria_is_a_new_version_and_a_round_keeps_its_own(session, now):
    scene = make_scene(session)
    [made] = list_sets(session)
    wanted = describe(get_newest_version(session, made.id).criteria)
    wanted[0]["weight"], wanted[1]["weight"] = Decimal(30), Decimal(10)
    changed = change_set(session, make_identity(), made.id, 1, now, name="Stricter criteria", criteria=wanted)
    assert (changed.version, [each.number for each in list_versions(session, made.id)]) == (2, [2, 1])
    assert load_sheet(session, scene.outsider, scene.round.id).criteria[0].weight == 25
    with pytest.raises(Stale):
        change_set(session, make_identity(), made.id, 1, now, name="Lost", criteria=wanted)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"weight": Decimal("24.99")}, "add up to 99.99"),
        ({"name": "VALUES"}, "same name"),
        ({"key": "made_up"}, "Leave out the key"),
        ({"key": "values"}, "Leave out the key"),
    ],
)
def test_criteria_that_do_not_fit_together_are_refused(session, now, change, why):
    ensure_default_set(session, now)
    [made] = list_sets(session)
    wanted = describe(get_newest_version(session, made.id).criteria)
    with pytest.raises(Invalid) as refused:
        change_set(session, make_identity(), made.id, 1, now, name="x", criteria=[{**wanted[0], **change}, *wanted[1:]])
    assert why in refused.value.fields["criteria"]
    with pytest.raises(Invalid):
        create_set(session, make_identity(), now, name="None", criteria=[])


def test_nobody_sees_anothers_scores_before_they_have_submitted_their_own(session, now):
    scene = make_scene(session)
    first, second, third = scene.evaluators
    aqua, _bay = scene.organisations
    submit(session, scene, first, aqua, 5, now)
    write_draft(session, scene, third, aqua, [1] * 7)
    for who in (second, third, scene.outsider, make_identity("admin")):
        sheet = load_sheet(session, who, scene.round.id)
        assert (sheet.cards, sheet.shown) == ([], {})
        own = {each.id for each in sheet.own}
        assert sheet.scores.keys() <= own, "not even in what the sheet carries along"
    assert standings_of(session, first, scene)["Aqua Trust"].scored_by == 1

    submit(session, scene, second, aqua, 3, now)
    sheet = load_sheet(session, second, scene.round.id)
    assert list(sheet.shown.values()) == ["Aqua Trust"]
    assert {card.evaluator_id for card in sheet.cards} == {first.person_id, second.person_id}
    assert len(sheet.scores) == 2, "the third's draft stays theirs"
    assert list_history(session, scene.round.id)[0].detail == {"organisation": "Aqua Trust"}


def test_the_staff_sees_results_once_all_have_submitted(session, now):
    scene = make_scene(session, organisations=("Aqua Trust",))
    [aqua] = scene.organisations
    for who, score in zip(scene.evaluators, (5, 3, 2), strict=True):
        assert standings_of(session, scene.outsider, scene) == {}
        submit(session, scene, who, aqua, score, now)
    standing = standings_of(session, scene.outsider, scene)["Aqua Trust"]
    assert (standing.result.score, standing.result.spread) == (Decimal("3.33"), Decimal("1.25"))
    assert list(standing.result.disputed) == [each.key for each in load_sheet(
        session, scene.outsider, scene.round.id).criteria]  # fmt: skip


def test_closing_shows_what_was_submitted_and_says_what_is_missing(session, now):
    scene = make_scene(session)
    aqua, _bay = scene.organisations
    submit(session, scene, scene.evaluators[0], aqua, 4, now)
    write_draft(session, scene, scene.evaluators[1], aqua, [1] * 7)
    close_round(session, scene.outsider, scene.round.id, now)
    found = standings_of(session, scene.outsider, scene)
    assert (found["Aqua Trust"].result.score, found["Aqua Trust"].scored_by, found["Aqua Trust"].expected) == (4, 1, 3)
    assert found["Aqua Trust"].is_short
    assert (found["Bay Watch"].result.score, found["Bay Watch"].result.rank) == (None, None)
    assert list_history(session, scene.round.id)[0].detail == {"missing": 5}
    with pytest.raises(Conflict):
        submit_evaluations(session, scene.evaluators[1], scene.round.id, [aqua], now)


def test_who_has_a_conflict_of_interest_does_not_score_and_is_not_waited_for(session, now):
    scene = make_scene(session, declared=False)
    first, *others = scene.evaluators
    aqua, bay = scene.organisations
    with pytest.raises(Conflict, match="First say"):
        write_draft(session, scene, first, aqua, [5])
    with pytest.raises(Invalid, match="Correct"):
        declare_conflicts(session, first, scene.round.id, {aqua: " "}, now)
    declare_conflicts(session, first, scene.round.id, {aqua: "My brother runs it."}, now)
    with pytest.raises(Conflict, match="conflict of interest"):
        write_draft(session, scene, first, aqua, [5])
    submit(session, scene, first, bay, 3, now)
    for each in others:
        declare_conflicts(session, each, scene.round.id, {}, now)
        for organisation_id in scene.organisations:
            submit(session, scene, each, organisation_id, 4, now)
    standing = standings_of(session, first, scene)["Aqua Trust"]
    assert (standing.scored_by, standing.expected, standing.conflicts, standing.is_short) == (2, 2, 1, False)
    with pytest.raises(Invalid):
        declare_conflicts(session, first, scene.round.id, {bay: "Too late."}, now)


def test_a_submitted_evaluation_changes_only_after_reopening_with_a_reason(session, now):
    scene = make_scene(session)
    first, second, _third = scene.evaluators
    aqua, _bay = scene.organisations
    for who in (first, second):
        submit(session, scene, who, aqua, 2, now)
    own = get_own_evaluation(session, first, scene.round.id, aqua)
    with pytest.raises(Conflict, match="reopen it"):
        save_draft(session, first, scene.round.id, aqua, own.version, rate([5] * 7), now)
    with pytest.raises(Invalid):
        reopen_evaluation(session, first, scene.round.id, aqua, "", now)
    reopen_evaluation(session, first, scene.round.id, aqua, "I mixed up two organisations.", now)
    assert standings_of(session, first, scene) == {}, "and is blind again"
    assert standings_of(session, second, scene)["Aqua Trust"].scored_by == 1
    submit(session, scene, first, aqua, 5, now)
    told = {each.action: each.detail for each in list_history(session, scene.round.id)}
    assert told["reopened an evaluation"]["reason"] == "I mixed up two organisations."


def test_an_evaluation_is_submitted_whole_or_not_at_all(session, now):
    scene = make_scene(session)
    aqua, bay = scene.organisations
    who = scene.evaluators[0]
    write_draft(session, scene, who, aqua, [4] * 7)
    write_draft(session, scene, who, bay, [4] * 6)
    with pytest.raises(Invalid) as refused:
        submit_evaluations(session, who, scene.round.id, [aqua, bay], now)
    assert "Bay Watch" in refused.value.fields["organisations"]
    assert "Aqua" not in refused.value.fields["organisations"]
    assert submit_evaluations(session, who, scene.round.id, [aqua], now) == 1
    assert submit_evaluations(session, who, scene.round.id, [aqua], now) == 0, "a repeat does no harm"


def test_a_draft_from_an_older_page_does_not_overwrite_a_newer_one(session, now):
    scene = make_scene(session)
    who, aqua = scene.evaluators[0], scene.organisations[0]
    version = get_own_evaluation(session, who, scene.round.id, aqua).version
    save_draft(session, who, scene.round.id, aqua, version, rate([5, 5]), now)
    with pytest.raises(Stale):
        save_draft(session, who, scene.round.id, aqua, version, rate([1]), now)
    with pytest.raises(Invalid, match="Correct"):
        bad = [{"criterion": "made_up", "score": 1, "comment": ""}]
        save_draft(session, who, scene.round.id, aqua, version + 1, bad, now)


def test_who_is_not_named_scores_nothing(session, now):
    scene = make_scene(session)
    aqua = scene.organisations[0]
    for act in (
        lambda who: save_draft(session, who, scene.round.id, aqua, 1, [], now),
        lambda who: submit_evaluations(session, who, scene.round.id, [aqua], now),
        lambda who: reopen_evaluation(session, who, scene.round.id, aqua, "x", now),
        lambda who: declare_conflicts(session, who, scene.round.id, {}, now),
    ):
        with pytest.raises(Forbidden):
            act(scene.outsider)
        with pytest.raises(NotFound):
            act(make_identity(LIAISON, aqua))
    with pytest.raises(NotFound):
        save_draft(session, scene.evaluators[0], scene.round.id, new_id(), 1, [], now)


def test_evaluators_are_staff_and_organisations_are_known(session, now):
    scene = make_scene(session)
    set_id, by = list_sets(session)[0].id, scene.outsider
    details = {"title": "x", "set_id": set_id, "due_on": now.date()}
    with pytest.raises(Invalid):
        create_round(session, by, now, evaluators=[new_id()], **details)
    with pytest.raises(Invalid):
        add_organisations(session, by, scene.round.id, [new_id()], now)
    assert add_organisations(session, by, scene.round.id, scene.organisations, now) == 0


def test_evaluators_and_organisations_come_and_go_until_they_submitted(session, now):
    scene = make_scene(session)
    first, second, _third = scene.evaluators
    aqua, bay = scene.organisations
    submit(session, scene, first, aqua, 4, now)
    new = make_staff(session, "Dineo")
    details = {"title": "Clean-up partners", "due_on": scene.round.due_on}
    with pytest.raises(Invalid):
        change_round(session, scene.outsider, scene.round.id, 1, now, evaluators=[new.person_id], **details)
    kept = [first.person_id, second.person_id, new.person_id]
    change_round(session, scene.outsider, scene.round.id, 1, now, evaluators=kept, **details)
    sheet = load_sheet(session, scene.outsider, scene.round.id)
    assert list(sheet.evaluators.values()) == ["Ayanda", "Bongani", "Dineo"]
    assert len(sheet.evaluations) == 6
    with pytest.raises(Conflict):
        remove_organisation(session, scene.outsider, scene.round.id, aqua, now)
    remove_organisation(session, scene.outsider, scene.round.id, bay, now)
    assert list(load_sheet(session, scene.outsider, scene.round.id).names.values()) == ["Aqua Trust"]


def test_other_weights_are_tried_out_without_being_kept(session, now):
    scene = make_scene(session)
    aqua, bay = scene.organisations
    submit(session, scene, scene.evaluators[0], aqua, [5, 1, 1, 1, 1, 1, 1], now)
    submit(session, scene, scene.evaluators[0], bay, [1, 3, 3, 3, 3, 3, 3], now)
    close_round(session, scene.outsider, scene.round.id, now)
    sheet = load_sheet(session, scene.outsider, scene.round.id)
    wanted = dict.fromkeys(round_weights(sheet.criteria), "0") | {"mission_fit": "1"}
    assert next(each.result.name for each in compute_standings(sheet, round_weights(sheet.criteria))) == "Bay Watch"
    assert next(each.result.name for each in compute_standings(sheet, read_weights(sheet.criteria, wanted))) == (
        "Aqua Trust"
    )
    for bad in ({"made_up": "1"}, {"reach": "-1"}, {"reach": "NaN"}, {"reach": "1e99"}, {**wanted, "mission_fit": "0"}):
        with pytest.raises(Invalid):
            read_weights(sheet.criteria, bad)


def test_an_organisations_past_rounds_show_as_much_as_the_viewer_may_see(session, now):
    scene = make_scene(session)
    aqua, _bay = scene.organisations
    submit(session, scene, scene.evaluators[0], aqua, 4, now)
    [(_sheet, hidden)] = list_past(session, scene.evaluators[1], aqua)
    [(_sheet, shown)] = list_past(session, scene.evaluators[0], aqua)
    assert hidden is None
    assert shown.result.score == 4
    assert list_past(session, scene.outsider, make_organisation(session, name="New").id) == []


def test_a_reminder_is_due_before_and_on_the_day_and_then_weekly(now):
    due = now.date() + timedelta(days=10)
    days, moment = [], now
    for _time in range(5):
        moment = plan_reminder(due, moment)
        days.append((moment.date() - due).days)
    assert days == [-7, -3, 0, 7, 14]


def test_evaluators_are_mailed_when_due_about_what_is_missing_and_no_longer_once_done(session, now, bus):
    scene = make_scene(session, due_on=now.date() + timedelta(days=7))
    first, second, third = scene.evaluators
    for organisation_id in scene.organisations:
        submit(session, scene, first, organisation_id, 4, now)
    submit(session, scene, second, scene.organisations[0], 4, now)
    declare_conflicts(session, third, scene.round.id, dict.fromkeys(scene.organisations, "I sit on its board."), now)
    assert remind_due_evaluators(session, now) is False
    session.commit()
    assert bus.published("mail_requested") == []
    later = now + timedelta(days=5)
    remind_due_evaluators(session, later)
    remind_due_evaluators(session, later)
    session.commit()
    [mail] = bus.published("mail_requested")
    assert (mail.data["email"], mail.data["path"]) == (second.email, f"/partners/evaluations/{scene.round.id}")
    assert "One evaluation is still to come" in mail.data["paragraphs"][0]
    assert remind_evaluators(session, scene.outsider, scene.round.id, later) == [second.person_id]
    close_round(session, scene.outsider, scene.round.id, later)
    session.commit()
    remind_due_evaluators(session, later + timedelta(days=30))
    session.commit()
    assert len(bus.published("mail_requested")) == 2


def test_shortlisting_moves_those_that_are_not_further_along(session, now):
    scene = make_scene(session)
    aqua, bay = scene.organisations
    change_stage(session, scene.outsider, bay, "partner", "We have an agreement.", now)
    count = shortlist_organisations(
        session, scene.outsider, scene.round.id, scene.organisations, "The two best of the round.", now
    )
    assert count == 1
    stages = [get_organisation(session, scene.outsider, each).stage for each in (aqua, bay)]
    assert stages == ["shortlisted", "partner"]
    told = list_history(session, scene.round.id)[0]
    assert (told.action, told.detail["organisations"]) == ("shortlisted organisations", "Aqua Trust")
    other = make_organisation(session, name="Elsewhere").id
    with pytest.raises(Invalid):
        shortlist_organisations(session, scene.outsider, scene.round.id, [other], "x", now)


def test_forty_organisations_and_three_evaluators_take_a_handful_of_queries(session, now):
    small = make_scene(session, organisations=("One",))
    large = make_scene(session, evaluators=("Dudu", "Efua", "Fanele"), organisations=[f"Org {n}" for n in range(40)])

    def count(scene):
        session.commit()
        session.expire_all()
        seen = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", listen := lambda *args: seen.append(args[2]))
        sheet = load_sheet(session, scene.evaluators[0], scene.round.id)
        compute_standings(sheet, round_weights(sheet.criteria))
        event.remove(connection, "before_cursor_execute", listen)
        return len(seen)

    assert count(small) == count(large) <= 10
