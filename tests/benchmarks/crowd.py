"""Who asks the pages that are measured: three organisations whose runs stand where the pages have something to show, and in two of
them 64 more people, signed in, some with cards before them.

The runs are walked by the story's people, the crowd is made by the nouns, and views beyond those that people wrote by SQL.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import select

from infra.database.postgres import Postgres
from infra.demo.installation import Installation
from infra.demo.runs import WORDS, from_votes_to_questions, from_workshops_to_ground_rules
from infra.demo.walker import opening, views
from infra.demo.walker.cast import Participant
from infra.demo.walker.figures import Figures
from infra.demo.walker.journey import Client, Journey
from infra.demo.walker.pack import read_pack
from services.identity.people.accounts import signed_in
from services.identity.pseudonyms.models.pseudonym import PseudonymKey
from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.session import SignInSession
from services.survey.models import Theme
from services.voting import hands
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from shared.web.tokens import Caller, issue

PEOPLE, WALKERS, FEW, MANY, BATCHES = 64, 10, 300, 100_000, 4
READING = Client("luku", "Lukuvirasto", colour="#1d4a43")
WRITING = Client("kirjoitus", "Kirjoitusvirasto", colour="#2f5d8c")
LAUNCHED = Client("valmis", "Valmisvirasto", colour="#6b3f2a")


class Reader(msgspec.Struct, frozen=True):
    """One of the crowd: her session, and who she is for voting."""

    cookie: str
    pseudonym: UUID


class Walker(msgspec.Struct, frozen=True):
    """One of those who walked the run: the session with its receipts, and the addresses of the group's board and the team's table."""

    cookie: str
    board: str = ""
    team: str = ""


class Crowd(msgspec.Struct):
    """An organisation, its run, and the people of it who ask."""

    slug: str
    tenant: UUID
    run: UUID
    themes: list[UUID]
    readers: list[Reader]
    walkers: list[Walker]

    def cards(self) -> Iterator[tuple[Reader, int, UUID]]:
        """Everybody's cards with their batches: the first of each reader, then the second of each, and so on."""
        with acting_for(self.tenant), sessions_of("voting").begin() as session:
            held = [(reader, hands.of(session, reader.pseudonym, self.run)) for reader in self.readers]
            dealt = [[(reader, card) for card in hand.held.cards] for reader, hand in held if hand]
        for row in zip(*dealt, strict=False):
            yield from ((reader, card.batch, card.view_id) for reader, card in row)

    def token(self, reader: Reader) -> str:
        """As identity gives it to her for voting; good for a minute."""
        known = {"tenant": self.tenant, "run_id": self.run, "purpose": "voting"}
        who = Caller(subject=reader.pseudonym, roles=frozenset({"participant"}), **known)
        return issue("identity", "voting", who)


def found(polku: Installation, say: Callable[[str], None]) -> dict[str, Crowd]:
    """The three organisations by their slugs; made only once in an installation."""
    os.environ["POLKU_HOME"] = str(polku.home)  # the nouns are to find this installation
    note = polku.home / "crowds.json"
    if not note.exists():
        note.write_bytes(msgspec.json.encode(made(polku, say)))
    return msgspec.json.decode(note.read_bytes(), type=dict[str, Crowd])


def made(polku: Installation, say: Callable[[str], None]) -> dict[str, Crowd]:
    crowds = {}
    for place, (client, walk, people) in enumerate(WALKS):
        say(f"  {client.name} ...")
        journey = opened(polku, client, place)
        walk(journey)
        crowds[client.slug] = crowd_of(polku, journey, people)
    fill_up(polku, crowds[READING.slug], FEW)
    return crowds


def opened(polku: Installation, client: Client, place: int) -> Journey:
    words = read_pack(WORDS).part(place, 3, list(range(1, WALKERS + 1)))
    journey = opening.open_client(polku, words, client, Figures(), lambda sentence: None)
    opening.agree_on_the_plan(journey)
    journey.move_on_to("kickoff")
    journey.move_on_to("views")
    return journey


def writing(journey: Journey) -> None:
    """Views are taken; those that came first are on their way to the moderators."""
    views.give_views(journey)


def reading(journey: Journey) -> None:
    views.give_views(journey)
    journey.move_on_to("priorities")
    views.moderate_the_rest(journey)
    ready = lambda: journey.participants[0].visitor.open(journey.own("reading")).forms("start-reading")  # noqa: E731
    journey.eventually(ready, "Nobody can read.")


def launched(journey: Journey) -> None:
    """The whole journey, up to a team's ground rules."""
    reading(journey)
    from_votes_to_questions(journey)
    from_workshops_to_ground_rules(journey)


WALKS: tuple[tuple[Client, Callable[[Journey], None], int], ...] = (
    (READING, reading, PEOPLE),
    (WRITING, writing, PEOPLE),
    (LAUNCHED, launched, 0),
)


def crowd_of(polku: Installation, journey: Journey, people: int) -> Crowd:
    tenant, run = tenant_of(polku, journey.client.slug), UUID(journey.run_id)
    with acting_for(tenant), sessions_of("survey").begin() as session:
        themes = list(session.scalars(select(Theme.id).filter_by(run_id=run).order_by(Theme.position)))
    with acting_for(tenant):
        readers = joined(journey, run, people)
    walkers = [walker(polku, journey, person) for person in journey.participants]
    return Crowd(journey.client.slug, tenant, run, themes, readers, walkers)


def joined(journey: Journey, run: UUID, people: int) -> list[Reader]:
    """So many more people sign in, as if by their organisation's way in."""
    with sessions_of("identity").begin() as session:
        way = session.scalars(select(Connection).where(Connection.closed_at.is_(None))).first()
        key = PseudonymKey.of(run, "voting", session)
        assert way is not None and key is not None
        members = [signed_in(way, claims(journey, number), session) for number in range(people)]
        session.flush()
        cookies = [f"visit={SignInSession.open(member, way.id, session)}" for member in members]
        return [Reader(cookie, key.pseudonym(who.id)) for cookie, who in zip(cookies, members, strict=True)]


def walker(polku: Installation, journey: Journey, person: Participant) -> Walker:
    """The last session of the run has the board that is looked at."""
    browser, cookies = person.visitor, cookies_of(person.visitor)
    with administrator(polku) as connection:
        sessions = connection.execute(SESSIONS, [journey.run_id]).fetchall()
    if not sessions:
        return Walker(cookies)
    board = browser.open(journey.own(f"workshops/{sessions[-1][0]}/board")).url
    rules = browser.open(journey.own("rules")).url  # leads on to the only team that one is in
    return Walker(cookies, urlsplit(board).path, "" if rules.endswith("/rules") else urlsplit(rules).path)


def claims(journey: Journey, number: int) -> dict:
    said = journey.participants[number % len(journey.participants)].claims(journey.client.domain)
    subject = f"lukija{number}"
    return said | {"sub": subject, "name": f"Lukija {number}", "email": f"{subject}@{journey.client.domain}"}


def tenant_of(polku: Installation, slug: str) -> UUID:
    with administrator(polku) as connection:
        query = "SELECT organisation_id FROM identity.host WHERE slug = %s"
        return connection.execute(query, [slug]).fetchone()[0]


def administrator(polku: Installation, database: str = "polku") -> psycopg.Connection:
    return server_of(polku).connect(database)


def empty_database(polku: Installation, name: str) -> str:
    """A database of its own in the same server, made anew; returns its address."""
    server = server_of(polku)
    with server.connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return make_conninfo(
        f"host=127.0.0.1 port={server.port} dbname={name} user=postgres",
        password=server.passwords["postgres"],
    )


def server_of(polku: Installation) -> Postgres:
    return Postgres(polku.home, json.loads((polku.home / "secrets.json").read_text()))


def fill_up(polku: Installation, crowd: Crowd, views: int) -> None:
    """Shared views up to so many, which survey and voting both know."""
    with administrator(polku) as connection, connection.transaction():
        about = {"tenant": crowd.tenant, "run": crowd.run, "views": views}
        connection.execute(SHARED, about)
        connection.execute(HEARD, about)
        count_anew(connection, crowd)
    with administrator(polku) as connection:
        connection.execute("ANALYZE survey.view, voting.view")


@contextmanager
def filled_up(polku: Installation, crowd: Crowd, views: int) -> Iterator[None]:
    """The same for a while; those that came then go again."""
    with administrator(polku) as connection:
        ids = [
            id for (id,) in connection.execute("SELECT id FROM survey.view WHERE run_id = %s", [crowd.run])
        ]
        fill_up(polku, crowd, views)
        try:
            yield
        finally:
            for service in ("voting", "survey"):
                added = f"DELETE FROM {service}.view WHERE run_id = %s AND NOT id = ANY(%s)"
                connection.execute(added, [crowd.run, ids])
            count_anew(connection, crowd)
            connection.execute("VACUUM ANALYZE survey.view, voting.view")


def count_anew(connection: psycopg.Connection, crowd: Crowd) -> None:
    """What services keep of how many there are."""
    for line in COUNTED:
        connection.execute(line, {"run": crowd.run})


def cookies_of(visitor) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.http.cookies.jar)


SESSIONS = "SELECT id FROM workshop.workshop WHERE run_id = %s ORDER BY starts_at"
SHARED = """
    INSERT INTO survey.view (tenant_id, id, run_id, theme_id, language, text, receipt_hash, status, awaits_check, leaves_tonight)
    SELECT %(tenant)s, gen_random_uuid(), %(run)s, theme.id, 'fi', 'Sovitaan yhdessä, mitä läsnäolo meillä tarkoittaa (' || nr || ').',
           sha256(CAST(gen_random_uuid() AS text)::bytea), 'shared', false, false
    FROM generate_series(1, %(views)s - (SELECT count(*) FROM survey.view WHERE run_id = %(run)s AND status = 'shared')) AS nr
    JOIN survey.theme ON theme.run_id = %(run)s AND theme.position = 1 + nr %% (SELECT count(*) FROM survey.theme WHERE run_id = %(run)s)"""
COUNTED = (
    """
    UPDATE survey.theme SET shared = (SELECT count(*) FROM survey.view WHERE view.theme_id = theme.id AND status = 'shared')
    WHERE run_id = %(run)s""",
    "DELETE FROM voting.standing WHERE run_id = %(run)s",
    """
    INSERT INTO voting.standing (tenant_id, theme_id, language, run_id, views)
    SELECT tenant_id, theme_id, coalesce(language, ''), run_id, count(*) FROM voting.view
    WHERE run_id = %(run)s AND status = 'stands' GROUP BY 1, 2, 3, 4""",
)
HEARD = """
    INSERT INTO voting.view (tenant_id, id, run_id, theme_id, language, status)
    SELECT tenant_id, id, run_id, theme_id, language, 'stands' FROM survey.view WHERE run_id = %(run)s AND status = 'shared'
    ON CONFLICT DO NOTHING"""
