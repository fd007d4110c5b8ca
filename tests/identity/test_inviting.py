"""Who came by a list gets no mail before somebody invites; then everybody who waits is invited, once."""

import pytest

from shared.contracts.identity import MemberChanged, MemberJoined, PeopleInvited
from tests.identity.test_clients import inside
from tests.identity.test_importing import read, rows, take_in, undo


@pytest.fixture
def sari(avis):
    """The administrator."""
    return inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))


def waiting(door) -> int:
    return door.get("/invitations").json["people"]


def test_who_comes_by_a_list_waits_for_the_invitation(sari, avis, told):
    take_in(sari, read(sari, rows(avis, "Kaisa", "Mikael")))
    joined = told("identity", MemberJoined, tenant=avis.id)[-2:]
    assert [one.is_invited for one in joined] == [False, False] and waiting(sari) == 2
    assert sari.post("/invitations").json == {"people": 2}
    (invited,) = told("identity", PeopleInvited, tenant=avis.id)
    assert set(invited.members) == {one.member_id for one in joined} and waiting(sari) == 0
    assert sari.post("/invitations").json == {"people": 0}
    assert len(told("identity", PeopleInvited, tenant=avis.id)) == 1


def test_who_signs_in_before_needs_no_invitation(sari, avis, told):
    take_in(sari, read(sari, rows(avis, "Kaisa")))
    avis.sign_in(avis.employ("Kaisa"))
    assert waiting(sari) == 0 and told("identity", MemberChanged, tenant=avis.id)[-1].is_invited


def test_who_was_here_stays_invited_and_who_comes_back_by_a_list_waits(sari, avis):
    take_in(sari, read(sari, rows(avis, "Kaisa", "Mikael")))
    sari.post("/invitations")
    (kaisa,) = sari.get("/members", query_string={"words": "kaisa"}).json["items"]
    sari.post(f"/members/{kaisa['id']}/leaving")
    take_in(sari, read(sari, rows(avis, "Kaisa", "Mikael", unit="Uusi")))
    assert waiting(sari) == 1


def test_nobody_waits_once_a_list_was_undone(sari, avis):
    this = read(sari, rows(avis, "Kaisa"))
    take_in(sari, this)
    undo(sari, this)
    assert waiting(sari) == 0


def test_pekka_invites_nobody_of_ours_and_an_employee_nobody_at_all(sari, avis, kelas):
    take_in(sari, read(sari, rows(avis, "Kaisa")))
    pekka = inside(kelas, kelas.let_in(kelas.employ("Pekka", roles=["admin"])))
    assert pekka.post("/invitations").json == {"people": 0} and waiting(sari) == 1
    olli = inside(avis, avis.let_in(avis.employ("Olli")))
    assert olli.post("/invitations").status_code == 403
