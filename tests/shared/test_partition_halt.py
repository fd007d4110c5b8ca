"""The halted partition: when event after event dies the partition stands still, and only a reaction that ran lets it go."""

from uuid import uuid4

from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import Outgoing
from shared.messaging.consumer import HALT_AFTER, Consumer
from shared.messaging.dead_letters.replaying import Replay
from shared.tenancy.sessions import acting_for
from tests.shared.conftest import lay, on_its_way
from tests.shared.test_consumer import (
    dead_letters,
    handle,
    handle_all,
    listeners,
    of_one_partition,
    patient,
    tell,
    tell_garbage,
    written,
)

__all__ = ["listeners"]


def test_a_halt_stops_a_partition_instead_of_dumping_everything(notes, bus, engine, avi, listeners):
    runs = [uuid4() for _ in range(200)]
    tell(bus, *[RoundStarted(run_id=run, round=101) for run in runs])
    handle_all(listeners, notes, bus, rounds=300)
    dead = dead_letters(engine).count("dead")
    assert 0 < dead <= HALT_AFTER * 4
    listeners.mended = True
    handle_all(listeners, notes, bus)
    list(Replay(listeners, notes).all())
    assert written(notes) == [101] * 200


def test_what_waits_behind_the_dead_does_not_resume_the_partition(notes, bus, engine, avi, listeners):
    """Events that are parked are no success: every second one here is."""
    for run in of_one_partition(40):
        tell(bus, RoundStarted(run_id=run, round=101), RoundStarted(run_id=run, round=1))
    handle_all(listeners, notes, bus, rounds=300)
    assert dead_letters(engine).count("dead") == HALT_AFTER


def test_what_had_been_done_before_does_not_resume_the_partition(notes, bus, engine, avi, listeners):
    """An event that comes again and is left out says nothing of the listeners, whether alone or behind a failing one."""
    known = RoundStarted(run_id=of_one_partition(1)[0], round=1)
    again = on_its_way(known)
    lay(bus, again)
    consumer = patient(Consumer(listeners, notes, bus))
    for _ in range(3 * HALT_AFTER):
        handle(consumer)
        tell(bus, RoundStarted(run_id=of_the_same(known.run_id), round=101))
        lay(bus, again)
        handle(consumer)
        lay(bus, again)
    consumer.close()
    assert dead_letters(engine) == ["dead"] * HALT_AFTER


def test_a_success_in_between_keeps_the_partition_going(notes, bus, engine, avi, listeners):
    consumer = patient(Consumer(listeners, notes, bus))
    for run in of_one_partition(3 * HALT_AFTER):
        tell(bus, RoundStarted(run_id=run, round=101))
        tell(bus, RoundStarted(run_id=of_the_same(run), round=1))
        handle(consumer)
    consumer.close()
    assert dead_letters(engine).count("dead") == 3 * HALT_AFTER


def test_one_organisations_dead_do_not_hold_up_another_that_shares_the_partition(
    notes, bus, engine, avi, kela, listeners
):
    """Also when the partition was halted already, with nobody behind it, and over a restart."""
    poisoned = of_one_partition(3 * HALT_AFTER)
    tell(bus, *[RoundStarted(run_id=run, round=101) for run in poisoned])
    handle_all(listeners, notes, bus, rounds=100)
    assert dead_letters(engine).count("dead") == HALT_AFTER
    with acting_for(kela):
        tell(bus, RoundStarted(run_id=of_the_same_for(kela, avi, poisoned[0]), round=7))
    handle_all(listeners, notes, bus, rounds=300)
    with acting_for(kela):
        assert written(notes) == [7]


def test_when_the_events_of_several_organisations_die_the_partition_stands_still(
    notes, bus, engine, avi, kela, listeners
):
    ours = of_one_partition(40)
    for run in ours:
        tell(bus, RoundStarted(run_id=run, round=101))
        with acting_for(kela):
            tell(bus, RoundStarted(run_id=of_the_same_for(kela, avi, run), round=101))
    handle_all(listeners, notes, bus, rounds=300)
    assert dead_letters(engine).count("dead") == HALT_AFTER


def of_the_same_for(other, avi, run):
    """A run of the other organisation whose events lie in the partition of this one's."""
    partition = Outgoing("", f"{avi}:{run}", {}, b"").partition
    theirs = ((new, Outgoing("", f"{other}:{new}", {}, b"").partition) for new in iter(uuid4, None))
    return next(new for new, lies in theirs if lies == partition)


def of_the_same(run):
    partition = Outgoing("", str(run), {}, b"").partition
    return next(
        other for other in iter(uuid4, None) if Outgoing("", str(other), {}, b"").partition == partition
    )


def test_what_nobody_can_read_halts_no_partition(notes, bus, engine, avi, listeners):
    for run in of_one_partition(4 * HALT_AFTER):
        tell_garbage(bus, str(run), {"ce_type": RoundStarted.type})
    handle_all(listeners, notes, bus)
    assert dead_letters(engine) == ["dead"] * 4 * HALT_AFTER
