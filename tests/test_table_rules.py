"""Rules of tables: numbers of a row, or rows of a table, that contradict each other."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import visualizations
from hal_analysis import table_rules
from hal_analysis.metrics import pareto
from hal_analysis.schema import TABLES

DATASET = "cleaned_all_metrics.csv"
MAX = "model_win_rates_max.csv"


@pytest.fixture
def copied_project(small_project, tmp_path, monkeypatch):
    project = small_project.copy_to(tmp_path / "project")
    project.use(monkeypatch)
    return project


def edit(project, name, change):
    """Change a table as text cells, by a function of the frame."""
    path = project.tables / name
    change(table := pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)
    return table


def with_cell(column, value, row=0):
    def change(table):
        table.loc[row, column] = value
        return table

    return change


def test_unedited_tables_meet_all_rules(copied_project):
    visualizations.check_tables()


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        (MAX, with_cell("wins_sum", "9"), "wins_sum must not be larger than comparisons_sum"),
        (MAX, with_cell("ties_sum", "9"), "ties_sum must not be larger than comparisons_sum"),
        (MAX, with_cell("overall_win_rate", "0.1"), "overall_win_rate must be wins_sum divided by"),
        (MAX, with_cell("overall_win_rate", ""), "overall_win_rate must be wins_sum divided by"),
        (MAX, with_cell("untested", "9"), "must add up to comparisons_sum"),
        (MAX, with_cell("rank", "0"), "column rank: '0' is not a whole number from 1 to 1e12"),
        (MAX, with_cell("rank", "1.5"), "column rank: '1.5' is not a whole number from 1 to 1e12"),
        (MAX, with_cell("comparisons_sum", "2.5"), "'2.5' is not a whole number from 0 to 1e12"),
        (MAX, with_cell("wins_sum", "1_0e-1"), "'1_0e-1' is not a number from 0 to 1e12"),
        (MAX, with_cell("wins_sum", "\u0663"), "'\u0663' is not a number from 0 to 1e12"),
        (
            MAX,
            lambda table: table.assign(win_rate_ci_low="0.9", win_rate_ci_high="0.1"),
            "win_rate_ci_low must not be larger than win_rate_ci_high",
        ),
        (
            MAX,
            lambda table: table.assign(rank_low="2", rank_high="1"),
            "rank_low must not be larger than rank_high",
        ),
        (
            "benchmark_win_rates.csv",
            with_cell("win_rate_mean", "0.3"),
            "win_rate_mean must be equal to overall_win_rate",
        ),
        (
            "pareto_distances.csv",
            with_cell("pareto_distance", "0.1"),
            "pareto_distance must be 0 if, and only if, pareto_optimal is True",
        ),
        (
            "pareto_distances.csv",
            with_cell("pareto_optimal", "False"),
            "pareto_distance must be 0 if, and only if, pareto_optimal is True",
        ),
        (
            "convex_model_latency_accuracy.csv",
            lambda table: table.assign(pareto_optimal="False"),
            "pareto_optimal or pareto_efficient contradicts mean_latency and accuracy",
        ),
        (
            "convex_model_latency_accuracy.csv",
            lambda table: table.assign(pareto_optimal="True"),
            "pareto_optimal or pareto_efficient contradicts mean_latency and accuracy",
        ),
        (
            "convex_model_latency_accuracy.csv",
            lambda table: table.assign(pareto_efficient="False"),
            "pareto_optimal or pareto_efficient contradicts mean_latency and accuracy",
        ),
        (
            "cost_win_rate_max.csv",
            lambda table: table.assign(pareto_optimal="False"),
            "pareto_optimal or pareto_efficient contradicts mean_cost and overall_win_rate",
        ),
        (
            "model_rank_separation.csv",
            lambda table: table.drop(index=[2]),
            "data/model_rank_separation.csv has no row for compared_by 'max', model_name_short ",
        ),
        (
            "model_rank_separation.csv",
            lambda table: table.drop(index=table.index[table.compared_by == "pareto"]),
            "data/model_rank_separation.csv has no row for compared_by 'pareto', model_name_short ",
        ),
        (
            "model_pairs.csv",
            lambda table: table.drop(index=[1]),
            "a pair of these models is missing",
        ),
        *(
            (
                name,
                lambda table: table.drop(index=[0]),
                f"data/{name}",
            )
            for name in (
                "pareto_distances.csv",
                "convex_model_latency_accuracy.csv",
                "cost_win_rate_max.csv",
                "cost_win_rate_pareto.csv",
                "latency_win_rate_max.csv",
                "latency_win_rate_pareto.csv",
                "model_mean_cost.csv",
            )
        ),
    ],
)
def test_contradiction_is_an_error(copied_project, name, change, expected):
    edit(copied_project, name, change)
    with pytest.raises(SystemExit) as error:
        visualizations.check_tables()
    message = error.value.code
    assert message.startswith(f"data/{name}")
    assert expected in message
    assert message.count("\n") == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda table: pd.concat([table, table.iloc[[1]]]),
            "line 12: model_name_short 'B', benchmark_name 'b1', agent_name_short 'S1', run_id "
            "'run1', date '2026-01-01', accuracy 0.4, total_cost 3.0, mean_latency 30.0: this run "
            "also occurs in a row above: fix it or run ",
        ),
        *(
            (
                lambda table, cell=cell: with_cell("latencies_per_task", cell, 2)(table),
                "must be a JSON list of numbers of which mean_latency is the mean",
            )
            for cell in (
                *("x", "5", "[20.0", "[10, 31]", '["20"]', "[[20]]", "[true, 39]", "[NaN]"),
                *("[20],[20]", "[1e999]", f"[{10**400}]", "{}", "null"),
            )
        ),
    ],
)
def test_contradiction_in_the_dataset_is_an_error(copied_project, change, expected):
    edit(copied_project, DATASET, change)
    assert expected in copied_project.fail("check_data")


@pytest.mark.parametrize("cell", ["", "[]", "[20]", "[10, 30.0]", " [ 20 ] "])
def test_latencies_with_the_stated_mean_are_read(copied_project, cell):
    edit(copied_project, DATASET, with_cell("latencies_per_task", cell, 2))
    copied_project.run_quietly("check_data")


def test_runs_with_equal_ids_and_other_results_are_repeats(copied_project):
    edit(copied_project, DATASET, with_cell("run_id", "run0", 3))
    edit(copied_project, DATASET, with_cell("agent_name_short", "S1", 3))
    copied_project.run_quietly("check_data")


POINTS = st.lists(
    st.tuples(st.integers(0, 5) | st.floats(0, 1e6), st.integers(0, 4) | st.floats(0, 1)),
    min_size=1,
    max_size=12,
)


@given(points=POINTS)
def test_every_computed_frontier_meets_its_rules(points):
    rows = pd.DataFrame(points, columns=["cost", "score"], dtype=float)
    distance = pareto.distance_to_frontier(rows.cost, rows.score)
    is_optimal = pareto.pareto_frontier(rows.cost, rows.score)
    is_efficient = pareto.pareto_efficient(rows.cost, rows.score)
    rows = rows.assign(pareto_optimal=is_optimal, pareto_efficient=is_efficient)
    rows = rows.assign(pareto_distance=distance, group="g")
    assert table_rules.frontier("cost", "score").is_met(rows).all()
    assert table_rules.frontier("cost", "score", ["group"]).is_met(rows).all()


def test_rules_of_tables_without_rows_are_met():
    for table in TABLES.values():
        empty = pd.DataFrame(columns=list(table.columns)).astype(
            {column: float for column in table.columns if "number" in table.columns[column]}
        )
        for rule in table.rules:
            assert rule.is_met(empty[[*rule.columns]]).all()
