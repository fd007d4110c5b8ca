"""A DNS server on loopback for the tests: answers TXT questions from a dict, everything else with NXDOMAIN."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class Zone(socketserver.ThreadingUDPServer):
    """`records` maps the name of a TXT record to its texts; set `is_broken` and every question is answered SERVFAIL."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.records: dict[str, list[str]] = {}
        self.is_broken = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def answer(self, asked: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(asked)
        name = asked.question[0].name
        texts = self.records.get(str(name).rstrip("."), [])
        if self.is_broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif texts:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *(f'"{text}"' for text in texts)))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        answer.flags |= dns.flags.RA
        return answer


class Answering(socketserver.BaseRequestHandler):
    server: Zone

    def handle(self) -> None:
        wire, socket = self.request
        socket.sendto(self.server.answer(dns.message.from_wire(wire)).to_wire(), self.client_address)


@contextmanager
def running() -> Iterator[Zone]:
    with Zone() as zone:
        thread = Thread(target=zone.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield zone
        finally:
            zone.shutdown()
            thread.join()
