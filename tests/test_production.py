"""The files that production starts from hold together: what they start there is, and is told what it knows."""

import configparser
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from backend.cli import Door
from backend.settings import Settings
from nginx.render import main as render

FOLDER = Path(__file__).parents[1] / "docs" / "production"
UNITS = sorted((FOLDER / "systemd").glob("*.service"))
PROGRAM = "/opt/atelier/bin/atelier"
SETTINGS = {f"ATELIER_{field.name.upper()}" for field in fields(Settings)}
# Of the Compose specification, what is used here or might be.
SERVICE_KEYS = {
    "build",
    "cap_drop",
    "command",
    "configs",
    "container_name",
    "cpus",
    "depends_on",
    "deploy",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extra_hosts",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "labels",
    "logging",
    "mem_limit",
    "network_mode",
    "networks",
    "ports",
    "profiles",
    "read_only",
    "restart",
    "secrets",
    "security_opt",
    "stop_grace_period",
    "stop_signal",
    "sysctls",
    "tmpfs",
    "ulimits",
    "user",
    "volumes",
    "working_dir",
}
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"}


def demand_command(words: Sequence[str]) -> None:
    """`atelier` takes these words, options and all."""
    door = Door()
    context = click.Context(door)
    command: click.Command | None = door.get_command(context, words[0])
    rest = list(words[1:])
    while isinstance(command, click.Group):
        command = command.get_command(context, rest.pop(0))
    assert command is not None, words
    command.make_context(words[0], rest)


def demand_settings(names: Sequence[str]) -> None:
    assert {name.removesuffix("_FILE") for name in names if name.startswith("ATELIER_")} <= SETTINGS


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_there_is(path: Path) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(path)
    program, *words = shlex.split(unit["Service"]["ExecStart"].replace("%i", "8001").replace("${LISTEN}", "10.0.0.11"))
    assert program == PROGRAM
    demand_command(words)
    demand_settings(re.findall(r"(ATELIER_\w+)=", path.read_text(encoding="utf-8")))
    if "serve" in words or "worker" in words:
        assert unit["Service"]["Restart"] == "always"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true").replace("User=atelier", "User=root")
        (tmp_path / path.name.replace("@", "@8001")).write_text(text, encoding="utf-8")
    made = sorted(tmp_path.glob("*.service"))
    done = subprocess.run(["systemd-analyze", "verify", *made], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_the_compose_file_holds_together(compose: dict[str, Any]) -> None:
    assert {key for key in compose if not key.startswith("x-")} <= {
        "name",
        "services",
        "networks",
        "volumes",
        "secrets",
    }
    for name, service in compose["services"].items():
        assert service.keys() <= SERVICE_KEYS, name
        assert service.get("healthcheck", {}).keys() <= HEALTH_KEYS, name
        assert set(service.get("secrets", [])) <= compose["secrets"].keys(), name
        assert set(service.get("networks", [])) <= compose["networks"].keys(), name
        for source in (volume.split(":")[0] for volume in service.get("volumes", [])):
            assert (FOLDER / source).is_file() if source.startswith(".") else source in compose["volumes"], name
        for other, condition in service.get("depends_on", {}).items():
            needs = {"service_healthy": "healthcheck", "service_completed_successfully": "command"}
            assert needs[condition["condition"]] in compose["services"][other], (name, other)
        for key, value in service.get("environment", {}).items():
            if key.endswith("_FILE"):
                assert Path(value).name in service["secrets"], (name, key)
    dockerfile = compose["services"]["api-1"]["build"]
    assert (FOLDER / dockerfile["context"] / dockerfile["dockerfile"]).is_file()


def test_its_services_start_what_there_is(compose: dict[str, Any]) -> None:
    ours = {name: service for name, service in compose["services"].items() if service["image"] == "atelier-reviews"}
    instances = [service["environment"].get("ATELIER_INSTANCE") for name, service in ours.items() if name != "front"]
    assert len(instances) == len(set(instances))
    for name, service in ours.items():
        demand_settings(list(service.get("environment", {})))
        if name != "front":
            demand_command(service["command"])
    words = shlex.split(ours["front"]["command"][0])
    options = words[words.index("nginx.render") + 1 : words.index(">")]
    asked = render.make_context("nginx.render", options).params
    known = {f"{name}:8000" for name in ours}
    assert {*asked["api"], *asked["console"]} <= known


def test_the_roles_script_is_a_shell_script() -> None:
    subprocess.run(["/bin/sh", "-n", FOLDER / "roles.sh"], check=True)
