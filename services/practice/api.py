"""Practice over HTTP. A team's space is for its members alone: for everybody else it is not there."""

from uuid import UUID

from flask import g
from flask.views import MethodView

from services.practice import spaces
from services.practice.models import Agreement, Team
from services.practice.schemas import (
    AskSchema,
    ClauseSchema,
    CodeSchema,
    CountsSchema,
    FateSchema,
    FoundSchema,
    InvitationSchema,
    MemberSchema,
    MyTeamsSchema,
    ReadSchema,
    RenameSchema,
    ResolutionSchema,
    ReviewSchema,
    RewordSchema,
    SaySchema,
    SpaceSchema,
)
from shared.acts import caller
from shared.arguments import Blueprint
from shared.edit_conflicts import EditSchema, merged, must_stand
from shared.roles import CLIENT_SIDE, STAFF
from shared.web import open_to

MEMBERS = ("participant",)

teams = Blueprint("teams", __name__, description="Teams and their tables")
rules = Blueprint("rules", __name__, description="Ground rules and the agreeing round")
outside = Blueprint("outside", __name__, description="What those outside the teams may know")


def my_team(team_id: UUID) -> Team:
    return Team.of(caller().subject, team_id, g.session)


def my_agreement(team_id: UUID) -> Agreement:
    """The rules of my team, held until we commit."""
    return Agreement.held(my_team(team_id).id, g.session)


def space(team_id: UUID) -> dict:
    g.session.flush()
    return spaces.space_of(my_team(team_id), caller().subject)


@teams.route("/runs/<uuid:run_id>/teams")
class Teams(MethodView):
    @open_to(*MEMBERS)
    @teams.response(200, MyTeamsSchema)
    def get(self, run_id: UUID):
        """My teams, and whether new ones may begin."""
        return spaces.my_teams(caller().subject, run_id, g.session)

    @open_to("supervisor", "coordinator")
    @teams.arguments(FoundSchema)
    @teams.response(201, SpaceSchema)
    def post(self, new: dict, run_id: UUID):
        """Found a team; who founds it leads it."""
        team = Team.found(g.session, run_id, new["name"], caller().subject)
        return space(team.id)


@teams.route("/invitations/<code>")
class Invitation(MethodView):
    @open_to(*MEMBERS)
    @teams.response(200, InvitationSchema)
    def get(self, code: str):
        """Which team this link leads to."""
        return Team.with_code(code, g.session)


@teams.route("/memberships")
class Joining(MethodView):
    @open_to(*MEMBERS)
    @teams.arguments(CodeSchema)
    @teams.response(201, SpaceSchema)
    def post(self, invited: dict):
        """Join the team by its link."""
        team = Team.with_code(invited["code"], g.session)
        team.take_in(caller().subject)
        return space(team.id)


@teams.route("/teams/<uuid:team_id>")
class OneTeam(MethodView):
    @open_to(*MEMBERS)
    @teams.response(200, SpaceSchema)
    def get(self, team_id: UUID):
        """Everything that lies on my team's table."""
        return space(team_id)

    @open_to(*MEMBERS)
    @teams.arguments(RenameSchema)
    @teams.response(200, SpaceSchema)
    def put(self, said: dict, team_id: UUID):
        """Give the team another name."""
        team = my_team(team_id)
        team.only_the_lead(caller().subject)
        g.session.refresh(team, with_for_update=True)
        team.rename(**merged(said, RenameSchema, team))
        return space(team_id)


@teams.route("/teams/<uuid:team_id>/members/<uuid:member_id>")
class OneMember(MethodView):
    @open_to(*MEMBERS)
    @teams.response(204)
    def delete(self, team_id: UUID, member_id: UUID):
        """Leave the team; the lead may let others go."""
        team = my_team(team_id)
        if member_id != caller().subject:
            team.only_the_lead(caller().subject)
        team.let_go(member_id, by=caller().subject)


@teams.route("/teams/<uuid:team_id>/lead")
class Lead(MethodView):
    @open_to(*MEMBERS)
    @teams.arguments(MemberSchema)
    @teams.response(204)
    def put(self, chosen: dict, team_id: UUID):
        """Hand the lead over."""
        team = my_team(team_id)
        team.only_the_lead(caller().subject)
        team.hand_over(chosen["member_id"])


@teams.route("/teams/<uuid:team_id>/deals")
class Deals(MethodView):
    @open_to(*MEMBERS)
    @teams.response(201, SpaceSchema)
    def post(self, team_id: UUID):
        """Lay some more idea cards on the table."""
        my_team(team_id).deal()
        return space(team_id)


@teams.route("/teams/<uuid:team_id>/cards/<uuid:passage_id>")
class OneCard(MethodView):
    @open_to(*MEMBERS)
    @teams.arguments(FateSchema)
    @teams.response(204)
    def put(self, said: dict, team_id: UUID, passage_id: UUID):
        """Keep a card, put it aside, or lay it on the table again."""
        my_team(team_id).decide_on(passage_id, said["fate"])


@teams.route("/teams/<uuid:team_id>/changed-principles/<uuid:passage_id>")
class ChangedPrinciple(MethodView):
    @open_to(*MEMBERS)
    @teams.arguments(ReadSchema, location="query")
    @teams.response(204)
    def delete(self, read: dict, team_id: UUID, passage_id: UUID):
        """We have seen that this principle reads differently now."""
        my_team(team_id).has_seen(passage_id, read["wording"])


@rules.route("/teams/<uuid:team_id>/clauses")
class Clauses(MethodView):
    @open_to(*MEMBERS)
    @rules.arguments(ClauseSchema)
    @rules.response(201, ClauseSchema)
    def post(self, said: dict, team_id: UUID):
        """Put a clause on the table."""
        clause = my_agreement(team_id).write(**said)
        if clause.source_id:
            my_team(team_id).keep_the_card(clause.source_id)
        return clause


@rules.route("/teams/<uuid:team_id>/clauses/<uuid:clause_id>")
class OneClause(MethodView):
    @open_to(*MEMBERS)
    @rules.arguments(RewordSchema)
    @rules.response(200, ClauseSchema)
    def put(self, said: dict, team_id: UUID, clause_id: UUID):
        """Say it in other words."""
        agreement = my_agreement(team_id)
        return agreement.reword(clause_id, **merged(said, RewordSchema, agreement.clause(clause_id)))

    @open_to(*MEMBERS)
    @rules.arguments(EditSchema)
    @rules.response(204)
    def delete(self, read: dict, team_id: UUID, clause_id: UUID):
        """Take a clause off the table."""
        agreement = my_agreement(team_id)
        must_stand(read, RewordSchema, agreement.clause(clause_id))
        agreement.drop(clause_id)


@rules.route("/teams/<uuid:team_id>/round")
class AgreeingRound(MethodView):
    @open_to(*MEMBERS)
    @rules.arguments(AskSchema)
    @rules.response(201, SpaceSchema)
    def post(self, asked: dict, team_id: UUID):
        """Ask everybody present whether they can live with the rules."""
        team = my_team(team_id)
        team.only_the_lead(caller().subject)
        team.ask(**asked)
        return space(team_id)

    @open_to(*MEMBERS)
    @rules.response(204)
    def delete(self, team_id: UUID):
        """Take the rules back to the table."""
        my_team(team_id).only_the_lead(caller().subject)
        my_agreement(team_id).take_back()


@rules.route("/teams/<uuid:team_id>/round/voice")
class MyVoice(MethodView):
    @open_to(*MEMBERS)
    @rules.arguments(SaySchema)
    @rules.response(200, SpaceSchema)
    def put(self, said: dict, team_id: UUID):
        """I can live with it, or it needs talk."""
        my_agreement(team_id).hear(caller().subject, **said)
        return space(team_id)


@rules.route("/teams/<uuid:team_id>/round/voices/<uuid:member_id>/resolution")
class Resolution(MethodView):
    @open_to(*MEMBERS)
    @rules.arguments(ResolutionSchema)
    @rules.response(204)
    def put(self, said: dict, team_id: UUID, member_id: UUID):
        """Write down how we settled what needed talk."""
        agreement = my_agreement(team_id)
        voice = agreement.open_round.voice_of(member_id)
        agreement.settle(member_id, **merged(said, ResolutionSchema, voice))


@rules.route("/teams/<uuid:team_id>/review")
class Review(MethodView):
    @open_to(*MEMBERS)
    @rules.arguments(ReviewSchema)
    @rules.response(204)
    def put(self, said: dict, team_id: UUID):
        """Our rules are still true; we ask again on this day."""
        my_agreement(team_id).is_still_true(said["review_on"], said["wording"])

    @open_to(*MEMBERS)
    @rules.arguments(ReadSchema, location="query")
    @rules.response(204)
    def delete(self, read: dict, team_id: UUID):
        """Something has to change: back to the table."""
        my_agreement(team_id).open_again(read["wording"])


@outside.route("/runs/<uuid:run_id>/counts")
class Counts(MethodView):
    @open_to("designer", *CLIENT_SIDE, *STAFF)
    @outside.response(200, CountsSchema)
    def get(self, run_id: UUID):
        """How many teams have agreed, never what."""
        return spaces.counts(run_id, g.session)
