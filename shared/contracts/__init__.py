"""The events that each service promises to tell the others, a module per service that tells."""

from shared.contracts import identity as identity
from shared.contracts import lineage as lineage
from shared.contracts import notification as notification
from shared.contracts import practice as practice
from shared.contracts import process as process
from shared.contracts import publishing as publishing
from shared.contracts import survey as survey
from shared.contracts import townhall as townhall
from shared.contracts import voting as voting
from shared.contracts import workshop as workshop
