"""Derives from the contracts the AsyncAPI 3.0 document, a broker's topics and its access lists."""

from shared.contracts.asyncapi.brokering import acls as acls
from shared.contracts.asyncapi.brokering import topics as topics
from shared.contracts.asyncapi.document import asyncapi as asyncapi
from shared.contracts.asyncapi.hearing import consumers as consumers
from shared.contracts.asyncapi.hearing import topics_heard as topics_heard
