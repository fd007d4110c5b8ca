"""Practice's operations, as shared/contracts/api/practice.py declares them."""

from services.practice.api.outside import outside
from services.practice.api.rules import rules
from services.practice.api.teams import teams

blueprints = [teams, rules, outside]
