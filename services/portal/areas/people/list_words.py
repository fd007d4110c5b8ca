"""The words of lists of people: fields, states, and why a row was not taken in."""

from services.portal.areas.people.words import languages_in_words, role_words
from services.portal.menu import N_
from shared.contracts.api.identity_imports import RefusedRow
from shared.languages import _, gettext

FIELDS = {
    "email": N_("E-mail address"),
    "name": N_("Whole name"),
    "given": N_("Given name"),
    "family": N_("Family name"),
    "unit": N_("Unit"),
    "site": N_("Site"),
    "language": N_("Language"),
    "supervisor": N_("Supervisor: yes, or who it is"),
}
CHANGED = {
    "name": N_("Name"),
    "unit": N_("Unit"),
    "site": N_("Site"),
    "language": N_("Language"),
    "roles": N_("Role"),
}
STATES = {
    "read": N_("not taken in yet"),
    "taking_in": N_("is being taken in"),
    "taken_in": N_("taken in"),
    "undoing": N_("is being undone"),
    "undone": N_("undone"),
}
REASONS = {
    "no_address": N_("There is no e-mail address."),
    "not_an_address": N_("This is no e-mail address."),
    "address_not_taken": N_("No mail can be sent to an address with ä, é or the like before the @."),
    "too_long": N_("A cell is longer than 200 characters."),
    "twice": N_("The address stands in an earlier row already."),
    "came_unconfirmed": N_(
        "Taken in without the role: this person signs in by a way that is not confirmed yet."
    ),
}


def reason(word: str) -> str:
    return gettext(REASONS[word])


def why_refused(row: RefusedRow) -> str:
    """The reason in words, with the row that is meant."""
    if row.reason == "twice":
        return _("The address stands in row %(row)s already.") % {"row": row.said}
    return reason(row.reason)


def value_in_words(field: str, value: str) -> str:
    """The value of a field as pages show it."""
    if field == "language":
        return dict(languages_in_words()).get(value, value)
    return role_words(value.split(", ")) if field == "roles" else value
