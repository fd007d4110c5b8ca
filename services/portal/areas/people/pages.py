"""People of an organisation, for its own desk and for the consultancy in its rooms: find, move, give roles, take in a list."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response

from services.portal.answers import see_other
from services.portal.areas.people import lists, places
from services.portal.areas.people.words import (
    CLIENT_ROLES,
    languages_in_words,
    options,
    role_words,
)
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import people as directory
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent, chosen, id_from
from shared.contracts.api.identity_people import (
    ListedPerson,
    ListOfPeople,
    MemberChange,
    MemberPage,
    MemberShown,
    Place,
    RoleGiven,
)
from shared.languages import _, gettext


def lay_out(pages: Blueprint, prefix: str) -> None:
    pages.add_url_rule(prefix, "index", index)
    pages.add_url_rule(f"{prefix}/new", "new_person", new_person)
    pages.add_url_rule(f"{prefix}/new", "add_person", add_person, methods=["POST"])
    lists.lay_out(pages, f"{prefix}/list")
    places.lay_out(pages, f"{prefix}/places")
    pages.add_url_rule(f"{prefix}/<uuid:member_id>", "person", person)
    pages.add_url_rule(f"{prefix}/<uuid:member_id>", "change", change, methods=["POST"])
    pages.add_url_rule(f"{prefix}/<uuid:member_id>/roles", "change_roles", change_roles, methods=["POST"])
    pages.add_url_rule(f"{prefix}/<uuid:member_id>/leaving", "let_go", let_go, methods=["POST"])


def index() -> str:
    asked = {name: request.args.get(name, "") for name in ("words", "unit_id", "site_id", "role", "after")}
    found = those_asked_for(**asked)
    units, sites = directory.units().items, directory.sites().items
    names = {place.id: place.name for place in [*units, *sites]}
    more: dict[str, Any] | None = {**asked, "after": found.next} if found.next else None
    return render_template(
        "people/index.html",
        people=found.items,
        more=url_for(".index", **{name: value for name, value in more.items() if value}) if more else None,
        asked=asked,
        units=chosen_from(units),
        sites=chosen_from(sites),
        names=names,
        roles=options(CLIENT_ROLES),
        role_words=role_words,
        not_invited=lists.not_invited(),
    )


def those_asked_for(words: str, unit_id: str, site_id: str, role: str, after: str) -> MemberPage:
    return directory.members(
        words=words,
        unit_id=id_from(unit_id) if unit_id else None,
        site_id=id_from(site_id) if site_id else None,
        role=role or None,
        after=after or None,
    )


def chosen_from(places: list[Place]) -> list[tuple[str, str]]:
    return [(str(place.id), place.name) for place in places]


def person(member_id: UUID, said: str = "") -> str:
    member = directory.member(member_id)
    return render_template(
        "people/person.html",
        member=member,
        typed=Fields(request.form) if "unit_id" in request.form else member,
        units=chosen_from(directory.units().items),
        sites=chosen_from(directory.sites().items),
        roles=options(CLIENT_ROLES),
        may_give_roles=g.here.may("admin", "lead"),
        role_words=role_words,
        said=said,
    )


def change(member_id: UUID) -> Response | tuple[str, int]:
    changed = {name: request.form.get(name) or None for name in ("unit_id", "site_id")}
    try:
        member = directory.change_member(member_id, as_sent(MemberChange, edited(changed)))
    except ApiProblem as problem:
        return person(member_id, gettext(problem.detail)), problem.status
    flash(_("Saved: %(name)s.") % {"name": member.name}, "good")
    return see_other(".index")


def change_roles(member_id: UUID) -> Response | tuple[str, int]:
    """Each role is given and taken by itself: two who give one each both do."""
    acts = {"give": give_role, "take": directory.take_role}
    try:
        member = chosen(acts)(member_id, request.form.get("role", ""))
    except ApiProblem as problem:
        return person(member_id, gettext(problem.detail)), problem.status
    flash(_("Saved: %(name)s.") % {"name": member.name}, "good")
    return see_other(".person", member_id=member_id)


def give_role(member_id: UUID, role: str) -> MemberShown:
    return directory.give_role(member_id, RoleGiven(role=role))


def new_person(said: str = "") -> str:
    """The form of one person, who is added as by a list of one row."""
    return render_template(
        "people/new.html",
        typed=Fields(request.form),
        units=[place.name for place in directory.units().items],
        sites=[place.name for place in directory.sites().items],
        languages=languages_in_words(),
        said=said,
    )


def add_person() -> Response | tuple[str, int]:
    typed = {name: request.form.get(name, "") for name in ("name", "email", "unit", "site", "language")}
    try:
        taken = directory.take_in(ListOfPeople(people=[as_sent(ListedPerson, typed)]))
    except ApiProblem as problem:
        return new_person(gettext(problem.detail)), problem.status
    if taken.added:
        flash(_("Added: %(name)s.") % {"name": typed["name"] or typed["email"]}, "good")
    else:
        flash(_("Somebody with this address is here already, and was brought up to date."))
    return see_other(".index")


def let_go(member_id: UUID) -> Response | tuple[str, int]:
    try:
        directory.let_go(member_id)
    except ApiProblem as problem:
        return person(member_id, gettext(problem.detail)), problem.status
    flash(_("The membership has ended, and all sessions with it."), "good")
    return see_other(".index")
