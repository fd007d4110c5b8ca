"""What each process of one machine's Polku loads: an idle library costs memory in every process that holds it, and time at each start."""

import json
import subprocess
import sys

import pytest

from infra.rooms import with_room
from shared.settings import SERVICES

WORKER = ["infra.worker", *(f"services.{service}.listeners" for service in with_room("listeners"))]
WEB = ["infra.web", "services.portal.app", *(f"services.{service}.app" for service in with_room("app"))]
LIVE, LAUNCHER, DEMO_SERVICES = ["services.portal.live"], ["infra.launch"], ["infra.demo.services"]

PRESS = {"typst", "PIL", "fontTools", "icalendar"}  # what now and then draws, prints or writes a calendar
RECKONING = {"numpy", "scipy"}
SELDOM = PRESS | RECKONING | {"kafka", "alembic", "opentelemetry", "pytest"}
PAGES = {"flask", "flask_smorest", "webargs", "lxml"}
DATABASE = {"sqlalchemy"}
SHUNNED = [
    ("worker", WORKER, SELDOM | PAGES),
    ("web", WEB, SELDOM | {"gevent"}),
    ("live", LIVE, SELDOM | DATABASE | {"flask_smorest", "webargs"}),
    ("launcher", LAUNCHER, SELDOM | DATABASE | PAGES),
    ("demo-services", DEMO_SERVICES, SELDOM | DATABASE | {"lxml"}),
]
ASKED = (
    "import sys, importlib, json\n"
    "for name in sys.argv[1:]: importlib.import_module(name)\n"
    "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
)


@pytest.mark.parametrize(
    ("modules", "shunned"), [one[1:] for one in SHUNNED], ids=[name for name, *_ in SHUNNED]
)
def test_a_process_loads_nothing_that_it_does_not_need_all_day(modules, shunned):
    assert not loaded_with(modules) & shunned


def test_the_modules_asked_about_are_those_that_run():
    assert len(WORKER) > 5 and set(with_room("app")) | set(with_room("listeners")) <= set(SERVICES)
    assert {"sqlalchemy", "services", "joserfc"} <= loaded_with(WORKER)


def loaded_with(modules: list[str]) -> set[str]:
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASKED, *modules], capture_output=True, text=True, check=True
    )
    return set(json.loads(said.stdout))
