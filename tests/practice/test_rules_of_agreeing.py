"""What members may do with their ground rules, from the first clause to "still true?"."""

from datetime import datetime
from uuid import uuid4

import pytest

from services.practice.models.agreement import (
    ASKED_AT,
    NobodyIsPresent,
    NoRoundIsOpen,
    NothingToAgreeOn,
    ReviewIsPast,
    RoundIsOpen,
    RulesAreAgreed,
)
from services.practice.models.round import CAN_LIVE, NEEDS_TALK, NotAtThisRound, SayWhatToTalkAbout
from shared.contracts.practice import (
    AgreementDrafted,
    AgreementSigned,
    ClauseDropped,
    ClauseWritten,
    ReviewDue,
)
from shared.languages import ZONE
from shared.problems import NotFound
from shared.web.wordings import WordingChanged
from tests.practice.tables import (
    KAISA,
    LIISA,
    OLLI,
    PEKKA,
    RUN,
    WORDS,
    a_team,
    agree,
    agreed,
    asked,
    in_days,
    only_clause,
    rules,
)


def told(agreement, *kinds):
    return [happened for happened in agreement.told if isinstance(happened, kinds)]


def test_a_team_begins_with_an_empty_table():
    agreement = a_team().agreement
    [drafted] = told(agreement, AgreementDrafted)
    assert (drafted.run_id, drafted.agreement_id, drafted.team_id) == (RUN, agreement.id, agreement.team_id)
    assert (agreement.state, agreement.version, agreement.clauses) == ("draft", 0, [])


def test_the_thread_knows_what_a_clause_was_made_from():
    agreement, card = a_team().agreement, uuid4()
    agreement.write(**WORDS)
    agreement.write(**WORDS, source_id=card)
    assert [written.derived_from for written in told(agreement, ClauseWritten)] == [[], [card]]


def test_a_new_clause_lies_below_the_others():
    agreement = rules()
    agreement.drop(only_clause(agreement).id)
    for _ in range(3):
        agreement.write(**WORDS)
    assert [clause.position for clause in agreement.clauses] == [1, 2, 3]


def test_a_clause_is_reworded_and_is_then_the_teams_own():
    agreement = rules()
    clause = only_clause(agreement)
    clause.source_has_changed = True
    agreement.reword(clause.id, "availability", "Kokous alkaa tasalta.", "sv")
    assert (clause.heading, clause.words, clause.language) == ("availability", "Kokous alkaa tasalta.", "sv")
    assert not clause.source_has_changed


def test_a_dropped_clause_is_told():
    agreement = rules()
    clause = only_clause(agreement)
    agreement.drop(clause.id)
    assert agreement.clauses == []
    assert [dropped.clause_id for dropped in told(agreement, ClauseDropped)] == [clause.id]


def test_a_clause_of_another_team_is_not_there():
    agreement = rules()
    for act in (agreement.drop, agreement.clause, lambda id: agreement.reword(id, **WORDS)):
        with pytest.raises(NotFound):
            act(uuid4())


def test_there_is_no_round_without_clauses():
    with pytest.raises(NothingToAgreeOn):
        a_team().agreement.ask_everybody([LIISA], in_days(90))


def test_there_is_no_round_of_nobody():
    with pytest.raises(NobodyIsPresent):
        rules().ask_everybody([], in_days(90))


@pytest.mark.parametrize("days", [0, -1])
def test_the_review_is_on_a_day_to_come(days):
    with pytest.raises(ReviewIsPast):
        rules().ask_everybody([LIISA], in_days(days))
    with pytest.raises(ReviewIsPast):
        agreement = agreed()
        agreement.is_still_true(in_days(days), agreement.wording)


def test_the_rules_are_agreed_when_the_last_one_present_can_live_with_them():
    agreement, round = asked()
    for member in (LIISA, KAISA):
        agreement.hear(member, round.id, says=CAN_LIVE)
    assert (agreement.state, round.waits_for, told(agreement, AgreementSigned)) == ("agreeing", [OLLI], [])
    agreement.hear(OLLI, round.id, says=CAN_LIVE)
    assert (agreement.state, agreement.version, agreement.round_now) == ("agreed", 1, None)
    [signed] = told(agreement, AgreementSigned)
    assert (signed.version, signed.review_on) == (1, in_days(90))


def test_those_absent_are_not_waited_for_and_not_heard():
    agreement, round = asked(LIISA, KAISA)
    with pytest.raises(NotAtThisRound):
        agreement.hear(OLLI, round.id, says=CAN_LIVE)
    agree(agreement, round)
    assert agreement.state == "agreed"


@pytest.mark.parametrize("nothing", ["", " ", "\u00ad"])
def test_whoever_needs_talk_says_what_about(nothing):
    agreement, round = asked()
    with pytest.raises(SayWhatToTalkAbout):
        agreement.hear(OLLI, round.id, says=NEEDS_TALK, reason=nothing)
    assert round.voices == []


def test_one_who_needs_talk_holds_the_agreement_until_it_is_settled():
    agreement, round = asked()
    about = only_clause(agreement).id
    agreement.hear(OLLI, round.id, says=NEEDS_TALK, reason=" Perjantai ei käy. ", clause_id=about)
    for member in (LIISA, KAISA):
        agreement.hear(member, round.id, says=CAN_LIVE)
    assert agreement.state == "agreeing" and round.waits_for == [OLLI]
    agreement.settle(OLLI, "Perjantaina ei kokouksia.")
    agreement.hear(OLLI, round.id, says=CAN_LIVE)
    [version] = agreement.versions
    talk = {"reason": "Perjantai ei käy.", "resolution": "Perjantaina ei kokouksia."}
    assert version.talks == [{"member_id": str(OLLI)} | talk]


def test_a_new_concern_is_not_settled_by_the_answer_to_the_one_before():
    agreement, round = asked()
    agreement.hear(OLLI, round.id, says=NEEDS_TALK, reason="Perjantai ei käy.")
    agreement.settle(OLLI, "Perjantaina ei kokouksia.")
    voice = agreement.hear(OLLI, round.id, says=NEEDS_TALK, reason="Maanantaikaan ei käy.")
    assert (voice.reason, voice.resolution) == ("Maanantaikaan ei käy.", "")


def test_nothing_is_talked_about_that_is_not_on_the_table():
    agreement, round = asked()
    with pytest.raises(NotFound):
        agreement.hear(OLLI, round.id, says=NEEDS_TALK, reason="Mikä tämä on?", clause_id=uuid4())


def test_nobody_settles_what_nobody_has_raised():
    agreement, round = asked()
    agreement.hear(KAISA, round.id, says=CAN_LIVE)
    for member in (KAISA, OLLI):
        with pytest.raises(NotFound):
            agreement.settle(member, "Sovittu.")


def test_consent_can_be_taken_back_while_the_round_is_open():
    agreement, round = asked()
    agreement.hear(KAISA, round.id, says=CAN_LIVE)
    agreement.hear(KAISA, round.id, says=NEEDS_TALK, reason="Mietin vielä.")
    for member in (LIISA, OLLI):
        agreement.hear(member, round.id, says=CAN_LIVE)
    assert agreement.state == "agreeing" and len(round.voices) == 3


def test_words_stay_while_they_are_being_agreed_on():
    agreement, _ = asked()
    clause = only_clause(agreement)
    for act in (
        lambda: agreement.write(**WORDS),
        lambda: agreement.reword(clause.id, **WORDS),
        lambda: agreement.drop(clause.id),
        lambda: agreement.ask_everybody([LIISA], in_days(90)),
    ):
        with pytest.raises(RoundIsOpen):
            act()


def test_taken_back_to_the_table_everybody_is_asked_again():
    agreement, round = asked()
    agreement.hear(KAISA, round.id, says=CAN_LIVE)
    agreement.take_back()
    assert (agreement.state, round.state, agreement.round_now) == ("draft", "taken_back", None)
    assert agreement.ask_everybody([KAISA], in_days(30)).waits_for == [KAISA]


def test_consent_is_to_the_rules_as_they_were_asked_about():
    """Kaisa reads; Liisa takes the rules back and asks again; only then does Kaisa press."""
    agreement, read = asked()
    agreement.take_back()
    agreement.ask_everybody([LIISA, KAISA], in_days(90))
    with pytest.raises(WordingChanged):
        agreement.hear(KAISA, read.id, says=CAN_LIVE)


def test_nobody_speaks_where_nothing_is_asked():
    agreement = agreed()
    for act in (lambda: agreement.hear(KAISA, uuid4(), says=CAN_LIVE), agreement.take_back):
        with pytest.raises(NoRoundIsOpen):
            act()


def test_agreed_rules_stay_until_they_are_opened_again():
    agreement = agreed()
    with pytest.raises(RulesAreAgreed):
        agreement.drop(only_clause(agreement).id)
    agreement.open_again(agreement.wording)
    agreement.drop(only_clause(agreement).id)
    [version] = agreement.versions
    assert [kept["words"] for kept in version.clauses] == [WORDS["words"]]


def test_the_history_keeps_every_version_as_it_was_agreed():
    agreement, card = agreed(), uuid4()
    agreement.open_again(agreement.wording)
    only_clause(agreement).source_id = card
    agreement.reword(only_clause(agreement).id, "meetings", "Kokous alkaa tasalta.", "fi")
    agree(agreement, agreement.ask_everybody([LIISA], in_days(60)))
    second, first = agreement.versions
    assert [(kept.number, kept.clauses[0]["words"]) for kept in (second, first)] == [
        (2, "Kokous alkaa tasalta."),
        (1, WORDS["words"]),
    ]
    assert (second.clauses[0]["source_id"], first.clauses[0]["source_id"]) == (str(card), None)
    assert (second.present, second.review_on, second.agreed_on) == ([str(LIISA)], in_days(60), in_days(0))


def test_the_clock_asks_on_the_morning_of_the_review():
    agreement = agreed()
    assert agreement.review_on == in_days(90)
    assert agreement.timers == {"review_due": datetime.combine(in_days(90), ASKED_AT, ZONE)}


def test_on_the_review_day_the_team_is_asked_whether_it_is_still_true():
    agreement = agreed()
    agreement.ask_whether_still_true([LIISA, KAISA])
    assert agreement.is_review_due
    [due] = told(agreement, ReviewDue)
    assert (due.team_id, due.members) == (agreement.team_id, [LIISA, KAISA])


def test_still_true_sets_the_next_day():
    agreement = agreed()
    agreement.ask_whether_still_true([LIISA])
    agreement.is_still_true(in_days(180), agreement.wording)
    assert (agreement.is_review_due, agreement.review_on) == (False, in_days(180))
    assert agreement.timers["review_due"].date() == in_days(180)


def test_rules_that_are_being_changed_are_not_asked_about():
    agreement = agreed()
    agreement.is_review_due = True
    agreement.open_again(agreement.wording)
    assert (agreement.timers, agreement.is_review_due) == ({"review_due": None}, False)
    agreement.ask_whether_still_true([LIISA])
    assert told(agreement, ReviewDue) == []
    with pytest.raises(NoRoundIsOpen):
        agreement.is_still_true(in_days(180), agreement.wording)


def test_what_is_agreed_anew_is_not_asked_about_before_its_day():
    agreement = agreed()
    agreement.ask_whether_still_true([LIISA])
    agreement.open_again(agreement.wording)
    agree(agreement, agreement.ask_everybody([LIISA], in_days(60)))
    assert not agreement.is_review_due


def test_opening_twice_is_opening_once():
    agreement = agreed()
    read = agreement.wording
    for _ in range(2):
        agreement.open_again(read)
    assert agreement.state == "draft"


def test_still_true_and_open_again_are_about_the_rules_that_were_read():
    agreement = agreed()
    read = agreement.wording
    agreement.open_again(read)
    agreement.reword(only_clause(agreement).id, "meetings", "Kokous alkaa kuudelta.", "fi")
    agree(agreement, agreement.ask_everybody([LIISA], in_days(60)))
    for act in (lambda: agreement.is_still_true(in_days(180), read), lambda: agreement.open_again(read)):
        with pytest.raises(WordingChanged):
            act()
    assert (agreement.state, agreement.review_on) == ("agreed", in_days(60))


def test_a_stranger_has_no_voice():
    agreement, round = asked()
    with pytest.raises(NotAtThisRound):
        agreement.hear(PEKKA, round.id, says=CAN_LIVE)
