"""Who can set a TXT record runs the name."""

import pytest

from services.identity.tenants.dns_proof import DnsAway, proves, wanted_record


def test_the_record_with_the_token_proves_the_name(zone):
    record, text = wanted_record("skargard.example", "tok")
    assert record == "_polku.skargard.example"
    zone.records[record] = ["v=spf1 -all", text]
    assert proves("skargard.example", "tok")


@pytest.mark.parametrize("texts", [[], ["polku-verification=other"], ["polku-verification=tok2"], ["tok"]])
def test_no_record_or_another_ones_proves_nothing(zone, texts):
    zone.records["_polku.skargard.example"] = texts
    assert not proves("skargard.example", "tok")


def test_a_token_on_the_name_above_or_below_proves_nothing(zone):
    for name in ("example", "www.skargard.example"):
        zone.records[wanted_record(name, "tok")[0]] = ["polku-verification=tok"]
    assert not proves("skargard.example", "tok")


def test_dns_that_does_not_answer_is_no_verdict(zone):
    zone.is_broken = True
    with pytest.raises(DnsAway):
        proves("skargard.example", "tok")
