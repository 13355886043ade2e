"""The report in headless Chromium, opened from a file with the network cut."""

from contextlib import contextmanager

import pandas as pd
import pytest
from browser_page import DESKTOP, PHONE
from process_tools import wait_until
from report_projects import HOSTILE_NAMES, make_report, run_stages
from selenium.webdriver.common.keys import Keys

from hal_analysis.printing import printable

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory):
    def prepare(project):
        runs = project.table("cleaned_all_metrics.csv")
        runs["run_id"] = runs.model_name_short + runs.index.astype(str)
        runs.to_csv(project.tables / "cleaned_all_metrics.csv", index=False)
        run_stages(project)

    names = [*HOSTILE_NAMES, "=1+1"]
    runs = [(n, n, m, 0.1 * i, 1.0 + i, 1.0) for n in names for i, m in enumerate(names)]
    return make_report(tmp_path_factory.mktemp("hostile") / "project", runs, prepare)


def model_names(page, table="#ranking-data"):
    """Return the full names of the models of a table, in the order of its rows."""
    names = page.run(
        "return [...document.querySelectorAll(arguments[0])].map("
        "(e) => [...e.querySelectorAll('bdi')].at(-1).textContent)",
        f"{table} tbody th",
    )
    return names


@contextmanager
def screen(page, size):
    """Give the browser the screen of a computer or a phone."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_opens_offline_without_errors_in_two_seconds(page, sample_report):
    page.driver.get("about:blank")
    page.driver.get_log("browser")
    page.driver.get(sample_report.as_uri())
    assert page.driver.get_log("browser") == []
    assert page.run("return document.documentElement.dataset.ready") == "true"
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert page.run("return performance.timing.loadEventEnd - performance.timing.fetchStart") < 2000
    assert len(page.all("#ranking-data tbody tr")) == 9
    assert len(page.all("#frontiers-charts svg")) == 11


def test_sorting_changes_the_order(page, sample_report, sample_project):
    page.open(sample_report)
    rates = sample_project.table("model_win_rates_max.csv").sort_values(
        ["overall_win_rate", "model_name_short"], ascending=[False, True]
    )
    assert model_names(page) == rates.model_name_short.tolist()
    costs = sample_project.table("model_mean_cost.csv").sort_values("mean_cost")
    titles = page.texts("#ranking-data thead button")
    column = next(i for i, title in enumerate(titles) if title.startswith("Mean cost"))
    button = page.all("#ranking-data thead button")[column]
    button.send_keys(Keys.ENTER)
    assert model_names(page) == costs.model_name_short.tolist()
    header = page.all("#ranking-data thead th")[column]
    assert header.get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.ENTER)
    assert model_names(page) == costs.model_name_short.tolist()[::-1]
    assert page.driver.switch_to.active_element == button  # the focus stays


def test_filters_hide_rows_in_every_view_and_are_part_of_the_address(page, sample_report):
    page.open(sample_report)
    page.filter("provider", "Google")
    assert model_names(page) == ["gemini-2.0-flash"]
    assert page.texts("#heatmap-data tbody th") == ["gemini-2.0-flash"]
    n_points = len(page.all("#frontiers-charts .point"))
    assert n_points == 9
    assert page.one("#shown").text.startswith("1 of 9 models")
    address = page.driver.current_url
    assert address.endswith("#provider=Google")
    page.driver.get("about:blank")
    page.driver.get(address)
    assert model_names(page) == ["gemini-2.0-flash"]
    page.click("#clear")
    assert len(model_names(page)) == 9
    page.filter("scaffold", "SWE-Agent")
    assert page.texts("#heatmap-data thead th") == ["Model", "swebench_verified_mini"]
    assert set(page.texts("#runs-data tbody td:nth-child(4)")) == {"SWE-Agent"}


def test_choices_are_part_of_the_address(page, sample_report):
    page.open(sample_report, "#heat=pareto&axis=latency&benchmark=gaia&provider=%3Cb%3E&heat=x")
    assert page.one("#heatmap-controls input:checked").get_attribute("value") == "pareto"
    assert page.texts("#frontiers-charts figcaption") == ["gaia"]
    assert len(model_names(page)) == 9  # an unknown provider is no filter
    page.click("#frontiers-controls input[value=max]")
    assert "frontier=max" in page.driver.current_url
    page.run("location.hash = '#model=o3-2025-04-16'")
    wait_until(lambda: model_names(page) == ["o3-2025-04-16"])


def test_link_to_a_section_keeps_the_filters(page, sample_report):
    page.open(sample_report, "#provider=Google")
    page.click("nav a[href='#tasks']")
    assert page.driver.current_url.endswith("#provider=Google&section=tasks")
    assert model_names(page) == ["gemini-2.0-flash"]
    assert page.driver.switch_to.active_element.get_attribute("id") == "tasks"


def test_heatmap_has_the_values_of_the_tables(page, sample_report, sample_project):
    page.open(sample_report, "#heat=max")
    rates = sample_project.table("benchmark_win_rates_max.csv")
    expected = {
        (row.model_name_short, row.benchmark_name): row.overall_win_rate
        for row in rates.itertuples()
    }
    rows = page.save_csv("heatmap_max.csv")
    saved = {
        (row["model_name_short"], row["benchmark_name"]): float(row["overall_win_rate"])
        for row in rows
        if row["overall_win_rate"]
    }
    assert saved == expected
    first_row = page.texts("#heatmap-data tbody tr:first-child td")
    benchmarks = page.texts("#heatmap-data thead th")[1:]
    values = [expected.get(("o3-2025-04-16", benchmark)) for benchmark in benchmarks]
    assert first_row == ["·" if value is None else f"{value:.2f}" for value in values]


def test_numbers_are_rounded_as_by_python(page, sample_report):
    page.open(sample_report)
    numbers = [k / n for n in range(1, 81) for k in range(n + 1)]
    script = "return arguments[0].map((number) => format.fraction(number))"
    assert page.run(script, numbers) == [f"{number:.2f}" for number in numbers]
    amounts = [1234.5, 12345.5, 150.25, 150.35, 0.125, 99.995]
    script = "return arguments[0].map((number) => format.amount(number))"
    assert page.run(script, amounts) == ["1,234", "12,346", "150.2", "150.3", "0.12", "100.00"]


def test_zero_has_no_minus(page, sample_report):
    page.open(sample_report)
    numbers = [-0.001, -0.0049, -0.005, -0.0051, -0.0, 0.001]
    shown = page.run("return arguments[0].map((number) => format.fraction(number))", numbers)
    assert shown == ["0.00", "0.00", "−0.01", "−0.01", "0.00", "0.00"]
    assert page.run("return format.interval(-0.0012, 0.5)") == "0.00 to 0.50"
    assert page.run("return [format.count(-0.4), format.amount(-0.0)]") == ["0", "0.00"]


def test_mean_of_repeats_that_equals_one_of_them_is_a_mean(page, tmp_path):
    """The mean of A is 0.5 for 2 USD, as one of its runs is; both runs of B equal their mean."""
    runs = [
        *[
            ("b", "S", "A", accuracy, cost, 1.0)
            for accuracy, cost in ((0.4, 1), (0.5, 2), (0.6, 3))
        ],
        *[("b", "S", "B", 0.4, 4.0, 2.0)] * 2,
        ("b", "S", "C", 1 / 3, 5.0, 3.0),
    ]
    page.open(make_report(tmp_path / "project", runs, run_stages))
    classes = [row["cost_frontier"] for row in page.save_csv("runs.csv")]
    assert classes == ["On the convex frontier"] * 3 + ["Dominated"] * 3
    tooltips = [page.point_at(point) for point in page.all("#frontiers-charts .point")]
    assert len(tooltips) == 3
    [mean] = [text for text in tooltips if "on the convex frontier" in text]
    assert "Mean accuracy" in mean
    [single] = [text for text in tooltips if "run5" in text]
    assert "0.33" in single


def test_text_in_cells_is_readable(page, sample_report):
    for metric in ("accuracy", "cost", "latency", "scaffold", "max", "pareto"):
        page.open(sample_report, f"#heat={metric}")
        ratios = page.run("""
            const light = (css) => {
              const [r, g, b] = css.match(/[0-9.]+/g).slice(0, 3).map((c) => {
                const s = c / 255;
                return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
              });
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            return [...document.querySelectorAll("#heatmap-data td")].map((td) => {
              const style = getComputedStyle(td);
              if (style.backgroundColor === "rgba(0, 0, 0, 0)") return 21;
              const [a, b] = [light(style.color), light(style.backgroundColor)];
              return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            });""")
        assert len(ratios) == 99
        assert min(ratios) >= 4.5


def test_saved_ranking_equals_the_table(page, sample_report, sample_project):
    page.open(sample_report, "#provider=OpenAI&provider=Anthropic")
    page.click("#ranking-data thead th:nth-child(2) button")
    rows = page.save_csv("ranking.csv")
    assert [row["model_name_short"] for row in rows] == model_names(page)
    assert [row["model_name_short"] for row in rows] == sorted(model_names(page))
    shown = page.texts("#ranking-data td .rate .stack")
    rates = sample_project.table("model_win_rates_max.csv").set_index("model_name_short")
    for row, text in zip(rows, shown[::2], strict=True):
        rate = rates.loc[row["model_name_short"]]
        assert float(row["overall_win_rate"]) == rate.overall_win_rate
        assert float(row["win_rate_ci_low"]) == rate.win_rate_ci_low
        assert text.startswith(f"{rate.overall_win_rate:.2f}")


def test_saved_runs_equal_the_dataset(page, sample_report, sample_project):
    page.open(sample_report)
    saved = pd.DataFrame(page.save_csv("runs.csv"))
    dataset = sample_project.table("cleaned_all_metrics.csv")
    for column in ("run_id", "date", "benchmark_name", "agent_name_short", "model_name_short"):
        assert saved[column].tolist() == dataset[column].tolist()
    for column in ("accuracy", "mean_latency"):
        assert saved[column].astype(float).tolist() == dataset[column].tolist()


def test_tasks_show_who_solved_what(page, tasks_report):
    page.open(tasks_report)
    assert page.texts("#tasks-data tbody th")[:2] == ["task00", "task01"]
    solved = page.texts("#tasks-data tbody td:nth-child(4)")
    # Configurations that always solve a task: all four the first three, then A and B, then A.
    assert solved == ["4"] * 3 + ["2"] * 3 + ["1"] * 3 + ["0"] * 3
    assert page.texts("#tasks-data tbody td:last-child")[-1] == "none"
    assert "A, S" in page.texts("#tasks-data tbody td:last-child")[0]
    assert page.texts("#task-pairs-data tbody td:last-child") == ["n/a", "9", "9"]
    assert page.texts("#task-pairs-data tr.highlight th") == ["AS"]
    page.click("input[name=pairs][value=scaffold]")
    rows = page.save_csv("task_pairs.csv")
    assert [(row["model_name_short"], row["p"], row["decided"]) for row in rows] == [
        ("A", "0.25", "False")
    ]
    picture = page.one(".task-picture")
    text = page.point_at(picture)
    assert text.startswith("task0")
    page.run("document.querySelector('select[data-choice=task]').value = 'b2'")
    page.run(
        "document.querySelector('select[data-choice=task]').dispatchEvent(new Event('change'))"
    )
    assert page.one("#tasks-view").text == "No task results for this benchmark."


def test_first_sentence_names_the_best_of_the_ranked_models(page, sample_report, tasks_report):
    page.open(sample_report)
    assert page.one("#lead").text.startswith("Of the models with at least 5 benchmarks, o3-2025")
    page.open(tasks_report)  # of two benchmarks
    expected = "No model has enough benchmarks to be ranked (MIN_BENCHMARKS = 5). "
    assert page.one("#lead").text.startswith(expected)


def test_absent_results_are_said(page, hostile_report):
    page.open(hostile_report)
    assert page.one("#tasks-view").text.startswith("No task results")
    assert "The data have no task results and no token counts." in page.one("#ranking-table").text


def test_names_stay_text(page, hostile_report):
    page.driver.get("about:blank")
    page.driver.get(hostile_report.as_uri())
    assert page.driver.get_log("browser") == []
    names = {printable(" ".join(name.split())) for name in HOSTILE_NAMES} | {"=1+1"}
    assert set(model_names(page)) == names
    assert page.all("img, body script:not(:nth-last-child(-n+2))") == []
    for name in sorted(names):
        page.run("location.hash = '#' + new URLSearchParams([['model', arguments[0]]])", name)
        wait_until(lambda name=name: model_names(page) == [name])
        assert page.texts("#heatmap-data tbody th") == [name]
    assert page.driver.get_log("browser") == []


def test_saved_csv_has_no_formulas(page, hostile_report):
    page.open(hostile_report)
    names = [row["model_name_short"] for row in page.save_csv("ranking.csv")]
    assert "'=1+1" in names
    assert '"><img src=x onerror=alert(1)>' in names


def test_views_without_matches_have_no_tables(page, tasks_report):
    page.open(tasks_report, "#scaffold=T&model=A")  # A ran with S only
    message = "No models match the filters."
    for view in ("ranking-table", "heatmap-table", "frontiers-charts"):
        assert page.texts(f"#{view}") == [message]
    assert page.texts("#tasks-view") == ["No models on this benchmark match the filters."]
    assert page.all("main table, main details, main .csv") == page.all(
        "#check table, #check details, #check .csv"
    )
    page.open(tasks_report, "#model=A")  # a single model has no pairs
    assert len(page.all("#ranking-data tbody tr")) == 1
    assert page.all("#model-pairs-data, #task-pairs-data") == []
    assert "No pairs match the filters." in page.texts("#tasks-view .empty")
    assert page.all("#tasks-data tbody tr")


def test_tables_and_controls_are_labelled(page, tasks_report):
    page.open(tasks_report)
    unlabelled = page.run("""
        const named = (e) =>
          e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length;
        return [...document.querySelectorAll("button, input, select, summary, svg[role], a")]
          .filter((e) => !named(e)).map((e) => e.outerHTML);""")
    assert unlabelled == []
    parts = "table caption", "table thead tr:first-child th[scope=col]:first-child"
    assert [len(page.all(part)) for part in parts] == [len(page.all("table"))] * 2
    ids = page.run("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_dots_of_the_ranking_are_whole(page, tmp_path):
    runs = [("b", "S", model, accuracy, 1.0, None) for model, accuracy in (("A", 0.5), ("B", 0.9))]
    page.open(make_report(tmp_path / "project", runs, run_stages))
    dots = page.run("""
        return [...document.querySelectorAll(".dot-interval circle")].map((dot) => {
          const [edge, box] = [dot.closest("svg"), dot].map((e) => e.getBoundingClientRect());
          return [box.left - edge.left, edge.right - box.right];
        });""")
    assert len(dots) == 4  # both win rates of both models: 1 and 0
    assert min(min(dot) for dot in dots) >= 0.4  # half of the line around a dot


def test_bar_of_filters_is_opaque(page, sample_report):
    page.open(sample_report)
    script = "return getComputedStyle(document.getElementById('filters')).backgroundColor"
    assert page.run(script) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("table", ["ranking-data", "heatmap-data"])
def test_names_stay_while_a_table_scrolls_sideways(page, sample_report, table):
    with screen(page, PHONE):
        page.open(sample_report)
        column = 2 if table == "ranking-data" else 1
        cells = page.run(
            """
            const [id, column] = arguments;
            const box = document.getElementById(id).closest(".scroll");
            const cells = document.querySelectorAll(`#${id} tr > :nth-child(${column})`);
            return [...cells].map((cell) => {
              cell.scrollIntoView({ block: "center" });
              box.scrollLeft = 200;
              const place = cell.getBoundingClientRect();
              const [x, y] = [place.right - 5, (place.top + place.bottom) / 2];
              return [place.left - box.getBoundingClientRect().left,
                cell.contains(document.elementFromPoint(x, y)),
                getComputedStyle(cell).backgroundColor];
            });""",
            table,
            column,
        )
        assert cells == [[0, True, "rgb(255, 255, 255)"]] * 10


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_page_fits_the_screen(page, sample_report, size):
    with screen(page, size):
        page.open(sample_report)
        assert page.run("return document.documentElement.scrollWidth") <= size[0]
        for chart in page.all("#frontiers-charts svg"):
            assert chart.rect["width"] <= size[0]


@pytest.mark.parametrize(
    "runs",
    [
        [("b", "S", "A", 0.5, 1.0, None)],
        [("b", "S", "A", 0.0, 0.0, None), ("b", "S", "B", 0.0, 0.0, None)],
        [("b", "S", "A", 0.5, None, 3.0), ("c", "S", "B", 0.5, 100.0, None)],
    ],
    ids=["one model", "zeros", "hardly any costs"],
)
def test_sparse_boards_cause_no_errors(page, tmp_path, runs):
    path = make_report(tmp_path / "project", runs, run_stages)
    for fragment in ("", "#axis=latency&heat=latency", "#frontier=max&heat=max", "#runs=all"):
        page.driver.get("about:blank")
        page.driver.get(f"{path.as_uri()}{fragment}")
        assert page.driver.get_log("browser") == []
        assert page.run("return document.documentElement.dataset.ready") == "true"
    assert set(model_names(page)) == {run[2] for run in runs}
    assert "NaN" not in page.run("return document.body.innerHTML.replace(/<script.*/s, '')")
