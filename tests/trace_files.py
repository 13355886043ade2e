"""Small traces for the tests."""

import json

from benchmarks.read_traces import encrypt, write_zip

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


def write_trace(folder, name, trace):
    (folder / name).write_text(json.dumps(trace), encoding="utf-8")


def write_encrypted(folder, name, trace):
    member = encrypt(json.dumps(trace).encode(), salt=bytes(range(16)))
    write_zip(folder / name, {name.replace(".zip", ".json.encrypted"): member})
