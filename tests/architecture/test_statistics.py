"""ANALYZE keeps samples of columns where no dead key and no erasure reaches: not of pseudonyms, hashes and words."""

import pytest
from sqlalchemy import create_engine, text

from shared.settings import SERVICES, database_url

OF_PEOPLE = {"pseudonym", "participant", "hand", "mark", "sealed", "receipt_hash", "email", "subject"}
NAMED = {
    *("identity.member.name", "identity.member.sort_name", "identity.member.external_id"),
    *("identity.provisioned_person.user_name", "identity.provisioned_person.external_id"),
    *("identity.provisioned_person.said", "survey.view.text", "survey.view.revision"),
}
SAMPLED = text(r"""
    SELECT n.nspname || '.' || c.relname || '.' || a.attname
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = ANY(:services) AND NOT a.attisdropped
    AND a.attstattarget IS DISTINCT FROM 0""")


@pytest.fixture
def owner(database):
    engine = create_engine(database_url("polku_owner"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_no_number_hash_name_or_word_of_a_person_is_sampled(owner):
    services = {"services": list(SERVICES)}
    sampled = set(owner.execute(SAMPLED, services).scalars())
    assert len(sampled) > 100
    assert {
        column for column in sampled if column in NAMED or column.rpartition(".")[2] in OF_PEOPLE
    } == set()
