"""How pages call roles and languages."""

from typing import Any

from services.portal.menu import N_
from shared.languages import _, gettext

ROLES = {
    "supervisor": N_("supervisor"),
    "coordinator": N_("coordinator"),
    "designer": N_("graphic designer"),
    "admin": N_("administrator"),
    "lead": N_("leads the path"),
    "facilitator": N_("facilitates workshops"),
    "editor": N_("writes the workbook"),
}
CLIENT_ROLES = ("supervisor", "coordinator", "designer", "admin")
STAFF_ROLES = ("lead", "facilitator", "editor")


def role_words(roles: list[str]) -> str:
    return ", ".join(gettext(ROLES[role]) for role in roles if role in ROLES)


def group_names(form: Any, roles: tuple[str, ...] = CLIENT_ROLES) -> dict[str, str]:
    """Returns what the directory calls the people with each role, as it was typed in group_<role>: several with semicolons, for
    commas and blanks are part of such names."""
    typed = ((name.strip(), role) for role in roles for name in form.get(f"group_{role}", "").split(";"))
    return {name: role for name, role in typed if name}


def options(roles: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(role, gettext(ROLES[role])) for role in roles]


def languages_in_words() -> list[tuple[str, str]]:
    return [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]
