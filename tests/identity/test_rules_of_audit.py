"""The chain of the audit log, without a database: what was changed is found, and found where it was changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.identity.audit.chain import (
    GENESIS,
    Break,
    Chain,
    Entry,
    HeadsDiffer,
    facts_text,
    hash_of,
    head_text,
    heads_in,
)

AVI = UUID(int=7)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def sealed(entry: Entry, previous: bytes) -> Entry:
    linked = replace(entry, previous=previous)
    return replace(linked, hash=hash_of(linked))


def sealed_anew(entries: list[Entry]) -> list[Entry]:
    """As somebody would who has the database: every number and every seal is right again."""
    chain: list[Entry] = []
    for number, entry in enumerate(entries, start=1):
        chain.append(sealed(replace(entry, number=number), chain[-1].hash if chain else GENESIS))
    return chain


def log(length: int = 9) -> list[Entry]:
    return sealed_anew([entry(number) for number in range(1, length + 1)])


def entry(number: int, **other) -> Entry:
    about = {
        "actor_id": UUID(int=number),
        "about_id": uuid4(),
        "run_id": None,
        "facts": '{"given":["admin"]}',
    }
    about |= {
        "tenant_id": AVI,
        "at": NOON + timedelta(minutes=number),
        "kind": "roles_changed",
        "side": "own",
    }
    return Entry(**about | {"number": number, "previous": GENESIS, "hash": GENESIS} | other)


def head_of(entries: list[Entry]) -> dict[int, bytes]:
    return {entries[-1].number: entries[-1].hash}


def broken(entries: list[Entry], heads: dict[int, bytes] | None = None) -> tuple[int, str] | None:
    found = Chain(AVI, heads or {}).first_break(entries)
    return (found.number, found.why) if found else None


def test_an_untouched_log_holds_with_and_without_heads():
    entries = log()
    assert broken([]) is None and broken(entries) is None
    assert broken(entries, head_of(entries[:4]) | head_of(entries)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"at": NOON},
        {"kind": "membership_ended"},
        {"side": "guest"},
        {"actor_id": uuid4()},
        {"actor_id": None},
        {"about_id": uuid4()},
        {"run_id": uuid4()},
        {"facts": "{}"},
    ],
)
def test_a_changed_entry_is_named(changed):
    entries = log()
    entries[4] = replace(entries[4], **changed)
    assert broken(entries) == (5, "changed")


def test_an_id_that_moves_to_another_field_is_a_change():
    entries, id = log(), uuid4()
    entries[4] = sealed(replace(entries[4], about_id=id, run_id=None), entries[3].hash)
    entries[4] = replace(entries[4], about_id=None, run_id=id)
    assert broken(entries) == (5, "changed")


def test_an_entry_that_is_sealed_anew_alone_does_not_bear_the_next():
    entries = log()
    entries[4] = sealed(replace(entries[4], actor_id=uuid4()), entries[3].hash)
    assert broken(entries) == (6, "not_linked")


def test_a_deleted_entry_is_missing():
    entries = log()
    del entries[4]
    assert broken(entries) == (5, "missing")
    assert broken(log()[1:]) == (1, "missing")


def test_an_inserted_entry_has_no_place():
    entries = log()
    entries.insert(5, sealed(entry(5), entries[4].hash))
    assert broken(entries) == (6, "out_of_place")


def test_two_that_change_places_are_found():
    entries = log()
    entries[4], entries[5] = replace(entries[5], number=5), replace(entries[4], number=6)
    assert broken(entries) == (5, "not_linked")


def test_another_organisations_entry_is_foreign():
    assert broken([*log(3), entry(4, tenant_id=uuid4())]) == (4, "foreign")


TAMPERED = {
    "changed": lambda entries: [
        replace(each, actor_id=uuid4()) if each.number == 5 else each for each in entries
    ],
    "deleted": lambda entries: [each for each in entries if each.number != 5],
    "inserted": lambda entries: [*entries[:4], entry(5), *entries[4:]],
    "reordered": lambda entries: [*entries[:4], entries[5], entries[4], *entries[6:]],
}


@pytest.mark.parametrize("how", TAMPERED)
def test_who_seals_all_of_it_anew_is_found_by_a_mailed_head_and_by_nothing_else(how):
    entries = log()
    forged = sealed_anew(TAMPERED[how](entries))
    assert broken(forged) is None
    assert broken(forged, head_of(entries[:3]) | head_of(entries[:8])) == (8, "sealed_anew")


def test_the_sentence_says_between_which_heads_it_was_changed():
    entries = log()
    forged = sealed_anew(TAMPERED["changed"](entries))
    found = Chain(AVI, head_of(entries[:3]) | head_of(entries[:8])).first_break(forged)
    assert found and "after entry 3, at or before entry 8" in found.sentence


def test_a_log_that_was_cut_off_is_found_by_a_mailed_head_and_by_nothing_else():
    entries = log()
    assert broken(entries[:5]) is None
    assert broken(entries[:5], head_of(entries)) == (6, "cut_off")
    assert broken([], head_of(entries)) == (1, "cut_off")


def test_every_break_says_what_is_wrong():
    for why in ("foreign", "missing", "out_of_place", "not_linked", "changed", "sealed_anew", "cut_off"):
        assert "Entry 5" in Break(5, why).sentence or "entry 5" in Break(5, why).sentence


def test_heads_are_found_in_mails_as_they_were_saved():
    entries = log()
    mails = f"Hei!\r\n> Seal: {head_text(3, entries[2].hash)}.\n\nHej {head_text(9, entries[8].hash)}\n12:abc"
    assert heads_in(mails) == head_of(entries[:3]) | head_of(entries)


def test_heads_of_two_organisations_are_not_mixed():
    with pytest.raises(HeadsDiffer):
        heads_in(f"{head_text(3, bytes(32))} {head_text(3, b'1' * 32)}")


@pytest.mark.parametrize("words", ["Kaisa Koivu", "kaisa@avi.example", "two\nlines", "", "Ä", "x" * 254])
def test_no_name_and_no_sentence_gets_into_the_facts(words):
    with pytest.raises(ValueError, match="no word of ours"):
        facts_text({"given": [words]})
    with pytest.raises(ValueError, match="no word of ours"):
        facts_text({"how": words})


def test_facts_are_written_in_one_way():
    assert facts_text({"b": 2, "a": ["x", "y"], "c": UUID(int=1)}) == facts_text(
        {"c": UUID(int=1), "a": ["x", "y"], "b": 2}
    )
