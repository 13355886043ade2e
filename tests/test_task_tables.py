"""Task results through the stages: from traces to tables, the check, and the end of the run."""

import json

import pytest
from conftest import ROOT
from trace_files import changed, write_trace

STAGES = ["check_data", "cost_accuracy_curve", "win_rates", "convex_hull"]
SAMPLE = ROOT / "sample_traces"
IDS = [f"t{n:02d}" for n in range(20)]


def write_run(project, run_id, solved, failed, **fields):
    """Write a trace with task lists; the accuracy is that of the lists unless it is given."""
    accuracy = len(solved) / (len(solved) + len(failed))
    lists = {"results__successful_tasks": solved, "results__failed_tasks": failed}
    values = {"config__run_id": run_id, "results__accuracy": accuracy} | lists | fields
    write_trace(project.traces, f"{run_id}_UPLOAD.json", changed(**values))


def model(name):
    return {"model_name": name}


@pytest.fixture
def two_models(project):
    """A solves t00 to t14, B t12 to t14; the raw order of ids is not sorted."""
    write_run(project, "a", IDS[14::-1], IDS[15:], config__agent_args=model("A"))
    write_run(project, "b", IDS[12:15], IDS[:12] + IDS[15:], config__agent_args=model("B"))
    return project


def test_task_results_are_sorted_rows_of_runs_and_tasks(two_models):
    output = two_models.run_quietly("generate_cleaned_dataset")
    assert "2 runs with task results" in output
    text = (two_models.tables / "task_results.csv").read_text().splitlines()
    assert text[0] == "benchmark_name,agent_name_short,model_name_short,run_id,task_id,score"
    assert text[1:] == [
        *(f"gaia,Some Scaffold,a,a,{task},{float(task < 't15')}" for task in IDS),
        *(f"gaia,Some Scaffold,b,b,{task},{float('t12' <= task < 't15')}" for task in IDS),
    ]
    dataset = two_models.table("cleaned_all_metrics.csv")
    assert dataset.tasks.tolist() == [20, 20]
    # Wilson, 15 of 20: center (15 + 1.92073) / 23.84146, half width 1.95996 * sqrt(4.71036) / n.
    assert dataset.accuracy_ci_low[0] == pytest.approx(0.53130, abs=1e-5)
    assert dataset.accuracy_ci_high[0] == pytest.approx(0.88814, abs=1e-5)


def test_tables_and_the_end_of_the_run(two_models):
    write_run(two_models, "c", ["x"], ["y"], config__agent_args=model("C"))
    output = two_models.run("run_pipeline", "--only", "generate_cleaned_dataset", *STAGES)
    assert (
        "3 comparisons by best accuracy: 1 decided at the 5% level, 0 undecided, 2 "
        "not tested (fewer than ten common tasks)."
    ) in output
    pairs = two_models.table("task_pairs.csv")
    assert pairs.compared_by.tolist() == ["scaffold", "max"]
    row = pairs.iloc[1]
    assert (row.model_name_short, row.other_model_name_short) == ("a", "b")
    assert (row.common_tasks, row.only_first, row.only_second) == (20, 12, 0)
    assert row.p == row.p_holm == 2 / 2**12
    for table in ("model_win_rates_max", "model_win_rates", "benchmark_win_rates"):
        rates = two_models.table(f"{table}.csv").set_index("model_name_short")
        assert rates.wins_decided.to_dict() == {"a": 1, "b": 0, "c": 0}
        assert rates.losses_decided.to_dict() == {"a": 0, "b": 1, "c": 0}
        assert rates.untested.to_dict() == {"a": 1, "b": 1, "c": 2}
    difficulty = two_models.table("task_difficulty.csv").set_index("task_id")
    assert difficulty.loc[["t00", "t12", "t19", "x"]].configurations.tolist() == [2, 2, 2, 1]
    assert difficulty.loc[["t00", "t12", "t19", "x"]].solved_share.tolist() == [0.5, 1, 0, 1]
    assert "wins_decided" not in two_models.table("model_win_rates_pareto.csv")


def test_tasks_of_the_best_run_count_if_repeats_are_not_averaged(project):
    """A has runs of 0.8 and 0 with one scaffold and of 0.5 with another, which also B has."""
    project.configure(AVERAGE_REPEATS=False)
    for run_id, scaffold, name, n_solved in [
        ("a1", "S", "A", 16),
        ("a2", "S", "A", 0),
        ("a3", "T", "A", 10),
        ("b1", "T", "B", 2),
    ]:
        solved, failed = IDS[:n_solved], IDS[n_solved:]
        fields = {"config__agent_name": scaffold, "config__agent_args": model(name)}
        write_run(project, run_id, solved, failed, **fields)
    project.run("run_pipeline", "--only", "generate_cleaned_dataset", *STAGES)
    pairs = project.table("task_pairs.csv")
    best = pairs[pairs.compared_by == "max"]
    assert best[["agent_name_short", "other_agent_name_short"]].to_numpy().tolist() == [["S", "T"]]
    assert best.common_tasks.tolist() == [20]
    counts = ["wins_decided", "losses_decided", "undecided", "untested"]
    rates = [project.table(f"{name}_win_rates_max.csv") for name in ("benchmark", "model")]
    assert rates[0][counts].to_numpy().tolist() == rates[1][counts].to_numpy().tolist()
    assert rates[0].untested.tolist() == [0, 0]


def test_same_input_gives_the_same_bytes(two_models):
    for factor in (3, 7):
        trace = changed(config__benchmark_name="assistantbench", config__run_id=f"r{factor}")
        trace["config"]["agent_args"] = model(f"M{factor}")
        trace["raw_eval_results"] = {"scores": [factor * i % 10 / 10 for i in range(33)]}
        write_trace(two_models.traces, f"r{factor}.json", trace)
    contents = []
    for _ in range(2):
        two_models.run("generate_cleaned_dataset", "--no-cache")
        two_models.run("cost_accuracy_curve")
        two_models.run("win_rates")
        contents.append({p.name: p.read_bytes() for p in two_models.tables.glob("*.csv")})
    assert contents[0] == contents[1]
    pairs = two_models.table("task_pairs.csv")
    graded = pairs[pairs.benchmark_name == "assistantbench"]
    assert graded.common_tasks.tolist() == [33, 33]
    assert graded.p.between(1e-4, 1).all()


def test_task_results_come_from_the_cache(two_models):
    two_models.run_quietly("generate_cleaned_dataset")
    before = (two_models.tables / "task_results.csv").read_bytes()
    assert "2 traces unchanged" in two_models.run_quietly("generate_cleaned_dataset")
    assert (two_models.tables / "task_results.csv").read_bytes() == before


def test_check_lists_accuracies_that_differ_and_runs_without_task_results(two_models):
    write_run(two_models, "wrong", IDS[:5], IDS[5:], results__accuracy=0.3)
    write_trace(two_models.traces, "none.json", changed(config__run_id="none"))
    for run_id, n in (("long", 3), ("short", 2)):
        trace = changed(config__benchmark_name="assistantbench", config__run_id=run_id)
        trace["raw_eval_results"] = {"scores": [0.25] * n}
        write_trace(two_models.traces, f"{run_id}.json", trace)
    two_models.run_quietly("generate_cleaned_dataset")
    two_models.run_quietly("check_data")
    name = "Some Scaffold | gpt-x-2026-01-02 low"
    report = (two_models.tables / "missing_rows_analysis.txt").read_text()
    assert (
        f"""\
Runs without task results: not in paired tests (1)
  gaia | {name} | none

Runs whose scores have no task ids: incomplete, not in paired tests (1)
  assistantbench | {name} | short: 2 scores, fewer than the longest run has

Accuracies that differ from their task results (4 compared) (1)
  gaia | {name} | wrong: 0.3, recomputed 5/20 = 0.25
"""
        in report
    )


def test_swebench_divides_by_all_tasks(project):
    name = {"config__benchmark_name": "swebench_verified_mini", "config__agent_args": model("A")}
    write_run(project, "a", ["x", "y"], ["z"], results__accuracy=2 / 50, **name)
    write_run(project, "b", ["w"], [], results__accuracy=1 / 50, **name)
    project.run_quietly("generate_cleaned_dataset")
    assert "from their task results (2 compared): 0" in project.run_quietly("check_data")
    assert project.table("cleaned_all_metrics.csv").tasks.tolist() == [50, 50]
    tasks = project.table("task_results.csv")
    assert tasks[tasks.run_id == "b"].score.tolist() == [1, 0, 0, 0]


def test_damaged_task_results_leave_the_run_and_say_why(two_models):
    write_run(two_models, "c", ["x"], ["x"])
    output = two_models.run_quietly("generate_cleaned_dataset")
    assert (
        "task results of c not used: results.successful_tasks and results.failed_tasks both "
        "contain 'x'"
    ) in output
    assert len(two_models.table("cleaned_all_metrics.csv")) == 3


def test_stages_run_without_task_results(project):
    project.write_runs([("b", "S", "A", 0.5, 1.0, 1.0), ("b", "S", "B", 0.6, 2.0, 1.0)])
    output = project.run_quietly("run_pipeline", "--only", *STAGES)
    assert "1 comparison by best accuracy: 0 decided at the 5% level, 0 undecided" in output
    assert project.table("task_pairs.csv").empty
    assert project.table("task_difficulty.csv").empty
    assert "task results" not in (project.tables / "missing_rows_analysis.txt").read_text()


def test_edited_task_results_are_checked(two_models):
    two_models.run_quietly("generate_cleaned_dataset")
    path = two_models.tables / "task_results.csv"
    path.write_text(path.read_text().replace("t03,1.0", "t03,2"))
    two_models.run_quietly("cost_accuracy_curve")
    assert two_models.fail("win_rates") == (
        "data/task_results.csv, line 5, column score: '2' is not a number from 0 to 1: fix it or "
        "run generate_cleaned_dataset.py, which writes this file."
    )


def test_task_results_of_runs_with_other_names_are_an_error(two_models):
    two_models.run_quietly("generate_cleaned_dataset")
    path = two_models.tables / "cleaned_all_metrics.csv"
    path.write_text(path.read_text().replace(",b,", ",renamed,"))
    two_models.run_quietly("cost_accuracy_curve")
    message = two_models.fail("win_rates")
    assert message.startswith("data/task_results.csv, line 22: benchmark_name 'gaia', ")
    assert message.endswith(
        " does not occur in data/cleaned_all_metrics.csv: make the same change in both files, or "
        "run generate_cleaned_dataset.py again."
    )


def test_missing_task_results_are_a_warning(two_models):
    two_models.run_quietly("generate_cleaned_dataset")
    two_models.run_quietly("cost_accuracy_curve")
    (two_models.tables / "task_results.csv").unlink()
    two_models.run("win_rates")
    assert two_models.stderr.getvalue() == (
        "data/task_results.csv does not exist, so no tasks are compared: run "
        "generate_cleaned_dataset.py, which writes it.\n"
    )
    assert two_models.table("task_pairs.csv").empty


def test_accuracies_of_the_sample_agree_with_their_task_results(sample_project):
    report = (sample_project.tables / "missing_rows_analysis.txt").read_text()
    assert "Accuracies that differ from their task results (96 compared) (0)" in report
    assert "Runs without task results: not in paired tests (67)" in report
    runs = sample_project.table("cleaned_all_metrics.csv")
    with_tasks = runs[runs.tasks.notna()]
    assert with_tasks.benchmark_name.value_counts().to_dict() == {
        "scicode": 20,
        "gaia": 17,
        "taubench_airline": 15,
        "online_mind2web": 13,
        "swebench_verified_mini": 13,
        "corebench_hard": 10,
        "usaco": 8,
    }
    assert (with_tasks.accuracy_ci_low <= with_tasks.accuracy).all()
    assert (with_tasks.accuracy <= with_tasks.accuracy_ci_high).all()
    line = (
        "335 comparisons by best accuracy: 60 decided at the 5% level, 137 undecided, 138 "
        "not tested (fewer than ten common tasks)."
    )
    assert line in sample_project.output.splitlines()


def test_one_pair_of_the_sample_agrees_with_the_traces(sample_project):
    pairs = sample_project.table("task_pairs.csv")
    row = pairs[(pairs.compared_by == "max") & (pairs.benchmark_name == "usaco")].iloc[0]
    runs = sample_project.table("cleaned_all_metrics.csv")
    solved = []
    for side in ("", "other_"):
        run = runs[
            (runs.benchmark_name == "usaco")
            & (runs.model_name_short == row[f"{side}model_name_short"])
            & (runs.agent_name_short == row[f"{side}agent_name_short"])
        ]
        path = SAMPLE / f"{run.run_id.item()}_UPLOAD.json"
        solved.append(set(json.loads(path.read_text())["results"]["successful_tasks"]))
    assert row.only_first == len(solved[0] - solved[1])
    assert row.only_second == len(solved[1] - solved[0])
    assert row.difference == pytest.approx((len(solved[0]) - len(solved[1])) / 307)


def test_task_lists_of_the_sample_and_of_the_dataset_are_the_same(sample_project):
    tasks = sample_project.table("task_results.csv").astype({"task_id": str})
    found = tasks.groupby("run_id").score.agg(["sum", "size"])
    for run_id, row in found.iterrows():
        results = json.loads((SAMPLE / f"{run_id}_UPLOAD.json").read_text())["results"]
        assert row["sum"] == len(results["successful_tasks"])
        assert row["size"] >= len(results["successful_tasks"] + results["failed_tasks"])
    assert len(found) == 96
