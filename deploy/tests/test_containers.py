"""What docker-compose.yml and the Dockerfiles promise: four services alike, checked, unprivileged, each with secrets of
its own."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, Any] = COMPOSE["services"]
OURS = ("partners", "campaigns", "metrics", "notifications")
ROLES = ("web", "worker", "live", "migrate")
PROCESSES = [f"{service}-{role}" for service in OURS for role in ROLES]


@pytest.mark.parametrize("service", OURS)
def test_a_service_has_its_four_containers_in_the_right_order(service: str) -> None:
    migrated = {f"{service}-migrate": {"condition": "service_completed_successfully"}}
    for role in ("web", "live"):
        assert CONTAINERS[f"{service}-{role}"]["depends_on"] == migrated
    # An event published before some service has made its queue would pass that service by.
    all_migrated = {f"{name}-migrate": {"condition": "service_completed_successfully"} for name in OURS}
    assert CONTAINERS[f"{service}-worker"]["depends_on"] == all_migrated
    healthy = {"condition": "service_healthy"}
    assert CONTAINERS[f"{service}-migrate"]["depends_on"] == {"postgres": healthy, "rabbitmq": healthy}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_has_no_rights_that_it_does_not_need(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_of_ours_sees_the_same_files(name: str) -> None:
    assert "files:/files" in CONTAINERS[name]["volumes"]
    assert CONTAINERS[name]["environment"]["FILES"] == "/files"


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_limited_and_checked(name: str) -> None:
    container = CONTAINERS[name]
    assert container["mem_limit"]
    assert (
        container["healthcheck"] == {"disable": True} if name.endswith("-migrate") else container["healthcheck"]["test"]
    )


@pytest.mark.parametrize("service", OURS)
def test_a_service_is_given_no_other_services_secret(service: str) -> None:
    others = [name.upper() for name in OURS if name != service]
    for role in ROLES:
        given = " ".join(map(str, CONTAINERS[f"{service}-{role}"]["environment"].values()))
        assert not [name for name in others if f"{name}_" in given]


def test_only_this_machine_can_reach_the_published_ports() -> None:
    ports = [port for container in CONTAINERS.values() for port in container.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_new_secrets_covers_every_secret_that_the_file_reads() -> None:
    asked = set(re.findall(r"\$\{(\w+(?:PASSWORD|KEY))\b", (ROOT / "docker-compose.yml").read_text()))
    made = subprocess.run([sys.executable, ROOT / "deploy/new-secrets"], capture_output=True, text=True, check=True)
    lines = dict(line.split("=", 1) for line in made.stdout.splitlines())
    assert set(lines) == asked
    assert len(set(lines.values())) == len(lines)


@pytest.mark.parametrize("service", OURS[1:])
def test_the_four_images_are_built_alike(service: str) -> None:
    def read(name: str) -> str:
        return (ROOT / "services" / name / "Dockerfile").read_text().replace(name, "service")

    assert read(service) == read("partners")


def test_images_need_nothing_but_the_one_base_image() -> None:
    text = (ROOT / "services/partners/Dockerfile").read_text()
    assert re.findall(r"^FROM (.+)$", text, re.MULTILINE) == ["python:3.13-slim"]
    assert "# syntax" not in text
    assert "--from" not in text
    assert re.search(r"^USER \d+", text, re.MULTILINE)


def test_pins_carry_no_download_address() -> None:
    assert not re.search(r"https?://", (ROOT / "requirements.lock").read_text())
