"""Live is ready while it hears the database: not while that hangs, nor after something has gone wrong in listening."""

import json
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from gevent import GreenletExit

from infra.database.postgres import Postgres
from infra.secrets import ensure_secrets
from services.portal.live.admissions import Admissions
from services.portal.live.channels import Channels
from services.portal.live.notifications import Notifications
from services.portal.live.pictures import take
from tests.portal import live_process
from tests.portal.live_process import until


@pytest.fixture
def its_database(monkeypatch):
    """A database server that may be stopped, with the roles of the services. Not below pytest's folder, which every run of
    the same user locks anew against PostgreSQL's own user."""
    with TemporaryDirectory(prefix="polku-hanging-") as folder:
        private, _ = ensure_secrets(Path(folder))
        server = Postgres(Path(folder), json.loads(private.read_text()))
        server.start()
        server.provision("polku")
        monkeypatch.setenv("POLKU_DATABASE", server.address("polku"))
        monkeypatch.setenv("POLKU_SECRETS", str(private))
        yield server
        server.stop()


def all_of(server: Postgres) -> list[psutil.Process]:
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    return [postmaster, *postmaster.children()]


def test_a_database_that_hangs_is_noticed_and_heard_again_afterwards(its_database):
    """Stopped by SIGSTOP it keeps its connections, and the kernel answers for them."""
    with live_process.running() as live:
        stopped = all_of(its_database)
        for process in stopped:
            process.send_signal(signal.SIGSTOP)
        try:
            until(lambda: not live.is_ready())
            assert live.ask("/healthz", "localhost").status == 200
            said = live.ask("/readyz", "localhost")
            assert (said.status, said.headers["Content-Type"]) == (503, "application/problem+json")
            assert json.load(said)["detail"] == "Live does not hear the database's announcements."
        finally:
            for process in stopped:
                process.send_signal(signal.SIGCONT)
        until(live.is_ready)


class Stumbling(Channels):
    """Somebody made a mistake in what is done when listening begins."""

    def __init__(self, *mistakes: BaseException) -> None:
        super().__init__(take)
        self.mistakes = list(mistakes)

    def stir_all(self) -> None:
        raise self.mistakes.pop(0)


@pytest.mark.parametrize("mistake", [RuntimeError("a mistake"), psycopg.DataError("another")], ids=repr)
def test_whatever_goes_wrong_in_listening_it_begins_anew_and_never_says_that_it_listens(
    database, mistake, monkeypatch, seen
):
    monkeypatch.setattr("services.portal.live.notifications.AWAY_SECONDS", 0)
    listening = Notifications(Stumbling(mistake, GreenletExit()), Admissions())
    with pytest.raises(GreenletExit):
        listening.run()
    assert listening.channels.mistakes == [] and not listening.is_listening
    assert "live: listening failed" in [line["said"] for line in seen.lines]
