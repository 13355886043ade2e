"""Odd but valid data, from the traces through all stages."""

import pandas as pd
import pytest
from stage_1_output import parse_counts
from trace_files import changed, write_trace

from hal_analysis import names, tables

TABLE_STAGES = [
    "generate_cleaned_dataset",
    "check_data",
    "cost_accuracy_curve",
    "win_rates",
    "convex_hull",
]
ODD_MODELS = ["x" * 300, "a, b", 'quote "', "line\nbreak", "=1+1", "-2", "'=3", "+", "@a", "#"]


def trace(benchmark, model, accuracy, cost, seconds=3.0, scaffold="HAL Generalist Agent"):
    return changed(
        config__benchmark_name=benchmark,
        config__agent_name=scaffold,
        config__agent_args={"model_name": model},
        config__run_id=f"{benchmark} {model}",
        results__accuracy=accuracy,
        results__total_cost=cost,
        results__latencies={"1": seconds} if seconds is not None else None,
    )


ODD_DATA = {
    "one model": [trace("a", "m", 0.5, 1.0), trace("b", "m", 0.6, 2.0)],
    "one benchmark": [trace("a", f"m{n}", n / 10, n) for n in range(4)],
    "all equal": [trace("a", f"m{n}", 0.5, 1.0) for n in range(4)],
    "all zero": [trace("a", f"m{n}", 0, 0, 0) for n in range(4)],
    "no cost, no latency": [trace(b, f"m{n}", n / 9, None, None) for b in "ab" for n in range(4)],
    "one model on one benchmark only": [
        *(trace(b, f"m{n}", n / 9, n + 1) for b in "abc" for n in range(3)),
        trace("c", "rare", 0.9, 0.5),
    ],
    "extreme values": [trace("a", "m", 0.5, 1e-300), trace("a", "n", 0.6, 1e12, 1e-300)],
    "odd names": [
        trace(b, model, n / 10, n / 10, scaffold=f"S {model}" if b == "b" else "HAL")
        for b in ("b", '=1+1, "x"')
        for n, model in enumerate(ODD_MODELS)
    ],
    "one name in two spellings": [
        trace("a", "caf\u00e9", 0.5, 1.0),
        trace("b", "cafe\u0301", 0.6, 1.0),
        trace("b", "other", 0.1, 1.0),
    ],
}


def run_stages(project, name, stages=TABLE_STAGES):
    """Run stages on `ODD_DATA`, without warnings; return what they print on the screen."""
    for n, content in enumerate(ODD_DATA[name]):
        write_trace(project.traces, f"{n:02}.json", content)
    return project.run_quietly("run_pipeline", "--only", *stages)


@pytest.mark.parametrize("name", ODD_DATA)
def test_odd_data_passes_the_stages_that_write_tables(project, name):
    output = run_stages(project, name)
    n_runs = len(ODD_DATA[name])
    assert parse_counts(output.replace("      ", "")) == (n_runs, n_runs, 0, 0, 0)
    dataset = tables.read_table("cleaned_all_metrics.csv")
    expected = [names.clean_text(content["config"]["run_id"]) for content in ODD_DATA[name]]
    assert dataset.run_id.tolist() == expected
    for table in tables.TABLES:
        tables.read_table(table)


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD_DATA)
def test_odd_data_passes_the_stage_that_draws(project, capfd, name):
    run_stages(project, name, [*TABLE_STAGES, "visualizations"])
    assert len(list(project.figures.rglob("*.png"))) == 18
    assert capfd.readouterr().err == ""  # of the processes that draw


def test_model_on_one_benchmark_is_compared_on_that_benchmark(project):
    run_stages(project, "one model on one benchmark only")
    rates = project.table("model_win_rates_max.csv").set_index("model_name_short")
    assert rates.loc["rare", ["wins_sum", "comparisons_sum"]].tolist() == [3, 3]
    assert rates.loc["m2", ["wins_sum", "comparisons_sum"]].tolist() == [6, 7]


def test_two_unicode_spellings_of_a_name_are_one_model(project):
    run_stages(project, "one name in two spellings")
    rates = project.table("model_win_rates_max.csv")
    assert rates.model_name_short.tolist() == ["caf\u00e9", "other"]


def test_no_cell_is_a_formula_in_a_spreadsheet(project):
    run_stages(project, "odd names")
    for path in project.tables.glob("*.csv"):
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        first_characters = {cell[:1] for cell in cells.to_numpy().ravel()}
        assert not first_characters & set("=+-@"), path.name
    written = set(project.table("model_win_rates_max.csv").model_name_short)
    assert {"'=1+1", "'-2", "''=3", "'+", "'@a", "#"} < written
    read = set(tables.read_table("model_win_rates_max.csv").model_name_short)
    assert {"=1+1", "-2", "'=3", "+", "@a", "#", "line break"} < read
