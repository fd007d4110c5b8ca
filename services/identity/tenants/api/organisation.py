"""How an organisation is called and reached."""

from flask import g
from flask.views import MethodView

from services.identity.models import HostClaim, Organisation
from services.identity.schemas import (
    DescribeSchema,
    HostClaimSchema,
    HostNameSchema,
    HostNamesSchema,
    IssuerSchema,
    MailSenderSchema,
    OwnOrganisationSchema,
    ProviderSchema,
)
from services.identity.sign_in.models.connection import safe_issuer
from services.identity.sign_in.provider import SLOTS, look_at
from services.identity.tenants import dns_proof
from services.identity.tenants.models.host_claim import NotProven
from shared.web.access import only_from, open_to
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.limits import limited
from shared.web.roles import CLIENT_SIDE, STAFF

organisation = Blueprint("organisation", __name__, description="An organisation's name and hosts")


@organisation.route("/organisation")
class Ours(MethodView):
    @open_to("participant", *CLIENT_SIDE, *STAFF)
    @organisation.response(200, OwnOrganisationSchema)
    def get(self):
        """The organisation."""
        return Organisation.ours(g.session)

    @open_to("admin", "lead")
    @organisation.arguments(DescribeSchema)
    @organisation.response(200, OwnOrganisationSchema)
    def patch(self, form):
        """Change its name, its languages, its colour, and where answers to mails go."""
        ours = Organisation.ours(g.session)
        g.session.refresh(ours, with_for_update=True)
        stands = {"name": ours.name, "languages": ours.languages, "colour": ours.theme.get("brand")}
        stands |= {"reply_to": ours.reply_to}
        ours.describe(**merged(form, DescribeSchema, stands))
        return ours


@organisation.route("/mail-sender")
class MailSender(MethodView):
    @open_to("service")
    @organisation.response(200, MailSenderSchema)
    def get(self):
        """In whose name mails go out, and where answers go."""
        only_from("notification")
        return Organisation.ours(g.session)


@organisation.route("/hosts-of-our-own")
class HostsOfOurOwn(MethodView):
    @open_to("admin", "lead")
    @organisation.response(200, HostNamesSchema)
    def get(self):
        """The host names beside the short one that lead here, and those that we have claimed."""
        hosts = Organisation.ours(g.session).hosts(g.session)
        return {"hosts": hosts, "claims": [seen(claim, hosts) for claim in HostClaim.all(g.session)]}

    @open_to("admin", "lead")
    @organisation.arguments(HostNameSchema)
    @organisation.response(201, HostClaimSchema)
    def post(self, form):
        """Claim a host name of our own: the answer says which DNS record proves it."""
        return seen(HostClaim.make(form["name"], g.session), [])


def seen(claim: HostClaim, hosts: list[str]) -> dict:
    """The claim, and whether its name leads here."""
    kept = ("name", "record", "text", "proven_on", "missing_since", "prove_by")
    return {name: getattr(claim, name) for name in kept} | {"leads_here": claim.name in hosts}


@organisation.route("/hosts-of-our-own/<name>")
class HostOfOurOwn(MethodView):
    @open_to("admin", "lead")
    @organisation.response(204)
    def delete(self, name):
        """Give a host name up."""
        HostClaim.named(name, g.session).give_up(g.session)


@organisation.route("/hosts-of-our-own/<name>/proof")
class ProofOfHost(MethodView):
    @open_to("admin", "lead")
    @limited(person=30)
    @organisation.response(200, HostClaimSchema)
    def post(self, name):
        """Look for its DNS record; once it is there, the name leads here."""
        claim = HostClaim.named(name, g.session)
        g.session.commit()  # no transaction is open while DNS is asked
        with SLOTS.taken():
            is_there = dns_proof.proves(claim.name, claim.token)
        if not is_there and not claim.proven_on:
            raise NotProven
        claim.was_looked_at(is_there, g.session)
        return seen(claim, Organisation.ours(g.session).hosts(g.session))


@organisation.route("/providers")
class Providers(MethodView):
    @open_to("admin", "lead")
    @limited(person=30)
    @organisation.arguments(IssuerSchema)
    @organisation.response(200, ProviderSchema)
    def post(self, form):
        """Look at a provider before setting it up."""
        return look_at(safe_issuer(form["issuer"]))
