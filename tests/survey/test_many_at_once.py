"""Many people at the same moment: nothing is lost, nothing is counted twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

from sqlalchemy import func, select

from services.survey.models import View
from shared.contracts.survey import CollectingEnded, ViewShared
from shared.tenancy.sessions import acting_for
from tests.survey.conftest import RECEIPT, let_all_leave

PEOPLE = 6


def together(acts: list) -> list:
    """All of them at once, each in a thread of its own; their answers in order."""
    start = Barrier(len(acts))

    def go(act):
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as crowd:
        return list(crowd.map(go, acts))


def test_a_double_click_that_arrives_at_the_same_moment_is_one_view(run, kaisa, told):
    run.opens()
    theme = f"/themes/{kaisa.theme()}/views"
    words = {"text": "Kerran.", "language": "fi", "receipt": RECEIPT.format(7)}
    answers = together([lambda: kaisa.door.post(theme, json=words)] * PEOPLE)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["view"]["id"] for answer in answers}) == 1
    assert len(kaisa.own()) == 1
    let_all_leave(run.id)
    assert len(told("survey", ViewShared)) == 1


def test_one_author_on_several_devices_at_once_loses_nothing(run, kaisa):
    run.opens()
    kaisa.gives("Ensimmäinen.")
    themes = [theme["id"] for theme in kaisa.themes]
    words = [{"text": f"Laite {nr}.", "language": "fi"} for nr in range(PEOPLE)]
    acts = [
        lambda each=each: kaisa.door.post(f"/themes/{themes[1]}/views", json=each).status_code
        for each in words
    ]
    acts += [lambda: kaisa.drafts("Kesken", theme=2).status_code]
    assert set(together(acts)) == {201, 204}
    assert {own["text"] for own in kaisa.own()} == {"Ensimmäinen."} | {each["text"] for each in words}
    assert kaisa.themes[2]["draft"]["text"] == "Kesken"


def test_everybody_who_sends_at_once_is_heard(run, told):
    run.opens()
    writers = [run.writer() for _ in range(PEOPLE)]
    theme = writers[0].theme()
    words = {"text": "Minäkin.", "language": "fi"}
    answers = together(
        [lambda door=writer.door: door.post(f"/themes/{theme}/views", json=words) for writer in writers]
    )
    assert [answer.status_code for answer in answers] == [201] * PEOPLE
    let_all_leave(run.id)
    assert len(told("survey", ViewShared)) == PEOPLE


def test_who_sends_while_collecting_ends_is_counted_or_told_no(run, avi, told, session_of):
    run.opens()
    writers = [run.writer() for _ in range(PEOPLE)]
    theme = writers[0].theme()
    words = {"text": "Vielä ehdin.", "language": "fi"}

    def close():
        with acting_for(avi):
            run.closes()

    closing = Thread(target=close)
    closing.start()
    answers = together(
        [lambda door=writer.door: door.post(f"/themes/{theme}/views", json=words) for writer in writers]
    )
    closing.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    given = sum(answer.status_code == 201 for answer in answers)
    with session_of("survey") as session:
        stored = session.scalar(select(func.count()).select_from(View).where(View.run_id == run.id))
    (ended,) = told("survey", CollectingEnded)
    assert given == stored == ended.shared


def test_who_sends_while_a_handful_leaves_is_in_it_or_waits(run, avi, session_of):
    run.opens()
    writers = [run.writer() for _ in range(PEOPLE)]
    for writer in writers:
        writer.gives("Ensin.")
    theme = writers[0].theme()

    def look():
        with acting_for(avi):
            run.somebody_looks()

    words = {"text": "Vielä yksi.", "language": "fi"}
    acts = [lambda door=writer.door: door.post(f"/themes/{theme}/views", json=words) for writer in writers]
    together([*acts, look])
    seen = [sorted(view["text"] for view in writer.own()) for writer in writers]
    assert seen == [["Ensin.", "Vielä yksi."]] * PEOPLE
    let_all_leave(run.id)
    with session_of("survey") as session:
        assert session.scalar(select(func.count()).select_from(View)) == 2 * PEOPLE


def test_moderators_who_reach_at_once_never_hold_the_same_view(run, kaisa):
    run.opens()
    for nr in range(PEOPLE):
        kaisa.has_given(f"Näkemys {nr}.")
    moderators = [run.moderator() for _ in range(3)]
    taken = together([lambda moderator=moderator: moderator.takes(2) for moderator in moderators])
    held = [view["id"] for views in taken for view in views]
    assert len(held) == len(set(held))
