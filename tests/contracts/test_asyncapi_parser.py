"""The official AsyncAPI parser, where Node is, finds our document right."""

import json
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path

import pytest

from shared.contracts.asyncapi import asyncapi
from shared.messaging.events import CATALOGUE

PARSER = Path(__file__).parent / "asyncapi"
DOCUMENT = asyncapi()


@pytest.fixture(scope="module")
def parser():
    if not shutil.which("node"):
        pytest.skip("Node is not here: the official AsyncAPI parser cannot be asked.")
    if not (PARSER / "node_modules").is_dir():
        pytest.skip(
            "The official AsyncAPI parser is not here: `npm ci --ignore-scripts` in tests/contracts/asyncapi."
        )

    def ask(document: dict) -> subprocess.CompletedProcess[str]:
        asked = ["node", "check.mjs"]
        return subprocess.run(asked, cwd=PARSER, input=json.dumps(document), capture_output=True, text=True)

    return ask


def test_the_official_parser_finds_the_document_right(parser):
    answer = parser(DOCUMENT)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {
        "version": "3.0.0",
        "channels": len(DOCUMENT["channels"]),
        "operations": len(DOCUMENT["operations"]),
        "messages": len(CATALOGUE),
    }


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document["operations"]["voting.tells.voting.tally"].update(action="shout"),
        lambda document: document["channels"].pop("voting.tally"),
        lambda document: document["components"]["schemas"]["polku.voting.voting-ended.v1"].update(
            type="heap"
        ),
    ],
    ids=["an unknown action", "a channel that is not there", "a shape that is none"],
)
def test_the_official_parser_sees_what_is_wrong(parser, damage):
    damaged = deepcopy(DOCUMENT)
    damage(damaged)
    assert parser(damaged).returncode == 1
