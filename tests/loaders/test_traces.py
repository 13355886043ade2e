"""Plain trace files, the runs that they contain, and the reasons for unusable ones."""

import dataclasses
import json
import random
import tracemalloc
from pathlib import Path

import fuzz_reading
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loader_helpers import (
    CONFIG,
    EXPECTED,
    LOGS,
    ORDERS,
    RESULTS,
    large_trace_text,
    peak_and_reason,
    trace_text,
)
from trace_files import GOOD, changed, encrypt, write_zip

from hal_analysis.loaders import traces


@pytest.fixture
def json_path(tmp_path):
    return tmp_path / "a_UPLOAD.json"


def read_error(path):
    with pytest.raises(traces.TraceError) as error:
        traces.read_trace(path)
    return str(error.value)


def parse_error(trace):
    with pytest.raises(traces.TraceError) as error:
        traces.parse_run(trace)
    return str(error.value)


# Reading a file.


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("logs", LOGS)
@pytest.mark.parametrize("layout", [{}, {"indent": 2}, {"ensure_ascii": False}])
def test_sections_are_read_in_every_order_and_layout(json_path, order, logs, layout):
    json_path.write_text(trace_text(order, logs, **layout), encoding="utf-8")
    assert json.dumps(traces.read_trace(json_path)) == EXPECTED


def test_byte_order_mark_and_whitespace_are_ignored(json_path):
    json_path.write_text(" \n" + trace_text() + "\r\n" + " " * 10_000, encoding="utf-8-sig")
    assert json.dumps(traces.read_trace(json_path)) == EXPECTED


def test_logs_after_the_sections_are_not_read(json_path):
    """The logs are a sparse file of 40 GB of zeros, which is not valid JSON."""
    head = json.dumps({"config": CONFIG, "results": RESULTS})[:-1] + ', "raw_logging_results": "'
    with json_path.open("wb") as file:
        file.write(head.encode())
        file.seek(40 * 10**9)
        file.write(b'"}\n')
    assert json.dumps(traces.read_trace(json_path)) == EXPECTED
    json_path.unlink()


def test_logs_before_the_sections_are_never_held_in_memory(json_path):
    json_path.write_text(large_trace_text(24 * 10**6))
    document = json.loads(json_path.read_bytes())
    tracemalloc.start()
    trace = traces.read_trace(json_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert trace == {section: document[section] for section in ("config", "results")}
    assert peak < 12 * 10**6


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (
            b"<html><body>404</body></html>",
            "not a JSON object: starts with '<html><body>404</body></",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\nsize 7",
            "a Git LFS pointer, not the trace: run git lfs pull",
        ),
        (b"[]", "not a JSON object: starts with '[]'"),
        (b'["cut', "not a JSON object: starts with '[\"cut'"),
        (b'"text"', "not a JSON object: starts with '\"text\"'"),
        (b"\n null", "not a JSON object: starts with 'null'"),
        (b"{}", "config is absent or null, expected an object"),
        (b'{"results": {}}', "config is absent or null, expected an object"),
        (b'{"config": {}, "results": []}', "results is a list, expected an object"),
        (b'{"config": {}, "results": {', "truncated: ends with "),
        (b'{"config": {}, "results": {}, "raw": "x', "truncated: ends with "),
        (b'{"config": {}, "results": {} \n', "truncated: Expecting '}' delimiter at character 30"),
        (b'{"config": {}, "results": {} : 1}', "not JSON: Expecting '}' delimiter at character"),
        (b'{"config": {}, "raw": tru, "results": {}}', "not JSON: Expecting value at character 22"),
        (b'{"config": {}, "raw" "x", "results": {}}', "not JSON: Expecting ':' delimiter at cha"),
        (b'{"config": {}, raw: "x", "results": {}}', "not JSON: Expecting property name enclosed"),
        (b'{"config": {"a": "\xff"}, "results": {}}', "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"raw": ' + b"[" * 100_000 + b"}", "nested too deep"),
        (b'{"config": ' + b'{"a":' * 100_000 + b"}", "nested too deep"),
        (
            b'{"config": {"n": ' + b"1" * 5000 + b"}}",
            "not JSON: Integer with too many digits at",
        ),
    ],
)
def test_reason_for_a_file_that_is_not_a_trace(json_path, content, expected):
    json_path.write_bytes(content)
    assert read_error(json_path).startswith(expected)


@pytest.mark.parametrize("n_before", range(27_000, 33_000, 1000))
def test_long_number_is_not_split_between_chunks(json_path, n_before):
    """The number has more digits than Python accepts for an integer, but is a fraction."""
    number = "1" * 5000 + ".0e-4990"
    logs = f'{{"s": "{"a" * n_before}", "x": {number}}}'
    json_path.write_text(f'{{"l": {logs}, "config": {{"x": {number}}}, "results": {{}}}}')
    assert traces.read_trace(json_path)["config"] == {"x": float(number)}


def test_position_of_an_error_is_relative_to_the_start_of_the_file(json_path):
    start = '{"raw": [' + '"x", ' * 300_000
    json_path.write_text(start + "nul]}")
    assert read_error(json_path) == f"not JSON: Expecting value at character {len(start)}"


def test_reason_for_a_folder_or_missing_file(tmp_path):
    assert read_error(tmp_path) == "a folder, expected a file"
    assert read_error(tmp_path / "a.zip") == "cannot be read: No such file or directory"


# From the sections to a run.


def test_run_of_a_trace():
    assert dataclasses.asdict(traces.parse_run(GOOD)) == {
        "agent_name": "Some Scaffold (openai/gpt-x-20260102)",
        "benchmark_name": "gaia",
        "date": "2026-01-03",
        "run_id": "gaia_1",
        "agent_args": '{"model_name": "openai/gpt-x-20260102", "reasoning_effort": "low"}',
        "run_command": "hal-eval --benchmark gaia",
        "model": "openai/gpt-x-20260102",
        "effort": "low",
        "perturbation": "",
        "accuracy": 0.25,
        "total_cost": 1.5,
        "latencies_per_task": "[2.0, 5.0, 0.0]",
        "mean_latency": 7 / 3,
        "task_ids": [],
        "task_scores": [],
        "task_problem": "",
        "prompt_tokens": None,
        "completion_tokens": None,
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
def test_accuracy_is_that_of_the_first_key_that_exists(results, accuracy):
    assert traces.parse_run({"config": GOOD["config"], "results": results}).accuracy == accuracy


@pytest.mark.parametrize("cost", [..., None, float("nan")])
def test_run_without_cost_is_kept(cost):
    assert traces.parse_run(changed(results__total_cost=cost)).total_cost is None


@pytest.mark.parametrize(
    "latencies", [..., None, {}, {"1": None, "2": {"total_time": None}, "3": {}}]
)
def test_run_without_latencies_is_kept(latencies):
    run = traces.parse_run(changed(results__latencies=latencies))
    assert (run.latencies_per_task, run.mean_latency) == ("[]", None)


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
        (
            {"results__total_cost": -1},
            "results.total_cost is -1.0, expected a number from 0",
        ),
        ({"results__total_cost": float("inf")}, "results.total_cost is inf, expected a number"),
        ({"results__total_cost": 1.1e12}, "results.total_cost is 1100000000000.0, expected a nu"),
        ({"results__total_cost": [1]}, "results.total_cost is a list, expected a number"),
        ({"results__latencies": [1]}, "results.latencies is a list, expected an object"),
        ({"results__latencies": {"t": -2}}, "results.latencies['t'] is -2.0, expected a number"),
        ({"config__agent_name": ...}, "config.agent_name is absent, expected text"),
        ({"config__agent_name": " "}, "config.agent_name is empty, expected text"),
        ({"config__agent_name": 3}, "config.agent_name is a number, expected text"),
        ({"config__benchmark_name": None}, "config.benchmark_name is absent, expected text"),
        ({"config__run_id": "a\0b"}, "config.run_id contains a NUL character"),
        ({"config__agent_args": []}, "config.agent_args is a list, expected an object"),
        ({"config__agent_args": {"model_name": 7}}, "agent_args['model_name'] is a number, "),
        (
            {"config__agent_args": ..., "config__agent_name": "Slug"},
            "no model: neither in config.agent_args nor in parentheses in agent_name 'Slug'",
        ),
    ],
)
def test_reason_for_a_trace_without_a_usable_run(fields, expected):
    assert parse_error(changed(**fields)).startswith(expected)


def test_run_is_read_from_the_first_usable_file(tmp_path):
    paths = [tmp_path / name for name in ("a.json", "b.json", "c.json")]
    for path, content in zip(paths, ["[]", json.dumps(GOOD), "never read"], strict=True):
        path.write_text(content)
    result = traces.read_run(paths)
    assert (result.path, result.run) == (paths[1], traces.parse_run(GOOD))
    assert result.failures == [(paths[0], "not a JSON object: starts with '[]', expected {")]
    result = traces.read_run(paths[:1])
    assert (result.path, result.run, len(result.failures)) == (None, None, 1)


# Random damage.

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FRACTIONS = st.floats(0, 1)
AMOUNTS = st.floats(0, 1e6) | st.none()


@st.composite
def nearly_valid(draw):
    """A trace in which up to three fields are replaced."""
    fields = {
        "config__agent_name": st.text(),
        "config__benchmark_name": st.text(),
        "config__date": st.text(),
        "config__run_id": st.text(),
        "config__agent_args": st.dictionaries(
            st.sampled_from(["model_name", "reasoning_effort", "agent.model.name"]), VALUES
        ),
        "results__accuracy": FRACTIONS,
        "results__average_score": FRACTIONS,
        "results__total_cost": AMOUNTS,
        "results__latencies": st.dictionaries(st.text(), AMOUNTS),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    wild = draw(st.sampled_from(sorted(chosen)) if chosen else st.none())
    replaced = {name: draw(VALUES if name == wild else fields[name]) for name in sorted(chosen)}
    return changed(**replaced)


@given(nearly_valid())
def test_nearly_valid_trace_gives_values_in_range_or_a_reason(document):
    try:
        run = traces.parse_run(document)
    except traces.TraceError as error:
        assert str(error).isprintable()
        return
    assert 0 <= run.accuracy <= 1
    assert run.agent_name and run.benchmark_name and run.model
    for amount in [run.total_cost, run.mean_latency, *json.loads(run.latencies_per_task)]:
        assert amount is None or 0 <= amount <= 1e12
    json.dumps(dataclasses.asdict(run)).encode("utf-8")


@given(st.binary(max_size=200), st.integers(0, 600), st.integers(0, 600))
def test_random_bytes_in_a_file_give_a_trace_or_a_reason(tmp_path_factory, garbage, start, stop):
    content = json.dumps(GOOD).encode()
    damaged = content[:start] + garbage + content[max(start, stop) :]
    path = tmp_path_factory.getbasetemp() / "garbage.json"
    path.write_bytes(damaged)
    try:
        document = json.loads(damaged)
        expected = {"config": document["config"], "results": document["results"]}
    except (ValueError, LookupError, TypeError):
        expected = None
    try:
        trace = traces.read_trace(path)
    except traces.TraceError as error:
        assert str(error).isprintable()
        assert expected is None or not all(isinstance(value, dict) for value in expected.values())
    else:
        assert expected is None or trace == expected


def open_files_and_threads():
    return [
        sorted(path.name for path in Path("/proc/self", folder).iterdir())
        for folder in ("fd", "task")
    ]


@pytest.mark.slow
def test_thousand_damaged_traces_leave_no_file_and_no_thread_open(tmp_path):
    rng = random.Random(0)
    text = json.dumps(GOOD).encode()
    write_zip(tmp_path / "good.zip", {"good.json.encrypted": encrypt(text)})
    zipped = (tmp_path / "good.zip").read_bytes()
    paths = []
    for i in range(500):
        for suffix, content in ((".json", text), (".zip", zipped)):
            paths.append(tmp_path / f"{i}{suffix}")
            position = rng.randrange(len(content) - 1)
            start, end = content[:position], content[position + 2 :]
            paths[-1].write_bytes(start if i % 2 else start + b"\xff\xff" + end)
    before = open_files_and_threads()
    failures = [traces.read_run([path]).failures for path in paths]
    assert sum(map(bool, failures)) > 950
    assert open_files_and_threads() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "chunk", "n_chunks", "end", "expected"),
    [
        (b'{"raw": ', b"1" * 10**6, 1, b', "config": {}, "results": {}}', "not JSON: Integer wit"),
        (b'{"raw": ', b"1" * 10**6, 100, b"}", "not JSON: Value of more than 16,777,216 charac"),
        (b'{"raw": 0.', b"1" * 10**6, 100, b"}", "not JSON: Value of more than 16,777,216 cha"),
        (b'{"raw": ', b"[" * 200_000, 1, b"}", "nested too deeply for Python's json module"),
        (b'{"raw": [', b"[" * 10**6, 100, b"}", "nested too deeply for Python's json module"),
        (b'{"config": {"a": "', b"x" * 10**6, 100, b'"}, "results": {}}', "not JSON: Value of m"),
        (b'{"', b"x" * 10**6, 100, b'": 1}', "not JSON: Value of more than 16,777,216 characte"),
        (b'{"raw": "', b"x\\n" * 10**6, 60, b'", "config": {}, "results": {}}', "None"),
        (b'{"raw": "', b"x" * 10**6, 100, b'\\q", "config": {}}', "not JSON: Invalid character i"),
        (b'{"raw": "', b"x" * 10**6, 100, b'"', "truncated: ends with"),
        (b'{"raw": "', b"x" * 10**6, 100, b"}", "truncated: Unterminated string at character 10"),
        (b"", b" " * 10**6, 200, b'{"config": {}, "results": {}}', "None"),
    ],
)
def test_large_json_does_not_fill_the_memory(tmp_path, start, chunk, n_chunks, end, expected):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.writelines([start, *[chunk] * n_chunks, end])
    peak, reason = peak_and_reason(path)
    assert reason.startswith(expected)
    assert peak < 120e6


# Inputs of the coverage-guided search.

INPUTS = {f"seed {i}": data for i, data in enumerate(fuzz_reading.seeds())} | {
    path.name: path.read_bytes() for path in sorted(fuzz_reading.CRASHES.glob("*"))
}


@pytest.mark.parametrize("name", INPUTS)
def test_input_of_the_search(name):
    fuzz_reading.check(INPUTS[name])


def test_valid_inputs_of_the_search_are_valid():
    expected = {"config": GOOD["config"], "results": GOOD["results"]}
    assert fuzz_reading.read_with_json(INPUTS["seed 0"][1:]) == expected
    assert fuzz_reading.read_with_json(INPUTS["seed 4"][1:]) == expected


def test_search_detects_a_wrong_value(monkeypatch):
    monkeypatch.setattr(traces, "read_trace", lambda path: changed(results__accuracy=0.5))
    with pytest.raises(AssertionError):
        fuzz_reading.check(INPUTS["seed 0"])
