"""A run's thread, as the other services tell of it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from shared.contracts.practice import AgreementSigned, ClauseWritten
from shared.contracts.publishing import EditionFrozen, PassageWritten, WorkbookLaunched
from shared.contracts.survey import ViewShared
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import OutcomeRecorded, OutcomeSignedOff, QuestionTabled

NINE_O_CLOCK = datetime(2027, 11, 30, 7, tzinfo=UTC)


@dataclass
class Told:
    """What the services tell about one run."""

    hear: object
    run_id: UUID = field(default_factory=uuid4)
    theme_id: UUID = field(default_factory=uuid4)

    def tell(self, event) -> None:
        self.hear("lineage", event)

    def view(self) -> UUID:
        id = uuid4()
        self.tell(ViewShared(run_id=self.run_id, theme_id=self.theme_id, view_id=id, language="fi"))
        return id

    def ranking(self, **readings: int) -> None:
        self.tell(
            RankingReleased(
                run_id=self.run_id, theme_id=self.theme_id, ranking=[], seats=[], readings=readings
            )
        )

    def question(self, *views: UUID) -> UUID:
        id = uuid4()
        facts = {"run_id": self.run_id, "theme_id": self.theme_id}
        self.tell(QuestionTabled(question_id=id, derived_from=list(views), **facts))
        return id

    def outcome(self, question: UUID, *sources: UUID, round: int = 1, signed: bool = True) -> UUID:
        id = uuid4()
        facts = {"run_id": self.run_id, "outcome_id": id, "question_id": question, "round": round}
        self.tell(OutcomeRecorded(derived_from=list(sources), **facts))
        if signed:
            more = {"theme_id": self.theme_id, "kind": "solution", "derived_from": list(sources)}
            self.tell(OutcomeSignedOff(**facts, **more))
        return id

    def passage(self, *sources: UUID, kind: str = "idea_card", id: UUID | None = None) -> UUID:
        id = id or uuid4()
        self.tell(PassageWritten(run_id=self.run_id, passage_id=id, kind=kind, derived_from=list(sources)))
        return id

    def edition(self, *passages: UUID, number: int = 1, launched: bool = True) -> UUID:
        id = uuid4()
        facts = {"run_id": self.run_id, "edition_id": id, "number": number}
        self.tell(EditionFrozen(passages=list(passages), **facts))
        if launched:
            self.tell(WorkbookLaunched(launched_at=NINE_O_CLOCK, **facts))
        return id

    def team_that_uses(self, *passages: UUID, signed: bool = True) -> UUID:
        clause, agreement = uuid4(), uuid4()
        facts = {"run_id": self.run_id, "agreement_id": agreement}
        self.tell(ClauseWritten(clause_id=clause, derived_from=list(passages), **facts))
        if signed:
            self.tell(AgreementSigned(team_id=uuid4(), version=1, review_on=date(2028, 3, 1), **facts))
        return clause

    def whole_thread(self) -> dict[str, UUID]:
        """From a view over two rounds to a launched passage."""
        view = self.view()
        question = self.question(view)
        deepened = self.outcome(question, view)
        ideated = self.outcome(question, deepened, round=2)
        passage = self.passage(ideated)
        self.edition(passage)
        return {
            "view": view,
            "question": question,
            "deepened": deepened,
            "ideated": ideated,
            "passage": passage,
        }


@pytest.fixture
def told(hear) -> Told:
    return Told(hear)


@pytest.fixture
def thread(http):
    def ask(id: UUID, *roles: str, **query):
        return http("lineage").as_(*(roles or ("participant",))).get(f"/threads/{id}", query_string=query)

    return ask


@pytest.fixture
def became(http):
    def ask(*views: UUID) -> dict:
        body = {"ids": [str(view) for view in views]}
        return http("lineage").as_("participant").post("/threads/lookup", json=body).json["threads"]

    return ask


@pytest.fixture
def summary(http, told):
    return lambda: http("lineage").as_("lead").get(f"/runs/{told.run_id}/edges/summary").json
