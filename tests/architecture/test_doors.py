"""Every route says who may use it, every refusal is a sentence, every sentence is there in three languages."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from infra.development.catalogues import TRANSLATED, problems_of, sentences_in
from shared.languages import translations
from shared.problems import RuleBroken
from shared.settings import SERVICES
from shared.web.service import PUBLIC, roles_by_method

ROOT = Path(__file__).parents[2]
SAMPLES = {"uuid": "00000000-0000-0000-0000-000000000000", "int": "1"}


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "portal"])
def test_every_route_says_who_may_use_it(world, service):
    app = world.app(service)
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in PUBLIC:
            assert all(roles_by_method(app, rule.endpoint).values()), rule


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "portal"])
def test_nobody_gets_in_without_a_token(world, service):
    client = world.app(service).test_client()
    for rule in world.app(service).url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "x"), rule.rule)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            assert client.open(path, method=method).status_code == 401, (method, path)


def refusals() -> list[type[RuleBroken]]:
    for path in (ROOT / "services").rglob("*.py"):
        if "RuleBroken" in path.read_text():
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found, waiting = [], [RuleBroken]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__module__.startswith(("services.", "shared.")):
                found.append(kind)
            waiting.append(kind)
    return found


def test_every_refusal_is_a_sentence_in_three_languages():
    sentences = {" ".join((kind.__doc__ or "").split()) for kind in refusals()}
    assert all(sentence.endswith((".", "?")) for sentence in sentences)
    for language in ("fi", "sv"):
        known = translations(language)._catalog
        assert not sorted(sentence for sentence in sentences if sentence not in known), language


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_as_make_check_wants_it(language):
    assert not list(problems_of(language, sentences_in(ROOT / "services")))
