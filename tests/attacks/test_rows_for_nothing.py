"""Attack: addresses and events of runs that nobody planned leave no row, no key and no dead letter behind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import msgspec
import pytest
from schemathesis import Case, GenerationMode
from sqlalchemy import event, func, select
from werkzeug.routing.converters import NumberConverter, UUIDConverter

from services.identity.models import PseudonymKey
from shared.contracts.process import PhaseOpened, RunPlanned
from shared.database import engine_of, sessions_of
from shared.messaging.events import Event
from shared.settings import SERVICES
from shared.tenancy.sessions import acting_for, current_tenant
from shared.web.roles import READER, ROLES
from shared.web.service import PUBLIC
from tests.attacks.test_schemathesis import drawn, operations
from tests.conftest import Door
from tests.contracts.golden_samples import sample_of

WRITES = re.compile(r"\s*(WITH\b.*?\b)?INSERT\b", re.IGNORECASE | re.DOTALL)
ASKED = {"theme_id": str(uuid4()), "views": [str(uuid4())], "wording": {"fi": "Miten kokoukset lyhenevät?"}}
SCHEDULED = {
    "round": 1,
    "title": "Työpaja",
    "starts_at": "2027-03-02T09:00:00Z",
    "ends_at": "2027-03-02T11:00:00Z",
    "places": 20,
}
HEARING = tuple(service for service in SERVICES if service != "portal")

OF_LIMITS = re.compile(r"INSERT INTO limit_(count|salt)")


@contextmanager
def written(service: str) -> Iterator[list[str]]:
    """What a service's database is told to write meanwhile, whether it stays or not. Limits count how often somebody
    asks, about no run and until midnight (shared/web/limits.py)."""
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
    assert keys(avis) == 4
    secret = avis.sign_in(avis.employ("Kaisa"))
    assert {"survey", "voting", "workshop"} <= set(avis.current(secret, run_id=str(run)).json["tokens"])


def test_a_planned_run_of_another_organisation_is_not_known_here(avis, kelas, world):
    run = uuid4()
    with acting_for(kelas.id):
        world.hear("identity", RunPlanned(run_id=run, template="hybrid-work", languages=["fi"]))
    secret = avis.sign_in(avis.employ("Kaisa"))
    assert "voting" not in avis.current(secret, run_id=str(run)).json["tokens"]
    assert (keys(avis), keys(kelas)) == (0, 4)


@pytest.mark.parametrize(
    ("service", "method", "path", "body"),
    [
        ("voting", "PATCH", "/runs/{}/ballot", {"questions": 3}),
        ("survey", "POST", "/runs/{}/claims", {"how_many": 3}),
        ("publishing", "POST", "/runs/{}/workbook", {"title": "Työkirja", "language": "fi"}),
        ("workshop", "POST", "/runs/{}/questions", ASKED),
        ("workshop", "POST", "/runs/{}/workshops", SCHEDULED),
    ],
)
def test_staff_make_no_row_for_a_run_that_nobody_planned(service, method, path, body, http, avi):
    with written(service) as statements:
        answer = http(service).as_("lead").request(method, path.format(uuid4()), json=body)
    assert answer.status_code == 404 and answer.content_type == "application/problem+json"
    assert answer.json["detail"].count(".") == 2, "what is so, and what to do"
    assert statements == []


@pytest.mark.parametrize(
    ("service", "path", "body"),
    [
        ("publishing", "/runs/{}/workbook", {"title": "Työkirja", "language": "fi"}),
        ("workshop", "/runs/{}/questions", ASKED),
        ("workshop", "/runs/{}/workshops", SCHEDULED),
    ],
)
def test_staff_begin_as_soon_as_the_run_is_planned(service, path, body, http, world, avi, kela):
    """And nobody begins anything for it elsewhere."""
    run = uuid4()
    world.hear(service, RunPlanned(run_id=run, template="hybrid-work", languages=["fi"]))
    assert http(service).as_("lead").of(kela).post(path.format(run), json=body).status_code == 404
    assert http(service).as_("lead").post(path.format(run), json=body).status_code == 201


def people_of(run, service, http) -> list[Door]:
    """One of each kind of callers, as identity would vouch for them if the run were there."""
    return [
        http(service).as_("participant", run_id=run, unit=str(uuid4())),
        http(service).as_(*sorted(ROLES - {"participant", READER, "service"}), run_id=run, home=uuid4()),
        http(service).as_("service"),
    ]


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
    answered, made = set(), {}
    for rule in ways_to_read(app):
        for somebody in people_of(run, service, http):
            with written(service) as statements:
                answer = somebody.get(address_of(app, rule, run))
            answered.add(answer.status_code)
            if statements:
                made[rule.rule] = statements
    assert not made
    assert 200 in answered, answered


NO_RUN = {"lineage", "notification", "townhall"}  # none of what changes something there takes a run's id


def acts_upon_a_run(operation) -> bool:
    """Whether it changes something and takes a run's id, in its address, its query or its body."""
    named = {parameter.name for parameter in operation.iter_parameters()}
    fields = {name for body in operation.body for name in body.optimized_schema.get("properties", {})}
    return operation.method.upper() != "GET" and "run_id" in named | fields


def about(run, case) -> Case:
    """The same call about this run, wherever its id stands."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict) and "run_id" in place:
            place["run_id"] = str(run)
    return case


@pytest.mark.parametrize("service", HEARING)
def test_no_act_makes_a_row_of_a_run_that_nobody_planned(service, world, avi, http):
    """Whoever acts, with whatever the schema allows: nothing is written and nothing breaks."""
    run, made, broke = uuid4(), {}, {}
    acts = [operation for operation in operations(world.app(service)) if acts_upon_a_run(operation)]
    assert bool(acts) != (service in NO_RUN)
    for operation in acts:
        for case in drawn(operation, GenerationMode.POSITIVE):
            for somebody in people_of(run, service, http):
                with written(service) as statements:
                    answer = about(run, case).call(headers=somebody.credentials())
                if statements:
                    made[operation.label] = statements
                if answer.status_code >= 500:
                    broke[operation.label] = answer.status_code
    assert not made and not broke
