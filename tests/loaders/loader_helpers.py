"""Traces with logs, and the measurement of the memory that reading takes."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CONFIG = {
    "agent_name": "A (m) ünï 模型 \U0001f600",
    "agent_args": {"seed": 10**30, "x": [None, True]},
}
RESULTS = {"accuracy": float("nan"), "total_cost": float("inf"), "other": -float("inf"), "n": -0.0}
EXPECTED = json.dumps({"config": CONFIG, "results": RESULTS})
ORDERS = {
    "as HAL writes": ["config", "results", "raw_eval_results", "raw_logging_results"],
    "keys at the end": ["raw_eval_results", "raw_logging_results", "results", "config"],
    "keys apart": ["results", "raw_logging_results", "config", "raw_eval_results"],
}
LOGS = {
    "list": [{"text": 'the "results": {"accuracy": NaN}, \\', "n": i / 7} for i in range(200)],
    "object": {str(i): [{"config": {}}, float("nan"), "\U0001f600" * i] for i in range(50)},
    "text": "config results }" * 3000,
}


def trace_text(order="as HAL writes", logs="list", **options):
    """Return a trace as JSON; the options are those of json.dumps."""
    values = {
        "config": CONFIG,
        "results": RESULTS,
        "raw_eval_results": {"config": {"accuracy": 1}, "x": float("-inf")},
        "raw_logging_results": LOGS[logs],
    }
    return json.dumps({key: values[key] for key in ORDERS[order]}, **options)


def large_trace_text(size):
    """Return a trace with config and results after logs of at least `size` characters."""
    call = {
        "id": "0" * 32,
        "inputs": {"messages": [{"role": "user", "content": "a traceback " * 100}] * 4},
        "output": {"usage": {"prompt_tokens": 7, "cached": None}, "score": float("nan")},
    }
    calls = [call] * (size // len(json.dumps(call)) + 1)
    results = {"accuracy": 0.5, "latencies": {str(i): {"total_time": i / 7} for i in range(165)}}
    return json.dumps({"raw_logging_results": calls, "config": CONFIG, "results": results})


def peak_and_reason(path):
    """Return the peak memory while a trace is read, in bytes, and the reason to skip it."""
    code = (
        "import resource, sys\n"
        "from hal_analysis.loaders import traces\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "start = peak()\n"
        "try: traces.read_trace(sys.argv[1]); reason = None\n"
        "except traces.TraceError as error: reason = str(error)\n"
        "print(peak() - start, reason)"
    )
    # A process inherits the peak of its parent, so a small process starts it.
    starter = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
    command = [sys.executable, "-c", starter, sys.executable, "-c", code, str(path)]
    printed = subprocess.check_output(command, cwd=ROOT, text=True)
    peak, _, reason = printed.strip().partition(" ")
    return int(peak), reason
