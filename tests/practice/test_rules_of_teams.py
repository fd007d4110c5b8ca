"""What members may do with their team and its table."""

from uuid import uuid4

import pytest

from services.practice.models import Ground, PrincipleNotice
from services.practice.models.ground import NotYetOpen
from services.practice.models.round import CAN_LIVE
from services.practice.models.team import NoCardsLeft, NotInTheTeam, OnlyTheLead, TheLeadStays
from shared.contracts.practice import AgreementSigned
from shared.problems import NotFound
from shared.web.wordings import WordingChanged
from tests.practice.tables import KAISA, LIISA, OLLI, PEKKA, RUN, WORDS, a_team, in_days

CARDS = [uuid4() for _ in range(5)]


def test_no_team_begins_before_its_phase():
    with pytest.raises(NotYetOpen):
        Ground(run_id=RUN).must_be_open()
    Ground(run_id=RUN, is_open=True).must_be_open()


def test_whoever_founds_a_team_leads_it():
    team = a_team()
    assert (team.lead_id, team.member_ids) == (LIISA, [LIISA, KAISA, OLLI])
    assert team.agreement.team_id == team.id


def test_only_the_lead_does_what_the_lead_does():
    team = a_team()
    team.only_the_lead(LIISA)
    with pytest.raises(OnlyTheLead):
        team.only_the_lead(KAISA)


def test_a_team_is_renamed():
    team = a_team()
    team.rename("Toinen nimi")
    assert team.name == "Toinen nimi"


def test_whom_the_lead_lets_go_does_not_come_back_by_the_old_link():
    team = a_team()
    code = team.code
    team.let_go(OLLI, by=OLLI)
    assert team.code == code and OLLI not in team.member_ids
    team.let_go(KAISA, by=LIISA)
    assert team.code != code and team.member_ids == [LIISA]


def test_the_lead_stays_until_somebody_else_leads():
    team = a_team()
    with pytest.raises(TheLeadStays):
        team.let_go(LIISA, by=LIISA)
    team.hand_over(KAISA)
    team.let_go(LIISA, by=LIISA)
    assert (team.lead_id, team.member_ids) == (KAISA, [KAISA, OLLI])


def test_the_lead_is_handed_over_within_the_team():
    with pytest.raises(NotInTheTeam):
        a_team().hand_over(PEKKA)


def test_a_team_whose_lead_leaves_the_organisation_has_a_lead_again():
    team = a_team()
    team.forget(LIISA)
    assert team.lead_id == min(KAISA, OLLI)
    team.forget(OLLI), team.forget(KAISA)
    assert team.member_ids == []  # and stays empty


def test_whoever_is_not_the_lead_leaves_the_lead_to_the_lead():
    team = a_team()
    team.forget(KAISA)
    assert team.lead_id == LIISA


def asked(*present):
    team = a_team()
    team.agreement.write(**WORDS)
    return team, team.ask([*present], in_days(90))


def test_only_those_of_the_team_are_asked():
    _, round = asked(KAISA, PEKKA, LIISA)
    assert round.present == [LIISA, KAISA]


def test_a_round_that_waited_only_for_somebody_who_left_is_agreed():
    team, round = asked(LIISA, OLLI)
    team.agreement.hear(LIISA, round.id, says=CAN_LIVE)
    team.forget(OLLI)
    assert team.agreement.state == "agreed" and round.present == [LIISA]
    assert [told.version for told in team.agreement.told if isinstance(told, AgreementSigned)] == [1]


def test_a_round_that_others_are_waited_for_goes_on_without_somebody_who_left():
    team, round = asked(LIISA, KAISA, OLLI)
    team.forget(OLLI)
    assert (team.agreement.state, round.waits_for) == ("agreeing", [LIISA, KAISA])


def test_a_round_that_nobody_is_left_in_goes_back_to_the_table():
    team, round = asked(OLLI)
    team.let_go(OLLI, by=OLLI)
    assert (team.agreement.state, round.state) == ("draft", "taken_back")


def test_cards_are_dealt_until_all_have_been_on_the_table():
    team = a_team()
    assert len(team.deal(CARDS)) == 3 and len(team.cards_left(CARDS)) == 2
    assert len(team.deal(CARDS)) == 2
    assert {card.passage_id for card in team.cards} == set(CARDS)
    assert {(card.team_id, card.fate) for card in team.cards} == {(team.id, "dealt")}
    with pytest.raises(NoCardsLeft):
        team.deal(CARDS)


def test_cards_are_dealt_in_no_particular_order():
    dealt = {frozenset(a_team().deal(CARDS)) for _ in range(100)}
    assert len(dealt) > 1  # all the same by chance: once in 10 to the 99th


def test_a_card_can_be_put_aside_and_one_that_was_not_dealt_is_not_there():
    team = a_team()
    first, *_ = team.deal(CARDS)
    team.decide_on(first, "put_aside")
    assert [card.fate for card in team.cards if card.passage_id == first] == ["put_aside"]
    with pytest.raises(NotFound):
        team.decide_on(uuid4(), "kept")


def test_a_principle_that_changed_once_more_has_not_been_seen():
    notice = PrincipleNotice(team_id=uuid4(), passage_id=uuid4(), edition_id=uuid4())
    read = notice.wording
    notice.must_be_read(read)
    notice.edition_id = uuid4()
    with pytest.raises(WordingChanged):
        notice.must_be_read(read)
