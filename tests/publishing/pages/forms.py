"""Forms of the workbook's pages, filled in and sent."""

import io
import re

from PIL import Image

FACTS = {"title": "Yhteinen työkirja", "publisher": "Aluevirasto", "language": "fi", "subtitle": ""}


def action(page, form: str) -> str:
    """Where a form with this id is sent to."""
    tag = re.search(rf'<form[^>]*id="{form}"[^>]*>', page.text)
    assert tag, f"no form {form}"
    return re.search(r'action="([^"]+)"', tag[0])[1]


def hidden(page, form: str) -> dict[str, str]:
    """What a form sends along by itself."""
    inside = re.search(rf'<form[^>]*id="{form}".*?</form>', page.text, re.DOTALL)[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside))


def chapter_of(address: str) -> str:
    return address.rpartition("/")[2]


def add(browser, chapter: str, kind: str, **typed) -> str:
    """A passage of this kind with these words; the answer is its id."""
    page = browser.get(chapter)
    added = browser.post(action(page, "add-passage"), data={"chapter_id": chapter_of(chapter), "kind": kind})
    passage = added.headers["Location"].rpartition("#p-")[2]
    assert write(browser, chapter, passage, **typed).status_code == 303
    return passage


def write(browser, chapter: str, passage: str, base: int | None = None, **typed):
    page = browser.get(chapter)
    sent = hidden(page, f"passage-{passage}") | typed
    if base is not None:
        sent["base_revision"] = base
    return browser.post(action(page, f"passage-{passage}"), data=sent, content_type="multipart/form-data")


def a_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "#336699").save(file, "PNG")
    return file.getvalue()


def set_a_launch(person, desk, **form):
    """The run of these tests is still being planned: whoever launches says that they know it."""
    return person.post(
        action(person.get(f"{desk}/editions"), "launch-edition-1"), data={"knowingly": "yes"} | form
    )
