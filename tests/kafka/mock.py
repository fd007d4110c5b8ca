"""librdkafka's mock cluster, by ctypes out of the confluent-kafka wheel: a broker with outages and errors on demand.

What it lacks, and how to live with it:
- It answers ApiVersions with fewer versions than it takes to be recognised: clients say `api_version=(2, 3)`.
- Followers must have sent their SyncGroup before the leader does, or they wait for ever: SlowRange lets the leader
  think for a moment. The second round of a cooperative rebalance waits for the session to end. So groups on the mock
  rebalance eagerly and slowly; a real broker needs neither.
- It keeps everything in memory and each partition only to some megabytes; it knows no passwords and no rules.
"""

import ctypes
import time
from ctypes import POINTER, c_char_p, c_int, c_int16, c_int32, c_size_t, c_void_p
from functools import cache
from pathlib import Path

from kafka.coordinator.assignors.range import RangePartitionAssignor

PRODUCE, FETCH = 0, 1  # https://kafka.apache.org/protocol#protocol_api_keys
NOT_LEADER = 6  # https://kafka.apache.org/protocol#protocol_error_codes
CLIENT_SETTINGS = {"api_version": (2, 3)}
FOLLOWERS_FIRST_SECONDS = 0.8
PRODUCER = 0  # RD_KAFKA_PRODUCER

FUNCTIONS = {
    "rd_kafka_conf_new": (c_void_p, []),
    "rd_kafka_new": (c_void_p, [c_int, c_void_p, c_char_p, c_size_t]),
    "rd_kafka_destroy": (None, [c_void_p]),
    "rd_kafka_mock_cluster_new": (c_void_p, [c_void_p, c_int]),
    "rd_kafka_mock_cluster_destroy": (None, [c_void_p]),
    "rd_kafka_mock_cluster_bootstraps": (c_char_p, [c_void_p]),
    "rd_kafka_mock_topic_create": (c_int, [c_void_p, c_char_p, c_int, c_int]),
    "rd_kafka_mock_broker_set_down": (c_int, [c_void_p, c_int32]),
    "rd_kafka_mock_broker_set_up": (c_int, [c_void_p, c_int32]),
    "rd_kafka_mock_broker_set_rtt": (c_int, [c_void_p, c_int32, c_int]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [c_void_p, c_int32]),
    "rd_kafka_mock_push_request_errors_array": (None, [c_void_p, c_int16, c_size_t, POINTER(c_int)]),
    "rd_kafka_mock_clear_request_errors": (None, [c_void_p, c_int16]),
}


@cache
def librdkafka() -> ctypes.CDLL | None:
    """The library, or None where there is no wheel."""
    try:
        import confluent_kafka
    except ImportError:
        return None
    beside = Path(confluent_kafka.__file__).parent.with_name("confluent_kafka.libs")
    library = ctypes.CDLL(str(next(beside.glob("librdkafka*.so*"))))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class MockCluster:
    """One broker, in this process, on a free port of loopback."""

    BROKER = 1

    def __init__(self) -> None:
        library = librdkafka()
        if library is None:
            raise RuntimeError("Install confluent-kafka, of requirements-dev.txt, for the mock cluster.")
        self._library, words = library, ctypes.create_string_buffer(512)
        self._client = library.rd_kafka_new(PRODUCER, library.rd_kafka_conf_new(), words, len(words))
        if not self._client:
            raise RuntimeError(words.value.decode())
        self._cluster = library.rd_kafka_mock_cluster_new(self._client, 1)
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 100)

    @property
    def bootstrap(self) -> str:
        return self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def make_topic(self, name: str, partitions: int) -> None:
        self._must(self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1))

    def go_down(self) -> None:
        """Open connections break, new ones are refused."""
        self._must(self._library.rd_kafka_mock_broker_set_down(self._cluster, self.BROKER))

    def come_up(self) -> None:
        self._must(self._library.rd_kafka_mock_broker_set_up(self._cluster, self.BROKER))

    def answer_after(self, milliseconds: int) -> None:
        self._must(self._library.rd_kafka_mock_broker_set_rtt(self._cluster, self.BROKER, milliseconds))

    def refuse(self, request: int, *errors: int) -> None:
        """The next requests of this kind get these errors, one each; 0 is a good answer."""
        codes = (c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, request, len(errors), codes)

    def be_kind(self, request: int) -> None:
        """Forget the errors that were not given yet."""
        self._library.rd_kafka_mock_clear_request_errors(self._cluster, request)

    def close(self) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

    def _must(self, error: int) -> None:
        if error:
            raise RuntimeError(f"The mock cluster refuses: error {error}.")


class SlowRange(RangePartitionAssignor):
    """On the mock only: the group's leader gives its followers time to ask first."""

    def assign(self, *arguments, **options):
        time.sleep(FOLLOWERS_FIRST_SECONDS)
        return super().assign(*arguments, **options)
