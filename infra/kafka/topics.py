"""Brings the broker's topics up to the contracts: what is missing is made, what has drifted is mended, another topic refused."""

from collections.abc import Iterable

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from infra.kafka.artifacts import KafkaTrouble
from infra.kafka.configuration import MOST_BYTES_A_MESSAGE
from shared.contracts.asyncapi import topics
from shared.settings import setting

ENOUGH_COPIES = 3  # one broker may be serviced while another dies


def make_topics(admin: KafkaAdminClient, only: set[str] | None = None) -> list[str]:
    """Makes the topics of the contracts, or `only` these; safe to repeat. Returns a sentence for each thing that was not as it should be."""
    wanted = {topic["name"]: topic for topic in topics() if only is None or topic["name"] in only}
    there, copies = set(admin.list_topics()), copies_wanted(admin)
    make(admin, [topic for name, topic in wanted.items() if name not in there], copies)
    return hold_to_the_contracts(admin, {name: wanted[name] for name in sorted(there & set(wanted))}, copies)


def copies_wanted(admin: KafkaAdminClient) -> int:
    """On how many brokers each event lies: as POLKU_KAFKA_REPLICATION says, else on three where there are as many."""
    brokers = len(admin.describe_cluster()["brokers"])
    copies = int(setting("KAFKA_REPLICATION", "") or min(brokers, ENOUGH_COPIES))
    if copies > brokers:
        raise KafkaTrouble(
            f"POLKU_KAFKA_REPLICATION wants every event on {copies} brokers, and the number of those that answer is "
            f"{brokers}. Start the others, or ask for fewer."
        )
    return copies


def make(admin: KafkaAdminClient, missing: Iterable[dict], copies: int) -> None:
    wanted = {
        topic["name"]: {
            "num_partitions": topic["partitions"],
            "replication_factor": copies,
            "configs": settings_of(topic, copies),
        }
        for topic in missing
    }
    try:
        if wanted:
            admin.create_topics(wanted, wait_for_metadata=True)
    except TopicAlreadyExistsError:  # somebody else made them between our look and our word
        admin.wait_for_topics(list(wanted))


def settings_of(topic: dict, copies: int) -> dict[str, str]:
    """One broker fewer than hold an event must have taken it: so one may be away, and none may lose what was accepted."""
    in_sync = {"min.insync.replicas": str(max(1, copies - 1))}
    return topic["config"] | in_sync | {"max.message.bytes": str(MOST_BYTES_A_MESSAGE)}


def hold_to_the_contracts(admin: KafkaAdminClient, wanted: dict[str, dict], copies: int) -> list[str]:
    found = (
        {topic["name"]: topic["partitions"] for topic in admin.describe_topics(list(wanted))}
        if wanted
        else {}
    )
    for name, topic in wanted.items():
        refuse_other_partitions(name, topic["partitions"], len(found[name]))
    lying_on = {name: min(len(one["replica_nodes"]) for one in found[name]) for name in wanted}
    few = [
        f"{name} lies on {lying_on[name]} of {copies} brokers." for name in wanted if lying_on[name] < copies
    ]
    ours = {name: settings_of(topic, lying_on[name]) for name, topic in wanted.items()}
    return mend_settings(admin, ours) + few + ([SPREAD] if few else [])


SPREAD = "Kafka's own kafka-reassign-partitions spreads them; furnish again afterwards."


def refuse_other_partitions(name: str, ours: int, theirs: int) -> None:
    """An event's place follows from their number, and so does the order of its key."""
    if theirs != ours:
        raise KafkaTrouble(
            f"The topic {name} has {theirs} partitions, and ours have {ours}: it was made by somebody else. "
            "If nothing lies in it, delete it and start again; it is made anew."
        )


def mend_settings(admin: KafkaAdminClient, ours: dict[str, dict[str, str]]) -> list[str]:
    """Sets what has drifted from the contracts. Returns sentences about it. Other settings are the operator's."""
    places = [ConfigResource(ConfigResourceType.TOPIC, name) for name in ours]
    there = admin.describe_configs(places, config_filter="all")["topic"] if places else {}
    sentences = list[str]()
    for name, wanted in ours.items():
        was = {key: there[name][key]["value"] for key in wanted}
        drifted = {key: value for key, value in wanted.items() if was[key] != value}
        if drifted:
            set_again(admin, name, drifted)
        sentences += [f"{name}: {key} was {was[key]} and is {value} again." for key, value in drifted.items()]
    return sentences


def set_again(admin: KafkaAdminClient, name: str, settings: dict[str, str]) -> None:
    answer = admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=settings)])
    if answer["topic"][name] != "OK":
        raise KafkaTrouble(f"The broker refuses the settings of {name}: {answer['topic'][name]}")
