"""Traces calls from one part of Polku to another: a span each, and the ids of request and trace go along."""

import httpx2

from shared.telemetry import tracing
from shared.telemetry.here import REQUEST_HEADER, here


class TracedTransport(httpx2.BaseTransport):
    """Wraps the transport of a client of `service`."""

    def __init__(self, service: str, within: httpx2.BaseTransport) -> None:
        self.service, self.within = service, within

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if id := here().request:
            request.headers[REQUEST_HEADER] = id
        with tracing.call(self.service, request.method) as note:
            if place := tracing.traceparent():
                request.headers["traceparent"] = place
            response = self.within.handle_request(request)
            note(status=response.status_code, error=str(response.status_code) if response.is_error else None)
            return response

    def close(self) -> None:
        self.within.close()
