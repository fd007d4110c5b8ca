"""Reading colleagues' views: write first, and never in the order they came."""

from uuid import uuid4


def test_nobody_reads_before_writing(run, kaisa, matti):
    run.opens(read_first="no")
    kaisa.has_given()
    assert matti.reads().json["code"] == "write-first"
    matti.has_given()
    assert len(matti.reads().json["items"]) == 2


def test_a_view_on_one_theme_opens_only_that_theme(run, kaisa):
    run.opens()
    kaisa.has_given(theme=0)
    assert kaisa.reads(theme=1).status_code == 403
    assert [theme["may_read"] for theme in kaisa.themes] == [True, False, False, False]


def test_the_themes_alone_say_the_same_as_with_everything_about_me(run, kaisa, matti):
    for settings in ({"read_first": "no"}, {"read_first": "yes"}):
        run.opens(**settings)
        kaisa.has_given(theme=1)
        for writer in (kaisa, matti):
            alone = writer.themes_in_words(language="sv")
            with_me = writer.door.get(f"/runs/{run.id}/collecting", query_string={"language": "sv"})
            assert alone == [{name: one[name] for name in alone[0]} for one in with_me.json["themes"]]
    run.closes()
    assert all(theme["may_read"] for theme in matti.themes_in_words())


def test_a_view_taken_back_does_not_keep_the_door_open(run, kaisa):
    run.opens()
    kaisa.withdraws(kaisa.has_given())
    assert kaisa.reads().status_code == 403


def test_everybody_reads_when_collecting_has_ended(run, kaisa, matti):
    run.opens()
    kaisa.has_given()
    run.closes()
    assert len(matti.reads().json["items"]) == 1


def test_a_list_of_views_pages_through_all_of_them_in_one_steady_order(run, kaisa):
    run.opens()
    for nr in range(7):
        kaisa.has_given(f"Näkemys {nr}.")
    seen, after = [], None
    while True:
        answer = kaisa.reads(limit=3, **({"after": after} if after else {})).json
        seen += [view["id"] for view in answer["items"]]
        if not (after := answer["next"]):
            break
    assert seen == sorted(seen) and len(set(seen)) == 7


def test_a_made_up_page_address_gets_a_sentence(run, kaisa):
    run.opens(read_first="yes")
    assert kaisa.reads(after="!!").json["code"] == "no-such-page"
    assert kaisa.reads(after="WyJ4Il0").status_code == 400


def test_the_thank_you_shows_a_colleagues_view_and_never_my_own(run, kaisa, matti):
    run.opens()
    kaisa.has_given("Omani.")
    another = f"/themes/{kaisa.theme()}/another-view"
    assert kaisa.door.get(another).json == {"view": None}
    matti.has_given("Kollegan.")
    assert {kaisa.door.get(another).json["view"]["text"] for _ in range(5)} == {"Kollegan."}


def test_the_thank_you_prefers_my_language(run, kaisa, matti):
    run.opens()
    kaisa.has_given("Omani.")
    matti.has_given("På svenska.", language="sv")
    matti.has_given("Suomeksi.")
    another = f"/themes/{kaisa.theme()}/another-view"
    assert {kaisa.door.get(another).json["view"]["text"] for _ in range(5)} == {"Suomeksi."}
    assert kaisa.door.get(another, query_string={"language": "sv"}).json["view"]["text"] == "På svenska."


def test_texts_are_fetched_by_id_and_only_what_may_be_seen(run, kaisa, minna, http):
    run.opens(moderation="after")
    shared, rejected, gone = (kaisa.has_given(text) for text in ("Jää.", "Hylätään.", "Pois."))
    held = {view["id"]: view for view in minna.takes()}
    minna.rejects(held[rejected["id"]])
    kaisa.withdraws(gone)
    wanted = {"ids": [shared["id"], rejected["id"], gone["id"], str(uuid4())]}
    seen = kaisa.door.post(f"/runs/{run.id}/texts", json=wanted).json["texts"]
    assert {view["text"] for view in seen.values()} == {"Jää."}
    staff = minna.door.post(f"/runs/{run.id}/texts", json=wanted).json["texts"]
    assert {view["text"] for view in staff.values()} == {"Jää.", "Hylätään."}
    assert set(seen[shared["id"]]) == {"text", "language", "theme_id", "status"}


def test_texts_of_another_run_are_not_there(run, kaisa):
    run.opens()
    view = kaisa.has_given()
    assert kaisa.door.post(f"/runs/{uuid4()}/texts", json={"ids": [view["id"]]}).json == {"texts": {}}


def test_counts_stand_beside_each_theme(run, kaisa, matti):
    run.opens()
    kaisa.has_given(theme=0), matti.has_given(theme=0), matti.has_given(theme=2)
    assert [theme["views"] for theme in kaisa.themes] == [2, 0, 1, 0]
    assert [theme["mine"] for theme in kaisa.themes] == [1, 0, 0, 0]


def test_the_stranger_finds_nothing(run, kaisa, receipt, pekka, kela, http):
    run.opens(read_first="yes")
    view, theme = kaisa.has_given(receipt=receipt), kaisa.theme()
    stranger = http("survey").of(kela).as_("participant", run_id=run.id)
    assert stranger.who.tenant == kela
    assert stranger.get(f"/runs/{run.id}/collecting").status_code == 404
    assert stranger.get(f"/runs/{run.id}/themes-in-words").status_code == 404
    assert stranger.get(f"/themes/{theme}/views").status_code == 404
    assert stranger.post("/receipts", json={"receipts": [receipt]}).json["views"] == []
    withdrawing = stranger.post(f"/views/{view['id']}/withdrawal", json={"receipts": [receipt]})
    assert withdrawing.status_code == 404
    assert pekka("survey").post(f"/runs/{run.id}/texts", json={"ids": [view["id"]]}).json == {"texts": {}}
    assert pekka("survey").get(f"/runs/{run.id}/queue").json == {"waiting": 0, "held": 0, "mine": []}
