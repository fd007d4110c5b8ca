"""The end of the story: somebody who has everything tries to say who wrote and voted what, before the key's day and after it."""

from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

import psycopg

from infra.demo.walker.journey import Road
from tests.story import reckoning, restored_backup
from tests.story.attacker import Attacker, Truth, administrator_of, found_in_files, found_in_words, secrets_of
from tests.story.opener import at_home, opened_by_keys, told_in_the_log

DUE = "UPDATE {}.alarm SET due_at = now() WHERE tenant_id = %s AND name LIKE %s AND due_at > now()"
STILL_TO_COME = "SELECT count(*) FROM {}.alarm WHERE tenant_id = %s AND name = %s"
NIGHT = ("survey", "voting", "workshop", "townhall", "identity")
HALLS = ("identity", "townhall")
"""Whose key of an event that was never held goes with the run."""
FEW = 10
"""Numbers that are looked for before the key's day, to show that they are found where they are."""
CLIENT = "SELECT tenant_id::text FROM identity.organisation WHERE slug = %s"
MEMBERS = "SELECT subject, id::text, email FROM identity.member WHERE tenant_id = %s AND subject LIKE 'p%%'"
WORDS = "SELECT text, id::text FROM survey.view WHERE tenant_id = %s AND text IS NOT NULL"
WAKE = "SELECT pg_notify('alarm', %s)"


def attack_with_keys(road: Road) -> None:
    """Whoever has keys and database together can find out: were it otherwise, the attacks below would show nothing."""
    with administrator_of(road.polku) as connection:
        (road.tenant,) = connection.execute(CLIENT, [road.client.slug]).fetchone() or ("",)
    attack(road, "before")
    numbers = numbers_of(opened(road)["pseudonyms"])
    road.secrets = living(road) | numbers
    found = found_in_files(road.polku.home / "postgres", dict(list(numbers.items())[:FEW]))
    road.report["attacks.before.found in files"] = len(found)
    restored_backup.back_up(road)


def bring_the_keys_day(road: Road) -> None:
    """The day comes sooner than it would: everything that waits for it is due now, and the night's work after it."""
    with administrator_of(road.polku) as connection:
        make_due(road, connection, "identity", "%_key_has_served")
        road.eventually(lambda: len(living(road)) <= len(HALLS), "Keys live on after their day.")
        complete(road)
        road.eventually(lambda: not living(road), "A key lives on after the run.")
        for alarm in ("tables_are_written_anew", "the_log_before_is_ended"):
            road.eventually(partial(is_done, road, connection, alarm), f"{alarm} was never done.")
    reckoning.events(road)


def complete(road: Road) -> None:
    """The lead ends the last phase and with it the run; an event that was never held keeps its key until then."""
    road.move_on()


def attack_without_keys(road: Road) -> None:
    told = attack(road, "after").told
    found = found_in_files(road.polku.home, road.secrets)
    road.report["attacks.after.found in files"] = len(found)
    for name, files in sorted(found.items()):
        road.say(f"    {name} is still in {', '.join(sorted(files))}")
    road.report["attacks.after.found in events"] = len(found_in_words(told, road.secrets))
    restored_backup.attack(road)


def attack(road: Road, when: str) -> Attacker:
    with administrator_of(road.polku) as connection:
        told = told_in_the_log(road.tenant, at_home(road.polku.home))
        attacker = Attacker(connection, road.tenant, truth_of(road, connection), told)
        attacker.take_everything()
        attacks: dict[str, Callable[[], int]] = {
            "rows": attacker.by_rows,
            "lists": attacker.by_lists,
            "transactions": attacker.by_transactions,
            "order of events": attacker.by_the_order_of_events,
            "answers in halls": attacker.by_answers_in_halls,
            "places": attacker.by_places,
            "groups": attacker.by_groups_that_are_missing,
        }
        for name, act in attacks.items():
            road.report[f"attacks.{when}.{name}"] = act()
    found = opened(road)
    right = sum(attacker.truth.author_of.get(view) == member for view, member in found["views"].items())
    road.report[f"attacks.{when}.opened views"] = right
    road.report[f"attacks.{when}.opened hands"] = found["hands"]
    return attacker


def truth_of(road: Road, connection: psycopg.Connection) -> Truth:
    """Who wrote what, by the words; and each member's handles, the pseudonyms among them while they can be reckoned."""
    asked = connection.execute(MEMBERS, [road.tenant])
    members = {subject: (id, email) for subject, id, email in asked}
    handles = {handle: id for id, email in members.values() for handle in (id, email) if handle}
    words = connection.execute(WORDS, [road.tenant]).fetchall()
    author_of = {
        view: members[f"p{road.comment_of[text].author}"][0]
        for text, view in words
        if text in road.comment_of
    }
    return Truth(author_of, handles | opened(road)["pseudonyms"])


def opened(road: Road) -> dict:
    return opened_by_keys(road.tenant, road.run_id, at_home(road.polku.home))


def numbers_of(pseudonyms: Iterable[str]) -> dict[str, bytes]:
    """Pseudonyms as they lie in a row and as they are written out."""
    return {f"pseudonym {n}": UUID(n).bytes for n in pseudonyms} | {
        f"written pseudonym {n}": n.encode() for n in pseudonyms
    }


def living(road: Road) -> dict[str, bytes]:
    """The organisation's keys that still live, by service, owner and purpose."""
    found = secrets_of(road.polku.home / "keys")
    return {path: secret for path, secret in found.items() if road.tenant in path}


def make_due(road: Road, connection: psycopg.Connection, service: str, alarm: str) -> None:
    connection.execute(DUE.format(service).encode(), [road.tenant, alarm])
    connection.execute(WAKE, [service])


def is_done(road: Road, connection: psycopg.Connection, alarm: str) -> bool:
    """Whether nothing of it is still to come; what was asked for after the night had begun is made due as well."""
    left = [service for service in NIGHT if is_to_come(road, connection, service, alarm)]
    for service in left:
        make_due(road, connection, service, alarm)
    return not left


def is_to_come(road: Road, connection: psycopg.Connection, service: str, alarm: str) -> bool:
    counted = connection.execute(STILL_TO_COME.format(service).encode(), [road.tenant, alarm]).fetchone()
    return bool(counted and counted[0])
