"""`python -m shared.contracts.asyncapi` in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("what", ["topics", "acls", "document"])
def test_a_broker_without_our_services_at_hand_can_be_told_by_a_command(what):
    """The command loads no service: it runs where only shared/ is."""
    run = [sys.executable, "-X", "importtime", "-m", "shared.contracts.asyncapi", what]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)
    assert "services." not in done.stderr


def test_a_word_that_the_command_does_not_know_is_refused_with_those_it_knows():
    run = [sys.executable, "-m", "shared.contracts.asyncapi", "everything"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "Say one of: document, topics, acls.\n")
