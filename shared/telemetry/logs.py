"""Log lines without content: one JSON object a line, or the same as text on a terminal.

Only our own code is trusted to log ids and counts. What a library puts into its sentences (paths, addresses, values)
is replaced, and of an exception only its kind and place are told: its words could quote what people wrote.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from shared.settings import setting
from shared.telemetry.here import here, message_here
from shared.telemetry.tracing import trace_id
from shared.tenancy.acting import tenant_here

OURS = ("shared", "services", "infra", "__main__")
MOST_PLACES = 8
WHERE_WORDS_END = re.compile(r"""[:='"<>/@\d\\{}\[\]]""")
log = logging.getLogger(__name__)


def speak(process: str, level: int = logging.INFO) -> None:
    """Log to standard error from now on, in the name of this process of Polku; also what nobody caught."""
    handler = logging.StreamHandler()
    handler.setFormatter(form_for(process))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("httpx2", "httpcore2", "kafka", "gunicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a record that cannot be written is not printed with its arguments
    sys.excepthook = lambda kind, error, trace: tell_uncaught(error)
    threading.excepthook = lambda happened: tell_uncaught(happened.exc_value)


def form_for(process: str) -> logging.Formatter:
    usual = "text" if sys.stderr.isatty() else "json"
    return AsText(process) if setting("LOG", usual) == "text" else AsJson(process)


def tell_uncaught(error: BaseException | None) -> None:
    if isinstance(error, KeyboardInterrupt | SystemExit) or error is None:
        return
    log.critical("nobody caught this", exc_info=error)


class AsJson(logging.Formatter):
    """One object a line; what is not known is left out."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.fields(record), ensure_ascii=False)

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        now, tenant, message, error = here(), tenant_here(), message_here(), error_of(record)
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self.process,
            "service": now.service,
            "from": record.name,
            "said": sentence(record),
            "message": str(message) if message else None,
            "request": now.request,
            "trace": trace_id(),
            "tenant": str(tenant) if tenant else None,
            "error": " < ".join(kinds(error)) if error else None,
            "at": places(error) if error else None,
        }
        return {name: value for name, value in fields.items() if value is not None}


class AsText(AsJson):
    """Formats log lines for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        fields = self.fields(record)
        first = f"{fields['time'][11:23]} {record.levelname:<7} {fields.get('service', self.process)}: {fields['said']}"
        ids = [
            f"{name}={fields[name]}" for name in ("message", "request", "trace", "tenant") if name in fields
        ]
        error = [f"{fields['error']} at {', '.join(fields['at'])}"] if "error" in fields else []
        return "  ".join([first, *ids, *error])


def sentence(record: logging.LogRecord) -> str:
    """Our own sentences as they are meant; of a library's, the sentence and its numbers."""
    ours = record.name.split(".")[0] in OURS
    keep = harmless if ours else number_or_nothing
    try:
        said, arguments = str(harmless(record.msg)), record.args
        if isinstance(arguments, dict):
            return said % {name: keep(value) for name, value in arguments.items()}
        if arguments:
            return said % tuple(map(keep, arguments))
        return said if ours else beginning(said)
    except (TypeError, ValueError, KeyError):
        return f"something unreadable at {record.filename}:{record.lineno}"


def beginning(said: str) -> str:
    """Of a sentence that a library has put together by itself: up to where something may have been put in."""
    words = WHERE_WORDS_END.split(said, maxsplit=1)
    return words[0] + ("…" if len(words) > 1 else "")


def harmless(value: Any) -> Any:
    return " < ".join(kinds(value)) if isinstance(value, BaseException) else value


def number_or_nothing(value: Any) -> Any:
    return value if isinstance(value, int | float) else "…"


def error_of(record: logging.LogRecord) -> BaseException | None:
    found = record.exc_info
    return found[1] if isinstance(found, tuple) else None


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came of."""
    seen: set[int] = set()
    while error and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__  # type: ignore[assignment]


def kinds(error: BaseException) -> list[str]:
    return [type(one).__name__ for one in chain(error)][:MOST_PLACES]


def places(error: BaseException) -> list[str]:
    """Returns where it happened, the innermost place first."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames)][:MOST_PLACES]
