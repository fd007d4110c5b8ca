"""The halls that are asked for, and what is in them."""

from typing import TypeVar
from uuid import UUID

from services.townhall import halls
from services.townhall.models import Hall
from shared.database import find
from shared.web.acts import caller, session

Thing = TypeVar("Thing")


def hall_to_see(hall_id: UUID) -> Hall:
    return find(session(), Hall, hall_id)


def hall_to_be_in(hall_id: UUID) -> Hall:
    """Returns the hall, kept from being changed by others until we commit."""
    return halls.held(session(), Hall, hall_id, read=True)


def hall_to_host(hall_id: UUID) -> Hall:
    """Returns the hall, locked."""
    return halls.held(session(), Hall, hall_id)


def of_my_run(noun: type[Thing], id: UUID, lock: bool = False) -> Thing:
    """Returns the question or poll, where it is of the run that the token is for: in another one identity may not let the caller
    take part."""
    return halls.of_a_run(session(), noun, id, caller().run_id, lock)
