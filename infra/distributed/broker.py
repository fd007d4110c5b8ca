"""The transport of distributed services' events: a Kafka from elsewhere, our own broker, or PostgreSQL's log."""

from pathlib import Path

from infra.kafka.broker import Kafka
from infra.kafka.needs import missing
from infra.processes.process import Process
from infra.progress import Progress
from shared.messaging.bus.transport import POSTGRES
from shared.settings import secrets, setting

LAST = 4  # stops when nobody publishes any more


class Broker(Process):
    """Kafka in the supervisor's eyes: it is started again when it dies, and stopped last."""

    def __init__(self, kafka: Kafka, home: Path) -> None:
        super().__init__("kafka", [], kafka.answers, home, {}, stop_order=LAST)
        self.kafka = kafka

    def start(self) -> None:
        """One that runs already is taken over. Nobody waits for its answer: the other processes have to be watched, too."""
        self.kafka.launch()

    @property
    def is_alive(self) -> bool:
        return self.kafka.is_alive

    def ask_to_stop(self) -> None:
        """It is asked and waited for at once, below."""

    def wait_until_stopped(self) -> None:
        self.kafka.stop()

    @property
    def where(self) -> dict[str, str]:
        """Returns the settings by which processes find it and enter."""
        return {"POLKU_KAFKA": self.kafka.bootstrap, "POLKU_KAFKA_SECURITY": self.kafka.security}

    @property
    def log(self) -> Path:
        return self.kafka.log

    def begin(self, progress: Progress) -> None:
        """Starts it, with topics, principals and rules; the first time Maven fetches it."""
        is_here = self.kafka.artifacts.are_here
        with progress.step("Kafka" if is_here else "Kafka (fetched, the first time only)"):
            self.kafka.start()
            mended = self.kafka.furnish()
        for sentence in mended:
            progress.say(sentence)


def broker_of_our_own(home: Path, progress: Progress) -> Broker | None:
    """Returns None where events travel otherwise: through a Kafka from elsewhere, or through PostgreSQL."""
    if setting("KAFKA", "") or setting("TRANSPORT", "") == POSTGRES:
        return None
    if lack := missing():
        progress.say(f"Events travel through PostgreSQL. {lack}")
        return None
    port = int(setting("KAFKA_PORT", "0")) or None
    return Broker(Kafka(home, secrets(), port, setting("KAFKA_SECURITY", "SASL_PLAINTEXT")), home)
