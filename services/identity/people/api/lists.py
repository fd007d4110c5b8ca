"""Lists of people over HTTP: read, matched, looked at, taken in and undone."""

from collections import Counter
from uuid import UUID

from msgspec.structs import replace

from services.identity.audit.models.entry import note
from services.identity.models import Organisation, PeopleImport, Site, Unit
from services.identity.people.importing.comparing import (
    SUPERVISOR,
    Comparison,
    Entry,
    Known,
    LooksLike,
    Plan,
    Spelling,
)
from services.identity.people.importing.headings import heading_row, people_rows
from services.identity.people.importing.persons import languages_asked
from services.identity.people.importing.reading import sheet_in_file, sheet_in_text
from services.identity.people.importing.sheet import Sheet
from services.identity.people.importing.taking_in import known_people, places
from services.identity.people.models.people_import import Content, answers_of, known_columns
from shared.contracts.api import identity_imports as shapes
from shared.contracts.api.identity_imports import PeopleImports
from shared.database import find
from shared.languages import alphabetical
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import limited
from shared.web.operations import Upload
from shared.web.serving import serves

imports = Blueprint("imports", __name__, description="Lists of people")
FIRST = 200
SAMPLE_ROWS = 4


@serves(imports, PeopleImports.read_file)
@limited(person=30, address=300)
def read_file(file: Upload) -> shapes.ImportShown:
    content = file.stream.read()
    session().commit()  # no transaction is open while the file is read
    return shown(PeopleImport.begin(sheet_in_file(content), file.name, caller().subject, session()))


@serves(imports, PeopleImports.read_pasted)
@limited(person=30, address=300)
def read_pasted(pasted: shapes.Pasted) -> shapes.ImportShown:
    return shown(PeopleImport.begin(sheet_in_text(pasted.text), "", caller().subject, session()))


@serves(imports, PeopleImports.recent_imports)
def recent_imports() -> shapes.Imports:
    return shapes.Imports(items=[shown(one, with_rows=False) for one in PeopleImport.recent(session())])


@serves(imports, PeopleImports.one_import)
def one_import(list_id: UUID) -> shapes.ImportShown:
    return shown(find(session(), PeopleImport, list_id))


@serves(imports, PeopleImports.match_columns)
def match_columns(list_id: UUID, matched: shapes.Matched) -> shapes.ImportShown:
    this = PeopleImport.locked(list_id, session())
    this.match(known_columns(matched.columns, this.to_change().as_sheet().width))
    return shown(this)


@serves(imports, PeopleImports.plan_of_import)
def plan_of_import(list_id: UUID) -> shapes.PlanShown:
    return plan_shown(find(session(), PeopleImport, list_id).to_change())


@serves(imports, PeopleImports.answer_import)
def answer_import(list_id: UUID, answered: shapes.Answered) -> shapes.PlanShown:
    this = PeopleImport.locked(list_id, session())
    this.answer(dict(answered.languages), answered.apart, answered.left_out)
    return plan_shown(this.content)


@serves(imports, PeopleImports.take_import_in)
@limited(person=30, address=300)
def take_import_in(list_id: UUID) -> shapes.ImportShown:
    this = PeopleImport.locked(list_id, session())
    people = compared(this.to_change()).people
    this.take_in(len(people), bool(languages_asked(people, this.content.languages)), gives_roles())
    note(session(), "people_taken_in", about_id=this.id, facts={"people": len(people)})
    return shown(this)


@serves(imports, PeopleImports.undo_import)
def undo_import(list_id: UUID) -> shapes.ImportShown:
    this = PeopleImport.locked(list_id, session())
    this.undo()
    note(session(), "people_list_undone", about_id=this.id)
    return shown(this)


@serves(imports, PeopleImports.discard_import)
def discard_import(list_id: UUID) -> None:
    PeopleImport.locked(list_id, session()).discard(session())


def gives_roles() -> bool:
    return caller().is_any("admin", "lead")


def shown(this: PeopleImport, with_rows: bool = True) -> shapes.ImportShown:
    content = this.content if with_rows and this.state == "read" else Content([])
    sheet = content.as_sheet()
    return shapes.ImportShown(
        id=this.id,
        by_id=this.by_id,
        state=this.state,
        file=content.file,
        sheet=sheet.name,
        not_read=sheet.not_read,
        rows=len(people_rows(sheet)),
        columns=columns_shown(sheet, content.columns),
        total=this.total,
        done=this.done,
        counts=this.counts,
        refused=[refused_shown(*one) for one in this.result.refused[:FIRST]] if with_rows else [],
        begun_at=this.begun_at,
        erase_at=this.erase_at,
    )


def columns_shown(sheet: Sheet, matched: dict[str, int]) -> list[shapes.Column]:
    """The columns that hold something."""
    heading, rows = heading_row(sheet.rows), people_rows(sheet)
    field_of = {column: name for name, column in matched.items()}
    filled = [column for column in range(sheet.width) if any(row.cell(column) for row in sheet.rows)]
    return [
        shapes.Column(
            number=column,
            heading=heading.cell(column)[:200] if heading else "",
            cells=[row.cell(column)[:80] for row in rows[:SAMPLE_ROWS]],
            field=field_of.get(column),
        )
        for column in filled
    ]


def compared(content: Content, known: list[Known] | None = None) -> Comparison:
    answers = answers_of(content, Organisation.ours(session()), gives_roles())
    here = known_people(session()) if known is None else known
    return Comparison(content.people(), here, places(Unit, session()), places(Site, session()), answers)


def plan_shown(content: Content) -> shapes.PlanShown:
    """The plan as answered, beside what was asked: an answer can be changed as long as the list is looked at."""
    known = known_people(session())
    plan = compared(content, known).plan()
    asked = compared(replace(content, languages={}, apart=[], left_out=[]), known).plan()
    return shapes.PlanShown(
        counts=counts_of(plan) | {"left_out": len(content.left_out)},
        reasons=dict(Counter(one.reason for one in plan.refused)),
        new=[new_shown(one) for one in plan.entries if one.kind == "new"][:FIRST],
        changed=[changed_shown(one) for one in plan.entries if one.kind in ("changed", "back")][:FIRST],
        refused=[refused_shown(one.row, one.reason, one.said) for one in plan.refused[:FIRST]],
        gone=[shapes.GonePerson(id=one.id, name=one.name, email=one.email) for one in plan.gone[:FIRST]],
        places=[*new_places("unit", plan.new_units), *new_places("site", plan.new_sites)],
        spellings=[spelling_shown(one, content) for one in asked.written_otherwise],
        looks_like=[alike_shown(one, content) for one in asked.looks_like],
        languages=[
            shapes.LanguageAsked(said=said, rows=rows, answer=content.languages.get(said, ""))
            for said, rows in asked.languages_asked.items()
        ],
        unknown_supervisors=plan.unknown_supervisors[:FIRST],
        gives_roles=gives_roles(),
    )


def refused_shown(row: int, reason: str, said: str) -> shapes.RefusedRow:
    return shapes.RefusedRow(row=row, reason=reason, said=said)


def counts_of(plan: Plan) -> dict[str, int]:
    kinds = {kind: plan.counted[kind] for kind in ("new", "back", "changed", "unchanged")}
    return kinds | {"refused": len(plan.refused), "gone": len(plan.gone)}


def new_shown(entry: Entry) -> shapes.PersonRow:
    return shapes.PersonRow(
        row=entry.row,
        name=entry.name,
        email=entry.email,
        unit=entry.unit,
        site=entry.site,
        language=entry.language,
        is_supervisor=SUPERVISOR in entry.roles,
    )


def changed_shown(entry: Entry) -> shapes.ChangedRow:
    changes = [
        shapes.Difference(field=field, was=was, becomes=now) for field, (was, now) in entry.changes.items()
    ]
    comes_back = entry.kind == "back"
    return shapes.ChangedRow(
        row=entry.row, name=entry.name, email=entry.email, comes_back=comes_back, changes=changes
    )


def new_places(kind: str, new: dict[str, int]) -> list[shapes.PlaceCounted]:
    return [
        shapes.PlaceCounted(kind=kind, name=name, rows=new[name]) for name in sorted(new, key=alphabetical)
    ]


def spelling_shown(one: Spelling, content: Content) -> shapes.SpelledOtherwise:
    apart = f"{one.kind}:{one.said}" in content.apart
    return shapes.SpelledOtherwise(
        kind=one.kind, said=one.said, taken_as=one.taken_as, rows=one.rows, apart=apart
    )


def alike_shown(one: LooksLike, content: Content) -> shapes.LooksLikeKnown:
    return shapes.LooksLikeKnown(
        row=one.row,
        name=one.name,
        email=one.email,
        known_id=one.known.id,
        known_email=one.known.email,
        left_out=one.row in content.left_out,
    )
