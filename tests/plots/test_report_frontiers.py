"""The frontiers of the report in headless Chromium: points, their classes and their names."""

import re

import pytest
from report_projects import (
    CLASS_RUNS,
    CLASSES,
    make_report,
    run_stages,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def classes_report(tmp_path_factory):
    return make_report(tmp_path_factory.mktemp("classes") / "project", CLASS_RUNS, run_stages)


def drawn_marks(page):
    """Return the fill, edge, width of the edge and size of the marker of each model."""
    return page.run("""
        return Object.fromEntries([...document.querySelectorAll(".point")].map((point) => {
          const mark = point.querySelector(".mark");
          const { fill, stroke, strokeWidth } = getComputedStyle(mark);
          return [point.getAttribute("aria-label").split(",")[0],
            { fill, edge: stroke, width: parseFloat(strokeWidth), size: mark.getBBox().width }];
        }));""")


def contrast_to_white(color):
    """Return the contrast of a colour such as 'rgb(0, 158, 115)' to white (WCAG 2)."""
    channels = [int(channel) / 255 for channel in re.findall(r"\d+", color)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_three_classes_of_points(page, classes_report):
    """OpenAI's colour fills the markers that are not hollow; Qwen's is too light for an edge."""
    page.open(classes_report)
    marks = drawn_marks(page)
    green, dark, white = "rgb(0, 158, 115)", "rgb(29, 33, 39)", "rgb(255, 255, 255)"
    frontier, other_frontier, dominated = (
        marks[name] for name in ("gpt-cheap", "gpt-best", "gpt-worse")
    )
    assert frontier == other_frontier
    assert (frontier["fill"], frontier["edge"]) == (green, dark)
    assert (dominated["fill"], dominated["edge"]) == (green, dark)
    assert dominated["size"] < 0.8 * frontier["size"]
    assert dominated["width"] < 0.5 * frontier["width"]
    efficient = marks["qwen-middle"]
    assert efficient["fill"] == white
    assert efficient["edge"] != dark
    assert contrast_to_white(efficient["edge"]) >= 3
    legend = page.texts("#frontiers-legend .badge")
    assert legend == [*dict.fromkeys(CLASSES.values()), "Frontier", "OpenAI", "Qwen"]
    rows = {row["model_name_short"]: row["cost_frontier"] for row in page.save_csv("runs.csv")}
    assert rows == CLASSES
    models = page.texts("#runs-data td.name bdi")
    last_cells = page.texts("#runs-data tbody td:last-child")
    assert dict(zip(models, last_cells, strict=True)) == CLASSES
    for point in page.all("#frontiers-charts .point"):
        text = page.point_at(point.find_element("css selector", ".mark"))
        assert f"Frontier {CLASSES[text.splitlines()[0]].lower()}" in text


def test_other_runs_are_told_from_the_three_classes(page, tasks_report):
    page.open(tasks_report, "#runs=all&benchmark=b1")
    assert "Another run or repeat" in page.texts("#frontiers-legend .badge")
    # B with its worse scaffold, and the repeats of C beside their mean.
    assert len(page.all("#frontiers-charts .mark.other")) == 3
    rows = {row["run_id"]: row["cost_frontier"] for row in page.save_csv("runs.csv")}
    assert rows["run2"] == "Another run or repeat"
    assert rows["run3"] == rows["run4"] == "Dominated"


def test_models_with_few_benchmarks_are_pale(page, classes_report, sample_report):
    page.open(classes_report, "#frontier=max")
    marks = drawn_marks(page)
    pale = "rgb(166, 221, 206)"  # 35% of the colour of OpenAI and 65% of white
    styles = {name: (mark["fill"], mark["edge"]) for name, mark in marks.items()}
    assert styles["gpt-best"] == (pale, "rgb(29, 33, 39)")
    assert styles["gpt-worse"] == (pale, "rgb(29, 33, 39)")
    assert sorted(page.texts("#frontiers-charts .label")) == sorted(f"{m} (n = 1)" for m in CLASSES)
    assert "Fewer than 5 benchmarks (n)" in page.texts("#frontiers-legend .badge")
    page.open(sample_report, "#frontier=max")
    assert not any("n =" in label for label in page.texts("#frontiers-charts .label"))
    assert not any("Fewer" in text for text in page.texts("#frontiers-legend .badge"))


def test_frontier_reaches_the_right_edge_of_the_panel(page, classes_report):
    for fragment in ("", "#axis=latency", "#frontier=max"):
        page.open(classes_report, fragment)
        line, grid = page.run("""
            const right = (selector) => Math.max(...[...document.querySelectorAll(selector)].map(
              (e) => e.getBoundingClientRect().right));
            return [right(".frontier-line[d*=L]"), right("#frontiers-charts line.grid")];""")
        assert abs(line - grid) < 2


def test_pointing_shows_the_run(page, sample_report, sample_project):
    page.open(sample_report, "#benchmark=usaco")
    runs = sample_project.table("cleaned_all_metrics.csv")
    run = runs[
        (runs.benchmark_name == "usaco") & (runs.model_name_short == "gpt-4.1-2025-04-14")
    ].iloc[0]
    point = page.one(f"[data-run='{run.run_id}'] path")
    text = page.point_at(point)
    for part in (run.model_name_short, run.agent_name_short, run.run_id, run.date):
        assert part in text
    assert f"Accuracy {run.accuracy:.2f}" in text
    assert re.search(rf"Cost {run.total_cost:.2f} USD", text)
    assert "Latency" in text
    assert "Repeats 1" in text
    ActionChains(page.driver).send_keys(Keys.ESCAPE).perform()
    assert not page.one("#tooltip").is_displayed()


def test_points_are_reached_by_keyboard(page, sample_report):
    page.open(sample_report, "#benchmark=gaia")
    first = page.one("#frontiers-charts .point[tabindex='0']")
    page.run("arguments[0].focus()", first)
    assert page.one("#tooltip").text.startswith("gemini-2.0-flash")
    ActionChains(page.driver).send_keys(Keys.ARROW_RIGHT).perform()
    second = page.driver.switch_to.active_element
    assert second != first
    assert page.one("#tooltip").text.splitlines()[0] in second.get_attribute("aria-label")


def test_names_in_a_chart_do_not_overlap(page, sample_report):
    page.open(sample_report)
    overlaps = page.run("""
        return [...document.querySelectorAll("#frontiers-charts svg")].flatMap((chart) => {
          const boxes = [...chart.querySelectorAll(".label")].map((e) => e.getBoundingClientRect());
          return boxes.filter((a, i) => boxes.some((b, j) => j > i && a.left < b.right - 1
            && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3));
        }).length;""")
    assert overlaps == 0


@pytest.mark.parametrize("fragment", ["", "#axis=latency", "#frontier=max", "#runs=all"])
def test_names_are_nearest_to_their_own_points(page, sample_report, fragment):
    page.open(sample_report, fragment)
    labels = page.run("""
        const center = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        const distance = (box, [x, y]) => Math.hypot(
          Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
        return [...document.querySelectorAll("#frontiers-charts svg")].flatMap((chart) => {
          const points = [...chart.querySelectorAll(".point")].map((point) => [
            labelOf(point.getAttribute("aria-label").split(",")[0]),
            center(point.querySelector(".mark").getBoundingClientRect())]);
          return [...chart.querySelectorAll(".label")].map((label) => {
            const box = label.getBoundingClientRect();
            const [[nearest]] = points.map(([name, place]) => [name, distance(box, place)])
              .sort(([, a], [, b]) => a - b);
            return [label.textContent, nearest];
          });
        });""")
    assert len(labels) >= 9
    assert [each for each in labels if each[1] not in each[0].split(", ")] == []


def test_points_that_cover_each_other_share_a_label(page, tmp_path):
    runs = [
        ("b1", "S", "gpt-one", 0.5, 1.0, 1.0),
        ("b1", "S", "gpt-two", 0.5, 1.0, 1.0),
        ("b1", "S", "gpt-far", 0.9, 5.0, 5.0),
    ]
    page.open(make_report(tmp_path / "project", runs, run_stages))
    assert sorted(page.texts("#frontiers-charts .label")) == ["gpt-far", "gpt-one, gpt-two"]
    page.point_at(page.all("#frontiers-charts .point .mark")[-1])
    pointed = page.one("#tooltip strong").text
    assert [pointed in label for label in page.texts("#frontiers-charts .label.same")] == [True]


def test_models_whose_best_run_has_another_scaffold_are_counted(page, tasks_report):
    """Scaffold T has two runs of B: the worse one on b1, and one without a cost on b2."""
    page.open(tasks_report)
    assert page.texts("#frontiers-unshown") == [""]
    sentence = "1 model whose best run on a benchmark has another scaffold is not shown there."
    page.open(tasks_report, "#scaffold=T")
    assert page.texts("#frontiers-unshown") == [sentence]
    assert page.texts("#frontiers-charts") == ["No best runs to show."]
    page.open(tasks_report, "#scaffold=T&runs=all")
    assert page.texts("#frontiers-unshown") == [""]
    assert len(page.all("#frontiers-charts .point")) == 1


def test_labels_of_the_accuracy_axis_are_evenly_spaced(page, tmp_path):
    """The axis ends at 0.1, 0.2, 0.4, 0.6, 0.8 or 1, and each label is the value of its line."""
    highest = [0.05, 0.18, 0.35, 0.5, 0.7, 0.9]
    runs = [(f"b{n}", "S", "m", accuracy, 1.0, 1.0) for n, accuracy in enumerate(highest)]
    page.open(make_report(tmp_path / "project", runs, run_stages))
    for panel in page.all("#frontiers-charts svg"):
        ticks = panel.find_elements("css selector", "text.tick.end")
        values = [float(tick.text) for tick in ticks]
        places = [float(tick.get_attribute("y")) for tick in ticks]
        step = values[1] - values[0]
        assert step > 0
        assert values == pytest.approx([step * n for n in range(len(values))])
        gap = places[1] - places[0]
        assert places == pytest.approx([places[0] + gap * n for n in range(len(places))])
