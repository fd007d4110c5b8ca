"""What a SAML provider says is believed only if it is signed, for us, now, and for this very sign-in."""

import base64

import pytest
from lxml import etree

from services.identity.sign_in.saml.certificates import certificate_in
from services.identity.sign_in.saml.metadata import NotMetadata, NotTheirMetadata, described_in
from services.identity.sign_in.saml.people import (
    AddressIsNoKey,
    NotTheirOrganisation,
    WithoutAKey,
    can_be_key,
    claims_of,
)
from services.identity.sign_in.saml.requests import address_to_ask
from services.identity.sign_in.saml.responses import Assertion, Expected, NotGenuine, Refused, believed
from tests.identity.saml_provider import DENIED, PERSISTENT, Asked, SamlProvider, at, made_key, posted

OURS, HERE = "https://avi.polku.example/saml", "https://avi.polku.example/sign-in/saml/1"
ASKED = Asked("_question", OURS, HERE, "a state", None)


@pytest.fixture
def theirs() -> SamlProvider:
    return SamlProvider()


def expected(*keys) -> Expected:
    those = [certificate_in(key.base64) for key in keys or (made_key(),)]
    return Expected("https://login.avi.example/saml", those, "_question", OURS, HERE)


@pytest.mark.parametrize("signs", [("assertion",), ("response",), ("assertion", "response")])
def test_a_signed_answer_to_our_question_is_believed(theirs, signs):
    theirs.signs = signs
    came = believed(theirs.answer(ASKED, attributes={"mail": ["kaisa@avi.example"]}), expected())
    assert (came.name_id, came.name_format) == ("kaisa", PERSISTENT)
    assert came.attributes == {"mail": ["kaisa@avi.example"]}


def test_while_a_provider_rolls_over_either_certificate_is_good(theirs):
    old, new = made_key("old"), made_key("new")
    for key in (old, new):
        theirs.key = key
        assert believed(theirs.answer(ASKED), expected(old, new)).name_id == "kaisa"
    theirs.key = made_key("third")
    is_not_believed(theirs.answer(ASKED), expected(old, new))


def is_not_believed(answer: str, only: Expected | None = None) -> None:
    with pytest.raises(NotGenuine):
        believed(answer, only or expected())


def wrong_answers() -> dict[str, dict]:
    """By what is wrong with them; their moments are reckoned from now, and not from when the tests were collected."""
    return {
        "it answers no question": {"in_response_to": None},
        "it answers another question": {"in_response_to": "_another"},
        "its assertion answers no question": {"confirmed_for": None},
        "its assertion answers another question": {"confirmed_for": "_another"},
        "it goes nowhere": {"destination": None},
        "it goes to another place": {"destination": "https://other.example/saml"},
        "its assertion has no recipient": {"recipient": None},
        "its assertion has another recipient": {"recipient": "https://other.example/saml"},
        "it is for nobody": {"audience": None},
        "it is for somebody else": {"audience": "https://other.example"},
        "it is from another provider": {"issuer": "https://other.example"},
        "it has no end": {"ends": None},
        "its confirmation has no end": {"confirmation_ends": None},
        "it is over": {"ends": at(-120)},
        "its confirmation is over": {"confirmation_ends": at(-120)},
        "it has not begun": {"not_before": at(300)},
        "it is good for a year": {"ends": at(365 * 86400), "confirmation_ends": at(365 * 86400)},
        "its end is no moment": {"ends": "soon"},
        "its end has no zone": {"ends": at(300).rstrip("Z")},
        "it was issued last week": {"issued": at(-8 * 86400)},
        "somebody else may bear it": {"method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"},
    }


@pytest.mark.parametrize("says", wrong_answers())
def test_an_answer_is_not_believed_when(theirs, says):
    is_not_believed(theirs.answer(ASKED, **wrong_answers()[says]))


def test_clocks_may_differ_by_a_minute(theirs):
    for says in ({"ends": at(-30)}, {"confirmation_ends": at(-30)}, {"not_before": at(30)}):
        assert believed(theirs.answer(ASKED, **says), expected())


def test_what_nobody_signed_is_not_believed(theirs):
    theirs.signs = ()
    is_not_believed(theirs.answer(ASKED))


def test_what_another_key_signed_is_not_believed_though_it_brings_its_certificate(theirs):
    theirs.key = made_key("somebody else")
    is_not_believed(theirs.answer(ASKED))


def test_a_certificate_that_has_ended_signs_nothing(theirs):
    theirs.key = made_key("ended", days=-1)
    is_not_believed(theirs.answer(ASKED), expected(theirs.key))


@pytest.mark.parametrize("weak", [{"signature_algorithm": "rsa-sha1"}, {"digest_algorithm": "sha1"}])
def test_sha1_signs_nothing(theirs, weak):
    is_not_believed(posted(theirs.signed(theirs.response(ASKED), **weak)))


def test_a_mac_under_the_certificate_is_no_signature(theirs):
    """Whoever knows the certificate, which everybody does, could make it."""
    response = theirs.response(ASKED)
    mac = {"signature_algorithm": "hmac-sha256"}
    key = type(made_key())(made_key().pem.encode(), made_key().certificate)
    response.replace(assertion_in(response), theirs.signature_on(assertion_in(response), key, **mac))
    is_not_believed(posted(response))


def assertion_in(response):
    return response.find("{*}Assertion")


def signature_in(element):
    return element.find("{*}Signature")


def test_a_changed_word_breaks_the_signature(theirs):
    response = theirs.signed(theirs.response(ASKED))
    response.find(".//{*}NameID").text = "tuula"
    is_not_believed(posted(response))


def test_a_good_signature_on_the_answer_does_not_heal_a_bad_one_on_the_assertion(theirs):
    theirs.signs = ("assertion",)
    response = theirs.signed(theirs.response(ASKED))
    response.find(".//{*}NameID").text = "tuula"
    is_not_believed(posted(theirs.signature_on(response)))


WRAPPED = {}


def wraps(way):
    WRAPPED[way.__name__] = way
    return way


def evil_one(theirs):
    return assertion_in(theirs.response(ASKED, name="tuula", assertion_id="_evil"))


@wraps
def evil_before_the_signed_one(theirs, response):
    response.insert(0, evil_one(theirs))


@wraps
def evil_after_the_signed_one(theirs, response):
    response.append(evil_one(theirs))


@wraps
def signed_one_within_the_evil_one(theirs, response):
    """XSW 3: the evil one around the good one."""
    good, evil = assertion_in(response), evil_one(theirs)
    response.replace(good, evil)
    evil.append(good)


@wraps
def signed_one_within_its_own_signature(theirs, response):
    """XSW 4 and 5: the evil one carries the signature, and the good one lies in an Object of it."""
    good, evil = assertion_in(response), evil_one(theirs)
    signature = signature_in(good)
    good.remove(signature)
    response.replace(good, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object").append(good)


@wraps
def signed_one_in_the_extensions(theirs, response):
    """XSW 7: where nobody looks at schemas."""
    good = assertion_in(response)
    response.replace(good, evil_one(theirs))
    place = etree.SubElement(response, "{urn:oasis:names:tc:SAML:2.0:protocol}Extensions")
    response.insert(1, place)
    place.append(good)


@wraps
def evil_one_with_the_id_of_the_signed_one(theirs, response):
    evil = evil_one(theirs)
    evil.set("ID", assertion_in(response).get("ID"))
    response.insert(1, evil)


@wraps
def evil_one_with_the_signature_of_the_signed_one(theirs, response):
    good, evil = assertion_in(response), evil_one(theirs)
    signature = signature_in(good)
    evil.insert(1, signature)
    response.replace(good, evil)


@wraps
def evil_one_with_the_signature_and_the_id(theirs, response):
    good, evil = assertion_in(response), evil_one(theirs)
    evil.set("ID", good.get("ID"))
    evil.insert(1, signature_in(good))
    response.replace(good, evil)


@wraps
def a_comment_that_cuts_the_name(theirs, response):
    """CVE-2017-11427: what comes after the comment is signed, and not read."""
    name = response.find(".//{*}NameID")
    name.text, tail = "kai", "sa"
    comment = etree.Comment(" ")
    name.append(comment)
    comment.tail = tail


@wraps
def the_signature_of_a_part_of_it(theirs, response):
    good = assertion_in(response)
    subject = good.find("{*}Subject")
    subject.set("ID", "_subject")
    signature = signature_in(theirs.signature_on(etree.fromstring(etree.tostring(subject))))
    good.replace(signature_in(good), signature)


@pytest.mark.parametrize("way", WRAPPED)
def test_nothing_is_wrapped_around_what_was_signed(theirs, way):
    response = theirs.signed(theirs.response(ASKED))
    WRAPPED[way](theirs, response)
    is_not_believed(posted(response))


def test_a_signed_answer_is_not_wrapped_into_another(theirs):
    """XSW 1 and 2."""
    theirs.signs = ("response",)
    good = theirs.signed(theirs.response(ASKED))
    evil = theirs.response(ASKED, name="tuula")
    signature = signature_in(good)
    good.remove(signature)
    evil.insert(1, signature)
    etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object").append(good)
    is_not_believed(posted(evil))


@pytest.mark.parametrize("uri", ["", "#xpointer(/)", "https://other.example/signed.xml"])
def test_a_signature_names_the_element_around_it(theirs, uri):
    response = theirs.signed(theirs.response(ASKED))
    response.find(".//{*}Reference").set("URI", uri)
    is_not_believed(posted(response))


def test_other_transforms_take_nothing_out_of_what_is_signed(theirs):
    response = theirs.signed(theirs.response(ASKED))
    transforms = response.find(".//{*}Transforms")
    added = etree.SubElement(transforms, "{http://www.w3.org/2000/09/xmldsig#}Transform")
    added.set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")
    is_not_believed(posted(response))


def test_a_document_type_is_refused_and_no_entity_is_read(theirs, tmp_path):
    (tmp_path / "secret").write_text("a secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    for inside in (f'<!ENTITY e SYSTEM "file://{tmp_path}/secret">', '<!ENTITY l0 "lol">' + laughs, ""):
        text = etree.tostring(theirs.signed(theirs.response(ASKED))).decode()
        is_not_believed(base64.b64encode(f"<!DOCTYPE r [{inside}]>{text}".encode()).decode())
    utf16 = f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r [<!ENTITY e "x">]>{text}'
    is_not_believed(base64.b64encode(utf16.encode("utf-16")).decode())


@pytest.mark.parametrize("answer", ["", "%%%", "PGE+", base64.b64encode(b"<a" * 100_000).decode()])
def test_what_is_no_answer_is_not_believed(answer):
    is_not_believed(answer)


def test_a_depth_without_end_is_no_answer():
    is_not_believed(base64.b64encode(b"<a>" * 50_000 + b"</a>" * 50_000).decode())


def test_a_no_of_the_provider_is_a_no_and_not_a_forgery(theirs):
    with pytest.raises(Refused):
        believed(theirs.answer(ASKED, status=DENIED), expected())


# the question


def test_the_question_says_where_to_come_back_and_who_asks():
    how = {"ours": OURS, "returns_to": HERE, "nonce": "question", "state": "a state"}
    asked = Asked.in_address(address_to_ask("https://login.example/?a=b", wants_name=True, **how))
    assert asked == Asked("_question", OURS, HERE, "a state", PERSISTENT)
    assert Asked.in_address(address_to_ask("https://login.example/", wants_name=False, **how)).wants is None


# who it is


def said(name: str = "kaisa", name_format: str = PERSISTENT, **attributes: list[str]) -> Assertion:
    known = {"name_id": name, "name_format": name_format, "attributes": attributes}
    return Assertion(id="_1", until=None, **known)


def test_a_person_is_known_by_a_persistent_name():
    assert claims_of(said(), [])["sub"] == "kaisa"


@pytest.mark.parametrize("kind", ["emailAddress", "unspecified", "X509SubjectName"])
def test_a_name_that_may_change_hands_is_no_key(kind):
    with pytest.raises(WithoutAKey):
        claims_of(said("kaisa@avi.example", f"urn:oasis:names:tc:SAML:1.1:nameid-format:{kind}"), [])
    with pytest.raises(WithoutAKey):
        claims_of(said("kaisa", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"), [])


def test_the_attribute_that_the_administrator_has_named_is_the_key():
    assert claims_of(said("x", "", oid=["1"]), [], "oid")["sub"] == "1"
    for attributes in ({}, {"oid": []}, {"oid": ["1", "2"]}, {"oid": ["a" * 256]}):
        with pytest.raises(WithoutAKey):
            claims_of(said("kaisa", PERSISTENT, **attributes), [], "oid")


@pytest.mark.parametrize("attribute", ["mail", "urn:oid:0.9.2342.19200300.100.1.3", "Email"])
def test_an_address_is_never_the_key(attribute):
    with pytest.raises(AddressIsNoKey):
        can_be_key(attribute)


VIRTU = {"virtuLocalID": ["kaisa1"], "virtuHomeOrganization": ["avi.example"]}


def test_in_virtu_a_person_is_a_local_id_at_a_home_organisation():
    claims = claims_of(said("", "", **VIRTU, cn=["Kaisa Niemi"]), ["avi.example", "other.example"])
    assert (claims["sub"], claims["home_organisation"]) == ("kaisa1@avi.example", "avi.example")
    assert claims["name"] == "Kaisa Niemi" and "email" not in claims


def test_a_provider_speaks_only_for_home_organisations_that_are_bound_to_it():
    with pytest.raises(NotTheirOrganisation):
        claims_of(said(**VIRTU | {"virtuHomeOrganization": ["kela.example"]}), ["avi.example"])


@pytest.mark.parametrize("missing", VIRTU)
def test_in_virtu_both_parts_are_there_once(missing):
    for values in ([], VIRTU[missing] + ["kela.example"]):
        with pytest.raises(WithoutAKey):
            claims_of(said(**VIRTU | {missing: values}), ["avi.example"])


def test_an_attribute_called_like_a_claim_of_ours_does_not_take_its_place():
    forged = {"sub": ["tuula"], "home_organisation": ["kela.example"]}
    assert claims_of(said(**forged), [])["sub"] == "kaisa"
    assert claims_of(said(**forged), [])["home_organisation"] is None
    assert claims_of(said(**VIRTU | forged), ["avi.example"])["home_organisation"] == "avi.example"


def test_two_parts_of_a_name_make_one():
    assert claims_of(said(givenName=["Kaisa"], sn=["Niemi"]), [])["name"] == "Kaisa Niemi"


# the metadata


def test_metadata_say_where_to_sign_in_and_by_which_certificates(theirs):
    old, new = made_key("old"), made_key("new")
    read = described_in(theirs.metadata(old, new).encode())
    assert (read.entity_id, read.address) == (theirs.entity_id, theirs.address)
    assert read.certificates == [old.base64, new.base64]


def test_a_key_that_only_encrypts_signs_nothing(theirs):
    with pytest.raises(NotMetadata):
        described_in(theirs.metadata(use=' use="encryption"').encode())


def test_a_short_key_is_left_out(theirs):
    weak = made_key("weak", bits=1024)
    assert described_in(theirs.metadata(weak, theirs.key).encode()).certificates == [theirs.key.base64]
    with pytest.raises(NotMetadata):
        described_in(theirs.metadata(weak).encode())


def federation(*providers: SamlProvider, until: str | None) -> etree._Element:
    ends = f' validUntil="{until}"' if until else ""
    listed = "".join(one.metadata() for one in providers)
    spaces = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="_all"'
    return etree.fromstring(f"<md:EntitiesDescriptor {spaces}{ends}>{listed}</md:EntitiesDescriptor>")


def test_a_provider_is_found_in_a_federations_signed_metadata(theirs):
    others, key = SamlProvider("https://login.kela.example/saml"), made_key("federation")
    document = etree.tostring(theirs.signature_on(federation(theirs, others, until=at(86400)), key))
    assert described_in(document, others.entity_id, key.pem).entity_id == others.entity_id
    for entity_id in ("", "https://nobody.example"):
        with pytest.raises(NotMetadata):
            described_in(document, entity_id, key.pem)
    with pytest.raises(NotTheirMetadata):
        described_in(document, others.entity_id, made_key("another federation").pem)
    with pytest.raises(NotTheirMetadata):
        described_in(document.replace(b"kela", b"evil"), "https://login.evil.example/saml", key.pem)


@pytest.mark.parametrize("ended", [None, -60])
def test_old_metadata_of_a_federation_are_not_taken(theirs, ended):
    key, until = made_key("federation"), at(ended) if ended else None
    document = etree.tostring(theirs.signature_on(federation(theirs, until=until), key))
    with pytest.raises(NotTheirMetadata):
        described_in(document, theirs.entity_id, key.pem)


@pytest.mark.parametrize("text", ["", "{}", "<a/>", "<!DOCTYPE a []><a/>"])
def test_what_is_no_metadata_is_refused(text):
    with pytest.raises(NotMetadata):
        described_in(text.encode())
