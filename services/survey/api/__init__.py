"""The survey's operations, as shared/contracts/api/survey.py declares them."""

from services.survey.api.asked_by_identity import taking_part
from services.survey.api.following import following
from services.survey.api.giving import giving
from services.survey.api.moderation import desk
from services.survey.api.others_views import reading
from services.survey.api.themes import themes

blueprints = [giving, following, reading, desk, themes, taking_part]
