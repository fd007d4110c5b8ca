"""`python -m infra.kafka`: the broker in the foreground, until Ctrl-C. `python -m infra.kafka healthy` asks whether it answers,
`python -m infra.kafka forget-lists` takes the lists of who took part out of its topics."""

import json
import logging
import signal
import sys
from threading import Event, Thread

from infra.kafka.artifacts import KafkaTrouble
from infra.kafka.broker import Kafka
from infra.kafka.configuration import ADMIN
from infra.kafka.lists_of_people import forget_lists
from infra.processes.ports import PortTaken, is_free
from infra.progress import Progress
from infra.secrets import ensure_secrets
from infra.trouble import sentence_for
from shared.migrations.upgrade import owner_engine
from shared.settings import setting, state_directory

LOOK_EVERY = 1.0


def main(arguments: list[str]) -> int:
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # a broker that is not there yet is no news
    if arguments not in ([], *([act] for act in ACTS)):
        print(f"Say nothing more, or: {', '.join(ACTS)}.", file=sys.stderr)
        return 2
    home = state_directory()
    try:
        home.mkdir(parents=True, exist_ok=True)
        kafka = the_broker()
        return ACTS[arguments[0]](kafka) if arguments else run(kafka)
    except Exception as problem:
        print(f"\n{sentence_for(problem, home)}", file=sys.stderr, flush=True)
        return 1


def the_broker() -> Kafka:
    private, _ = ensure_secrets(state_directory())
    port, security = int(setting("KAFKA_PORT", "9092")), setting("KAFKA_SECURITY", "SASL_PLAINTEXT")
    return Kafka(state_directory(), json.loads(private.read_text()), port, security)


def run(kafka: Kafka) -> int:
    """Idempotent: topics, principals and rules are brought up to our contracts at every start."""
    stop, progress = Event(), Progress()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: Thread(target=stop.set).start())
    if not kafka.is_alive and not is_free(kafka.ports.clients):
        raise PortTaken(kafka.ports.clients, "POLKU_KAFKA_PORT", "make kafka")
    try:
        with progress.step("Kafka" if kafka.artifacts.are_here else "Kafka, fetched by Maven"):
            kafka.start()
        with progress.step("topics and principals" if kafka.is_open else "topics, principals and rules"):
            mended = kafka.furnish()
        where = f"POLKU_KAFKA={kafka.bootstrap} POLKU_KAFKA_SECURITY={kafka.security}"
        progress.say("\n".join([*mended, who_enters(kafka), f"Kafka is ready: {where}"]))
        return watch(kafka, stop)
    finally:
        kafka.stop()


def who_enters(kafka: Kafka) -> str:
    if kafka.is_open:
        return "Whoever is on this machine enters without a password, and nothing is forbidden."
    return (
        f"Who enters says a service's name, or {ADMIN}, and its password (SCRAM-SHA-512), which is "
        f'under "kafka" in {state_directory() / "secrets.json"}. Each may do what the contracts say.'
    )


def watch(kafka: Kafka, stop: Event) -> int:
    while not stop.wait(LOOK_EVERY):
        if not kafka.is_alive:
            raise KafkaTrouble(f"Kafka ended by itself. See {kafka.log}, and start again.")
    return 0


def healthy(kafka: Kafka) -> int:
    kafka.take_the_port_of_last_time()
    answers = kafka.answers()
    print(f"Kafka at {kafka.bootstrap} {'answers' if answers else 'does not answer'}.")
    return 0 if answers else 1


def forget_the_lists(kafka: Kafka) -> int:
    kafka.take_the_port_of_last_time()
    with kafka.admin() as admin, owner_engine().connect() as connection:
        print(forget_lists(admin, connection))
    return 0


ACTS = {"healthy": healthy, "forget-lists": forget_the_lists}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
