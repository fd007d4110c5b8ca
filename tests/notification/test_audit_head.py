"""Administrators get the head of the audit log by mail, so that nobody can change the log unseen."""

import pytest

from services.identity.audit.chain import heads_in
from shared.contracts.identity import AuditLogGrew

SEAL = "5c" * 32


@pytest.fixture
def sari(people, joins):
    return joins("Sari", "fi", ("participant", "admin"))


def test_administrators_get_each_head_once_in_their_language_and_nobody_else(
    sari, joins, smtp, hear, an_hour_passes, mails
):
    joins("Kaisa", "fi")
    hear("notification", AuditLogGrew(entries=41, seal=SEAL))
    an_hour_passes()
    got = mails()
    assert set(got) == {"sari"}
    (mail,) = got["sari"]
    assert mail["Subject"] == "Organisaationne toimintalokin sinetti"
    assert heads_in(mail.get_content()) == {41: bytes.fromhex(SEAL)}
    hear("notification", AuditLogGrew(entries=41, seal=SEAL))
    an_hour_passes()
    assert len(mails()["sari"]) == 1
