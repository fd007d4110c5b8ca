"""The operator's dead letters on the console: seen without content, taken up again, given up with a reason."""

import re
from uuid import uuid4

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.survey import ViewShared
from shared.database import worker_engine_of
from shared.messaging.bus import Record
from shared.messaging.bus.tables import group_partition
from shared.messaging.dead_letters.partition_halt import halt
from shared.messaging.dead_letters.storing import add_dead_letter, park
from shared.messaging.events import envelope_for
from shared.messaging.messaging_tables import dead_letter, discarding, partition_halt
from shared.tenancy.sessions import acting_for
from tests.portal.english import unmarked_english
from tests.shared.conftest import as_owner


@pytest.fixture
def henna(browse, consultancy):
    return browse(consultancy, "Henna", roles=["lead"], host="console.polku.localhost")


@pytest.fixture
def dead_letters(avis):
    """Two of one run: the first could not be handled, the second waits behind it."""
    run, theme = uuid4(), uuid4()
    with worker_engine_of("lineage").begin() as connection, acting_for(avis.id):
        connection.execute(dead_letter.delete())
        connection.execute(discarding.delete())
        for position, lay in enumerate((lambda *one: add_dead_letter(*one, "ValueError at x.py:1", 5), park)):
            shared = ViewShared(run_id=run, view_id=uuid4(), theme_id=theme, language="sv")
            row = envelope_for(shared, "survey").as_row()
            lay(connection, Record(row["topic"], 3, 900 + position, row["key"], row["headers"], row["value"]))
        return connection.scalars(select(dead_letter.c.nr).order_by("nr")).all()


def left():
    with worker_engine_of("lineage").connect() as connection:
        return connection.scalars(select(dead_letter.c.nr)).all()


def test_the_operator_sees_dead_letters_without_their_content(henna, dead_letters, avis):
    assert "/operations/lineage/letters" in henna.get("/operations").text
    page = henna.get("/operations/lineage/letters").text
    assert all(f"dead-letter-{nr}" in page for nr in dead_letters) and str(avis.id) in page
    one = henna.get(f"/operations/lineage/letters/{dead_letters[0]}").text
    assert "language</code>: teksti" in one and "view_id</code>: tunniste" in one
    assert "ValueError at x.py:1" in one and "language</code>: sv" not in one
    assert "1 saman avaimen tapahtuma odottaa sen takana" in one
    chosen = henna.get("/operations/lineage/letters?state=parked").text
    assert f"dead-letter-{dead_letters[1]}" in chosen and f"dead-letter-{dead_letters[0]}" not in chosen


def test_the_operator_has_them_handled_again(henna, dead_letters):
    answer = henna.post("/operations/lineage/letters/replay")
    assert answer.status_code == 303 and left() == []
    page = henna.get(answer.headers["Location"]).text
    assert "2 viestiä käsiteltiin." in page


def test_the_operator_gives_one_up_and_says_why(henna, dead_letters):
    address = f"/operations/lineage/letters/{dead_letters[0]}/discard"
    refused = henna.post(address, {"why": " ", "behind": "release"})
    assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert henna.post(address, {"why": "En övning", "behind": "discard"}).status_code == 303
    assert left() == []


@pytest.fixture
def given_up(henna, dead_letters):
    """Henna has given up both."""
    address = f"/operations/lineage/letters/{dead_letters[0]}/discard"
    assert henna.post(address, {"why": "En övning", "behind": "discard"}).status_code == 303


def test_whoever_comes_after_reads_who_gave_it_up_and_why(henna, given_up):
    page = henna.get("/operations/lineage/letters/discarded").text
    with worker_engine_of("lineage").connect() as connection:
        [member] = set(connection.scalars(select(discarding.c.by)))
    assert page.count("En övning") == 2 and page.count(">Henna</td>") == 2 and member not in page


def test_whoever_used_the_command_line_is_named_as_the_machine_knows_them(henna, given_up):
    with worker_engine_of("lineage").begin() as connection:
        connection.execute(discarding.update().values(by="ylläpito"))
    assert ">ylläpito</td>" in henna.get("/operations/lineage/letters/discarded").text


def test_the_reasons_are_read_to_the_end(henna, given_up):
    """Sixty more of the same moment, as when sixty waited behind one."""
    with worker_engine_of("lineage").begin() as connection:
        known = dict(connection.execute(select(discarding).limit(1)).one()._mapping)
        more = [known | {"position": 2000 + number, "why": f"Syy {number}."} for number in range(60)]
        connection.execute(insert(discarding), more)
    address, read = "/operations/lineage/letters/discarded", []
    while address:
        page = html.fromstring(henna.get(address).text)
        read += page.xpath("//tbody/tr/td[2]/text()")
        address = next(iter(page.xpath("//a[@rel='next']/@href")), None)
    assert sorted(read) == sorted(["En övning"] * 2 + [f"Syy {number}." for number in range(60)])
    assert page.xpath("//a[@rel='prev']/@href") == ["/operations/lineage/letters/discarded"]


@pytest.mark.parametrize("partition", ["", "one", "-1", "²"])
def test_no_other_partition_is_resumed_than_the_one_that_was_meant(henna, halted, partition):
    refused = henna.post(
        "/operations/lineage/letters/release", {"topic": "survey.view", "partition": partition}
    )
    assert refused.status_code in (404, 422) and 'role="alert"' in refused.text
    with worker_engine_of("lineage").connect() as connection:
        assert connection.scalars(select(partition_halt.c.resumed_by)).all() == [None]


@pytest.mark.parametrize("which", ["nr", "key_of"])
def test_not_all_are_handled_instead_of_the_one_that_was_meant(henna, dead_letters, which):
    refused = henna.post("/operations/lineage/letters/replay", {which: "²"})
    assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert len(left()) == 2


def test_the_pages_say_what_of_them_is_english(henna, dead_letters, halted):
    for path in ("", "/lineage/letters", f"/lineage/letters/{dead_letters[0]}", "/lineage/letters/discarded"):
        page = html.fromstring(henna.get(f"/operations{path}?lang=fi").text)
        assert "Työhuone" in page.xpath("string(//header)")
        english = [text.strip() for text in page.xpath("//main//*[@lang='en']//text()")]
        assert unmarked_english(page) == [] and "lineage" in english
        unmarked = " ".join(page.xpath("//main//text()[not(ancestor::*[@lang='en'])]"))
        assert "Lanka näkemyksestä pelisääntöön" in unmarked
        assert not [word for word in ("lineage", "survey", "view_id", "Error") if word in unmarked]


def test_one_dead_letter_is_handled_in_its_turn_only(henna, dead_letters):
    refused = henna.post("/operations/lineage/letters/replay", {"nr": dead_letters[1]})
    assert refused.status_code == 409 and "Saman avaimen aiempi viesti" in refused.text
    assert henna.post("/operations/lineage/letters/replay", {"nr": dead_letters[0]}).status_code == 303
    assert left() == [dead_letters[1]]


def test_a_partition_that_is_not_halted_cannot_be_resumed(henna, dead_letters):
    refused = henna.post("/operations/lineage/letters/release", {"topic": "survey.view", "partition": "1"})
    assert refused.status_code == 404 and "osiota ei ole pysäytetty" in refused.text.lower()


@pytest.fixture
def halted():
    """A halted partition of lineage, before the next event of one of its partitions."""
    with worker_engine_of("lineage").begin() as connection:
        place = {"topic": "survey.view", "partition": 0, "grp": "lineage"}
        connection.execute(insert(group_partition).values(place | {"committed": 7}).on_conflict_do_nothing())
        position = connection.scalar(select(group_partition.c.committed).filter_by(**place))
        halt(connection, Record("survey.view", 0, position, "k", {}, b""), "ValueError at x.py:1")
    yield
    owner = as_owner("lineage")
    with owner.begin() as connection:
        connection.execute(partition_halt.delete())
    owner.dispose()


def test_the_operator_sees_that_a_partition_is_halted(henna, halted):
    page = henna.get("/operations").text
    row = re.search(r'<tr id="bus-lineage">.*?</tr>', page, re.S)[0]
    assert "Osio on pysäytetty" in page and re.findall(r'value="(\d+)"', row)[-1] == "1"


def test_nobody_else_gets_near_the_dead_letters(browse, consultancy, avis, dead_letters):
    editor = browse(consultancy, "Eeva", roles=["editor"], host="console.polku.localhost")
    pekka = browse(avis, "Pekka", roles=["admin"])
    for visitor in (editor, pekka):
        assert visitor.get("/operations/lineage/letters").status_code in (403, 404)
        assert visitor.post("/operations/lineage/letters/replay").status_code in (403, 404)
    assert len(left()) == 2


def test_there_are_no_dead_letters_of_a_service_that_is_not_there(henna, dead_letters):
    for service in ("portal", "nobody"):
        assert henna.get(f"/operations/{service}/letters").status_code == 404
    wrong = henna.get("/operations/lineage/letters?tenant=Kaisa").text
    assert re.search(r"koko tunniste", wrong)


def test_what_cannot_be_read_fails_again_and_says_so(henna, dead_letters):
    with worker_engine_of("lineage").begin() as connection:
        connection.execute(dead_letter.update().filter_by(nr=dead_letters[0]).values(value=b'{"run_id": '))
    answer = henna.post("/operations/lineage/letters/replay")
    assert answer.status_code == 303 and len(left()) == 2
    page = henna.get(answer.headers["Location"]).text
    assert "1 viesti epäonnistui taas" in page
