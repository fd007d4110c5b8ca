"""Fields of schemas for what people type."""

from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Length

from shared.web.cleaning import can_be_kept, in_one_line

BLANK = "A name or a text that is needed here is blank. Write it, then send it again."


class Secret(fields.String):
    """A text that is compared or sealed byte by byte, and so is left as it came: a session's secret, a receipt, a code of
    the sign-in's."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not can_be_kept(text):
            raise self.make_error("invalid")
        return text


class WebAddress(fields.Url):
    """The address of a page, also on a machine's own network."""

    def __init__(self, **how: Any) -> None:
        super().__init__(require_tld=False, schemes={"http", "https"}, **how)


class Line(fields.String):
    """A name or a title: one line without blanks around it; what shows nothing is empty."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return in_one_line(super()._deserialize(value, attr, data, **kwargs))


class Filled(Length):
    """From one sign that shows something to this many signs."""

    def __init__(self, most: int):
        super().__init__(1, most)

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str) and not in_one_line(value):
            raise ValidationError(BLANK)
        return super().__call__(value)
