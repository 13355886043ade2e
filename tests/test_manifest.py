"""Tables of another dataset, or of other settings, are refused by the stages behind them."""

import json
import socket
import subprocess

import pandas as pd
import pytest
from small_runs import RUNS

import visualizations
from hal_analysis import manifest, ranking, tables
from hal_analysis.plots import report_data
from hal_analysis.schema import TABLES

DATASET = "cleaned_all_metrics.csv"
STAGES = ["cost_accuracy_curve", "win_rates", "convex_hull"]


@pytest.fixture
def copied_project(small_project, tmp_path, monkeypatch):
    project = small_project.copy_to(tmp_path / "project")
    project.use(monkeypatch)
    return project


def edit_dataset(project, column, value, row=3):
    path = project.tables / DATASET
    table = pd.read_csv(path)
    table.loc[row, column] = value
    table.to_csv(path, index=False)


def failing_check():
    with pytest.raises(SystemExit) as error:
        visualizations.check_tables()
    return error.value.code


def test_new_accuracies_are_not_drawn_beside_old_win_rates(copied_project):
    # The accuracy of a configuration that is not the best one: no other check notices.
    edit_dataset(copied_project, "accuracy", 0.3, row=0)
    copied_project.run_quietly("cost_accuracy_curve")
    assert copied_project.fail("convex_hull") == (
        "data/benchmark_win_rates.csv was made from a different data/cleaned_all_metrics.csv "
        "(column accuracy differs): run win_rates.py again."
    )


@pytest.mark.parametrize("stages", [STAGES[:1], STAGES[:2]])
def test_every_stage_left_out_is_noticed(copied_project, stages):
    edit_dataset(copied_project, "accuracy", 0.3, row=0)
    for stage in stages:
        copied_project.run_quietly(stage)
    assert "was made from a different data/cleaned_all_metrics.csv" in failing_check()
    for stage in STAGES[len(stages) :]:
        copied_project.run_quietly(stage)
    visualizations.check_tables()


def test_latencies_matter_to_the_tables_that_are_made_of_them(copied_project):
    edit_dataset(copied_project, "mean_latency", 12.0, row=0)
    copied_project.run_quietly("convex_hull")  # win rates are not made of latencies
    visualizations.check_tables()


def test_new_latencies_are_not_drawn_beside_old_means(copied_project):
    edit_dataset(copied_project, "mean_latency", 12.0, row=0)
    assert failing_check() == (
        "data/model_mean_cost.csv was made from a different data/cleaned_all_metrics.csv (column "
        "mean_latency differs): run convex_hull.py again."
    )


@pytest.mark.parametrize(
    ("setting", "value", "stage", "expected"),
    [
        (
            "TIE_CREDIT",
            0.5,
            "visualizations",
            "benchmark_win_rates.csv was made with TIE_CREDIT = 0",
        ),
        ("TIE_CREDIT", 0.5, "convex_hull", "benchmark_win_rates.csv was made with TIE_CREDIT = 0"),
        ("MIN_BENCHMARKS", 2, "visualizations", "was made with MIN_BENCHMARKS = 5, which is now 2"),
        (
            "AVERAGE_REPEATS",
            False,
            "win_rates",
            "pareto_distances.csv was made with AVERAGE_REPEATS",
        ),
    ],
)
def test_changed_settings_are_noticed(copied_project, setting, value, stage, expected):
    copied_project.configure(**{setting: value})
    message = copied_project.fail(stage)
    assert expected in message
    script = message.partition(": run ")[2].partition(" again")[0]
    first = STAGES.index(script.removesuffix(".py"))
    for each in STAGES[first:]:
        copied_project.run_quietly(each)
    visualizations.check_tables()


def test_common_benchmarks_are_noticed_where_no_row_differs(project):
    runs = [(b, "S", m, 0.5, 1.0, 1.0) for b in ("b1", "b2") for m in "AB"]
    project.write_runs(runs)
    for stage in STAGES:
        project.run_quietly(stage)
    project.configure(COMMON_BENCHMARKS_ONLY=True)
    assert "was made with COMMON_BENCHMARKS_ONLY = False, which is now True" in failing_check()


@pytest.mark.parametrize("option", [[], ["--common-benchmarks"]])
def test_setting_is_named_where_rows_are_missing_too(project, option):
    """C did not run on b2; stages 3 to 5 and the figures disagree on which benchmarks count."""
    runs = [(b, "S", m, 0.5, 1.0, 1.0) for b in ("b1", "b2") for m in "AB"]
    project.write_runs([*runs, ("b1", "S", "C", 0.5, 1.0, 1.0)])
    project.run_quietly("cost_accuracy_curve")
    project.run_quietly("win_rates", *option)
    project.configure(COMMON_BENCHMARKS_ONLY=not option)
    for stage in ("convex_hull", "visualizations"):
        assert project.fail(stage) == (
            f"data/benchmark_win_rates.csv was made with COMMON_BENCHMARKS_ONLY = {bool(option)}, "
            f"which is now {not option}: run win_rates.py again."
        )


def test_zero_costs_are_noticed(project):
    project.write_runs([*RUNS, ("b3", "S1", "A", 0.1, 0.0, 1.0)])
    for stage in STAGES:
        project.run_quietly(stage)
    project.configure(ZERO_COST_IS_UNKNOWN=False)
    assert "pareto_distances.csv was made with ZERO_COST_IS_UNKNOWN = True" in failing_check()


def test_new_task_results_are_not_shown_beside_old_tests(project):
    project.write_runs(RUNS)
    rows = [("b1", "S1", m, f"run{i}", f"t{t}", 1) for i, m in enumerate("ABC") for t in range(12)]
    columns = list(TABLES["task_results.csv"].columns)
    results = pd.DataFrame(rows, columns=columns)
    tables.write_table(results, "task_results.csv")
    for stage in STAGES:
        project.run_quietly(stage)
    visualizations.check_tables()
    tables.write_table(results.assign(score=[0.0] * 12 + [1.0] * 24), "task_results.csv")
    assert (
        "was made from a different data/task_results.csv (column score differs)" in failing_check()
    )
    (project.tables / "task_results.csv").unlink()
    assert failing_check().endswith(
        " was made from data/task_results.csv, but it does not exist: run "
        "generate_cleaned_dataset.py again."
    )


def test_derived_tables_may_be_edited(copied_project):
    path = copied_project.tables / "pareto_distances.csv"
    distances = pd.read_csv(path)
    distances.loc[distances.pareto_distance > 0, "pareto_distance"] = 0.25
    distances.to_csv(path, index=False)
    copied_project.run_quietly("win_rates")
    copied_project.run_quietly("convex_hull")
    visualizations.check_tables()


def test_tables_from_elsewhere_have_no_manifest(copied_project):
    copied_project.remove_manifests()
    copied_project.configure(TIE_CREDIT=0.5)
    copied_project.run_quietly("convex_hull")
    visualizations.check_tables()


def test_interrupted_stage_leaves_its_tables_incomplete(copied_project, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(tables, "write_table", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            copied_project.run("win_rates")
    assert copied_project.fail("convex_hull") == (
        "win_rates.py was interrupted, so its tables may be from different runs: run win_rates.py "
        "again."
    )
    copied_project.run_quietly("win_rates")
    copied_project.run_quietly("convex_hull")


def test_tables_that_another_run_writes_with_other_settings_are_refused(
    copied_project, monkeypatch
):
    """While they are written, some are old and some are new; both must be as config.py says."""
    monkeypatch.setattr(manifest, "MAX_WAIT", 0)
    path = copied_project.tables / "win_rates.manifest"
    written = json.loads(path.read_text())
    (origin,) = written["origins"]
    other = origin | {"settings": origin["settings"] | {"TIE_CREDIT": 1}}
    with subprocess.Popen(["sleep", "60"]) as process:
        for origins in ([origin, other], [other, origin]):
            written |= {"origins": origins, "writer": f"{socket.gethostname()}.{process.pid}"}
            path.write_text(json.dumps(written))
            assert copied_project.fail("convex_hull") == (
                "data/benchmark_win_rates.csv was made with TIE_CREDIT = 1, which is now 0: run "
                "win_rates.py again."
            )
        path.write_text(json.dumps(written | {"origins": [origin]}))
        copied_project.run_quietly("convex_hull")
        process.kill()


def test_manifest_names_both_runs_while_the_second_one_writes(copied_project):
    copied_project.configure(TIE_CREDIT=0.5)
    path = copied_project.tables / "win_rates.manifest"
    with manifest.record_sources("win_rates.py", {}):
        origins = json.loads(path.read_text())["origins"]
        assert [each["settings"]["TIE_CREDIT"] for each in origins] == [0, 0.5]
        assert origins[1]["sources"] == {}
    assert json.loads(path.read_text()) == {"origins": origins[1:], "writer": ""}


def test_ranking_of_another_run_is_not_printed(copied_project):
    ranking.format_ranking()
    copied_project.run_quietly("win_rates", "--common-benchmarks")
    copied_project.configure(COMMON_BENCHMARKS_ONLY=False)
    with pytest.raises(SystemExit) as error:
        ranking.format_ranking()
    assert error.value.code == (
        "data/benchmark_win_rates.csv was made with COMMON_BENCHMARKS_ONLY = True, which is now "
        "False: run win_rates.py again."
    )


def test_settings_that_no_longer_exist_are_not_compared(copied_project):
    path = copied_project.tables / "win_rates.manifest"
    written = json.loads(path.read_text())
    written["origins"][0]["settings"]["OLD_SETTING"] = 1
    path.write_text(json.dumps(written))
    copied_project.run_quietly("convex_hull")


@pytest.mark.parametrize("name", ["model_pairs.csv", "task_pairs.csv", "task_difficulty.csv"])
def test_tables_that_a_stage_has_written_must_exist(copied_project, name):
    (copied_project.tables / name).unlink()
    with pytest.raises(SystemExit) as error:
        report_data.collect_data()
    assert error.value.code.startswith(f"data/{name} does not exist: run win_rates.py")
    copied_project.remove_manifests()  # as for tables from elsewhere
    assert report_data.collect_data()["messages"][name] == f"{name} does not exist."


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"\xff", b"[1]", b"{}{}", b'{"origins": [3], "writer": ""}', b"[" * 100_000],
)
def test_damaged_manifest_is_an_error(copied_project, content):
    (copied_project.tables / "cost_accuracy_curve.manifest").write_bytes(content)
    assert copied_project.fail("win_rates") == (
        "data/cost_accuracy_curve.manifest is damaged: delete it and run cost_accuracy_curve.py "
        "again."
    )


def test_manifests_say_what_the_tables_of_stages_3_to_5_were_made_of(copied_project):
    paths = [copied_project.tables / f"{stage}.manifest" for stage in STAGES]
    written = [json.loads(path.read_text()) for path in paths]
    assert [each["writer"] for each in written] == ["", "", ""]
    origins = [origin for each in written for origin in each["origins"]]
    assert [sorted(origin["sources"]) for origin in origins] == [
        [DATASET],
        [DATASET, "task_results.csv"],
        [DATASET],
    ]
    assert origins[0]["settings"] == {"AVERAGE_REPEATS": True, "ZERO_COST_IS_UNKNOWN": True}


def test_hashes_ignore_the_rounding_of_spreadsheets():
    cells = pd.Series([1 / 3, 2 / 3, 1e9 / 7, 0.0, None])
    rounded = pd.Series([float(f"{cell:.15g}") for cell in cells])
    frames = [pd.DataFrame({"x": each}) for each in (cells, rounded, cells * (1 + 1e-8))]
    hashes = [manifest.hash_sources({"table": frame}) for frame in frames]
    assert hashes[0] == hashes[1] != hashes[2]
