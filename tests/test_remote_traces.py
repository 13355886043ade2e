"""Stage 1 on a folder at a URL: what it prints, writes and refuses."""

import pytest
from stage_1_output import count_unchanged, parse_counts
from trace_files import GOOD, changed, write_encrypted, write_trace
from trace_server import serve

STAGE = "generate_cleaned_dataset"
OUTPUTS = ["cleaned_all_metrics.csv", "task_results.csv", "skipped_traces.csv"]
USAGE = {"m": {"prompt_tokens": 5, "completion_tokens": 7}}


@pytest.fixture
def server(project):
    write_encrypted(project.traces, "b.zip", changed(config__run_id=...) | {"total_usage": USAGE})
    write_trace(project.traces, "a.json", GOOD)
    (project.traces / "sub dir").mkdir()
    write_trace(project.traces, "sub dir/c.json", changed(config__run_id=...))
    write_trace(project.traces, "sub dir/bad.json", changed(results__accuracy=...))
    write_trace(project.traces, "sub dir-d.json", changed(config__run_id="d"))
    with serve(project.traces) as server:
        yield server


def read_tables(project):
    return [(project.tables / name).read_bytes() for name in OUTPUTS]


def test_tables_are_those_of_the_local_folder(project, server):
    project.run_quietly(STAGE)
    expected = read_tables(project)
    project.configure(DATA_DIR=server.url)
    output = project.run_quietly(STAGE)
    assert read_tables(project) == expected
    lines = output.splitlines()
    assert lines[0] == "4 runs in 5 files"
    assert lines[2:5] == [
        "encrypted traces: 1 whole because they are short",
        server.url.rstrip("/"),
        f"{server.n_bytes / 1e6:.1f} MB in 5 requests, without the listing",
    ]
    assert count_unchanged(project.run_quietly(STAGE)) == 4
    assert project.table("cleaned_all_metrics.csv").run_id.tolist() == ["gaia_1", "b", "c", "d"]
    assert project.table("cleaned_all_metrics.csv").prompt_tokens.dropna().tolist() == [5]


def test_caches_of_local_and_remote_folders_are_independent(project, server):
    project.run_quietly(STAGE)
    project.run_quietly(STAGE, "--data-dir", server.url)
    assert count_unchanged(project.run_quietly(STAGE)) == 4
    assert count_unchanged(project.run_quietly(STAGE, "--data-dir", server.url)) == 4


def test_url_of_a_local_folder(project, server):
    output = project.run_quietly(STAGE, "--data-dir", f"file://{project.traces}")
    assert parse_counts(output) == (5, 4, 0, 1, 0)
    assert server.requests == []


def test_errors_name_the_url_without_its_password(project, server):
    url = server.url.replace("://", "://user:secret@")
    message = project.fail("run_pipeline", "--data-dir", url, "--strict")
    assert "--strict: 1 of 5 files in http://127.0.0.1:" in message
    assert "for example sub dir/bad.json (no accuracy: " in message
    assert "secret" not in message
    assert b"secret" not in (project.tables / "trace_cache.sqlite").read_bytes()


def test_verify_reads_every_trace_again_and_to_its_end(project):
    write_trace(project.traces, "a.json", GOOD)
    path = project.traces / "b.json"
    write_trace(
        project.traces, "b.json", changed(config__run_id="second") | {"raw_logging_results": "text"}
    )
    path.write_text(path.read_text().replace('"text"', "text"))
    assert parse_counts(project.run_quietly(STAGE)) == (2, 2, 0, 0, 0)
    output = project.run_quietly(STAGE, "--verify")
    assert parse_counts(output) == (2, 1, 0, 1, 0)
    assert count_unchanged(output) == 0
    assert "skipped b.json: not JSON: Expecting value at character" in output
