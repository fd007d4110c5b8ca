"""A mail server refuses in every way that we know of. Nothing is lost, nothing is sent twice where that can be helped, no mail keeps
others waiting, and whoever runs Polku is told what is wrong."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from infra.processes.ports import LOOPBACK
from services.notification.mails import courier, post
from services.notification.mails.models.audience import REMINDER
from services.notification.mails.models.occasion import LONGEST_WAIT, PATIENCE
from services.notification.models import Notice, Occasion
from shared.contracts.process import PhaseOpened
from shared.contracts.publishing import WorkbookLaunched
from tests.notification.certificates import Authority
from tests.notification.stubborn import DRIP, DROP, FLOOD, GARBAGE, LONG, Stubborn

RUN = uuid4()
EVERYBODY = {"kaisa", "mikael", "tuula"}


@pytest.fixture
def stub(monkeypatch):
    stubborn = Stubborn()
    monkeypatch.setenv("POLKU_SMTP", f"{LOOPBACK}:{stubborn.port}")
    monkeypatch.setattr(courier, "SECONDS_TO_OPEN", 1)
    monkeypatch.setattr(courier, "SECONDS_A_MAIL", 1)
    yield stubborn
    stubborn.stop()


@pytest.fixture
def launched(people, stub, hear):
    launch = WorkbookLaunched(run_id=RUN, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC))
    hear("notification", launch)


@pytest.fixture
def notices(session_of, people):
    """{"kaisa": the state and the reason of her notice}"""

    def now(what: str = "state") -> dict:
        names = {id: name for name, id in people.items()}
        with session_of("notification") as session:
            found = session.scalars(select(Notice).where(Notice.member_id.in_(names)))
            return {names[notice.member_id]: getattr(notice, what) for notice in found}

    return now


@pytest.fixture
def its_time_comes(session_of):
    """What its mailbox has put off is tried now."""

    def come() -> None:
        with session_of("notification") as session:
            session.execute(update(Notice).values(try_at=None))
            session.commit()

    return come


AGAINST_US = {
    "greeting: later": ("connect", "421 4.3.2 Going home", "answered", "connect"),
    "greeting: never": ("connect", "554 5.7.1 We know you", "answered", "connect"),
    "greeting: none": ("connect", DROP, "broke_off", "connect"),
    "greeting: garbage": ("connect", GARBAGE, "answered", "connect"),
    "greeting: a drip": ("connect", DRIP, "slow", "connect"),
    "greeting: too long": ("connect", LONG, "answered", "connect"),
    "greeting: without end": ("connect", FLOOD, "broke_off", "connect"),
    "hello refused": ("EHLO", "550 5.7.1 Not from there", "answered", "HELO"),
    "sender refused": ("MAIL", "550 5.7.1 <polku@polku.localhost> may not send", "answered", "MAIL"),
    "sender's name refused": ("MAIL", "553 5.1.8 Sender's domain is unknown", "answered", "MAIL"),
    "sender later": ("MAIL", "451 4.3.0 Out of memory", "answered", "MAIL"),
    "sender: garbage": ("MAIL", GARBAGE, "answered", "MAIL"),
    "sender: a drip": ("MAIL", DRIP, "slow", "MAIL"),
    "relay denied": ("RCPT", "554 5.7.1 <kaisa@avi.example>: Relay access denied", "answered", "RCPT"),
    "every reader: gone": ("RCPT", DROP, "broke_off", "RCPT"),
    "every reader: later, and gone": ("RCPT", "421 4.7.0 Too many", "answered", "RCPT"),
    "every reader: garbage": ("RCPT", GARBAGE, "answered", "RCPT"),
    "policy, after the mail": ("end", "554 5.7.1 Looks like spam to us", "answered", "DATA"),
    "our system, after the mail": ("end", "554 5.3.0 Broken", "answered", "DATA"),
    "farewell after the mail": ("end", "421 4.3.2 Going home", "answered", "DATA"),
    "no mails now": ("DATA", "421 4.3.2 Going home", "answered", "DATA"),
    "no mails: gone": ("DATA", DROP, "broke_off", "DATA"),
}


@pytest.fixture
def trouble(monkeypatch):
    """What each round that could not be finished was told."""
    told = []

    def remembers(occasion_id, does=post.post):
        try:
            return does(occasion_id)
        except courier.MailIsAway as error:
            told.append(error)
            raise

    from services.notification.listeners import mails as outgoing

    monkeypatch.setitem(outgoing.jobs, "post", remembers)
    return told


@pytest.mark.parametrize("case", AGAINST_US)
def test_what_the_server_has_against_us_waits_and_goes_out_once_when_it_is_over(
    launched, stub, notices, time_passes, trouble, case
):
    step, reply, kind, at = AGAINST_US[case]
    stub.says(step, reply)
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "waiting")
    assert set(notices("attempts").values()) == {0}
    assert (trouble[0].kind, trouble[0].step) == (kind, at)
    assert "@" not in trouble[0].answer
    before = stub.accepted.copy()
    stub.is_kind()
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "sent")
    assert stub.accepted - before == dict.fromkeys(EVERYBODY, 1)


AGAINST_KAISA = {
    "no such mailbox": ("RCPT", "550 5.1.1 No such person", "no_such_mailbox"),
    "no such mailbox, in no enhanced code": ("RCPT", "550 No such person", "no_such_mailbox"),
    "closed": ("RCPT", "550 5.2.1 Her mailbox is closed", "no_such_mailbox"),
    "no such domain": ("RCPT", "550 5.1.2 No such place", "no_such_domain"),
    "her domain takes no mail": ("RCPT", "556 5.1.10 Takes none", "no_such_domain"),
    "full for good": ("RCPT", "552 5.2.2 Full", "mailbox_full"),
    "full, in no enhanced code": ("RCPT", "552 Full", "mailbox_full"),
    "an address that is none to them": ("RCPT", "553 5.1.3 Bad address", "address_not_taken"),
    "letters that they cannot write": ("RCPT", "553 5.6.7 Not in these letters", "address_not_taken"),
    "content": ("end", "554 5.6.1 No such letters", "not_taken"),
    "too big": ("end", "552 5.3.4 Too big", "not_taken"),
}


@pytest.mark.parametrize("case", AGAINST_KAISA)
def test_what_it_has_against_one_reader_ends_that_letter_and_says_why(
    launched, stub, notices, time_passes, trouble, case
):
    step, reply, why = AGAINST_KAISA[case]
    stub.says(step, reply, to="kaisa")
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "sent") | {"kaisa": "refused"}
    assert notices("why") == dict.fromkeys(EVERYBODY) | {"kaisa": why}
    assert trouble == []


@pytest.mark.parametrize(
    ("email", "why"),
    [("päivi@avi.example", "address_not_taken"), ("", "no_address"), ("kaisa at avi", "not_an_address")],
)
@pytest.mark.parametrize("offers", [[], ["SMTPUTF8"]])
def test_an_address_that_is_none_for_servers_is_named_and_keeps_nobody_waiting(
    launched, stub, people, identity, notices, time_passes, email, why, offers
):
    stub.offers = offers
    identity.people[str(people["kaisa"])]["email"] = email
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "sent") | {"kaisa": "no_address"}
    assert notices("why")["kaisa"] == why


LATER_FOR_KAISA = {
    "greylisted": ("RCPT", "450 4.7.1 Greylisted", "put_off"),
    "full now": ("RCPT", "452 4.2.2 Full", "mailbox_full"),
    "full now, in no enhanced code": ("RCPT", "452 Not enough room", "put_off"),
    "later, after the mail": ("end", "451 4.3.0 Later", "put_off"),
    "later, before the mail": ("DATA", "451 Later", "put_off"),
    "never, without saying why": ("end", "554 Transaction failed", "not_taken"),
    "a farewell at hers alone": ("RCPT", "421 4.7.0 Enough", "broke_off"),
    "gone at hers alone": ("RCPT", DROP, "broke_off"),
    "gone in the middle of hers": ("middle", DROP, "broke_off"),
    "garbage at hers alone": ("RCPT", GARBAGE, "broke_off"),
    "a line too long at hers alone": ("RCPT", LONG, "broke_off"),
}


@pytest.mark.parametrize("case", LATER_FOR_KAISA)
def test_what_is_put_off_delays_itself_alone_has_an_end_and_says_why(
    launched, stub, notices, time_passes, its_time_comes, case
):
    step, reply, why = LATER_FOR_KAISA[case]
    stub.says(step, reply, to="kaisa")
    for _attempt in PATIENCE:
        time_passes()
        assert notices()["kaisa"] == "waiting"
        its_time_comes()
    time_passes()
    assert set(notices().values()) == {"sent", "refused"}
    assert (notices()["kaisa"], notices("why")["kaisa"]) == ("refused", why)
    assert {many for name, many in stub.accepted.items() if name != "kaisa"} == {1}


@pytest.fixture
def in_order(monkeypatch):
    """The round's order is known: hers comes first, or last."""

    def so(name: str, first: bool) -> None:
        def ordered(occasion_id, put_off=(), does=post.written):
            mails = does(occasion_id, put_off)
            hers = [each for each in mails if f"{name}@" in str(each.message["To"])]
            others = [each for each in mails if each not in hers]
            return hers + others if first else others + hers

        monkeypatch.setattr(post, "written", ordered)

    return so


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("reply", [DRIP, DROP])
def test_whom_the_server_breaks_off_at_is_told_from_a_server_in_trouble_in_either_order(
    launched, stub, notices, time_passes, trouble, in_order, reply, first
):
    in_order("kaisa", first)
    stub.says("RCPT", reply, to="kaisa")
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "sent") | {"kaisa": "waiting"}
    assert (notices("attempts")["kaisa"], trouble) == (1, [])


def test_a_letter_whose_last_answer_never_came_is_sent_a_few_times_at_most_and_then_named(
    launched, stub, notices, time_passes, its_time_comes
):
    """It may have arrived each time: its Message-ID stays the same, and it has an end."""
    stub.says("end", DROP)
    time_passes()
    time_passes()
    assert stub.accepted == dict.fromkeys(EVERYBODY, 1)  # put off, though the server's trouble goes on
    for _attempt in PATIENCE:
        its_time_comes()
        time_passes()
    assert stub.accepted == dict.fromkeys(EVERYBODY, len(PATIENCE) + 1)
    assert notices() == dict.fromkeys(EVERYBODY, "refused")
    assert set(notices("why").values()) == {"broke_off"}


def test_a_reminder_whose_last_answer_never_came_is_not_sent_again(
    people, stub, hear, an_hour_passes, time_passes, session_of
):
    """Its row tells nothing of attempts, so it would be sent again and again until the phase closes."""
    hear("notification", phase_open())
    an_hour_passes()
    invited = stub.accepted.copy()
    stub.says("end", DROP)
    time_passes()
    time_passes()
    assert invited == dict.fromkeys(EVERYBODY, 1)
    assert stub.accepted - invited == dict.fromkeys(EVERYBODY, 1)
    assert on_the_list(session_of) == set()


def phase_open() -> PhaseOpened:
    closes_at = datetime.now(UTC) + timedelta(days=14)
    return PhaseOpened(run_id=RUN, phase="views", activities=["give_views"], closes_at=closes_at)


def on_the_list(session_of) -> set:
    """Of the reminder."""
    with session_of("notification") as session:
        reminders = select(Occasion.id).filter_by(kind=REMINDER)
        return set(session.scalars(select(Notice.member_id).where(Notice.occasion_id.in_(reminders))))


def test_a_mailbox_that_says_later_to_a_reminder_for_ever_is_left_alone_in_the_end(
    people, stub, hear, an_hour_passes, time_passes, session_of
):
    hear("notification", phase_open())
    an_hour_passes()
    stub.says("RCPT", "450 4.7.1 Greylisted")
    time_passes()
    assert on_the_list(session_of) == set(people.values())
    with session_of("notification") as session:
        session.execute(update(Occasion).values(told_at=Occasion.told_at - LONGEST_WAIT))
    time_passes()
    assert on_the_list(session_of) == set()


@pytest.mark.parametrize(("step", "reply"), [("MAIL", "550 5.7.1 No"), ("RCPT", "450 4.7.1 Greylisted")])
def test_who_waits_for_a_reminder_while_the_server_refuses_tells_nobody_who_has_taken_part(
    people, stub, hear, identity, an_hour_passes, time_passes, session_of, step, reply
):
    """Neither does who is left, however often it is tried."""
    hear("notification", phase_open())
    an_hour_passes()
    identity.took_part |= {people["kaisa"], people["tuula"]}
    stub.says(step, reply)
    time_passes()
    time_passes()
    assert on_the_list(session_of) == set(people.values())


def test_of_twenty_readers_thirteen_get_theirs_at_once_and_the_others_are_named(
    people, stub, joins, hear, notices, time_passes, trouble
):
    refusals = list(AGAINST_KAISA.values())[:4]
    twenty = [joins(f"reader{number:02}") for number in range(17)]
    stub.refuses = {f"reader{number:02}": refusals[number] for number in range(4)}
    stub.refuses |= {f"reader{number:02}": ("RCPT", "450 4.7.1 Greylisted", None) for number in (4, 5, 6)}
    hear(
        "notification",
        WorkbookLaunched(run_id=RUN, edition_id=uuid4(), number=1, launched_at=datetime.now(UTC)),
    )
    time_passes()
    assert len(twenty) + len(people) == 20
    assert sum(stub.accepted.values()) == len(stub.accepted) == 13
    assert trouble == []


def test_a_server_that_takes_one_letter_a_connection_delays_nobody(launched, stub, notices, time_passes):
    stub.hangs_up_after_a_letter = True
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "sent")
    assert set(notices("attempts").values()) == {0}
    assert stub.accepted == dict.fromkeys(EVERYBODY, 1)


def test_a_server_that_refuses_our_password_is_told_to_whoever_runs_polku(
    launched, stub, notices, time_passes, trouble, monkeypatch
):
    monkeypatch.setenv("POLKU_SMTP_USER", "polku")
    monkeypatch.setenv("POLKU_SMTP_PASSWORD", "a secret of the test")
    stub.offers = ["AUTH PLAIN"]
    stub.says("AUTH", "535 5.7.8 Wrong password for polku@mail.example")
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "waiting")
    assert (trouble[0].kind, trouble[0].step) == ("answered", "AUTH")
    assert trouble[0].answer == "535 5.7.8 Wrong password for"
    assert "secret" not in str(trouble[0])
    stub.says("AUTH", "235 2.7.0 Welcome")
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "sent")


@pytest.mark.parametrize(
    ("offers", "says", "kind"),
    [
        ([], None, "lacks"),
        (["STARTTLS"], "454 4.7.0 No encryption now", "answered"),
        (["STARTTLS"], DROP, "broke_off"),
        (["STARTTLS"], "220 Go on, in plain words", "tls"),
    ],
)
def test_a_server_without_encryption_is_given_no_letters(
    launched, stub, notices, time_passes, trouble, monkeypatch, offers, says, kind
):
    monkeypatch.setenv("POLKU_SMTP_STARTTLS", "yes")
    stub.offers = offers
    stub.says("STARTTLS", says)
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "waiting")
    assert (trouble[0].kind, stub.accepted) == (kind, {})


def test_a_server_whose_certificate_nobody_vouches_for_is_given_no_letters(
    launched, stub, notices, time_passes, trouble, monkeypatch, tmp_path
):
    monkeypatch.setenv("POLKU_SMTP_STARTTLS", "yes")
    stub.offers, stub.tls = ["STARTTLS"], Authority(tmp_path).secures("elsewhere.example")
    time_passes()
    assert notices() == dict.fromkeys(EVERYBODY, "waiting")
    assert (trouble[0].kind, stub.accepted) == ("tls", {})
