"""Writing together: nothing is lost, everything comes back."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.contracts.publishing import PassageRemoved, PassageWritten


def test_a_workbook_begins_with_a_chapter_for_each_title_in_order(begun):
    chapters = begun.workbook()["passages"]
    assert [chapter["block"]["title"] for chapter in chapters] == ["Johdanto", "Kokouskäytännöt"]
    assert chapters[1]["theme_id"] == str(begun.theme)


def test_a_run_has_one_workbook(begun):
    again = begun.sari.post(f"/runs/{begun.run}/workbook", json={"title": "Toinen", "language": "fi"})
    assert again.status_code == 409 and "already" in again.get_json()["detail"]


def test_before_anybody_began_there_is_a_sentence_that_says_what_comes(desk):
    answer = desk.sari.get(f"/runs/{desk.run}/workbook")
    assert answer.status_code == 404 and "has not been begun" in answer.get_json()["detail"]


def test_employees_do_not_see_drafts(begun):
    assert begun.kaisa.get(f"/runs/{begun.run}/workbook").status_code == 403


def test_the_client_reads_drafts_and_writes_nothing(begun):
    passage = begun.add(text="Moi")
    assert begun.timo.get(f"/runs/{begun.run}/workbook").status_code == 200
    assert begun.save(passage, begun.timo, text="Hei").status_code == 403


def test_pekka_of_another_organisation_finds_nothing(begun, pekka):
    passage = begun.add(text="Meidän")
    stranger = pekka("publishing")
    assert stranger.get(f"/runs/{begun.run}/workbook").status_code == 404
    assert stranger.get(f"/passages/{passage['id']}").status_code == 404
    assert begun.save(passage, stranger, text="Minun").status_code == 404


def test_a_passage_tells_what_it_was_written_from(begun, told):
    outcome = uuid4()
    passage = begun.add("tip", [outcome], text="Kysytään ruudun toiselta puolelta ensin.")
    (written,) = [event for event in told("publishing", PassageWritten) if event.kind == "tip"]
    assert str(written.passage_id) == passage["id"] and written.derived_from == [outcome]


def test_saving_keeps_every_wording(begun):
    passage = begun.add(text="yksi")
    passage = begun.save(passage, text="kaksi").get_json()
    history = begun.sari.get(f"/passages/{passage['id']}").get_json()
    assert [revision["block"]["text"] for revision in history["revisions"]] == ["yksi", "kaksi"]
    assert history["revisions"][1]["by"] == str(begun.sari.who.subject)


def test_saving_what_stands_already_adds_nothing(begun):
    passage = begun.add(text="sama")
    version = begun.workbook()["version"]
    assert begun.save(passage, text="sama").get_json()["revision"] == 1
    assert begun.workbook()["version"] == version


def test_a_sentence_is_told_once_and_not_at_every_autosave(begun, told):
    passage = begun.add(text="a")
    for letters in ("ab", "abc", "abcd"):
        passage = begun.save(passage, text=letters).get_json()
    assert len([event for event in told("publishing", PassageWritten) if event.kind == "text"]) == 1


def test_two_writers_in_one_sentence_lose_nothing_and_are_told(begun):
    passage = begun.add(text="alku")
    begun.save(passage, begun.liisa, text="Liisan teksti")
    answer = begun.save(passage, begun.sari, text="Sarin teksti")
    problem = answer.get_json()
    assert (
        answer.status_code == 409
        and "Both texts are kept" in problem["detail"]
        and problem["code"] == "two-wordings"
    )
    assert problem["errors"]["json"]["theirs"]["text"] == "Liisan teksti"
    assert problem["errors"]["json"]["yours"]["text"] == "Sarin teksti"
    history = begun.sari.get(f"/passages/{passage['id']}").get_json()
    assert history["block"]["text"] == "Liisan teksti"
    assert [r["block"]["text"] for r in history["revisions"] if r["is_aside"]] == ["Sarin teksti"]


def test_two_writers_in_different_fields_are_joined(begun):
    passage = begun.add("tip", title="Otsikko", text="Teksti")
    begun.save(passage, begun.liisa, title="Parempi otsikko")
    joined = begun.save(passage, begun.sari, text="Parempi teksti")
    assert joined.status_code == 200
    assert joined.get_json()["block"] == {
        "kind": "tip",
        "title": "Parempi otsikko",
        "text": "Parempi teksti",
        "language": "",
    }


def test_eight_writers_in_one_second_lose_not_a_word(begun, world):
    passage = begun.add(text="alku")

    def save(number: int) -> int:
        writer = world.door("publishing").as_("editor", subject=uuid4())
        return begun.save(passage, writer, text=f"teksti {number}").status_code

    with ThreadPoolExecutor(8) as writers:
        answers = list(writers.map(save, range(8)))
    history = begun.sari.get(f"/passages/{passage['id']}").get_json()
    written = {revision["block"]["text"] for revision in history["revisions"]}
    assert sorted(answers) == [200] + [409] * 7
    assert written == {"alku"} | {f"teksti {number}" for number in range(8)}
    assert sum(not revision["is_aside"] for revision in history["revisions"]) == 2


def test_the_text_that_was_kept_aside_can_be_taken_after_all(begun):
    passage = begun.add(text="alku")
    begun.save(passage, begun.liisa, text="Liisan")
    aside = begun.save(passage, begun.sari, text="Sarin").get_json()["errors"]["json"]["kept_as"]
    restored = begun.sari.post(f"/passages/{passage['id']}/restorations", json={"revision": aside})
    assert restored.get_json()["block"]["text"] == "Sarin"


def test_an_earlier_wording_comes_back_as_a_new_one(begun):
    passage = begun.add(text="ensimmäinen")
    begun.save(passage, text="toinen")
    restored = begun.sari.post(f"/passages/{passage['id']}/restorations", json={"revision": 1}).get_json()
    assert restored["block"]["text"] == "ensimmäinen" and restored["revision"] == 3


def test_a_removed_passage_is_out_of_the_book_and_can_come_back(begun, told):
    passage = begun.add(text="pois")
    begun.sari.delete(f"/passages/{passage['id']}")
    assert passage["id"] not in [each["id"] for each in begun.workbook()["passages"]]
    assert [str(event.passage_id) for event in told("publishing", PassageRemoved)] == [passage["id"]]
    begun.sari.post(f"/passages/{passage['id']}/restorations", json={"revision": 1})
    assert passage["id"] in [each["id"] for each in begun.workbook()["passages"]]


def test_a_chapter_with_passages_is_not_removed_by_a_slip(begun):
    begun.add(text="sisältöä")
    refused = begun.sari.delete(f"/passages/{begun.chapter(1)}")
    assert refused.status_code == 409
    assert begun.sari.delete(f"/passages/{begun.chapter(0)}").status_code == 200


def test_passages_and_chapters_change_places(begun):
    one, two = begun.add(text="yksi"), begun.add(text="kaksi")
    begun.sari.post(f"/passages/{two['id']}/moves", json={"direction": "up"})
    order = [p["id"] for p in begun.workbook()["passages"] if p["kind"] == "text"]
    assert order == [two["id"], one["id"]]
    last = begun.chapter(1)
    begun.sari.post(f"/passages/{last}/moves", json={"direction": "up"})
    assert begun.chapter(0) == last


def test_moving_beyond_the_end_does_nothing(begun):
    only = begun.add(text="yksi")
    version = begun.workbook()["version"]
    assert begun.sari.post(f"/passages/{only['id']}/moves", json={"direction": "down"}).status_code == 200
    assert begun.workbook()["version"] == version


def test_a_passage_is_put_right_after_another_one(begun):
    one, _ = begun.add(text="yksi"), begun.add(text="kolme")
    new = {"chapter_id": begun.chapter(), "block": {"kind": "text", "text": "kaksi"}, "after": one["id"]}
    begun.sari.post(f"/runs/{begun.run}/passages", json=new)
    texts = [p["block"]["text"] for p in begun.workbook()["passages"] if p["kind"] == "text"]
    assert texts == ["yksi", "kaksi", "kolme"]


@pytest.mark.parametrize(
    "block", [{"kind": "video"}, {"kind": "text", "html": "<b>"}, {"kind": "figure", "rows": 4}]
)
def test_a_block_that_we_do_not_know_is_refused(begun, block):
    new = {"chapter_id": begun.chapter(), "block": block}
    assert begun.sari.post(f"/runs/{begun.run}/passages", json=new).status_code == 422


@pytest.mark.parametrize("table", ["revision", "edition", "clearing", "approval", "review"])
def test_the_database_refuses_to_change_what_has_been_written(begun, session_of, table):
    begun.add("staff_voice", text="Sanat")
    quote = begun.workbook()["passages"][-1]
    begun.clear(quote)
    begun.approve()
    if table == "edition":
        begun.save(begun.workbook()["passages"][0], text="valmis")
        begun.approve()
        begun.freeze()
    with pytest.raises(DBAPIError, match="never changes"), session_of("publishing") as session:
        session.execute(text(f"UPDATE {table} SET id = id"))
