"""The editor writes the workbook from its sources, both sides clear, approve and launch it, everybody can read it."""

from pathlib import Path

from infra.demo.walker.journey import Road
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


def write(road: Road) -> None:
    """A chapter for each theme: every signed-off outcome, and the most valued views as quotes."""
    page = road.editor.open(road.staff("writing"))
    form = page.form("begin-workbook")
    chapters = ["Johdanto", *form.fields["chapter"][1:]]
    form.submit(title="Yhteinen työkirja", publisher=road.client.name, chapter=chapters, language="fi")
    chapters = road.editor.open(road.staff("writing")).links("/writing/chapters/")
    road.eventually(
        lambda: outcomes_lie_at(road, chapters[0]), "The workshops' outcomes never came to the desk."
    )
    for number, chapter in enumerate(chapters, 1):
        write_chapter(road, chapter)
        road.say(f"    chapters written: {number} of {len(chapters)}")


def outcomes_lie_at(road: Road, address: str) -> bool:
    """Whether all that groups signed lies beside a chapter to be written from."""
    page = road.editor.open(f"{address}?sources=all")
    return len(page.all('//article[@data-kind="outcome"]')) == road.report["outcomes"]


def write_chapter(road: Road, address: str) -> None:
    """A chapter of a theme has sources of its own; the introduction, without a theme, stays the editor's."""
    page = road.editor.open(address)
    if page.links("sources=all"):
        for source in chosen(page):
            use(road, address, source)
    finish_all(road, address)


def chosen(page: Page) -> list[str]:
    """The ids of the sources to write from: outcomes first, then some views."""
    found: dict[str, list[str]] = {"outcome": [], "view": []}
    for article in page.all("//article[@data-kind]"):
        found[article.get("data-kind")] += [id.removeprefix("use-") for id in article.xpath(".//form/@id")]
    return found["outcome"] + found["view"][:QUOTES_A_CHAPTER]


def use(road: Road, address: str, source: str) -> Page:
    form = road.editor.open(address).form(f"use-{source}")
    return form.submit(("source", source))


def finish_all(road: Road, address: str) -> None:
    """Fill in what each passage still lacks."""
    page = road.editor.open(address)
    for form in page.forms("passage"):
        if empty := {name: ADDED[name] for name in ADDED if form.fields.get(name) == ""}:
            fresh = road.editor.open(address).form(form.id)
            fresh.submit(**fitting(fresh, empty))


def fitting(form: Form, empty: dict[str, str]) -> dict[str, str]:
    """An idea card's title is the beginning of its text, so that no two cards are called the same."""
    words = str(form.fields.get("text", "")).split()
    if "title" in empty and words:
        empty["title"] = " ".join(words[:6])[:120]
    return empty


def clear(road: Road) -> None:
    page = road.lead.open(road.staff("writing/quotes"))
    quotes = page.forms("clear")
    for quote in quotes:
        road.lead.open(road.staff("writing/quotes")).form(quote.id).submit(
            identifiability="cleared", wording="cleared"
        )
    road.report["quotes.cleared"] = len(quotes)


def approve(road: Road) -> None:
    """Both sides stand behind the text as it is."""
    road.lead.open(road.staff("writing")).form("ask-for-review").submit()
    road.lead.open(road.staff("writing")).form("approve").submit()
    road.coordinator.open(road.desk("workbook")).form("approve").submit()


def freeze_and_launch(road: Road) -> None:
    page = road.lead.open(road.staff("writing/editions")).form("freeze").submit()
    road.eventually(lambda: printed(road), "The edition was never printed.")
    page = road.lead.open(road.staff("writing/editions"))
    page.form("open-now-1").submit()
    road.eventually(lambda: launched(road), "The workbook was never launched.")
    road.report["editions"] = len(
        road.lead.open(road.staff("writing/editions")).all('//section[starts-with(@id, "edition-")]')
    )


def printed(road: Road) -> bool:
    page = road.lead.open(road.staff("writing/editions"))
    made = {link.rsplit("/", 1)[-1] for link in page.links("/writing/editions/")}
    if not {"workbook.pdf", "deck.pdf"} <= made:
        raise NotThereYet(page.text())
    return True


def launched(road: Road) -> bool:
    reader = road.participants[0].visitor
    return bool(reader.open(road.own("workbook")).all('//*[starts-with(@id, "p-")]'))


def take_home(road: Road, folder: Path) -> None:
    """The workbook as its readers have it: a web page, a PDF and the cards."""
    reader = road.participants[0].visitor
    page = reader.open(road.own("workbook"))
    (folder / "workbook.html").write_bytes(page.body)
    for sheet in ("workbook", "deck"):
        link = next(link for link in page.links(".pdf") if sheet in link.rsplit("/", 1)[-1])
        (folder / f"{sheet}.pdf").write_bytes(reader.download(link))
    road.report["passages"] = len(page.all('//*[starts-with(@id, "p-")]'))
