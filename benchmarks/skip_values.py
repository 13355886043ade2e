"""Compare skipping a long value with reading it by json.load.

    python benchmarks/skip_values.py --size 20

Each trace has one list or object of --size MB in front of `config` and `results`. Both sides read
the file from the disk cache, alternately, in one process; seconds are the medians of --repeat runs.
The ratio is that of the project to json.load, and should not exceed 1.5. Memory is the increase of
the peak while this project reads the trace, in a process of its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.loaders.traces import read_trace

MB = 10**6
SECTIONS = {
    "config": {"agent_name": "A (m)", "benchmark_name": "gaia"},
    "results": {"accuracy": 0.5},
}
MESSAGE = {"role": "user", "content": "The agent calls a tool, [1], and reads: {a, b}. " * 13}
CALL = {"id": "0f", "inputs": {"messages": [MESSAGE] * 4}, "usage": {"prompt_tokens": 7}}
ITEMS = {
    '""': [""],
    "1": [1],
    "1.5": [1.5],
    "null, true": [None, True],
    "[]": [[]],
    "{}": [{}],
    "[1, 2]": [[1, 2]],
    "texts of 700 bytes": [MESSAGE["content"]],
    "messages of 700 bytes": [MESSAGE],
    "user, assistant": [MESSAGE, MESSAGE | {"role": "assistant"}],
    "calls of 4 messages": [CALL],
    "mixed": ["", 1, None, [], {"a": 1}, "a, b", [1, [2]]],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=20, help="MB (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="runs (default: %(default)s)")
    parser.add_argument("--only", default="", help="run only cases whose name contains this text")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        print(memory_of(options.memory_of))
        return
    print(f"{'items':<32}{'project s':>10}{'json.load s':>12}{'ratio':>7}{'memory MB':>11}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.json")
        for name, items in ITEMS.items():
            n = int(options.size * MB / len(json.dumps(items))) + 1
            compare(f"list of {name}", path, items * n, options.repeat)
        n = int(options.size * MB / 13)
        compare("object of numbers", path, {str(i): 1 for i in range(n)}, options.repeat)
        n = int(options.size * MB / 730)
        compare("object of messages", path, {str(i): MESSAGE for i in range(n)}, options.repeat)


def compare(name, path, value, repeat):
    path.write_text(json.dumps({"logs": value} | SECTIONS), encoding="utf-8")
    del value
    seconds = {read_trace: [], load: []}
    for _ in range(repeat):
        for read, times in seconds.items():
            start = time.perf_counter()
            trace = read(path)
            times.append(time.perf_counter() - start)
            assert trace["results"] == SECTIONS["results"]
            del trace
    ours, theirs = map(statistics.median, seconds.values())
    command = [sys.executable, __file__, "--memory-of", str(path)]
    memory = int(subprocess.check_output(command)) / MB
    print(f"{name:<32}{ours:>10.3f}{theirs:>12.3f}{ours / theirs:>7.2f}{memory:>11.1f}", flush=True)


def load(path):
    with path.open(encoding="utf-8") as file:
        return json.load(file)


def memory_of(path):
    before = peak_memory()
    read_trace(path)
    return peak_memory() - before


def peak_memory():
    """Return the peak resident memory of this process in bytes (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    main()
