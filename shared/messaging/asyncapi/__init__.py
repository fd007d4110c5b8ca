"""What follows from the contracts: the AsyncAPI 3.0 document, a broker's topics and its access lists."""

from shared.messaging.asyncapi.brokering import acls as acls
from shared.messaging.asyncapi.brokering import topics as topics
from shared.messaging.asyncapi.document import asyncapi as asyncapi
from shared.messaging.asyncapi.hearing import hearers as hearers
from shared.messaging.asyncapi.hearing import topics_heard as topics_heard
