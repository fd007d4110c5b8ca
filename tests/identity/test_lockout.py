"""A client that has locked itself out is let in again by two named people, and reads who they were and why."""

import pytest

from services.identity.lockout import main
from services.identity.models import Organisation
from shared.contracts.identity import WayInChanged
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.identity.houses import grant
from tests.identity.test_clients import inside

TWO = ("Anna Aalto", "Bo Berg")


@pytest.fixture
def locked_out(avis, consultancy):
    """The last way in was closed, with a colleague named who has gone since."""
    henna = consultancy.member(consultancy.let_in(consultancy.employ("Henna", roles=["lead"])))
    grant(avis, consultancy, henna, "lead")
    sari = inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))
    (way,) = sari.get("/connections").json
    assert sari.delete(f"/connections/{way['id']}?still_gets_in=Henna").status_code == 200
    return way


@pytest.fixture(autouse=True)
def led_by_the_consultancy(avis, consultancy):
    is_led_by(consultancy, avis)


def is_led_by(consultancy, client) -> None:
    with acting_for(client.id), sessions_of("identity").begin() as session:
        Organisation.ours(session).consultancy_id = consultancy.id


def typing(*names):
    typed = iter(names)
    return lambda question: next(typed)


def asked(act, avis, *more, people=TWO, because="Their provider is gone."):
    return [act, avis.slug, *more, "--people", *people, "--because", because]


def log_of(avis):
    sari = inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))
    return sari.get("/ways-in").json["changes"]


def test_two_people_open_it_again_and_the_client_reads_who_and_why(avis, locked_out, told):
    assert main(asked("reopen", avis, locked_out["id"]), typing(*TWO)) == 0
    (mended,) = [change for change in log_of(avis) if change["kind"] == "mended"]
    assert mended["operators"] == list(TWO) and mended["because"] == "Their provider is gone."
    assert told("identity", WayInChanged, tenant=avis.id)[-1].kind == "mended"


@pytest.mark.parametrize(
    ("people", "typed"),
    [
        (TWO, ("Anna Aalto", "Anna Aalto")),
        (TWO, ("Anna Aalto", "")),
        (("Anna Aalto", "anna  aalto"), ("Anna Aalto", "anna  aalto")),
        (("Anna Aalto", "root"), ("Anna Aalto", "root")),
    ],
)
def test_one_person_alone_opens_nothing(avis, locked_out, capsys, people, typed):
    assert main(asked("reopen", avis, locked_out["id"], people=people), typing(*typed)) == 1
    assert "two people" in capsys.readouterr().err
    assert (
        avis.door.post("/sign-ins", json={"redirect_uri": f"http://{avis.host}/sign-in/back"}).status_code
        == 404
    )


def test_nothing_is_mended_without_a_reason(avis, locked_out, capsys):
    assert main(asked("reopen", avis, locked_out["id"], because=" "), typing(*TWO)) == 1
    assert "--because" in capsys.readouterr().err


def test_another_clients_way_in_is_not_there(avis, kelas, locked_out, consultancy):
    is_led_by(consultancy, kelas)
    assert main(asked("confirm", kelas, locked_out["id"]), typing(*TWO)) == 1


def test_a_new_way_in_to_the_same_provider_brings_everybody_their_own_account(avis, locked_out):
    new = [
        "--name",
        "Uusi",
        "--issuer",
        avis.provider.issuer,
        "--client-id",
        "polku-new",
        "--domains",
        avis.domain,
    ]
    assert main(asked("open", avis, *new), typing(*TWO), typing("a secret")) == 0
    sari = inside(avis, avis.let_in(avis.employ("Sari", roles=["admin"])))
    ways = {way["name"]: way for way in sari.get("/connections").json}
    assert ways["Uusi"]["confirmed_how"] == "operator" and ways["Aluevirasto"]["closed_at"]
    assert sari.get("/ways-in").json["first_administrator"] == "Sari"


def test_the_operator_sees_how_the_ways_in_stand(avis, locked_out, capsys):
    assert main(["show", avis.slug]) == 0
    assert f"{locked_out['id']} closed, confirmed" in capsys.readouterr().out


def test_the_consultancy_is_let_in_again_by_the_same_command(consultancy, capsys):
    assert main(["show", consultancy.slug]) == 0
    way = capsys.readouterr().out.split()[0]
    assert main(asked("reopen", consultancy, way), typing(*TWO)) == 0


def test_a_short_name_that_nobody_has_is_refused(capsys):
    assert main(["show", "nobody-here"]) == 1
    assert "no organisation of this short name" in capsys.readouterr().err
