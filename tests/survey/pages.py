"""A person's browser on the portal's pages: the survey is real, identity's answers are given by the test."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from lxml import html

from shared.tokens import Caller, issue


@dataclass
class Page:
    """What one sees."""

    status: int
    tree: object
    text: str

    def form(self, id: str) -> dict[str, str]:
        (form,) = self.tree.xpath(f'//form[@id="{id}"]')
        return dict(form.form_values())

    def forms(self, prefix: str) -> list[str]:
        return self.tree.xpath(f'//form[starts-with(@id, "{prefix}")]/@id')

    def action(self, id: str) -> str:
        return self.tree.xpath(f'//form[@id="{id}"]/@action')[0]

    def says(self, sentence: str) -> bool:
        return sentence in self.text

    def voices(self) -> list[str]:
        return [
            " ".join(node.text_content().split())
            for node in self.tree.xpath('//*[contains(@class, "voice")]')
        ]


@dataclass
class Browser:
    """Somebody's browser, with its cookies."""

    client: object
    door: "FakeDoor"
    member: UUID = field(default_factory=uuid4)
    roles: tuple[str, ...] = ("participant",)
    language: str = "en"
    pseudonym: UUID = field(default_factory=uuid4)

    def open(self, path: str) -> Page:
        return self._answered(lambda: self.client.get(path, base_url=self.base, follow_redirects=True))

    def submit(self, page: Page, id: str, button: tuple[str, str] | None = None, **fields: str) -> Page:
        values = page.form(id) | fields | dict([button] if button else [])
        strange = set(fields) - set(page.tree.xpath(f'//form[@id="{id}"]//@name'))
        assert not strange, strange
        action = page.action(id)
        return self._answered(
            lambda: self.client.post(
                action,
                data=values,
                base_url=self.base,
                headers={"Origin": self.base},
                follow_redirects=True,
            )
        )

    @property
    def base(self) -> str:
        return "http://console.polku.localhost" if self.door.staff(self) else "http://avi.polku.localhost"

    def _answered(self, ask) -> Page:
        self.door.who = self
        answer = ask()
        tree = html.fromstring(answer.text) if answer.text.strip() else html.fromstring("<p></p>")
        return Page(answer.status_code, tree, " ".join(tree.text_content().split()))


class FakeDoor:
    """What identity would say about whoever browses just now."""

    def __init__(self, tenant: UUID, languages: list[str]):
        self.tenant, self.consultancy, self.who = tenant, uuid4(), None
        self.languages = languages

    def staff(self, who: Browser) -> bool:
        return "participant" not in who.roles

    def organisation(self, kind: str, id: UUID) -> dict:
        names = (
            {"slug": "avi", "name": "Aluehallinto"}
            if kind == "client"
            else {"slug": "console", "name": "Muutos"}
        )
        return names | {"id": str(id), "kind": kind, "languages": self.languages, "theme": {}}

    def host(self, host: str) -> dict:
        kind, id = ("client", self.tenant) if host.startswith("avi.") else ("consultancy", self.consultancy)
        return {"organisation": self.organisation(kind, id), "ways_in": [{"id": "1"}]}

    def current(self, tenant, secret, run_id=None, **asked) -> dict:
        who = self.who
        person = {
            "id": str(who.member),
            "name": "Kaisa Koe",
            "language": who.language,
            "email": "k@avi.example",
        } | dict.fromkeys(("unit_id", "site_id", "unit", "site"))
        return {
            "person": person,
            "roles": list(who.roles),
            "tenant": self.organisation("client", self.tenant),
        } | self.tokens(tenant, secret, run_id)

    def tokens_of(self, who: Browser, run_id) -> dict[str, str]:
        subject = who.member if self.staff(who) else who.pseudonym
        run = UUID(str(run_id)) if run_id else None
        caller = Caller(
            tenant=self.tenant, subject=subject, roles=frozenset(who.roles), run_id=run, language=who.language
        )
        tokens = {service: issue("identity", service, caller) for service in ("survey", "lineage")}
        return tokens | {"identity": issue("identity", "identity", replace(caller, subject=who.member))}

    def tokens(self, tenant, secret, run_id=None, **asked) -> dict:
        """Of another version each time: nobody goes on with another's."""
        return {"tokens": self.tokens_of(self.who, run_id), "for_once": [], "version": uuid4().hex}
