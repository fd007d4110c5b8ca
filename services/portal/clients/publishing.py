"""Asks publishing: the workbook as it is written, its editions and launch, what readers get, and the look."""

from services.portal.clients.typed import client
from shared.contracts.api.publishing import Publishing
from shared.contracts.api.publishing_reading import Reading
from shared.contracts.api.publishing_theming import Theming
from shared.contracts.api.publishing_writing import Writing

publishing = client(Publishing)
writing = client(Writing)
reading = client(Reading)
theming = client(Theming)
