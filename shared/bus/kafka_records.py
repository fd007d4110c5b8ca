"""Kafka's records as ours, whatever somebody has put there."""

from shared.bus import Record


def as_record(record) -> Record:
    """Whatever lies there; what is no event of ours is found out when its envelope is opened."""
    headers = {printable(name): printable(value) for name, value in record.headers or ()}
    key, value = printable(record.key), record.value or b""
    return Record(record.topic, record.partition, record.offset, key, headers, value)


def printable(found: bytes | str | None) -> str:
    """As text that PostgreSQL can store, too: it knows no NUL."""
    words = found.decode("utf-8", "replace") if isinstance(found, bytes) else found or ""
    return words.replace("\x00", "\ufffd")
