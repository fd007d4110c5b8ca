"""The names of activities, phases and dates as mails and calendars say them, in the language that is spoken now."""

from shared.languages import _


def title_of(appointment: str) -> str:
    return {
        "kickoff": _("Kickoff lecture"),
        "launch": _("Launch of the workbook"),
        "workshop_1": _("Workshop: what lies behind the questions"),
        "workshop_2": _("Workshop: what we shall do"),
    }[appointment]


def for_everybody(purpose: str) -> str:
    """Whom an event for all staff is for, and when it begins (%(when)s)."""
    return {
        "kickoff": _("The kickoff lecture is for everybody, wherever you work. It begins on %(when)s."),
        "launch": _("The launch event is for everybody, wherever you work. It begins on %(when)s."),
    }[purpose]


def phase_name(phase: str) -> str:
    """A phase of our own templates by its name; another one is simply a phase."""
    names = {
        "planning": _("Planning together"),
        "kickoff": _("Kickoff"),
        "views": _("Giving views"),
        "priorities": _("Reading and prioritising"),
        "deepen": _("Workshops, first round"),
        "ideate": _("Workshops, second round"),
        "workbook": _("Writing the workbook"),
        "launch": _("Launch"),
        "aftercare": _("In use"),
    }
    return names.get(phase) or _("A phase of the path")


def can_do(activity: str) -> str:
    """Says what a person can do now, and how long it takes."""
    return {
        "give_views": _("Give your views: it takes about five minutes, and nobody is told who wrote what."),
        "prioritise": _("Read your colleagues' views and say what matters most: stop whenever you like."),
        "workshop_1": _("Come to a workshop: choose a session that suits you."),
        "workshop_2": _("Come to a workshop: this time we look for solutions."),
        "ground_rules": _("Agree on your team's own ground rules with the help of the workbook."),
        "write_workbook": _("The workbook is being written: comment on it and approve it at your desk."),
    }[activity]


def subject_of(activity: str) -> str:
    return {
        "give_views": _("Now is the time to give your views"),
        "prioritise": _("Now you can read and prioritise your colleagues' views"),
        "workshop_1": _("Sign up for a workshop"),
        "workshop_2": _("Sign up for the second workshop"),
        "ground_rules": _("Your team's ground rules"),
        "write_workbook": _("The workbook is being written"),
    }[activity]


def way_in_changed(change: str) -> str:
    return {
        "made": _("A new way to sign in was set up."),
        "edited": _("The settings of a way to sign in were changed."),
        "secret_replaced": _("The client secret of a way to sign in was replaced."),
        "confirmed": _("A way to sign in was confirmed: listed people and roles come by it from now on."),
        "records_missing": _(
            "The DNS records that confirmed a way to sign in are missing. It goes on working."
        ),
        "metadata_changed": _("The provider of a way to sign in has other certificates or another address."),
        "certificate_ends": _(
            "The last certificate of a way to sign in ends soon: after that nobody can sign in by it. Have your provider publish a new one."
        ),
        "closed": _("A way to sign in was closed."),
        "link_made": _(
            "A link was made by which your IT can set up a way to sign in. It lets nobody in before it is confirmed."
        ),
        "link_opened": _("The link by which your IT can set up a way to sign in was opened."),
        "reopened": _("A way to sign in was opened again."),
        "token_made": _("A token was made with which your directory announces people (SCIM)."),
        "token_ends": _(
            "The token with which your directory announces people (SCIM) ends within a month. After its last day nobody who leaves is signed out by it: make a new one in the settings, and replace it in your directory."
        ),
        "token_withdrawn": _("A token with which your directory announced people (SCIM) was withdrawn."),
        "mended": _("The operator has mended a lockout: a way to sign in was opened for you."),
    }.get(change) or _("A way to sign in was changed.")
