"""Who was signed out by the provider is out here; a logout that nobody has signed, or that is told twice, ends nothing."""

import time
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select, update

from services.identity.models import Connection, SignInSession, UsedLogoutToken
from services.identity.sign_in import provider as providers
from services.identity.sign_in.logout import EVENT
from services.identity.sign_in.models.in_use import now
from services.identity.sign_in.models.session import hash_of
from shared.database import sessions_of
from shared.tenancy.sessions import acting_for

KEY, FORGED = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("theirs", "forged"))
NOT_GENUINE = (403, "answer-not-genuine")
OUT = (204, None)


@pytest.fixture
def kaisa(avis) -> str:
    """Her subject."""
    return avis.employ("Kaisa")


@pytest.fixture
def told(avis, kaisa, monkeypatch):
    """told(**claims) is what comes of a logout token that the provider would sign like that; `...` leaves a claim out."""
    monkeypatch.setattr(providers.Provider, "keys", lambda *_, **__: KeySet([KEY]))

    def tell(token: str | None = None, way_in=None, **claims):
        body = {
            "connection_id": str(way_in or way_of(avis)),
            "logout_token": token or signed(avis, kaisa, **claims),
        }
        answer = avis.door.post("/logouts", json=body)
        return answer.status_code, answer.json["code"] if answer.status_code >= 400 else None

    return tell


def signed(house, subject: str, key=KEY, alg="RS256", **claims) -> str:
    usual = {"iss": house.provider.issuer, "aud": f"polku-{house.slug}", "sub": subject, "jti": uuid4().hex}
    usual |= {"iat": int(time.time()), "exp": int(time.time()) + 120, "events": {EVENT: {}}}
    said = {name: value for name, value in (usual | claims).items() if value is not ...}
    return jwt.encode({"alg": alg, "kid": key.kid, "typ": "logout+jwt"}, said, key, algorithms=[alg])


def way_of(house):
    with acting_for(house.id), sessions_of("identity")() as session:
        return session.scalars(select(Connection.id)).one()


def let_in(house, subject: str, sid: str | None) -> str:
    """The secret of a session that belongs to one of the provider's."""
    secret = house.let_in(subject)
    change = update(SignInSession).where(
        SignInSession.member_id == house.member(secret), SignInSession.sid_hash.is_(None)
    )
    with acting_for(house.id), sessions_of("identity").begin() as session:
        session.execute(change.values(sid_hash=hash_of(way_of(house), sid)))
    return secret


def is_in(house, secret: str) -> bool:
    return house.current(secret).status_code == 200


def test_whom_the_provider_signs_out_is_out_on_all_devices_and_nobody_else_is(avis, kaisa, told):
    laptop, phone, aino = avis.let_in(kaisa), avis.let_in(kaisa), avis.let_in(avis.employ("Aino"))
    assert told() == OUT
    assert (is_in(avis, laptop), is_in(avis, phone), is_in(avis, aino)) == (False, False, True)


def test_one_session_of_the_provider_is_ended_alone(avis, kaisa, told):
    laptop, phone = let_in(avis, kaisa, "of the laptop"), let_in(avis, kaisa, "of the phone")
    assert told(sid="of the phone", sub=...) == OUT
    assert (is_in(avis, laptop), is_in(avis, phone)) == (True, False)
    assert told(sid="of the laptop") == OUT
    assert not is_in(avis, laptop)


def test_a_session_whose_provider_did_not_name_its_own_ends_with_any_of_the_persons(avis, kaisa, told):
    nameless, named = avis.let_in(kaisa), let_in(avis, avis.employ("Aino"), "hers")
    assert told(sid="some") == OUT
    assert not is_in(avis, nameless) and is_in(avis, named)


def test_another_persons_session_is_not_ended_by_its_name_and_a_wrong_subject(avis, kaisa, told):
    aino = let_in(avis, avis.employ("Aino"), "hers")
    assert told(sid="hers") == OUT  # sub is Kaisa
    assert is_in(avis, aino)


def test_what_is_signed_in_has_its_provider_session_as_a_hash(avis, kaisa, monkeypatch):
    from services.identity.sign_in import oidc

    real = oidc.verified
    monkeypatch.setattr(oidc, "verified", lambda *said: real(*said) | {"sid": "theirs"})
    avis.sign_in(kaisa)
    with acting_for(avis.id), sessions_of("identity")() as session:
        (hashed,) = session.scalars(select(SignInSession.sid_hash))
    assert hashed == hash_of(way_of(avis), "theirs") and b"theirs" not in hashed


def test_a_logout_is_told_once(avis, kaisa, told):
    token = signed(avis, kaisa)
    assert told(token) == OUT
    secret = avis.let_in(kaisa)
    assert told(token) == (409, "logout-token-used")
    assert is_in(avis, secret)
    with acting_for(avis.id), sessions_of("identity").begin() as session:
        session.execute(update(UsedLogoutToken).values(expires_at=now()))
    assert told() == OUT
    with acting_for(avis.id), sessions_of("identity")() as session:
        assert len(session.scalars(select(UsedLogoutToken)).all()) == 1  # the old number is gone


LONG_AGO = int(time.time()) - 3600


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": FORGED},
        {"iss": "https://evil.example"},
        {"iss": ...},
        {"aud": "somebody-else"},
        {"aud": ...},
        {"exp": LONG_AGO},
        {"exp": ...},
        {"iat": ...},
        {"iat": LONG_AGO, "exp": int(time.time()) + 10**9},
        {"iat": int(time.time()) + 3600},
        {"jti": ...},
        {"jti": ""},
        {"jti": 5},
        {"jti": "x" * 300},
        {"nonce": "of a sign-in"},
        {"nonce": None},
        {"events": ...},
        {"events": {}},
        {"events": {"https://evil.example/event": {}}},
        {"events": {EVENT: None}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"events": EVENT},
        {"sub": ...},
        {"sub": ""},
        {"sub": None},
        {"sub": ["kaisa"]},
        {"sid": 5},
        {"sid": ""},
        {"alg": "RS384"},
    ],
    ids="-".join,
)
def test_a_logout_that_is_not_genuine_ends_nothing(avis, kaisa, told, wrong):
    secret = avis.let_in(kaisa)
    assert told(**wrong) == NOT_GENUINE
    assert is_in(avis, secret)


def test_what_is_no_token_ends_nothing(avis, kaisa, told):
    secret = avis.let_in(kaisa)
    unsigned = "eyJhbGciOiJub25lIn0." + signed(avis, kaisa).split(".")[1] + "."
    for nothing in ("x", "...", unsigned, signed(avis, kaisa)[:-9], "x" * 8000):
        assert told(nothing) == NOT_GENUINE, nothing[:9]
    assert told("x" * 8001)[0] == 422
    assert is_in(avis, secret)


def test_an_id_token_signs_nobody_out_and_a_logout_token_nobody_in(avis, kaisa, told):
    """Both are signed by the same keys."""
    secret = avis.let_in(kaisa)
    id_token = signed(avis, kaisa, events=..., jti=..., nonce="of a sign-in", sid="some")
    assert told(id_token) == NOT_GENUINE and is_in(avis, secret)


def test_pekkas_provider_signs_out_nobody_of_ours(avis, kelas, kaisa, told):
    """Nor does his way in, at our address."""
    secret = avis.let_in(kaisa)
    assert told(way_in=way_of(kelas))[0] == 404
    assert told(aud=f"polku-{kelas.slug}") == NOT_GENUINE
    assert is_in(avis, secret)


def test_where_one_signs_out_at_the_provider_too(avis, kelas, monkeypatch):
    asked = {"connection_id": str(way_of(avis)), "back": f"http://{avis.host}/signed-out"}
    assert avis.door.post("/sign-outs", json=asked).json["url"].startswith(f"{avis.provider.issuer}/")
    for elsewhere in ("http://evil.example/signed-out", f"http://{kelas.host}/signed-out"):
        assert avis.door.post("/sign-outs", json=asked | {"back": elsewhere}).status_code == 404
    assert avis.door.post("/sign-outs", json=asked | {"connection_id": str(way_of(kelas))}).status_code == 404
