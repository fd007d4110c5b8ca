"""Identity asks who of all members has voted; it learns nothing of what was said."""

from uuid import uuid4

from services.voting.took_part import who_voted


def test_who_has_answered_has_voted_and_who_was_only_dealt_views_has_not(reading, session_of):
    kaisa, mikael, outi, stranger = (uuid4() for _ in range(4))
    reading.reader(subject=kaisa).read()
    reading.reader(subject=mikael).deal()
    with session_of("voting") as session:
        assert who_voted(reading.run, {kaisa, mikael, outi, stranger}, session) == {kaisa}
        assert who_voted(uuid4(), {kaisa}, session) == set()


def test_who_takes_every_answer_back_has_not_voted(reading, session_of):
    subject = uuid4()
    kaisa = reading.reader(subject=subject)
    for view in kaisa.read():
        kaisa.take_back(view)
    with session_of("voting") as session:
        assert who_voted(reading.run, {subject}, session) == set()
