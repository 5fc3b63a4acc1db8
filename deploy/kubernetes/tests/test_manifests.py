"""The manifests are what the API server accepts, and keep the rules that it does not check."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

FOLDER = Path(__file__).parent.parent
NGINX = FOLDER.parent / "nginx"
FILES = sorted(FOLDER.glob("*.yaml"))
OBJECTS = [(file.name, each) for file in FILES for each in yaml.safe_load_all(file.read_text())]
OURS = ("partners", "campaigns", "metrics", "notifications")
API_VERSION = "1.33"


def name_object(value: Any) -> str:
    return f"{value['kind']}-{value['metadata']['name']}" if isinstance(value, dict) else str(value)


PODS = [
    pytest.param(each, each["spec"]["template"]["spec"], id=name_object(each))
    for _, each in OBJECTS
    if each["kind"] in {"Deployment", "StatefulSet", "Job"}
]
each_object = pytest.mark.parametrize("manifest", [each for _, each in OBJECTS], ids=name_object)
each_pod = pytest.mark.parametrize(("owner", "pod"), PODS)


@each_object
def test_the_api_server_accepts_it(manifest: Any) -> None:
    kubernetes_validate.validate(manifest, API_VERSION, strict=True)


@each_object
def test_it_lives_in_our_namespace(manifest: Any) -> None:
    assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "saypro"


def test_no_secret_stands_in_the_repository() -> None:
    assert not [each for _, each in OBJECTS if each["kind"] == "Secret"]
    secretive = re.compile(r"PASSWORD|SECRET|TOKEN|COOKIE|_KEY|DATABASE_URL|AMQP_URL|SMTP_URL")
    for _, each in OBJECTS:
        pod = each.get("spec", {}).get("template", {}).get("spec", {})
        for variable in (variable for container in pod.get("containers", []) for variable in container.get("env", [])):
            assert not ("value" in variable and secretive.search(variable["name"])), variable
        if each["kind"] == "ConfigMap":
            assert not [key for key in each["data"] if secretive.search(key)]


@each_pod
def test_it_runs_without_rights_that_it_does_not_need(owner: Any, pod: Any) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip


@each_pod
def test_it_says_what_it_needs_and_may_take_at_most(owner: Any, pod: Any) -> None:
    for container in pod["containers"]:
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


@each_pod
def test_it_is_probed_unless_it_ends_by_itself(owner: Any, pod: Any) -> None:
    for container in pod["containers"]:
        probes = {"readinessProbe", "livenessProbe"} & set(container)
        assert probes == (set() if owner["kind"] == "Job" else {"readinessProbe", "livenessProbe"})


@each_pod
def test_liveness_does_not_ask_for_the_database(owner: Any, pod: Any) -> None:
    """A database that is down must make pods unready, not restart them all."""
    for container in pod["containers"]:
        assert "readyz" not in str(container.get("livenessProbe"))


@each_pod
def test_its_image_is_one_release(owner: Any, pod: Any) -> None:
    for container in pod["containers"]:
        tag = container["image"].partition(":")[2]
        assert re.match(r"\d", tag), container["image"]


@each_pod
def test_what_it_refers_to_exists(owner: Any, pod: Any) -> None:
    """Config maps and accounts are here; secrets are among those that README.md says how to make."""
    known = {(each["kind"], each["metadata"]["name"]) for _, each in OBJECTS}
    made = set(re.findall(r"create secret (?:generic|tls) ([\w-]+)", (FOLDER / "README.md").read_text()))
    if "serviceAccountName" in pod:
        assert ("ServiceAccount", pod["serviceAccountName"]) in known
    for container in pod["containers"]:
        for source in container.get("envFrom", []):
            assert ("ConfigMap", source["configMapRef"]["name"]) in known
        references = [each["valueFrom"] for each in container.get("env", []) if "valueFrom" in each]
        assert {each["secretKeyRef"]["name"] for each in references if "secretKeyRef" in each} <= made
    for volume in pod.get("volumes", []):
        assert "configMap" not in volume or ("ConfigMap", volume["configMap"]["name"]) in known
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        assert claim is None or ("PersistentVolumeClaim", claim) in known
        assert "secret" not in volume or volume["secret"]["secretName"] in made


@each_pod
def test_its_selector_finds_its_pods(owner: Any, pod: Any) -> None:
    if owner["kind"] != "Job":
        labels = owner["spec"]["template"]["metadata"]["labels"].items()
        assert owner["spec"]["selector"]["matchLabels"].items() <= labels


def test_everything_that_should_stay_up_has_a_disruption_budget() -> None:
    owners = {each["metadata"]["name"] for _, each in OBJECTS if each["kind"] in {"Deployment", "StatefulSet"}}
    budgets = {each["metadata"]["name"] for _, each in OBJECTS if each["kind"] == "PodDisruptionBudget"}
    assert owners == budgets


def test_nothing_is_reached_that_no_policy_allows() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for _, each in OBJECTS if each["kind"] == "NetworkPolicy"}
    assert policies["deny-by-default"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("service", OURS[1:])
def test_the_four_services_are_deployed_alike(service: str) -> None:
    def read(name: str) -> str:
        text = (FOLDER / f"20-{name}.yaml").read_text()
        own = r" +- name: (ENCRYPTION_KEY|SMTP_URL)\n.*\n"
        # Not the autoscaler's own word `metrics:`.
        return re.sub(rf"\b{name}\b(?!:\n)", "service", re.sub(own, "", text), flags=re.IGNORECASE)

    assert read(service) == read("partners")


def test_the_gateway_is_the_one_of_the_containers() -> None:
    settings = next(each for _, each in OBJECTS if name_object(each) == "ConfigMap-gateway")
    for file, text in settings["data"].items():
        assert text == (NGINX / file).read_text()
