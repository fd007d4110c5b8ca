"""Failure case 16: every event that was ever released is read for ever, as it was told."""

import msgspec
import pytest

from shared.contracts.asyncapi.released import missing, released
from shared.contracts.asyncapi.shapes import shape_of
from shared.messaging.events import CATALOGUE, Event, open_envelope
from tests.contracts.golden_samples import NoWord, samples_of
from tests.contracts.note import note

RELEASED = released()
SAMPLES = [
    pytest.param(sample, id=f"{type}-{number}")
    for type, promised in RELEASED.items()
    for number, sample in enumerate(promised.samples, 1)
]


def opened(sample):
    return open_envelope(sample.headers, msgspec.json.encode(sample.body))


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_released_sample_is_read_for_ever(sample):
    envelope = opened(sample)
    assert envelope.event.type == sample.headers["ce_type"]
    assert sample.headers.items() <= envelope.headers.items()


@pytest.mark.parametrize("sample", SAMPLES)
def test_told_again_it_says_all_that_it_said(sample):
    envelope = opened(sample)
    again = envelope.as_row()["value"]
    assert sample.body.items() <= msgspec.json.decode(again).items()
    assert open_envelope(envelope.headers, again) == envelope


@pytest.mark.parametrize("type", CATALOGUE)
def test_every_event_is_released_with_samples(type):
    assert type in RELEASED, (
        f"{type} is new. Run `python -m tests.contracts.note` and commit shared/contracts/released."
    )
    assert RELEASED[type].samples


@pytest.mark.parametrize("type", RELEASED)
def test_the_last_sample_of_an_event_says_all_that_it_can_say(type):
    assert RELEASED[type].samples[-1].body.keys() == RELEASED[type].properties.keys()


def test_no_released_event_is_gone():
    assert not list(missing(CATALOGUE, RELEASED))


def test_an_event_that_is_gone_is_missed():
    kept = {type: event for type, event in CATALOGUE.items() if type != "polku.voting.voting-ended.v1"}
    assert "log holds such events for ever" in "".join(missing(kept, RELEASED))


@pytest.mark.parametrize("type", CATALOGUE)
def test_the_samples_of_a_new_event_can_be_made(type):
    """The command that makes them works for whatever the catalogue holds now."""
    for sample in samples_of(CATALOGUE[type]):
        assert sample.body.keys() >= set(shape_of(CATALOGUE[type])["required"])
        opened(sample)


def test_a_sample_that_stands_is_never_made_anew(tmp_path):
    event, then = CATALOGUE["polku.process.run-moved.v1"], RELEASED["polku.process.run-moved.v1"]
    assert note(event, then, tmp_path) == []
    assert not list(tmp_path.iterdir())


def test_a_word_without_an_example_is_asked_for():
    class WeatherTurned(Event, frozen=True, kw_only=True):
        """It rains."""

        sky: str

    WeatherTurned.type, WeatherTurned.topic, WeatherTurned.coarse = "polku.x.weather-turned.v1", "x.y", False
    with pytest.raises(NoWord, match=r"WeatherTurned\.sky to WORDS"):
        samples_of(WeatherTurned)
