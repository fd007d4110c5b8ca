"""The operations of notification: one's own wishes, the dates of a run, how far the telling has come, whom no mail reached, and webhooks."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from marshmallow.validate import OneOf
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.web.fields import Filled, Line
from shared.web.operations import USUAL_PAGE, File, Language, PageSize, Read, Service, operation
from shared.web.roles import CLIENT_SIDE, STAFF

PEOPLE = ("participant", "supervisor", "designer", *CLIENT_SIDE)
ADMIN = "admin"
Name = Annotated[str, Meta(min_length=1, max_length=61)]


class WishesSent(Struct, frozen=True, kw_only=True):
    """A person's wishes about mails; what is not sent stays as it is."""

    invitations: bool | UnsetType = UNSET
    changes: bool | UnsetType = UNSET
    reminders: bool | UnsetType = UNSET
    mail_language: Language | None | UnsetType = UNSET


class Wishes(Struct, frozen=True, kw_only=True):
    invitations: bool
    changes: bool
    reminders: bool
    mail_language: str | None


class Stop(Struct, frozen=True, kw_only=True):
    """The token out of a mail's stop link."""

    token: UUID


class Appointment(Struct, frozen=True, kw_only=True):
    id: UUID
    kind: str
    title: str
    starts_at: datetime
    ends_at: datetime
    is_off: bool


class Entry(Struct, frozen=True, kw_only=True):
    """A calendar entry's own words, beside the date that stands here; kept nowhere."""

    title: Annotated[str, Read(Line), Meta(max_length=120)] = ""
    place: Annotated[str, Read(Line), Meta(max_length=500)] = ""


class Occasion(Struct, frozen=True, kw_only=True):
    """How far the telling of one occasion has come; nobody's name is in it."""

    id: UUID
    kind: str
    arose_at: datetime
    told_at: datetime | None
    notices: dict[str, int]


class Mail(Struct, frozen=True, kw_only=True):
    """A mail as it would go, addressed to nobody."""

    language: str
    subject: str
    text: str


class Mailing(Struct, frozen=True, kw_only=True):
    """How many people would be written to, and what: one mail for each language that they read."""

    people: int
    letters: list[Mail]


class Readers(Struct, frozen=True, kw_only=True):
    """Whom a launch of an edition would write to: all, those who have got no mail of it; and how many have got one."""

    people: int
    not_told: int
    told: int


class Audience(Struct, frozen=True, kw_only=True):
    """How many people a mail would go to."""

    people: int


class Undelivered(Struct, frozen=True, kw_only=True):
    """A mail that a person did not get, and why, in a word."""

    id: UUID
    member_id: UUID
    kind: str
    run_id: UUID | None
    why: str
    failed_on: date
    still_holds: bool


class UndeliveredPage(Struct, frozen=True, kw_only=True):
    items: list[Undelivered]
    next: str | None


class Notices(Struct, frozen=True, kw_only=True):
    """How many mails."""

    notices: int


class WishedWebhook(Struct, frozen=True, kw_only=True):
    """An endpoint as an administrator wishes it."""

    name: Annotated[str, Read(Line, Filled(80))]
    address: Annotated[str, Read(None, Filled(2000))]
    types: list[Annotated[str, Meta(min_length=1, max_length=100)]]


class ChangedWebhook(WishedWebhook, frozen=True, kw_only=True):
    """`was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    was: dict[str, Any] | None = None


class Webhook(Struct, frozen=True, kw_only=True):
    """An endpoint; its secret is not in it."""

    id: UUID
    name: str
    address: str
    types: list[str]
    state: str
    why_off: str | None
    opened_at: datetime
    failing_since: datetime | None
    old_secret_until: datetime | None


class ShownSecret(Struct, frozen=True, kw_only=True):
    """Shown once."""

    id: UUID
    secret: str


class Offer(Struct, frozen=True, kw_only=True):
    group: str
    types: list[str]


class WebhookChange(Struct, frozen=True, kw_only=True):
    webhook_id: UUID
    webhook_name: str
    what: str
    member_id: UUID | None
    made_at: datetime


class WebhookChanges(Struct, frozen=True, kw_only=True):
    items: list[WebhookChange]
    next: str | None


class Delivery(Struct, frozen=True, kw_only=True):
    """How one event got to an endpoint; what was in it is not repeated."""

    id: UUID
    event_id: UUID
    type: str
    state: str
    happened_at: datetime
    due_at: datetime
    attempts: int
    tried_at: datetime | None
    status: int | None
    trouble: str | None
    milliseconds: int | None


class Deliveries(Struct, frozen=True, kw_only=True):
    items: list[Delivery]
    next: str | None


class Since(Struct, frozen=True, kw_only=True):
    since: datetime


class SentAgain(Struct, frozen=True, kw_only=True):
    deliveries: int


class Notification(Service, name="notification"):
    """Asked by the portal for people, for those who lead, and for an organisation's administrators."""

    # mails

    @operation("GET", "/wishes", *PEOPLE)
    def wishes(self) -> Wishes:
        """Returns what I wish to be told by mail."""

    @operation("PUT", "/wishes", *PEOPLE)
    def wish(self, wishes: WishesSent) -> Wishes:
        """Choose what I am told by mail, and in which language."""

    @operation("POST", "/stops", "service")
    def stop(self, stop: Stop) -> None:
        """Somebody followed the stop link of a mail: no more mails to them."""

    @operation("GET", "/runs/<uuid:run_id>/appointments", *PEOPLE, *STAFF)
    def appointments(self, run_id: UUID) -> list[Appointment]:
        """The dates of a run, earliest first."""

    @operation("GET", "/appointments/<uuid:appointment_id>/calendar", *PEOPLE, *STAFF, file="text/calendar")
    def calendar_file(self, appointment_id: UUID) -> File:
        """One date as a calendar file."""

    @operation(
        "POST",
        "/appointments/<uuid:appointment_id>/calendar",
        *PEOPLE,
        *STAFF,
        file="text/calendar",
        only_asks=True,
    )
    def calendar_file_saying(self, appointment_id: UUID, entry: Entry) -> File:
        """One date as a calendar file, with a title and a place that stand elsewhere."""

    @operation("GET", "/runs/<uuid:run_id>/occasions", *CLIENT_SIDE, "lead")
    def occasions(self, run_id: UUID) -> list[Occasion]:
        """Returns what people of a run have been told, latest first, in numbers."""

    @operation("GET", "/runs/<uuid:run_id>/invitation", *CLIENT_SIDE, *STAFF)
    def invitation(
        self,
        run_id: UUID,
        phase: Name,
        activities: list[Name] | None = None,
        closes_at: datetime | None = None,
    ) -> Mailing:
        """Whom the opening of a phase would invite now, in numbers, and the mail as it would go."""

    @operation("GET", "/audience", *CLIENT_SIDE, *STAFF)
    def audience(self, kind: Literal["launch"]) -> Audience:
        """How many people would be written to now."""

    @operation("GET", "/editions/<uuid:edition_id>/readers", *CLIENT_SIDE, *STAFF)
    def readers(self, edition_id: UUID) -> Readers:
        """How many people a launch of this edition would write to, and how many have got a mail of it."""

    # whom a mail did not reach

    @operation("GET", "/undelivered", ADMIN, "lead")
    def undelivered(self, after: str | None = None, limit: PageSize = USUAL_PAGE) -> UndeliveredPage:
        """Returns who did not get which mail in the last thirty days, person by person; of reminders, and of mails to those who take part in
        something, nothing."""

    @operation("POST", "/undelivered/again", ADMIN, "lead")
    def send_all_mails_again(self) -> Notices:
        """Send all of them again, but for those whose time has passed."""

    @operation("POST", "/undelivered/<uuid:notice_id>/again", ADMIN, "lead")
    def send_mail_again(self, notice_id: UUID) -> None:
        """Send one of them again; one that is on its way already stays as it is."""

    # webhooks

    @operation("GET", "/webhooks", ADMIN)
    def webhooks(self) -> list[Webhook]:
        """Our endpoints, the oldest first."""

    @operation("POST", "/webhooks", ADMIN, status=201)
    def register_webhook(self, wished: WishedWebhook) -> ShownSecret:
        """Register an endpoint; the answer holds its signing secret, this once."""

    @operation("GET", "/webhooks/offers", ADMIN)
    def webhook_offers(self) -> list[Offer]:
        """The events that may be chosen, in groups."""

    @operation("GET", "/webhooks/changes", ADMIN)
    def webhook_changes(self, after: str | None = None, limit: PageSize = USUAL_PAGE) -> WebhookChanges:
        """Returns who did what to our endpoints, the latest first; also to those that are gone."""

    @operation("GET", "/webhooks/<uuid:webhook_id>", ADMIN)
    def webhook(self, webhook_id: UUID) -> Webhook:
        """One endpoint."""

    @operation("PUT", "/webhooks/<uuid:webhook_id>", ADMIN)
    def change_webhook(self, webhook_id: UUID, wished: ChangedWebhook) -> Webhook:
        """Change its name, its address, or what it hears of."""

    @operation("DELETE", "/webhooks/<uuid:webhook_id>", ADMIN)
    def remove_webhook(self, webhook_id: UUID) -> None:
        """Remove it, with its log."""

    @operation("POST", "/webhooks/<uuid:webhook_id>/rotations", ADMIN, status=201)
    def rotate_webhook(self, webhook_id: UUID) -> ShownSecret:
        """A new signing secret; for a day the old one signs as well."""

    @operation("POST", "/webhooks/<uuid:webhook_id>/pauses", ADMIN)
    def pause_webhook(self, webhook_id: UUID) -> None:
        """Let what happens wait."""

    @operation("DELETE", "/webhooks/<uuid:webhook_id>/pauses", ADMIN)
    def resume_webhook(self, webhook_id: UUID) -> None:
        """Switch it on again: what has waited goes out."""

    @operation("POST", "/webhooks/<uuid:webhook_id>/tests", ADMIN, status=202)
    def test_webhook(self, webhook_id: UUID) -> Delivery:
        """Send an event that says nothing, once; how it got there stands in the log."""

    @operation("GET", "/webhooks/<uuid:webhook_id>/deliveries", ADMIN)
    def deliveries(
        self,
        webhook_id: UUID,
        after: str | None = None,
        limit: PageSize = USUAL_PAGE,
        state: Annotated[str, Read(None, OneOf(["waiting", "delivered", "failed"]))] | None = None,
    ) -> Deliveries:
        """Returns what went to an endpoint, the latest first."""

    @operation("POST", "/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/again", ADMIN, status=202)
    def send_again(self, webhook_id: UUID, delivery_id: UUID) -> Delivery:
        """Send one of them once more, with the same webhook-id."""

    @operation("POST", "/webhooks/<uuid:webhook_id>/again", ADMIN, status=202)
    def send_failed_again(self, webhook_id: UUID, asked: Since) -> SentAgain:
        """Send once more all that failed since a moment."""
