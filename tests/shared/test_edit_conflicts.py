"""Two people edit the same thing: what they change apart from each other both stands, and nothing is overwritten unseen."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from marshmallow import fields

from shared.web.edit_conflicts import ChangedMeanwhile, EditSchema, merged

AT_NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)


class EventSchema(EditSchema):
    name = fields.String()
    place = fields.String(allow_none=True)
    starts_at = fields.AwareDateTime()
    words = fields.Dict(keys=fields.String(), values=fields.String())


def event(**changed):
    stood = {"name": "Kick-off", "place": None, "starts_at": AT_NINE, "words": {"fi": "Tervetuloa"}}
    return SimpleNamespace(**stood | changed)


def edit(was=None, **asked):
    """As a page asks for it that showed the event untouched."""
    shown = EventSchema().dump(event())
    return EventSchema().load(shown | asked | {"was": shown | (was or {})})


def refused(asked, thing) -> dict:
    with pytest.raises(ChangedMeanwhile) as refusal:
        merged(asked, EventSchema, thing)
    return refusal.value.more["stands"]


def test_who_comes_second_to_the_same_field_is_told_what_stands_there():
    assert refused(edit(name="Aloitus"), event(name="Start")) == {"name": "Start"}
    assert refused(
        edit(starts_at="2026-12-01T10:00:00+00:00"), event(starts_at=AT_NINE.replace(hour=11))
    ) == {"starts_at": "2026-12-01T11:00:00+00:00"}


def test_what_two_change_apart_from_each_other_both_stands():
    both = merged(edit(name="Aloitus"), EventSchema, event(place="Oulu", starts_at=AT_NINE.replace(hour=8)))
    assert both == {
        "name": "Aloitus",
        "place": "Oulu",
        "starts_at": AT_NINE.replace(hour=8),
        "words": {"fi": "Tervetuloa"},
    }


def test_one_language_is_worded_by_one_and_another_by_the_other():
    asked = edit(words={"fi": "Tervetuloa", "sv": "Välkommen"})
    assert merged(asked, EventSchema, event(words={"fi": "Tulkaa"}))["words"] == {
        "fi": "Tulkaa",
        "sv": "Välkommen",
    }
    assert refused(asked, event(words={"fi": "Tervetuloa", "sv": "Hej"})) == {"words/sv": "Hej"}
    assert refused(edit(words={}), event(words={"fi": "Tulkaa"})) == {"words/fi": "Tulkaa"}


class TextsSchema(EditSchema):
    texts = fields.Dict(keys=fields.String(), values=fields.Dict())


def test_a_language_that_both_begin_is_merged_as_well_and_one_that_somebody_leaves_out_is_gone():
    def asked(**texts):
        return {"texts": texts, "was": {"texts": {"sv": {"title": "Start", "hint": ""}}}}

    stands = {"texts": {"sv": {"title": "Start"}, "fi": {"hint": "Maanantai"}}}
    assert merged(asked(fi={"title": "Alku"}), TextsSchema, stands)["texts"] == {
        "fi": {"title": "Alku", "hint": "Maanantai"}
    }
    stands["texts"]["fi"] = {"title": "Avaus"}
    with pytest.raises(ChangedMeanwhile) as refusal:
        merged(asked(fi={"title": "Alku"}), TextsSchema, stands)
    assert refusal.value.more["stands"] == {"texts/fi/title": "Avaus"}


def test_two_who_want_the_same_are_at_one():
    assert merged(edit(name="Aloitus"), EventSchema, event(name="Aloitus"))["name"] == "Aloitus"


def test_the_same_moment_on_another_clock_and_an_empty_text_are_no_change():
    on_finnish_clocks = AT_NINE.astimezone(timezone(timedelta(hours=2))).isoformat()
    moved = event(starts_at=AT_NINE.replace(hour=8), place="Oulu")
    for was in ({}, {"starts_at": on_finnish_clocks}):
        both = merged(edit(was, starts_at=on_finnish_clocks, place=""), EventSchema, moved)
        assert (both["starts_at"], both["place"]) == (AT_NINE.replace(hour=8), "Oulu")


def test_who_has_seen_what_stands_writes_over_it():
    assert (
        merged(edit({"name": "Start"}, name="Aloitus"), EventSchema, event(name="Start"))["name"] == "Aloitus"
    )


def test_a_caller_that_says_nothing_of_what_stood_writes_as_before():
    asked = EventSchema().load({"name": "Aloitus"})
    assert merged(asked, EventSchema, event(name="Start")) == {"name": "Aloitus"}
