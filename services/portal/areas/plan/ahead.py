"""Says what a move of a run would do, before it is done: what opens and for whom, who is written to, what is missing."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from flask import url_for

from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem, if_there
from services.portal.clients.notification import notification
from services.portal.clients.publishing import writing
from services.portal.clients.survey import moderation
from services.portal.clients.townhall import halls_of
from services.portal.clients.voting import results
from services.portal.menu import N_
from services.portal.shell import face
from shared.contracts.api.notification import Mailing
from shared.contracts.api.process import Ahead, Run
from shared.languages import _, gettext, ngettext


class Opening(NamedTuple):
    """An activity that opens: what people can do, who they are, and the name of the page where they do it."""

    what: str
    whom: str
    page: str


EVERYBODY, THOSE_WHO_WRITE = N_("everybody"), N_("the consultancy, and your coordinators")
TEAMS = N_("teams; those who lead one begin")
OPENS = {
    "plan": Opening(N_("Writing and signing the plan"), THOSE_WHO_WRITE, N_("The plan")),
    "kickoff": Opening(N_("The doors of the kickoff lecture"), EVERYBODY, N_("Kickoff lecture")),
    "give_views": Opening(N_("Giving views on every theme"), EVERYBODY, N_("Give your views")),
    "prioritise": Opening(N_("Reading colleagues' views, and hearts"), EVERYBODY, N_("Read and prioritise")),
    "workshop_1": Opening(N_("The first round of workshops"), EVERYBODY, N_("Workshops")),
    "workshop_2": Opening(N_("The second round of workshops"), EVERYBODY, N_("Workshops")),
    "write_workbook": Opening(
        N_("Commenting on the workbook and approving it"), THOSE_WHO_WRITE, N_("Workbook")
    ),
    "launch": Opening(N_("The doors of the launch event"), EVERYBODY, N_("Launch of the workbook")),
    "read_workbook": Opening(N_("Reading the launched workbook"), EVERYBODY, N_("Workbook")),
    "ground_rules": Opening(N_("Beginning with a team's ground rules"), TEAMS, N_("Ground rules")),
}
CLOSES = {
    "kickoff": N_("The doors of the kickoff lecture close."),
    "give_views": N_(
        "Views are not taken any more. Those that had not left their authors yet leave together."
    ),
    "prioritise": N_("Reading ends, and the answers are counted. They are not taken again."),
    "workshop_1": N_("The first round of workshops ends, with the sessions that still go on."),
    "workshop_2": N_("The second round of workshops ends, with the sessions that still go on."),
    "launch": N_("The doors of the launch event close."),
    "ground_rules": N_("No new teams begin with ground rules. Those that have begun go on."),
}


class Lack(NamedTuple):
    """A thing that is missing, and where it can be mended, if this person can."""

    sentence: str
    url: str | None = None


Found = Lack | None


def opens(ahead: Ahead) -> list[Opening]:
    found = (OPENS[name] for name in ahead.opens if name in OPENS)
    return [Opening(*map(gettext, opening)) for opening in found]


def closes(ahead: Ahead) -> list[str]:
    return [gettext(CLOSES[name]) for name in ahead.closes if name in CLOSES]


def mails(run: Run, ahead: Ahead) -> Mailing | None:
    """Returns who is written to, in numbers, and the mail as it will go; None while nobody can be asked."""
    if not ahead.to:
        return Mailing(people=0, letters=[])
    try:
        return notification.invitation(run.id, ahead.to, ahead.opens, ahead.closes_at)
    except ApiProblem as problem:
        if problem.is_away:
            return None
        raise


def lacks(run: Run, ahead: Ahead) -> list[Lack]:
    """Returns what those who come will miss; a part of Polku that is away is said to be."""
    looks = [look for name in ahead.opens for look in BEFORE_OPENING.get(name, ())]
    looks += [look for name in ahead.closes for look in BEFORE_CLOSING.get(name, ())]
    found = [its_end_has_passed(ahead), *(asked(look, run) for look in dict.fromkeys(looks))]
    return list(dict.fromkeys(lack for lack in found if lack))


def asked(look: Callable[[Run], Found], run: Run) -> Found:
    """Asks a service what is missing. What it does not know of yet, or does not tell this person, is not called missing."""
    try:
        return look(run)
    except ApiProblem as problem:
        if problem.is_away:
            return Lack(
                _(
                    "A part of Polku does not answer just now, so something may be missing that is not named here."
                )
            )
        if problem.status in (403, 404, 409):
            return None
        raise


def its_end_has_passed(ahead: Ahead) -> Found:
    ends = ahead.closes_at
    if ends is None or ends > datetime.now(UTC):
        return None
    return Lack(
        _("The agreed end of this phase has passed already, and the mail names it. Propose a new date first.")
    )


def time_of(purpose: str) -> Callable[[Run], Found]:
    def look(run: Run) -> Found:
        hall = halls_of(run.id).get(purpose)
        if hall is None or hall.starts_at:
            return None
        sentences = {
            "kickoff": _("The kickoff lecture has no time yet: its page says so, and nobody can sign up."),
            "launch": _("The launch event has no time yet: its page says so, and nobody can sign up."),
        }
        return Lack(sentences[purpose], on_the_console(f"host.{purpose}", run))

    return look


def views_to_read(run: Run) -> Found:
    if sum(theme.views for theme in moderation.themes(run.id).themes):
        return None
    return Lack(
        _("There are no views yet: nobody has anything to read."), on_the_console("moderation.show", run)
    )


def views_that_wait(run: Run) -> Found:
    waiting = moderation.themes(run.id).statuses.get("waiting", 0)
    if not waiting:
        return None
    sentence = ngettext(
        "%(num)d view waits for a moderator. Nobody can read it before.",
        "%(num)d views wait for a moderator. Nobody can read them before.",
        waiting,
    )
    return Lack(sentence % {"num": waiting}, on_the_console("moderation.show", run))


def results_that_are_out(run: Run) -> Found:
    if results.ballot(run.id).state == "released":
        return None
    sentence = _(
        "The results of reading are not released: the workshops do not know yet what they begin from."
    )
    return Lack(sentence, on_the_console("results.show", run))


def questions_on_the_table(run: Run) -> Found:
    if workshop.questions.questions(run.id, "tabled"):
        return None
    return Lack(
        _("No question is on the table: groups would have nothing to work on."),
        on_the_console("questions.show", run),
    )


def sessions_of(number: int) -> Callable[[Run], Found]:
    def look(run: Run) -> Found:
        if any(one.state != "cancelled" for one in workshop.sessions.sessions(run.id, number)):
            return None
        sentence = _("No session has been scheduled: people are told to choose one, and find none.")
        return Lack(sentence, on_the_console("groups.show", run))

    return look


def an_edition(run: Run) -> Found:
    workbook = if_there(writing.workbook, run.id)
    if workbook and workbook.editions:
        return None
    return Lack(_("No edition of the workbook is frozen: there is nothing to launch yet."), editions_of(run))


def a_launched_workbook(run: Run) -> Found:
    workbook = if_there(writing.workbook, run.id)
    if workbook and any(launch.state == "launched" for launch in workbook.launches):
        return None
    sentence = _(
        "The workbook has not been launched: nobody can read it, and teams have no idea cards to begin from."
    )
    return Lack(sentence, editions_of(run))


BEFORE_OPENING: dict[str, Iterable[Callable[[Run], Found]]] = {
    "kickoff": (time_of("kickoff"),),
    "prioritise": (views_to_read, views_that_wait),
    "workshop_1": (results_that_are_out, questions_on_the_table, sessions_of(1)),
    "workshop_2": (questions_on_the_table, sessions_of(2)),
    "launch": (time_of("launch"), an_edition),
    "read_workbook": (a_launched_workbook,),
    "ground_rules": (a_launched_workbook,),
}
BEFORE_CLOSING: dict[str, Iterable[Callable[[Run], Found]]] = {"give_views": (views_that_wait,)}


def on_the_console(page: str, run: Run) -> str | None:
    """Returns the address where staff mend it, or None for the client's own people, who ask them."""
    return url_for(f"console.{page}", run_id=run.id) if face() == "console" else None


def editions_of(run: Run) -> str:
    return url_for(f"{face()}.{'writing' if face() == 'console' else 'workbook'}.editions", run_id=run.id)
