"""Takes away the positions of topics that a service no longer hears: they would stand still, and count as lag, for ever."""

from sqlalchemy import Connection, text

from shared.contracts.asyncapi import topics_heard

FORGET = text("""
    DELETE FROM bus.group_partition WHERE (grp, topic) NOT IN
        (SELECT * FROM unnest(CAST(:services AS text[]), CAST(:topics AS text[])))""")


def forget_unheard_topics(connection: Connection, heard: dict[str, set[str]] | None = None) -> None:
    """Leaves each service the positions of the topics that it hears, and those of a service that is gone go as well.

    Whoever hears such a topic again begins as everybody who is new there, at its first event (ADD_PARTITIONS in
    shared/messaging/bus/member.py). What was told meanwhile is done then; what the same reaction had done before is in the inbox, which keeps
    every event (docs/decisions/0043), and is not done again. To keep the positions would save that reading, and nothing else.

    It belongs to an upgrade, when no worker is at work: one of before would take its positions up again at the beginning.
    """
    pairs = [(service, topic) for service, topics in (heard or topics_heard()).items() for topic in topics]
    services, topics = zip(*sorted(pairs), strict=True)
    connection.execute(FORGET, {"services": list(services), "topics": list(topics)})
