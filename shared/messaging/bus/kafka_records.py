"""Kafka's records as ours, whatever somebody has put there.

One thing kafka-python cannot read at all: a header's name that is no UTF-8. It takes the batch for corrupt, so its reader waits
as if the broker were away, until the operator deletes the records up to there (kafka-delete-records.sh). The broker's rules let
nobody but our own services write, and they write none.
"""

from hashlib import sha256

from shared.messaging.bus import Record

LONGEST_KEY = 200  # ours have 73 characters; PostgreSQL's indexes take some 2,700 bytes


def as_record(record) -> Record:
    """Returns whatever lies there as a record; what is no event of ours is found out when its envelope is opened."""
    headers = {printable(name): printable(value) for name, value in record.headers or ()}
    key, value = short(printable(record.key)), record.value or b""
    return Record(record.topic, record.partition, record.offset, key, headers, value)


def printable(found: bytes | str | None) -> str:
    """As text that PostgreSQL can store, too: it knows no NUL."""
    words = found.decode("utf-8", "replace") if isinstance(found, bytes) else found or ""
    return words.replace("\x00", "\ufffd")


def short(key: str) -> str:
    """As it is, or cut and told apart by its hash: dead letters are looked up by it."""
    return key if len(key) <= LONGEST_KEY else f"{key[:100]}…{sha256(key.encode()).hexdigest()}"
