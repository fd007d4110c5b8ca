"""A token between services is of our kind, for a minute or two, for one service, and of exactly the declared types."""

import time
from types import SimpleNamespace
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.problems import WhoAreYou
from shared.settings import public_keys, secrets
from shared.web import tokens
from shared.web.tokens import TYPE, service_token, verify


def forged(signer: str = "identity", typ: str | None = TYPE, without: str = "", **claims) -> str:
    """A token signed with a real key of ours, but for what is changed about it."""
    key, now = ECKey.import_key(secrets()["signing"][signer]), int(time.time())
    usual = {"iss": signer, "aud": "voting", "iat": now, "exp": now + 60, "jti": uuid4().hex}
    usual |= {"tenant": str(uuid4()), "sub": str(uuid4()), "roles": ["participant"]} | claims
    header = {"alg": "ES256", "kid": key.as_dict()["kid"]} | ({"typ": typ} if typ else {})
    return jwt.encode(header, {name: value for name, value in usual.items() if name != without}, key)


def in_seconds(**offsets: int) -> dict[str, int]:
    return {name: int(time.time()) + offset for name, offset in offsets.items()}


def test_a_token_as_we_make_them_is_believed(database):
    assert verify(forged(), "voting").roles == {"participant"}


@pytest.mark.parametrize("missing", ["iss", "aud", "iat", "exp", "jti", "tenant", "sub"])
def test_nothing_essential_may_be_missing(database, missing):
    with pytest.raises(WhoAreYou):
        verify(forged(without=missing), "voting")


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt", "logout+jwt"])
def test_another_kind_of_signed_document_is_no_token(database, typ):
    with pytest.raises(WhoAreYou):
        verify(forged(typ=typ), "voting")


@pytest.mark.parametrize(
    "offsets", [{"exp": 180}, {"iat": -600, "exp": 60}, {"iat": 60, "exp": 120}, {"iat": -120, "exp": -30}]
)
def test_no_token_lasts_longer_than_two_minutes_or_comes_early_or_late(database, offsets):
    with pytest.raises(WhoAreYou):
        verify(forged(**in_seconds(**offsets)), "voting")


@pytest.mark.parametrize(
    "claims",
    [
        {"roles": "admin"},
        {"roles": {"admin": True}},
        {"roles": [["admin"]]},
        {"aud": ["voting", "survey"]},
        {"iat": "now"},
        {"iat": True},
        {"exp": 1e400},
        {"exp": None},
        {"tenant": ["x"]},
        {"sub": "kaisa"},
        {"run": "x"},
        {"unit": ["north"]},
        {"language": 5},
    ],
)
def test_a_claim_of_another_type_is_refused(database, claims):
    with pytest.raises(WhoAreYou):
        verify(forged(**claims), "voting")


def test_only_identity_vouches_for_people_and_each_speaks_with_its_own_key(database):
    for signer, claims in (
        ("portal", {"roles": ["participant"]}),
        ("portal", {"roles": ["service", "admin"]}),
        ("portal", {"roles": []}),
        ("notification", {"iss": "identity"}),
    ):
        with pytest.raises(WhoAreYou):
            verify(forged(signer, **claims), "voting")
    assert verify(forged("portal", roles=["service"]), "voting").roles == {"service"}


def test_a_token_that_was_believed_once_is_believed_no_longer_and_nowhere_else(database, monkeypatch):
    token = forged()
    assert verify(token, "voting") == verify(token, "voting")
    with pytest.raises(WhoAreYou):
        verify(token, "survey")
    monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda: time.time() + 70))
    with pytest.raises(WhoAreYou):
        verify(token, "voting")


def test_a_signature_that_was_good_is_looked_at_again_when_the_keys_are_others(database, monkeypatch):
    token = forged()
    verify(token, "voting")
    others = {"keys": [key for key in public_keys()["keys"] if not key["kid"].startswith("identity.")]}
    monkeypatch.setattr(tokens, "public_keys", lambda: others)
    with pytest.raises(WhoAreYou):
        verify(token, "voting")


def test_a_service_says_who_it_is_with_one_token_for_a_while_and_never_with_one_that_is_about_to_end(
    database, monkeypatch
):
    tenant, ours, now = uuid4(), [], time.time()
    for after in range(0, 60, 5):
        monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda after=after: now + after))
        ours.append(service_token("portal", "voting", tenant))
        assert verify(ours[-1], "voting").tenant == tenant
        claims = jwt.decode(ours[-1], ECKey.import_key(secrets()["signing"]["portal"])).claims
        assert claims["exp"] - (now + after) >= 39
    assert 3 <= len(set(ours)) <= 4
    assert service_token("portal", "voting", uuid4()) not in ours
