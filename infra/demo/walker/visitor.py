"""A person at a browser without script: opens pages, fills in their forms, follows where they lead."""

import threading
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from lxml import html

LOOPBACK = "127.0.0.1"
TIMEOUT = 120.0
LATER = (404, 502, 503, 504)


class Refused(Exception):
    """A page did not do what was asked; the text is what it said."""


class NotThereYet(Refused):
    """The page is not there, or a service is away for a moment; a person would look again."""


class OnThisMachine(httpx2.BaseTransport):
    """Every host name of the installation is this machine; the Host header still says which one is meant. Each thread
    has a few connections of its own, for everybody it plays: httpcore2 may close an idle one that another thread has
    just been given."""

    def __init__(self) -> None:
        self._own = threading.local()

    @property
    def _wire(self) -> httpx2.HTTPTransport:
        if not hasattr(self._own, "wire"):
            self._own.wire = httpx2.HTTPTransport(verify=False, retries=2)
        return self._own.wire

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        here = request.url.copy_with(host=LOOPBACK)
        extensions = {**request.extensions, "sni_hostname": request.url.host}
        sent = httpx2.Request(
            request.method, here, headers=request.headers, stream=request.stream, extensions=extensions
        )
        return self._wire.handle_request(sent)


THE_WIRE = OnThisMachine()


class Page:
    """A page as a visitor sees it."""

    def __init__(self, visitor: "Visitor", response: httpx2.Response):
        self.visitor, self.url, self.status = visitor, str(response.url), response.status_code
        self.kind, self.body = response.headers.get("content-type", ""), response.content
        self._tree: Any = None

    @property
    def tree(self):
        if self._tree is None:
            self._tree = html.fromstring(self.body, parser=html.HTMLParser(encoding="utf-8"))
        return self._tree

    def all(self, xpath: str) -> list:
        return self.tree.xpath(xpath)

    def text(self, xpath: str = "//main") -> str:
        return " ".join(" ".join(node.text_content().split()) for node in self.all(xpath)).strip()

    @property
    def refusal(self) -> str:
        """The sentence with which the page said no, if it did."""
        return self.text('//*[@role="alert"] | //*[contains(@class, "flashes")]/*[contains(@class, "stop")]')

    def links(self, part: str) -> list[str]:
        """Addresses of the links that contain this."""
        found = [urljoin(self.url, link) for link in self.all("//a/@href")]
        return list(dict.fromkeys(link for link in found if part in link))

    def forms(self, id: str) -> list["Form"]:
        """The forms whose id is this or begins with it and a dash."""
        return [Form(self, node) for node in self.all(f'//form[@id="{id}" or starts-with(@id, "{id}-")]')]

    def form(self, id: str) -> "Form":
        for form in self.forms(id):
            return form
        known = ", ".join(self.all("//form/@id"))
        raise Refused(f"{self.url} ({self.status}) has no form {id!r}, but: {known}. {self.text()[:300]}")


class Form:
    """A form as it stands on the page, with what is already filled in."""

    def __init__(self, page: Page, node):
        self.page, self.node, self.id = page, node, node.get("id")
        self.fields: dict[str, Any] = {}
        for field in node.xpath(".//input|.//textarea|.//select") + self._outside():
            self._take(field)

    def _outside(self) -> list:
        if not self.id:
            return []
        kinds = ("input", "textarea", "select")
        return [node for kind in kinds for node in self.page.all(f'//{kind}[@form="{self.id}"]')]

    def _take(self, field) -> None:
        name, kind = field.get("name"), field.get("type", "text")
        if not name or field.get("disabled") is not None or kind in ("submit", "button", "image", "file"):
            return
        if kind in ("radio", "checkbox"):
            if field.get("checked") is not None:
                self._add(name, field.get("value", "on"))
        elif field.tag == "select":
            for value in self._chosen(field):
                self._add(name, value)
        else:
            self._add(name, field.text or "" if field.tag == "textarea" else field.get("value", ""))

    def _chosen(self, field) -> list[str]:
        options = field.xpath(".//option")
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and field.get("multiple") is None:
            chosen = options[:1]
        return [option.get("value", option.text) for option in chosen]

    def _add(self, name: str, value: str) -> None:
        if name in self.fields:
            held = self.fields[name]
            self.fields[name] = [*held, value] if isinstance(held, list) else [held, value]
        else:
            self.fields[name] = value

    @property
    def names(self) -> set[str]:
        return {node.get("name") for node in self.node.xpath(".//*[@name]")}

    def values(self, name: str) -> list[str]:
        """The choices that a group of radio buttons, check boxes or a select offers."""
        boxes = self.node.xpath(f'.//input[@name="{name}"]/@value')
        return [*boxes, *self.node.xpath(f'.//select[@name="{name}"]//option/@value')]

    def submit(self, button: tuple[str, str] | None = None, /, **fields: Any) -> Page:
        """Send it. A field that the form does not have is an error: the page would have no place to type it."""
        if strange := set(fields) - self.names:
            raise Refused(
                f"{self.page.url}: form {self.id!r} has no field {strange}, but {sorted(self.names)}."
            )
        content = {name: value for name, value in (self.fields | fields).items() if value is not None}
        if pressed := button or self._first_button():
            content |= dict([pressed])
        address = urljoin(self.page.url, self.node.get("action") or self.page.url)
        if self.node.get("method", "get").lower() == "get":
            return self.page.visitor.open(address, params=content)
        return self.page.visitor.send(address, content)

    def _first_button(self) -> tuple[str, str] | None:
        for node in self.node.xpath(
            './/button[@name and not(@type="button")]|.//input[@type="submit" and @name]'
        ):
            return node.get("name"), node.get("value", "")
        return None


class Visitor:
    """One person's browser: cookies, and a record of what it cost."""

    def __init__(self, name: str, language: str = "fi"):
        self.name = name
        self.http = httpx2.Client(
            transport=THE_WIRE,
            follow_redirects=True,
            timeout=TIMEOUT,
            headers={"Accept-Language": language, "User-Agent": "polku-story"},
        )

    def open(self, address: str, **options: Any) -> Page:
        """Follows also where a page says that it tries again by itself, as browsers do."""
        response = self.http.get(address, **options)
        while pause := response.headers.get("Refresh"):
            time.sleep(float(pause))
            response = self.http.get(response.url)
        return self._seen(response)

    def send(self, address: str, fields: dict[str, Any]) -> Page:
        parts = urlsplit(address)
        origin = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        response = self.http.post(address, data=fields, headers=origin)
        page = self.open(str(response.url)) if "Refresh" in response.headers else self._seen(response)
        if refusal := page.refusal:
            raise Refused(f"{self.name}: {address} refused: {refusal}")
        return page

    def download(self, address: str) -> bytes:
        return self._seen(self.http.get(address)).body

    def _seen(self, response: httpx2.Response) -> Page:
        page = Page(self, response)
        if page.status >= 400:
            text = page.text()[:400] if "html" in page.kind else response.text[:400]
            kind = NotThereYet if page.status in LATER else Refused
            raise kind(f"{self.name}: {response.request.method} {page.url} answered {page.status}: {text}")
        return page

    def sign_in(self, address: str, subject: str) -> Page:
        """Through the organisation's own sign-in: a real OpenID Connect code flow, its page included."""
        page = self.open(address)
        for form in page.forms("sign-in"):
            page = form.submit()
        return self.consent(page, subject)

    def consent(self, page: Page, subject: str) -> Page:
        """The demonstration provider's page asks who you are."""
        if "/oauth2/authorize" not in page.url:
            return page
        return self.send(page.url, {"sub": subject})
