"""Every figure in a real browser, as a reader meets it: mouse, keys, touch, night, no motion, no script."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from looplab import Recipe, load, mlp, train_many
from looplab.course.pages.live import live_element, page_with
from looplab.course.reading.live_figures import live_figures

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PATIENCE_MS = 60_000
FIGURES = live_figures()
ON = "[data-live-state=on]"
NAN = {
    "parabola": "parabola.lr=0.15&parabola.step=80",
    "line": "line.inputs=raw&line.step=400",
    "landscape": "landscape.rate=1.15&landscape.w0=9&landscape.b0=7&landscape.step=200",
    "batches": "batches.lr=1&batches.batch=1&batches.step=220",
    "ravine": "ravine.rate=3.2&ravine.step=1000",
}
"""Settings that make training blow up, of figures where it can within their steps."""


@dataclass
class Desk:
    """Opens figures in windows of all kinds, and notes what goes wrong."""

    browser: Browser
    folder: Path
    wrong: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, *names: str, state: str = "", width: int = 700, **options: Any) -> Page:
        """A page from disk with these figures."""
        file = self.folder / f"{'-'.join(names)}.html"
        elements = [live_element(FIGURES[name], FIGURES[name].still()) for name in names]
        file.write_text(page_with("<h1>Figures</h1>" + "\n".join(elements), title="Figures"), encoding="utf-8")
        context = self.browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: self._asked(request.url, file))
        page.goto(file.as_uri() + (f"#{state}" if state else ""))
        if options.get("java_script_enabled", True):
            expect(page.locator(ON)).to_have_count(len(names), timeout=PATIENCE_MS)
            expect(page.locator(".live-drawing > *").first).to_be_attached(timeout=PATIENCE_MS)
        return page

    def _asked(self, url: str, file: Path) -> None:
        if not url.startswith((file.as_uri(), "data:")):
            self.wrong.append(f"asked for {url}")


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(browser, tmp_path)
    yield desk
    for context in desk.contexts:
        context.close()
    assert desk.wrong == []


def each(condition: Callable[[str], bool] = lambda name: True) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [name for name in FIGURES if condition(name)])


def runs(name: str) -> bool:
    return "steps:" in FIGURES[name].source.read_text(encoding="utf-8")


def has_seed(name: str) -> bool:
    return "seed: whole(" in FIGURES[name].source.read_text(encoding="utf-8")


def words(page: Page) -> str:
    """What the figure says, once it has done all it was asked for."""
    expect(page.locator("[data-live-busy]")).to_have_count(0, timeout=PATIENCE_MS)
    return page.locator(".live-words").first.inner_text()


def wait_for_other_words(page: Page, before: str) -> str:
    expect(page.locator(".live-words").first).not_to_have_text(before, timeout=PATIENCE_MS)
    return words(page)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True).first


@each()
def test_it_says_what_it_shows(desk: Desk, name: str) -> None:
    page = desk.open(name)
    assert len(words(page)) > 40
    group = page.get_by_role("group", name=page.locator(".live-title").inner_text())
    expect(group).to_have_count(1)
    expect(page.locator(".live-drawing")).to_have_role("img")


@each(runs)
def test_with_the_mouse_it_runs_pauses_steps_and_restarts(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="no-preference")
    running = page.locator(".live-primary")
    if running.inner_text().strip() == "Pause":  # it has started by itself
        running.click()
    restart = button(page, "Restart")
    if restart.is_enabled():
        restart.click()
    expect(restart).to_be_disabled()
    start = words(page)
    button(page, "Step").click()
    one = wait_for_other_words(page, start)
    running.click()
    wait_for_other_words(page, one)
    if running.inner_text().strip() == "Pause":
        running.click()
    expect(running).not_to_have_text("Pause")
    restart.click()
    expect(page.locator(".live-words")).to_have_text(start)


@each(has_seed)
def test_another_seed_is_another_thing_than_a_restart(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="reduce")
    button(page, "Step").click() if button(page, "Step").is_enabled() else None
    seed = page.get_by_label("seed", exact=True)
    expect(seed).to_have_value("0")
    if button(page, "Restart").is_enabled():
        button(page, "Restart").click()
    expect(seed).to_have_value("0")
    button(page, "Other seed").click()
    expect(seed).to_have_value("1")
    seed.fill("7")
    seed.press("Enter")
    expect(page).to_have_url(re.compile(rf"#.*{name}\.seed=7"))


@each()
def test_with_keys_every_control_works(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="reduce")
    for slider in page.locator(".live-control input[type=range]").all():
        if not slider.is_visible():
            continue
        slider.focus()
        before = slider.get_attribute("aria-valuetext")
        slider.press("ArrowLeft" if slider.input_value() == slider.get_attribute("max") else "ArrowRight")
        expect(slider).not_to_have_attribute("aria-valuetext", before or "", timeout=PATIENCE_MS)
    for choice in page.locator("fieldset").all():
        choice.locator("input:checked").focus()
        chosen = choice.locator("input:checked").input_value()
        page.keyboard.press("ArrowRight")
        expect(choice.locator("input:checked")).not_to_have_value(chosen)
    for switch in page.get_by_role("switch").all():
        was_on = switch.is_checked()
        switch.focus()
        page.keyboard.press("Space")
        expect(switch).to_be_checked(checked=not was_on)
    words(page)


@each()
def test_with_keys_every_handle_moves(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="reduce")
    for handle in page.locator(".live-handle").all():
        before = handle.get_attribute("aria-valuetext") or ""
        handle.focus()
        page.keyboard.press("ArrowUp")
        expect(handle).not_to_have_attribute("aria-valuetext", before)
        page.keyboard.press("ArrowDown")
        expect(handle).to_have_attribute("aria-valuetext", before)


@each()
def test_everything_is_reached_with_tab(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="reduce")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(".live-figure :is(button, input, select, a, [tabindex='0'])")]
        .filter((element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0)
        .filter((element) => element.type !== "radio" || element.checked).length"""
    )
    reached = 0
    for _ in range(wanted + 1):
        page.keyboard.press("Tab")
        reached += page.evaluate("document.activeElement.closest('.live-figure') !== null")
    assert reached >= wanted > 2


@each()
def test_with_the_mouse_every_handle_moves(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="reduce")
    for handle in page.locator(".live-handle").all():
        before = handle.get_attribute("aria-valuetext") or ""
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 24, y - 24, steps=3)
        page.mouse.up()
        expect(handle).not_to_have_attribute("aria-valuetext", before)


@each()
def test_on_a_phone_it_fits_and_is_touched(desk: Desk, name: str) -> None:
    page = desk.open(name, width=360, has_touch=True, is_mobile=True, reduced_motion="reduce")
    words(page)
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".live-text")].filter((text) => {
          const [inner, outer] = [text.getBoundingClientRect(), text.closest(".live-figure").getBoundingClientRect()];
          return inner.left < outer.left - 1 || inner.right > outer.right + 1;
        }).map((text) => text.textContent)"""
    )
    assert outside == []
    small = page.evaluate(
        """() => [...document.querySelectorAll(".live-button, .live-handle, .live-segments label")]
        .map((element) => element.getBoundingClientRect())
        .filter((box) => box.width && (box.width < 24 || box.height < 24)).length"""
    )
    assert small == 0
    before = words(page)
    if runs(name):
        (button(page, "Step") if button(page, "Step").is_enabled() else button(page, "Restart")).tap()
    elif page.locator(".live-segments label").count():
        page.locator(".live-segments label").nth(1).tap()
    else:
        page.locator(".live-menu select").select_option(index=0)
    wait_for_other_words(page, before)


@each(lambda name: "stage.handle(" in FIGURES[name].source.read_text(encoding="utf-8"))
def test_a_finger_drags_a_handle(desk: Desk, name: str) -> None:
    page = desk.open(name, width=360, has_touch=True, is_mobile=True, reduced_motion="reduce")
    handle = page.locator(".live-handle").first
    handle.scroll_into_view_if_needed()
    before, scrolled = handle.get_attribute("aria-valuetext") or "", page.evaluate("scrollY")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, dx in (("touchStart", 0), ("touchMove", 12), ("touchMove", 24), ("touchEnd", 24)):
        points = [] if kind == "touchEnd" else [{"x": x + dx, "y": y - dx}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(handle).not_to_have_attribute("aria-valuetext", before)
    assert page.evaluate("scrollY") == scrolled, "the page stays where it is"


@each()
def test_by_night_it_is_dark(desk: Desk, name: str) -> None:
    page = desk.open(name, color_scheme="dark", reduced_motion="reduce")
    paper = "getComputedStyle(document.querySelector('.live-figure')).backgroundColor"
    assert page.evaluate(paper) == "rgb(19, 20, 22)"
    page.evaluate("document.body.dataset.theme = 'light'")
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    words(page)


@each()
def test_where_no_script_runs_the_still_stands_there(desk: Desk, name: str) -> None:
    page = desk.open(name, java_script_enabled=False)
    still = page.locator(f"[data-live={name}] > svg")
    expect(still).to_be_visible()
    expect(still).to_have_role("img")
    assert len(still.locator("desc").text_content() or "") > 40
    assert page.locator("button").count() == 0


@each(runs)
def test_without_motion_it_goes_in_leaps(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="reduce")
    before = words(page)
    running = page.locator(".live-primary")
    expect(running).to_have_text(re.compile(r"^\d+ \w+ on$|again$"))
    running.click()
    after = wait_for_other_words(page, before)
    page.wait_for_timeout(300)
    assert words(page) == after, "nothing moves by itself"


@each(runs)
def test_what_stands_in_the_address_is_shown(desk: Desk, name: str) -> None:
    page = desk.open(name, reduced_motion="reduce")
    page.locator(".live-primary").click()
    said = wait_for_other_words(page, "")
    expect(page).to_have_url(re.compile(rf"#{name}\.step=\d+"))
    link = page.get_by_role("link", name="Link")
    assert page.url.endswith(link.get_attribute("href") or "?")
    again = desk.open(name, state=page.url.split("#")[1], reduced_motion="reduce")
    assert words(again) == said


def test_figures_of_one_page_have_their_own_state(desk: Desk) -> None:
    page = desk.open("parabola", "graph", state="graph.step=3", reduced_motion="reduce")
    parabola = page.locator("[data-live=parabola]")
    parabola.get_by_role("button", name="Step", exact=True).click()
    expect(page).to_have_url(re.compile(r"#graph\.step=3&parabola\.step=1$"))
    page.evaluate("location.hash = '#parabola.step=5'")
    expect(parabola.locator(".live-words")).to_have_text(re.compile("^Step 5"))
    page.evaluate("location.hash = '#a-section'")
    expect(parabola.locator(".live-words")).to_have_text(re.compile("^Step 5"))


@pytest.mark.parametrize("name", NAN)
def test_training_that_blows_up_is_told_in_words(desk: Desk, name: str) -> None:
    page = desk.open(name, state=NAN[name], reduced_motion="reduce")
    assert re.search(r"\bNaN\b", words(page))
    assert button(page, "Step").is_disabled() or name == "batches"


def test_a_screen_reader_hears_the_words_when_all_is_quiet(desk: Desk) -> None:
    page = desk.open("parabola", reduced_motion="no-preference")
    status = page.get_by_role("status")
    expect(status).to_have_text("")
    page.locator(".live-primary").click()
    expect(page.locator(".live-words")).to_have_text(re.compile(r"^Step [3-9]"))
    expect(status).to_have_text("")
    page.locator(".live-primary").click()
    expect(status).to_have_text(page.locator(".live-words").inner_text())


def test_only_the_loop_of_the_front_page_starts_by_itself(desk: Desk) -> None:
    page = desk.open("loop", reduced_motion="no-preference")
    expect(page.locator(".live-words")).not_to_contain_text("Step 0:")
    expect(button(page, "Pause")).to_be_visible()
    still = desk.open("loop", reduced_motion="reduce")
    still.wait_for_timeout(300)
    assert words(still).startswith("Step 0: predict")


def test_256_seeds_are_trained_sorted_and_looked_at(desk: Desk) -> None:
    page = desk.open("moons", reduced_motion="reduce")
    page.get_by_role("radio", name="256 seeds at once").check()
    assert "256 networks" in wait_for_other_words(page, "")
    for _ in range(10):
        page.locator(".live-primary").click()
        words(page)
    assert re.search(r"\b7\d have failed", words(page)), words(page)
    failed = page.evaluate("document.querySelector('[class*=live-tone-slope].live-line').getAttribute('d')")
    assert 70 <= failed.count("M") < 80
    page.locator(".live-drawing").click(position={"x": 40, "y": 10})
    assert re.match(r"Seed \d+, 8 ReLU units, step 1000: loss 0\.0", wait_for_other_words(page, ""))


def test_boxes_of_a_graph_are_pressed_and_walked_with_arrows(desk: Desk) -> None:
    page = desk.open("graph", state="graph.step=9", reduced_motion="reduce")
    box = page.get_by_role("button", name="w₁, value 1.5, slope 12")
    box.click()
    expect(box).to_have_attribute("aria-pressed", "true")
    assert "slope of a times x" in words(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".live-words")).to_contain_text("a = w₁ x + b₁")


def test_of_a_matrix_each_number_says_how_it_comes_about(desk: Desk) -> None:
    page = desk.open("step", state="step.step=9", reduced_motion="reduce")
    page.get_by_role("button", name="dW₁, row 2, column 2: −1").click()
    expect(page.locator(".live-words")).to_have_text("dW₁ in row 2, column 2: 0 · 0 + 2 · (−0.5) = −1.")


def test_a_pair_is_chosen_by_its_points(desk: Desk) -> None:
    page = desk.open("pairs", reduced_motion="reduce")
    page.get_by_role("button", name="hold out the reading 81.9").click()
    page.get_by_role("button", name="hold out the reading 21.8").click()
    expect(page.locator(".live-words")).to_contain_text("Held out: 21.8 and 81.9.")
    assert "beyond all readings" in words(page)


def test_optimizers_race_at_one_rate_or_each_at_its_best(desk: Desk) -> None:
    page = desk.open("ravine", state="ravine.rate=3.2&ravine.step=1000", reduced_motion="reduce")
    assert re.search(r"all at rate 3\.2\. .* Blown up: SGD at step \d+, Nesterov at step \d+", words(page))
    before = words(page)
    page.get_by_role("radio", name="each its best").check()
    said = wait_for_other_words(page, before)
    assert "each at the best of 51 rates" in said
    assert "Blown up" not in said
    arrived = [int(step) for step in re.findall(r"from step (\d+)", said)]
    assert len(arrived) >= 4
    assert arrived == sorted(arrived)
    expect(page.get_by_label("rate η")).to_be_hidden()


def test_who_takes_part_in_the_race_is_pressed(desk: Desk) -> None:
    page = desk.open("ravine", state="ravine.step=60", reduced_motion="reduce")
    assert "Adagrad 0." in words(page)
    adagrad = page.get_by_role("button", name="Adagrad, rate 0.32")
    adagrad.click()
    expect(adagrad).to_have_attribute("aria-pressed", "false")
    assert "Adagrad" not in wait_for_other_words(page, "")
    expect(page).to_have_url(re.compile(r"ravine\.adagrad=no"))


def test_another_surface_has_its_own_start(desk: Desk) -> None:
    page = desk.open("ravine", state="ravine.x0=4&ravine.y0=4", reduced_motion="reduce")
    page.get_by_role("radio", name="Rosenbrock").check()
    expect(page.get_by_role("slider", name="start of the race")).to_have_attribute("aria-valuetext", "x = −1.2, y = 1")
    assert "All start from a loss of 24.2" in words(page)
    expect(page.get_by_label("condition number κ")).to_be_hidden()


def test_a_cell_of_the_success_map_counts_what_looplab_trains(desk: Desk) -> None:
    page = desk.open("success-map", reduced_motion="reduce")
    recipe = Recipe(optimizer="sgd", lr=1, momentum=0.9, steps=200)
    losses = train_many(lambda: mlp(2, [8], 1), load("moons"), recipe, seeds=64).final_train_loss
    for below in (0.06, 0.1):
        page.evaluate(f"location.hash = '#success-map.below={below}'")
        expect(page.locator(".live-words")).to_contain_text(f"end below {below} after 200 steps")
        low, high = (int((losses < below * factor).sum()) for factor in (0.99, 1.01))  # losses are kept to one percent
        said = re.match(r"At rate 1, momentum 0\.9, (\d+) of 64 seeds", words(page))
        assert said is not None
        assert low <= int(said[1]) <= high


def test_cells_of_the_success_map_are_looked_at_with_mouse_and_keys(desk: Desk) -> None:
    page = desk.open("success-map", reduced_motion="reduce")
    start = words(page)
    cell = page.get_by_role("button", name=re.compile(r"^rate 0\.1, momentum 0\.99:"))
    cell.hover()
    assert wait_for_other_words(page, start).startswith("At rate 0.1, momentum 0.99, ")
    page.mouse.move(1, 1)
    expect(page.locator(".live-words")).to_have_text(start)
    cell.click()
    expect(cell).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".live-words")).to_contain_text("At rate 0.18, momentum 0.99, ")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#success-map\.column=5&success-map\.row=5"))
    page.get_by_role("radio", name="Adam").check()
    assert "β₁ 0.99" in wait_for_other_words(page, "")


def test_few_labels_are_told_for_both_first_tasks_and_each_number(desk: Desk) -> None:
    page = desk.open("few-labels", reduced_motion="reduce")
    start = words(page)
    assert start.startswith("20 labels; the hidden layers had learned labels of digits 0 to 4. ")
    page.get_by_role("radio", name="images of 5 to 9").check()
    other = wait_for_other_words(page, start)
    assert "to restore images of digits 5 to 9, without labels" in other
    scratch = re.compile(r"scratch [\d.]+ \([\d.]+ to [\d.]+\)")
    assert scratch.findall(other) == scratch.findall(start) != [], "from scratch nothing was learned before"
    page.locator(".live-handle").press("ArrowRight")
    assert wait_for_other_words(page, other).startswith("30 labels; ")
    expect(page).to_have_url(re.compile(r"#few-labels\.before=images&few-labels\.at=3"))


def test_a_schedule_is_drawn_in_one_stroke_and_linked_to(desk: Desk) -> None:
    page = desk.open("schedule", reduced_motion="reduce")
    before = words(page)
    area = page.locator(".live-draw").bounding_box()
    assert area is not None
    left, bottom, width = area["x"], area["y"] + area["height"], area["width"]
    page.mouse.move(left + 1, bottom - area["height"] / 2)
    page.mouse.down()
    page.mouse.move(left + width - 1, bottom - 1)
    page.mouse.up()
    page.mouse.move(left + width / 2, bottom - area["height"])  # the button is up: nothing is drawn
    assert "drawn by you" in wait_for_other_words(page, before)
    page.wait_for_url("**curve=*")
    linked = re.search(r"curve=([\d,]+)", page.url)
    assert linked is not None
    curve = [int(value) for value in linked[1].split(",")]
    line = [200 - 10 * i for i in range(21)]
    assert all(abs(value - wanted) <= 12 for value, wanted in zip(curve, line, strict=True)), (
        f"a straight line down, also where the pointer skipped points, not {curve}"
    )


def test_a_figure_without_its_data_leaves_the_still(desk: Desk) -> None:
    file = desk.folder / "bare.html"
    file.write_text(
        page_with('<div class="live" data-live="moons"><p>The still</p></div>', title="Bare"), encoding="utf-8"
    )
    page = desk.browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    expect(page.locator("[data-live-state=failed]")).to_have_text("The still")
    assert any("the page holds no data for moons" in text for text in said)
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_axe_finds_nothing(desk: Desk, width: int, scheme: Any) -> None:
    page = desk.open(*FIGURES, width=width, color_scheme=scheme, reduced_motion="reduce")
    words(page)
    found = [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:120]}"
        for rule in Axe().run(page)["violations"]
        for node in rule["nodes"]
    ]
    assert found == []


@each()
def test_it_is_not_taller_than_the_first_look_at_a_page(desk: Desk, name: str) -> None:
    page = desk.open(name, width=1400, reduced_motion="reduce")
    box = page.locator(".live-figure").bounding_box()
    assert box is not None
    assert box["height"] <= 560
