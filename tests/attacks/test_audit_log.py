"""The audit log against somebody with the service's password, and against somebody with the whole database."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from services.identity.audit.chain import GENESIS, Break
from services.identity.audit.models.entry import Actor, AuditEntry, note
from services.identity.audit.reading import entries_of, first_break
from shared.database import sessions_of, worker_sessions_of
from shared.messaging.tombstones import mark_erased
from shared.tenancy.sessions import acting_for

# What somebody does who has the database: a column of one row is changed, a row goes, one comes, two change places.
CHANGES = {
    "change": "UPDATE audit_entry SET facts = '{}' WHERE number = 3",
    "delete": "DELETE FROM audit_entry WHERE number = 3",
    "insert": "INSERT INTO audit_entry SELECT tenant_id, 30, at, kind, side, gen_random_uuid(), about_id, run_id, facts, previous, hash"
    " FROM audit_entry WHERE number = 3",
    "reorder": "UPDATE audit_entry SET number = -number WHERE number IN (3, 4);"
    "UPDATE audit_entry SET number = 7 + number WHERE number < 0",
}
# And so that the chain holds again: every entry is numbered and sealed anew, as the database seals it.
SEALED_ANEW = """
    CREATE TEMP TABLE forged ON COMMIT DROP AS
        SELECT * FROM audit_entry WHERE tenant_id = :tenant ORDER BY CASE number WHEN 30 THEN 3.5 ELSE number END;
    DELETE FROM audit_entry WHERE tenant_id = :tenant;
    ALTER TABLE audit_entry ENABLE TRIGGER sealed;
    INSERT INTO audit_entry SELECT * FROM forged"""


def log(tenant: UUID, acts: int = 6) -> None:
    for _ in range(acts):
        with acting_for(tenant), sessions_of("identity").begin() as session:
            note(
                session, "roles_changed", Actor("own", uuid4()), about_id=uuid4(), facts={"given": ["admin"]}
            )


def broken(tenant: UUID, heads: dict[int, bytes] | None = None) -> Break | None:
    with acting_for(tenant), sessions_of("identity")() as session:
        return first_break(heads or {}, session)


def mailed(tenant: UUID) -> dict[int, bytes]:
    with acting_for(tenant), sessions_of("identity")() as session:
        last = AuditEntry.last(session)
        return {last.number: last.hash} if last else {}


@pytest.fixture
def with_all_rights(server, database):
    """Changes rows with the administrator's password, past row security, rights and triggers; `tenant` is whose."""

    def change(statements: str, tenant: UUID) -> None:
        with server.connect(database) as connection, connection.transaction():
            connection.execute("SET LOCAL search_path = identity")
            connection.execute(f"SET LOCAL app.tenant = '{tenant}'")
            connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER sealed")
            for statement in statements.replace(":tenant", f"'{tenant}'").split(";"):
                connection.execute(
                    statement.replace("WHERE number", f"WHERE tenant_id = '{tenant}' AND number")
                )
            connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER sealed")

    return change


def test_what_the_database_sealed_is_sealed_as_we_reckon(avi):
    log(avi)
    with sessions_of("identity").begin() as session:
        note(session, "signed_in", run_id=uuid4(), facts={"people": 15, "ways": ["a", "b"]})
    with sessions_of("identity")() as session:
        assert [entry.number for entry in entries_of(session)] == list(range(1, 8))
    assert broken(avi) is None and broken(avi, mailed(avi)) is None


@pytest.mark.parametrize(
    ("how", "first"),
    [
        ("change", (3, "changed")),
        ("delete", (3, "missing")),
        ("insert", (7, "missing")),
        ("reorder", (3, "not_linked")),
    ],
)
def test_with_the_database_in_hand_a_changed_log_breaks_where_it_was_changed(
    avi, with_all_rights, how, first
):
    log(avi)
    with_all_rights(CHANGES[how], avi)
    found = broken(avi)
    assert found and (found.number, found.why) == first


@pytest.mark.parametrize("how", CHANGES)
def test_who_seals_the_whole_log_anew_is_found_by_a_mailed_head(avi, with_all_rights, how):
    log(avi)
    before = mailed(avi)
    with_all_rights(f"{CHANGES[how]};{SEALED_ANEW}", avi)
    log(avi, acts=2)
    assert broken(avi) is None  # without a head nobody can tell
    found = broken(avi, before)
    assert found and (found.number, found.why) == (6, "sealed_anew")


def test_who_cuts_the_end_off_is_found_by_a_mailed_head(avi, with_all_rights):
    log(avi)
    before = mailed(avi)
    with_all_rights("DELETE FROM audit_entry WHERE number > 4", avi)
    assert broken(avi) is None
    assert broken(avi, before) == Break(5, "cut_off")


@pytest.mark.parametrize("sessions", [sessions_of, worker_sessions_of])
@pytest.mark.parametrize(
    "forged",
    [update(AuditEntry).values(kind="made"), delete(AuditEntry), text("TRUNCATE audit_entry"),
     text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"), text("SET session_replication_role = replica"),
     text("DROP FUNCTION seal_audit_entry() CASCADE")],
    ids=["update", "delete", "truncate", "disable", "replica", "drop"],
)  # fmt: skip
def test_a_service_can_take_nothing_back(avi, sessions, forged):
    log(avi, acts=2)
    with sessions("identity")() as session, pytest.raises(DBAPIError) as refused:
        session.execute(forged)
    assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value)


def test_a_service_seals_nothing_itself(avi):
    """Numbers and seals that it sends along are written over."""
    log(avi, acts=2)
    row = {"kind": "made", "side": "own", "facts": "{}", "at": text("now()")}
    with sessions_of("identity").begin() as session:
        session.execute(insert(AuditEntry).values(row | {"number": 1, "previous": GENESIS, "hash": GENESIS}))
    assert broken(avi) is None and mailed(avi).keys() == {3}


def test_the_stranger_sees_and_lengthens_only_the_own_log(avi, kela):
    log(avi, acts=2)
    log(kela, acts=1)
    with acting_for(kela), sessions_of("identity")() as session:
        assert [entry.tenant_id for entry in entries_of(session)] == [kela]
        theirs = insert(AuditEntry).values(tenant_id=avi, kind="made", side="own", at=text("now()"))
        with pytest.raises(DBAPIError, match="row-level security"):
            session.execute(theirs)
    assert broken(avi) is None and broken(kela) is None


def test_acts_at_the_same_moment_stand_one_after_the_other(avi):
    with ThreadPoolExecutor(8) as people:
        for done in [people.submit(log, avi, 5) for _ in range(8)]:
            done.result()
    assert broken(avi) is None and mailed(avi).keys() == {40}


def test_an_act_that_fails_leaves_no_entry_and_no_gap(avi):
    with pytest.raises(ZeroDivisionError), sessions_of("identity").begin() as session:
        note(session, "roles_changed")
        raise ZeroDivisionError
    with sessions_of("identity")() as session:
        note(session, "roles_changed")
        session.flush()
        session.execute(text("SELECT 1"))
        session.rollback()
        session.commit()
    log(avi, acts=1)
    assert broken(avi) is None and mailed(avi).keys() == {1}


def test_only_an_erased_organisations_log_goes(avi, kela):
    for tenant in (avi, kela):
        log(tenant, acts=2)
    with sessions_of("identity").begin() as session:
        assert AuditEntry.forget_ours(session) == 0
    with acting_for(avi), worker_sessions_of("identity").begin() as session:
        mark_erased(session, None)
        assert AuditEntry.forget_ours(session) == 2
    assert mailed(avi) == {} and mailed(kela).keys() == {2}
