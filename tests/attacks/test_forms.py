"""Every form of the portal, found by walking the pages as a browser without script does, is filled in as nobody would and
sent: no page breaks, and a page that shows the form again still holds what was typed."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pytest
from lxml import html

from tests.attacks.peopled import Path, path_of, what_was_told_is_heard
from tests.conftest import World
from tests.identity.houses import grant
from tests.portal.browser import Browser

pytestmark = pytest.mark.fuzz
CONSOLE = "console.polku.localhost"
OF_A_KIND = 2  # pages with one route that are looked at
LONG = "Sanat, jotka jäävät. " * 3000
NOTHING_THERE = str(UUID(int=7))
STRANGE = "ä日本🙂"
HOSTILE = [
    "\x00\u202e\u200b",
    " ",
    "9" * 5000,
    "-1",
    "1e400",
    "[" * 3000,
    "0001-01-01",
    "9999-12-31T23:59",
    "../../../organisation\r\n",
    "//['\"><script>",
    NOTHING_THERE,
    STRANGE,
    LONG,
]
IN_EVERYTHING = [
    "\x00\r\n",
    "9" * 5000,
    "//[",
    NOTHING_THERE,
]  # also where the page has chosen the value itself
IN_QUERIES = ["\x00\u202e", "9" * 5000, "-1", "//[\r\n", STRANGE]
ARGUMENTS = ("after", "words", "unit_id", "role", "page", "card", "state", "q", "code", "edition", "new", "old", "chosen", "sources", "service", "cover", "brand", "by", "back", "lang", "theme", "topic", "tenant")  # fmt: skip
PLAUSIBLE = {
    "date": "2027-03-01",
    "datetime-local": "2027-03-01T09:00",
    "number": "5",
    "color": "#123456",
    "email": "liisa@example.fi",
    "url": "https://www.youtube.com/watch?v=1",
    "file": "",
}
TYPED = {
    "text",
    "search",
    "date",
    "datetime-local",
    "number",
    "color",
    "email",
    "url",
    "tel",
    "password",
    "textarea",
}
LEAVES = re.compile(r"sign-out|/sign-in|/language|/me/erase|leaving")


@dataclass
class Form:
    """A form as it stands on a page."""

    page: str
    action: str
    method: str
    given: list[tuple[str, str]] = field(default_factory=list)  # by the page
    typed: dict[str, str] = field(default_factory=dict)  # name -> kind
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def shape(self) -> tuple:
        names = sorted({name for name, _ in self.given} | set(self.typed))
        return (
            route(self.action),
            tuple(re.sub(r"[0-9a-f-]{36}", "", name) for name in names),
            tuple(sorted(self.buttons)),
        )

    def filled(self, value: str, everywhere: bool = False) -> list[tuple[str, str]]:
        given = [(name, value if everywhere else chosen) for name, chosen in self.given]
        return given + [(name, value) for name in self.typed]

    def plausible(self) -> list[tuple[str, str]]:
        return self.given + [(name, PLAUSIBLE.get(kind, "Sanat tässä")) for name, kind in self.typed.items()]


def route(address: str) -> str:
    """What an address has in common with others of its kind."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b", "*", urlsplit(address).path)


def forms_on(address: str, text: str) -> Iterator[Form]:
    tree = html.fromstring(text)
    for node in tree.xpath("//form"):
        form = Form(
            address, urljoin(address, node.get("action") or address), node.get("method", "get").lower()
        )
        outside = tree.xpath("//*[@form=$id]", id=node.get("id")) if node.get("id") else []
        for part in [*node.xpath(".//input|.//textarea|.//select|.//button"), *outside]:
            take(form, part)
        yield form


def take(form: Form, part) -> None:
    name, kind = part.get("name"), part.get("type", "text") if part.tag == "input" else part.tag
    if part.tag == "button" or kind == "submit":
        form.buttons += [(name, part.get("value", ""))] if name else []
    elif not name:
        return
    elif part.tag == "select":
        values = [option.get("value", option.text) for option in part.xpath(".//option")]
        form.given += [(name, next((value for value in values if value), ""))]
    elif kind in TYPED:
        form.typed[name] = kind
    elif kind != "file":
        form.given += [(name, part.get("value", "on"))]


@dataclass
class Walker:
    """Somebody at a browser, who looks at every kind of page within reach."""

    browser: Browser
    subject: str
    broke: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    seen: Counter = field(default_factory=Counter)
    sent: set = field(default_factory=set)

    def walk(self, *starts: str) -> list[Form]:
        """The forms of all pages that can be reached from here, one of each shape."""
        waiting, known, forms = list(starts), set(starts), {}
        while waiting:
            address = waiting.pop(0)
            if self.seen[route(address)] >= OF_A_KIND or LEAVES.search(address):
                continue
            self.seen[route(address)] += 1
            for found in self.look(address):
                if isinstance(found, Form):
                    forms.setdefault(found.shape, found)
                elif found not in known:
                    known.add(found)
                    waiting.append(found)
        self.seen.clear()
        return list(forms.values())

    def look(self, address: str) -> Iterator[Form | str]:
        answer = self.asked("GET", address)
        if answer.status_code == 303:
            yield here(answer.headers["Location"])
        if answer.status_code == 200 and answer.mimetype == "text/html":
            text = answer.text
            yield from forms_on(address, text)
            links = html.fromstring(text).xpath("//a/@href|//img/@src|//link/@href")
            yield from (
                urljoin(address, link) for link in links if not link.startswith(("http", "mailto", "#"))
            )

    def asked(self, method: str, address: str, **options):
        answer = self.browser.client.open(address, method=method, base_url=self.browser.base, **options)
        if answer.status_code >= 500:
            self.broke.append(f"{method} {address[:200]} {str(options)[:300]}")
        if answer.status_code == 303 and here(answer.headers["Location"]).startswith("/sign-in"):
            self.browser.sign_in(self.subject)
        return answer

    def sends(self, form: Form, fields: list[tuple[str, str]], button: tuple[str, str] | None = None):
        fields = fields + ([button] if button else [])
        content: dict[str, list[str]] = {}
        for name, value in fields:
            content.setdefault(name, []).append(value)
        if form.method == "get":
            return self.asked("GET", form.action.partition("?")[0], query_string=content)  # as browsers do
        origin = {"Origin": self.browser.base, "Sec-Fetch-Site": "same-origin"}
        return self.asked("POST", here(form.action), data=content, headers=origin)

    def fills_in(self, form: Form) -> None:
        for button in form.buttons or [None]:
            self.sends(form, form.plausible(), button)

    def abuses(self, form: Form) -> None:
        if LEAVES.search(form.action) or form.shape in self.sent:
            return
        self.sent.add(form.shape)
        for button in form.buttons or [None]:
            self.sends(form, [], button)
            for value in HOSTILE if form.typed else ():
                self.must_keep(form, value, self.sends(form, form.filled(value), button))
            for value in IN_EVERYTHING if form.given or form.buttons else ():
                self.sends(form, form.filled(value, everywhere=True), button and (button[0], value))

    def must_keep(self, form: Form, value: str, answer) -> None:
        """A page that refuses and shows the same form holds what was typed."""
        if answer.status_code < 400 or value not in (LONG, STRANGE) or answer.mimetype != "text/html":
            return
        for again in forms_on(form.page, answer.text):
            if again.shape == form.shape and value.strip()[:200] not in unescape(answer.text):
                self.lost.append(f"{form.method} {form.action} {list(form.typed)}")

    def asks_strangely(self, pages: list[str]) -> None:
        for address in pages:
            for value in IN_QUERIES:
                self.asked("GET", address, query_string=dict.fromkeys(ARGUMENTS, value))


def here(address: str) -> str:
    parts = urlsplit(address)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


SAMPLES = {"purpose": "kickoff", "service": "survey", "sheet": "workbook", "code": "x"}


def addresses(walker: Walker, path: Path, face: str, slug: str) -> list[str]:
    """Every page of a face, with ids of what is there."""
    ids = path.everywhere() | SAMPLES | {"slug": slug}
    rules = walker.browser.client.application.url_map.iter_rules()
    ours = [rule.rule for rule in rules if "GET" in rule.methods and rule.endpoint.startswith(face)]
    return [
        re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda part: ids.get(part[1], "1"), rule) for rule in sorted(ours)
    ]


@pytest.fixture
def path(avis, provider) -> Path:
    return path_of(World(avi=avis.id))


@pytest.fixture
def kaisa(browse, avis) -> Walker:
    kaisa = avis.employ("Kaisa", roles=["supervisor"])
    browser = browse(avis)
    browser.sign_in(kaisa)
    return Walker(browser, kaisa)


@pytest.fixture
def sari(browse, avis) -> Walker:
    sari = avis.employ("Sari", roles=["admin", "coordinator", "designer"])
    browser = browse(avis)
    browser.sign_in(sari)
    return Walker(browser, sari)


@pytest.fixture
def henna(browse, avis, consultancy) -> Walker:
    henna = consultancy.employ("Henna", roles=["lead", "facilitator", "editor"])
    browser = browse(consultancy, host=CONSOLE)
    browser.sign_in(henna)
    id = consultancy.person(consultancy.sign_in(henna))["id"]
    grant(avis, consultancy, id, "lead", "facilitator", "editor")
    return Walker(browser, henna)


@pytest.mark.parametrize(("who", "face"), [("kaisa", "employee"), ("sari", "client"), ("henna", "console")])
def test_no_form_and_no_page_breaks(request, path, avis, who, face):
    walker = request.getfixturevalue(who)
    for form in walker.walk(*addresses(walker, path, face, avis.slug)):
        if form.method == "post" and not LEAVES.search(form.action):
            walker.fills_in(form)
    what_was_told_is_heard(path.world)
    pages = addresses(walker, path, face, avis.slug)
    forms = walker.walk(*pages)
    for form in forms:
        walker.abuses(form)
    walker.asks_strangely(pages)
    assert len(forms) > 8
    assert not walker.broke and not walker.lost, "\n".join(walker.broke[:50] + walker.lost)
