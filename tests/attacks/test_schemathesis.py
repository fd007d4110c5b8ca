"""Every operation of every service is asked in the shapes that its OpenAPI document names, and beside them: none may break.
Bounded, and the same each time, so that what fails in CI fails at home."""

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from shared.web.tokens import issue
from tests.attacks.peopled import BEHIND, Path, path_of
from tests.conftest import World

pytestmark = pytest.mark.fuzz
DRAWN = int(os.environ.get("POLKU_DRAWN", "3"))  # of each operation and mode, beside all boundaries
BOUNDED = settings(
    max_examples=DRAWN,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def path(database) -> Path:
    return path_of(World())


def operations(app):
    """Those that take away last."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=SchemathesisConfig())
    found = [operation.ok() for operation in schema.get_all_operations()]
    return sorted(found, key=lambda operation: operation.method == "delete")


def boundaries(operation) -> Iterator[Case]:
    """Each field at, just below and just above what its schema allows, of the wrong type, and left out."""
    generation = operation.schema.config.generation_for(operation=operation)
    yield from operation.schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=generation
    )


def drawn(operation, mode: GenerationMode) -> list[Case]:
    cases: list[Case] = []

    @BOUNDED
    @given(operation.as_strategy(generation_mode=mode))
    def draw(case):
        cases.append(case)

    with suppress(Unsatisfiable):  # an operation without arguments cannot be asked in a wrong shape
        draw()
    return cases


def cases_of(operation) -> Iterator[Case]:
    yield from boundaries(operation)
    for mode in GenerationMode:
        yield from drawn(operation, mode)


@pytest.mark.parametrize("service", BEHIND)
def test_no_operation_breaks(path, service):
    door, broke, let_in = path.door(service), [], 0
    for operation in operations(door.client.application):
        ids = path.ids(service)
        headers = {"Authorization": f"Bearer {issue('identity', service, door.who)}"}
        for case in cases_of(operation):
            case.path_parameters |= {name: id for name, id in ids.items() if name in case.path_parameters}
            answer = case.call(headers=headers)
            let_in += answer.status_code not in (401, 404, 405)
            broke += [case.as_curl_command()] if answer.status_code >= 500 else []
    assert not broke, "\n".join(broke[:20])
    assert let_in > 100, "hardly anything was tried"
