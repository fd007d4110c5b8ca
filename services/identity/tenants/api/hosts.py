"""Host names of an organisation's own: claimed, proven by DNS, and given up."""

from services.identity.models import HostClaim, Organisation
from services.identity.sign_in.provider import SLOTS
from services.identity.tenants import dns_proof
from services.identity.tenants.models.host_claim import NotProven
from shared.contracts.api import identity_tenants as shapes
from shared.contracts.api.identity_tenants import Tenants
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.serving import serves

hosts = Blueprint("hosts", __name__, description="Host names of an organisation's own")


@serves(hosts, Tenants.hosts)
def of_our_own() -> shapes.HostNames:
    names = Organisation.ours(session()).hosts(session())
    return shapes.HostNames(hosts=names, claims=[shown(claim, names) for claim in HostClaim.all(session())])


def shown(claim: HostClaim, names: list[str]) -> shapes.HostClaim:
    """The claim, and whether its name leads here."""
    return shapes.HostClaim(
        name=claim.name,
        record=claim.record,
        text=claim.text,
        leads_here=claim.name in names,
        proven_on=claim.proven_on,
        missing_since=claim.missing_since,
        prove_by=claim.prove_by,
    )


@serves(hosts, Tenants.claim_host)
def claim(wished: shapes.HostWished) -> shapes.HostClaim:
    return shown(HostClaim.make(wished.name, session()), [])


@serves(hosts, Tenants.give_up_host)
def give_up(name: str) -> None:
    HostClaim.named(name, session()).give_up(session())


@serves(hosts, Tenants.prove_host)
@limited(person=30)
def prove(name: str) -> shapes.HostClaim:
    claim = HostClaim.named(name, session())
    session().commit()  # no transaction is open while DNS is asked
    with SLOTS.taken():
        is_there = dns_proof.proves(claim.name, claim.token)
    if not is_there and not claim.proven_on:
        raise NotProven
    claim.was_looked_at(is_there, session())
    return shown(claim, Organisation.ours(session()).hosts(session()))
