"""Which addresses a hall may send 1,200 people to: https, and only hosts that this installation has listed."""

from urllib.parse import urlsplit

from shared.problems import RuleBroken
from shared.settings import setting

USUAL = "teams.microsoft.com teams.live.com www.youtube-nocookie.com www.youtube.com youtu.be player.vimeo.com vimeo.com"


class StreamNotListed(RuleBroken):
    """This address is not on the list of video services. Use an https address of one of them, or ask the operator."""

    status = 422
    field = "stream_url"


def listed_hosts() -> frozenset[str]:
    """POLKU_STREAM_HOSTS: host names, separated by spaces; a leading dot stands for all below it."""
    return frozenset(setting("STREAM_HOSTS", USUAL).lower().split())


def checked(address: str | None) -> str | None:
    """The address if it may be shown, None for none; raises StreamNotListed."""
    if not address:
        return None
    if not is_listed(address):
        raise StreamNotListed
    return address


def is_listed(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port, user = parts.hostname or "", parts.port, parts.username
    except ValueError:
        return False
    below = {f".{host.split('.', count)[-1]}" for count in range(1, host.count(".") + 1)}
    return (
        parts.scheme == "https"
        and port in (None, 443)
        and user is None
        and bool({host, *below} & listed_hosts())
    )
