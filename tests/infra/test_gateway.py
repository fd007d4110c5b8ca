"""What nginx is told, and what it thinks of it."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.compose import provisioning
from infra.distributed.addresses import address_of
from infra.distributed.processes import processes_of_services
from infra.gateway import process as gateway_process
from infra.gateway.configuration import (
    KEPT_INSIDE,
    STREAM_SILENCE,
    UPLOAD_KILOBYTES,
    UPLOADS,
    Addresses,
    configuration,
)
from infra.gateway.process import GatewayRefused, NoNginx, check, nginx, prepare_gateway
from infra.one_machine.processes import GUNICORN
from infra.rooms import with_room
from services.portal.app import create_app
from services.portal.live.app import BEAT_SECONDS
from shared.web.file_limits import LARGEST_FORM, LARGEST_PICTURE, LARGEST_TEXT, MEGABYTE
from tests.portal.templates import PAGES

ROOT = Path(__file__).parents[2]
needs_nginx = pytest.mark.skipif(nginx() is None, reason="needs nginx: apt-get install nginx")


@pytest.fixture
def home(on_free_ports, tmp_path) -> Path:
    return tmp_path


@needs_nginx
def test_nginx_takes_the_configuration_of_this_machine(home):
    prepare_gateway(home)


@needs_nginx
@pytest.mark.parametrize("gateway", ["http", "https"])
def test_nginx_takes_the_configuration_of_the_containers(tmp_path, monkeypatch, gateway):
    """With this machine's addresses in place of the containers' names, which nobody knows here."""
    monkeypatch.setenv("POLKU_GATEWAY", gateway)
    monkeypatch.setenv("POLKU_SITE", f"{gateway}://{{slug}}.polku.localhost:9443")
    addresses = provisioning.addresses()
    certificate, key = self_signed(tmp_path)
    said = configuration(addresses).replace(f" {provisioning.CERTIFICATE};", f" {certificate};")
    said = said.replace(f" {provisioning.KEY};", f" {key};").replace('"/tmp', f'"{tmp_path}')
    for name in ("portal-web", "live", "keycloak"):
        said = said.replace(f"server {name}:", "server 127.0.0.1:")
    # by any nginx, started by anybody
    said_here = said.replace(" resolve;", ";").replace("listen 443", "listen 8443")
    (tmp_path / "nginx.conf").write_text(said_here)
    check(tmp_path)
    assert ("listen 443 ssl" in said) is (gateway == "https")
    assert ("return 301 https://$host:9443$request_uri;" in said) is (gateway == "https")


@pytest.mark.parametrize(
    ("gateway", "site", "listens"),
    [
        ("http", "http://{slug}.polku.localhost:8080", ("8080",)),
        ("http", "http://{slug}.polku.localhost:9090", ("8080", "9090")),
        ("http", "http://{slug}.example.org", ("8080", "80")),
        ("https", "https://{slug}.example.org", ("443",)),
        ("https", "https://{slug}.example.org:8443", ("443", "8443")),
    ],
)
def test_the_sign_in_is_found_inside_at_the_address_it_has_outside(monkeypatch, gateway, site, listens):
    monkeypatch.setenv("POLKU_GATEWAY", gateway)
    monkeypatch.setenv("POLKU_SITE", site)
    assert provisioning.addresses().listen == listens


def test_over_tls_plain_http_leads_to_where_the_pages_are(monkeypatch):
    monkeypatch.setenv("POLKU_GATEWAY", "https")
    for site, port in {"https://{slug}.example.org": "", "https://{slug}.example.org:8443": ":8443"}.items():
        monkeypatch.setenv("POLKU_SITE", site)
        assert provisioning.addresses().outer_port == port


def test_pages_over_tls_with_an_address_without_it_do_not_start(monkeypatch):
    monkeypatch.setenv("POLKU_GATEWAY", "https")
    monkeypatch.setenv("POLKU_SITE", "http://{slug}.polku.localhost:8080")
    with pytest.raises(provisioning.PagesElsewhere, match="POLKU_SITE"):
        provisioning.addresses()


@needs_nginx
def test_what_nginx_does_not_take_is_said_in_its_own_words(tmp_path):
    (tmp_path / "nginx.conf").write_text("events {} http { nonsense; }")
    with pytest.raises(GatewayRefused, match="nonsense"):
        check(tmp_path)


def test_without_nginx_the_way_out_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway_process, "nginx", lambda: None)
    with pytest.raises(NoNginx, match="apt-get install nginx"):
        prepare_gateway(tmp_path)


def test_no_service_has_an_address_in_it(tmp_path):
    addresses = Addresses(
        ("127.0.0.1:1",), portal=address_of("portal-web"), live="127.0.0.1:2", folder=tmp_path
    )
    said = configuration(addresses)
    assert said.count(address_of("portal-web")) == 1
    for name in with_room("app"):
        if name != "portal":
            assert address_of(f"{name}-web") not in said
    for name in with_room("listeners"):
        assert address_of(f"{name}-worker") not in said


def test_nothing_writes_down_who_asked_for_what(tmp_path):
    """The path of a vote has run and view: a line of it has an address, and the second."""
    addresses = Addresses(("127.0.0.1:1",), portal="127.0.0.1:3", live="127.0.0.1:2", folder=tmp_path)
    said = configuration(addresses)
    assert re.findall(r"access_log ([^;]+);", said) == ["off"]
    assert re.findall(r"error_log ([^;]+);", said) == ["stderr crit"]
    assert setting_of_gunicorn("accesslog") == "None"
    lines = (ROOT / "docker-compose.yml").read_text().splitlines() + [" ".join(GUNICORN)]
    started = [line for line in lines if "-m gunicorn" in line]
    assert started and all("--config python:infra.serving.gunicorn_settings" in line for line in started)
    assert not [line for line in started if "access" in line]


def setting_of_gunicorn(name: str) -> str:
    """In a process of its own: reading the settings has a process count for several."""
    ask = f"from infra.serving import gunicorn_settings; print(gunicorn_settings.{name})"
    return subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_gateway_portal_and_publishing_take_files_of_one_size(database):
    """What is a little too large is read by the portal, who says no at the field and gives back what was typed."""
    takes = create_app().config["MAX_CONTENT_LENGTH"]
    assert UPLOAD_KILOBYTES * 1024 == takes == LARGEST_FORM
    assert takes > LARGEST_PICTURE + MEGABYTE and takes > 2 * LARGEST_TEXT


def test_large_bodies_are_taken_where_the_portal_has_a_form_for_files_and_nowhere_else(database):
    rules = [rule for rule in create_app().url_map.iter_rules() if "POST" in (rule.methods or ())]
    taken = {rule.endpoint for rule in rules if re.search(UPLOADS, an_address_of(rule.rule))}
    assert taken == {rule.endpoint for rule in rules if gets_files(rule.endpoint)} != set()


def an_address_of(rule: str) -> str:
    return re.sub("<[^>]+>", "0191f3a2-0000-7000-8000-000000000000", rule)


def gets_files(endpoint: str) -> bool:
    """Whether a template of its room has a form with files, or a form's script, that goes there."""
    *_, room, name = endpoint.rpartition(".")[0].split(".") + [endpoint.rpartition(".")[2]]
    return any(room in template and name in names for template, names in forms_for_files())


def forms_for_files() -> list[tuple[str, list[str]]]:
    return [
        (page, re.findall(r"url_for\('\.(\w+)'", form))
        for page, path in PAGES.items()
        for form in re.findall(r"<form .*multipart/form-data.*>", path.read_text())
    ]


def test_a_quiet_stream_beats_well_before_the_gateway_gives_it_up():
    assert STREAM_SILENCE > 2 * BEAT_SECONDS


def test_what_is_for_operators_stays_inside():
    assert {"metrics", "bus", "readyz"} <= set(KEPT_INSIDE)


def test_who_needs_answers_stops_before_who_gives_them(tmp_path):
    processes = processes_of_services(tmp_path, {}, with_demonstration=True)
    order = {process.name: process.stop_order for process in processes}
    assert (
        order["gateway"] < order["portal-web"] == order["live"] < order["voting-web"] < order["voting-worker"]
    )


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "*.polku.localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "certificate").write_bytes(signed.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key").write_bytes(private)
    return folder / "certificate", folder / "key"


@needs_nginx
def test_the_configuration_survives_a_home_with_a_space_in_its_name(tmp_path):
    home = tmp_path / "my polku"
    home.mkdir()
    prepare_gateway(home)
