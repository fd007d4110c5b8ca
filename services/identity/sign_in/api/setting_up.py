"""A client's IT person sets a way in up by a link, without an account."""

from uuid import UUID

from msgspec.structs import asdict

from services.identity.models import Organisation, SetupLink
from services.identity.sign_in.api.ways_in import ask_for_confirmation, shown
from services.identity.sign_in.models.connection import safe_issuer
from services.identity.sign_in.provider import look_at
from shared.contracts.api import identity_setting_up as shapes
from shared.contracts.api.identity_setting_up import SettingUp
from shared.contracts.api.identity_ways_in import Connection, ProviderSeen
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.serving import serves

setting_up = Blueprint("setting_up", __name__, description="A way in is set up by a link")


@serves(setting_up, SettingUp.open_link)
@limited(address=4_000)
def open_link(link_id: UUID, opened: shapes.LinkOpened) -> shapes.LinkHeld:
    return shapes.LinkHeld(holder=SetupLink.open(link_id, opened.secret, session()))


@serves(setting_up, SettingUp.standing)
def standing(link_id: UUID, held: shapes.LinkHeld) -> shapes.SettingUpShown:
    link = SetupLink.held(link_id, held.holder, session())
    way = link.way(session())
    return shapes.SettingUpShown(
        expires_at=link.expires_at,
        way_id=link.way_id,
        way=shown(way) if way else None,
        has_typed_secret=link.sealed_secret is not None,
        domains=Organisation.ours(session()).mail_domains,
    )


@serves(setting_up, SettingUp.keep_secret)
def keep_secret(link_id: UUID, typed: shapes.SecretTyped) -> None:
    SetupLink.held(link_id, typed.holder, session()).keep_secret(typed.secret)


@serves(setting_up, SettingUp.look_at_typed_provider)
@limited(address=4_000)
def look_at_typed_provider(link_id: UUID, typed: shapes.IssuerTyped) -> ProviderSeen:
    SetupLink.held(link_id, typed.holder, session())
    session().commit()  # no transaction is open while the provider answers
    return look_at(safe_issuer(typed.issuer))


@serves(setting_up, SettingUp.set_up)
def set_up(link_id: UUID, typed: shapes.WayInTyped) -> Connection:
    link = SetupLink.held(link_id, typed.holder, session())
    said = asdict(typed)
    said.pop("holder")
    way = link.set_up(session(), **said)
    ask_for_confirmation(way, None)
    return shown(way)
