"""Brings what the services stand on up to the code that is about to run; everything is safe to repeat."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from kafka.admin import KafkaAdminClient
from psycopg.conninfo import make_conninfo

from infra.compose.alerting import alertmanager_yml
from infra.compose.keys import HERE, KEYS
from infra.database.provisioning import furnish as furnish_database
from infra.database.provisioning import make_database, make_role
from infra.gateway.configuration import Addresses, SignIn, configuration
from infra.kafka.access import allow, introduce
from infra.kafka.configuration import ADMIN
from infra.kafka.topics import make_topics
from infra.secrets.rotation import sealed_keys_of_runs
from infra.trouble import CannotStart
from services.identity.bootstrap import open_consultancy, role_names
from services.portal.web.gateway import over_tls_alone
from shared.migrations.upgrade import up
from shared.settings import base_domain, kafka_client_settings, secrets, setting

GATEWAY, WATCHING = Path("/gateway"), Path("/watching")
CERTIFICATE, KEY = "/tls/fullchain.pem", "/tls/privkey.pem"
DOCKERS_NAMES = "127.0.0.11"  # Docker's own name server


def furnish() -> None:
    furnish_postgres()
    up()
    say_what_is_left_to_do()
    furnish_kafka()
    furnish_gateway()
    furnish_alertmanager()
    open_the_consultancy()


def furnish_postgres() -> None:
    _, _, database = setting("DATABASE").partition("/")
    furnish_database(administrator, secrets()["database"], database)
    with administrator("postgres") as connection:
        make_role(connection, "keycloak", (KEYS / "keycloak" / "database").read_text())
        make_database(connection, "keycloak", "keycloak")


def administrator(database: str) -> psycopg.Connection:
    host, _, port = setting("DATABASE").partition("/")[0].partition(":")
    password = secrets()["database"]["postgres"]
    who = make_conninfo(host=host, port=port, user="postgres", password=password, dbname=database)
    return psycopg.connect(who, autocommit=True)


def say_what_is_left_to_do() -> None:
    """Secrets are read here and written by the job `keys` alone."""
    if sealed_keys_of_runs(secrets()):
        print(
            "Destroyed keys of runs lie in the database's files, sealed with the vault keys of today. Replace those now: "
            "docker compose run --rm keys -m infra.secrets leave vault",
            flush=True,
        )


def furnish_kafka() -> None:
    with KafkaAdminClient(bootstrap_servers=setting("KAFKA"), **kafka_client_settings(ADMIN)) as admin:
        mended = make_topics(admin)
        introduce(admin, secrets()["kafka"])
        mended += allow(admin)
    for sentence in mended:
        print(sentence, flush=True)


def furnish_gateway() -> None:
    (GATEWAY / "nginx.conf").write_text(configuration(addresses()))


def furnish_alertmanager() -> None:
    (WATCHING / "alertmanager.yml").write_text(alertmanager_yml())


def addresses() -> Addresses:
    """Plain on this machine, to look at; with a certificate for everybody else."""
    plain = Addresses(
        listen=where_pages_are("8080"),
        portal="portal-web:8000",
        live="live:8000",
        folder=Path("/tmp"),
        resolver=DOCKERS_NAMES,
        processes=2,  # for the one core it may use; "auto" would count those of the machine
        sign_in=SignIn("keycloak:8080", f"sign-in.{base_domain()}", realm()),
    )
    if over_tls_alone():
        over_tls = replace(plain, listen=where_pages_are("443"), certificate=CERTIFICATE, key=KEY)
        return replace(over_tls, redirect="8080", outer_port=port_of_our_pages())
    return plain


def where_pages_are(inside: str) -> tuple[str, ...]:
    """At the outer port as well: identity asks the sign-in at its outer address, which is the gateway for it too."""
    site = urlsplit(setting("SITE"))
    outside = str(site.port or {"http": 80, "https": 443}[site.scheme])
    return tuple(dict.fromkeys((inside, outside)))


def realm() -> str:
    """The one that Keycloak is given; that of its administrators is not ours to show."""
    return json.loads((HERE / "keycloak" / "realm.json").read_text())["realm"]


def port_of_our_pages() -> str:
    """Returns the port to which plain HTTP redirects, the same as in mails. Raises PagesElsewhere."""
    site = urlsplit(setting("SITE"))
    if site.scheme != "https":
        raise PagesElsewhere
    return f":{site.port}" if site.port else ""


class PagesElsewhere(CannotStart):
    def __init__(self) -> None:
        super().__init__(
            "POLKU_GATEWAY is https, and POLKU_SITE leads to plain http. Set POLKU_SITE, POLKU_SIGN_IN and "
            "KEYCLOAK_AT to https addresses, with the port of HTTPS_AT unless it is 443."
        )


def open_the_consultancy() -> None:
    """Its people sign in at Keycloak; everything else is done on screens."""
    way_in = {
        "name": setting("CONSULTANCY_NAME"),
        "issuer": setting("SIGN_IN"),
        "client_id": "polku",
        "secret": (KEYS / "keycloak" / "client").read_text(),
        "domains": setting("DOMAINS").split(","),
        "role_names": role_names(setting("ROLE_NAMES", "")),
    }
    open_consultancy(setting("CONSULTANCY"), setting("CONSULTANCY_NAME"), way_in, setting("FIRST_LEAD", ""))
