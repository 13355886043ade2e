"""Remote folders: a web server with faults, and the hub's client, both on this machine."""

import dataclasses
import json
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import fsspec
import hal_zips
import pytest
from trace_server import COMMIT, serve

import config
from hal_analysis.loaders import discovery, encrypted, remote, remote_clients, runs, traces

HERE = Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def _fast(monkeypatch, tmp_path):
    monkeypatch.setattr(encrypted, "KEY_ITERATIONS", 1)
    monkeypatch.setattr(remote, "WAITS", (0, 0, 0, 0))
    monkeypatch.setattr(config, "TABLES_DIR", tmp_path / "data")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with four traces, encrypted and plain, and their runs by name."""
    folder = tmp_path_factory.mktemp("traces")
    rng = random.Random(0)
    expected = {}
    for name in ("b_UPLOAD.zip", "sub dir/ä_UPLOAD.zip", "sub dir/short.zip", "a_UPLOAD.json"):
        trace = hal_zips.make_trace(rng, 400_000 if "short" not in name else 3000, n_raw=10)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if name.endswith(".zip"):
            hal_zips.write_trace(path, trace, rng, iterations=1)
        else:
            path.write_text(json.dumps(trace), encoding="utf-8")
        expected[name] = hal_zips.expected_run(trace)
    (folder / ".hidden.json").write_text("{}")
    (folder / "notes.txt").write_text("not a trace")
    return folder, expected


@pytest.fixture
def server(written):
    with serve(written[0]) as server:
        yield server


def read(url, **options):
    """Return the runs or reasons by name, and what reading took."""
    folder, groups = discovery.find_remote_traces(url)
    results, reading = runs.read_runs(groups, folder, **options)
    found = {}
    for result in results:
        found |= {file.name: reason for file, reason in result.failures}
        if result.run:
            found[result.path.name] = result.run
    return found, reading


def test_runs_are_those_of_the_local_folder_and_few_bytes_are_fetched(written, server):
    found, reading = read(server.url)
    assert found == written[1]
    assert list(found) == sorted(found)
    assert len(server.ranges()) == reading.traffic.n_requests <= 2 + 2 + 2 + 1 + 1
    assert all(r[2] for r in server.ranges())
    assert reading.traffic.n_bytes < 4 * 200_000


def test_every_byte_is_read_to_verify(written, server):
    read(server.url)
    server.n_bytes = 0
    found, reading = read(server.url, verify=True)
    assert (found, reading.n_unchanged) == (written[1], 0)
    assert server.n_bytes > sum((written[0] / name).stat().st_size for name in written[1])


def test_second_run_makes_the_requests_of_the_listing_only(written, server):
    read(server.url)
    n_requests = len(server.requests) - len(server.ranges())
    server.requests.clear()
    found, reading = read(server.url)
    assert found == written[1]
    assert reading.n_unchanged == 4
    assert len(server.requests) == n_requests
    assert server.ranges() == []


def test_changed_file_is_read_again(written, server):
    read(server.url)
    path = written[0] / "a_UPLOAD.json"
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert read(server.url)[1].n_unchanged == 3


def test_server_without_versions_is_never_cached(written, server):
    server.sends_etags = False
    for _ in range(2):
        found, reading = read(server.url)
        assert found == written[1]
        assert reading.n_unchanged == 0


@pytest.mark.parametrize(
    "faults",
    [{"drops_every": 10}, {"drops_every": 3}, {"limits_every": 3}, {"ignores_ranges": True}],
)
def test_faults_of_the_server_lose_nothing(written, server, faults):
    for name, value in faults.items():
        setattr(server, name, value)
    for jobs in (1, 4):
        assert read(server.url, jobs=jobs, use_cache=False)[0] == written[1]


def test_server_states_how_long_to_wait(monkeypatch):
    waits = []
    monkeypatch.setattr(remote.time, "sleep", waits.append)
    answers = [("429", 7.0), ("503", None), ("429", 9999.0)]

    def answer():
        if answers:
            raise remote.TemporaryError(*answers.pop(0))
        return "content"

    assert remote.repeat(answer) == "content"
    assert waits == [7, 0, 600]


def test_file_that_fails_every_time_is_skipped_with_its_reason(written, server):
    server.before_content = lambda file, n: file.name == "b_UPLOAD.zip" and 1 / 0
    found, _ = read(server.url)
    assert found.pop("b_UPLOAD.zip").startswith("cannot be read: ")
    assert len(found) == 3
    server.before_content = None
    found, reading = read(server.url)
    assert (found, reading.n_unchanged) == (written[1], 3)


@pytest.mark.parametrize("n_changes", [1, 99])
@pytest.mark.parametrize("request_number", [1, 2])
def test_file_that_changes_midway_is_never_mixed(tmp_path, n_changes, request_number):
    rng = random.Random(0)
    path = tmp_path / "traces" / "a_UPLOAD.zip"
    path.parent.mkdir()
    written_runs = []

    def write_new(file=path, n=request_number):
        if n >= request_number and len(written_runs) <= n_changes:
            trace = hal_zips.make_trace(rng, 400_000)
            hal_zips.write_trace(file, trace, rng, iterations=1)
            written_runs.append(hal_zips.expected_run(trace))

    write_new()
    with serve(path.parent) as server:
        server.before_content = write_new
        (found,) = read(server.url)[0].values()
        if n_changes == 1:
            assert found == written_runs[1]
        else:
            assert found == "changed while it was read; the next run reads it"
        server.before_content = None
        found, reading = read(server.url)
        assert list(found.values()) == written_runs[-1:]
        assert reading.n_unchanged == (n_changes == 1)


def test_file_without_an_answer_to_the_listing_is_skipped_or_read(written, server):
    _, groups = discovery.find_remote_traces(server.url)
    file = dataclasses.replace(groups[1][0], size=-1, version="")
    assert traces.read_run([file]).run == written[1]["b_UPLOAD.zip"]
    missing = dataclasses.replace(file, name="missing.zip")
    assert traces.read_run([missing]).failures == [(missing, "cannot be read: HTTP 404")]
    assert pickle.loads(pickle.dumps(file)) == file


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "http://user:secret@127.0.0.1:1/x/?token=secret",
            "cannot be listed (cannot connect)",
        ),
        (
            "{url}nowhere",
            "cannot be listed (not found): correct the URL or the credentials, or try later.",
        ),
        ("{url}sub dir/", None),
        ("unknown://x", "cannot be listed (Protocol not known: unknown): correct the URL"),
    ],
)
def test_url_that_cannot_be_listed_is_an_error_without_secrets(server, url, expected):
    if expected is None:
        assert set(read(url.format(url=server.url))[0]) == {"ä_UPLOAD.zip", "short.zip"}
        return
    with pytest.raises(SystemExit) as error:
        discovery.find_remote_traces(url.format(url=server.url))
    assert expected in str(error.value)
    assert "secret" not in str(error.value)


def test_folder_without_traces_is_an_error(tmp_path):
    with serve(tmp_path) as server, pytest.raises(SystemExit) as error:
        discovery.find_remote_traces(server.url)
    assert "contains no *.json or *.zip files: set DATA_DIR" in str(error.value)


def test_missing_package_is_an_error_with_the_command_to_install_it(monkeypatch):
    remote_clients._client.cache_clear()
    for package in ("fsspec", "huggingface_hub"):
        monkeypatch.setitem(sys.modules, package, None)
    for url in ("https://host/x", "hf://datasets/a/b"):
        with pytest.raises(SystemExit) as error:
            discovery.find_remote_traces(url)
        assert str(error.value).endswith(
            "which is not installed: pip install -r requirements-remote.txt."
        )
    remote_clients._client.cache_clear()


def test_window_reads_every_range():
    content = random.Random(0).randbytes(3_000_000)
    rng = random.Random(1)
    traffic = remote.Traffic()
    window = remote.Window(
        len(content), lambda start, stop: content[start:stop], traffic, remote.ZIP_END_SIZE
    )
    for _ in range(300):
        position, size = rng.randrange(3_100_000), int(10 ** (6 * rng.random()))
        window.seek(position)
        assert window.read(size) == content[position : position + size]
    assert window.seek(-10, os.SEEK_END) == 2_999_990
    assert window.read() == content[-10:]


def test_window_reads_a_file_once_and_keeps_little_of_it():
    """Six fetches from 64 kB to 2 MB, three of 4 MB, and one of the end."""
    n_bytes = 63 * remote.START_SIZE + 3 * remote.MAX_FETCH_SIZE + remote.ZIP_END_SIZE
    content = random.Random(2).randbytes(n_bytes)
    traffic = remote.Traffic()
    window = remote.Window(
        n_bytes, lambda start, stop: content[start:stop], traffic, remote.ZIP_END_SIZE
    )
    pieces = []
    while piece := window.read(50_000):
        pieces.append(piece)
        n_kept = sum(map(len, window.spans.values()))
        assert n_kept <= 2 * remote.MAX_FETCH_SIZE + remote.START_SIZE + remote.ZIP_END_SIZE
    assert b"".join(pieces) == content
    assert traffic == remote.Traffic(n_requests=10, n_bytes=n_bytes)


@pytest.mark.parametrize(("n_surplus", "n_requests"), [(0, 1), (1, 2)])
def test_file_as_long_as_its_two_ends_is_fetched_at_once(n_surplus, n_requests):
    content = bytes(remote.START_SIZE + remote.PLAIN_END_SIZE + n_surplus)
    traffic = remote.Traffic()
    window = remote.Window(
        len(content), lambda start, stop: content[start:stop], traffic, remote.PLAIN_END_SIZE
    )
    window.read(10)
    window.seek(-10, os.SEEK_END)
    window.read()
    assert traffic.n_requests == n_requests


def test_only_the_scheme_of_a_url_is_lowered():
    assert remote.lower_scheme("HF://datasets/User/Data") == "hf://datasets/User/Data"


def test_any_other_place_is_read_by_the_client_of_fsspec(written):
    files = fsspec.filesystem("memory")
    for name in written[1]:
        files.pipe_file(f"/traces/{name}", (written[0] / name).read_bytes())
    assert read("memory://traces")[0] == written[1]
    assert read("memory://traces")[1].n_unchanged == 4
    _, groups = discovery.find_remote_traces("memory://traces")
    files.pipe_file("/traces/b_UPLOAD.zip", (written[0] / "sub dir" / "short.zip").read_bytes())
    assert traces.read_run(groups[1]).run == written[1]["sub dir/short.zip"]
    files.rm("/traces", recursive=True)
    assert traces.read_run(groups[1]).failures[0][1] == "cannot be read: the file does not exist"


# The hub.


def read_hub(server, url, tables):
    """Read a dataset with the real client of the hub in a process of its own."""
    environment = os.environ | {"HF_ENDPOINT": server.hub, "HF_TOKEN": "hf_secret"}
    command = [sys.executable, HERE / "remote_reader.py", url, tables, "1"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert process.stderr == ""
    assert "hf_secret" not in process.stdout
    return json.loads(process.stdout)


def test_hub_is_read_by_its_own_client(written, server, tmp_path):
    """Files redirect to another host, which must not get the token of the hub."""
    output = read_hub(server, "hf://datasets/org/traces", tmp_path)
    expected = {name: dataclasses.asdict(run) for name, run in written[1].items()}
    assert output["traces"] == json.loads(json.dumps(expected))
    assert output["revision"] == COMMIT
    assert len(server.ranges()) == output["requests"] <= 8
    assert {r[3] for r in server.ranges()} == {None}
    redirects = [r for r in server.requests if "/resolve/" in r[1]]
    assert len(redirects) == 4  # one for each file
    assert {r[3] for r in redirects} == {"Bearer hf_secret"}
    server.requests.clear()
    output = read_hub(server, "hf://datasets/org/traces", tmp_path)
    assert (output["unchanged"], output["requests"]) == (4, 0)
    assert all(r[1].startswith("/api/") for r in server.requests)


@pytest.mark.slow
@pytest.mark.parametrize(
    "faults", [{"drops_every": 10}, {"limits_every": 7}, {"ignores_ranges": True}]
)
def test_faults_of_the_hub_lose_nothing(written, server, tmp_path, faults):
    vars(server).update(faults)
    output = read_hub(server, "hf://datasets/org/traces", tmp_path)
    expected = {name: dataclasses.asdict(run) for name, run in written[1].items()}
    assert output["traces"] == json.loads(json.dumps(expected))


@pytest.mark.slow
def test_file_that_the_hub_changes_midway_is_never_mixed(tmp_path):
    """A commit does not change, but the server of files may fail to know that."""
    rng = random.Random(0)
    path = tmp_path / "traces" / "a_UPLOAD.zip"
    path.parent.mkdir()
    expected = []
    for name in (path, tmp_path / "new.zip"):
        trace = hal_zips.make_trace(rng, 400_000)
        hal_zips.write_trace(name, trace, rng, iterations=1)
        expected.append(dataclasses.asdict(hal_zips.expected_run(trace)))
    padding = path.stat().st_size - (tmp_path / "new.zip").stat().st_size
    with serve(path.parent) as server:

        def replace_once(file, n):
            if n == 2 and (tmp_path / "new.zip").exists():
                (tmp_path / "new.zip").replace(path)

        server.before_content = replace_once
        output = read_hub(server, "hf://datasets/org/traces", tmp_path / "data")
    (found,) = output["traces"].values()
    if padding == 0:
        assert found == json.loads(json.dumps(expected[1]))
    else:
        assert found == "changed while it was read; the next run reads it"
