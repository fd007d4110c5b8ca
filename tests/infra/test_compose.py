"""docker-compose.yml, held against the code: it must start what `make run-distributed` starts."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from infra.compose import keys
from infra.database.postgres import VERSION
from infra.distributed.processes import environment_of_services, processes_of_services
from infra.rooms import with_room
from services.portal.discovery import areas
from shared.settings import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PAGES = list((ROOT / "docs/operations").glob("*.md"))
FILE = ROOT / "docker-compose.yml"
NOT_OURS = {"postgres", "kafka", "keycloak", "mailpit", "prometheus", "alertmanager", "grafana"}
VARIABLE = re.compile(r"\$\{(\w+):-((?:[^{}]|\{slug\})*)\}")
SETTING = re.compile(r"""setting\(\s*["']([A-Z_]+)["']""")
PORT = "8000"


def as_docker_reads_it() -> dict:
    """With merges done and every variable at its default; Docker's own reader is asked below whether this is so."""
    return with_defaults(yaml.safe_load(FILE.read_text()))


def with_defaults(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: with_defaults(value) for name, value in said.items()}
    if isinstance(said, list):
        return [with_defaults(value) for value in said]
    return VARIABLE.sub(lambda found: found[2], said) if isinstance(said, str) else said


@pytest.fixture(scope="module")
def compose() -> dict:
    return as_docker_reads_it()


@pytest.fixture(scope="module")
def services(compose) -> dict[str, dict]:
    return compose["services"]


@pytest.fixture(scope="module")
def processes() -> dict[str, list[str]]:
    """What this machine's launcher would start, and how."""
    processes = processes_of_services(ROOT, {}, with_demonstration=False)
    return {process.name: process.arguments for process in processes}


@pytest.fixture(scope="module")
def settings_in_code() -> set[str]:
    """Every POLKU_ variable that the code reads."""
    sources = [
        path.read_text()
        for folder in ("shared", "services", "infra")
        for path in ROOT.glob(f"{folder}/**/*.py")
    ]
    named = {name for source in sources for name in SETTING.findall(source)}
    named |= {f"{service.upper()}_URL" for service in SERVICES}  # services/portal/clients/base.py
    return {f"POLKU_{name}" for name in named}


def test_it_is_a_compose_file(compose):
    """By the types of the specification: a key with a typing mistake is refused."""
    known = {name: value for name, value in compose.items() if not name.startswith("x-")}
    assert PyCompose.from_yaml(yaml.safe_dump(known)) is not None
    known["services"]["live"]["helthcheck"] = {}
    with pytest.raises(ValueError, match="helthcheck"):
        PyCompose.from_yaml(yaml.safe_dump(known))
    del known["services"]["live"]["helthcheck"]


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go, for Docker Compose's own library")
def test_docker_composes_own_reader_understands_what_we_meant(services):
    """Its schema, its merging, its variables and its way with quotation marks."""
    reader = Path(__file__).parent / "compose_reader"
    fetched = subprocess.run(["go", "mod", "download"], cwd=reader, capture_output=True, check=False)
    if fetched.returncode:
        pytest.skip("Docker Compose's own library cannot be fetched here.")
    read = subprocess.run(
        ["go", "run", ".", FILE],
        cwd=reader,
        env=without_settings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    for name, understood in json.loads(read.stdout).items():
        assert understood | {"networks": sorted(understood["networks"])} == meant(services[name]), name


def without_settings() -> dict[str, str]:
    """What the shell says of any variable in the file would be read for it."""
    named = {name for name, _ in VARIABLE.findall(FILE.read_text())}
    return {name: value for name, value in os.environ.items() if name not in named}


def meant(service: dict) -> dict[str, Any]:
    """In the words of the reader; a port is address, outer, inner, a volume source, target, whether it is read only."""
    build = service.get("build")
    return {
        "command": shlex.split(service["command"]) if "command" in service else None,
        "environment": {name: str(value) for name, value in service.get("environment", {}).items()},
        "ports": service.get("ports"),
        "volumes": [mounted(volume) for volume in service.get("volumes", [])] or None,
        "networks": sorted(networks_of(service)),
        "health": service.get("healthcheck", {}).get("test"),
        "arguments": build["args"] if build else None,
    }


def mounted(volume: str) -> str:
    source, target, *rest = volume.split(":")
    return f"{ROOT / source if source.startswith('.') else source}:{target}:{str(rest == ['ro']).lower()}"


def test_nothing_in_it_is_known_to_be_unsafe():
    command = [sys.executable, "-m", "compose_lint", "check", "--quiet", "--strict-config", "--no-env"]
    options = ["--fail-on", "low", "--config", "infra/compose/lint.yml", FILE.name]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_has_the_containers_that_its_rooms_ask_for(services):
    ours = {f"{name}-web" for name in with_room("app")} | {
        f"{name}-worker" for name in with_room("listeners")
    }
    assert set(services) == ours | {"keys", "furnish", "gateway", "live"} | NOT_OURS


def test_commands_are_those_of_processes_on_one_machine(services, processes):
    for name, arguments in processes.items():
        if name != "gateway":
            assert shlex.split(services[name]["command"]) == [at_our_port(word) for word in arguments], name


def at_our_port(word: str) -> str:
    return re.sub(r"^127\.0\.0\.1:\d+$", f"0.0.0.0:{PORT}", word)


def test_settings_are_those_that_the_code_reads(services, settings_in_code):
    for name, service in services.items():
        ours = {variable for variable in service.get("environment", {}) if variable.startswith("POLKU_")}
        assert ours <= settings_in_code, name


def test_every_service_is_told_what_the_launcher_tells_its_processes(services, processes):
    told = {name for name in environment_of_services() if name.startswith("POLKU_")}
    for name in set(processes) - {"gateway"}:
        environment = services[name]["environment"]
        assert told <= set(environment), name
        assert environment["POLKU_PROCESS_NAME"] == name


def test_what_an_operator_may_set_reaches_the_containers(services):
    """But for what containers fix: their ports, their database, their transport, and what is the demonstration's."""
    documented = set(re.findall(r"POLKU_[A-Z_]*[A-Z]", "\n".join(page.read_text() for page in PAGES)))
    passed = {name for service in services.values() for name in service.get("environment", {})}
    passed |= {name for service in services.values() for name in service.get("build", {}).get("args", {})}
    fixed = {"DEMONSTRATION", "KAFKA_CA", "KAFKA_JARS", "PG_BIN", "STUCK_AFTER", "TRANSPORT"} | {
        f"{place}_PORT"
        for place in ("DATABASE", "KAFKA", "LIVE", "MAILBOX", "DISTRIBUTED", "SIGN_IN", "SMTP", "WEB")
    }
    assert documented - passed == {f"POLKU_{name}" for name in fixed}


ONE_ALONE = {
    "POLKU_CERTIFICATES": {"identity-worker"},  # one look at the certificate is enough
    "POLKU_SMTP_USER": {"furnish", "notification-worker"},  # the web process has the code, and never posts
    "POLKU_SMTP_PASSWORD": {"furnish", "notification-worker"},
    "POLKU_SMTP_CA": {"notification-worker"},
    "POLKU_WEBHOOK_LOG_DAYS": {"notification-worker"},  # who sweeps
}


def test_what_is_set_reaches_whoever_reads_it_and_no_secret_goes_further(services):
    """By what each process's code imports; what all are told may go unread."""
    passed = {name for service in services.values() for name in service.get("environment", {})}
    passed = passed - {"POLKU_PROCESS_NAME"} | set(
        ONE_ALONE
    )  # each process has a name of its own; a job has none
    to_all = set.intersection(*(set(services[name]["environment"]) for name in BEGIN))
    for name, beginnings in BEGIN.items():
        reads = {f"POLKU_{variable}" for variable in read_below(*beginnings)} & passed
        wanted = {variable for variable in reads if name in ONE_ALONE.get(variable, {name})}
        assert wanted <= set(services[name]["environment"]), name
        assert set(services[name]["environment"]) - to_all - {"POLKU_PROCESS_NAME"} <= wanted, name


BEGIN = (
    {f"{name}-web": [f"services.{name}.app"] for name in with_room("app")}
    | {f"{name}-worker": ["infra.worker", f"services.{name}.listeners"] for name in with_room("listeners")}
    | {"portal-web": ["services.portal.app", *(area.pages.import_name for area in areas())]}
    | {
        "live": ["services.portal.live"],
        "keys": ["infra.compose.keys"],
        "furnish": ["infra.compose.provisioning"],
    }
)


def read_below(*modules: str) -> set[str]:
    """The variables that these modules read, and those that they import, and so on."""
    known: set[Path] = set()
    ahead = list(modules)
    while ahead:
        path = source_of(ahead.pop())
        if path and path not in known:
            known.add(path)
            ahead += imported_by(path)
    return {name for path in known for name in SETTING.findall(path.read_text())}


def source_of(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists()), None)


@cache
def imported_by(path: Path) -> list[str]:
    found = list(ast.walk(ast.parse(path.read_text())))
    plain = [name.name for node in found if isinstance(node, ast.Import) for name in node.names]
    froms = [node for node in found if isinstance(node, ast.ImportFrom) and node.module]
    return [
        *plain,
        *(f"{node.module}{end}" for node in froms for end in ("", *(f".{a.name}" for a in node.names))),
    ]


def test_the_image_knows_which_version_it_is(services):
    final = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert "ARG POLKU_VERSION=" in final and "ENV POLKU_VERSION=$POLKU_VERSION" in final
    for name, service in services.items():
        if service["image"] == "polku:local":
            assert service["build"]["args"] == {"POLKU_VERSION": "development"}, name
    assert "POLKU_VERSION" in {name for name, _ in VARIABLE.findall(FILE.read_text())}


def test_only_who_has_business_outside_gets_there(services):
    """People come in by the gateway, sign-ins and webhooks and mail servers are out there; the rest stays inside."""
    out = {name for name in services if "outside" in networks_of(services[name])}
    assert out == {
        "gateway",
        "identity-web",
        "identity-worker",
        "notification-web",
        "notification-worker",
        "alertmanager",
    }


def test_ports_are_published_from_a_network_that_docker_lets_out(compose, services):
    for name in (name for name, service in services.items() if "ports" in service):
        assert any(not reachable_inside_alone(compose, net) for net in networks_of(services[name])), name


def test_prometheus_comes_from_where_counts_may_be_read(compose, services):
    """Were a process on a second network with it, Docker's names would lead there, and the process would refuse a stranger."""
    may_read = services["voting-web"]["environment"]["POLKU_METRICS_FROM"]
    for name in (everybody_prometheus_asks() - {"prometheus"}) & set(services):
        (shared,) = networks_of(services["prometheus"]) & networks_of(services[name])
        assert reachable_inside_alone(compose, shared)
        assert compose["networks"][shared]["ipam"]["config"] == [{"subnet": may_read}], name


def everybody_prometheus_asks() -> set[str]:
    said = yaml.safe_load((ROOT / "infra/observability/prometheus.yml").read_text())
    jobs = said["scrape_configs"] + said["alerting"]["alertmanagers"]
    asked = [target for job in jobs for group in job.get("static_configs", []) for target in group["targets"]]
    looked_up = [name for job in jobs for place in job.get("dns_sd_configs", []) for name in place["names"]]
    return {target.partition(":")[0] for target in asked} | set(looked_up)


def networks_of(service: dict) -> set[str]:
    return set(service.get("networks", ["default"]))


def reachable_inside_alone(compose: dict, network: str) -> bool:
    return (compose["networks"][network] or {}).get("internal", False)


def test_every_address_leads_to_a_container_that_listens_there(services):
    listens = {name: PORT for name in services if name.endswith("-web")}
    listens |= {"postgres": "5432", "mailpit": "1025", keys.KAFKA_HOST: str(keys.KAFKA_PORTS.clients)}
    settings = services["voting-web"]["environment"]
    addresses = [value for name, value in settings.items() if name.endswith("_URL")]
    addresses += [settings[name] for name in ("POLKU_DATABASE", "POLKU_KAFKA", "POLKU_SMTP")]
    assert len(addresses) == len(SERVICES) + 3
    for address in addresses:
        host, _, port = address.removeprefix("http://").partition("/")[0].partition(":")
        assert listens[host] == port, address


def test_everybody_who_stays_is_asked_for_their_health_and_started_again(services):
    for name, service in services.items():
        stays = name not in ("keys", "furnish")
        assert ("healthcheck" in service) is stays, name
        assert service["restart"] == ("unless-stopped" if stays else "no")
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}


def test_our_processes_are_asked_as_the_launcher_asks_them(services, processes):
    for name in set(processes) - {"gateway"}:
        asked = services[name]["healthcheck"]["test"]
        assert asked == ["CMD", "python", "-S", "infra/compose/healthy.py", PORT], name
    assert (ROOT / "infra/compose/healthy.py").exists()


def test_they_wait_for_what_they_need(services):
    conditions = {
        (name, other): condition["condition"]
        for name, service in services.items()
        for other, condition in service.get("depends_on", {}).items()
    }
    for (name, other), condition in conditions.items():
        done = "service_completed_successfully" if other in ("keys", "furnish") else "service_healthy"
        assert condition == done, f"{name} waits for {other}"
    ours = [name for name, service in services.items() if service["image"] == "polku:local"]
    assert all((name, "furnish") in conditions for name in set(ours) - {"keys", "furnish"})


def test_everybody_may_do_little(services):
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is (name != "keycloak"), name
        assert service.get("user") not in ("root", "0"), name


def test_there_is_time_to_finish_what_was_begun(services, processes):
    settings = (
        ROOT / "infra/serving/gunicorn_settings.py"
    ).read_text()  # loading them begins to count together
    needed = int(re.search(r"^graceful_timeout = (\d+)", settings, re.M)[1])
    for name in processes:
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > needed


def test_only_the_gateway_and_what_people_look_into_are_reached_from_outside(services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(published) == {"gateway", "mailpit", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_images_are_pinned_and_name_no_host(services):
    images = {service["image"] for service in services.values()} - {"polku:local"}
    bases = re.findall(r"^ARG PYTHON=(.+)$", (ROOT / "Dockerfile").read_text(), re.M)
    assert len(bases) == 1
    for image in images | {f"python:{base}" for base in bases}:
        assert re.fullmatch(r"[a-z]+(/[a-z-]+)?:v?\d+\.\d+(\.\d+)?(-[a-z-]+)?", image), image


def test_what_is_stood_on_is_what_is_tested_with(services):
    assert services["postgres"]["image"].startswith(f"postgres:{VERSION}.")
    kafka = re.search(r"<kafka>(.+)</kafka>", (ROOT / "infra/kafka/pom.xml").read_text())[1]
    assert services["kafka"]["image"] == f"apache/kafka:{kafka}"


def test_asking_the_broker_how_it_is_leaves_it_its_memory(services):
    """The question is a Java machine, too; beside its heap each takes some 150 MB."""
    broker = services["kafka"]
    asked = " ".join(broker["healthcheck"]["test"])
    heaps = [
        int(re.search(r"-Xmx(\d+)m", said)[1]) for said in (broker["environment"]["KAFKA_HEAP_OPTS"], asked)
    ]
    assert broker["deploy"]["resources"]["limits"]["memory"] == "1g"
    assert sum(heaps) + 2 * 150 <= 1024


def test_what_is_mounted_from_here_is_here(services):
    mounted = [volume for service in services.values() for volume in service.get("volumes", [])]
    here = {volume.split(":")[0] for volume in mounted if volume.startswith("./")}
    assert here and not [path for path in here if not (ROOT / path).exists()]


def test_prometheus_looks_at_every_part_of_ours(services):
    jobs = yaml.safe_load((ROOT / "infra/observability/prometheus.yml").read_text())["scrape_configs"]
    static = [group for job in jobs for group in job.get("static_configs", [])]
    found = [place for job in jobs for place in job.get("dns_sd_configs", [])]
    assert {str(place["port"]) for place in found} == {PORT} and {place["type"] for place in found} == {"A"}
    watched = {target for group in static for target in group["targets"]}
    ours = {name for name in services if name.endswith(("-web", "-worker"))} | {"live"}
    assert watched >= {f"{name}:{PORT}" for name in ours}


def test_the_image_is_made_of_locked_packages_by_hash():
    lines = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes --no-deps --only-binary :all:" in lines
    assert "USER 10001:10001" in lines and "-url" not in lines
