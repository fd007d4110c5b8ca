"""Brings what the services stand on up to the code that is about to run; everything is safe to repeat."""

from dataclasses import replace
from pathlib import Path

import psycopg
from kafka.admin import KafkaAdminClient
from psycopg.conninfo import make_conninfo

from infra.compose.alerting import alertmanager_yml
from infra.compose.keys import KEYS
from infra.gateway.configuration import Doors, configuration
from infra.kafka.access import allow, introduce
from infra.kafka.configuration import ADMIN
from infra.kafka.topics import make_topics
from infra.postgres import furnish as furnish_database
from infra.postgres import make_database, make_role
from services.identity.bootstrap import open_consultancy
from services.portal.gateway import over_tls_alone
from shared.migrations.__main__ import up
from shared.settings import base_domain, kafka_client_settings, secrets, setting

GATEWAY, WATCHING = Path("/gateway"), Path("/watching")
CERTIFICATE, KEY = "/tls/fullchain.pem", "/tls/privkey.pem"
DOCKERS_NAMES = "127.0.0.11"  # Docker's own name server


def furnish() -> None:
    furnish_postgres()
    up()
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


def furnish_kafka() -> None:
    with KafkaAdminClient(bootstrap_servers=setting("KAFKA"), **kafka_client_settings(ADMIN)) as admin:
        mended = make_topics(admin)
        introduce(admin, secrets()["kafka"])
        mended += allow(admin)
    for sentence in mended:
        print(sentence, flush=True)


def furnish_gateway() -> None:
    (GATEWAY / "nginx.conf").write_text(configuration(doors()))


def furnish_alertmanager() -> None:
    (WATCHING / "alertmanager.yml").write_text(alertmanager_yml())


def doors() -> Doors:
    """Plain on this machine, to look at; with a certificate for everybody else."""
    plain = Doors(
        listen=("8080",),
        portal="portal-web:8000",
        live="live:8000",
        folder=Path("/tmp"),
        resolver=DOCKERS_NAMES,
        processes="auto",
        sign_in=("keycloak:8080", f"sign-in.{base_domain()}"),
    )
    if over_tls_alone():
        return replace(plain, listen=("443",), certificate=CERTIFICATE, key=KEY, redirect="8080")
    return plain


def open_the_consultancy() -> None:
    """Its people sign in at Keycloak; everything else is done on screens."""
    way_in = {
        "name": setting("CONSULTANCY_NAME"),
        "issuer": setting("SIGN_IN"),
        "client_id": "polku",
        "secret": (KEYS / "keycloak" / "client").read_text(),
        "domains": setting("DOMAINS").split(","),
    }
    open_consultancy(setting("CONSULTANCY"), setting("CONSULTANCY_NAME"), way_in, setting("FIRST_LEAD", ""))
