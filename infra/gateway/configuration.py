"""nginx's configuration: the portal for every host name, streams for /live/, and nothing else of Polku.

A service has no address here, so it has none outside; the portal and live are the only ones that face people.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.portal.web.away import TOO_LARGE, away, page_in_all_languages
from shared.web.file_limits import LARGEST_FORM

KEPT_INSIDE = ("metrics", "bus", "readyz")
UPLOAD_KILOBYTES = LARGEST_FORM // 1024  # as the portal, who says no where the file is a little too large
FORM_KILOBYTES, SMALL_KILOBYTES = (
    256,
    64,
)  # the largest text has 20,000 letters, up to twelve bytes each in a form
UPLOADS = (
    r"^(?:/desk|/clients/[^/]+)/(?:theme|theme/check|people/list)$"
    r"|^/clients/[^/]+/runs/[^/]+/writing/passages/[^/]+$"
)
STREAM_SILENCE = 45  # seconds; a stream beats every fifteen
CONNECTIONS = 16_000  # what waits for an answer takes two: 4,000 streams, and 1,200 people's pages and files
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined)


@dataclass(frozen=True)
class Limits:
    """Limits of what is taken at once. An organisation of 1,300 people may sit behind one address, and all of them in one live event."""

    visitor_rate: int = 50  # requests a second of one browser
    visitor_burst: int = 300
    address_rate: int = 600  # and of one address, whatever it says of itself
    address_burst: int = 12_000  # 1,200 people open a page with all that belongs to it
    streams: int = 2_000  # open, of one address
    requests: int = 1_500  # pages underway, of one address; files are small, the rate is enough for them
    forms: int = 150  # large ones underway, of everybody: 38 MB
    forms_from: int = 50  # ... and of one address
    uploads: int = 10  # 320 MB
    uploads_from: int = 6
    sign_in_rate: int = 50
    sign_in_burst: int = 1_000  # the consultancy's people, all on one morning
    sign_ins: int = 300


@dataclass(frozen=True)
class SignIn:
    """The consultancy's own sign-in: its server, its host name, and its realm."""

    server: str
    host: str
    realm: str


@dataclass(frozen=True)
class Addresses:
    """The gateway's addresses, and those behind it."""

    listen: tuple[str, ...]
    portal: str
    live: str
    folder: Path
    certificate: str = ""
    key: str = ""
    redirect: str = ""  # plain HTTP at this address only sends people to HTTPS
    outer_port: str = ""  # ... at the port where it is outside, with its colon
    resolver: str = ""  # where containers come and go, their names are looked up again
    processes: int = 1
    sign_in: SignIn | None = None

    def server(self, address: str) -> str:
        """One server is never given up: nginx would refuse everybody for ten seconds after a single failure."""
        again = " resolve" if self.resolver else ""
        zone = f"zone {address.partition(':')[0]} 64k;\n        " if self.resolver else ""
        return f"{zone}server {address} max_fails=0{again};"


def configuration(addresses: Addresses, limits: Limits | None = None) -> str:
    return TEMPLATES.get_template("nginx.conf.j2").render(
        addresses=addresses,
        server=addresses.server,
        limits=asdict(limits or Limits()),
        connections=CONNECTIONS,
        kept_inside=KEPT_INSIDE,
        uploads=UPLOADS,
        upload_kilobytes=UPLOAD_KILOBYTES,
        form_kilobytes=FORM_KILOBYTES,
        small_kilobytes=SMALL_KILOBYTES,
        stream_silence=STREAM_SILENCE,
        away=page_in_all_languages(away),
        too_large=TOO_LARGE,
    )
