"""The events of survey: that there are views, never what they say."""

from uuid import UUID

from shared.messaging.events import Event, event


@event("survey.theme")
class ThemePublished(Event, frozen=True, kw_only=True):
    """A theme of a run can be written on."""

    run_id: UUID
    theme_id: UUID
    position: int
    key: str  # the template's name of the theme, e.g. meetings


@event("survey.view", coarse=True)
class ViewShared(Event, frozen=True, kw_only=True):
    """A view stands before colleagues: it was sent and, where moderation comes first, accepted."""

    run_id: UUID
    theme_id: UUID
    view_id: UUID
    language: str


@event("survey.view", coarse=True)
class ViewRevised(Event, frozen=True, kw_only=True):
    """Its author changed a view's wording."""

    run_id: UUID
    theme_id: UUID
    view_id: UUID
    language: str


@event("survey.view", coarse=True)
class ViewWithdrawn(Event, frozen=True, kw_only=True):
    """Its author took a view back."""

    run_id: UUID
    theme_id: UUID
    view_id: UUID


@event("survey.view", coarse=True)
class ViewModerated(Event, frozen=True, kw_only=True):
    """A moderator decided on a view; a rejected one stands before nobody any more."""

    run_id: UUID
    theme_id: UUID
    view_id: UUID
    decision: str  # accepted | rejected


@event("survey.view")
class CollectingEnded(Event, frozen=True, kw_only=True):
    """No more views are taken; how many stand, how many were rejected or withdrawn."""

    run_id: UUID
    shared: int
    rejected: int
    withdrawn: int


@event("survey.queue", coarse=True)
class ViewsAwaitModeration(Event, frozen=True, kw_only=True):
    """So many views have not been read by a moderator yet; told once a day while views are taken."""

    run_id: UUID
    waiting: int


@event("survey.attendance", coarse=True)
class WritersCounted(Event, frozen=True, kw_only=True):
    """Told no more (docs/decisions/0075), and emptied where it was: the pseudonyms that had given a view."""

    run_id: UUID
    activity: str
    participants: list[UUID]


@event("survey.tenant")
class SurveyForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with the survey: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
