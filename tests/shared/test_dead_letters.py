"""Dead letters: what a service could not handle is seen, taken up again or given up, and never holds up the others."""

import getpass
import threading
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from infra.events import dead_letters as command_line
from shared.contracts.identity import TenantErased
from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import Record
from shared.messaging.consumer import ATTEMPTS, HALT_AFTER
from shared.messaging.dead_letters import listing, partition_halt
from shared.messaging.dead_letters.discarding import discard
from shared.messaging.dead_letters.replaying import FAILED, SETTLED, AnEarlierOneWaits, Replay, tally
from shared.messaging.dead_letters.storing import add_dead_letter, park
from shared.messaging.messaging_tables import discarding, inbox
from shared.messaging.worker import Worker
from shared.privacy.erasure import erase_some
from shared.web.service import create_service
from shared.web.tokens import service_token
from tests.shared.conftest import SERVICE
from tests.shared.test_consumer import (
    Consumer,
    dead_letters,
    handle_all,
    listeners,
    tell,
    tell_garbage,
    written,
)
from tests.waiting import until

__all__ = ["listeners"]
HENNA = "0b9f9c4e-6a53-4a3c-9d39-0d6f4e6c2d11"


@pytest.fixture(autouse=True)
def nothing_given_up(bus):
    """The bus of this test alone has no discarded dead letters and no halted partitions either."""


def rows(engine, **wanted):
    with engine.connect() as connection:
        return listing.waiting(connection, **wanted)[0]


def the_dead(runs, engine):
    """The dead letter of the first run, behind which others wait."""
    return next(row for row in rows(engine, state="dead") if row.key.endswith(str(runs[0])))


def replay_all(listeners, notes):
    return tally(Replay(listeners, notes).all(), seconds=60)


@pytest.fixture
def two_dead(listeners, notes, bus, avi):
    """Round 101 of one run is dead with rounds 1 and 2 behind it; round 102 of another run is dead alone."""
    run, other = uuid4(), uuid4()
    tell(bus, *[RoundStarted(run_id=run, round=number) for number in (101, 1, 2)])
    tell(bus, RoundStarted(run_id=other, round=102))
    handle_all(listeners, notes, bus)
    return run, other


def test_dead_letters_are_taken_up_in_order_once_mended(two_dead, listeners, notes, engine):
    order = []
    listeners.mended = True
    listeners.on(RoundStarted)(lambda started, session: order.append(started.round))
    assert replay_all(listeners, notes) == {SETTLED: 4}
    assert [number for number in order if number != 102] == [101, 1, 2]
    assert (dead_letters(engine), written(notes)) == ([], [1, 2, 101, 102])


def test_one_that_fails_again_stops_only_those_behind_it(two_dead, listeners, notes, engine):
    listeners.reactions[RoundStarted].clear()

    @listeners.on(RoundStarted)
    def write_the_round_down(started, session):
        if started.round == 101:
            raise ValueError

    assert replay_all(listeners, notes) == {SETTLED: 1, FAILED: 1}
    assert sorted(row.state for row in rows(engine)) == ["dead", "parked", "parked"]


def test_replaying_twice_or_while_it_arrives_again_has_one_effect(two_dead, listeners, notes, bus, engine):
    listeners.mended = True
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 0"))
    work = [lambda: replay_all(listeners, notes) for _ in range(3)]
    threads = [threading.Thread(target=task) for task in [*work, lambda: handle_all(listeners, notes, bus)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    replay_all(listeners, notes)
    assert (dead_letters(engine), written(notes)) == ([], [1, 2, 101, 102])


def test_an_event_that_arrives_during_the_replay_of_its_key_comes_after_it(
    two_dead, listeners, notes, bus, engine
):
    """It is parked while the last dead letter is still in hand, and taken up by the same replay."""
    order, run, hands_on = [], two_dead[0], threading.Event()
    listeners.mended = True

    @listeners.on(RoundStarted)
    def note_the_order(started, session):
        order.append(started.round)
        if started.round == 101:
            tell(bus, RoundStarted(run_id=run, round=3))
            arriving.start()
            assert hands_on.wait(30)

    def arrive():
        consumer = Consumer(listeners, notes, bus)
        hands_on.set()  # from here on its parking meets the lock of the key
        while consumer.run_once() == 0 and 3 not in order:
            pass
        consumer.close()

    arriving = threading.Thread(target=arrive)
    replay_all(listeners, notes)
    arriving.join(60)
    assert [number for number in order if number != 102] == [101, 1, 2, 3]
    assert dead_letters(engine) == []


def test_an_event_whose_key_is_freed_while_it_is_about_to_be_parked_is_handled(
    two_dead, listeners, notes, bus, engine, monkeypatch
):
    """Between the look at the blocked keys and the parking, the last dead letter of the key is taken up."""
    listeners.mended = True
    look = Consumer._blocked

    def look_too_early(consumer, records):
        found = look(consumer, records)
        replay_all(listeners, notes)
        return found

    monkeypatch.setattr(Consumer, "_blocked", look_too_early)
    tell(bus, RoundStarted(run_id=two_dead[0], round=3))
    handle_all(listeners, notes, bus, rounds=5)
    assert (dead_letters(engine), written(notes)) == ([], [1, 2, 3, 101, 102])


def test_what_would_be_parked_behind_nothing_is_handled_instead(notes, engine, bus):
    record = Record("workshop.round", 0, 5, "a key", {}, b"{}")
    with engine.begin() as connection:
        assert not park(connection, record)
        add_dead_letter(connection, record, "ValueError", attempts=5)
        assert park(connection, Record("workshop.round", 0, 6, "a key", {}, b"{}"))
    assert dead_letters(engine) == ["dead", "parked"]


def test_a_single_letter_is_replayed_alone_and_only_in_its_turn(two_dead, listeners, notes, engine):
    first, behind, *_ = [row for row in rows(engine) if row.key.endswith(str(two_dead[0]))]
    listeners.mended = True
    with pytest.raises(AnEarlierOneWaits):
        Replay(listeners, notes).one(behind)
    assert Replay(listeners, notes).one(first) == SETTLED
    assert written(notes) == [101]


def test_a_replay_cut_short_goes_on_where_it_was(two_dead, listeners, notes, engine):
    listeners.mended = True
    assert tally(Replay(listeners, notes).all(), seconds=0) == {SETTLED: 1}
    assert replay_all(listeners, notes) == {SETTLED: 3}
    assert written(notes) == [1, 2, 101, 102]


def give_up(engine, listeners, nr, with_parked, why="Told by mistake"):
    with engine.begin() as connection:
        return discard(connection, listeners, nr, why=why, by=HENNA, with_parked=with_parked)


def test_a_letter_is_given_up_on_record_and_those_behind_it_are_released(two_dead, listeners, notes, engine):
    dead = the_dead(two_dead, engine)
    given_up = give_up(engine, listeners, dead.nr, with_parked=False)
    assert tally(Replay(listeners, notes).parked(given_up.key), 60) == {SETTLED: 2}
    assert written(notes) == [1, 2]
    with engine.connect() as connection:
        (record,) = connection.execute(listing.DISCARDED)
    assert (record.why, record.by, record.type, record.state) == (
        "Told by mistake",
        HENNA,
        RoundStarted.type,
        "dead",
    )


def test_who_begins_again_gets_to_those_that_were_not_tried_yet(two_dead, listeners, notes, engine):
    """Dead letters that fail again and again at the head would keep each of many short replays to themselves."""
    replay = Replay(listeners, notes)
    for _ in two_dead:
        assert tally(replay.all(), seconds=0) == {FAILED: 1}
    assert [row.attempts for row in rows(engine, state="dead")] == [ATTEMPTS + 1] * 2


@pytest.fixture
def worker(listeners, notes, bus):
    """start() sets a living one to work, until the test ends."""
    worker = Worker(listeners, notes, bus, threading.Event())
    thread = threading.Thread(target=worker.run)
    yield thread
    worker.stop.set()
    if thread.ident:
        thread.join(20)


@pytest.mark.parametrize("how", ["given up", "handled alone"])
def test_what_waits_behind_nothing_any_more_is_taken_up_by_the_worker(
    how, two_dead, worker, listeners, notes, engine
):
    """Whoever gave the dead one up, or handled it alone, was killed before those behind it were released."""
    dead, listeners.mended = the_dead(two_dead, engine), how == "handled alone"
    if listeners.mended:
        assert Replay(listeners, notes).one(dead) == SETTLED
    else:
        give_up(engine, listeners, dead.nr, with_parked=False)
    worker.start()
    until(lambda: dead_letters(engine) == ["dead"])
    assert written(notes) == [1, 2] + [101] * listeners.mended


def test_a_letter_takes_those_behind_it_along_when_that_is_chosen(two_dead, listeners, notes, engine):
    give_up(engine, listeners, the_dead(two_dead, engine).nr, with_parked=True)
    listeners.mended = True
    replay_all(listeners, notes)
    assert written(notes) == [102]


def test_what_was_given_up_is_not_done_when_the_log_is_read_anew(two_dead, listeners, notes, bus, engine):
    give_up(engine, listeners, the_dead(two_dead, engine).nr, with_parked=True)
    listeners.mended = True
    replay_all(listeners, notes)
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 0"))
    handle_all(listeners, notes, bus)
    assert written(notes) == [102]


def test_garbage_that_comes_again_is_given_up_again(notes, bus, engine, avi, listeners):
    """What nobody can read leaves no mark by which it would be known."""
    tell_garbage(bus, str(avi), {})
    for why in ("Garbage", "Still garbage"):
        handle_all(listeners, notes, bus)
        (row,) = rows(engine)
        give_up(engine, listeners, row.nr, with_parked=False, why=why)
        with engine.begin() as connection:
            connection.execute(text("UPDATE group_partition SET committed = 0"))
    with engine.connect() as connection:
        assert connection.scalars(select(discarding.c.why)).all() == ["Still garbage"]


def test_garbage_goes_with_the_organisation_under_whose_key_it_lies(notes, bus, engine, avi, kela, listeners):
    for whose in (avi, kela):
        tell_garbage(bus, f"{whose}:{uuid4()}", {})
        tell_garbage(bus, str(whose), {})
    handle_all(listeners, notes, bus)
    with notes.begin() as session:
        erase_some(session, TenantErased)
    assert {row.key.partition(":")[0] for row in rows(engine)} == {str(kela)}


def test_a_letter_is_shown_without_a_word_of_its_content(notes, bus, engine, avi, listeners):
    run = uuid4()
    tell(bus, RoundStarted(run_id=run, round=101))
    tell_garbage(
        bus, "k", {"ce_type": RoundStarted.type, "ce_id": "Kaisa", "ce_kaisa": "secret"}, b'{"Kaisa": "said"}'
    )
    handle_all(listeners, notes, bus)
    good, bad = sorted((listing.in_full(row, 0) for row in rows(engine)), key=lambda told: told["undeclared"])
    assert good["fields"] == {"run_id": "id", "round": "number"}
    assert (good["type"], good["run"], good["tenant"]) == (RoundStarted.type, str(run), str(avi))
    assert (bad["fields"], bad["undeclared"]) == ({"run_id": "missing", "round": "missing"}, 1)
    assert "101" not in str(good["fields"]) and "Kaisa" not in str(bad) and "secret" not in str(bad)


def test_the_list_is_paged_and_chosen_from(two_dead, avi, engine):
    with engine.connect() as connection:
        page, more = listing.waiting(connection, limit=3)
        rest, end = listing.waiting(connection, limit=3, after=more)
    assert (len(page), len(rest), end) == (3, 1, None)
    assert len(rows(engine, state="parked")) == 2 and len(rows(engine, tenant=avi)) == 4
    assert rows(engine, tenant=uuid4()) == [] and rows(engine, topic="workshop.board") == []


def run(*arguments):
    return command_line.main([SERVICE, *[str(each) for each in arguments]])


@pytest.fixture
def by_hand(listeners, monkeypatch):
    monkeypatch.setattr(command_line.Desk, "listeners", listeners)
    return listeners


def test_an_operator_mends_it_by_command_line(two_dead, by_hand, notes, engine, capsys):
    dead = the_dead(two_dead, engine)
    assert run("list", "--limit", 1) == 0 and "2 dead, 2 parked" in capsys.readouterr().out
    assert run("show", dead.nr) == 0 and "round: number" in capsys.readouterr().out
    assert run("replay", "--all") == 1 and "2 failed again" in capsys.readouterr().out
    by_hand.mended = True
    assert run("discard", dead.nr, "--because", "a rehearsal", "--release") == 0
    assert run("replay", "--all") == 0
    assert (written(notes), dead_letters(engine)) == ([1, 2, 102], [])


def test_an_operator_reads_page_by_page_what_was_given_up(two_dead, engine, by_hand, capsys):
    assert run("discard", the_dead(two_dead, engine).nr, "--because", "a rehearsal", "--discard-parked") == 0
    capsys.readouterr()
    assert run("discarded", "--limit", 2) == 0
    first, second, more = capsys.readouterr().out.splitlines()
    assert run("discarded", "--limit", 2, "--after", more.rsplit(" ", 1)[1]) == 0
    [third] = capsys.readouterr().out.splitlines()
    assert len({first, second, third}) == 3
    assert all(line.endswith(f"{getpass.getuser()}: a rehearsal") for line in (first, second, third))
    assert run("discarded", "--after", "nonsense") == 1 and "first page" in capsys.readouterr().err


def test_an_operator_is_told_what_was_wrong(engine, by_hand, bus, capsys):
    assert run("show", 1) == 1 and "no such dead letter" in capsys.readouterr().err
    assert run("resume", "workshop.round", 0) == 1 and "not halted" in capsys.readouterr().err
    for wrong in (["replay"], ["discard", 1, "--because", "x"], ["nonsense"]):
        with pytest.raises(SystemExit) as ended:
            run(*wrong)
        assert ended.value.code == 2


@pytest.fixture
def ask(database, world, avi, listeners):
    """The doors of the dead letters, for the portal; listening as this test does."""
    client = create_service(SERVICE, [], listeners).test_client()

    def ask(method, path, roles=None, **options):
        token = roles or service_token("portal", SERVICE, avi)
        return client.open(path, method=method, headers={"Authorization": f"Bearer {token}"}, **options)

    return ask


def test_the_portal_lists_replays_and_discards_for_the_operator(two_dead, ask, listeners, engine, notes):
    listed = ask("GET", "/letters?limit=2").json
    assert (listed["dead"], listed["parked"], len(listed["letters"])) == (2, 2, 2)
    nr = the_dead(two_dead, engine).nr
    assert ask("GET", f"/letters/{nr}").json["behind"] == 2
    reason = {"why": "Told by mistake", "by": HENNA, "with_parked": False}
    assert ask("POST", f"/letters/{nr}/discard", json=reason).json == {"settled": 2, "failed": 0, "left": 1}
    listeners.mended = True
    assert ask("POST", "/letters/replay", json={}).json == {"settled": 1, "failed": 0, "left": 0}
    assert ask("GET", "/letters/discarded").json["discarded"][0]["by"] == HENNA
    assert ask("GET", f"/letters/{nr}").status_code == 404


def test_nobody_but_the_portal_itself_gets_at_letters(ask, http):
    for role in ("lead", "coordinator", "participant"):
        assert http(SERVICE).as_(role).get("/letters").status_code == 403
    assert ask("GET", "/letters?state=lost").status_code == 422


def test_a_partition_is_halted_while_its_event_is_the_next_one(engine, notes, bus, avi, listeners):
    tell(bus, RoundStarted(run_id=uuid4(), round=1))
    consumer = Consumer(listeners, notes, bus)
    (record,) = consumer.subscription.poll(1) or consumer.subscription.poll(1)
    with engine.begin() as connection:
        partition_halt.halt(connection, record, "ValueError")
        assert partition_halt.is_halted(connection, record)
        assert [row.topic for row in partition_halt.halted(connection, SERVICE)] == [record.topic]
        partition_halt.resume(connection, SERVICE, record.topic, record.partition, HENNA)
        partition_halt.halt(connection, record, "ValueError")
        assert partition_halt.was_resumed(connection, record) and not partition_halt.is_halted(
            connection, record
        )
    consumer.close()


def test_a_halt_holds_over_a_restart_and_is_resumed_by_hand(notes, bus, engine, avi, listeners):
    tell(bus, *[RoundStarted(run_id=uuid4(), round=101) for _ in range(200)])
    for _ in range(2):
        handle_all(listeners, notes, bus, rounds=300)
        dead = dead_letters(engine).count("dead")
        assert dead == HALT_AFTER * 4
    with engine.begin() as connection:
        for on in partition_halt.halted(connection, SERVICE):
            partition_halt.resume(connection, SERVICE, on.topic, on.partition, HENNA)
    handle_all(listeners, notes, bus, rounds=300)
    assert dead_letters(engine).count("dead") == HALT_AFTER * 8


def test_what_was_given_up_is_marked_for_every_reaction(two_dead, listeners, notes, engine):
    give_up(engine, listeners, the_dead(two_dead, engine).nr, with_parked=False)
    with engine.connect() as connection:
        marks = connection.scalars(select(inbox.c.listener)).all()
    assert marks == ["write_the_round_down"]
