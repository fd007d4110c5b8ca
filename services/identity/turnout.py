"""How many took part, by unit and site, so that nobody can be worked out from the numbers.

A part with fewer than five participants is withheld; when the rest would give it away by subtraction, the next
smallest are withheld with it, until those withheld together are five people or more, and so at least two parts
(primary and complementary suppression: Hundepool et al., Statistical Disclosure Control, 2012, chapter 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.identity.models import Attendance, Member, Site, Unit
from services.identity.models.attendance import FEWEST
from services.identity.models.people import is_here


@dataclass(frozen=True)
class Part:
    """A unit or a site; `took_part` is None where the number is withheld."""

    id: UUID
    name: str
    invited: int
    took_part: int | None


@dataclass(frozen=True)
class Turnout:
    """The turnout of one activity."""

    activity: str
    invited: int
    took_part: int | None
    units: list[Part]
    sites: list[Part]

    @classmethod
    def of(cls, run_id: UUID, activity: str, session: Session) -> "Turnout":
        total = (
            select(func.count(), func.count(Attendance.member_id))
            .select_from(Member)
            .outerjoin(*present(run_id, activity))
        )
        invited, took_part = session.execute(total.where(is_here())).one()
        units = by_place(Unit, Member.unit_id, run_id, activity, session)
        sites = by_place(Site, Member.site_id, run_id, activity, session)
        return cls(activity, invited, took_part if took_part >= FEWEST else None, units, sites)


def present(run_id: UUID, activity: str) -> tuple:
    ours = (Attendance.run_id == run_id) & (Attendance.activity == activity)
    return Attendance, ours & (Attendance.member_id == Member.id)


def by_place(
    kind: type[Unit] | type[Site],
    column: InstrumentedAttribute,
    run_id: UUID,
    activity: str,
    session: Session,
) -> list[Part]:
    counts = select(kind.id, kind.name, func.count(), func.count(Attendance.member_id)).join(
        Member, column == kind.id
    )
    found = session.execute(
        counts.outerjoin(*present(run_id, activity))
        .where(is_here())
        .group_by(kind.id, kind.name)
        .order_by(kind.name)
    ).all()
    hidden = withheld({id: took_part for id, _, _, took_part in found})
    return [
        Part(id, name, invited, None if id in hidden else took_part) for id, name, invited, took_part in found
    ]


def withheld(counts: Mapping[UUID, int]) -> set[UUID]:
    """The parts whose numbers must not be shown; the total is taken to be known."""
    smallest_first = sorted(counts, key=lambda id: (counts[id], id))
    hidden = {id for id in smallest_first if counts[id] < FEWEST}
    for id in smallest_first:
        if not hidden or sum(counts[other] for other in hidden) >= FEWEST:
            break
        hidden.add(id)
    return hidden
