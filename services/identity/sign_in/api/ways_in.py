"""How an organisation's people sign in: set up together with the consultancy, and the client's alone after that."""

from uuid import UUID

from msgspec.structs import asdict
from sqlalchemy import select

from services.identity.models import ConfirmationLink, Connection, SetupLink, WayInChange
from services.identity.people.deciding import who_confirms_ways_in
from services.identity.sign_in.last_way_in import LastWayIn
from services.identity.sign_in.models.connection import safe_issuer
from services.identity.sign_in.provider import look_at
from services.identity.tenants.handover import is_a_guest, may_change, ours_to_change
from shared.contracts.api import identity_ways_in as shapes
from shared.contracts.api.identity_ways_in import WaysIn
from shared.database import find
from shared.problems import NotFound
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.limits import limited
from shared.web.operations import USUAL_PAGE
from shared.web.paging import page
from shared.web.serving import serves
from shared.web.shapes import shape_of

ways_in = Blueprint("ways_in", __name__, description="How an organisation's people sign in")


@serves(ways_in, WaysIn.ways_in)
def about(after: str | None = None, limit: int = USUAL_PAGE) -> shapes.AboutWaysIn:
    confirms = who_confirms_ways_in(caller().subject, session())
    keys = (WayInChange.at, WayInChange.id)
    log = page(session(), select(WayInChange), keys, after, limit, newest_first=True)
    return shapes.AboutWaysIn(
        may_change=may_change(),
        first_administrator=confirms.name if confirms else "",
        setup_link=link_shown(),
        changes=[shape_of(shapes.WayInChange, change) for change in log.items],
        next=log.next,
    )


def link_shown() -> shapes.SetupLinkShown | None:
    if (link := SetupLink.latest(session())) is None:
        return None
    is_good = link.holds_still(session())
    return shapes.SetupLinkShown(expires_at=link.expires_at, opened_at=link.opened_at, is_good=is_good)


@serves(ways_in, WaysIn.make_setup_link)
@limited(person=30)
def make_setup_link() -> shapes.SetupLinkMade:
    link, secret = SetupLink.make(ours_to_change(), is_a_guest(), session())
    return shapes.SetupLinkMade(id=link.id, secret=secret, expires_at=link.expires_at)


@serves(ways_in, WaysIn.connections)
def connections() -> list[shapes.Connection]:
    ours = select(Connection).order_by(Connection.name, Connection.id)
    return [shown(connection) for connection in session().scalars(ours)]


def shown(connection: Connection) -> shapes.Connection:
    return shapes.Connection(
        id=connection.id,
        kind=connection.kind,
        name=connection.name,
        issuer=connection.issuer,
        client_id=connection.client_id,
        has_secret=connection.sealed_secret is not None,
        domains=connection.domains,
        home_organisations=connection.home_organisations,
        claims=connection.claims,
        role_names=connection.role_names,
        admits=connection.admits,
        factors=connection.factors,
        returns_to=connection.returns_to,
        used_on=connection.used_on,
        is_confirmed=connection.is_confirmed,
        confirmed_on=connection.confirmed_on,
        confirmed_how=connection.confirmed_how,
        prove_by=connection.prove_by,
        missing_since=connection.missing_since,
        for_tests_only=connection.for_tests_only,
        records=[shapes.Record(**record) for record in connection.records],
        tested_at=connection.tested_at,
        closed_at=connection.closed_at,
    )


@serves(ways_in, WaysIn.connect)
@limited(person=30)
def connect(wished: shapes.ConnectionWished) -> shapes.Connection:
    by = ours_to_change()
    connection = Connection.set_up(session(), by=by, **asdict(wished))
    ask_for_confirmation(connection, by)
    return shown(connection)


def is_of_kind(kind: str, connection: Connection) -> None:
    if connection.kind != kind:
        raise NotFound


def ask_for_confirmation(connection: Connection, by: UUID | None) -> None:
    """By mail, where there is anybody to ask; the settings page says how else."""
    session().flush()
    if not connection.is_confirmed and connection.closed_at is None and who_confirms_ways_in(by, session()):
        ConfirmationLink.send(connection, by, session())


@serves(ways_in, WaysIn.change_connection)
@limited(person=30)
def change(connection_id: UUID, changed: shapes.ConnectionChanged) -> shapes.Connection:
    by, connection = ours_to_change(), Connection.locked(connection_id, session())
    is_of_kind("oidc", connection)
    stands = connection.settings  # not the secret: whoever is refused is told what stands
    connection.change(session=session(), by=by, **merged_struct(changed, stands))
    ask_for_confirmation(connection, by)
    return shown(connection)


@serves(ways_in, WaysIn.close_connection)
@limited(person=30)
def close(connection_id: UUID, still_gets_in: str = "") -> shapes.Connection:
    by, connection = ours_to_change(), Connection.locked(connection_id, session())
    keeper = LastWayIn(connection, session()).keeper(still_gets_in)
    connection.close(by, keeper, session())
    return shown(connection)


@serves(ways_in, WaysIn.reopen_connection)
@limited(person=30)
def reopen(connection_id: UUID) -> shapes.Connection:
    connection = Connection.locked(connection_id, session())
    by = caller().subject if connection.keeper_id == caller().subject else ours_to_change()
    connection.reopen(by, session())
    return shown(connection)


@serves(ways_in, WaysIn.test_connection)
def test(connection_id: UUID) -> shapes.ProviderSeen:
    ours_to_change()
    connection = find(session(), Connection, connection_id)
    is_of_kind("oidc", connection)
    session().commit()  # no transaction is open while the provider answers
    seen = look_at(connection.issuer)
    connection.was_tested(session())
    return seen


@serves(ways_in, WaysIn.look_at_provider)
@limited(person=30)
def look_at_provider(asked: shapes.IssuerAsked) -> shapes.ProviderSeen:
    return look_at(safe_issuer(asked.issuer))
