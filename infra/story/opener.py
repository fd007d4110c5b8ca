"""`python -m infra.story.opener ORGANISATION RUN`: what the services' own code opens of a run, for whoever has database, files and secrets: who
wrote which view, whose hands open, and the members' pseudonyms, as far as keys live."""

import json
import sys
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import Member, PseudonymKey
from services.identity.models.pseudonym import PURPOSES
from services.survey.authors import read
from services.survey.models import Author
from services.voting.models import Hand
from shared.database import worker_sessions_of
from shared.tenancy import acting_for


def opened(run_id: UUID) -> dict:
    with worker_sessions_of("identity").begin() as session:
        numbers = pseudonyms(run_id, session)
    with worker_sessions_of("survey").begin() as session:
        views = whose_views(run_id, numbers, session)
    with worker_sessions_of("voting").begin() as session:
        hands = sum(Hand.of(UUID(number), run_id, session) is not None for number in numbers)
    return {"views": views, "hands": hands, "pseudonyms": numbers}


def pseudonyms(run_id: UUID, session: Session) -> dict[str, str]:
    """Pseudonym -> member, of all purposes whose key lives."""
    members = list(session.scalars(select(Member.id)))
    keys = PseudonymKey.some_of(run_id, session)
    living = [keys[purpose] for purpose in PURPOSES if purpose in keys and keys[purpose].lives]
    return {str(number): str(member) for key in living for member, number in key.pseudonyms(members).items()}


def whose_views(run_id: UUID, numbers: dict[str, str], session: Session) -> dict[str, str]:
    """View -> member, as far as authors' rows open."""
    authors = session.scalars(select(Author.pseudonym).filter_by(run_id=run_id)).all()
    known = [author for author in authors if str(author) in numbers]
    return {
        str(view): numbers[str(author)] for author in known for view in read(session, run_id, author).given
    }


if __name__ == "__main__":
    tenant, run = map(UUID, sys.argv[1:3])
    with acting_for(tenant):
        print(json.dumps(opened(run)))
