"""Stage 1 on folders of traces from strangers: what reaches other runs, memory and the screen."""

import contextlib
import io
import re
import subprocess
import sys
import time

import pytest
from conftest import ROOT
from stage_1_output import parse_counts
from trace_files import GOOD, changed, write_trace
from trace_server import serve

from hal_analysis import models
from hal_analysis.printing import count, print_lines, printable

STAGE = "generate_cleaned_dataset"
RED, REVERSED, CLEARED = "\x1b[31m", "\u202e", "\x9b2J"


def test_model_with_a_thousand_providers_costs_only_its_own_file(project):
    args = {"model_name": "openai/" * 1000 + "x"}
    write_trace(project.traces, "a.json", changed(config__agent_args=args))
    write_trace(project.traces, "b.json", GOOD)
    assert parse_counts(project.run_quietly(STAGE)) == (2, 1, 0, 1, 0)
    assert (
        project.table("skipped_traces.csv")
        .reason[0]
        .startswith("agent_args['model_name'] has 7,001 characters, expected at most 500: openai/")
    )


def test_error_while_a_row_is_made_costs_only_its_own_file(project, monkeypatch):
    def fail_for_bad_models(model, effort=None):
        if model == "bad":
            raise RecursionError
        return model_name(model, effort)

    model_name = models.model_name
    monkeypatch.setattr(models, "model_name", fail_for_bad_models)
    for name, model in {"a": "bad", "b": "good"}.items():
        args = {"model_name": model}
        write_trace(project.traces, f"{name}.json", changed(config__agent_args=args))
    for _ in range(2):  # the second time with the run from the cache
        assert parse_counts(project.run_quietly(STAGE)) == (2, 1, 0, 1, 0)
        skipped = project.table("skipped_traces.csv")
        assert skipped.to_numpy().tolist() == [["a.json", "nested too deeply"]]


def test_numbers_agree_with_their_nouns(project):
    assert [count(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
    write_trace(project.traces, "a.json", GOOD)
    project.run_quietly(STAGE)
    assert project.run_quietly(STAGE).splitlines()[:3] == [
        "1 run in 1 file",
        "1 file = 1 run + 0 excluded by config.py + 0 perturbed + 0 skipped + 0 duplicate files",
        "1 trace unchanged since the last run",
    ]


def test_numbers_of_all_stages_agree_with_their_nouns(project, monkeypatch):
    monkeypatch.setattr("visualizations.FIGURES", {})
    write_trace(project.traces, "a.json", GOOD)
    project.configure(MIN_BENCHMARKS=1)
    for _ in range(2):  # the second time from the cache
        output = project.run_quietly("run_pipeline", "--no-report")
        assert re.findall(r"(?<![\d.])1 (?:[a-z]+ )?[a-z]+s\b", output) == []
    assert "1 model on 1 benchmark" in output
    assert "mean costs of 1 model, mean latencies of 1" in output
    assert "1 pair of benchmark and model with a cost, 0 without" in output


def test_scheme_of_a_url_may_be_in_capitals(project):
    write_trace(project.traces, "a.json", GOOD)
    url = f"FILE://{project.traces}"
    assert parse_counts(project.run_quietly(STAGE, "--data-dir", url)) == (1, 1, 0, 0, 0)
    with serve(project.traces) as server:
        url = server.url.replace("http://", "HTTP://")
        output = project.run_quietly(STAGE, "--data-dir", url)
        assert parse_counts(output) == (1, 1, 0, 0, 0)
        assert server.url.rstrip("/") in output.splitlines()


# The screen.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ünï 模型 \U0001f600 → …", "ünï 模型 \U0001f600 → …"),
        ("\x1b[31m\r\n\t\x00\x7f\x9b", r"\x1b[31m\r\n\t\x00\x7f\x9b"),
        ("\u202e\u2066\u200f\ufeff\u2028", r"\u202e\u2066\u200f\ufeff\u2028"),
        ("\ud800\U000e0001", r"\ud800\U000e0001"),
    ],
)
def test_what_cannot_be_printed_is_escaped(text, expected):
    assert printable(text) == expected
    with contextlib.redirect_stdout(io.StringIO()) as output:
        print_lines([text, "next"])
    assert output.getvalue() == f"{expected}\nnext\n"


def write_hostile_traces(project):
    name = f"{RED}A{REVERSED} ünï {CLEARED}"
    fields = {"config__agent_name": f"{name} (m)", "config__run_id": name, "results__total_cost": 0}
    tasks = {"results__successful_tasks": [name], "results__failed_tasks": [name]}
    write_trace(project.traces, f"{name}.json", changed(**fields, **tasks))
    write_trace(project.traces, f"{REVERSED}bad.json", changed(results__accuracy="x"))
    write_trace(project.traces, f"{REVERSED}text.json", [name])


def test_names_in_traces_do_not_control_the_terminal(project):
    write_hostile_traces(project)
    stages = ["generate_cleaned_dataset", "check_data"]
    folder = ["--data-dir", project.traces]
    process = project.run_script("run_pipeline.py", "--only", *stages, *folder)
    assert process.returncode == 0
    assert r"\x1b[31mA\u202e ünï \x9b2J" in process.stdout
    report = (project.tables / "missing_rows_analysis.txt").read_text("utf-8")
    assert r"\x1b[31mA\u202e ünï \x9b2J" in report
    reasons = (project.tables / "skipped_traces.csv").read_text("utf-8")
    for text in (process.stdout, process.stderr, report, reasons):
        assert text.replace("\n", "").isprintable()


def test_sentence_that_ends_a_run_does_not_control_the_terminal(project):
    write_hostile_traces(project)
    process = project.run_script("generate_cleaned_dataset.py", "--strict", "--data-dir", RED)
    assert process.returncode == 1
    assert process.stderr.replace("\n", "").isprintable()
    assert r"\x1b[31m cannot be read" in process.stderr


# Time and memory.


@pytest.mark.slow
def test_long_arguments_do_not_fill_the_memory(project):
    for n in range(40):
        args = {"model_name": "m", "prompt": ["x" * 100] * 145_000}
        write_trace(project.traces, f"{n}.json", changed(config__agent_args=args))
    write_trace(project.traces, "good.json", GOOD)
    code = (
        "import resource, runpy, sys\n"
        "sys.argv = sys.argv[1:]\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    script = [ROOT / f"{STAGE}.py", "--data-dir", project.traces, "--output-dir", project.folder]
    # A process inherits the peak of its parent, so a small process starts it.
    starter = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
    command = [sys.executable, "-c", starter, sys.executable, "-c", code, *script, "--jobs", "2"]
    output = subprocess.check_output(command, text=True)
    assert parse_counts(output) == (41, 1, 0, 40, 0)
    assert int(output.rpartition("peak ")[2]) * 1024 < 600_000_000  # it was 2 GB


def test_text_that_is_slow_to_normalise_does_not_delay_the_run(project):
    run_id = "a" + "\u0300\u0327" * 200_000
    write_trace(project.traces, "a.json", changed(config__run_id=run_id))
    write_trace(project.traces, "b.json", GOOD)
    start = time.process_time()
    assert parse_counts(project.run_quietly(STAGE)) == (2, 1, 0, 1, 0)
    assert time.process_time() - start < 10  # it was minutes
    assert all(path.stat().st_size < 100_000 for path in project.tables.iterdir())


def test_matplotlibrc_that_is_not_text_is_one_sentence(project):
    (project.folder.parent / "matplotlibrc").write_bytes(b"a\xff")
    process = project.run_script("visualizations.py")
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1] == (
        "A file matplotlibrc, in the current folder or in the folder of settings of matplotlib, is "
        "not UTF-8: remove it, or run from another folder."
    )
    assert "Traceback" not in process.stderr
