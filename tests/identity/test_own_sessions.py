"""One's own sessions: the browser's kind and the day, ended one by one or all at once, by nobody else."""

from uuid import uuid4

from sqlalchemy import text

from services.identity.models import SignInSession
from services.identity.sign_in.limits import secret_of
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for


def own(house, held: str):
    return house.door.post("/sessions/own", json={"secret": held})


def test_this_session_comes_first_with_kind_and_day_and_nothing_more(avis):
    kaisa = avis.employ("Kaisa")
    phone, computer = avis.let_in(kaisa), avis.let_in(kaisa)
    listed = own(avis, phone).json
    assert [one["is_this"] for one in listed] == [True, False]
    assert {name for one in listed for name in one} == {"id", "browser", "device", "began_on", "is_this"}
    assert [one["is_this"] for one in own(avis, computer).json] == [True, False]


def test_another_ones_sessions_are_not_seen_and_not_ended(avis, kelas):
    kaisa, mikael = avis.let_in(avis.employ("Kaisa")), avis.let_in(avis.employ("Mikael"))
    pekka = kelas.let_in(kelas.employ("Pekka"))
    [his] = own(avis, mikael).json
    assert his["id"] not in {one["id"] for one in own(avis, kaisa).json}
    for house, held, id in ((avis, kaisa, his["id"]), (kelas, pekka, his["id"]), (avis, kaisa, str(uuid4()))):
        refused = house.door.post("/sessions/own/end", json={"secret": held, "session_id": id})
        assert refused.status_code == 404
    assert avis.current(mikael).status_code == 200


def test_ending_one_leaves_the_others_and_ending_all_leaves_none(avis):
    kaisa = avis.employ("Kaisa")
    here, phone, tablet = (avis.let_in(kaisa) for _ in range(3))
    other = next(one["id"] for one in own(avis, phone).json if one["is_this"])
    assert avis.door.post("/sessions/own/end", json={"secret": here, "session_id": other}).status_code == 204
    assert [avis.current(held).status_code for held in (here, phone, tablet)] == [200, 401, 200]
    aino = avis.let_in(avis.employ("Aino"))
    assert avis.door.post("/sessions/own/end-all", json={"secret": here}).status_code == 204
    assert [avis.current(held).status_code for held in (here, tablet, aino)] == [401, 401, 200]


def test_whose_session_is_over_sees_and_ends_nothing(avis):
    held = avis.let_in(avis.employ("Kaisa"))
    avis.door.post("/sessions/end", json={"secret": held})
    assert own(avis, held).status_code == 401
    assert avis.door.post("/sessions/own/end-all", json={"secret": held}).status_code == 401


def test_the_row_holds_a_hash_and_neither_the_secret_nor_the_minute(avis):
    held = avis.let_in(avis.employ("Kaisa"))
    with acting_for(avis.id), sessions_of("identity")() as session:
        rows = session.scalars(text(f"SELECT v::text FROM {SignInSession.__tablename__} v")).all()
    assert rows and not any(secret_of(held) in row or held[43:] in row for row in rows)
