"""How an organisation is called, reached and signed in to: for its administrators, and for the one who leads its path."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from msgspec import to_builtins
from werkzeug.wrappers import Response

from services.portal import door
from services.portal.answers import see_other
from services.portal.areas.people.words import (
    CLIENT_ROLES,
    STAFF_ROLES,
    group_names,
    languages_in_words,
    options,
)
from services.portal.areas.settings import directory
from services.portal.areas.settings.change_log import ADMITTED, in_words
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import saml_ways_in, tenants, ways_in
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent, chosen
from services.portal.forms.files import METADATA, FileRefused, file_in
from services.portal.menu import N_
from services.portal.wording import moment
from shared.contracts.api.identity_saml import SamlChanged, SamlProvider, SamlWished
from shared.contracts.api.identity_tenants import Description, HostWished, SecondFactorWished, SessionLimits
from shared.contracts.api.identity_ways_in import (
    Connection,
    ConnectionChanged,
    ConnectionWished,
    IssuerAsked,
    ProviderSeen,
    SetupLinkShown,
)
from shared.languages import _, gettext, ngettext

GRACES = (7, 14, 30)
MINUTES, HOURS = (10, 15, 20, 30, 45, 60), (2, 4, 6, 8, 10, 12)  # within the bounds of identity
OF_OIDC_ALONE = ("issuer", "secret", "factors")
SAML_FIELDS = ("metadata_url", "entity_id", "signed_by")
CLAIMS = {
    "name": N_("Name"),
    "given_name": N_("Given name"),
    "email": N_("E-mail"),
    "unit": N_("Unit"),
    "site": N_("Site"),
    "language": N_("Language"),
    "roles": N_("Roles or groups"),
    "joining": N_("Key by which your directory knows the person (externalId)"),
}


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "show", show)
    pages.add_url_rule(prefix, "describe", describe, methods=["POST"])
    pages.add_url_rule(f"{prefix}/sessions", "limit_sessions", limit_sessions, methods=["POST"])
    pages.add_url_rule(f"{prefix}/second-factor", "second_factor", second_factor, methods=["POST"])
    pages.add_url_rule(f"{prefix}/hosts", "host", host, methods=["POST"])
    pages.add_url_rule(f"{prefix}/setup-link", "make_link", make_link, methods=["POST"])
    pages.add_url_rule(f"{prefix}/ways-in", "new_way", new_way)
    pages.add_url_rule(f"{prefix}/ways-in", "connect", connect, methods=["POST"])
    pages.add_url_rule(f"{prefix}/ways-in/saml", "new_saml_way", new_saml_way)
    pages.add_url_rule(f"{prefix}/ways-in/saml", "connect_saml", connect_saml, methods=["POST"])
    pages.add_url_rule(
        f"{prefix}/ways-in/<uuid:connection_id>/saml", "change_saml", change_saml, methods=["POST"]
    )
    pages.add_url_rule(f"{prefix}/ways-in/<uuid:connection_id>", "way", way)
    pages.add_url_rule(f"{prefix}/ways-in/<uuid:connection_id>", "change", change, methods=["POST"])
    pages.add_url_rule(f"{prefix}/ways-in/<uuid:connection_id>/act", "act", act, methods=["POST"])
    directory.lay_out(pages, prefix)


def show(
    typed: Any = None,
    said: str = "",
    host_said: str = "",
    refused: str = "",
    sessions_said: str = "",
    factor_said: str = "",
) -> str:
    after = request.args.get("after")
    ways, about = ways_in.connections(), ways_in.ways_in(after)
    more = url_for(".show", after=about.next, _anchor="ways") if about.next else None
    return render_template(
        "settings/show.html",
        organisation=tenants.organisation(),
        hosts=tenants.hosts().claims,
        ways_in=ways,
        may_change=about.may_change,
        about_link=about_the_link(about.setup_link),
        is_consultancys=is_consultancys(),
        log=in_words(about.changes, ways),
        more=more,
        after=after,
        languages=languages_in_words(),
        typed=Fields(typed),
        said=said,
        reply_to_said=said if refused == "not-a-reply-address" else "",
        host_said=host_said,
        sessions_said=sessions_said,
        factor_said=factor_said,
        graces=[(n, ngettext("in %(num)d day", "in %(num)d days", n) % {"num": n}) for n in GRACES],
        minutes=[(n, ngettext("%(num)d minute", "%(num)d minutes", n) % {"num": n}) for n in MINUTES],
        hours=[(n, ngettext("%(num)d hour", "%(num)d hours", n) % {"num": n}) for n in HOURS],
    )


def describe() -> Response | tuple[str, int]:
    wanted = {
        name: request.form[name].strip() for name in ("name", "colour", "reply_to") if name in request.form
    }
    try:
        asked = edited(wanted | {"languages": request.form.getlist("languages")})
        tenants.describe(as_sent(Description, asked))
    except ApiProblem as problem:
        return show(request.form, said=gettext(problem.detail), refused=problem.code), problem.status
    return back_with(_("Saved."))


def limit_sessions() -> Response | tuple[str, int]:
    wanted = {name: request.form.get(name, "") for name in ("idle_minutes", "session_hours")}
    try:
        tenants.limit_sessions(as_sent(SessionLimits, wanted))
    except ApiProblem as problem:
        return show(request.form, sessions_said=gettext(problem.detail)), problem.status
    return back_with(_("Saved."))


def second_factor() -> Response | tuple[str, int]:
    days = request.form.get("days", "") if request.form.get("act") == "ask" else None
    try:
        tenants.ask_second_factor(as_sent(SecondFactorWished, {"days": days}))
    except ApiProblem as problem:
        return show(request.form, factor_said=gettext(problem.detail)), problem.status
    return back_with(_("Saved."))


def host() -> Response | tuple[str, int]:
    """Claim a host name of the organisation's own, look for its DNS record, or give it up."""
    act, name = request.form.get("act", "claim"), request.form.get("name", "")
    try:
        carry_out_at(act, name)
    except ApiProblem as problem:
        return show(request.form, host_said=gettext(problem.detail)), problem.status
    return back_with(_("The name leads here.") if act == "prove" else _("Saved."))


def carry_out_at(act: str, host: str) -> None:
    if act == "prove":
        tenants.prove_host(host)
    elif act == "give_up":
        tenants.give_up_host(host)
    else:
        tenants.claim_host(HostWished(name=host))


def back_with(sentence: str) -> Response:
    door.forget_hosts()
    flash(sentence, "good")
    return see_other(".show")


def about_the_link(link: SetupLinkShown | None) -> str:
    """Says how far the last link for IT is; nothing where none was made."""
    if link is None:
        return ""
    times = {"when": moment(link.opened_at) if link.opened_at else "", "end": moment(link.expires_at)}
    if not link.is_good:
        return _("The last link is over. A new link takes its place.")
    if link.opened_at is None:
        return (
            _("Nobody has opened the last link yet. It is good until %(end)s. A new one takes its place.")
            % times
        )
    return (
        _("The last link was opened %(when)s and is good until %(end)s. A new one takes its place.") % times
    )


def make_link() -> str | tuple[str, int]:
    """Shows a fresh link for the organisation's IT person, this once."""
    try:
        made = ways_in.make_setup_link()
    except ApiProblem as problem:
        return show(said=gettext(problem.detail)), problem.status
    path = url_for("employee.set_up.come", link_id=made.id, secret=made.secret)
    return render_template("settings/setup_link.html", made=made, address=own_origin() + path)


def new_way(typed: Any = None, said: str = "", seen: ProviderSeen | None = None) -> str:
    return form_page(None, typed, said, seen)


def new_saml_way(typed: Any = None, said: str = "") -> str:
    return form_page(None, typed, said, None, saml=Fields())


def way(
    connection_id: UUID,
    typed: Any = None,
    said: str = "",
    seen: ProviderSeen | None = None,
    close_said: str = "",
) -> str:
    ours = {connection.id: connection for connection in ways_in.connections()}
    if connection_id not in ours:
        abort(404)
    return form_page(ours[connection_id], typed, said, seen, close_said)


def form_page(
    connection: Connection | None,
    typed: Any,
    said: str,
    seen: ProviderSeen | None,
    close_said: str = "",
    saml: Any = None,
) -> str:
    """`saml`: what is known of the provider of a way in by SAML, nothing for a new one."""
    about = ways_in.ways_in()
    if connection and connection.kind == "saml":
        saml = saml_ways_in.saml_provider(connection.id)
    return render_template(
        "settings/way_in.html",
        way=connection,
        typed=Fields(typed),
        said=said,
        seen=seen,
        addresses=addresses_for(connection) if connection else None,
        close_said=close_said,
        may_change=about.may_change,
        first_administrator=about.first_administrator,
        claims=CLAIMS,
        admitted=[(value, gettext(words)) for value, words in ADMITTED.items()],
        roles=options(roles_here()),
        is_consultancys=is_consultancys(),
        group_of=group_of,
        saml=saml,
        stands=what_stands(connection, saml) if connection and saml else None,
    )


def what_stands(connection: Connection, saml: SamlProvider) -> dict[str, Any]:
    """A way in by SAML, as its form shows it."""
    return to_builtins(connection) | to_builtins(saml)


def is_consultancys() -> bool:
    """Whether these are the consultancy's own settings, and not a client's."""
    return g.organisation.is_consultancy and not g.client


def roles_here() -> tuple[str, ...]:
    """The roles that groups of this organisation's directory can give."""
    return STAFF_ROLES if is_consultancys() else CLIENT_ROLES


def addresses_for(connection: Connection) -> dict[str, str]:
    """Returns what its provider has to know of us; on the console, at the client's own short name."""
    back = "employee.sign_in.arrive_by_form" if connection.kind == "saml" else "employee.sign_in.arrive"
    paths = {
        "back": url_for(back, connection_id=connection.returns_to),
        "signed_out": url_for("employee.sign_in.left"),
        "back_channel": url_for("employee.sign_in.back_channel", connection_id=connection.id),
    }
    return {name: own_origin() + path for name, path in paths.items()}


def group_of(role: str, role_names: Mapping[str, str]) -> str:
    """Returns what the directory calls the people with this role, as it is typed."""
    return "; ".join(sorted(theirs for theirs, ours in role_names.items() if ours == role))


def wanted() -> dict[str, Any]:
    form = {name: request.form.get(name, "").strip() for name in ("name", "issuer", "client_id", "secret")}
    claims = {name: request.form.get(f"claim_{name}", "").strip() for name in CLAIMS}
    return form | {
        "admits": request.form.get("admits", "domains"),
        "domains": request.form.get("domains", "").replace(",", " ").split(),
        "factors": request.form.get("factors", "").replace(",", " ").split(),
        "claims": {name: value for name, value in claims.items() if value},
        "role_names": group_names(request.form, roles_here()),
    }


def saml_wanted() -> dict[str, Any]:
    """The form of a way in by SAML; a file of metadata goes before their address."""
    form = {name: request.form.get(name, "").strip() for name in SAML_FIELDS}
    common = {name: value for name, value in wanted().items() if name not in OF_OIDC_ALONE}
    if key := request.form.get("claim_key", "").strip():
        common["claims"]["key"] = key
    homes = request.form.get("home_organisations", "").replace(",", " ").split()
    return common | form | {"home_organisations": homes, "metadata": metadata_in_file(), "at": own_origin()}


def metadata_in_file() -> str:
    if (file := file_in("metadata", METADATA)) is None:
        return ""
    return file.stream.read().decode(errors="replace")


def own_origin() -> str:
    """Returns the organisation's own address; on the console, that of the client's short name."""
    host = f"{g.client}.{request.host.partition('.')[2]}" if g.client else request.host
    return f"{request.scheme}://{host}"


def connect_saml() -> Response | tuple[str, int]:
    try:
        saml_ways_in.connect_saml(as_sent(SamlWished, saml_wanted()))
    except FileRefused as refused:
        return new_saml_way(request.form, str(refused)), refused.status
    except ApiProblem as problem:
        return new_saml_way(request.form, gettext(problem.detail)), problem.status
    return back_with(_("The way in is open."))


def change_saml(connection_id: UUID) -> Response | tuple[str, int]:
    try:
        saml_ways_in.change_saml(connection_id, as_sent(SamlChanged, edited(saml_wanted())))
    except FileRefused as refused:
        return way(connection_id, request.form, str(refused)), refused.status
    except ApiProblem as problem:
        return way(connection_id, request.form, gettext(problem.detail)), problem.status
    return back_with(_("Saved."))


def connect() -> Response | tuple[str, int]:
    try:
        if request.form.get("act") == "look":
            return new_way(request.form, seen=ways_in.look_at_provider(issuer_asked()))  # type: ignore[return-value]
        ways_in.connect(as_sent(ConnectionWished, wanted()))
    except ApiProblem as problem:
        return new_way(request.form, gettext(problem.detail)), problem.status
    return back_with(_("The way in is open."))


def issuer_asked() -> IssuerAsked:
    return IssuerAsked(issuer=request.form.get("issuer", ""))


def change(connection_id: UUID) -> Response | tuple[str, int]:
    try:
        ways_in.change_connection(connection_id, as_sent(ConnectionChanged, edited(wanted())))
    except ApiProblem as problem:
        return way(connection_id, request.form, gettext(problem.detail)), problem.status
    return back_with(_("Saved."))


def act(connection_id: UUID) -> Any:
    """Test it, close it, open it again, look for its records, send the link that confirms it."""
    wish = request.form.get("act", "")
    carry_out = None if wish == "test" else chosen(ACTS)
    try:
        if carry_out is None:
            return way(connection_id, seen=ways_in.test_connection(connection_id))
        done = carry_out(connection_id)
    except ApiProblem as problem:
        where = "close_said" if wish == "close" else "said"
        return way(connection_id, **{where: gettext(problem.detail)}), problem.status  # type: ignore[arg-type]
    return back_with(done)


def reopen(connection_id: UUID) -> str:
    ways_in.reopen_connection(connection_id)
    return _("The way in is open.")


def close(connection_id: UUID) -> str:
    ways_in.close_connection(connection_id, request.form.get("still_gets_in", "").strip())
    return _("The way in is closed.")


def prove(connection_id: UUID) -> str:
    ways_in.prove_connection(connection_id)
    return _("The records are there: the way in is confirmed.")


def send_link(connection_id: UUID) -> str:
    name = ways_in.send_link(connection_id).sent_to
    return _("The link is on its way to %(name)s. An earlier one is good for nothing now.") % {"name": name}


ACTS = {"close": close, "reopen": reopen, "prove": prove, "link": send_link}
