"""An application for tests/infra/test_fair_worker.py: requests for slow.example stay until they are let go."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from shared.web.admission import TURNED_AWAY, belongs_to

SLOW, QUICK, THREADS = "slow.example", "quick.example", 4
belongs_to(SLOW, "slow")
belongs_to("another-name.example", "slow")
belongs_to(QUICK, "quick")
may_go, state, lock = threading.Event(), {"held": 0}, threading.Lock()


def app(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    said = answer(environ)
    start_response("503 Full" if said == "full" else "200 OK", [("Content-Length", str(len(said)))])
    return [said.encode()]


def answer(environ: dict[str, Any]) -> str:
    if environ[TURNED_AWAY]:
        return "full"
    if environ["PATH_INFO"] == "/held":
        return str(state["held"])
    if environ["PATH_INFO"] == "/let-go":
        may_go.set()
    elif environ["PATH_INFO"] == "/stay":
        stay()
    return environ["HTTP_HOST"]


def stay() -> None:
    with lock:
        state["held"] += 1
    may_go.wait()
    with lock:
        state["held"] -= 1
