"""Benchmarks that state their accuracy in their own way, and encrypted members outside a zip."""

import json

import pytest
from trace_files import GOOD, changed, encrypt

from hal_analysis.loaders import traces


def accuracy_of(benchmark, **results):
    return traces.parse_run(
        {"config": GOOD["config"] | {"benchmark_name": benchmark}, "results": results}
    ).accuracy


def reason_of(benchmark, **results):
    with pytest.raises(traces.TraceError) as error:
        accuracy_of(benchmark, **results)
    return str(error.value)


@pytest.mark.parametrize(
    "benchmark", ["appworld", "appworld_test_normal", "appworld_test_challenge"]
)
@pytest.mark.parametrize(
    ("percent", "accuracy"), [(48.8, 0.488), (0.6, 0.006), (1, 0.01), (0, 0), (100, 1)]
)
def test_appworld_writes_percent(benchmark, percent, accuracy):
    assert accuracy_of(benchmark, accuracy=percent) == pytest.approx(accuracy, rel=1e-15)


def test_percentage_out_of_range():
    assert reason_of("appworld", accuracy=100.5) == (
        "results.accuracy is 100.5, expected a percentage from 0 to 100"
    )
    assert reason_of("gaia", accuracy=480).endswith("expected a fraction from 0 to 1")
    assert reason_of("gaia", accuracy=48.8).endswith(
        "expected a fraction from 0 to 1 (a percentage must be divided by 100)"
    )


@pytest.mark.parametrize(
    ("passed", "failed", "accuracy"),
    [(["a"], ["b", "c", "d"], 0.25), (["a"], [], 1), ([], ["a"], 0), (["a"], None, 1)],
)
def test_replicatorbench_states_passed_and_failed_tasks(passed, failed, accuracy):
    assert accuracy_of("replicatorbench", passed_tasks=passed, failed_tasks=failed) == accuracy


def test_replicatorbench_with_an_accuracy():
    assert accuracy_of("replicatorbench", accuracy=0.3, passed_tasks=["a"]) == 0.3


def test_replicatorbench_with_an_overall_score_in_its_raw_results():
    trace = {"config": GOOD["config"] | {"benchmark_name": "replicatorbench"}, "results": {}}
    trace["raw_eval_results"] = {"overall_score": 0.4}
    assert traces.parse_run(trace).accuracy == 0.4


@pytest.mark.parametrize(("score", "is_read"), [(1, True), (0, True), (1.5, False), (-0.1, False)])
def test_overall_score_is_a_fraction(score, is_read):
    trace = {"config": GOOD["config"] | {"benchmark_name": "replicatorbench"}, "results": {}}
    trace["raw_eval_results"] = {"overall_score": score}
    if is_read:
        assert traces.parse_run(trace).accuracy == score
    else:
        with pytest.raises(traces.TraceError, match="no overall_score"):
            traces.parse_run(trace)


def test_reason_for_replicatorbench_without_tasks():
    assert reason_of("replicatorbench") == (
        "no accuracy: no passed_tasks, and no overall_score in raw_eval_results"
    )
    assert reason_of("gaia", passed_tasks=["a"]).startswith("no accuracy: results has none of ")


@pytest.mark.parametrize("spaces", [b"", b" \n"])
def test_encrypted_member_saved_as_json_is_skipped_with_the_reason(tmp_path, spaces):
    path = tmp_path / "a_UPLOAD.json"
    path.write_bytes(spaces + encrypt(json.dumps(changed()).encode()).encode())
    result = traces.read_run([path])
    assert result.run is None
    assert result.failures == [
        (path, "an encrypted member outside its zip file: keep the *.zip file")
    ]
