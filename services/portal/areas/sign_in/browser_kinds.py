"""The kind of a browser, by which its person knows a session again: its family, and whether it is a phone's; nothing more is kept."""

from flask import request
from msgspec.structs import replace

from services.portal.menu import N_
from shared.contracts.api.identity import Browser, Device, SignInAnswer
from shared.languages import gettext

# The first that fits: most name those whom they resemble as well
FAMILIES: tuple[tuple[str, Browser], ...] = (
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("SamsungBrowser/", "samsung"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("Chrome/", "chrome"),
    ("CriOS/", "chrome"),
    ("Safari/", "safari"),
)
OTHER: Browser = "other"
CARRIED = ("Mobile", "Android", "iPhone", "iPad")
NAMES: dict[Browser, str] = {
    "firefox": "Firefox",
    "chrome": "Chrome",
    "edge": "Edge",
    "safari": "Safari",
    "opera": "Opera",
    "samsung": "Samsung Internet",
    "other": N_("Another browser"),
}
ON: dict[Device, str] = {
    "computer": N_("%(browser)s on a computer"),
    "phone": N_("%(browser)s on a phone or tablet"),
}


def with_kind_of_browser(answer: SignInAnswer) -> SignInAnswer:
    """Returns a provider's answer with the kind of the browser that brings it."""
    browser, device = kind_of_browser()
    return replace(answer, browser=browser, device=device)


def kind_of_browser() -> tuple[Browser, Device]:
    """Returns family and device as the browser says them of itself."""
    said = request.headers.get("User-Agent", "")
    family = next((family for mark, family in FAMILIES if mark in said), OTHER)
    return family, "phone" if any(mark in said for mark in CARRIED) else "computer"


def in_words(browser: Browser, device: Device) -> str:
    return gettext(ON[device]) % {"browser": gettext(NAMES[browser])}
