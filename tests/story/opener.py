"""`python -m tests.story.opener ORGANISATION [RUN]`: what Polku's own code opens and reads for whoever has database, files and secrets.

Of a run: who wrote which view, whose hands open, and the members' pseudonyms, as far as keys live. Without a run: every event
of the log that names the organisation, on PostgreSQL and on Kafka.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.demo.installation import running_here
from infra.processes.process import ROOT
from services.identity.models import Member, PseudonymKey
from services.identity.pseudonyms.models.pseudonym import PURPOSES
from services.survey.authors import read
from services.survey.models import Author
from services.voting import hands
from shared.database import worker_sessions_of
from shared.messaging.bus import Record
from shared.tenancy.sessions import acting_for
from tests.soak.inside import Inside

PATIENCE_SECONDS = 300.0  # for a broker that things happen to meanwhile


def at_home(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a command beside the installation in this folder: no setting of this process's own counts there."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("POLKU_")}
    return around | {"POLKU_HOME": str(home), "POLKU_PROCESS_NAME": "command"} | settings


def opened_by_keys(tenant: str, run_id: str, environment: dict[str, str]) -> dict:
    """{"views": {view: member}, "hands": how many open, "pseudonyms": {pseudonym: member}}."""
    return json.loads(said_by("tests.story.opener", tenant, run_id, environment=environment))


def told_in_the_log(tenant: str, environment: dict[str, str]) -> list[dict[str, str]]:
    """Events that name the organisation, in the order of their time: {"time": as on the envelope, "words": all that it says}."""
    return json.loads(said_by("tests.story.opener", tenant, environment=environment))


def said_by(module: str, *arguments: str, environment: dict[str, str]) -> str:
    """Runs a command of ours and returns what it prints; raises CalledProcessError where it refuses, its complaint on the console."""
    line = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def opened(run_id: UUID) -> dict:
    with worker_sessions_of("identity").begin() as session:
        numbers = pseudonyms(run_id, session)
    with worker_sessions_of("survey").begin() as session:
        views = whose_views(run_id, numbers, session)
    with worker_sessions_of("voting").begin() as session:
        held = sum(hands.of(session, UUID(number), run_id) is not None for number in numbers)
    return {"views": views, "hands": held, "pseudonyms": numbers}


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


def told(tenant: str) -> list[dict[str, str]]:
    events = map(as_words, Inside(running_here()).every_record(PATIENCE_SECONDS))
    return sorted((event for event in events if tenant in event["words"]), key=lambda event: event["time"])


def as_words(record: Record) -> dict[str, str]:
    said = f"{record.key} {json.dumps(dict(record.headers))} {record.value.decode(errors='replace')}"
    return {"time": record.headers.get("ce_time", ""), "words": said}


if __name__ == "__main__":
    tenant, run = sys.argv[1], sys.argv[2:]
    with acting_for(UUID(tenant)):
        print(json.dumps(opened(UUID(run[0])) if run else told(tenant)))
