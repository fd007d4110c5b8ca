"""The jobs of the containers: keys, provisioning, health, and the settings of alerts that they write."""

import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from infra.compose import healthy, keys, provisioning
from infra.compose.alerting import alertmanager_yml
from infra.database.postgres import CONFIGURATION
from infra.kafka.configuration import ADMIN
from infra.secrets import sharing
from shared.privacy.keys import OWNERS, KeyName, keys_of
from shared.settings import SERVICES, operator_of, worker_of
from tests.infra.test_compose import ROOT, as_docker_reads_it, compose, services

__all__ = ["compose", "services"]


@pytest.fixture
def made_keys(tmp_path, monkeypatch):
    monkeypatch.setattr(keys, "KEYS", tmp_path / "keys")
    monkeypatch.setattr(provisioning, "KEYS", tmp_path / "keys")
    (tmp_path / "keys/parts").mkdir(parents=True)
    monkeypatch.setattr(sharing, "IN_CONTAINERS", tmp_path / "keys/parts")
    settings = as_docker_reads_it()["services"]["keys"]["environment"]
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("POLKU_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("POLKU_KEYS", str(tmp_path / "keys-of-runs"))
    monkeypatch.setenv("POLKU_LEDGER_COPY", str(tmp_path / "ledgers"))
    (tmp_path / "ledgers").mkdir()
    keys.make_keys()
    return tmp_path


def everything_below(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_secrets_are_made_once(made_keys):
    before = everything_below(made_keys)
    keys.make_keys()
    assert everything_below(made_keys) == before


def test_each_neighbour_gets_what_is_its_own_and_nothing_else(made_keys):
    ours = json.loads((made_keys / "state/secrets.json").read_text())
    secrets_of_ours = [*ours["database"].values(), *ours["kafka"].values(), *vault_keys(ours)]
    given = {"postgres": [ours["database"]["postgres"]], "kafka": [ours["kafka"][ADMIN]]}
    for container in ("postgres", "kafka", "keycloak", "grafana"):
        told = "".join(everything_below(made_keys / "keys" / container).values())
        assert [secret for secret in secrets_of_ours if secret in told] == given.get(container, [])


def vault_keys(secrets: dict) -> list[str]:
    return [key for keys in secrets["vault"].values() for key in keys]


def test_each_part_of_ours_gets_what_is_its_own_and_nothing_else(made_keys, services):
    """No process has the superuser's password, the owner's, or the broker's administrator's; each seals with its own key."""
    folder = made_keys / "keys/parts"
    ours = json.loads((made_keys / "state/secrets.json").read_text())
    processes = {name for name in services if name.endswith(("-web", "-worker"))} | {"live"}
    assert {path.name for path in folder.iterdir()} == processes
    for process in processes:
        told = json.loads((folder / process / "secrets.json").read_text())
        service = {"live": "portal"}.get(process, process.rpartition("-")[0])
        answers = {service} if process == "live" else {service, operator_of(service)}
        assert set(told["database"]) == ({worker_of(service)} if process.endswith("-worker") else answers), (
            process
        )
        issuers = {"identity": {"identity", "turnout"}}.get(
            service, {service}
        )  # a worker makes no people's tokens
        assert set(told.get("signing", {})) <= issuers - (
            {"identity"} if process.endswith("-worker") else set()
        ), process
        assert set(told.get("vault", {})) <= {service}, process
        assert ("kafka" in told) == process.endswith("worker"), process
        for powerful in ("postgres", "polku_owner"):
            assert ours["database"][powerful] not in json.dumps(told)
        assert ours["kafka"][ADMIN] not in json.dumps(told)


def test_each_part_mounts_its_own_secrets_alone(services):
    for name, service in services.items():
        mounted = {volume.split(":")[0]: volume.split(":")[1:] for volume in service.get("volumes", [])}
        ours = {volume: place for volume, place in mounted.items() if volume.startswith(("part-", "state"))}
        if name == "keys":
            assert {place[0] for volume, place in ours.items() if volume != "state"} == {
                f"/keys/parts/{volume.removeprefix('part-')}" for volume in ours if volume != "state"
            }
        elif name == "furnish":
            assert set(ours) == {"state"}
        else:
            is_part = service["image"] == "polku:local"
            assert ours == ({f"part-{name}": ["/polku", "ro"]} if is_part else {}), name


def test_each_service_mounts_the_keys_of_its_runs_alone(services):
    """And the jobs all: they migrate, back up and restore."""
    for name, service in services.items():
        mounted = {volume for volume in service.get("volumes", []) if "polku-" in volume}
        owners = set(OWNERS) if name in ("keys", "furnish") else set(OWNERS) & {name.rpartition("-")[0]}
        expected = {f"keys-of-{owner}:/polku-keys/{owner}" for owner in owners}
        expected |= {f"ledger-of-{owner}:/polku-ledgers/{owner}" for owner in owners}
        assert mounted == expected, name
        if owners:
            settings = service["environment"]
            assert (settings["POLKU_KEYS"], settings["POLKU_LEDGER_COPY"]) == (
                "/polku-keys",
                "/polku-ledgers",
            )


def test_the_image_has_a_place_for_the_keys_of_each_service():
    """A volume takes its owner from the folder that the image has there, and nobody else may look into it."""
    said = (ROOT / "Dockerfile").read_text()
    listed = set(re.findall(r"for service in ([a-z ]+);", said)[1].split())
    assert listed == set(OWNERS)
    assert "-m 0700 /polku-keys/$service /polku-ledgers/$service" in said


def test_what_has_died_is_gone_before_anybody_starts(made_keys):
    """Somebody has put an old copy of the volume back; the ledger's copy knows better."""
    voting, name = keys_of("voting"), KeyName(uuid4(), uuid4(), "hands")
    voting.make(name)
    shutil.copytree(voting.folder, made_keys / "old-volume")
    voting.destroy(name)
    shutil.rmtree(voting.folder)
    shutil.copytree(made_keys / "old-volume", voting.folder)
    assert voting.is_alive(name)
    keys.make_keys()
    assert not voting.is_alive(name) and not (voting.folder / name.path).exists()


def test_the_private_key_of_backups_is_the_operators_alone(made_keys, services):
    private = (made_keys / "state/backup-key.txt").read_text().splitlines()[-1]
    assert private.startswith("AGE-SECRET-KEY-")
    assert private not in "".join(everything_below(made_keys / "keys").values())


def test_the_image_has_a_place_for_the_secrets_of_each_part(services):
    """A volume takes its owner from the folder that the image has there."""
    said = (ROOT / "Dockerfile").read_text()
    listed = set(re.search(r"for service in ([a-z ]+);", said)[1].split())
    assert listed | {"portal"} == set(SERVICES)
    assert "/keys/parts/$service-web /keys/parts/$service-worker" in said
    assert "/keys/parts/portal-web /keys/parts/live" in said


def test_the_database_is_set_up_as_on_one_machine(made_keys):
    said = (made_keys / "keys/postgres/postgresql.conf").read_text()
    for line in CONFIGURATION.strip().splitlines()[2:]:
        assert line in said
    assert "listen_addresses = '*'" in said


def test_the_broker_is_reached_by_its_name_and_by_password_alone(made_keys):
    said = (made_keys / "keys/kafka/server.properties").read_text()
    assert "advertised.listeners=CLIENTS://kafka:9092,CONTROLLER://kafka:9093" in said
    assert "PLAINTEXT:" not in said.replace("SASL_PLAINTEXT", "") and "127.0.0.1" not in said


def test_keycloak_sends_the_consultancys_people_back_to_the_console(made_keys):
    realm = json.loads((made_keys / "keys/keycloak/realm/realm.json").read_text())
    (client,) = realm["clients"]
    assert client["redirectUris"] == ["http://console.polku.localhost:8080/sign-in/back/*"]
    assert client["secret"] == (made_keys / "keys/keycloak/client").read_text()


def test_furnishing_makes_room_for_everybody_in_the_database(made_keys, database, server, monkeypatch):
    monkeypatch.setenv("POLKU_DATABASE", server.address("polku_furnished"))
    monkeypatch.setenv("POLKU_SECRETS", str(server.data.parent / "secrets.json"))
    for _ in range(2):
        provisioning.furnish_postgres()
    with server.connect("polku_furnished") as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
        assert {*SERVICES, "bus"} <= {name for (name,) in found}
        connection.execute("SET ROLE keycloak")
    with server.connect("keycloak") as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("keycloak",)


@pytest.mark.parametrize(("status", "is_ready"), [(200, True), (503, False)])
def test_health_is_what_the_part_itself_says(status, is_ready):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *said):
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert healthy.is_ready(server.server_port) is is_ready


def test_alerts_reach_a_person(services, made_keys, monkeypatch):
    """Prometheus knows where Alertmanager is, which reads what `furnish` wrote, and mails it by our own mail server."""
    prometheus = yaml.safe_load((ROOT / "infra/observability/prometheus.yml").read_text())
    (manager,) = prometheus["alerting"]["alertmanagers"]
    (address,) = manager["static_configs"][0]["targets"]
    name, _, port = address.partition(":")
    assert f":{port}/" in services[name]["healthcheck"]["test"][-1]
    watching = made_keys / "watching"
    watching.mkdir()
    monkeypatch.setattr(provisioning, "WATCHING", watching)
    for variable, value in services["furnish"]["environment"].items():
        monkeypatch.setenv(variable, str(value))
    provisioning.furnish_alertmanager()
    told = yaml.safe_load((watching / "alertmanager.yml").read_text())
    assert told["global"]["smtp_smarthost"] == services["notification-worker"]["environment"]["POLKU_SMTP"]
    assert "/watching/alertmanager.yml" in services[name]["command"]
    routes = [told["route"], *told["route"]["routes"]]
    assert {route["receiver"] for route in routes} == {receiver["name"] for receiver in told["receivers"]}
    assert told["receivers"][0]["email_configs"][0]["to"] == "operator@polku.localhost"


def test_alerts_go_through_a_mail_server_that_wants_a_password(made_keys, monkeypatch):
    awkward = 'pass: "word" #1'
    for name, value in {"USER": "polku", "PASSWORD": awkward, "STARTTLS": "yes"}.items():
        monkeypatch.setenv(f"POLKU_SMTP_{name}", value)
    by_mail = yaml.safe_load(alertmanager_yml())["global"]
    assert (by_mail["smtp_auth_password"], by_mail["smtp_require_tls"]) == (awkward, True)
