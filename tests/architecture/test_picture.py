"""The picture of the architecture is drawn from the code, and says what the code says."""

from infra.development.picture import PICTURE, SERVICES, drawn
from shared.settings import AUDIENCES


def test_the_picture_is_what_the_code_says():
    assert PICTURE.read_text() == drawn(), (
        "Run `python -m infra.development.picture` and commit docs/architecture.svg."
    )


def test_every_service_is_in_the_picture():
    assert set(AUDIENCES) == set(SERVICES)
