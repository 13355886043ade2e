"""Random damage of traces, compared with a reader that loads the whole file with json.load."""

import json
import random
from pathlib import Path

import pytest
from trace_files import GOOD, encrypt, write_zip

from hal_analysis.loaders import json_stream, traces

SAMPLE = Path(__file__).resolve().parents[2] / "sample_traces"
LOGS = [{"role": "user", "content": "x, y"}, 1, "", [1, [2]], {}] * 100
TEXTS = [
    json.dumps(GOOD | {"raw_logging_results": LOGS}).encode(),
    json.dumps({"logs": LOGS} | GOOD, indent=1).encode(),
    *(path.read_bytes() for path in sorted(SAMPLE.glob("*.json"))[:3]),
]
COMPARED = ("agent_name", "benchmark_name", "run_id", "model", "effort", "agent_args")
COMPARED += ("accuracy", "total_cost", "latencies_per_task")


def damage(data, rng):
    """Replace, delete, repeat or cut off bytes at one to three positions."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        position, length = rng.randrange(len(data)), rng.randrange(1, 60)
        start, middle, end = data[:position], data[position : position + 1], data[position + 1 :]
        data = rng.choice(
            [
                start + bytes([rng.randrange(256)]) + end,
                start + bytes([rng.choice(b'{}[],:"\\ 0e-')]) + end,
                start + end[length:],
                start + end[:length] + middle + end,
                start or b" ",
            ]
        )
    return data


def read_naively(data):
    """Return the run as json.load and `parse_run` read it, "duplicate", or None."""
    has_duplicates = []

    def members(pairs):
        has_duplicates.append(len(dict(pairs)) < len(pairs))
        return dict(pairs)

    try:
        trace = json.loads(data.decode("utf-8-sig"), object_pairs_hook=members)
        run = traces.parse_run({key: trace[key] for key in ("config", "results")})
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return "duplicate" if any(has_duplicates) else run


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    monkeypatch.setattr(json_stream, "MAX_WHOLE_LENGTH", 512)
    monkeypatch.setattr(json_stream, "MIN_BATCH_LENGTH", 32)
    monkeypatch.setattr(traces, "FIRST_CHUNK_SIZE", 64)
    monkeypatch.setattr(traces, "CHUNK_SIZE", 700)


def read(path, verify):
    """Return the run in a file, or None after checking the reason to skip it."""
    result = traces.read_run([path], verify)
    if result.run is None:
        ((_, reason),) = result.failures
        assert reason.isprintable()
        assert "unexpected" not in reason
    return result.run


def values(run):
    return [getattr(run, name) for name in COMPARED]


@pytest.mark.parametrize("n", range(len(TEXTS)))
def test_damaged_plain_trace_gives_the_same_run_or_a_reason(tmp_path, n):
    rng, path = random.Random(n), tmp_path / "a.json"
    n_same = 0
    for _ in range(150):
        data = damage(TEXTS[n], rng)
        path.write_bytes(data)
        expected, verify = read_naively(data), rng.random() < 0.5
        run = read(path, verify)
        if expected not in (None, "duplicate"):
            assert values(run) == values(expected)
            n_same += 1
        elif expected is None and verify:
            assert run is None
    assert n_same > 5


@pytest.mark.parametrize("n", range(len(TEXTS)))
def test_damaged_zip_gives_the_same_run_or_a_reason(tmp_path, n):
    rng, path = random.Random(n), tmp_path / "a_UPLOAD.zip"
    write_zip(path, {"a_UPLOAD.json.encrypted": encrypt(TEXTS[n])})
    data, expected = path.read_bytes(), values(read_naively(TEXTS[n]))
    for _ in range(60):
        path.write_bytes(damage(data, rng))
        run = read(path, rng.random() < 0.5)
        assert run is None or values(run) == expected
