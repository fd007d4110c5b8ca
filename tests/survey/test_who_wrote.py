"""Who has written is answered about pseudonyms that somebody knows already."""

from uuid import uuid4

from services.survey.authors import who_wrote


def test_who_has_given_a_view_is_told_apart_from_who_has_not(run, kaisa, matti, session_of, kela):
    run.opens()
    kaisa.gives()
    matti.door.put(f"/themes/{matti.theme()}/draft", json={"text": "Kesken", "language": "fi"})
    asked = {kaisa.door.who.subject, matti.door.who.subject, uuid4()}
    with session_of("survey") as session:
        assert who_wrote(run.id, asked, session) == {kaisa.door.who.subject}
        assert who_wrote(run.id, asked - {kaisa.door.who.subject}, session) == set()
        assert who_wrote(uuid4(), asked, session) == set()
