"""Few calls at once for one organisation, and one thread for everybody else whatever is slow."""

from contextlib import ExitStack
from uuid import uuid4

import pytest

from infra.one_machine.processes import WEB_THREADS
from shared.tenancy.sessions import acting_for
from shared.web.outbound.slots import MOST_SLOW, OF_ONE_TENANT, SLOW_AFTER, Slots, TooManyAtOnce

AVI, KELA, VERO, THL = (uuid4() for _ in range(4))


class Calls:
    """Calls that are out, on a clock that a test moves."""

    def __init__(self) -> None:
        self.now, self.slots, self.out = 0.0, Slots(lambda: self.now), ExitStack()

    def goes_out(self, tenant) -> bool:
        with acting_for(tenant):
            try:
                self.out.enter_context(self.slots.taken())
            except TooManyAtOnce:
                return False
            return True


@pytest.fixture
def calls():
    return Calls()


def test_an_organisation_has_two_calls_out_and_no_third(calls):
    assert [calls.goes_out(AVI) for _ in range(10)] == [True, True] + 8 * [False]
    calls.out.close()
    assert calls.goes_out(AVI)


def test_whoever_comes_beside_two_slow_calls_gets_a_slot_of_their_own(calls):
    calls.goes_out(AVI), calls.goes_out(AVI)
    calls.now = SLOW_AFTER
    assert calls.goes_out(KELA) and calls.goes_out(VERO)


def test_a_second_call_goes_out_only_where_nobody_elses_is(calls):
    assert calls.goes_out(AVI) and calls.goes_out(KELA)
    assert not calls.goes_out(AVI)


def test_however_many_are_slow_a_thread_is_left_for_pages(calls):
    assert OF_ONE_TENANT < MOST_SLOW < WEB_THREADS
    for tenant in (AVI, KELA, VERO):
        assert calls.goes_out(tenant)
    calls.now = SLOW_AFTER
    assert not calls.goes_out(THL)


def test_a_call_that_fails_gives_its_slot_back(calls):
    with pytest.raises(ConnectionError), acting_for(AVI), calls.slots.taken():
        raise ConnectionError
    assert calls.goes_out(AVI) and calls.goes_out(AVI)
