"""Publishing's operations, as shared/contracts/api/publishing*.py declare them."""

from services.publishing.api.launches import editions
from services.publishing.api.passages import passages
from services.publishing.api.reading import reading
from services.publishing.api.theming import theming
from services.publishing.api.writing import writing

blueprints = [writing, passages, editions, reading, theming]
