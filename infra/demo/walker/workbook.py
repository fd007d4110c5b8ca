"""The editor writes the workbook from its sources, both sides clear, approve and launch it, everybody can read it."""

from pathlib import Path

from infra.demo.walker.journey import Journey
from infra.demo.walker.visitor import Form, NotThereYet, Page

QUOTES_A_CHAPTER = 2
# What an editor adds where a source has no words for it
ADDED = {
    "title": "Kokeillaan yhdessä",
    "text": "Tähän on koottu, mitä henkilöstö toi esiin ja mitä työpajoissa siitä syntyi.",
    "attribution": "Työntekijä",
    "first_step": "Otetaan puheeksi tiimin seuraavassa kokouksessa.",
    "questions": "Mitä tämä tarkoittaa minun työssäni?",
}


def write(journey: Journey) -> None:
    """A chapter for each theme: every signed-off outcome, and the most valued views as quotes."""
    page = journey.editor.open(journey.staff("writing"))
    form = page.form("begin-workbook")
    chapters = ["Johdanto", *form.fields["chapter"][1:]]
    form.submit(title="Yhteinen työkirja", publisher=journey.client.name, chapter=chapters, language="fi")
    chapters = journey.editor.open(journey.staff("writing")).links("/writing/chapters/")
    journey.eventually(
        lambda: outcomes_lie_at(journey, chapters[0]), "The workshops' outcomes never came to the desk."
    )
    for number, chapter in enumerate(chapters, 1):
        write_chapter(journey, chapter)
        journey.say(f"    chapters written: {number} of {len(chapters)}")


def outcomes_lie_at(journey: Journey, address: str) -> bool:
    """Returns whether all outcomes that groups signed lie beside a chapter, to be written from."""
    page = journey.editor.open(f"{address}?sources=all")
    return len(page.all('//article[@data-kind="outcome"]')) == journey.report["outcomes"]


def write_chapter(journey: Journey, address: str) -> None:
    """A chapter of a theme has sources of its own; the introduction, without a theme, stays the editor's."""
    page = journey.editor.open(address)
    if page.links("sources=all"):
        for source in chosen(page):
            use(journey, address, source)
    finish_all(journey, address)


def chosen(page: Page) -> list[str]:
    """The ids of the sources to write from: outcomes first, then some views."""
    found: dict[str, list[str]] = {"outcome": [], "view": []}
    for article in page.all("//article[@data-kind]"):
        found[article.get("data-kind")] += [id.removeprefix("use-") for id in article.xpath(".//form/@id")]
    return found["outcome"] + found["view"][:QUOTES_A_CHAPTER]


def use(journey: Journey, address: str, source: str) -> Page:
    form = journey.editor.open(address).form(f"use-{source}")
    return form.submit(("source", source))


def finish_all(journey: Journey, address: str) -> None:
    """Fill in what each passage still lacks."""
    page = journey.editor.open(address)
    for form in page.forms("passage"):
        if empty := {name: ADDED[name] for name in ADDED if form.fields.get(name) == ""}:
            fresh = journey.editor.open(address).form(form.id)
            fresh.submit(**fitting(fresh, empty))


def fitting(form: Form, empty: dict[str, str]) -> dict[str, str]:
    """An idea card's title is the beginning of its text, so that no two cards are called the same."""
    words = str(form.fields.get("text", "")).split()
    if "title" in empty and words:
        empty["title"] = " ".join(words[:6])[:120]
    return empty


def clear(journey: Journey) -> None:
    page = journey.lead.open(journey.staff("writing/quotes"))
    quotes = page.forms("clear")
    for quote in quotes:
        journey.lead.open(journey.staff("writing/quotes")).form(quote.id).submit(
            identifiability="cleared", wording="cleared"
        )
    journey.report["quotes.cleared"] = len(quotes)


def approve(journey: Journey) -> None:
    """Both sides stand behind the text as it is."""
    journey.lead.open(journey.staff("writing")).form("ask-for-review").submit()
    journey.lead.open(journey.staff("writing")).form("approve").submit()
    journey.coordinator.open(journey.desk("workbook")).form("approve").submit()


def freeze_and_launch(journey: Journey) -> None:
    page = journey.lead.open(journey.staff("writing/editions")).form("freeze").submit()
    journey.eventually(lambda: printed(journey), "The edition was never printed.")
    page = journey.lead.open(journey.staff("writing/editions"))
    page.form("open-now-1").submit()
    journey.eventually(lambda: launched(journey), "The workbook was never launched.")
    journey.report["editions"] = len(
        journey.lead.open(journey.staff("writing/editions")).all('//section[starts-with(@id, "edition-")]')
    )


def printed(journey: Journey) -> bool:
    page = journey.lead.open(journey.staff("writing/editions"))
    made = {link.rsplit("/", 1)[-1] for link in page.links("/writing/editions/")}
    if not {"workbook.pdf", "deck.pdf"} <= made:
        raise NotThereYet(page.text())
    return True


def launched(journey: Journey) -> bool:
    reader = journey.participants[0].visitor
    return bool(reader.open(journey.own("workbook")).all('//*[starts-with(@id, "p-")]'))


def take_home(journey: Journey, folder: Path) -> None:
    """The workbook as its readers have it: a web page, a PDF and the cards."""
    reader = journey.participants[0].visitor
    page = reader.open(journey.own("workbook"))
    (folder / "workbook.html").write_bytes(page.body)
    for sheet in ("workbook", "deck"):
        link = next(link for link in page.links(".pdf") if sheet in link.rsplit("/", 1)[-1])
        (folder / f"{sheet}.pdf").write_bytes(reader.download(link))
    journey.report["passages"] = len(page.all('//*[starts-with(@id, "p-")]'))
