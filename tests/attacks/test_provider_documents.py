"""A provider that says wrong things: what it says is refused or passed over, never believed, and never breaks a page."""

import pytest
from sqlalchemy import select

from services.identity.models import Connection, Member, Site, Unit
from services.identity.sign_in import provider as providers
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for
from tests.attacks.providers import DOCUMENT, KEY, way_in
from tests.attacks.test_outgoing import AWAY, begun, finished, starts
from tests.identity.test_clients import inside

NOT_GENUINE = (403, "answer-not-genuine")
STRANGE = [
    None,
    [],
    {},
    5,
    -1,
    1.5,
    True,
    "",
    ["x"],
    [["x"]],
    [None],
    {"x": "y"},
    "\ud800",
    "x\x00y",
    "x" * 100_000,
]


def comes_back(house, hostile, **claims):
    """How a sign-in ends of which the provider says this."""
    way_in(house, hostile.issuer)
    state = house.begin()["state"]
    hostile.vouches(house, state, **claims)
    return finished(house, state)


@pytest.mark.parametrize(
    "member", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "token_endpoint_auth_methods_supported",
               "authorization_response_iss_parameter_supported"],
)  # fmt: skip
def test_a_document_with_a_member_of_a_wrong_type_is_refused(avis, hostile, member):
    right = {
        "token_endpoint_auth_methods_supported": ([], ["x"]),
        "authorization_response_iss_parameter_supported": (True,),
    }
    way_in(avis, hostile.issuer)
    for strange in STRANGE:
        if not any(type(strange) is type(one) and strange == one for one in right.get(member, ())):
            forget_all()
            hostile.says(DOCUMENT, hostile.document | {member: strange})
            assert begun(avis) == AWAY, strange


NO_OBJECTS = (
    b"",
    b"[]",
    b"5",
    b'"text"',
    b"null",
    b"{",
    b"\xff\xfe",
    b"<html>",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"9" * 10_000,
)


@pytest.mark.parametrize("path", ["/keys", "/token_endpoint", "/userinfo"])
def test_what_is_no_object_is_refused_wherever_it_comes_from(avis, hostile, path):
    way_in(avis, hostile.issuer)
    for body in NO_OBJECTS:
        forget_all()
        hostile.says(DOCUMENT, body)
        assert begun(avis) == AWAY, body[:9]
        forget_all()
        hostile.answers.clear()
        hostile.says(path, body)
        assert comes_back(avis, hostile, name=...) == AWAY, body[:9]


def forget_all() -> None:
    """As if half a minute and a day had passed."""
    providers.FAILURES._until.clear()
    providers.DOCUMENTS._kept.clear()
    providers.KEYS._kept.clear()


GOOD = KEY.as_dict(private=False)
NO_KEYS = [
    None, 5, "keys", {}, [], [None], [5], ["RSA"], [[]], [{}], [{"kty": "RSA"}], [{"kty": 5}], [{"kty": ["RSA"]}],
    [GOOD | {"n": 5}], [GOOD | {"n": "!"}], [GOOD | {"n": ""}], [GOOD | {"e": []}], [GOOD | {"kty": "EC", "crv": {}}],
    [{"kty": "oct", "k": "c2VjcmV0"}], [GOOD | {"kid": "another"}],
]  # fmt: skip


def test_keys_that_are_none_let_nobody_in(avis, hostile):
    for keys in NO_KEYS:
        forget_all()
        hostile.says("/keys", {"keys": keys})
        assert comes_back(avis, hostile) in (AWAY, NOT_GENUINE), keys


def test_an_administrator_who_looks_at_keys_that_are_none_is_told_the_same(avis, hostile):
    sari = inside(avis, avis.sign_in(avis.employ("Sari", roles=["admin"])))
    for keys in (keys for keys in NO_KEYS if keys != [GOOD | {"kid": "another"}]):
        hostile.says("/keys", {"keys": keys})
        answer = sari.post("/providers", json={"issuer": hostile.issuer})
        assert (answer.status_code, answer.json["code"]) == AWAY, keys


def test_a_key_with_a_strange_member_breaks_nothing(avis, hostile):
    for more in ({"kid": 5}, {"kid": []}, {"use": 5}, {"alg": {}}, {"key_ops": "verify"}, {"x5c": 5}):
        forget_all()
        hostile.says("/keys", {"keys": [GOOD | more]})
        assert comes_back(avis, hostile) in (AWAY, NOT_GENUINE, (201, None)), more


def test_a_good_key_among_what_is_none_is_used(avis, hostile):
    hostile.says("/keys", {"keys": [5, {"kty": "RSA"}, {"kty": "AKP", "kid": "later"}, GOOD]})
    assert comes_back(avis, hostile) == (201, None)


@pytest.mark.parametrize("member", ["id_token", "access_token"])
def test_an_answer_of_the_token_endpoint_with_strange_tokens_lets_nobody_in(avis, hostile, member):
    way_in(avis, hostile.issuer)
    hostile.says("/userinfo", {})
    for strange in STRANGE:
        state = avis.begin()["state"]
        hostile.vouches(avis, state, email=..., name=...)
        tokens = {"id_token": hostile.id_token, "access_token": "theirs"} | {member: strange}
        hostile.says("/token_endpoint", tokens)
        assert finished(avis, state)[0] in (403, 502), strange
        forget_all()


TIMES = (None, [], {}, True, "", "later")
HOSTILE = {
    "sub": (*STRANGE, 300 * "x", "a\nb"),
    "nonce": (*STRANGE, "ä"),
    "iss": (*STRANGE, ["x", "y"]),
    "aud": (*STRANGE, [5], [["x"]]),
    "azp": STRANGE[1:],
    "exp": (*TIMES, -1, -1e300, float("nan"), float("-inf")),
    "iat": (*TIMES, 10**30, float("inf")),
    "nbf": (*TIMES[1:], 10**30),
}


@pytest.mark.parametrize("claim", HOSTILE)
def test_an_id_token_with_a_claim_of_a_wrong_type_is_not_believed(avis, hostile, claim):
    for strange in HOSTILE[claim]:
        assert comes_back(avis, hostile, **{claim: strange}) == NOT_GENUINE, strange
    assert comes_back(avis, hostile) == (201, None)


def who(house) -> tuple[Member, list[str]]:
    """The one who has signed in, and the names of all units and sites."""
    with acting_for(house.id), sessions_of("identity")() as session:
        places = [*session.scalars(select(Unit.name)), *session.scalars(select(Site.name))]
        return session.scalars(select(Member)).one(), places


def test_what_is_no_text_is_nobodys_name_unit_or_language(avis, hostile):
    nothing = [one for one in STRANGE if not isinstance(one, str)]
    for strange in (*nothing, "", " ", "\x00", "\ud800", "\u202e", 300 * "x"):
        said = {"name": strange, "unit": strange, "site": strange, "locale": strange}
        hostile.says("/userinfo", {"sub": "kaisa"} | said)
        assert comes_back(avis, hostile, **said) == (201, None), strange
        member, places = who(avis)
        assert (member.name, member.language, places) == (f"kaisa@{avis.domain}", "fi", []), strange


def test_an_address_that_is_no_text_makes_no_account(avis, hostile):
    hers = f"kaisa@{avis.domain}"
    for strange in ([hers], {"x": hers}, 5, [], hers + "\x00.evil.example", None):
        hostile.says("/userinfo", {"sub": "kaisa", "email": strange})
        assert comes_back(avis, hostile, email=strange) == (403, "not-your-domain"), strange


def test_an_address_is_not_vouched_for_whatever_no_is_written_like(avis, hostile):
    for said in (False, "false", 0, [], {}, [True], "no"):
        assert comes_back(avis, hostile, email_verified=said) == (403, "not-your-domain"), said


def test_signs_that_nobody_sees_are_not_in_a_name(avis, hostile):
    assert comes_back(avis, hostile, name=" Kaisa\u202e\x07 \n Niemi ", unit="Työ\tsuojelu") == (201, None)
    member, places = who(avis)
    assert (member.name, places) == ("Kaisa Niemi", ["Työ suojelu"])


def roles_of(house, hostile, said, table: dict[str, str]) -> list[str]:
    way_in(house, hostile.issuer)
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.scalars(select(Connection)).one().role_names = table
    assert comes_back(house, hostile, roles=said) == (201, None)
    return who(house)[0].vouched_roles


def test_a_word_that_the_administrators_table_does_not_name_gives_no_role(avis, hostile):
    for said in (["admin"], "admin", "admin coordinator", ["lead", "operator", "service"]):
        for table in ({}, {"Polku-vetäjät": "coordinator"}):
            assert roles_of(avis, hostile, said, table) == [], said


def test_roles_are_the_tables_by_the_rule_for_texts_and_lists(avis, hostile):
    table = {
        "Vetäjät": "coordinator",
        "Ylläpito": "admin",
        "Polun vetäjät": "designer",
        "lead": "lead",
    } | {str(value): "supervisor" for value in (5, True, None, [5], ["Vetäjät"], {"x": "Ylläpito"})}
    rule = [
        ("Vetäjät", ["coordinator"]), ("Vetäjät Ylläpito", ["admin", "coordinator"]), ("Polun vetäjät", ["designer"]),
        (["Vetäjät", "Ylläpito"], ["admin", "coordinator"]), (["Vetäjät Ylläpito"], []), (["Polun vetäjät"], ["designer"]),
        (["Vetäjät", ["Ylläpito"], {"x": "Ylläpito"}, None, 5], ["coordinator"]), ([["Vetäjät"]], []),
        ({"Vetäjät": True}, []), (5, []), (True, []), (None, []), (["5"], ["supervisor"]), ([5, True, {"x": "Ylläpito"}], []),
        ("vetäjät", []), ("lead", []),
    ]  # fmt: skip
    for said, roles in rule:
        assert roles_of(avis, hostile, said, table) == roles, said


def test_who_answers_is_said_where_the_provider_always_says_it(avis, hostile):
    """RFC 9207, 2.4."""
    hostile.says(DOCUMENT, hostile.document | {"authorization_response_iss_parameter_supported": True})
    for came, ended in (
        ({}, NOT_GENUINE),
        ({"iss": hostile.issuer + "/"}, NOT_GENUINE),
        ({"iss": hostile.issuer}, (201, None)),
    ):
        state = starts(avis, hostile)
        assert finished(avis, state, **came) == ended
    assert finished(avis, starts(avis, hostile), code="", error="access_denied") == NOT_GENUINE


def test_who_answers_is_compared_wherever_it_is_said(avis, hostile):
    for iss in ("https://evil.example", "", hostile.issuer.upper(), hostile.issuer + "/"):
        assert finished(avis, starts(avis, hostile), iss=iss) == NOT_GENUINE
    assert finished(avis, starts(avis, hostile), iss=hostile.issuer) == (201, None)


def test_an_answer_that_says_it_twice_is_refused_at_the_door(avis, whole, browse):
    kaisa = browse(avis)
    back = kaisa.way_back(avis.employ("Kaisa"))
    issuer = avis.provider.issuer
    for twice in ("code=other", "state=other", f"iss={issuer}&iss=https://evil.example"):
        assert kaisa.get(f"{back}&{twice}").status_code == 400
    assert kaisa.get(f"{back}&iss=https://evil.example").status_code == 403
    assert kaisa.cookie("visit") is None


def test_what_one_way_in_was_asked_is_not_answered_at_anothers_address(avis, hostile, whole, browse):
    """Mix-up: the code of an honest provider, brought to where a hostile one's answers are expected."""
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        other = {"name": "Other", "issuer": avis.provider.issuer, "client_id": "other"}
        theirs = Connection.set_up(session, **other).id
        old = session.scalars(select(Connection).where(Connection.id != theirs)).one()
        assert old.return_address(f"http://{avis.host}/x") == f"http://{avis.host}/sign-in/back/{old.id}"
    for wrong in (f"/sign-in/back/{theirs}", "/sign-in/back"):
        kaisa = browse(avis)
        sent = kaisa.get(f"/sign-in?by={old.id}").headers["Location"]
        brought = avis.provider.sign_in(sent, avis.employ("Kaisa"))
        assert brought["connection_id"] == str(old.id)
        asked = f"code={brought['code']}&state={brought['state']}"
        assert kaisa.get(f"{wrong}?{asked}").status_code == 403
        assert kaisa.get(f"/sign-in/back/{old.id}?{asked}").status_code == 400  # the state is used up
        assert kaisa.cookie("visit") is None


def test_a_way_in_from_before_keeps_the_address_that_its_provider_knows(avis, whole, browse):
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.scalars(select(Connection)).one().has_own_return_address = False
    kaisa, subject = browse(avis), avis.employ("Kaisa")
    back = kaisa.way_back(subject)
    assert back.startswith("/sign-in/back?")
    assert kaisa.get(back).status_code == 303 and kaisa.cookie("visit")


def test_what_could_not_be_used_is_remembered_for_its_own_organisation_alone(avis, kelas, hostile):
    hostile.says(DOCUMENT, b"[]")
    for _ in range(5):
        way_in(avis, hostile.issuer)
        assert begun(avis) == AWAY
    assert hostile.asked == [DOCUMENT]
    hostile.answers.clear()
    way_in(kelas, hostile.issuer)
    assert begun(kelas)[0] == 201
    assert begun(avis) == AWAY  # half a minute is not over


def test_a_document_that_was_good_is_kept_while_it_cannot_be_read_anew(avis, hostile, monkeypatch):
    assert finished(avis, starts(avis, hostile)) == (201, None)
    monkeypatch.setattr(providers, "REMEMBERED_SECONDS", 0)
    for trouble in (b"[]", b" " * 300 * 1024):
        providers.FAILURES._until.clear()
        hostile.says(DOCUMENT, trouble)
        hostile.says("/keys", trouble)
        assert finished(avis, starts(avis, hostile)) == (201, None)
    monkeypatch.setattr(providers, "KEPT_SECONDS", 0)
    assert begun(avis) == AWAY


def test_a_visitors_own_nonsense_locks_out_nobody(avis, hostile):
    """What the token endpoint answers to somebody's code is remembered against nobody else."""
    for nonsense, status in (
        (b"<html>", 500),
        (b"{}", 503),
        (b'{"error": "invalid_grant"}', 400),
        (b"", 400),
    ):
        state = starts(avis, hostile)
        hostile.says("/token_endpoint", nonsense, status)
        assert finished(avis, state)[0] in (403, 502)
        hostile.answers.clear()
        assert finished(avis, starts(avis, hostile)) == (201, None)
