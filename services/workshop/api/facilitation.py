"""The facilitator's acts: groups formed and changed, everybody led through the steps."""

from uuid import UUID

from services.workshop import run_rounds
from services.workshop.api.finding import me, the_question, the_workshop
from services.workshop.api.sessions import shown
from services.workshop.models import Group, Place, Question, Workshop
from services.workshop.models.table import give, share_out
from services.workshop.showing import overview_for
from shared.contracts.api import workshop_facilitation as shapes
from shared.contracts.api.workshop_boards import HelpWanted
from shared.contracts.api.workshop_facilitation import Facilitation
from shared.contracts.api.workshop_sessions import Session
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct, must_stand
from shared.web.serving import serves
from shared.web.shapes import schema_of

api = Blueprint("facilitation", __name__)


@serves(api, Facilitation.overview)
def overview(workshop_id: UUID) -> shapes.Overview:
    return all_of(the_workshop(workshop_id))


@serves(api, Facilitation.form_groups)
def form_groups(workshop_id: UUID, wished: shapes.GroupsWished) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    seated = {group.id: [place.id for place in group.places] for group in workshop.groups}
    must_stand({"was": wished.was}, schema_of(shapes.Seated), {"groups": seated})
    questions = [find(session(), Question, id) for id in wished.questions]
    workshop.form_groups(wished.size, wished.together, wished.apart)
    share_out(questions, workshop, session())
    return all_of(workshop)


@serves(api, Facilitation.even_out)
def even_out(workshop_id: UUID) -> shapes.Moved:
    return shapes.Moved(moved=the_workshop(workshop_id, locked=True).even_out())


@serves(api, Facilitation.move)
def move(workshop_id: UUID, place_id: UUID, chosen: shapes.GroupChosen) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    place = find(session(), Place, place_id)
    wanted = merged_struct(chosen, place)
    workshop.move(place, find(session(), Group, wanted["group_id"]))
    return all_of(workshop)


@serves(api, Facilitation.give_question)
def give_question(group_id: UUID, given: shapes.QuestionGiven) -> shapes.Overview:
    group = find(session(), Group, group_id)
    workshop = the_workshop(group.workshop_id, locked=True)
    wanted = merged_struct(given, {"question_id": group.board.question_id if group.board else None})
    give(the_question(wanted["question_id"]), group, workshop, session())
    workshop.changed()
    return all_of(workshop)


@serves(api, Facilitation.help)
def help(group_id: UUID, wanted: HelpWanted) -> shapes.Overview:
    group = find(session(), Group, group_id)
    group.ask_for_help() if wanted.asks else group.is_helped()
    return all_of(the_workshop(group.workshop_id))


@serves(api, Facilitation.start)
def start(workshop_id: UUID) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    run_rounds.of(session(), workshop.run_id, workshop.round).start(workshop, caller().subject)
    return all_of(workshop)


@serves(api, Facilitation.end)
def end(workshop_id: UUID) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.end()
    return all_of(workshop)


@serves(api, Facilitation.go_to)
def go_to(workshop_id: UUID, chosen: shapes.StepChosen) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.go_to(chosen.number, caller().subject)
    return all_of(workshop)


@serves(api, Facilitation.set_timer)
def set_timer(workshop_id: UUID, timer: shapes.TimerSet) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.set_timer(timer.seconds, caller().subject)
    return all_of(workshop)


@serves(api, Facilitation.say_to_all)
def say_to_all(workshop_id: UUID, sentence: shapes.SentenceToAll) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.say_to_all(sentence.text, caller().subject)
    return all_of(workshop)


@serves(api, Facilitation.hand_over)
def hand_over(workshop_id: UUID, handed: shapes.HandedOver) -> shapes.Overview:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.hand_over(handed.to or caller().subject, caller().subject)
    return all_of(workshop)


@serves(api, Facilitation.keep_notes)
def keep_notes(workshop_id: UUID, kept: shapes.NotesKept) -> Session:
    workshop = the_workshop(workshop_id, locked=True)
    workshop.notes = merged_struct(kept, workshop)["notes"].strip()
    return shown(workshop)


def all_of(workshop: Workshop) -> shapes.Overview:
    """Returns the session with its groups as they are by now."""
    session().flush()
    session().expire(workshop, ["groups"])
    for group in workshop.groups:
        session().expire(group, ["places", "boards"])
    mine = me()
    return overview_for(workshop, workshop.place_of(mine) if mine else None, session())
