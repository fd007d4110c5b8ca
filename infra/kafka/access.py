"""Brings the broker's principals and rules up to our contracts; all of it is safe to repeat."""

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)
from kafka.errors import NoError

from infra.kafka.artifacts import KafkaTrouble
from shared.contracts.asyncapi import acls, consumers
from shared.settings import SERVICES

OURS = {f"User:{service}" for service in SERVICES}


def introduce(admin: KafkaAdminClient, passwords: dict[str, str]) -> None:
    """Give every service its password, also a changed one."""
    upserts = [
        UserScramCredentialUpsertion(service, "SCRAM-SHA-512", passwords[service]) for service in SERVICES
    ]
    refused = {who: why for who, why in admin.alter_user_scram_credentials(upserts).items() if why}
    if refused:
        raise KafkaTrouble(f"The broker refuses these credentials: {refused}")


def allow(admin: KafkaAdminClient) -> list[str]:
    """Allows each service what the contracts let it do, and nothing else. Returns a sentence for each rule that was taken away. What other
    principals may do, and what somebody denied ours, is the operator's affair."""
    wanted = {binding(grant) for grant in acls(consumers())}
    answer = admin.create_acls(sorted(wanted, key=repr))
    if answer["failed"]:
        raise KafkaTrouble(f"The broker refuses these rules: {answer['failed']}")
    return take_away(admin, allowed_now(admin) - wanted)


def allowed_now(admin: KafkaAdminClient) -> set[ACL]:
    """Returns what our services may do at the broker now."""
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    everything = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ALLOW, anything)
    rules, _ = admin.describe_acls(everything)
    return {rule for rule in rules if rule.principal in OURS}


def take_away(admin: KafkaAdminClient, rules: set[ACL]) -> list[str]:
    if not rules:
        return []
    answers = admin.delete_acls(sorted(rules, key=repr))
    if refused := {error.__name__ for _, _, error in answers if error is not NoError}:
        raise KafkaTrouble(f"The broker keeps rules that should go: {refused}")
    return sorted(taken(rule) for rule in rules)


def taken(rule: ACL) -> str:
    what = rule.resource_pattern
    return (
        f"{rule.principal.removeprefix('User:')} may no longer {rule.operation.name} "
        f"the {what.resource_type.name.lower()} {what.resource_name}."
    )


def binding(grant: dict) -> ACL:
    what = ResourcePattern(
        ResourceType[grant["resource"]], grant["name"], ACLResourcePatternType[grant["pattern"]]
    )
    return ACL(grant["principal"], "*", ACLOperation[grant["operation"]], ACLPermissionType.ALLOW, what)
