"""The pages of reading and of results, in browsers without script: survey and voting are real, identity's part is given."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.web.tokens import Caller, issue
from tests.survey.pages import Browser, FakeDoor, Page

__all__ = ["Browser", "Door", "Page", "choices", "views_on"]


class Door(FakeDoor):
    """What identity would say; each service knows a colleague by another pseudonym."""

    def tokens_of(self, who: Browser, run_id) -> dict[str, str]:
        run = UUID(str(run_id)) if run_id else None
        return {service: self.token(service, who, run) for service in ("survey", "voting", "identity")}

    def token(self, service: str, who: Browser, run: UUID | None) -> str:
        staff = self.staff(who)
        subject = who.member if staff or service == "identity" else UUID(int=who.pseudonym.int ^ len(service))
        caller: dict[str, Any] = {"tenant": self.tenant, "subject": subject, "language": who.language}
        place = {"unit": getattr(who, "unit", None)} if service == "voting" else {}
        return issue("identity", service, Caller(roles=frozenset(who.roles), run_id=run, **caller, **place))


@dataclass
class Colleague(Browser):
    unit: str | None = field(default=None)


def views_on(page: Page) -> list[str]:
    """The ids of the views on a page of the deck."""
    return [id.removeprefix("view-") for id in page.tree.xpath('//form[@id="answers"]//li/@id')]


def choices(page: Page, **how: Any) -> dict[str, str]:
    """Answers to the views on a page, in their order: choices(page, answers=["agree", ...], hearts=[0])."""
    views = views_on(page)
    chosen = {
        f"answer-{v}": answer for v, answer in zip(views, how.get("answers", ()), strict=False) if answer
    }
    return chosen | {f"heart-{views[n]}": "yes" for n in how.get("hearts", ())}
