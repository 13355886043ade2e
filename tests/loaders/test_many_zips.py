"""Proofs that take minutes: many and large encrypted traces, damage, S3, and 10,000 files."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import boto3
import hal_zips
import pytest
from moto.server import ThreadedMotoServer
from trace_server import serve

import config
from hal_analysis.loaders import discovery, encrypted, runs, traces
from hal_analysis.loaders.encrypted import BY_ENDS, BY_LONGER_ENDS

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
N_ZIPS, N_DAMAGED = 300, 2000
LARGE = {100: 30e6, 101: 30e6, 150: 100e6, 200: 300e6}  # bytes of the text, by number of the zip


@pytest.fixture(autouse=True)
def _fast_key(monkeypatch):
    monkeypatch.setattr(encrypted, "KEY_ITERATIONS", 1)


def write_numbered(path, number):
    """Write a trace of the series; return the expected run and the options of the zip file."""
    rng, trace, options = hal_zips.random_trace(number)
    if number in LARGE:
        trace = hal_zips.make_trace(rng, int(LARGE[number]), 165, 100)
        options = {"order": "last"}
    hal_zips.write_trace(path, trace, rng, iterations=1, **options)
    return hal_zips.expected_run(trace), options


def flip(path, position, bit):
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ bit]))


@pytest.mark.parametrize("part", range(4))
def test_every_zip_gives_the_run_of_a_full_read_and_damaged_never_another(tmp_path, part):
    path = tmp_path / "a_UPLOAD.zip"
    rng, ways, outcomes = random.Random(part), Counter(), Counter()
    for number in range(part, N_ZIPS, 4):
        expected, options = write_numbered(path, number)
        result = traces.read_run([path])
        assert result.run == expected, (number, result.failures)
        ways[options.get("compressor"), options.get("level"), result.how] += 1
        size = path.stat().st_size
        for _ in range(-(-N_DAMAGED // N_ZIPS) if number not in LARGE else 2):
            start = rng.choice((0, 0, max(size - 140_000, 0), max(size - 400, 0)))
            stop = rng.choice((size, min(start + 70_000, size)))
            position = rng.randrange(start, stop)
            bit = 1 << rng.randrange(8)
            flip(path, position, bit)
            damaged = traces.read_run([path])
            flip(path, position, bit)
            assert damaged.run in (expected, None), (number, position)
            assert damaged.run or damaged.failures[0][1]
            outcomes["right" if damaged.run else "skipped"] += 1
    print(ways, outcomes)
    assert min(outcomes.values()) > 50


def test_members_of_hal_are_rarely_read_by_longer_ends(tmp_path):
    path = tmp_path / "a_UPLOAD.zip"
    ways = Counter()
    for number in range(100):
        rng = random.Random(number)
        hal_zips.write_trace(path, hal_zips.make_trace(rng, 400_000), rng, iterations=1)
        ways[traces.read_run([path]).how] += 1
    assert set(ways) <= {BY_ENDS, BY_LONGER_ENDS}
    assert ways[BY_ENDS] >= 95


# Remote.


@pytest.fixture
def bucket(monkeypatch):
    """An empty bucket of a server that behaves like S3."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "DEFAULT_REGION": "us-east-1"}
    for name, value in (variables | {"ENDPOINT_URL": f"http://{host}:{port}"}).items():
        monkeypatch.setenv(f"AWS_{name}", value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="traces")
    yield client
    server.stop()


@pytest.mark.filterwarnings("default")  # of moto and botocore
def test_s3(tmp_path, bucket, monkeypatch):
    monkeypatch.setattr(config, "TABLES_DIR", tmp_path / "data")
    rng = random.Random(0)
    expected = {}
    for name in ("a_UPLOAD.zip", "sub/b_UPLOAD.zip"):
        trace = hal_zips.make_trace(rng, 3_000_000)
        hal_zips.write_trace(tmp_path / Path(name).name, trace, rng, iterations=1)
        bucket.upload_file(str(tmp_path / Path(name).name), "traces", f"prefix/{name}")
        expected[name] = hal_zips.expected_run(trace)
    for n_unchanged in (0, 2):
        folder, groups = discovery.find_remote_traces("s3://traces/prefix")
        results, reading = runs.read_runs(groups, folder)
        assert {r.path.name: r.run for r in results} == expected
        assert reading.n_unchanged == n_unchanged
        assert reading.traffic.n_bytes <= (2 - n_unchanged) * 340_000
    # An object that has changed since it was listed is read in its new version.
    trace = hal_zips.make_trace(rng, 3_000_000)
    hal_zips.write_trace(tmp_path / "new.zip", trace, rng, iterations=1)
    bucket.upload_file(str(tmp_path / "new.zip"), "traces", "prefix/a_UPLOAD.zip")
    assert traces.read_run(groups[0]).run == hal_zips.expected_run(trace)


def test_many_remote_files_are_read_with_bounded_memory(tmp_path):
    """The runs themselves take a few KB each; nothing else grows with the number of files."""
    text = json.dumps(hal_zips.make_trace(random.Random(0), 500))
    memory = []
    for n in (1000, 10_000):
        folder = tmp_path / str(n)
        folder.mkdir()
        for number in range(n):
            (folder / f"{number:05}_UPLOAD.json").write_text(text)
        with serve(folder) as server:
            environment = os.environ | {"HF_ENDPOINT": server.hub}
            place = "hf://datasets/org/traces"
            command = [sys.executable, HERE / "remote_reader.py", place, tmp_path / "data", "1"]
            output = json.loads(subprocess.check_output(command, env=environment))
        assert len(output["traces"]) == n
        memory.append(output["memory"])
    assert (memory[1] - memory[0]) / 9000 < 8000
