"""The broker's life: fetched, formatted, started, asked whether it answers, stopped."""

import base64
import json
import re
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import psutil
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from infra.database.postgres import free_port
from infra.kafka.access import allow, introduce
from infra.kafka.artifacts import Artifacts, KafkaTrouble, ask_for_java_and_maven
from infra.kafka.configuration import ADMIN, LOG, SECURITY, Ports, server_properties
from infra.kafka.topics import make_topics
from infra.processes.ports import is_free
from shared.settings import SERVICES, setting

START_SECONDS, STOP_SECONDS, LOOK_EVERY = 90.0, 30.0, 0.1
MEMORY = ("-Xms128m", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError")
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # done before the optimising compiler would pay


class Kafka:
    """The broker whose files live in `home`/kafka; `secrets` are those of infra.secrets."""

    def __init__(
        self, home: Path, secrets: dict, port: int | None = None, security: str = "PLAINTEXT"
    ) -> None:
        if security not in SECURITY:
            raise KafkaTrouble(f"This broker speaks {' or '.join(SECURITY)} on loopback, not {security}.")
        self.home = home / "kafka"
        self.passwords, self.security = secrets["kafka"], security
        self.artifacts = Artifacts(Path(setting("KAFKA_JARS", "") or self.home / "libs"))
        self.data, self.log = self.home / "data", self.home / "broker.log"
        self.ports = self._choose_ports(port)
        self.process: psutil.Process | None = self._running()

    @property
    def bootstrap(self) -> str:
        """Returns the address for POLKU_KAFKA."""
        return f"127.0.0.1:{self.ports.clients}"

    def start(self) -> None:
        """Make what is missing, start the broker unless it runs already, and wait until a client is answered."""
        self.launch()
        self._wait_until_it_answers()

    def launch(self) -> None:
        """Starts it without waiting until it answers."""
        ask_for_java_and_maven(self.artifacts)
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.artifacts.fetch()
        self.process = self._running()
        if self.process and not self._is_as_written_down:  # with other listeners, or another security
            self.stop()
        if self.process is None:
            self._write_down()
            self._format()
            self._launch()

    def furnish(self, only: set[str] | None = None) -> list[str]:
        """The contracts' topics (or `only` these), principals and rules; safe to repeat. What was not as it should be, in
        sentences. A broker without passwords knows nobody's name, so it has no rules."""
        with self.admin() as admin:
            mended = make_topics(admin, only)
            introduce(admin, self.passwords)
            if not self.is_open:
                mended += allow(admin)
                self._wait_until_services_enter()
            return mended

    def _wait_until_services_enter(self) -> None:
        """A broker takes up what it has accepted a moment later: until then it knows nobody's password."""
        deadline = time.monotonic() + START_SECONDS
        while not self.answers(who=SERVICES[-1]):
            if time.monotonic() > deadline:
                raise KafkaTrouble(f"Kafka lets no service in. See {self.log}, and start again.")

    @property
    def is_open(self) -> bool:
        """Returns whether everybody on this machine may enter without a password."""
        return self.security == "PLAINTEXT"

    def stop(self) -> None:
        """Stops it in order: it closes its logs and leaves. One that does not within half a minute is killed."""
        process = self.process
        if process is None:
            return
        try:
            process.terminate()
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()
        except psutil.NoSuchProcess:
            self.process = None
        self._note.unlink(missing_ok=True)
        self.process = None

    def kill(self) -> None:
        """Kills it, as a power cut would: for tests."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def answers(self, patience: float = 2.0, who: str = ADMIN) -> bool:
        """Returns whether a client that asks for the topics gets an answer within so many seconds."""
        try:
            with self.admin(patience, who) as admin:
                admin.list_topics()
        except (KafkaError, OSError):
            return False
        return True

    def admin(self, patience: float = 20.0, who: str = ADMIN) -> KafkaAdminClient:
        return KafkaAdminClient(
            bootstrap_servers=self.bootstrap,
            bootstrap_timeout_ms=int(patience * 1000),
            request_timeout_ms=int(max(patience, 5) * 1000),
            **self.credentials(who),
        )

    def credentials(self, who: str) -> dict[str, str]:
        """Returns what a client of kafka-python needs to enter as this service, or as the administrator."""
        if self.is_open:
            return {"security_protocol": "PLAINTEXT"}
        return {
            "security_protocol": self.security,
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": who,
            "sasl_plain_password": self.passwords[who],
        }

    def _choose_ports(self, port: int | None) -> Ports:
        """Chooses the ports of a running broker; else the given one, and those of last time where they are free."""
        last = self._last_ports()
        if self._running() and last:
            return last
        clients = port or (last.clients if last and is_free(last.clients) else free_port())
        controller = last.controller if last and is_free(last.controller) else free_port()
        return Ports(clients, controller)

    def take_the_port_of_last_time(self) -> None:
        """Takes the port and security of the broker that runs or ran here, whoever started it."""
        written = self._properties.read_text() if self._properties.exists() else ""
        if found := re.search(r"CLIENTS:(\w+)$", written, re.M):
            self.security = found[1]

    def _last_ports(self) -> Ports | None:
        path = self._properties
        found = re.findall(r"^listeners=.*?:(\d+),.*:(\d+)$", path.read_text(), re.M) if path.exists() else []
        return Ports(int(found[0][0]), int(found[0][1])) if found else None

    def _running(self) -> psutil.Process | None:
        """Our broker of an earlier start; by its moment of birth, since the number may be somebody else's now."""
        try:
            pid, born = json.loads(self._note.read_text())
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:  # killed, and nobody of ours has asked after it yet
                process.wait(0)
                return None
            return process if process.create_time() == born else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _write_down(self) -> None:
        self._write_for_us_alone(self._properties, self._wanted)
        (self.home / "log4j2.properties").write_text(LOG)

    @property
    def _is_as_written_down(self) -> bool:
        return self._properties.exists() and self._properties.read_text() == self._wanted

    def _format(self) -> None:
        """Once; the administrator's password goes by a file, since anybody may read a command line."""
        if (self.data / "meta.properties").exists():
            return
        scram = f"SCRAM-SHA-512=[name={ADMIN},password={self.passwords[ADMIN]}]"
        self._run(
            *("kafka.tools.StorageTool", "format", "--cluster-id", new_identity(), "--standalone"),
            *("--config", str(self._properties), "--add-scram", scram),
        )

    def _run(self, *arguments: str) -> None:
        file, words = self.home / "arguments", (*SHORT_LIVED, *self._java(), *arguments)
        self._write_for_us_alone(file, "\n".join(f'"{word}"' for word in words))
        try:
            done = subprocess.run(["java", f"@{file}"], capture_output=True, text=True, check=False)
        finally:
            file.unlink()
        if done.returncode:
            raise KafkaTrouble(f"Kafka's storage could not be made: {(done.stderr or done.stdout)[-800:]}")

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self.process = psutil.Popen(
                ["java", *MEMORY, *self._java(), "kafka.Kafka", str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop it in order
            )
        self._note.write_text(json.dumps([self.process.pid, self.process.create_time()]))

    def _java(self) -> list[str]:
        return [
            *("-cp", f"{self.artifacts.folder}/*"),
            f"-Dlog4j2.configurationFile=file:{self.home / 'log4j2.properties'}",
            "-Djava.awt.headless=true",
        ]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers(patience=1.0):
            if not self.is_alive or time.monotonic() > deadline:
                self.stop()
                raise KafkaTrouble(
                    f"Kafka did not start. Its last lines:\n{self._last_lines()}\nSee {self.log}."
                )
            time.sleep(LOOK_EVERY)

    @property
    def is_alive(self) -> bool:
        return bool(
            self.process and self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        )

    def _last_lines(self, lines: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _write_for_us_alone(self, path: Path, words: str) -> None:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(words)

    @property
    def _wanted(self) -> str:
        return server_properties(self.data, self.ports, self.security, self.passwords[ADMIN])

    @property
    def _properties(self) -> Path:
        return self.home / "server.properties"

    @property
    def _note(self) -> Path:
        return self.home / "broker.json"


def new_identity() -> str:
    """A cluster's name, as Kafka's own tool draws it; a dash in front would look like an option."""
    while (drawn := base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return drawn
