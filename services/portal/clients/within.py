"""A call of what no operation declares (dead letters, the state of the bus, OpenAPI documents) of a service that lives in this process: WSGI, without HTTP and without a token."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx2
import msgspec

from shared.telemetry import tracing
from shared.telemetry.here import REQUEST_HEADER, here
from shared.web.access import CALLER
from shared.web.tokens import Caller


class Within:
    """Asks the app of one service as an httpx2.Client would."""

    def __init__(self, service: str, app: Any) -> None:
        self.service, self.app = service, app

    def request(
        self, method: str, path: str, caller: Caller | None = None, **options: Any
    ) -> httpx2.Response:
        """Options are httpx2's; how long to wait, and whether to ask again, means nothing here."""
        with tracing.call(self.service, method) as note:
            answer = self._answer(environ_of(method, path, caller, **options))
            note(status=answer.status_code, error=str(answer.status_code) if answer.is_error else None)
            return answer

    def _answer(self, environ: dict[str, Any]) -> httpx2.Response:
        begun: list[Any] = []
        pieces = self.app(environ, lambda status, headers, error=None: begun.extend((status, headers)))
        try:
            content = b"".join(pieces)
        finally:
            getattr(pieces, "close", lambda: None)()
        status, headers = begun
        return httpx2.Response(int(status.split()[0]), headers=headers, content=content)


def environ_of(
    method: str,
    path: str,
    caller: Caller | None,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    **_: Any,
) -> dict[str, Any]:
    """As PEP 3333 has it: in the path each byte is a letter."""
    plain, _mark, query = path.partition("?")
    content, kind = (b"", "") if json is None else (msgspec.json.encode(json), "application/json")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(plain).decode("latin-1"),
        "QUERY_STRING": str(httpx2.QueryParams(params)) if params else query,
        "SERVER_NAME": "polku",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "polku",
        "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": kind,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    sent = {REQUEST_HEADER: here().request, "traceparent": tracing.traceparent(), **(headers or {})}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.items() if value}
    return environ | ({CALLER: caller} if caller else {})
