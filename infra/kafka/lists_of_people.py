"""Takes the lists of who took part, and whom reminders went to, out of Kafka's topics (docs/decisions/0075)."""

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from sqlalchemy import Connection, text

from infra.kafka.artifacts import KafkaTrouble
from infra.kafka.topics import set_again
from shared.contracts.asyncapi import consumers
from shared.messaging.bus import PARTITIONS

LISTS = ("survey.attendance", "voting.attendance", "workshop.attendance", "notification.notice")
MIXED = "identity.attendance"  # how many took part stands there as well, which others act on
NOT_HANDLED = text("""
    SELECT count(*) FROM bus.group_partition g JOIN bus.log_partition p USING (topic, partition)
    WHERE topic = :topic AND grp = ANY(:services) AND committed < next_position""")
DONE = (
    "The lists can be read no more. The broker deletes their files within ten minutes; start Kafka again after that, which "
    "gives the topics the settings of the contracts back."
)


def forget_lists(admin: KafkaAdminClient, connection: Connection) -> str:
    """Deletes every record of these topics; positions stay as they are. Raises KafkaTrouble while somebody has to act on one."""
    if connection.scalar(NOT_HANDLED, {"topic": MIXED, "services": sorted(consumers())}):
        raise KafkaTrouble(f"Something on {MIXED} is not handled yet. Let all workers run, and try again.")
    places = [TopicPartition(topic, nr) for topic in (*LISTS, MIXED) for nr in range(PARTITIONS)]
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    admin.delete_records({place: end.offset for place, end in ends.items() if end.offset})
    for topic in LISTS:  # nothing is told there any more that would be lost by it
        set_again(admin, topic, {"retention.ms": "1"})
    set_again(admin, MIXED, {"segment.ms": "60000"})  # so that its files end as well
    return DONE
