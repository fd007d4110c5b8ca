"""Publishing over HTTP."""

from services.publishing.api.editions import reading
from services.publishing.api.theming import theming
from services.publishing.api.writing import writing

blueprints = [writing, reading, theming]
