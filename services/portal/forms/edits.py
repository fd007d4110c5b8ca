"""Edits of what others may edit too: a form carries what stood there when its page was made, and shows both where somebody was faster.

In a template: `was(thing, "name", ...)` before the fields of a form, by the names that the service has for them; the macros of the
fields do the rest. In the act: `edited({...})` around what is asked of the service (shared/web/edit_conflicts.py merges it).
"""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from flask import g, request
from msgspec import Struct, to_builtins

from services.portal.forms.fields import not_complete
from shared.languages import _
from shared.web.json_text import json_in


def edited(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what somebody asks for, with what the page showed; where the other's is taken instead, it is that."""
    if (was := what_was_sent()) is None:
        return dict(asked)
    wanted = deepcopy(dict(asked))
    for path in request.form.getlist("take"):
        if names_in(path)[0] in wanted:
            put(wanted, path, within(was, path))
    return wanted | {"was": was}


def what_was_sent() -> dict[str, Any] | None:
    """Returns what the page of the form showed; None for a form that carries nothing."""
    if "was" not in request.form:
        return None
    try:
        sent = json_in(request.form["was"])
    except ValueError as error:
        raise not_complete("was") from error
    if not isinstance(sent, dict):
        raise not_complete("was")
    return sent


def names_in(path: str) -> list[str]:
    """Of a place as in JSON Pointer, without its first slash."""
    return [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")]


def within(stood: Any, path: str) -> Any:
    for name in names_in(path):
        stood = stood.get(name) if isinstance(stood, Mapping) else None
    return stood


def put(stood: dict[str, Any], path: str, value: Any) -> None:
    *inner, last = names_in(path)
    for name in inner:
        stood[name] = stood[name] if isinstance(stood.get(name), dict) else {}
        stood = stood[name]
    stood[last] = value


def was(thing: Mapping[str, Any] | Struct, *names: str) -> str:
    """Returns what the form is to carry: what stands there now. A form that was refused carries what it carried before, except where its page
    shows what somebody else has written meanwhile."""
    thing = to_builtins(thing) if isinstance(thing, Struct) else thing
    stood = {"id": thing.get("id")} | {name: thing.get(name) for name in names or thing}
    g.form_was_refused = is_refused(stood)
    if g.form_was_refused:
        stood = what_was_sent() or stood
        for path, stands in others().items():
            put(stood, path, stands)
    return json.dumps(stood, ensure_ascii=False)


def is_refused(stood: Mapping[str, Any]) -> bool:
    """Whether it is this form of the page that was sent."""
    sent = what_was_sent() if request.method == "POST" else None
    return sent is not None and sent.get("id") == stood["id"] and sent.keys() == stood.keys()


def theirs(place: str) -> list[tuple[str, Any]]:
    """(place, what stands there) of what somebody else has written meanwhile into a field (`name`, `wording/fi`) of the form at hand,
    or within it; once."""
    if not g.get("form_was_refused"):
        return []
    found = [path for path in others() if path == place or path.startswith(f"{place}/")]
    return [(path, others().pop(path)) for path in found]


def in_words(value: Any, options: Iterable[tuple[Any, str]] = ()) -> str:
    """Returns a field's content as it is read: choices by their names, times on Finnish clocks."""
    known = {str(chosen): name for chosen, name in options}
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {in_words(one)}" for name, one in value.items())
    if isinstance(value, list) and value:
        return ", ".join(in_words(one, options) for one in value)
    if value in (None, "", []):
        return known.get("") or _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return known.get(str(value), str(value))


def others() -> dict[str, Any]:
    """Returns what a service has told of the fields that somebody else has changed (clients/base.py)."""
    return g.get("stands", {})
