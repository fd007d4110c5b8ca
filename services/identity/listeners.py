"""Identity's listeners to events."""

from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from services.identity.audit.day import note_the_day_before, tell_the_head
from services.identity.audit.heard import KIND_OF, note_what_was_heard
from services.identity.audit.timers import DAY_IS_OVER, HEAD_IS_MAILED
from services.identity.models import (
    Answer,
    Assignment,
    AuditEntry,
    Belonging,
    Client,
    ConfirmationLink,
    Host,
    Member,
    Organisation,
    PeopleImport,
    ProvisionedGroupMember,
    ProvisionedPerson,
    ProvisioningToken,
    PseudonymKey,
    ReturnMark,
    SignInSession,
    StaffAccess,
    WayInChange,
)
from services.identity.people.importing.working import JOBS
from services.identity.people.models.people_import import ERASE
from services.identity.people.places import tell_how_many
from services.identity.people.turnout_counts import COUNTS, at_the_end, each_night, tonight
from services.identity.provisioning.models.token import END_IS_NEAR
from services.identity.pseudonyms.key_days import alarm_of
from services.identity.pseudonyms.models.pseudonym import HALL
from services.identity.pseudonyms.places import PLACES
from services.identity.pseudonyms.returning import one_hand_an_address
from services.identity.pseudonyms.took_part import ASKED
from services.identity.sign_in.models.connection import LOOK as WAY_IN_LOOK
from services.identity.sign_in.models.saml_provider import LOOK as METADATA_LOOK
from services.identity.sign_in.rechecks import look_at_metadata, look_at_way_in
from services.identity.tenants.models.erasure import ANSWERS
from services.identity.tenants.models.host_claim import LOOK as HOST_LOOK
from services.identity.tenants.rechecks import look_at_host
from shared.contracts.identity import IdentityForgot, StaffAccessEnded, StaffAccessGranted, TenantErased
from shared.contracts.process import PhaseClosed, PhaseOpened, RunCompleted, RunPlanned
from shared.contracts.survey import CollectingEnded
from shared.contracts.townhall import TownhallEnded
from shared.contracts.voting import VotingEnded
from shared.contracts.workshop import RoundEnded
from shared.database import beside, find
from shared.messaging.events import Event, heard
from shared.messaging.jobs import JobRunner
from shared.messaging.listeners import Listeners
from shared.messaging.scheduling import cancel, schedule
from shared.privacy.erasure import forget_the_erased
from shared.privacy.rewriting import ask_to_write_anew, written_anew_at_night
from shared.privacy.unowned_keys import end_unowned_keys
from shared.tenancy.sessions import acting_for, tenant_of


def forget_names_and_logs(session: Session) -> int:
    """Deletes what an erased organisation leaves outside the rows that are its own to delete. Returns how many rows went."""
    return Host.forget_ours(session) + WayInChange.forget_ours(session) + AuditEntry.forget_ours(session)


listeners = Listeners("identity")
looks = JobRunner(
    "identity", {HOST_LOOK: look_at_host, WAY_IN_LOOK: look_at_way_in, METADATA_LOOK: look_at_metadata}
)
counts = JobRunner("identity", COUNTS | PLACES)
lists = JobRunner("identity", JOBS)
forget_the_erased(listeners, TenantErased, IdentityForgot, also=forget_names_and_logs)
end_unowned_keys(listeners, PseudonymKey.owning)
# Who was forgotten leaves the files too: people and whatever points to them; and marks, with the key of their run
written_anew_at_night(
    listeners,
    *(Member, Belonging, ConfirmationLink, SignInSession, ReturnMark),
    *(ProvisionedPerson, ProvisionedGroupMember, PeopleImport),
)

# Which keys an activity needs while it is open. Voting asks the survey for one's own views, so it needs both.
NEEDS = {
    "kickoff": (HALL,),
    "launch": (HALL,),
    "give_views": ("survey",),
    "prioritise": ("survey", "voting"),
    "workshop_1": ("workshop",),
    "workshop_2": ("workshop",),
}
# How long a key outlives the last activity that needed it: people go back a step now and then. A hall's ends with its event.
KEPT = {"survey": timedelta(days=30), "voting": timedelta(days=30), "workshop": timedelta(days=90)}


@listeners.on(RunPlanned)
def make_the_keys(planned: RunPlanned, session: Session) -> None:
    make_keys(planned.run_id, session)


def make_keys(run_id: UUID, session: Session) -> None:
    if PseudonymKey.make_for(run_id, session):
        one_hand_an_address(run_id, session)


@listeners.when_due("keys_are_missing")
def make_the_missing_keys(run_id: UUID, session: Session) -> None:
    """Of a run that was planned when keys were still made at the first need: see migration 0009."""
    PseudonymKey.make_for(run_id, session)


@listeners.on(PhaseOpened)
def keep_the_keys_that_are_needed(opened: PhaseOpened, session: Session) -> None:
    make_keys(opened.run_id, session)  # it may have been planned before we listened
    keys = PseudonymKey.some_of(opened.run_id, session)
    for purpose in purposes_of(opened.activities):
        cancel(session, alarm_of(purpose), opened.run_id)
        keys[purpose].renew(session)


@listeners.on(PhaseOpened)
def write_down_where_people_belong(opened: PhaseOpened, session: Session) -> None:
    for activity in NEEDS.keys() & set(opened.activities):
        Belonging.note(opened.run_id, activity, session)


@listeners.on(PhaseOpened)
def count_who_takes_part_each_night(opened: PhaseOpened, session: Session) -> None:
    for activity in ASKED.keys() & set(opened.activities):
        schedule(session, tonight(), each_night(activity), opened.run_id)


@listeners.on(PhaseClosed)
def count_no_more(closed: PhaseClosed, session: Session) -> None:
    for activity in filter(closed.ends, ASKED):
        cancel(session, each_night(activity), closed.run_id)


@listeners.on(CollectingEnded)
def count_who_has_given_views(ended: CollectingEnded, session: Session) -> None:
    schedule(session, datetime.now(UTC), at_the_end("give_views"), ended.run_id)


@listeners.on(VotingEnded)
def count_who_has_voted(ended: VotingEnded, session: Session) -> None:
    schedule(session, datetime.now(UTC), at_the_end("prioritise"), ended.run_id)


@listeners.on(RoundEnded)
def count_who_was_at_the_workshops(ended: RoundEnded, session: Session) -> None:
    schedule(session, datetime.now(UTC), at_the_end(f"workshop_{ended.round}"), ended.run_id)


@listeners.on(PhaseClosed)
def plan_the_end_of_keys(closed: PhaseClosed, session: Session) -> None:
    served = purposes_of(closed.activities) - purposes_of(closed.goes_on)
    for purpose in served & KEPT.keys():
        schedule(session, heard().time + KEPT[purpose], alarm_of(purpose), closed.run_id)


def purposes_of(activities: list[str]) -> set[str]:
    return {purpose for activity in activities for purpose in NEEDS.get(activity, ())}


def destroy_the_key(purpose: str, run_id: UUID, session: Session) -> None:
    if key := PseudonymKey.of(run_id, purpose, session):
        key.destroy(session)


for _purpose in KEPT:
    listeners.when_due(alarm_of(_purpose))(partial(destroy_the_key, _purpose))


@listeners.on(TownhallEnded)
def destroy_the_key_of_the_hall(ended: TownhallEnded, session: Session) -> None:
    """With it go the marks, as the hall's own key has gone with the hands; the next event's phase makes a new one."""
    destroy_the_key(HALL, ended.run_id, session)


@listeners.on(RunCompleted)
def destroy_all_keys(completed: RunCompleted, session: Session) -> None:
    for key in PseudonymKey.all_of(completed.run_id, session):
        cancel(session, alarm_of(key.purpose), completed.run_id)
        key.destroy(session)


@listeners.job
def look_outside(open_session: sessionmaker[Session]) -> int:
    return looks.start_due(open_session)


@listeners.job
def ask_who_took_part(open_session: sessionmaker[Session]) -> int:
    return counts.start_due(open_session)


@listeners.job
def take_lists_in(open_session: sessionmaker[Session]) -> int:
    return lists.start_due(open_session)


@listeners.when_due(ERASE)
def let_go_of_a_list_after_its_day(import_id: UUID, session: Session) -> None:
    PeopleImport.locked(import_id, session).expire(session)


@listeners.when_due("turnout_reckoned")
def reckon_the_turnout_of_before(run_id: UUID, session: Session) -> None:
    """Set by migration 0006 to numbers that are kept as published."""
    for activity in ASKED:
        schedule(session, datetime.now(UTC), at_the_end(activity), run_id)


@listeners.when_due("places_counted")
def tell_how_many_belong_where(organisation_id: UUID, session: Session) -> None:
    tell_how_many(session)


@listeners.when_due("access_ends")
def end_access_after_its_last_day(grant_id: UUID, session: Session) -> None:
    find(session, StaffAccess, grant_id).end(None, session)


@listeners.on(*KIND_OF)
def keep_it_in_the_audit_log(happened: Event, session: Session) -> None:
    note_what_was_heard(happened, session)


@listeners.when_due(DAY_IS_OVER)
def say_what_the_day_was(organisation_id: UUID, session: Session) -> None:
    note_the_day_before(session)


@listeners.when_due(HEAD_IS_MAILED)
def mail_the_head_of_the_audit_log(organisation_id: UUID, session: Session) -> None:
    tell_the_head(session)


@listeners.when_due(END_IS_NEAR)
def tell_that_a_directorys_token_ends(token_id: UUID, session: Session) -> None:
    find(session, ProvisioningToken, token_id).is_about_to_end(session)


@listeners.on(StaffAccessGranted, acts_for=attrgetter("consultancy_id"))
def put_the_client_on_our_list(granted: StaffAccessGranted, session: Session) -> None:
    """The screen has done so already, unless it was cut off in the middle."""
    client_id = heard().tenant
    with acting_for(client_id), beside(session) as theirs:
        client = Organisation.ours(theirs)
        access = find(theirs, StaffAccess, granted.grant_id)
    Client.note(session, client_id, slug=client.slug, name=client.name, colour=client.colour)
    about = {
        "client_id": client_id,
        "staff_id": access.staff_id,
        "roles": access.roles,
        "ends_on": access.ends_on,
    }
    Assignment.note(session, granted.grant_id, **about)


@listeners.on(StaffAccessEnded, acts_for=attrgetter("consultancy_id"))
def strike_it_off_our_list(ended: StaffAccessEnded, session: Session) -> None:
    Assignment.strike(session, ended.grant_id)


@listeners.on(TenantErased, acts_for=attrgetter("consultancy_id"), of_the_erased=True)
def strike_the_client_off_our_list(erased: TenantErased, session: Session) -> None:
    Client.strike(heard().tenant, session)


@listeners.on(*ANSWERS.values(), acts_for=attrgetter("consultancy_id"), of_the_erased=True)
def gather_who_has_forgotten_it(forgot, session: Session) -> None:
    speaker = forgot.topic.partition(".")[0]
    Answer.note(heard().tenant, speaker, forgot.rows, heard().time, session)
    if speaker == listeners.service:  # our rows are gone, and lie in the files until then
        ask_to_write_anew(session, tenant_of(session))
