"""A team's ground rules: write, deal cards, agree, look at them again. For the team's members alone."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, abort, flash, g, render_template, request, url_for

from services.portal.answers import see_other
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import names_of
from services.portal.clients.practice import practice
from services.portal.clients.publishing import reading
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from services.portal.wording import day_long
from shared.contracts.api import practice as shapes
from shared.contracts.api.process import Run
from shared.contracts.api.publishing_reading import Piece
from shared.languages import _, alphabetical, gettext

pages = Blueprint("ground_rules", __name__)
menu = [MenuItem(N_("Ground rules"), "employee.ground_rules.show", order=70)]
TEAM = "/runs/<uuid:run_id>/rules/<uuid:team_id>"
HEADINGS = {
    "digital_habits": N_("Digital habits"),
    "meetings": N_("Meetings"),
    "availability": N_("Availability"),
    "ways_of_working": N_("Ways of working"),
}
HINTS = {
    "digital_habits": N_("Which channel for what, and when nobody has to look."),
    "meetings": N_("Which ones, how long, with what preparation, and when none."),
    "availability": N_("How we see who is there, and how fast an answer is expected."),
    "ways_of_working": N_("What we do together on site, and what each does in peace."),
}
STATES = {
    "draft": (N_("On the table"), "wait"),
    "agreeing": (N_("Being agreed"), "now"),
    "agreed": (N_("Agreed"), "good"),
}
USUAL_REVIEW = timedelta(days=91)
FOUNDERS = ("supervisor", "coordinator")
Answer = Response | tuple[str, int] | str
Said = TypeVar("Said", shapes.Clause, shapes.KeptClause)


def offers(here: Any, run: Run) -> list[Offer]:
    """Offers what a team of mine waits for, or the beginning of one."""
    if "ground_rules" not in run.activities:
        return []
    teams = practice.my_teams(run.id).teams
    return [offer_of(team, run) for team in teams] or ([beginning(run)] if here.may(*FOUNDERS) else [])


def offer_of(team: shapes.TeamInList, run: Run) -> Offer:
    title, action, order = _("Your team's ground rules"), _("Look at them"), 60
    if team.waits_for_me:
        title, action, order = _("Can you live with your team's rules?"), _("Read and say"), 15
    elif team.is_review_due:
        title, action, order = _("Your team's ground rules: still true?"), _("Look again"), 16
    elif team.state == "draft":
        action, order = _("Write with your team"), 30
    url = url_for("employee.ground_rules.team", run_id=run.id, team_id=team.id)
    return Offer(
        title=title, text=team.name, url=url, action=action, minutes=5 if order < 60 else None, order=order
    )


def beginning(run: Run) -> Offer:
    return Offer(
        title=_("Begin with your team's ground rules"),
        text=_("Idea cards from the workbook and your own words become rules that the team can live with."),
        url=url_for("employee.ground_rules.show", run_id=run.id),
        action=_("Begin"),
        minutes=2,
        order=35,
    )


# my teams


@pages.get("/runs/<uuid:run_id>/rules")
def show(run_id: UUID) -> Answer:
    """My teams; who has one only goes straight there."""
    mine = practice.my_teams(run_id)
    if len(mine.teams) == 1 and "all" not in request.args:
        return to_team(run_id, mine.teams[0].id)
    return teams_page(run_id, mine)


def teams_page(run_id: UUID, mine: shapes.MyTeams, refusal: str = "") -> str:
    may_found = mine.is_open and g.here.may(*FOUNDERS)
    named = {"mine": mine, "may_found": may_found, "refusal": refusal, "state_of": state_of, "run_id": run_id}
    return render_template("ground_rules/teams.html", **named)


def state_of(team: shapes.TeamInList | shapes.Space) -> tuple[str, str]:
    if team.is_review_due:
        return _("Still true?"), "now"
    label, kind = STATES[team.state]
    return gettext(label), kind


@pages.post("/runs/<uuid:run_id>/rules")
def found(run_id: UUID) -> Answer:
    try:
        team = practice.found(run_id, shapes.NewTeam(name=request.form.get("name", "").strip()))
    except ApiProblem as problem:
        sentence = (
            _("Give the team a name of at most 120 characters.")
            if problem.errors
            else gettext(problem.detail)
        )
        return teams_page(run_id, practice.my_teams(run_id), sentence), problem.status
    flash(_("Your team has its table. Send the link to your colleagues so that they come to it."), "good")
    return to_team(run_id, team.id)


def to_team(run_id: UUID, team_id: UUID, place: str = "") -> Response:
    anchor = place.removeprefix("#") or None  # quoted: what a form says as its heading is any text
    return see_other(".team", run_id=run_id, team_id=team_id, _anchor=anchor)


@pages.get("/runs/<uuid:run_id>/rules/join/<code>")
def invitation(run_id: UUID, code: str) -> str:
    team = practice.invitation(code)
    lead = names_by_id([team.lead_id]).get(team.lead_id, "")
    return render_template("ground_rules/join.html", team=team, lead=lead, code=code, run_id=run_id)


@pages.post("/runs/<uuid:run_id>/rules/join/<code>")
def join(run_id: UUID, code: str) -> Response:
    team = practice.join(shapes.Code(code=code))
    flash(_("Welcome to the table of %(team)s.") % {"team": team.name}, "good")
    return to_team(team.run_id, team.id)


# one team's table


@pages.get(TEAM)
def team(run_id: UUID, team_id: UUID) -> str:
    return team_page(run_id, practice.team(team_id))


def team_page(run_id: UUID, space: shapes.Space, refusal: str = "", typed: Any = None) -> str:
    return render_template(
        "ground_rules/employee.html",
        team=space,
        run_id=run_id,
        texts=texts_of(run_id),
        headings=headings(),
        under=under_headings(space.clauses),
        state=state_of(space),
        **choices(names_at(space)),
        usual_review=date.today() + USUAL_REVIEW,
        tomorrow=date.today() + timedelta(days=1),
        refusal=refusal,
        typed=Fields(typed),
    )


def choices(names: Mapping[UUID, str]) -> dict[str, Any]:
    """Returns what the templates let people choose from, people in the order of their names."""

    def in_order(ids: Iterable[UUID]) -> list[UUID]:
        return sorted(ids, key=lambda id: alphabetical(names.get(id, "")))

    return {
        "names": names,
        "in_order": in_order,
        "named": lambda ids: ", ".join(names.get(id, "") for id in in_order(ids)),
        "people_to_pick": lambda space: [
            (member, names.get(member, "")) for member in in_order(space.members)
        ],
        "clauses_to_pick": lambda space: [(clause.id, clause.words) for clause in space.clauses],
        "headings_to_pick": lambda headings: [(key, label) for key, label, _hint in headings],
    }


def headings() -> list[tuple[str, str, str]]:
    return [(key, gettext(label), gettext(HINTS[key])) for key, label in HEADINGS.items()]


def under_headings(clauses: Iterable[Said]) -> dict[str, list[Said]]:
    return {heading: [clause for clause in clauses if clause.heading == heading] for heading in HEADINGS}


def texts_of(run_id: UUID) -> dict[UUID, Piece]:
    """Principles and cards of the launched workbook by their ids; none while nothing is launched."""
    try:
        launched = reading.pieces(run_id).pieces
    except ApiProblem as problem:
        problem.raise_unless(404, 409)
        return {}
    return {text.id: text for text in launched}


def names_at(space: shapes.Space) -> dict[UUID, str]:
    """Returns the names of those of whom the table tells."""
    spoken = [talk.member_id for version in space.versions for talk in version.talks]
    present = [member for version in space.versions for member in version.present]
    return names_by_id([*space.members, *spoken, *present])


def names_by_id(ids: Iterable[UUID]) -> dict[UUID, str]:
    return {UUID(id): name for id, name in names_of(ids).items()}


def refused(run_id: UUID, team_id: UUID, problem: ApiProblem, sentence: str = "") -> Answer:
    """The sentence on the team's page, with what was typed kept."""
    problem.raise_unless(409, 422)
    space = practice.team(team_id)
    return team_page(run_id, space, sentence or gettext(problem.detail), request.form), problem.status


@pages.post(f"{TEAM}/clauses")
def write(run_id: UUID, team_id: UUID) -> Answer:
    """Put a clause on the table, in own words or from a card."""
    try:
        new = {**clause_in_the_form(), "source_id": request.form.get("source_id") or None}
        practice.write(team_id, as_sent(shapes.NewClause, new))
    except ApiProblem as problem:
        return refused(run_id, team_id, problem, sentence_of_clause(problem))
    flash(_("The rule lies on the table."), "good")
    return to_team(run_id, team_id, f"#{request.form.get('heading', '')}")


def clause_in_the_form() -> dict[str, str]:
    form = request.form
    language = form.get("language", g.here.language)
    return {"heading": form.get("heading", ""), "words": form.get("words", "").strip(), "language": language}


def sentence_of_clause(problem: ApiProblem) -> str:
    return _("A rule has at least 3 and at most 1,000 characters.") if "words" in problem.errors else ""


@pages.post(f"{TEAM}/clauses/<uuid:clause_id>")
def change(run_id: UUID, team_id: UUID, clause_id: UUID) -> Answer:
    """Reword a clause, or take it off the table."""
    try:
        if request.form.get("act") == "drop":
            practice.drop(team_id, clause_id, as_sent(shapes.Dropping, edited({})))
        else:
            practice.reword(team_id, clause_id, as_sent(shapes.Rewording, edited(clause_in_the_form())))
    except ApiProblem as problem:
        return refused(run_id, team_id, problem, sentence_of_clause(problem))
    return to_team(run_id, team_id, f"#{request.form.get('heading', '')}")


@pages.post(f"{TEAM}/deal")
def deal(run_id: UUID, team_id: UUID) -> Response:
    practice.deal(team_id)
    return to_team(run_id, team_id, "#cards")


@pages.post(f"{TEAM}/cards/<uuid:passage_id>")
def decide_on_card(run_id: UUID, team_id: UUID, passage_id: UUID) -> Response:
    practice.decide_on_card(team_id, passage_id, as_sent(shapes.CardFate, {"fate": request.form["fate"]}))
    return to_team(run_id, team_id, "#cards")


@pages.post(f"{TEAM}/principles/<uuid:passage_id>/seen")
def seen(run_id: UUID, team_id: UUID, passage_id: UUID) -> Answer:
    try:
        practice.has_seen(team_id, passage_id, request.form.get("wording", ""))
    except ApiProblem as problem:
        return refused(run_id, team_id, problem)
    return to_team(run_id, team_id, "#principles")


# agreeing


@pages.post(f"{TEAM}/round")
def ask(run_id: UUID, team_id: UUID) -> Answer:
    form = request.form
    new = {"present": form.getlist("present"), "review_on": form.get("review_on", "")}
    try:
        practice.ask(team_id, as_sent(shapes.NewRound, new))
    except ApiProblem as problem:
        return refused(run_id, team_id, problem, sentence_of_review(problem))
    flash(_("Everybody present is asked now."), "good")
    return to_team(run_id, team_id)


def sentence_of_review(problem: ApiProblem) -> str:
    is_no_day = problem.code == "invalid-input" and "review_on" in problem.errors
    return _("Say on which day you look at the rules again.") if is_no_day else ""


@pages.post(f"{TEAM}/round/back")
def take_back(run_id: UUID, team_id: UUID) -> Response:
    practice.take_back(team_id)
    flash(_("The rules are on the table again. Nobody's earlier answer counts in the next round."), "good")
    return to_team(run_id, team_id)


@pages.post(f"{TEAM}/round/voice")
def say(run_id: UUID, team_id: UUID) -> Answer:
    form = request.form
    words = {name: form.get(name, "") for name in ("round_id", "says", "reason")}
    given = {**words, "clause_id": form.get("clause_id") or None}
    try:
        space = practice.say(team_id, as_sent(shapes.VoiceGiven, given))
    except ApiProblem as problem:
        return refused(
            run_id, team_id, problem, _("Choose one of the two answers.") if problem.about("says") else ""
        )
    agreed = space.state == "agreed"
    flash(
        _("Everybody can live with the rules. They are agreed.") if agreed else _("Your answer is in."),
        "good",
    )
    return to_team(run_id, team_id)


@pages.post(f"{TEAM}/round/settle/<uuid:member_id>")
def settle(run_id: UUID, team_id: UUID, member_id: UUID) -> Answer:
    try:
        settled = edited({"resolution": request.form.get("resolution", "").strip()})
        practice.settle(team_id, member_id, as_sent(shapes.Settling, settled))
    except ApiProblem as problem:
        return refused(
            run_id, team_id, problem, _("Write in a few words how it was settled.") if problem.errors else ""
        )
    flash(_("Written down. Whoever needed talk can now say whether they can live with it."), "good")
    return to_team(run_id, team_id)


# looking again


@pages.post(f"{TEAM}/review")
def review(run_id: UUID, team_id: UUID) -> Answer:
    """Still true until another day, or back to the table."""
    read = request.form.get("wording", "")
    try:
        if request.form.get("act") == "change":
            practice.open_again(team_id, read)
            flash(_("The rules are on the table. The agreed version stays in the history."), "good")
        else:
            stands = {"wording": read, "review_on": request.form.get("review_on", "")}
            practice.still_true(team_id, as_sent(shapes.StillTrue, stands))
            flash(_("Still true. You are asked again on the new day."), "good")
    except ApiProblem as problem:
        return refused(run_id, team_id, problem, sentence_of_review(problem))
    return to_team(run_id, team_id)


@pages.get(f"{TEAM}/review.ics")
def review_in_the_calendar(run_id: UUID, team_id: UUID) -> Response:
    space = practice.team(team_id)
    if space.state != "agreed" or not space.review_on:
        abort(404)
    table = url_for(".team", run_id=run_id, team_id=team_id, _external=True)
    answer = Response(calendar_of(space, space.review_on, table))
    answer.content_type = "text/calendar; charset=utf-8"
    answer.headers.set("Content-Disposition", "attachment", filename="polku.ics")
    return answer


def calendar_of(space: shapes.Space, review_on: date, url: str) -> bytes:
    """A whole day, as iCalendar writes it (RFC 5545)."""
    from icalendar import Calendar, Event  # takes 3 MB, and most processes never write one

    event, calendar = Event(), Calendar()
    event.add("uid", f"review-{space.id}@{request.host.partition(':')[0]}")
    event.add("dtstamp", datetime.now(UTC))
    event.add("dtstart", review_on)
    event.add("summary", _("%(team)s: are our ground rules still true?") % {"team": space.name})
    event.add("url", url)
    calendar.add("prodid", "-//Polku//polku//FI")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return calendar.to_ical()


@pages.get(f"{TEAM}/sheet")
@pages.get(f"{TEAM}/sheet/<int:number>")
def sheet(run_id: UUID, team_id: UUID, number: int | None = None) -> str:
    """One page to print: the newest agreed version, or an earlier one."""
    space = practice.team(team_id)
    wanted = [version for version in space.versions if number in (None, version.number)] or abort(404)
    version = wanted[0]
    return render_template(
        "ground_rules/sheet.html",
        team=space,
        version=version,
        run_id=run_id,
        texts=texts_of(run_id),
        headings=headings(),
        under=under_headings(version.clauses),
        agreed_on=day_long(version.agreed_on),
        **choices(names_by_id(version.present)),
    )


# the people


@pages.post(f"{TEAM}/name")
def rename(run_id: UUID, team_id: UUID) -> Answer:
    try:
        named = edited({"name": request.form.get("name", "").strip()})
        practice.rename(team_id, as_sent(shapes.Renaming, named))
    except ApiProblem as problem:
        sentence = _("Give the team a name of at most 120 characters.") if problem.errors else ""
        return refused(run_id, team_id, problem, sentence)
    return to_team(run_id, team_id, "#people")


@pages.post(f"{TEAM}/members/<uuid:member_id>")
def change_member(run_id: UUID, team_id: UUID, member_id: UUID) -> Response:
    if request.form.get("act") == "lead":
        practice.hand_over(team_id, shapes.ChosenMember(member_id=member_id))
    else:
        practice.let_go(team_id, member_id)
    if member_id == g.here.person.id and request.form.get("act") != "lead":
        flash(_("You have left the team."), "good")
        return see_other(".show", run_id=run_id)
    if request.form.get("act") != "lead":
        flash(
            _(
                "The person is not in the team any more. The link to join is a new one; the old one leads nowhere."
            ),
            "good",
        )
    return to_team(run_id, team_id, "#people")
