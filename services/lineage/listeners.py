"""When something grew from something elsewhere, the thread grows by an edge."""

from sqlalchemy.orm import Session

from services.lineage import write
from services.lineage.models import CLAUSE, OUTCOME, PASSAGE, QUESTION, VIEW
from shared.contracts.identity import TenantErased
from shared.contracts.lineage import LineageForgot
from shared.contracts.practice import AgreementSigned, ClauseDropped, ClauseWritten
from shared.contracts.publishing import (
    EditionFrozen,
    PassageRemoved,
    PassageWritten,
    WorkbookLaunched,
    WorkbookWithdrawn,
)
from shared.contracts.survey import ViewModerated, ViewShared, ViewWithdrawn
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import (
    OutcomeRecorded,
    OutcomeSignedOff,
    QuestionPutAside,
    QuestionSourcesChanged,
    QuestionTabled,
)
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.privacy.erasure import forget_the_erased

listeners = Listeners("lineage")
forget_the_erased(listeners, TenantErased, LineageForgot)
read_models = ReadModels(listeners, ("thing", "edge", "edition", "standing", "agreement"))


@listeners.on(ViewShared)
def begin_the_thread_at_the_view(shared: ViewShared, session: Session) -> None:
    write.know(session, shared.view_id, shared.run_id, VIEW, part_of=shared.theme_id, stands=True)


@listeners.on(ViewWithdrawn)
def note_that_the_view_was_taken_back(gone: ViewWithdrawn, session: Session) -> None:
    write.know(session, gone.view_id, gone.run_id, VIEW, part_of=gone.theme_id, stands=False)


@listeners.on(ViewModerated)
def follow_the_moderator(moderated: ViewModerated, session: Session) -> None:
    stands = moderated.decision == "accepted"
    write.know(session, moderated.view_id, moderated.run_id, VIEW, part_of=moderated.theme_id, stands=stands)


@listeners.on(RankingReleased)
def note_how_many_read_each_view(released: RankingReleased, session: Session) -> None:
    write.count_readings(session, released.run_id, released.theme_id, released.readings)


@listeners.on(QuestionTabled)
def lead_the_views_to_the_question(tabled: QuestionTabled, session: Session) -> None:
    write.know(session, tabled.question_id, tabled.run_id, QUESTION, part_of=tabled.theme_id, stands=True)
    write.grew_from(session, tabled.question_id, tabled.run_id, QUESTION, tabled.derived_from)


@listeners.on(QuestionSourcesChanged)
def lead_other_views_to_the_question(changed: QuestionSourcesChanged, session: Session) -> None:
    write.grew_from(session, changed.question_id, changed.run_id, QUESTION, changed.derived_from)


@listeners.on(QuestionPutAside)
def note_that_the_question_was_put_aside(aside: QuestionPutAside, session: Session) -> None:
    write.stands_no_more(session, aside.question_id)


@listeners.on(OutcomeRecorded)
def lead_the_question_to_the_outcome(recorded: OutcomeRecorded, session: Session) -> None:
    """Until its group has signed it, an outcome is known but does not stand."""
    write.know(session, recorded.outcome_id, recorded.run_id, OUTCOME, stands=False)
    sources = [recorded.question_id, *recorded.derived_from]
    write.grew_from(session, recorded.outcome_id, recorded.run_id, OUTCOME, sources)


@listeners.on(OutcomeSignedOff)
def let_the_outcome_stand(signed: OutcomeSignedOff, session: Session) -> None:
    write.know(session, signed.outcome_id, signed.run_id, OUTCOME, detail=signed.kind, stands=True)
    sources = [signed.question_id, *signed.derived_from]
    write.grew_from(session, signed.outcome_id, signed.run_id, OUTCOME, sources)


@listeners.on(PassageWritten)
def lead_the_sources_to_the_passage(written: PassageWritten, session: Session) -> None:
    write.know(session, written.passage_id, written.run_id, PASSAGE, detail=written.kind, stands=True)
    write.grew_from(session, written.passage_id, written.run_id, PASSAGE, written.derived_from)


@listeners.on(PassageRemoved)
def note_that_the_passage_was_taken_out(removed: PassageRemoved, session: Session) -> None:
    write.stands_no_more(session, removed.passage_id)


@listeners.on(EditionFrozen)
def note_where_the_passages_stand(frozen: EditionFrozen, session: Session) -> None:
    write.stand_in(session, frozen.edition_id, frozen.run_id, frozen.number, frozen.passages)


@listeners.on(WorkbookLaunched)
def open_the_edition_to_readers(launched: WorkbookLaunched, session: Session) -> None:
    write.open_to_readers(session, launched.edition_id, True)


@listeners.on(WorkbookWithdrawn)
def close_the_edition_to_readers(withdrawn: WorkbookWithdrawn, session: Session) -> None:
    write.open_to_readers(session, withdrawn.edition_id, False)


@listeners.on(ClauseWritten)
def lead_the_passages_to_the_clause(written: ClauseWritten, session: Session) -> None:
    write.know(session, written.clause_id, written.run_id, CLAUSE, part_of=written.agreement_id, stands=True)
    write.grew_from(session, written.clause_id, written.run_id, CLAUSE, written.derived_from)


@listeners.on(ClauseDropped)
def note_that_the_clause_was_dropped(dropped: ClauseDropped, session: Session) -> None:
    write.stands_no_more(session, dropped.clause_id)


@listeners.on(AgreementSigned)
def count_the_team_in(signed: AgreementSigned, session: Session) -> None:
    write.sign(session, signed.agreement_id, signed.run_id)
