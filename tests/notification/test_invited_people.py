"""Who came by a list gets no mail, whatever opens, before being invited; and then one mail, once."""

from uuid import UUID, uuid4

import pytest

from shared.contracts.identity import MemberChanged, MemberJoined, PeopleInvited
from tests.notification.test_invitations import opened


@pytest.fixture
def lists(identity, hear):
    """Somebody comes by a list."""

    def list_(name: str) -> UUID:
        member, email = uuid4(), f"{name.lower()}@avi.example"
        about = {"id": str(member), "name": name, "email": email, "language": "fi"}
        identity.people[str(member)] = about
        hear("notification", MemberJoined(member_id=member, roles=["participant"], is_invited=False))
        return member

    return list_


@pytest.fixture
def linnea(people, smtp, lists) -> UUID:
    return lists("Linnea")


def test_nothing_is_sent_to_somebody_who_is_not_invited(linnea, hear, an_hour_passes, mails):
    hear("notification", opened("views", "give_views"))
    an_hour_passes()
    assert set(mails()) == {"kaisa", "mikael", "tuula"}


def test_who_comes_by_a_list_while_something_is_open_gets_no_mail(
    people, smtp, hear, lists, an_hour_passes, mails
):
    hear("notification", opened("views", "give_views"))
    an_hour_passes()
    lists("Olli")
    an_hour_passes()
    assert "olli" not in mails()


def test_an_invitation_is_one_mail_and_from_then_on_mails_come(linnea, hear, an_hour_passes, mails):
    hear("notification", PeopleInvited(members=[linnea]))
    an_hour_passes()
    (welcome,) = mails()["linnea"]
    assert welcome["Subject"] == "Tervetuloa Polkuun" and set(mails()) == {"linnea"}
    hear("notification", opened("views", "give_views"))
    an_hour_passes()
    assert len(mails()["linnea"]) == 2


def test_who_signs_in_uninvited_is_told_what_is_open(linnea, hear, an_hour_passes, mails):
    hear("notification", opened("views", "give_views"))
    an_hour_passes()
    hear("notification", MemberChanged(member_id=linnea, roles=["participant"], is_invited=True))
    an_hour_passes()
    (mail,) = mails()["linnea"]
    assert mail["Subject"] != "Tervetuloa Polkuun"


def test_moving_somebody_who_is_not_invited_invites_nobody(linnea, hear, an_hour_passes, mails):
    hear("notification", opened("views", "give_views"))
    hear("notification", MemberChanged(member_id=linnea, roles=["participant"], is_invited=False))
    an_hour_passes()
    assert "linnea" not in mails()
