"""Who hears what is noted, and the lists for a broker say exactly that."""

from infra.rooms import rooms
from shared.contracts.asyncapi import acls, consumers, topics
from shared.contracts.asyncapi.hearing import hearing
from shared.messaging.bus import PARTITIONS
from shared.messaging.events import CATALOGUE
from tests.contracts.note import lost_names, who_hears_what


def grants(operation: str, resource: str = "TOPIC") -> dict[str, set[str]]:
    """{service: names} that its principal may do this with"""
    found: dict[str, set[str]] = {}
    for grant in acls(consumers()):
        if (grant["operation"], grant["resource"]) == (operation, resource):
            found.setdefault(grant["principal"].removeprefix("User:"), set()).add(grant["name"])
    return found


def test_the_note_of_who_hears_what_is_true():
    assert hearing() == who_hears_what(), (
        "The listeners changed. One that was renamed keeps its old name by `name=` (the inbox knows it by that). Then run "
        "`python -m tests.contracts.note` and commit shared/contracts/heard_by.json with them."
    )


def test_every_topic_is_made_with_the_partitions_that_the_keys_are_spread_over():
    assert {topic["name"] for topic in topics()} == {event.topic for event in CATALOGUE.values()}
    assert {topic["partitions"] for topic in topics()} == {PARTITIONS}


def test_nothing_ever_leaves_a_topic_by_itself():
    kept = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
    assert all(kept.items() <= topic["config"].items() for topic in topics())


def test_a_service_writes_on_its_own_topics_alone():
    for service, names in grants("WRITE").items():
        assert {name.split(".")[0] for name in names} == {service}
    written = set().union(*grants("WRITE").values())
    assert written == {topic["name"] for topic in topics()}


def test_a_service_reads_what_its_listeners_hear_and_nothing_else():
    heard = {name: set(room.listeners.topics) for name, room in rooms("listeners").items()}
    assert grants("READ") == {name: names for name, names in heard.items() if names}


def test_its_consumer_group_is_called_like_the_service():
    assert grants("READ", "GROUP") == {service: {service} for service in consumers()}


def test_a_portal_that_tells_and_hears_nothing_gets_nothing():
    assert not [grant for grant in acls(consumers()) if grant["principal"] == "User:portal"]


def test_access_is_taken_away_with_the_last_listener():
    still = acls({service: types for service, types in consumers().items() if service != "lineage"})
    left = {grant["name"] for grant in still if grant["principal"] == "User:lineage"}
    assert left == {topic for topic in left if topic.startswith("lineage.")}  # what it tells itself


def test_whoever_renames_a_listener_is_told_to_keep_its_name():
    then = {"voting": {"polku.survey.view-shared.v1": ["deal_the_view", "count_it"]}}
    now = {"voting": {"polku.survey.view-shared.v1": ["deal_it", "count_it"]}}
    [said] = lost_names(then, now)
    assert "deal_the_view" in said and "deal_it" not in said
    assert [*lost_names(now, now)] == []
