"""The nouns of the survey."""

from services.survey.models.author import Author as Author
from services.survey.models.base import Base as Base
from services.survey.models.collecting import Collecting as Collecting
from services.survey.models.moderation import Claim as Claim
from services.survey.models.moderation import Decision as Decision
from services.survey.models.seed import Seed as Seed
from services.survey.models.standing import count_what_stands as count_what_stands
from services.survey.models.theme import Theme as Theme
from services.survey.models.view import View as View
