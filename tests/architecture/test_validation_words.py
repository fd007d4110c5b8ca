"""Whatever a schema can say of a field that a person filled in is said to them in their language."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from marshmallow import Schema, fields, validate

import services
import shared
from services.portal.forms.validation_words import CHOICE, MOMENT, NUMBER, TEXT, in_words
from shared.languages import speaking
from shared.web.arguments import OUT_OF_RANGE

IN_MESSAGES = {"choices": "a, b", "awareness": "aware", "values": "a"}
NEVER_ASKED_FOR = ("format", "invalid_utf8")  # of what is written, and of bytes


def modules() -> Iterator[ModuleType]:
    for package in (services, shared):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not {"migrations", "portal"} & set(found.name.split(".")):
                yield import_module(found.name)


def schemas(kind: type[Schema] = Schema) -> Iterator[type[Schema]]:
    for found in kind.__subclasses__():
        yield found
        yield from schemas(found)


def inside(field: fields.Field) -> Iterator[fields.Field]:
    yield field
    for name in ("inner", "key_field", "value_field"):
        if inner := getattr(field, name, None):
            yield from inside(inner)


def messages_of(field: fields.Field) -> Iterator[str]:
    more = IN_MESSAGES | {"obj_type": getattr(field, "OBJ_TYPE", "")}
    for name, message in field.error_messages.items():
        if name not in NEVER_ASKED_FOR:
            yield str(message).format(**more)
    for validator in field.validators:
        yield from messages_from(validator)


def messages_from(validator: object) -> Iterator[str]:
    about = vars(validator) | {"choices": "a, b"}
    if isinstance(validator, validate.Length | validate.Range):
        said = {
            (True, True): validator.message_all,
            (True, False): validator.message_min,
            (False, True): validator.message_max,
        }
        yield said.get(
            (validator.min is not None, validator.max is not None), getattr(validator, "message_equal", "")
        ).format(**about)
    elif isinstance(validator, validate.Validator):
        yield (about.get("error") or validator.default_message).format(**about)


def raised_in(module: ModuleType) -> Iterator[str]:
    """The sentences that code of ours hands to ValidationError, as texts, constants, or lists of them by field."""
    for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ValidationError":
            (said, *_fields) = call.args
            if isinstance(said, ast.Name):
                yield getattr(module, said.id)
            elif isinstance(said, ast.DictComp):
                yield from (each.value for each in ast.walk(said.value) if isinstance(each, ast.Constant))  # type: ignore[misc]
            else:
                yield ast.literal_eval(said)


@pytest.fixture(scope="module")
def all_messages() -> set[str]:
    found = {OUT_OF_RANGE, *Schema._default_error_messages.values()}
    for module in modules():
        found |= {*raised_in(module)}
    for schema in schemas():
        if schema.__module__.startswith(("services.", "shared.")):
            for field in schema().load_fields.values():
                found |= {message for each in inside(field) for message in messages_of(each)}
    return found


@pytest.mark.parametrize("kind", [TEXT, CHOICE, NUMBER, MOMENT])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_message_of_a_validator_is_said_in_the_readers_language(all_messages, language, kind):
    assert len(all_messages) > 30
    with speaking("en"):
        english = {message: in_words(message, kind) for message in all_messages}
    with speaking(language):
        unsaid = [message for message, said in english.items() if in_words(message, kind) == said]
    assert not unsaid


def test_no_validator_speaks_to_people_in_its_own_words(all_messages):
    """What is ours begins with what to do; what comes from the library speaks of data and fields."""
    with speaking("en"):
        said = " ".join(in_words(message) for message in all_messages)
    assert not [
        word for word in ("field", "Not a valid ", "null", "data", "type", "UUID", "length") if word in said
    ]
