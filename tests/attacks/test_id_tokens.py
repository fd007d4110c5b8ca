"""ID tokens that libraries have believed and we do not: no signature, another's name, another's audience, none at all."""

import hmac
from base64 import urlsafe_b64encode

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.attacks.providers import DOCUMENT, KEY, signed, unsigned
from tests.attacks.test_outgoing import AWAY, begun, finished, starts
from tests.attacks.test_provider_documents import NOT_GENUINE, comes_back, way_in

IN = (201, None)
EVERYTHING = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS384", "RS256"]}


def test_a_token_without_a_signature_is_none_whatever_the_document_lists(avis, hostile):
    hostile.documents(**EVERYTHING)
    state = starts(avis, hostile)
    said = hostile.about_kaisa(avis, state)
    for header in ({}, {"kid": "theirs"}, {"alg": "NONE"}, {"alg": ""}, {"alg": None}, {"alg": ["RS256"]}):
        hostile.id_token = unsigned(said, **header)
        assert finished(avis, state) == NOT_GENUINE, header
        state = starts(avis, hostile)
        said = hostile.about_kaisa(avis, state)
    assert finished(avis, state) == IN


KINDS = {
    "RS384": KEY,
    "RS512": KEY,
    "PS384": KEY,
    "PS512": KEY,
    "ES384": ECKey.generate_key("P-384", {"kid": "theirs"}),
    "ES512": ECKey.generate_key("P-521", {"kid": "theirs"}),
    "ES256K": ECKey.generate_key("secp256k1", {"kid": "theirs"}),
}
OURS = {
    "RS256": KEY,
    "PS256": KEY,
    "ES256": ECKey.generate_key("P-256", {"kid": "theirs"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "theirs"}),
}


def comes_back_by(house, hostile, algorithm: str, key) -> tuple:
    hostile.documents(**EVERYTHING)
    hostile.says("/keys", {"keys": [key.as_dict(private=False)]})
    state = starts(house, hostile)
    hostile.id_token = signed(hostile.about_kaisa(house, state), key, alg=algorithm)
    return finished(house, state)


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_good_signature_by_an_algorithm_that_is_not_on_our_list_is_none(avis, hostile, algorithm):
    assert comes_back_by(avis, hostile, algorithm, KINDS[algorithm]) == NOT_GENUINE


@pytest.mark.parametrize("algorithm", OURS)
def test_the_four_algorithms_of_our_list_are_believed(avis, hostile, algorithm):
    assert comes_back_by(avis, hostile, algorithm, OURS[algorithm]) == IN


@pytest.mark.parametrize("secret", [b"a secret", KEY.as_pem(private=False)])
def test_what_everybody_knows_signs_nothing(avis, hostile, secret):
    """A client secret, or their public key taken for one (CVE-2016-10555)."""
    state = starts(avis, hostile)
    head, said, _ = unsigned(hostile.about_kaisa(avis, state), alg="HS256", kid="theirs").split(".")
    mac = urlsafe_b64encode(hmac.digest(secret, f"{head}.{said}".encode(), "sha256")).decode().rstrip("=")
    hostile.id_token = f"{head}.{said}.{mac}"
    assert finished(avis, state) == NOT_GENUINE


def test_another_key_of_the_same_name_signs_nothing(avis, hostile):
    state = starts(avis, hostile)
    forged = RSAKey.generate_key(2048, {"kid": "theirs"})
    hostile.id_token = signed(hostile.about_kaisa(avis, state), forged)
    assert finished(avis, state) == NOT_GENUINE


def test_a_document_that_names_another_issuer_is_nobodys(avis, hostile):
    for other in ("https://login.example", hostile.issuer + "/", hostile.issuer.upper()):
        hostile.documents(issuer=other)
        way_in(avis, hostile.issuer)
        assert begun(avis) == AWAY
    assert hostile.asked == [DOCUMENT]  # what it says is remembered as no answer


def test_an_issuer_in_the_token_is_compared_exactly(avis, hostile):
    for other in ("https://login.example", hostile.issuer + "/", hostile.issuer.upper(), ...):
        assert comes_back(avis, hostile, iss=other) == NOT_GENUINE


def test_a_token_for_somebody_else_is_not_ours_although_we_asked_for_it(avis, hostile):
    ours = f"polku-{avis.slug}"
    for audience in ("another", ["another"], [], ours.upper(), ours[:-1], ...):
        assert comes_back(avis, hostile, aud=audience, azp=ours) == NOT_GENUINE, audience


def test_of_several_audiences_it_says_who_asked(avis, hostile):
    ours = f"polku-{avis.slug}"
    several = [ours, "another"]
    assert comes_back(avis, hostile, aud=several) == NOT_GENUINE
    assert comes_back(avis, hostile, aud=several, azp="another") == NOT_GENUINE
    assert comes_back(avis, hostile, aud=[ours], azp="another") == NOT_GENUINE
    for audience, azp in ((several, ours), ([ours], ...), (ours, ...), (ours, ours)):
        assert comes_back(avis, hostile, aud=audience, azp=azp) == IN, audience


def test_without_an_id_token_nobody_is_in_whatever_the_rest_says(avis, hostile):
    state = starts(avis, hostile)
    hostile.says("/userinfo", {"sub": "kaisa", "name": "Kaisa", "email": f"kaisa@{avis.domain}"})
    hostile.says("/token_endpoint", {"access_token": "theirs", "token_type": "Bearer"})
    assert finished(avis, state) == NOT_GENUINE


def test_what_else_stands_in_the_answer_is_not_read(avis, hostile):
    """Libraries reckon with these numbers."""
    for strange in ("soon", -1, 10**400, [], {"x": 1}, float("inf")):
        state = starts(avis, hostile)
        hostile.says(
            "/token_endpoint",
            {
                "id_token": hostile.id_token,
                "access_token": "x",
                "expires_in": strange,
                "expires_at": strange,
                "error": strange,
            },
        )
        assert finished(avis, state) == IN, strange


def test_an_authorization_endpoint_with_a_question_of_its_own_keeps_it(avis, hostile):
    hostile.documents(
        authorization_endpoint=f"{hostile.issuer}/authorize?tenant=a%20b&x=%zz&nonce=theirs#there"
    )
    way_in(avis, hostile.issuer)
    assert begun(avis)[0] in (201, 502)
