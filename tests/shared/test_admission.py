"""Whose turn it is among the requests that a process has."""

from shared.web.admission import NOBODY, Turns, belongs_to, owner_of


def all_that_are_taken(turns: Turns) -> list:
    return list(iter(turns.take, None))


def test_one_organisation_never_has_all_threads():
    turns: Turns[int] = Turns(threads=4, may_wait=10)
    for number in range(5):
        assert turns.wait("avi", number)
    assert all_that_are_taken(turns) == [("avi", 0), ("avi", 1), ("avi", 2)]
    turns.wait("kela", 1)
    assert all_that_are_taken(turns) == [("kela", 1)]
    turns.done("avi")
    assert all_that_are_taken(turns) == [("avi", 3)]


def test_who_has_the_fewest_in_hand_comes_first_and_then_who_was_served_longest_ago():
    turns: Turns[int] = Turns(threads=3, may_wait=10)
    for number in range(4):
        turns.wait("avi", number)
    assert all_that_are_taken(turns) == [("avi", 0), ("avi", 1)]
    for owner in ("kela", "pekka"):
        turns.wait(owner, 1)
        turns.wait(owner, 2)
    assert all_that_are_taken(turns) == [("kela", 1)]
    turns.done("avi")
    assert all_that_are_taken(turns) == [("pekka", 1)]
    turns.done("avi")
    assert all_that_are_taken(turns) == [("avi", 2)]
    turns.done("kela")
    assert all_that_are_taken(turns) == [("kela", 2)]


def test_as_many_of_one_organisation_wait_as_may_and_another_has_as_many_places():
    turns: Turns[int] = Turns(threads=2, may_wait=2)
    assert [turns.wait("avi", number) for number in range(3)] == [True, True, False]
    assert turns.wait("kela", 1)


def test_a_process_with_one_thread_serves_everybody():
    turns: Turns[int] = Turns(threads=1, may_wait=2)
    turns.wait("avi", 1)
    assert all_that_are_taken(turns) == [("avi", 1)]
    turns.done("avi")
    assert (turns.take(), dict(turns.in_hand), turns.waiting) == (None, {}, {})


def test_a_request_belongs_to_the_organisation_whose_host_it_names():
    belongs_to("avi.example:8080", "avi")
    for line in (b"Host: avi.example:8080", b"hOST:avi.example:8080  "):
        assert owner_of(b"GET / HTTP/1.1\r\n" + line + b"\r\nCookie: x\r\n\r\nbody") == "avi"


def test_what_names_no_host_that_is_known_is_nobodys():
    belongs_to("avi.example", "avi")
    heads = [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHo", b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n"]
    heads.append(b"POST / HTTP/1.1\r\nCookie: x\r\n\r\n\r\nHost: avi.example\r\n\r\n")
    assert {owner_of(head) for head in heads} == {NOBODY}
