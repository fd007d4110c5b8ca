"""Attack: addresses and events of runs that nobody planned leave no row, no key and no dead letter behind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import event, func, select
from werkzeug.routing.converters import NumberConverter, UUIDConverter

from infra.samples import sample_of
from services.identity.models import PseudonymKey
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.database import engine_of, sessions_of
from shared.events import Event
from shared.settings import SERVICES
from shared.tenancy import acting_for, current_tenant
from shared.tokens import READER
from shared.web import PUBLIC, ROLES

WRITES = re.compile(r"\s*(WITH\b.*?\b)?INSERT\b", re.IGNORECASE | re.DOTALL)
HEARING = tuple(service for service in SERVICES if service != "portal")

OF_LIMITS = re.compile(r"INSERT INTO limit_(count|salt)")


@contextmanager
def written(service: str) -> Iterator[list[str]]:
    """What a service's database is told to write meanwhile, whether it stays or not. Limits count how often somebody
    asks, about no run and until midnight (shared/limits.py)."""
    statements: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if WRITES.match(statement) and not OF_LIMITS.search(statement):
            statements.append(statement)

    event.listen(engine_of(service), "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine_of(service), "before_cursor_execute", note)


def of_a_run_that_nobody_planned(kind: type[Event]) -> Event:
    whose = {kind.belongs_to: str(current_tenant())} if kind.belongs_to else {}
    return msgspec.convert(sample_of(kind).body | {"run_id": str(uuid4())} | whose, kind)


@pytest.mark.parametrize("service", HEARING)
def test_an_event_of_a_run_that_nobody_planned_is_no_dead_letter(service, world, avi):
    """Who hears it knows neither the run nor the view nor the team: nothing raises, so nothing stops a partition."""
    died = {}
    for kind in world.listeners(service).reactions:
        if "run_id" in kind.__struct_fields__:
            try:
                world.hear(service, of_a_run_that_nobody_planned(kind))
            except Exception as error:
                died[kind.__name__] = repr(error)
    assert not died


def keys(house) -> int:
    with acting_for(house.id), sessions_of("identity")() as session:
        return session.scalar(select(func.count()).select_from(PseudonymKey))


def test_a_run_that_nobody_planned_has_no_keys_however_often_it_is_asked_for(avis, browse):
    kaisa = browse(avis)
    kaisa.sign_in(avis.employ("Kaisa"))
    for path in ("reading", "views", "workshops", "results", "outcomes", "kickoff"):
        assert kaisa.get(f"/runs/{uuid4()}/{path}").status_code in (403, 404)
    secret = kaisa.cookie("visit")
    tokens = avis.current(secret, run_id=str(uuid4())).json["tokens"]
    assert not {"survey", "voting", "workshop"} & set(tokens)
    assert keys(avis) == 0


def test_a_planned_run_has_its_keys_before_anybody_asks(avis, world):
    run = uuid4()
    with acting_for(avis.id):
        world.hear("identity", RunPlanned(run_id=run, template="hybrid-work", languages=["fi"]))
    assert keys(avis) == 3
    secret = avis.sign_in(avis.employ("Kaisa"))
    assert {"survey", "voting", "workshop"} <= set(avis.current(secret, run_id=str(run)).json["tokens"])


def test_a_planned_run_of_another_organisation_is_not_known_here(avis, kelas, world):
    run = uuid4()
    with acting_for(kelas.id):
        world.hear("identity", RunPlanned(run_id=run, template="hybrid-work", languages=["fi"]))
    secret = avis.sign_in(avis.employ("Kaisa"))
    assert "voting" not in avis.current(secret, run_id=str(run)).json["tokens"]
    assert (keys(avis), keys(kelas)) == (0, 3)


@pytest.mark.parametrize(
    ("service", "method", "path", "body"),
    [
        ("voting", "PATCH", "/runs/{}/ballot", {"questions": 3}),
        ("survey", "POST", "/runs/{}/claims", {"how_many": 3}),
    ],
)
def test_staff_make_no_row_for_a_run_that_nobody_planned(service, method, path, body, http, avi):
    with written(service) as statements:
        answer = http(service).as_("lead").request(method, path.format(uuid4()), json=body)
    assert answer.status_code == 404 and answer.content_type == "application/problem+json"
    assert statements == []


def ways_to_read(app) -> list:
    """Every address of a service that is read with GET, operators' and machines' apart."""
    ours = [
        rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint not in PUBLIC
    ]
    assert len(ours) > 2
    return ours


def address_of(app, rule, run) -> str:
    """With a run of this kind, and everything else made up."""
    values = {
        name: run if name == "run_id" else made_up(converter) for name, converter in rule._converters.items()
    }
    with app.test_request_context():
        return app.url_map.bind("").build(rule.endpoint, values, method="GET")


def made_up(converter):
    if isinstance(converter, NumberConverter):
        return 1
    return uuid4() if isinstance(converter, UUIDConverter) else "kickoff"


@pytest.mark.parametrize("service", HEARING)
@pytest.mark.parametrize("is_planned", [True, False], ids=["a planned run", "a run nobody planned"])
def test_reading_makes_no_row(service, is_planned, world, avi, http):
    """Whoever asks, about whatever run: a GET writes nothing new."""
    run, app = uuid4(), world.app(service)
    if is_planned:
        activities = ["kickoff", "give_views", "prioritise", "workshop_1", "workshop_2", "ground_rules"]
        happened = {
            RunPlanned: RunPlanned(run_id=run, template="hybrid-work", languages=["fi"]),
            PhaseOpened: PhaseOpened(run_id=run, phase="all", activities=activities),
        }
        for kind in set(happened) & set(world.listeners(service).reactions):
            world.hear(service, happened[kind])
    people = [
        http(service).as_("participant", run_id=run, unit=str(uuid4())),
        http(service).as_(*sorted(ROLES - {"participant", READER, "service"}), run_id=run, home=uuid4()),
        http(service).as_("service"),
    ]
    answered, made = set(), {}
    for rule in ways_to_read(app):
        for somebody in people:
            with written(service) as statements:
                answer = somebody.get(address_of(app, rule, run))
            answered.add(answer.status_code)
            if statements:
                made[rule.rule] = statements
    assert not made
    assert 200 in answered, answered
