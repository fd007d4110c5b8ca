"""Lays out the four themes of a hybrid-work run, from texts in three languages that staff may still word anew."""

import json
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from services.survey.models import Collecting, Theme
from shared.contracts.process import RunPlanned

TEMPLATES = Path(__file__).parent / "templates"


@cache
def themes_in(template: str) -> list[dict]:
    """[{key, words: {language: {name, question, hint}}}], empty for a template that collects no views."""
    path = TEMPLATES / f"{template}.json"
    known = {file.stem for file in TEMPLATES.glob("*.json")}
    return json.loads(path.read_text(encoding="utf-8")) if template in known else []


def lay_out(session: Session, planned: RunPlanned) -> None:
    themes = themes_in(planned.template)
    if not themes:
        return
    session.add(Collecting(id=planned.run_id, languages=planned.languages))
    session.flush()
    for position, theme in enumerate(themes, start=1):
        spoken = {code: words for code, words in theme["words"].items() if code in planned.languages}
        words = spoken or theme["words"]
        session.add(Theme(run_id=planned.run_id, position=position, key=theme["key"], words=words))
