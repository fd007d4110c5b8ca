"""The journey through one run: who takes part, where its pages are, and how far it has come."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from infra.demo.installation import Installation
from infra.demo.walker.cast import Participant, all_together
from infra.demo.walker.figures import Figures
from infra.demo.walker.pack import Comment, Pack
from infra.demo.walker.visitor import NotThereYet, Page, Refused, Visitor

Found = TypeVar("Found")
AT_ONCE = ("in_minutes", "0")
PATIENCE_SECONDS, LOOK_EVERY = 90.0, 0.15


class NeverCame(Refused):
    """An act's consequence did not come in time."""


@dataclass
class Client:
    """The organisation whose run it is."""

    slug: str
    name: str
    languages: tuple[str, ...] = ("fi", "sv", "en")
    colour: str = ""

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"


@dataclass
class Journey:
    """`lead`, `facilitator` and `editor` are the consultancy's, `coordinator` the client's. Nobody waits for anything
    longer than `patience`, in seconds."""

    polku: Installation
    pack: Pack
    client: Client
    report: Figures
    say: Callable[[str], None]
    lead: Visitor
    facilitator: Visitor
    editor: Visitor
    coordinator: Visitor
    participants: list[Participant]
    run_name: str
    run_id: str = ""
    patience: float = PATIENCE_SECONDS
    comment_of: dict[str, Comment] = field(default_factory=dict)  # by the words of the view
    accepted: int = 0  # views that moderators let stand
    tenant: str = ""
    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Keys and pseudonyms by their names, as they were before the key's day."""

    @property
    def site(self) -> str:
        return self.polku.site(self.client.slug)

    def own(self, path: str) -> str:
        """A page of the employees."""
        return f"{self.site}/runs/{self.run_id}/{path}"

    def desk(self, path: str) -> str:
        """A page of the client's coordinators."""
        return f"{self.site}/desk/runs/{self.run_id}/{path}"

    def staff(self, path: str) -> str:
        """A page of the consultancy in this client's rooms."""
        return f"{self.polku.console}/clients/{self.client.slug}/runs/{self.run_id}/{path}"

    def move_on_to(self, phase: str) -> Page:
        """The lead closes the phase and opens the next."""
        page = self.move_on()
        return self.eventually(lambda: self._stands_at(phase), f"The run did not come to {phase}.") or page

    def move_on(self) -> Page:
        """The lead looks at what it would do, and has it happen at once; the story is faster than the plan, and says so."""
        form = self.lead.open(self.staff("plan")).form("move-on").submit().form("move-on")
        why = {"reason": "Molemmat osapuolet olivat valmiita sovittua aikaisemmin."}
        return form.submit(AT_ONCE, **(why if "reason" in form.names else {}))

    def _stands_at(self, phase: str) -> Page | None:
        page = self.lead.open(self.staff("plan"))
        here = page.all('//form[@id="move-on"]//input[@name="leaving"]/@value')
        return page if here == [phase] else None

    def eventually(self, look: Callable[[], Found | None], otherwise: str) -> Found:
        """Events travel: look until what follows is there. NeverCame says, too, what the last look met."""
        deadline, refusal = time.monotonic() + self.patience, ""
        while True:
            try:
                if found := look():
                    return found
                refusal = ""
            except NotThereYet as later:
                refusal = str(later)
            if time.monotonic() > deadline:
                raise NeverCame(f"{otherwise} {refusal}".strip())
            time.sleep(LOOK_EVERY)

    def everybody(
        self, act: Callable[[Participant], Any], doing: str, who: Iterable[Participant] | None = None
    ) -> list:
        """Many people do the same at the same time, with progress."""
        people = list(self.participants if who is None else who)
        step = max(1, len(people) // 10)

        def tell(done: int) -> None:
            if done % step == 0 or done == len(people):
                self.say(f"    {doing}: {done} of {len(people)}")

        return all_together(act, people, tell)
