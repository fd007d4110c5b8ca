"""Brings the broker's topics, principals and rules up to the house's contracts; all of it is safe to repeat."""

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)
from kafka.errors import TopicAlreadyExistsError

from infra.kafka.configuration import MOST_BYTES_A_MESSAGE
from shared.asyncapi import acls, hearers, topics
from shared.settings import SERVICES

ONE_BROKER = {"replication_factor": 1}


def make_topics(admin: KafkaAdminClient, only: set[str] | None = None) -> None:
    """Those of the contracts, or `only` these; what is there stays as it is."""
    there = set(admin.list_topics())
    wanted = {
        topic["name"]: {"num_partitions": topic["partitions"], "configs": settings_of(topic)} | ONE_BROKER
        for topic in topics()
        if topic["name"] not in there and (only is None or topic["name"] in only)
    }
    try:
        if wanted:
            admin.create_topics(wanted, wait_for_metadata=True)
    except TopicAlreadyExistsError:  # somebody else made them between our look and our word
        admin.wait_for_topics(list(wanted))


def settings_of(topic: dict) -> dict[str, str]:
    return topic["config"] | {"max.message.bytes": str(MOST_BYTES_A_MESSAGE)}


def introduce(admin: KafkaAdminClient, passwords: dict[str, str]) -> None:
    """Give every service its password, also a changed one."""
    upserts = [
        UserScramCredentialUpsertion(service, "SCRAM-SHA-512", passwords[service]) for service in SERVICES
    ]
    refused = {who: why for who, why in admin.alter_user_scram_credentials(upserts).items() if why}
    if refused:
        raise PermissionError(f"The broker refuses these credentials: {refused}")


def allow(admin: KafkaAdminClient) -> None:
    """What the contracts let each service do; nothing else is allowed to anybody."""
    answer = admin.create_acls([binding(grant) for grant in acls(hearers())])
    if answer["failed"]:
        raise PermissionError(f"The broker refuses these rules: {answer['failed']}")


def binding(grant: dict) -> ACL:
    what = ResourcePattern(
        ResourceType[grant["resource"]], grant["name"], ACLResourcePatternType[grant["pattern"]]
    )
    return ACL(grant["principal"], "*", ACLOperation[grant["operation"]], ACLPermissionType.ALLOW, what)
