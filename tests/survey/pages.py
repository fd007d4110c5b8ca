"""A person's browser on the portal's pages: the survey is real, identity's answers are given by the test."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from lxml import html

from shared.contracts.api.identity import (
    AccessContext,
    AccessContextAsked,
    HostFound,
    Kind,
    OrganisationShown,
    PersonShown,
    Tokens,
    WayIn,
)
from shared.web.tokens import Caller, issue


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

    def organisation(self, kind: Kind, id: UUID) -> OrganisationShown:
        slug, name = ("avi", "Aluehallinto") if kind == "client" else ("console", "Muutos")
        about = {"languages": self.languages, "theme": {}, "consultancy_id": None}
        return OrganisationShown(id=id, slug=slug, name=name, kind=kind, **about)

    def __call__(self, tenant: UUID) -> "FakeDoor":
        return self

    def host(self, host: str) -> HostFound:
        kind, id = ("client", self.tenant) if host.startswith("avi.") else ("consultancy", self.consultancy)
        way_in = WayIn(id=uuid4(), name="Sign in", is_confirmed=True)
        return HostFound(organisation=self.organisation(kind, id), ways_in=[way_in])

    def current(self, asked: AccessContextAsked) -> AccessContext:
        who, made = self.who, self.tokens(asked)
        nowhere = dict.fromkeys(("unit_id", "site_id", "unit", "site"))
        about = {
            "name": "Kaisa Koe",
            "given_name": "Kaisa",
            "email": "k@avi.example",
            "reads_along": [],
        } | nowhere
        return AccessContext(
            person=PersonShown(id=who.member, language=who.language, **about),
            tenant=self.organisation("client", self.tenant),
            home=self.organisation("client", self.tenant),
            roles=list(who.roles),
            tokens=made.tokens,
            for_once=made.for_once,
            version=made.version,
        )

    def tokens_of(self, who: Browser, run_id) -> dict[str, str]:
        subject = who.member if self.staff(who) else who.pseudonym
        run = UUID(str(run_id)) if run_id else None
        caller = Caller(
            tenant=self.tenant, subject=subject, roles=frozenset(who.roles), run_id=run, language=who.language
        )
        tokens = {service: issue("identity", service, caller) for service in ("survey", "lineage")}
        return tokens | {"identity": issue("identity", "identity", replace(caller, subject=who.member))}

    def tokens(self, asked: AccessContextAsked) -> Tokens:
        """Of another version each time: nobody goes on with another's."""
        return Tokens(tokens=self.tokens_of(self.who, asked.run_id), for_once=[], version=uuid4().hex)
