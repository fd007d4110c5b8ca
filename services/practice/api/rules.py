"""Ground rules: clauses, the agreeing round, the review."""

from uuid import UUID

from services.practice.api.mine import held, led_by_me, me, my_agreement, space
from services.practice.spaces import clause_of
from services.practice.teams import keep_the_card
from shared.contracts.api import practice as shapes
from shared.contracts.api.practice import Practice
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct, must_stand
from shared.web.serving import serves
from shared.web.shapes import schema_of

rules = Blueprint("rules", __name__, description="Ground rules and the agreeing round")


@serves(rules, Practice.write)
def write(team_id: UUID, new: shapes.NewClause) -> shapes.Clause:
    clause = my_agreement(team_id).write(new.heading, new.words, new.language, new.source_id)
    if clause.source_id:
        keep_the_card(session(), team_id, clause.source_id)
    return clause_of(clause)


@serves(rules, Practice.reword)
def reword(team_id: UUID, clause_id: UUID, reworded: shapes.Rewording) -> shapes.Clause:
    agreement = my_agreement(team_id)
    words = merged_struct(reworded, agreement.clause(clause_id))
    return clause_of(agreement.reword(clause_id, **words))


@serves(rules, Practice.drop)
def drop(team_id: UUID, clause_id: UUID, dropping: shapes.Dropping) -> None:
    agreement = my_agreement(team_id)
    must_stand({"was": dropping.was}, schema_of(shapes.Rewording), agreement.clause(clause_id))
    agreement.drop(clause_id)


@serves(rules, Practice.ask)
def ask(team_id: UUID, new: shapes.NewRound) -> shapes.Space:
    held(led_by_me(team_id)).ask(new.present, new.review_on)
    return space(team_id)


@serves(rules, Practice.take_back)
def take_back(team_id: UUID) -> None:
    led_by_me(team_id)
    my_agreement(team_id).take_back()


@serves(rules, Practice.say)
def say(team_id: UUID, given: shapes.VoiceGiven) -> shapes.Space:
    agreement = my_agreement(team_id)
    agreement.hear(me(), given.round_id, says=given.says, reason=given.reason, clause_id=given.clause_id)
    return space(team_id)


@serves(rules, Practice.settle)
def settle(team_id: UUID, member_id: UUID, settled: shapes.Settling) -> None:
    agreement = my_agreement(team_id)
    voice = agreement.open_round.voice_of(member_id)
    agreement.settle(member_id, **merged_struct(settled, voice))


@serves(rules, Practice.still_true)
def still_true(team_id: UUID, stands: shapes.StillTrue) -> None:
    my_agreement(team_id).is_still_true(stands.review_on, stands.wording)


@serves(rules, Practice.open_again)
def open_again(team_id: UUID, wording: str) -> None:
    my_agreement(team_id).open_again(wording)
