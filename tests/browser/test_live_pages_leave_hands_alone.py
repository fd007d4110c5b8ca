"""What changes elsewhere takes nothing away from whoever types or chooses; a long word breaks no page."""

import re

import pytest

from tests.browser.conftest import PHONE, overflows

LONG = "Donaudampfschifffahrtsgesellschaft" * 15  # 510 letters


@pytest.mark.parametrize(
    "part", ["views", "reading", "threads", "workshops", "kickoff", "workbook", "results", "rules"]
)
def test_one_word_of_500_letters_breaks_no_page(enter, part):
    """Whatever people write stands in these; no page of ours becomes wider for it."""
    page = enter("avi", "kaisa", size=PHONE)
    runs = page.eval_on_selector_all(
        "a[href*='/runs/']", "links => links.map(link => link.pathname.split('/')[2])"
    )
    for run in sorted(set(runs)):
        page.goto(
            re.sub(r"/home$", f"/runs/{run}/{part}", page.url)
            if page.url.endswith("/home")
            else re.sub(r"/runs/.*", f"/runs/{run}/{part}", page.url)
        )
        written = page.locator("main :is(.voice, h1, h2, h3, .notice, legend, label, dd, li > p)")
        written.evaluate_all(
            f"all => all.forEach(each => {{ if (!each.children.length) each.textContent = '{LONG}'; }})"
        )
        assert not overflows(page), page.url


BOARD = """
<div id="board" data-version="{version}" data-state="running">
  <div data-part="refusal" id="part-refusal">{refusal}</div>
  <form id="part-form" data-part="form" method="post"><p>{words}</p>
    <textarea name="text"></textarea><input name="line" value="as it was"><input type="radio" name="one" value="a"><input type="checkbox" name="tick">
    <select name="which"><option>first</option><option>second</option></select></form>
</div>"""
PICTURE = """async ([address, old, fresh, act]) => {
    document.querySelector("main").innerHTML = old;
    const form = document.getElementById("part-form");
    if (act === "text") form.elements.text.value = "half a word";
    if (act === "line") form.elements.line.value = "as it is";
    if (act === "radio") form.elements.one.checked = true;
    if (act === "tick") form.elements.tick.checked = true;
    if (act === "select") form.elements.which.selectedIndex = 1;
    if (act === "focus") form.elements.which.focus();
    const before = document.activeElement;
    const { show } = await import(address);
    show(fresh);
    return [document.querySelector("#part-form p").textContent, document.getElementById("part-refusal").textContent.trim(),
            before === document.activeElement];
}"""


def shown(page, act: str, old: int = 1, fresh: int = 2, refusal: str = "") -> list:
    """What the board says after a picture came: words of the form, the refusal, and whether the focus stayed."""
    address = (
        page.locator("script[src*='/shell.js']").get_attribute("src").replace("shell.js", "workshop-page.js")
    )
    before = BOARD.format(version=old, words="before", refusal="")
    after = BOARD.format(version=fresh, words="after", refusal=refusal)
    return page.evaluate(PICTURE, [address, before, after, act])


@pytest.mark.parametrize("act", ["text", "line", "radio", "tick", "select", "focus"])
def test_a_half_made_choice_stays_while_others_act(enter, act):
    assert shown(enter("avi", "kaisa"), act) == ["before", "", True]


def test_what_nobody_has_touched_follows_the_others(enter):
    assert shown(enter("avi", "kaisa"), "nothing") == ["after", "", True]


BOTH = """async ([address, old, refused, fresh]) => {
    document.querySelector("main").innerHTML = old;
    const { show, showBoth } = await import(address);
    showBoth("part-form", refused);
    show(fresh);
    const form = document.getElementById("part-form");
    return [form.elements.text.value, form.querySelector("[data-meanwhile]").textContent];
}"""


def test_two_texts_stand_until_somebody_has_chosen(enter):
    page = enter("avi", "kaisa")
    address = (
        page.locator("script[src*='/shell.js']").get_attribute("src").replace("shell.js", "workshop-page.js")
    )
    before, after = (BOARD.format(version=nr, words="a card", refusal="") for nr in (1, 3))
    both = "mine</textarea><div data-meanwhile>theirs</div>"
    refused = BOARD.format(version=2, words="a card", refusal="").replace("</textarea>", both)
    assert page.evaluate(BOTH, [address, before, refused, after]) == ["mine", "theirs"]


def test_a_late_picture_of_before_takes_nothing_back_and_says_why_an_act_was_refused(enter):
    refusal = '<p id="refusal" tabindex="-1">Somebody was faster.</p>'
    assert shown(enter("avi", "kaisa"), "nothing", old=3, fresh=2, refusal=refusal) == [
        "before",
        "Somebody was faster.",
        True,
    ]
