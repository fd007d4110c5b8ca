"""What nginx is told: the portal for every host name, streams for /live/, and nothing else of the house.

A service has no address here, so it has none outside; the portal and live are the only ones that face people.
"""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.portal.away import page_in_all_languages

KEPT_INSIDE = ("metrics", "bus", "readyz")
MOST_MEGABYTES = 7  # a little more than the portal takes, so that it is the portal who says no
STREAM_SILENCE = 45  # seconds; a stream beats every fifteen
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined)


@dataclass(frozen=True)
class Doors:
    """Where the gateway listens, and who answers behind it."""

    listen: tuple[str, ...]
    portal: str
    live: str
    folder: Path
    certificate: str = ""
    key: str = ""
    redirect: str = ""  # plain HTTP at this address only sends people to HTTPS
    resolver: str = ""  # where containers come and go, their names are looked up again
    processes: int | str = 1
    sign_in: tuple[str, str] | None = (
        None  # who answers for the consultancy's own sign-in, and at which host name
    )

    def server(self, address: str) -> str:
        """One server is never given up: nginx would refuse everybody for ten seconds after a single failure."""
        again = " resolve" if self.resolver else ""
        zone = f"zone {address.partition(':')[0]} 64k;\n        " if self.resolver else ""
        return f"{zone}server {address} max_fails=0{again};"


def configuration(doors: Doors) -> str:
    return TEMPLATES.get_template("nginx.conf.j2").render(
        doors=doors,
        server=doors.server,
        kept_inside=KEPT_INSIDE,
        most_megabytes=MOST_MEGABYTES,
        stream_silence=STREAM_SILENCE,
        away=page_in_all_languages(),
    )
