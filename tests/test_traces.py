"""From trace files to the dataset: formats, fields, and what is wrong with a bad file."""

import json

import pytest

import traces

GOOD = {
    "config": {
        "agent_name": "Some Scaffold (openai/gpt-x-20260102)",
        "benchmark_name": "gaia",
        "date": "2026-01-03",
        "run_id": "gaia_1",
        "agent_args": {"model_name": "openai/gpt-x-20260102", "reasoning_effort": "low"},
        "run_command": "hal-eval --benchmark gaia",
    },
    "results": {
        "accuracy": 0.25,
        "total_cost": 1.5,
        "latencies": {
            "1": {"first_call_timestamp": "a", "last_call_timestamp": "b", "total_time": 2.0},
            "2": 5,
            "3": {"total_time": 0.0},
        },
    },
}


def changed(**fields):
    """The good trace with fields set, named like results__accuracy; ... leaves one out."""
    trace = json.loads(json.dumps(GOOD))
    for name, value in fields.items():
        part, _, field = name.partition("__")
        if value is ...:
            del trace[part][field]
        else:
            trace[part][field] = value
    return trace


def reason(trace):
    with pytest.raises(traces.TraceError) as error:
        traces.run_figures(trace)
    return str(error.value)


def test_figures_of_a_trace():
    assert traces.run_figures(GOOD) == {
        "agent_name": "Some Scaffold (openai/gpt-x-20260102)",
        "benchmark_name": "gaia",
        "date": "2026-01-03",
        "run_id": "gaia_1",
        "agent_args": '{"model_name": "openai/gpt-x-20260102", "reasoning_effort": "low"}',
        "run_command": "hal-eval --benchmark gaia",
        "model": "openai/gpt-x-20260102",
        "effort": "low",
        "accuracy": 0.25,
        "total_cost": 1.5,
        "latencies": [2.0, 5.0, 0.0],
    }


@pytest.mark.parametrize(
    ("results", "accuracy"),
    [
        ({"accuracy": 0.1, "average_score": 0.2}, 0.2),
        ({"average_score": 0.2, "success_rate": 0.3}, 0.3),
        ({"success_rate": 0.3, "average_correctness": 0.4}, 0.4),
        ({"accuracy": 0}, 0.0),
        ({"accuracy": 1}, 1.0),
    ],
)
def test_accuracy_is_the_first_key_that_is_there(results, accuracy):
    assert (
        traces.run_figures({"config": GOOD["config"], "results": results})["accuracy"] == accuracy
    )


@pytest.mark.parametrize("cost", [..., None, float("nan")])
def test_a_run_without_cost_stays(cost):
    assert traces.run_figures(changed(results__total_cost=cost))["total_cost"] is None


@pytest.mark.parametrize(
    "latencies", [..., None, {}, {"1": None, "2": {"total_time": None}, "3": {}}]
)
def test_a_run_without_latencies_stays(latencies):
    assert traces.run_figures(changed(results__latencies=latencies))["latencies"] == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"results__accuracy": ...}, "no accuracy: results has none of average_correctness, "),
        ({"results__accuracy": None}, "results.accuracy is None, expected a fraction from 0 to 1"),
        ({"results__accuracy": float("nan")}, "results.accuracy is nan, expected a fraction"),
        ({"results__accuracy": float("inf")}, "results.accuracy is inf, expected a fraction"),
        ({"results__accuracy": 45.0}, "results.accuracy is 45.0, expected a fraction"),
        ({"results__accuracy": "0.5"}, "results.accuracy is text, expected a number"),
        ({"results__accuracy": True}, "results.accuracy is true, expected a number"),
        ({"results__accuracy": 10**400}, "results.accuracy is too large for a number"),
        ({"results__average_score": None}, "results.average_score is None, expected a fraction"),
        ({"results__total_cost": -1}, "results.total_cost is -1.0, expected a number from 0 up"),
        ({"results__total_cost": [1]}, "results.total_cost is a list, expected a number"),
        ({"results__latencies": [1]}, "results.latencies is a list, expected an object"),
        ({"results__latencies": {"t": -2}}, "results.latencies['t'] is -2.0, expected a number"),
        ({"config__agent_name": ...}, "config.agent_name is absent, expected text"),
        ({"config__agent_name": " "}, "config.agent_name is empty, expected text"),
        ({"config__agent_name": 3}, "config.agent_name is a number, expected text"),
        ({"config__benchmark_name": None}, "config.benchmark_name is absent, expected text"),
        ({"config__agent_args": []}, "config.agent_args is a list, expected an object"),
        ({"config__agent_args": {"model_name": 7}}, "agent_args['model_name'] is a number, "),
        (
            {"config__agent_args": ..., "config__agent_name": "Slug"},
            "no model: neither in config.agent_args nor in parentheses in agent_name 'Slug'",
        ),
    ],
)
def test_reasons_for_a_trace_that_gives_no_run(fields, expected):
    assert reason(changed(**fields)).startswith(expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not JSON: "),
        (b"<html>", "not JSON: "),
        (b'{"config": {}, "results": {', "not JSON: "),
        (b"\xff\xfe\x00{", "not JSON: "),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "holds a list, expected an object with config and results"),
        (b"3", "holds a number, expected an object with config and results"),
        (b'{"results": {}}', "config is absent or null, expected an object"),
        (b'{"config": {}, "results": []}', "results is a list, expected an object"),
    ],
)
def test_reasons_for_a_file_that_is_no_trace(tmp_path, content, expected):
    path = tmp_path / "a_UPLOAD.json"
    path.write_bytes(content)
    with pytest.raises(traces.TraceError) as error:
        traces.read_trace(path)
    assert str(error.value).startswith(expected)


def test_a_folder_named_like_a_trace_is_a_reason(tmp_path):
    with pytest.raises(traces.TraceError, match="cannot be read: Is a directory"):
        traces.read_trace(tmp_path)


def write_trace(folder, name, trace):
    (folder / name).write_text(json.dumps(trace), encoding="utf-8")


def test_stage_writes_dataset_and_skipped_traces(project):
    write_trace(project.traces, "b_UPLOAD.json", changed(config__run_id="second"))
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id="first"))
    write_trace(project.traces, "c_UPLOAD.json", changed(results__accuracy=...))
    excluded = {"model_name": "openai/gpt-4o-2024-11-20"}
    write_trace(project.traces, "d_UPLOAD.json", changed(config__agent_args=excluded))
    (project.traces / "notes.txt").write_text("no trace")

    output = project.run_well("generate_cleaned_dataset.py")

    assert output == (
        "traces in sample_traces: 4 → data/cleaned_all_metrics.csv (rows: 2); "
        "1 excluded by config.py, 1 skipped, see data/skipped_traces.csv (rows: 1)\n"
    )
    assert (project.tables / "skipped_traces.csv").read_text() == (
        "file,reason\n"
        'c_UPLOAD.json,"no accuracy: results has none of '
        'average_correctness, success_rate, average_score, accuracy"\n'
    )
    dataset = project.table("cleaned_all_metrics.csv")
    assert dataset.columns.tolist() == [
        "agent_name",
        "benchmark_name",
        "date",
        "run_id",
        "agent_args",
        "run_command",
        "agent_name_short",
        "model_name_short",
        "accuracy",
        "total_cost",
        "latencies_per_task",
        "mean_latency",
    ]
    assert dataset.iloc[0].to_dict() == {
        "agent_name": "Some Scaffold (openai/gpt-x-20260102)",
        "benchmark_name": "gaia",
        "date": "2026-01-03",
        "run_id": "first",
        "agent_args": '{"model_name": "openai/gpt-x-20260102", "reasoning_effort": "low"}',
        "run_command": "hal-eval --benchmark gaia",
        "agent_name_short": "Some Scaffold",
        "model_name_short": "gpt-x-2026-01-02 low",
        "accuracy": 0.25,
        "total_cost": 1.5,
        "latencies_per_task": "[2.0, 5.0, 0.0]",
        "mean_latency": pytest.approx(7 / 3),
    }
    assert dataset.run_id.tolist() == ["first", "second"]


def test_a_run_without_latencies_has_an_empty_mean(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(results__latencies=...))
    project.run_well("generate_cleaned_dataset.py")
    row = project.table("cleaned_all_metrics.csv").iloc[0]
    assert row.latencies_per_task == "[]"
    assert row.isna().mean_latency


def test_a_new_spelling_in_config_shows_at_once(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.configure(
        "AGENT_NAME_SHORT_MAP['Some Scaffold'] = 'Renamed'\n"
        "MODEL_NAME_MAP['gpt-x-20260102'] = 'GPT-X'\n"
    )
    project.run_well("generate_cleaned_dataset.py")
    row = project.table("cleaned_all_metrics.csv").iloc[0]
    assert (row.agent_name_short, row.model_name_short) == ("Renamed", "GPT-X low")


def test_no_usable_trace_is_an_error(project):
    (project.traces / "a_UPLOAD.json").write_text("<html>")
    (project.traces / "b_UPLOAD.json").write_text("[]")
    message = project.fail("generate_cleaned_dataset.py")
    assert message.startswith(f"No trace in {project.traces} (2) is usable, the first because: ")
    assert message.endswith("; data/skipped_traces.csv (rows: 2) has all reasons.")


def test_all_runs_excluded_is_an_error(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.configure("EXCLUDED_MODELS = ['gpt-x*']\n")
    assert project.fail("generate_cleaned_dataset.py") == (
        f"Every usable run in {project.traces} (1) is left out by EXCLUDED_MODELS or "
        "EXCLUDED_AGENTS in config.py: shorten these lists."
    )


def test_folder_without_traces_is_an_error(project):
    message = project.fail("generate_cleaned_dataset.py")
    assert message.startswith(f"{project.traces} holds no *.json: set DATA_DIR in config.py")


def test_folder_that_is_not_there_is_an_error(project):
    project.traces.rmdir()
    message = project.fail("run_pipeline.py")
    assert message.startswith(
        f"[1/6] generate_cleaned_dataset.py failed: {project.traces} cannot be read "
        "(No such file or directory): set DATA_DIR in config.py, or --data-dir, to the folder"
    )


def test_a_run_without_id_is_known_by_its_file(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id=...))
    project.run_well("generate_cleaned_dataset.py")
    assert project.table("cleaned_all_metrics.csv").run_id.tolist() == ["a_UPLOAD"]


def test_a_home_folder_in_config(project, monkeypatch):
    monkeypatch.setenv("HOME", str(project.folder))
    project.traces.rename(project.folder / "mine")
    write_trace(project.folder / "mine", "a_UPLOAD.json", GOOD)
    project.configure("DATA_DIR = '~/mine'\n")
    assert project.run_well("generate_cleaned_dataset.py").startswith("traces in mine: 1 →")
