import pytest

from services.partners.evaluations.service.rounds import close_round
from services.partners.evaluations.tests.factories import make_scene, rate, submit
from shared.identity import LIAISON, VIEWER

ROOT = "/partners/api/v1"


@pytest.fixture
def scene(session):
    made = make_scene(session)
    session.commit()
    return made


def address_of(scene, rest=""):
    return f"{ROOT}/evaluation-rounds/{scene.round.id}{rest}"


def test_a_round_from_criteria_to_ranking(script, sign_in, scene, session, now):
    [found] = script.get(f"{ROOT}/criteria-sets").json["items"]
    assert sum(float(each["weight"]) for each in found["criteria"]) == 100
    people = [str(each.person_id) for each in scene.evaluators[:1]]
    body = {"title": "Second round", "set_id": found["id"], "due_on": f"{now.date()}", "evaluators": people,
            "organisations": [str(each) for each in scene.organisations]}  # fmt: skip
    made = script.post(f"{ROOT}/evaluation-rounds", json=body)
    assert made.status_code == 201, made.text
    round_ = f"{ROOT}/evaluation-rounds/{made.json['id']}"
    evaluator = sign_in(identity=scene.evaluators[0], by="token")
    assert evaluator.put(f"{round_}/declaration", json={"conflicts": []}).status_code == 204
    for card, score in zip(evaluator.get(f"{round_}/scorecards").json["items"], (4, 2), strict=True):
        place = f"{round_}/scorecards/{card['organisation_id']}"
        draft = {"scores": rate([score] * 7)}
        assert evaluator.put(place, json=draft).status_code == 428
        assert evaluator.put(place, json=draft, headers={"If-Match": f'"{card["version"]}"'}).status_code == 200
    hidden = script.get(f"{round_}/results").json
    assert (hidden["items"], hidden["hidden"]) == ([], 2)
    done = evaluator.post(f"{round_}/submit", json={"organisations": body["organisations"]})
    assert (done.status_code, done.json) == (200, {"submitted": 2})
    ranking = script.get(f"{round_}/results").json["items"]
    assert [(each["name"], each["rank"], each["score"]) for each in ranking] == [
        ("Aqua Trust", 1, "4"), ("Bay Watch", 2, "2"),
    ]  # fmt: skip
    again = evaluator.post(f"{place}/reopen", json={"reason": "I read its report again."})
    assert (again.json["submitted_at"], again.json["reopened_reason"]) == (None, "I read its report again.")


def test_nothing_that_the_api_answers_tells_anothers_scores_too_early(sign_in, scene, session, now):
    first, second, _third = scene.evaluators
    aqua = scene.organisations[0]
    submit(session, scene, first, aqua, 5, now)
    session.commit()
    for who in (second, scene.outsider):
        client = sign_in(identity=who, by="token")
        for rest in ("", "/results", "/results?weights=reach:1", "/scorecards"):
            answer = client.get(address_of(scene, rest))
            assert answer.status_code == 200
            assert '"score":5' not in answer.text.replace(" ", "")
            assert '"mean"' not in answer.text
        past = client.get(f"{ROOT}/organisations/{aqua}/evaluations").json["items"]
        assert [each["result"] for each in past] == [None]
    shown = sign_in(identity=first, by="token").get(address_of(scene, "/results")).json
    assert ([each["score"] for each in shown["items"]], shown["hidden"]) == (["5"], 1)


def test_weights_are_tried_out_in_the_address(script, scene, session, now):
    aqua, bay = scene.organisations
    submit(session, scene, scene.evaluators[0], aqua, [5, 1, 1, 1, 1, 1, 1], now)
    submit(session, scene, scene.evaluators[0], bay, [1, 3, 3, 3, 3, 3, 3], now)
    close_round(session, scene.outsider, scene.round.id, now)
    session.commit()
    answer = script.get(address_of(scene, "/results?weights=mission_fit:75"))
    assert answer.json["items"][0]["name"] == "Aqua Trust"
    assert answer.json["weights"]["mission_fit"] == "75"
    assert script.get(address_of(scene, "/results")).json["items"][0]["name"] == "Bay Watch"
    for bad in ("reach", "reach:x", "reach:-1", "reach:1e400", "%00:1", "made_up:5", "reach:101"):
        assert script.get(address_of(scene, f"/results?weights={bad}")).status_code == 422


@pytest.mark.parametrize("score", [0, 6, "5", 2.5])
def test_a_score_that_is_none_is_refused(sign_in, scene, score):
    client = sign_in(identity=scene.evaluators[0], by="token")
    body = {"scores": [{"criterion": "reach", "score": score}]}
    answer = client.put(
        address_of(scene, f"/scorecards/{scene.organisations[0]}"), json=body, headers={"If-Match": '"2"'}
    )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/scores/0/score"


def test_a_viewer_scores_when_named_and_a_liaison_sees_none_of_it(sign_in, scene, session):
    viewer = sign_in(VIEWER, by="token")
    assert viewer.get(address_of(scene)).status_code == 200
    assert viewer.put(address_of(scene, "/declaration"), json={"conflicts": []}).status_code == 403
    assert viewer.post(address_of(scene, "/close")).status_code == 403
    liaison = sign_in(LIAISON, scene.organisations[0], by="token")
    for rest in ("", "/results", "/scorecards"):
        assert liaison.get(address_of(scene, rest)).status_code == 404
    assert liaison.get(f"{ROOT}/organisations/{scene.organisations[0]}/evaluations").status_code == 404
    assert liaison.get(f"{ROOT}/criteria-sets").status_code == 404


def test_a_change_of_criteria_needs_the_version_that_was_seen(script, scene):
    address = f"{ROOT}/criteria-sets/{script.get(f'{ROOT}/criteria-sets').json['items'][0]['id']}"
    there = script.get(address)
    body = {"name": "Other name", "criteria": there.json["criteria"]}
    assert script.put(address, json=body).status_code == 428
    changed = script.put(address, json=body, headers={"If-Match": there.headers["ETag"]})
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    assert script.put(address, json=body, headers={"If-Match": there.headers["ETag"]}).status_code == 412
    body["criteria"][0]["weight"] = "99"
    refused = script.put(address, json=body, headers={"If-Match": '"2"'})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/criteria")
