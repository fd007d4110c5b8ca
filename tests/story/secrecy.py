"""The end of the story: somebody who has everything tries to say who wrote and voted what, before the key's day and after it."""

from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

import psycopg

from infra.demo.walker.journey import Journey
from tests.story import reckoning, restored_backup
from tests.story.attacker import Attacker, Truth, administrator_of, found_in_files, found_in_words, secrets_of
from tests.story.opener import at_home, opened_by_keys, told_in_the_log

DUE = "UPDATE {}.timer SET due_at = now() WHERE tenant_id = %s AND name LIKE %s AND due_at > now()"
STILL_TO_COME = "SELECT count(*) FROM {}.timer WHERE tenant_id = %s AND name = %s"
NIGHT = ("survey", "voting", "workshop", "townhall", "identity")
HALLS = ("identity", "townhall")
"""Whose key of an event that was never held goes with the run."""
FEW = 10
"""Numbers that are looked for before the key's day, to show that they are found where they are."""
CLIENT = "SELECT tenant_id::text FROM identity.organisation WHERE slug = %s"
MEMBERS = "SELECT subject, id::text, email FROM identity.member WHERE tenant_id = %s AND subject LIKE 'p%%'"
WORDS = "SELECT text, id::text FROM survey.view WHERE tenant_id = %s AND text IS NOT NULL"
WAKE = "SELECT pg_notify('timer', %s)"


def attack_with_keys(journey: Journey) -> None:
    """Attacks with keys and database together, which has to succeed: otherwise the attacks below would show nothing."""
    with administrator_of(journey.polku) as connection:
        (journey.tenant,) = connection.execute(CLIENT, [journey.client.slug]).fetchone() or ("",)
    attack(journey, "before")
    numbers = numbers_of(opened(journey)["pseudonyms"])
    journey.secrets = living(journey) | numbers
    found = found_in_files(journey.polku.home / "postgres", dict(list(numbers.items())[:FEW]))
    journey.report["attacks.before.found in files"] = len(found)
    restored_backup.back_up(journey)


def bring_the_keys_day(journey: Journey) -> None:
    """The day comes sooner than it would: everything that waits for it is due now, and the night's work after it."""
    with administrator_of(journey.polku) as connection:
        make_due(journey, connection, "identity", "%_key_has_served")
        journey.eventually(lambda: len(living(journey)) <= len(HALLS), "Keys live on after their day.")
        complete(journey)
        journey.eventually(lambda: not living(journey), "A key lives on after the run.")
        for timer in ("tables_are_written_anew", "the_log_before_is_ended"):
            journey.eventually(partial(is_done, journey, connection, timer), f"{timer} was never done.")
    reckoning.events(journey)


def complete(journey: Journey) -> None:
    """The lead ends the last phase and with it the run; an event that was never held keeps its key until then."""
    journey.move_on()


def attack_without_keys(journey: Journey) -> None:
    told = attack(journey, "after").told
    found = found_in_files(journey.polku.home, journey.secrets)
    journey.report["attacks.after.found in files"] = len(found)
    for name, files in sorted(found.items()):
        journey.say(f"    {name} is still in {', '.join(sorted(files))}")
    journey.report["attacks.after.found in events"] = len(found_in_words(told, journey.secrets))
    restored_backup.attack(journey)


def attack(journey: Journey, when: str) -> Attacker:
    with administrator_of(journey.polku) as connection:
        told = told_in_the_log(journey.tenant, at_home(journey.polku.home))
        attacker = Attacker(connection, journey.tenant, truth_of(journey, connection), told)
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
            journey.report[f"attacks.{when}.{name}"] = act()
    found = opened(journey)
    right = sum(attacker.truth.author_of.get(view) == member for view, member in found["views"].items())
    journey.report[f"attacks.{when}.opened views"] = right
    journey.report[f"attacks.{when}.opened hands"] = found["hands"]
    return attacker


def truth_of(journey: Journey, connection: psycopg.Connection) -> Truth:
    """Returns who wrote what, by the words; and each member's handles, the pseudonyms among them while they can be computed."""
    asked = connection.execute(MEMBERS, [journey.tenant])
    members = {subject: (id, email) for subject, id, email in asked}
    handles = {handle: id for id, email in members.values() for handle in (id, email) if handle}
    words = connection.execute(WORDS, [journey.tenant]).fetchall()
    author_of = {
        view: members[f"p{journey.comment_of[text].author}"][0]
        for text, view in words
        if text in journey.comment_of
    }
    return Truth(author_of, handles | opened(journey)["pseudonyms"])


def opened(journey: Journey) -> dict:
    return opened_by_keys(journey.tenant, journey.run_id, at_home(journey.polku.home))


def numbers_of(pseudonyms: Iterable[str]) -> dict[str, bytes]:
    """Pseudonyms as they lie in a row and as they are written out."""
    return {f"pseudonym {n}": UUID(n).bytes for n in pseudonyms} | {
        f"written pseudonym {n}": n.encode() for n in pseudonyms
    }


def living(journey: Journey) -> dict[str, bytes]:
    """The organisation's keys that still live, by service, owner and purpose."""
    found = secrets_of(journey.polku.home / "keys")
    return {path: secret for path, secret in found.items() if journey.tenant in path}


def make_due(journey: Journey, connection: psycopg.Connection, service: str, timer: str) -> None:
    connection.execute(DUE.format(service).encode(), [journey.tenant, timer])
    connection.execute(WAKE, [service])


def is_done(journey: Journey, connection: psycopg.Connection, timer: str) -> bool:
    """Returns whether nothing of it is still to come; what was asked for after the night had begun is made due as well."""
    left = [service for service in NIGHT if is_to_come(journey, connection, service, timer)]
    for service in left:
        make_due(journey, connection, service, timer)
    return not left


def is_to_come(journey: Journey, connection: psycopg.Connection, service: str, timer: str) -> bool:
    counted = connection.execute(STILL_TO_COME.format(service).encode(), [journey.tenant, timer]).fetchone()
    return bool(counted and counted[0])
