"""The command that checks an audit log: with mails as they were saved, in the database or in an export."""

import pytest

from services.identity.audit.__main__ import main
from services.identity.audit.chain import head_text
from services.identity.audit.models.entry import AuditEntry, note
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for


@pytest.fixture
def mails(avis, tmp_path):
    """Two mails that the administrators have kept."""
    kept = []
    for number in range(2):
        with acting_for(avis.id), sessions_of("identity").begin() as session:
            note(session, "people_taken_in", facts={"added": number})
        with acting_for(avis.id), sessions_of("identity")() as session:
            last = AuditEntry.last(session)
        mail = tmp_path / f"{number}.eml"
        mail.write_text(f"Subject: Sinetti\r\n\r\nHei Sari,\r\n\r\n{head_text(last.number, last.hash)}\r\n")
        kept.append(str(mail))
    return kept


@pytest.fixture
def export(avis, tmp_path):
    file = tmp_path / "log.json"
    assert main(["export", avis.slug, str(file)]) == 0
    return file


def test_an_untouched_log_holds_and_it_is_said_how_far(avis, mails, export, capsys):
    for whose in ([avis.slug], ["--export", str(export)]):
        assert main(["verify", *whose, "--heads", *mails]) == 0
        assert "2 mailed seals vouch for them up to entry" in capsys.readouterr().out


def test_without_a_seal_it_says_what_that_is_worth(avis, capsys):
    assert main(["verify", avis.slug]) == 0
    assert "could have sealed them anew" in capsys.readouterr().out


def test_the_first_broken_entry_of_an_export_is_named(avis, mails, export, capsys):
    export.write_text(export.read_text().replace('{\\"added\\":0}', '{\\"added\\":9}'))
    assert main(["verify", "--export", str(export), "--heads", *mails]) == 1
    assert "was changed after it was sealed" in capsys.readouterr().out


def test_a_seal_that_was_never_the_logs_breaks_it(avis, mails, capsys):
    assert main(["verify", avis.slug, "--head", head_text(1, bytes(32))]) == 1
    assert "not the one that was mailed" in capsys.readouterr().out
    assert main(["verify", avis.slug, "--head", head_text(999, bytes(32))]) == 1
    assert "the log ends before it" in capsys.readouterr().out


def test_what_cannot_be_read_is_said(avis, export, tmp_path, capsys):
    (tmp_path / "mail.txt").write_text("Hei!")
    assert main(["verify", "--export", str(tmp_path / "mail.txt")]) == 1
    assert "no audit log" in capsys.readouterr().err
    assert main(["verify", avis.slug, "--heads", str(tmp_path / "nowhere")]) == 1
    assert "No such file" in capsys.readouterr().err
    assert main(["verify", "nobody-of-that-name"]) == 1
    assert "no organisation of this short name" in capsys.readouterr().err
    assert main(["export", avis.slug, str(export)]) == 1
    assert "exists" in capsys.readouterr().err
    heads = [head_text(1, bytes(32)), head_text(1, b"1" * 32)]
    assert main(["verify", avis.slug, "--head", *heads]) == 1
    assert "one organisation" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["verify"])
