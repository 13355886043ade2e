"""The report: its data, and a page that names from traces cannot break out of."""

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from conftest import Project
from hypothesis import given, settings
from hypothesis import strategies as st
from report_projects import (
    CLASS_RUNS,
    CLASSES,
    HOSTILE_NAMES,
    RUNS,
    TABLE_STAGES,
    TASKS,
    write_task_tables,
)

import config
from hal_analysis.paths import report_path
from hal_analysis.plots import frontiers, report, report_data
from hal_analysis.plots.providers import PROVIDER_STYLES
from hal_analysis.printing import printable
from hal_analysis.schema import AMOUNT_OR_EMPTY, DATASET, TABLES


def decode_table(columns):
    """Return the frame that `encode_table` has encoded, as the page decodes it."""
    decoded = {}
    for name, column in columns.items():
        if isinstance(column, dict):
            values = column["values"]
            column = [values[code] if code >= 0 else None for code in column["codes"]]
        decoded[name] = column
    return pd.DataFrame(decoded)


class PageParser(HTMLParser):
    """Collect the elements of a page, and the text of its scripts."""

    def __init__(self, page):
        super().__init__(convert_charrefs=False)
        self.elements, self.scripts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, text):
        if self.cdata_elem == "script":
            self.scripts.append(text)


@pytest.fixture(scope="module")
def tasks_folder(tmp_path_factory):
    """A project with task results, pairs and tokens after stages 3 to 5; read-only."""
    project = Project(tmp_path_factory.mktemp("tasks") / "project")
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        project.write_runs(RUNS)
        for stage in TABLE_STAGES:
            project.run(stage)
        write_task_tables(project)
    return project


@pytest.fixture
def tasks_project(tasks_folder, tmp_path, monkeypatch):
    """A copy of the project with task results, for the stages in this process."""
    project = tasks_folder.copy_to(tmp_path / "project")
    project.use(monkeypatch)
    return project


def test_ranking_has_a_row_for_each_model_in_the_order_of_win_rates(sample_project, monkeypatch):
    sample_project.use(monkeypatch)
    data = report_data.collect_data()
    ranking = decode_table(data["tables"]["ranking"]).set_index("model_name_short")
    rates = sample_project.table("model_win_rates_max.csv").set_index("model_name_short")
    assert [model["name"] for model in data["models"]] == list(ranking.index)
    assert ranking.overall_win_rate.is_monotonic_decreasing
    for column in ("overall_win_rate", "win_rate_ci_low", "win_rate_ci_high", "rank"):
        pd.testing.assert_series_equal(
            ranking[column].sort_index(), rates[column].sort_index(), check_dtype=False
        )
    distance = sample_project.table("model_win_rates_pareto.csv").set_index("model_name_short")
    for model in ranking.index:
        assert ranking.overall_win_rate_distance[model] == distance.overall_win_rate[model]
    costs = sample_project.table("model_mean_cost.csv").set_index("model_name_short").mean_cost
    assert ranking.mean_cost.to_dict() == costs.to_dict()
    assert ranking.provider["o3-2025-04-16"] == "OpenAI"
    assert set(ranking.provider) <= set(PROVIDER_STYLES)


def test_models_with_few_benchmarks_come_last(project, monkeypatch):
    """X beats all others, but on one benchmark only."""
    others = [(b, "S", model, 0.5, 1.0, 1.0) for b in ("b1", "b2") for model in "AB"]
    project.write_runs([("b1", "S", "X", 0.9, 1.0, 1.0), *others])
    for stage in TABLE_STAGES:
        project.run(stage)
    for minimum, expected in ((1, ["X", "A", "B"]), (2, ["A", "B", "X"])):
        monkeypatch.setattr(config, "MIN_BENCHMARKS", minimum)
        ranking = decode_table(report_data.collect_data()["tables"]["ranking"])
        assert ranking.model_name_short.tolist() == expected
    assert ranking.is_ranked.tolist() == [True, True, False]


def test_flags_and_integers_may_be_missing():
    table = pd.DataFrame(
        {"flag": pd.array([True, None], "boolean"), "rank": pd.array([1, None], "Int64")}
    )
    assert report_data.encode_table(table) == {"flag": [True, None], "rank": [1, None]}


def test_runs_and_frontiers_are_those_of_the_tables(sample_project, monkeypatch):
    sample_project.use(monkeypatch)
    data = report_data.collect_data()
    runs = decode_table(data["tables"]["runs"])
    dataset = sample_project.table("cleaned_all_metrics.csv")
    for column in ("run_id", "accuracy", "mean_latency", "date"):
        assert runs[column].tolist() == dataset[column].tolist()
    assert data["newest_run"] == dataset.date.max()
    points = decode_table(data["frontiers"]["cost"])
    distances = sample_project.table("pareto_distances.csv")
    assert points.amount.tolist() == distances.total_cost.tolist()
    assert points.pareto_optimal.tolist() == distances.pareto_optimal.tolist()
    assert points.pareto_efficient.tolist() == distances.pareto_efficient.tolist()


def test_frontiers_have_three_classes_as_in_the_figures(project):
    project.write_runs(CLASS_RUNS)
    for stage in TABLE_STAGES:
        project.run(stage)
    data = report_data.collect_data()
    for name in ("cost", "latency", "cost_max", "latency_max"):
        points = decode_table(data["frontiers"][name]).set_index("model_name_short")
        flags = points[["pareto_optimal", "pareto_efficient"]]
        # On the frontier, below the hull but not dominated, on the frontier, dominated.
        expected = [(True, True), (False, True), (True, True), (False, False)]
        assert list(flags.loc[list(CLASSES)].itertuples(index=False, name=None)) == expected
    page = report.build_page(data)
    assert set(CLASSES.values()) == {label for label, *_ in frontiers.CLASSES.values()}
    assert all(f'title: "{label}"' in page for label in CLASSES.values())


def test_win_rate_frontiers_have_the_number_of_benchmarks(sample_project, monkeypatch):
    sample_project.use(monkeypatch)
    data = report_data.collect_data()
    for compared_by in ("max", "pareto"):
        rates = sample_project.table(f"model_win_rates_{compared_by}.csv")
        expected = rates.set_index("model_name_short").benchmarks.to_dict()
        for metric in ("cost", "latency"):
            points = decode_table(data["frontiers"][f"{metric}_{compared_by}"])
            assert len(points) == 9
            for point in points.itertuples():
                assert point.benchmarks == expected[point.model_name_short]


def test_benchmarks_with_most_models_come_first(sample_project, monkeypatch):
    sample_project.use(monkeypatch)
    runs = sample_project.table("cleaned_all_metrics.csv")
    benchmarks = report_data.order_benchmarks(runs)
    counts = runs.groupby("benchmark_name").model_name_short.nunique()
    assert benchmarks == sorted(counts.index, key=lambda name: (-counts[name], name))


def test_check_and_skipped_files(sample_project, monkeypatch):
    sample_project.use(monkeypatch)
    data = report_data.collect_data()
    titles = [block["title"] for block in data["check"]]
    assert titles[0] == "Missing rows (in the sheet, not in the dataset) (3)"
    assert len(data["check"][0]["items"]) == 3
    assert titles[-1] == "Summary"
    assert decode_table(data["tables"]["skipped"]).empty
    assert "skipped_traces.csv" not in data["messages"]


def test_tasks_of_a_small_board(tasks_project):
    data = report_data.collect_data()
    assert list(data["tasks"]) == ["b1"]
    tasks = data["tasks"]["b1"]
    assert tasks["tasks"] == TASKS
    assert tasks["solved_share"] == [1] * 3 + [0.5] * 3 + [0.25] * 3 + [0] * 3
    assert tasks["configurations"] == [4] * 12
    scores = {(row["model"], row["scaffold"]): row["scores"] for row in tasks["rows"]}
    assert scores == {
        ("A", "S"): [1] * 9 + [0] * 3,
        ("B", "S"): [1] * 6 + [0] * 6,
        ("B", "T"): [1] * 3 + [0] * 9,
        ("C", "S"): [1] * 3 + [0.5] * 3 + [0] * 6,  # the mean of two runs
    }


def test_tokens_are_means_over_benchmarks(tasks_project, monkeypatch):
    """No stage writes tokens; the report shows them if the schema and the dataset have them."""
    table = TABLES[DATASET]
    columns = table.columns | dict.fromkeys(report_data.TOKENS, AMOUNT_OR_EMPTY)
    monkeypatch.setitem(TABLES, DATASET, replace(table, columns=columns))
    ranking = decode_table(report_data.collect_data()["tables"]["ranking"])
    tokens = ranking.set_index("model_name_short").prompt_tokens
    # A: 1000 on b1, 3000 on b2. B: 2000 and 3000 on b1, unknown on b2. C: 4000 and 6000 on b1.
    assert tokens.to_dict() == {"A": 2000, "B": 2500, "C": 5000}


def test_pairs_and_decided_wins(tasks_project):
    pages = report_data.collect_data()["tables"]
    assert decode_table(pages["task_pairs"]).decided.tolist() == [False, True, False, False]
    assert decode_table(pages["model_pairs"]).p_holm.isna().all()
    ranking = decode_table(pages["ranking"]).set_index("model_name_short")
    assert ranking.wins_decided.to_dict() == {"A": 1, "B": 0, "C": 0}


def test_absent_tables_are_named(small_project, monkeypatch):
    small_project.use(monkeypatch)
    data = report_data.collect_data()
    assert data["messages"]["skipped_traces.csv"] == "skipped_traces.csv does not exist."
    assert "task_results.csv" in data["messages"]
    assert data["check"] == []
    assert data["tasks"] == {}


def test_large_tables_are_left_out(tasks_project, monkeypatch):
    monkeypatch.setattr(report_data, "MAX_TABLE_MEGABYTES", 0.001)
    data = report_data.collect_data()
    expected = "data/task_results.csv is too large for this page; open the file instead."
    assert data["messages"]["task_results.csv"] == expected
    assert data["tasks"] == {}


def test_task_results_of_other_runs_end_the_stage(tasks_project):
    path = tasks_project.tables / "task_results.csv"
    path.write_text(path.read_text().replace("b1,S,A,run0", "b1,S,A,run9"))
    with pytest.raises(SystemExit, match=r"run_id 'run9'.* does not occur in data/cleaned_all"):
        report_data.collect_data()


def test_dates_that_are_no_dates_are_not_the_newest(project):
    project.write_runs(RUNS)
    runs = project.table("cleaned_all_metrics.csv")
    runs["date"] = ["2026-01-02", "2026-01-31", "yesterday", "9999", "", "<b>", "2025-12-31"]
    runs.to_csv(project.tables / "cleaned_all_metrics.csv", index=False)
    for stage in TABLE_STAGES:
        project.run(stage)
    assert report_data.collect_data()["newest_run"] == "2026-01-31"


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text()),
            st.one_of(st.just(math.nan), st.floats(-1e12, 1e12)),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_encoded_tables_keep_every_value(rows):
    table = pd.DataFrame(rows, columns=["text", "number", "flag"])
    table = table.astype({"text": object, "number": float, "flag": bool})
    encoded = json.loads(json.dumps(report_data.encode_table(table), allow_nan=False))
    decoded = decode_table(encoded)
    assert decoded.text.tolist() == table.text.tolist()
    assert decoded.flag.tolist() == table.flag.tolist()
    numbers = [math.nan if value is None else value for value in encoded["number"]]
    assert all(a == b or (a != a and b != b) for a, b in zip(numbers, table.number, strict=True))


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    """The report on runs whose names try to become markup."""
    project = Project(tmp_path_factory.mktemp("hostile") / "project")
    names = HOSTILE_NAMES
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        project.write_runs([(n, n, m, 0.5, 1.0, 1.0) for n in names for m in names])
        runs = project.table("cleaned_all_metrics.csv")
        runs["run_id"] = [f"{name}{i}" for i, name in enumerate(runs.model_name_short)]
        runs["date"] = "</script><script>alert(2)</script>"
        runs.to_csv(project.tables / "cleaned_all_metrics.csv", index=False)
        for stage in ["check_data", *TABLE_STAGES]:
            project.run(stage)
        (project.tables / "skipped_traces.csv").write_text(
            "file,reason\n</script><script>alert(3)</script>.json,<img src=x onerror=alert(4)>\n"
        )
        report.write_report()
        return report_path().read_bytes().decode()


def test_names_cannot_become_markup(hostile_page):
    parser = PageParser(hostile_page)
    tags = [tag for tag, _ in parser.elements]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert not any(name.startswith("on") for _, attrs in parser.elements for name in attrs)
    data_text = re.search(r'id="data">(.*?)</script>', hostile_page, re.DOTALL).group(1)
    assert not set("<>&\u2028\u2029") & set(data_text)
    data = json.loads(data_text)
    # Names are normalised on reading: a line separator becomes a space.
    expected = [printable(" ".join(name.split())) for name in HOSTILE_NAMES]
    assert data["scaffolds"] == sorted(expected)
    assert data["newest_run"] is None


def test_names_do_not_reorder_the_text_of_the_page(hostile_page):
    data_text = re.search(r'id="data">(.*?)</script>', hostile_page, re.DOTALL).group(1)
    assert data_text.isprintable()
    assert "\\u001b" not in data_text  # an escape sequence of JSON
    assert r"pro\\u202egpt-5\\u2066\\x1b[31m" in data_text


def test_content_security_policy_allows_this_script_alone(hostile_page):
    parser = PageParser(hostile_page)
    (policy,) = [
        attrs["content"]
        for tag, attrs in parser.elements
        if "content-security" in str(attrs).lower()
    ]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    digest = base64.b64encode(hashlib.sha256(parser.scripts[-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy


def test_page_refers_to_no_other_file(hostile_page):
    without_data = re.sub(r'id="data">.*?</script>', "", hostile_page, flags=re.DOTALL)
    addresses = set(re.findall(r"https?://[^\s\"'`]+", without_data))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a format
    for _, attrs in PageParser(hostile_page).elements:
        assert "src" not in attrs
        assert attrs.get("href", "#")[0] == "#" or attrs["href"] == "data:,"


def test_same_input_gives_the_same_bytes(tasks_project):
    report.write_report()
    first = report_path().read_bytes()
    report.write_report()
    assert report_path().read_bytes() == first


def test_report_stands_next_to_the_figures_unless_it_is_not_wanted(sample_project, monkeypatch):
    path = sample_project.folder / "visualizations" / "report.html"
    assert path.stat().st_size < 3e6
    assert f"Report    {path}" in sample_project.output
    sample_project.use(monkeypatch)
    monkeypatch.setattr(config, "WRITE_REPORT", False)
    before = path.stat().st_mtime_ns
    assert report.write_report() == ["visualizations/report.html was written by an earlier run"]
    assert path.stat().st_mtime_ns == before


def test_no_report(small_project, tmp_path, monkeypatch):
    project = small_project.copy_to(tmp_path / "project")
    project.use(monkeypatch)
    monkeypatch.setattr("visualizations.FIGURES", {})
    output = project.run("visualizations", "--no-report")
    assert not report_path().exists()
    assert "report" not in output
    project.configure(WRITE_REPORT=True)
    output = project.run("visualizations")
    assert report_path().exists()
    assert output.splitlines()[-1] == "→ visualizations/report.html"
