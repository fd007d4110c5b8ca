"""Publishing over HTTP."""

from services.publishing.api.launches import reading
from services.publishing.api.theming import theming
from services.publishing.api.writing import writing

blueprints = [writing, reading, theming]
