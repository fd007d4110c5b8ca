"""Views leave their authors' rows in handfuls: before that nobody but the author reads them, and after it none hangs on a row."""

from sqlalchemy import func, select, text

from services.survey.models import View
from shared.contracts.survey import ViewShared
from shared.database import worker_engine_of
from tests.survey.conftest import RECEIPT, let_all_leave


def written(session_of, run) -> int:
    with session_of("survey") as session:
        return session.scalar(select(func.count()).select_from(View).where(View.run_id == run.id))


def writers(run, number: int, *texts: str) -> list:
    people = [run.writer() for _ in range(number)]
    for person in people:
        for words in texts or ("Kokous alkaa ajallaan.",):
            assert person.gives(words).status_code == 201
    return people


def test_what_four_have_sent_waits_and_the_fifth_brings_it_before_the_moderators(run, minna, session_of):
    run.opens(moderation="before")
    four = writers(run, 4)
    run.somebody_looks()
    assert written(session_of, run) == 0 and minna.queue()["waiting"] == 0
    fifth = writers(run, 1)
    run.somebody_looks()
    assert minna.queue()["waiting"] == 5
    assert not [own for person in four + fifth for own in person.own() if own["waits_for_others"]]


def test_until_it_leaves_nobody_but_its_author_reads_a_view(run, kaisa, matti, minna, http, receipt):
    run.opens(moderation="after", read_first="yes")
    view = kaisa.gives("Vain minun.", receipt=receipt).json["view"]
    assert [own["text"] for own in kaisa.own()] == ["Vain minun."]
    assert matti.reads().json["items"] == [] and minna.takes() == []
    wanted = {"ids": [view["id"]]}
    for door in (matti.door, minna.door, http("survey").as_("service")):
        assert door.post(f"/runs/{run.id}/texts", json=wanted).json["texts"] == {}
    assert http("survey").as_("service").post("/receipts", json={"receipts": [receipt]}).json["views"] == []


def test_a_receipt_that_leads_nowhere_yet_is_counted_and_the_authors_own_is_not(run, kaisa, matti, receipt):
    run.opens()
    kaisa.gives(receipt=receipt)
    asked = {"receipts": [receipt]}
    not_yet = [
        door.post(f"/runs/{run.id}/own-views", json=asked).json["not_yet"]
        for door in (kaisa.door, matti.door)
    ]
    assert not_yet == [0, 1]
    refused = matti.withdraws(kaisa.own()[0], receipt)
    assert refused.status_code == 404 and "look again tomorrow" in refused.json["detail"]
    let_all_leave(run.id)
    assert matti.door.post(f"/runs/{run.id}/own-views", json=asked).json["not_yet"] == 0


def test_a_handful_holds_one_of_each_and_the_next_one_the_next(run, session_of):
    run.opens()
    people = writers(run, 5, "Yksi.", "Kaksi.", "Kolme.")
    talkative = run.writer()
    for nr in range(9):
        talkative.gives(f"Näkemys {nr}.")
    run.somebody_looks()
    waiting = [sum(own["waits_for_others"] for own in person.own()) for person in [*people, talkative]]
    assert waiting == [0] * 5 + [6] and written(session_of, run) == 18


def test_a_new_wording_waits_for_others_like_a_view(run, kaisa):
    run.opens(moderation="after")
    view = kaisa.has_given("Vanha.")
    kaisa.revises(view, "Uusi.")
    writers(run, 3)
    run.somebody_looks()
    assert [other["text"] for other in kaisa.reads().json["items"]] == ["Vanha."]
    assert kaisa.sees(view)["text"] == "Uusi." and kaisa.sees(view)["new_wording_waits"]
    writers(run, 1)
    run.somebody_looks()
    assert "Uusi." in [other["text"] for other in kaisa.reads().json["items"]]
    assert not kaisa.sees(view)["new_wording_waits"]


def test_at_closing_the_rest_leaves_together_also_of_fewer_than_five(run, minna):
    run.opens(moderation="before")
    (person, _) = writers(run, 2, "Yksi.", "Kaksi.")
    run.closes()
    assert minna.queue()["waiting"] == 4
    assert {(own["status"], own["waits_for_others"]) for own in person.own()} == {("waiting", False)}


def test_how_many_make_a_handful_is_a_setting_of_the_phase(run, kaisa, session_of):
    run.opens(handful="7")
    assert kaisa.collecting()["handful"] == 7
    writers(run, 6)
    run.somebody_looks()
    assert written(session_of, run) == 0
    writers(run, 1)
    run.somebody_looks()
    assert written(session_of, run) == 7


def test_two_who_use_the_same_receipt_hold_up_nobody(run, told):
    run.opens()
    people = writers(run, 3)
    for _ in range(2):
        people.append(run.writer())
        people[-1].gives("Sama kuitti.", receipt=RECEIPT.format(3))
    run.somebody_looks()
    assert len(told("survey", ViewShared)) == 5
    assert [len(person.own()) for person in people] == [1] * 5
    assert run.writer().own(RECEIPT.format(3)) == []


def test_authors_rows_of_a_handful_are_all_written_with_it_and_before_it_alone(run, database, avi):
    """Whoever groups rows by the transactions that wrote them finds five authors and five views, each with each."""
    run.opens()
    people = writers(run, 6, "Yksi.")
    alone = [by_transaction(avi)[person.door.who.subject] for person in people]
    assert len(set(alone)) == 6
    run.somebody_looks()
    assert len(set(by_transaction(avi).values())) == 1


def by_transaction(tenant) -> dict:
    """{pseudonym or view id: the transaction that wrote its row}, as whoever holds the database reads it."""
    rows = "SELECT pseudonym, xmin::text FROM author UNION ALL SELECT id, xmin::text FROM view"
    with worker_engine_of("survey").connect() as connection:
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        return dict(connection.execute(text(rows)).all())


def test_neither_rows_nor_events_of_a_handful_lie_in_their_authors_order(run, told, session_of):
    run.opens(moderation="after")
    people = writers(run, 9)
    run.somebody_looks()
    given = [person.own()[0]["id"] for person in people]
    by_pseudonym = [person.own()[0]["id"] for person in sorted(people, key=lambda p: p.door.who.subject)]
    with session_of("survey") as session:
        lying = [str(id) for id in session.scalars(text("SELECT id FROM view ORDER BY ctid"))]
    events = [str(shared.view_id) for shared in told("survey", ViewShared)]
    assert sorted(lying) == sorted(events) == sorted(given)
    assert given not in (lying, events) and by_pseudonym not in (lying, events)  # by chance once in 90,000


def test_everything_that_an_author_may_have_written_comes_back_as_it_was(run, kaisa):
    run.opens()
    view = kaisa.has_given("Annettu.")
    kaisa.revises(view, "Uusin sanoin."), kaisa.gives("Odottaa.", theme=1), kaisa.drafts("Kesken", theme=2)
    phone = run.writer(subject=kaisa.door.who.subject)
    assert {own["text"] for own in phone.own()} == {"Uusin sanoin.", "Odottaa."}
    assert [theme["mine"] for theme in phone.themes] == [1, 1, 0, 0]
    assert phone.themes[2]["draft"] == {"text": "Kesken", "language": "fi"}
    assert [theme["may_read"] for theme in phone.themes] == [True, True, False, False]


def test_the_stranger_finds_none_of_what_waits(run, kaisa, kela, http):
    run.opens()
    view = kaisa.gives().json["view"]
    stranger = http("survey").of(kela).as_("participant", subject=kaisa.door.who.subject, run_id=run.id)
    assert stranger.post(f"/runs/{run.id}/own-views", json={"receipts": []}).json["views"] == []
    assert stranger.post(f"/views/{view['id']}/withdrawal", json={"receipts": []}).status_code == 404
    words = {"text": "Muuta.", "language": "fi", "receipts": []}
    assert stranger.patch(f"/views/{view['id']}", json=words).status_code == 404
