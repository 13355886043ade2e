"""Task results of every benchmark, from the lists in `results` or from `raw_eval_results`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_files import changed, write_encrypted

from hal_analysis.loaders import json_stream, task_results, traces

INVALID_UTF_8 = '"' + "x" * 99_999 + '\udcff"'  # behind the first chunk
SOLVED = {"successful_tasks": ["1", "2"], "failed_tasks": ["3"]}

# Benchmark, raw_eval_results as the harness writes it, and the scores.
RAW_RESULTS = [
    (
        "usaco",
        {
            "rdict": {},
            "sdict": {
                "a": [{"result": {"fraction_passed": 1.0}}],
                "b": [{"result": {"fraction_passed": 0.9}}],
            },
        },
        {"a": 1, "b": 0},
    ),
    (
        "corebench_hard",
        {
            "capsule-1": {
                "correct_written_answers": 2,
                "correct_vision_answers": 0,
                "total_written_questions": 2,
                "total_vision_questions": 0,
            },
            "capsule-2": {
                "correct_written_answers": 2,
                "correct_vision_answers": 0,
                "total_written_questions": 2,
                "total_vision_questions": 1,
            },
        },
        {"capsule-1": 1, "capsule-2": 0},
    ),
    ("gaia", {"a": {"score": True, "explanation": ""}, "b": {"score": 0}}, {"a": 1, "b": 0}),
    (
        "appworld_test_normal",
        {"aggregate": {}, "individual": {"a": {"success": True}, "b": {"success": False}}},
        {"a": 1, "b": 0},
    ),
    ("taubench_airline", {"0": {"reward": 1.0}, "1": "Error: timeout"}, {"0": 1, "1": 0}),
    (
        "swebench_verified_mini",
        {"resolved_ids": ["a"], "unresolved_ids": ["b"], "error_ids": ["c"]},
        {"a": 1, "b": 0, "c": 0},
    ),
    ("assistantbench", {"scores": [0.25, 0, 1], "answers": [1, 0, 1]}, [0.25, 0, 1]),
    ("colbench_backend_programming", [1, 0, 0.5], [1, 0, 0.5]),
    ("colbench_backend_programming", {"0": 1, "1": 0}, {"0": 1, "1": 0}),
    ("colbench_frontend_design", [0.8, 1.0000001], [0.8, 1]),
    (
        "scienceagentbench",
        {"eval_result": {"1": {"success_rate": 1}, "2": {"success_rate": 0}}},
        {"1": 1, "2": 0},
    ),
    (
        "replicatorbench_hard",
        {"a": {"correct": True, "overall_score": 0.7}, "overall_score": 0.4},
        {"a": 1},
    ),
]


def read_tasks(folder, benchmark, raw=None, order=None, **results):
    """Write a trace, read it back, and return the scores by task id, or as a list without ids."""
    trace = changed(config__benchmark_name=benchmark)
    trace["results"] |= results
    trace["raw_eval_results"] = raw
    trace["raw_logging_results"] = "x" * 100
    trace["git_info"] = {"scores": [0.25]}
    path = folder / "a_UPLOAD.json"
    path.write_text(json.dumps({key: trace[key] for key in order or trace}), encoding="utf-8")
    run = traces.parse_run(traces.read_trace(path))
    assert run.task_problem == ""
    if run.task_ids:
        return dict(zip(run.task_ids, run.task_scores, strict=True))
    return run.task_scores


@pytest.mark.parametrize(("benchmark", "raw", "scores"), RAW_RESULTS)
def test_scores_of_raw_results(tmp_path, benchmark, raw, scores):
    assert read_tasks(tmp_path, benchmark, raw) == scores


@pytest.mark.parametrize(
    ("benchmark", "lists"),
    [
        *((benchmark, SOLVED) for benchmark in ("usaco", "scicode_easy", "gaia", "swebench_x")),
        ("online_mind2web", SOLVED),
        ("colbench_backend_programming", SOLVED),
        ("a new benchmark", SOLVED),
        ("replicatorbench", {"passed_tasks": ["1", "2"], "failed_tasks": ["3"]}),
    ],
)
def test_lists_take_precedence_over_raw_results(tmp_path, benchmark, lists):
    assert read_tasks(tmp_path, benchmark, {"raw": 0}, **lists) == {"1": 1, "2": 1, "3": 0}


def test_lists_that_are_not_the_score_are_not_used(tmp_path):
    """AssistantBench lists say whether strings are equal; ColBench thresholds similarities."""
    for benchmark in ("assistantbench", "colbench_frontend_design", "scienceagentbench"):
        assert read_tasks(tmp_path, benchmark, **SOLVED) == []
    assert read_tasks(tmp_path, "assistantbench", {"scores": [0.5]}, **SOLVED) == [0.5]


def test_numbers_are_task_ids_and_repeated_ids_count_once(tmp_path):
    tasks = read_tasks(tmp_path, "gaia", successful_tasks=[7, "7"], failed_tasks=["a  b"])
    assert tasks == {"7": 1, "a b": 0}


def test_raw_results_of_an_encrypted_trace(tmp_path):
    trace = changed(config__benchmark_name="assistantbench") | {"raw_eval_results": {"scores": [1]}}
    write_encrypted(tmp_path, "a_UPLOAD.zip", trace)
    run = traces.parse_run(traces.read_trace(tmp_path / "a_UPLOAD.zip"))
    assert run.task_scores == [1]


@pytest.mark.parametrize(
    ("order", "scores"),
    [
        (["results", "config", "raw_eval_results"], [0.5]),
        (["config", "raw_eval_results", "raw_logging_results", "results"], [0.5]),
        (["config", "raw_eval_results", "git_info", "results"], [0.5]),
        # The reader stops behind the two sections, before the logs.
        (["config", "results", "raw_logging_results", "raw_eval_results"], []),
    ],
)
def test_order_of_sections(tmp_path, order, scores):
    assert read_tasks(tmp_path, "assistantbench", {"scores": [0.5]}, order) == scores


@pytest.mark.parametrize("benchmark", ["assistantbench", "gaia"])
def test_raw_results_that_cannot_be_read_leave_the_run_usable(tmp_path, benchmark, monkeypatch):
    monkeypatch.setattr(json_stream, "MAX_VALUE_LENGTH", 1 << 16)
    start = json.dumps(changed(config__benchmark_name=benchmark))[:-1] + ', "raw_eval_results": '
    path = tmp_path / "a_UPLOAD.json"
    for raw in (
        json.dumps(["x" * 99] * 999),
        "[" * 99_999,
        "[0, tru",
        INVALID_UTF_8,
        '"unterminated',
    ):
        path.write_bytes((start + raw + "}").encode("utf-8", "surrogateescape"))
        run = traces.parse_run(traces.read_trace(path))
        assert (run.accuracy, run.task_scores) == (0.25, [])
    long = {"raw_eval_results": ["x" * 99] * 999}
    path.write_text(json.dumps({"config": changed()["config"], **long, **changed()}))
    assert traces.parse_run(traces.read_trace(path)).accuracy == 0.25


def test_only_benchmarks_that_need_them_read_raw_results(tmp_path):
    """The raw results are not JSON, which would be noticed."""
    path = tmp_path / "a_UPLOAD.json"
    for benchmark in ("online_mind2web", "scicode", "a new benchmark"):
        text = json.dumps(changed(config__benchmark_name=benchmark))[:-1]
        path.write_text(text + ', "raw_eval_results": [}')
        assert "raw_eval_results" not in traces.read_trace(path)


@pytest.mark.parametrize(
    ("results", "raw", "problem"),
    [
        (
            {"successful_tasks": ["a", "b"], "failed_tasks": ["b"]},
            None,
            "results.successful_tasks and results.failed_tasks both contain 'b'",
        ),
        ({"successful_tasks": ["a"]}, None, "results.failed_tasks is not a list of task ids"),
        ({"successful_tasks": [["a"]], "failed_tasks": []}, None, "a task id is list, expected"),
        ({"successful_tasks": [" "], "failed_tasks": []}, None, "a task id is empty"),
        ({"successful_tasks": ["a\0"], "failed_tasks": []}, None, "a task id contains a NUL"),
        ({}, {"a": {"score": 2.5}}, "the score of task 'a' is 2.5, expected a number from 0 to 1"),
        ({}, {"a": {"score": float("nan")}}, "the score of task 'a' is nan, expected a number"),
        ({}, {"a": {"score": None}}, "the score of task 'a' is NoneType, expected a number"),
        ({}, {"a": {}}, "raw_eval_results does not have the form that HAL writes"),
        ({}, [1], "raw_eval_results does not have the form that HAL writes"),
        ({}, 10**400, "raw_eval_results does not have the form that HAL writes"),
    ],
)
def test_damaged_task_results_are_not_used_and_say_why(results, raw, problem):
    tasks = task_results.extract_task_scores("gaia", results, raw)
    assert (tasks.ids, tasks.scores) == ([], [])
    assert tasks.problem.startswith(problem)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(["scores", "sdict", "individual", "score", "success", "reward"])
            | st.sampled_from(["resolved_ids", "unresolved_ids", "error_ids", "eval_result"]),
            values,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    st.sampled_from([benchmark for benchmark, _, _ in RAW_RESULTS]),
    st.dictionaries(st.sampled_from(["successful_tasks", "failed_tasks"]), JSON_VALUES),
    JSON_VALUES,
)
def test_any_json_gives_scores_or_a_problem(benchmark, results, raw):
    tasks = task_results.extract_task_scores(benchmark, results, raw)
    assert not tasks.ids or len(tasks.ids) == len(tasks.scores)
    assert all(0 <= score <= 1 for score in tasks.scores)
    assert tasks.problem.isprintable()
    assert not (tasks.problem and tasks.scores)


def test_positions_are_ids_if_a_run_is_as_long_as_the_longest():
    ids, scores, n_tasks = task_results.complete_task_results(
        ["assistantbench"] * 3 + ["gaia"], [([], [0.5, 1]), ([], [1]), ([], []), (["x"], [1])]
    )
    assert ids == [["0", "1"], [], [], ["x"]]
    assert scores == [[0.5, 1], [1], [], [1]]
    assert n_tasks == [2, 1, 0, 1]


def test_tasks_in_neither_list_are_failures_for_swebench_and_taubench():
    ids, scores, n_tasks = task_results.complete_task_results(
        ["swebench_new", "swebench_new", "swebench_verified_mini", "gaia", "gaia"],
        [(["a", "b"], [1, 0]), (["c"], [1]), (["a"], [1]), (["a", "b"], [1, 0]), (["c"], [1])],
    )
    assert ids == [["a", "b", "c"], ["c", "a", "b"], ["a"], ["a", "b"], ["c"]]
    assert scores == [[1, 0, 0], [1, 0, 0], [1], [1, 0], [1]]
    assert n_tasks == [3, 3, 50, 2, 1]
