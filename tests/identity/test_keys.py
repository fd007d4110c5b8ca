"""The keys behind pseudonyms are files: whoever has the database alone has none, and what is cut off leaves none that half lives."""

from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import LargeBinary, delete, select, text

from services.identity.models import Member, PseudonymKey, ReturnMark
from services.identity.pseudonyms.returning import leave_marks
from services.identity.pseudonyms.took_part import everybody
from shared.contracts.identity import KeyDestroyed
from shared.contracts.process import PhaseOpened
from shared.database import sessions_of
from shared.privacy.keys import KeyName, Keys, keys_of
from shared.tenancy.sessions import acting_for

RUN = UUID("33333333-3333-4333-8333-333333333333")
PURPOSES = {"survey", "voting", "workshop", "townhall"}


class CutOff(Exception):
    """What a power cut looks like to the database: nothing of the transaction is there."""


@contextmanager
def inside(house):
    with acting_for(house.id), sessions_of("identity").begin() as session:
        yield session


@contextmanager
def cut_off_before_the_commit(house):
    with pytest.raises(CutOff), inside(house) as session:
        yield session
        session.flush()
        raise CutOff


def key_of(session, purpose="survey") -> PseudonymKey:
    return session.scalars(select(PseudonymKey).filter_by(run_id=RUN, purpose=purpose)).one()


def number_of_kaisa(house, purpose="survey") -> UUID:
    with inside(house) as session:
        return key_of(session, purpose).pseudonym(UUID(int=7))


def file_of(house, purpose="survey") -> KeyName:
    return KeyName(house.id, RUN, purpose)


def told_of_survey(told, house) -> int:
    return len([one for one in told("identity", KeyDestroyed, tenant=house.id) if one.purpose == "survey"])


@pytest.fixture
def planned(avis):
    avis.plans(RUN)
    return avis


def test_the_database_holds_no_key(planned):
    assert not any(isinstance(column.type, LargeBinary) for column in PseudonymKey.__table__.columns)
    with inside(planned) as session:
        assert {key.purpose for key in session.scalars(select(PseudonymKey)) if key.lives} == PURPOSES
    assert all(keys_of("identity").is_alive(file_of(planned, purpose)) for purpose in PURPOSES)


def test_two_organisations_have_different_keys_for_one_run_id(planned, kelas):
    kelas.plans(RUN)
    assert number_of_kaisa(planned) == number_of_kaisa(planned) != number_of_kaisa(kelas)


def test_a_page_reads_one_file_for_each_key_that_it_uses(planned, monkeypatch):
    secret, used = planned.let_in(planned.employ("Kaisa")), []
    use = Keys.use
    monkeypatch.setattr(Keys, "use", lambda keys, name: used.append(name.purpose) or use(keys, name))
    asked = {"secret": secret, "run_id": str(RUN), "audiences": ["voting", "survey", "process"]}
    assert planned.door.post("/tokens", json=asked).status_code == 201
    assert sorted(used) == ["survey", "voting"]


def test_who_is_cut_off_while_making_keys_has_them_at_the_next_try(avis):
    with cut_off_before_the_commit(avis) as session:
        PseudonymKey.make_for(RUN, session)
        number = key_of(session).pseudonym(UUID(int=7))
    avis.plans(RUN)
    assert number_of_kaisa(avis) == number


def test_who_is_cut_off_while_destroying_a_key_has_destroyed_it(planned, told):
    before = number_of_kaisa(planned)
    with cut_off_before_the_commit(planned) as session:
        key_of(session).destroy(session)
    assert number_of_kaisa(planned) not in (before, number_of_kaisa(planned))
    with inside(planned) as session:
        assert everybody(RUN, "survey", session) is None
    assert told_of_survey(told, planned) == 0
    for _ in range(2):
        with inside(planned) as session:
            key_of(session).destroy(session)
    assert told_of_survey(told, planned) == 1


def test_marks_are_neither_made_nor_kept_by_a_key_whose_destruction_was_cut_off(planned):
    with inside(planned) as session:
        leave_marks(Member(name="Kaisa", email="kaisa@avi.example"), session)
    with cut_off_before_the_commit(planned) as session:
        key_of(session).destroy(session)
    with inside(planned) as session:
        leave_marks(Member(name="Mikael", email="mikael@avi.example"), session)
        marks = list(session.scalars(select(ReturnMark.purpose)))
        assert (marks.count("survey"), marks.count("voting")) == (1, 2)
        key_of(session).destroy(session)
        assert "survey" not in set(session.scalars(select(ReturnMark.purpose)))


def test_marks_are_written_anew_in_the_night_after_a_key_has_died(planned, world):
    world.avi = planned.id
    with inside(planned) as session:
        leave_marks(Member(name="Kaisa", email="kaisa@avi.example"), session)
        key_of(session).destroy(session)
        before = session.scalar(FILE_OF_MARKS)
    with acting_for(planned.id):
        world.let_time_pass("identity")
    with inside(planned) as session:
        assert session.scalar(FILE_OF_MARKS) != before
        assert set(session.scalars(select(ReturnMark.purpose))) == PURPOSES - {"survey"}


FILE_OF_MARKS = text("SELECT pg_relation_filepath('return_mark')")


def test_who_is_cut_off_while_renewing_leaves_a_key_that_names_nobody(planned, world):
    with inside(planned) as session:
        key_of(session).destroy(session)
    with cut_off_before_the_commit(planned) as session:
        key_of(session).renew(session)
        assert key_of(session).lives
    assert number_of_kaisa(planned) != number_of_kaisa(planned)
    opened(planned, world)
    assert number_of_kaisa(planned) == number_of_kaisa(planned)


def opened(house, world) -> None:
    with acting_for(house.id):
        world.hear("identity", PhaseOpened(run_id=RUN, phase="views", activities=["give_views"]))


def test_a_restored_row_of_a_dead_key_is_destroyed_aloud_before_it_is_renewed(planned, world, told):
    before = number_of_kaisa(planned)
    with inside(planned) as session:
        leave_marks(Member(name="Kaisa", email="kaisa@avi.example"), session)
    keys_of("identity").destroy(file_of(planned))
    opened(planned, world)
    assert told_of_survey(told, planned) == 1
    assert number_of_kaisa(planned) == number_of_kaisa(planned) != before
    with inside(planned) as session:
        assert "survey" not in set(session.scalars(select(ReturnMark.purpose)))


def test_a_key_that_a_restored_database_has_never_heard_of_stays_dead(planned):
    keys_of("identity").destroy(file_of(planned))
    with inside(planned) as session:
        session.execute(delete(PseudonymKey))
    planned.plans(uuid4())
    with inside(planned) as session:
        assert PseudonymKey.make_for(RUN, session)
        assert key_of(session).destroyed_at is not None
        assert {key.purpose for key in PseudonymKey.all_of(RUN, session) if key.lives} == PURPOSES - {
            "survey"
        }
    assert number_of_kaisa(planned) != number_of_kaisa(planned)
