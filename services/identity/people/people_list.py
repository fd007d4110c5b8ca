"""A list of people as a program sends it, taken in at once: who belongs to the organisation, before they sign in for the first time."""

from sqlalchemy.orm import Session

from services.identity.models import Organisation, Site, Unit
from services.identity.people.importing.comparing import Answers, Comparison, Entry
from services.identity.people.importing.persons import Listed, address_in, why_not
from services.identity.people.importing.taking_in import (
    hold,
    make_places,
    one_list_at_a_time,
    places,
    take_in,
)
from services.identity.people.models.member import CameUnconfirmed, NoSuchRole, roles_of
from shared.contracts.api.identity_people import ListedPerson
from shared.problems import RuleBroken


class NoMailGetsThere(RuleBroken):
    """No mail gets to this address. Look for a slip of the pen in it."""

    status = 422
    field = "email"


def take_in_list(people: list[ListedPerson], session: Session) -> dict[str, int]:
    """Adds those who are new, moves those who moved, leaves out nobody who is not on the list. Of two rows of one address the first
    counts."""
    one_list_at_a_time(session)
    organisation = Organisation.ours(session)
    if {role for person in people for role in person.roles} - roles_of(organisation.kind):
        raise NoSuchRole
    if any(why_not(address_in(person.email)) for person in people):
        raise NoMailGetsThere
    listed = [listed_person(row, person) for row, person in enumerate(people, 1)]
    known = hold({person.email for person in listed}, session)
    answers = Answers(spoken=tuple(organisation.languages))
    plan = Comparison(listed, known, places(Unit, session), places(Site, session), answers).plan()
    if any(gains_a_role_unconfirmed(entry) for entry in plan.entries):
        raise CameUnconfirmed
    make_places(Unit, plan.new_units, session)
    make_places(Site, plan.new_sites, session)
    take_in(plan.entries, session)
    counted = plan.counted
    return {
        "added": counted["new"],
        "changed": counted["changed"] + counted["back"],
        "unchanged": counted["unchanged"],
    }


def listed_person(row: int, person: ListedPerson) -> Listed:
    name, unit, site, language = (
        said.strip() for said in (person.name, person.unit, person.site, person.language)
    )
    return Listed(row, address_in(person.email), name, unit, site, language, roles=frozenset(person.roles))


def gains_a_role_unconfirmed(entry: Entry) -> bool:
    return (
        entry.member is not None and not entry.member.may_get_roles and bool(entry.roles - entry.member.roles)
    )
