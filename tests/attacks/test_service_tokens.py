"""A token between services is of our kind, for a minute or two, for one service, and of exactly the declared types."""

import time
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.problems import WhoAreYou
from shared.settings import secrets
from shared.tokens import TYPE, verify


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
