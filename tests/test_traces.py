"""From config and results to the figures of a run, and what is wrong with bad ones."""

import pytest
from trace_files import GOOD, changed

import traces


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
