"""Stage 1: which files it reads, and what it writes, prints and refuses."""

import os

import pytest
from stage_1_output import parse_counts, run_ids
from trace_files import GOOD, changed, write_encrypted, write_trace

STAGE = "generate_cleaned_dataset"


# Tables and screen.


def test_stage_writes_the_dataset_and_the_skipped_traces(project):
    write_trace(project.traces, "b_UPLOAD.json", changed(config__run_id="second"))
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id="first"))
    write_trace(project.traces, "c_UPLOAD.json", changed(results__accuracy=...))
    excluded = {"model_name": "openai/gpt-4o-2024-11-20"}
    write_trace(project.traces, "d_UPLOAD.json", changed(config__agent_args=excluded))
    (project.traces / "notes.txt").write_text("not a trace")

    output = project.run_quietly(STAGE)

    reason = (
        "no accuracy: results has none of average_correctness, success_rate, average_score, "
        "accuracy"
    )
    assert output.splitlines() == [
        "2 runs in 4 files",
        "4 files = 2 runs + 1 excluded by config.py + 0 perturbed + 1 skipped + 0 duplicate files",
        "excluded by config.py: gpt-4o-2024-11-20 (1)",
        f"skipped c_UPLOAD.json: {reason}",
        "→ data",
        "  cleaned_all_metrics.csv, task_results.csv, skipped_traces.csv",
    ]
    assert (project.tables / "skipped_traces.csv").read_text() == (
        f'file,reason\nc_UPLOAD.json,"{reason}"\n'
    )
    dataset = project.table("cleaned_all_metrics.csv")
    first_row = {
        "agent_name": "Some Scaffold (openai/gpt-x-20260102)",
        "benchmark_name": "gaia",
        "date": "2026-01-03",
        "run_id": "first",
        "agent_args": '{"model_name": "openai/gpt-x-20260102", "reasoning_effort": "low"}',
        "run_command": "hal-eval --benchmark gaia",
        "agent_name_short": "Some Scaffold",
        "model_name_short": "gpt-x-2026-01-02 low",
        "accuracy": 0.25,
        "total_cost": 1.5,
        "latencies_per_task": "[2.0, 5.0, 0.0]",
        "mean_latency": pytest.approx(7 / 3),
    }
    empty = ["tasks", "accuracy_ci_low", "accuracy_ci_high"]
    empty += ["prompt_tokens", "completion_tokens"]
    assert dataset.columns.tolist() == [*first_row, *empty]
    assert dataset.iloc[0][list(first_row)].to_dict() == first_row
    assert dataset[empty].isna().all(axis=None)
    assert dataset.run_id.tolist() == ["first", "second"]


def test_output_dir_is_the_only_folder_that_is_written_to(project):
    write_trace(project.traces, "a.json", GOOD)
    results = project.folder.parent / "results"
    output = project.run_quietly(STAGE, "--output-dir", results)
    written = sorted(path.name for path in results.rglob("*") if path.is_file())
    assert written == [
        "cleaned_all_metrics.csv",
        "skipped_traces.csv",
        "task_results.csv",
        "trace_cache.sqlite",
    ]
    assert (results / "data" / "cleaned_all_metrics.csv").exists()
    assert list(project.tables.iterdir()) == []
    assert f"→ {results}/data\n" in output


def test_run_without_latencies_has_an_empty_mean(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(results__latencies=...))
    project.run_quietly(STAGE)
    row = project.table("cleaned_all_metrics.csv").iloc[0]
    assert row.latencies_per_task == "[]"
    assert row.isna().mean_latency


def test_run_without_id_has_the_name_of_its_file(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id=...))
    project.run_quietly(STAGE)
    assert run_ids(project) == ["a_UPLOAD"]


def test_maps_in_config_rename_scaffold_and_model(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.configure(
        AGENT_NAME_SHORT_MAP={"Some Scaffold": "Renamed"},
        MODEL_NAME_MAP={"gpt-x-20260102": "GPT-X"},
    )
    project.run_quietly(STAGE)
    row = project.table("cleaned_all_metrics.csv").iloc[0]
    assert (row.agent_name_short, row.model_name_short) == ("Renamed", "GPT-X low")


def test_entry_of_config_that_matches_no_run_is_a_warning(project):
    model = {"model_name": "google/gemini-3-pro", "reasoning_effort": "high"}
    write_trace(project.traces, "a.json", changed(config__agent_args=model))
    write_trace(project.traces, "b.json", GOOD)
    project.configure(
        EXCLUDED_MODELS=["gpt-4o*", "gpt-x-*", "gemini-3-proo high"], EXCLUDED_AGENTS=["QQQ"]
    )
    output = project.run(STAGE)
    assert parse_counts(output) == (2, 1, 1, 0, 0)
    assert project.stderr.getvalue().splitlines() == [
        "Warning: EXCLUDED_MODELS in config.py: 'gemini-3-proo high' matched no run; the closest "
        "name is 'gemini-3-pro high'.",
        "Warning: EXCLUDED_AGENTS in config.py: 'QQQ' matched no run.",
    ]


def test_only_the_first_five_reasons_are_on_the_screen(project):
    write_trace(project.traces, "good.json", GOOD)
    for n in range(7):
        (project.traces / f"{n}.json").write_text("[]")
    output = project.run_quietly(STAGE)
    reason = "not a JSON object: starts with '[]', expected {"
    assert output.splitlines()[2:-2] == [
        *(f"skipped {n}.json: {reason}" for n in range(5)),
        "… and 2 more skipped files",
    ]
    assert parse_counts(output) == (8, 1, 0, 7, 0)
    assert len(project.table("skipped_traces.csv")) == 7


def test_long_names_of_files_do_not_hide_the_reasons(project):
    name = f"taubench_{'x' * 180}_UPLOAD.json"
    (project.traces / name).write_text("[]")
    for file_name in ("a.json", f"copy_{name}"):
        write_trace(project.traces, file_name, GOOD)
    output = project.run_quietly(STAGE)
    assert output.splitlines()[2:-2] == [
        f"skipped taubench_{'x' * 19}…{'x' * 7}_UPLOAD.json: not a JSON object: starts with '[]', "
        "expected {",
        f"copy_taubench_{'x' * 14}…{'x' * 7}_UPLOAD.json: duplicate of a.json",
    ]
    assert project.table("skipped_traces.csv").file.tolist() == [name, f"copy_{name}"]


# Errors.


def test_traces_of_which_none_is_usable_are_an_error(project):
    (project.traces / "a_UPLOAD.json").write_text("<html>")
    (project.traces / "b_UPLOAD.json").write_text("[]")
    assert project.fail(STAGE) == (
        f"No usable run in 2 files in {project.traces}, for example a_UPLOAD.json (not "
        "a JSON object: starts with '<html>', expected {); data/skipped_traces.csv lists all "
        "reasons: fix the files, or choose another folder with --data-dir."
    )
    assert project.table("skipped_traces.csv").file.tolist() == ["a_UPLOAD.json", "b_UPLOAD.json"]


def test_traces_of_which_all_are_excluded_are_an_error(project):
    write_trace(project.traces, "a_UPLOAD.json", GOOD)
    project.configure(EXCLUDED_MODELS=["gpt-x*"])
    assert project.fail(STAGE) == (
        "EXCLUDED_MODELS or EXCLUDED_AGENTS in config.py exclude all usable runs in "
        f"{project.traces}: shorten these lists."
    )


def test_folder_without_traces_is_an_error(project):
    assert project.fail(STAGE) == (
        f"{project.traces} contains no *.json or *.zip files: set DATA_DIR in config.py, or pass "
        "--data-dir DIR, to select the folder of traces."
    )


def test_missing_folder_is_an_error(project):
    project.traces.rmdir()
    assert project.fail("run_pipeline") == (
        f"[1/6] generate_cleaned_dataset failed: {project.traces} cannot be read (No such file or "
        "directory): set DATA_DIR in config.py, or pass --data-dir DIR, to select the folder of "
        "traces."
    )


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--jobs", "0"], "--jobs: expected a positive integer, got '0'"),
        (["--jobs", "x"], "--jobs: expected a positive integer, got 'x'"),
        (["--jobs=1", "--dask=a"], "--dask: not allowed with argument --jobs"),
        (["--dask", ""], "--dask: expected a value, got an empty string"),
        (["--no-such-option"], "unrecognized arguments: --no-such-option"),
    ],
)
def test_wrong_arguments_are_an_error(project, argv, expected):
    with pytest.raises(SystemExit) as error:
        project.run(STAGE, *argv)
    assert error.value.code == 2
    assert expected in project.stderr.getvalue()
    assert list(project.tables.iterdir()) == []


# Which files are read.


def test_home_folder_in_config(project, monkeypatch):
    monkeypatch.setenv("HOME", str(project.folder))
    project.traces.rename(project.folder / "mine")
    write_trace(project.folder / "mine", "a_UPLOAD.json", GOOD)
    project.configure(DATA_DIR="~/mine")
    assert parse_counts(project.run_quietly(STAGE)) == (1, 1, 0, 0, 0)


def test_plain_and_encrypted_traces_in_subfolders_are_read_in_the_order_of_paths(project):
    for folder in ("b", "a", "a/deep", ".hidden"):
        (project.traces / folder).mkdir(parents=True, exist_ok=True)
    for name in ("z_UPLOAD.json", "b/y.json", "a/x.JSON", "a/deep/w.json", "._v.json"):
        write_trace(project.traces, name, changed(config__run_id=name))
    write_trace(project.traces, ".hidden/u.json", GOOD)
    for name in ("m_UPLOAD.zip", "b/n_UPLOAD.zip"):
        write_encrypted(project.traces, name, changed(config__run_id=name))
    output = project.run_quietly(STAGE, "--jobs", "3")
    assert run_ids(project) == [
        "a/deep/w.json",
        "a/x.JSON",
        "b/n_UPLOAD.zip",
        "b/y.json",
        "m_UPLOAD.zip",
        "z_UPLOAD.json",
    ]
    assert parse_counts(output) == (6, 6, 0, 0, 0)


def test_zip_is_not_read_if_the_plain_file_of_the_same_run_is_usable(project):
    write_trace(project.traces, "a_UPLOAD.json", changed(config__run_id="plain a"))
    (project.traces / "a_UPLOAD.zip").write_text("not a zip file, which is not noticed")
    write_trace(project.traces, "b.json", changed(config__run_id="plain b"))
    (project.traces / "b.zip").write_text("not a zip file, which is not noticed")
    output = project.run_quietly(STAGE)
    assert run_ids(project) == ["plain a", "plain b"]
    assert parse_counts(output) == (4, 2, 0, 0, 2)


def test_zip_is_read_if_the_plain_file_of_the_same_run_is_damaged(project):
    (project.traces / "a_UPLOAD.json").write_text('{"config": ')
    write_encrypted(project.traces, "a_UPLOAD.zip", changed(config__run_id="from the zip"))
    for _ in range(2):
        output = project.run_quietly(STAGE)
        assert run_ids(project) == ["from the zip"]
        assert parse_counts(output) == (2, 1, 0, 1, 0)
        skipped = project.table("skipped_traces.csv")
        assert skipped.file.tolist() == ["a_UPLOAD.json"]
        assert skipped.reason[0].startswith("truncated: ")


def test_files_of_one_name_in_different_folders_are_different_runs(project):
    for folder in ("x", "y", "z"):
        (project.traces / folder).mkdir()
    write_trace(project.traces, "x/r_UPLOAD.json", changed(config__run_id="x"))
    write_encrypted(project.traces, "y/r_UPLOAD.zip", changed(config__run_id="y"))
    (project.traces / "z" / "r_UPLOAD.json").write_text("{")
    write_encrypted(project.traces, "z/r_UPLOAD.zip", changed(config__run_id="z"))
    output = project.run_quietly(STAGE)
    assert run_ids(project) == ["x", "y", "z"]
    assert parse_counts(output) == (4, 3, 0, 1, 0)


def test_subfolder_named_like_a_trace_and_link_to_its_own_folder(project):
    write_trace(project.traces, "a.json", changed(config__run_id="a"))
    (project.traces / "folder.json").mkdir()
    (project.traces / "linked").symlink_to(project.traces, target_is_directory=True)
    project.run_quietly(STAGE)
    assert run_ids(project) == ["a"]
    assert (project.tables / "skipped_traces.csv").read_text() == (
        'file,reason\nfolder.json,"a folder, expected a file"\n'
    )


def test_linked_folder_is_read(project):
    elsewhere = project.folder.parent / "elsewhere"
    elsewhere.mkdir()
    write_trace(elsewhere, "a.json", changed(config__run_id="a"))
    (project.traces / "linked").symlink_to(elsewhere, target_is_directory=True)
    project.run_quietly(STAGE)
    assert run_ids(project) == ["a"]


def test_pipe_and_device_are_skipped_without_waiting_for_them(project):
    write_trace(project.traces, "a.json", changed(config__run_id="a"))
    os.mkfifo(project.traces / "pipe.json")
    (project.traces / "zero.zip").symlink_to("/dev/zero")
    project.run_quietly(STAGE)
    reason = "a pipe or a device, expected a file"
    assert (project.tables / "skipped_traces.csv").read_text() == (
        f'file,reason\npipe.json,"{reason}"\nzero.zip,"{reason}"\n'
    )


def test_name_of_a_file_that_is_not_utf_8(project):
    write_trace(project.traces, "good\udcff.json", changed(config__run_id=""))
    (project.traces / "bad\udcff.json").write_text("<html>")
    project.run_quietly(STAGE)
    assert run_ids(project) == [r"good\xff"]
    assert project.table("skipped_traces.csv").file.tolist() == [r"bad\xff.json"]


def test_name_of_a_file_with_line_breaks(project):
    write_trace(project.traces, "good\r\n.json", changed(config__run_id=...))
    (project.traces / "bad\r,\n.json").write_text("[]")
    output = project.run_quietly(STAGE)
    assert run_ids(project) == [r"good\r\n"]
    assert project.table("skipped_traces.csv").file.tolist() == [r"bad\r,\n.json"]
    assert r"skipped bad\r,\n.json: not a JSON object" in output


# Every file is in the counts.

SKIPPED_FILES = ["both.json", "both.zip", "cut.json", "folder.json", "pipe.json"]


def write_files_with_every_outcome(project):
    """Write 15 files: 7 runs, 1 excluded run, 5 skipped files, 2 duplicate files."""

    def trace(model):
        return changed(config__agent_args={"model_name": model})

    for n in range(5):
        write_trace(project.traces, f"good{n}.json", trace(f"m{n}"))
    write_encrypted(project.traces, "good0.zip", GOOD)
    (project.traces / "good1.zip").write_text("a second copy, which is not read")
    write_encrypted(project.traces, "only.zip", trace("zipped"))
    write_trace(project.traces, "excluded.json", trace("gpt-4o-2024-11-20"))
    (project.traces / "cut.json").write_text('{"config": ')
    write_encrypted(project.traces, "cut.zip", trace("read from the zip"))
    (project.traces / "both.json").write_text("<html>")
    (project.traces / "both.zip").write_text("<html>")
    (project.traces / "folder.json").mkdir()
    os.mkfifo(project.traces / "pipe.json")


def test_files_are_runs_and_excluded_and_skipped_and_second_copies(project):
    write_files_with_every_outcome(project)
    assert len(list(project.traces.iterdir())) == 15 == 7 + 1 + 5 + 2
    for _ in range(2):
        assert parse_counts(project.run_quietly(STAGE)) == (15, 7, 1, 5, 2)
        assert len(project.table("cleaned_all_metrics.csv")) == 7
        skipped = project.table("skipped_traces.csv").set_index("file").reason
        assert sorted(skipped.index[:5]) == SKIPPED_FILES
        assert skipped[5:].to_dict() == {
            "good0.zip": "duplicate of good0.json",
            "good1.zip": "duplicate of good1.json",
        }


@pytest.mark.parametrize(
    ("script", "prefix"),
    [(STAGE, ""), ("run_pipeline", "[1/6] generate_cleaned_dataset failed: ")],
)
def test_strict_makes_a_skipped_file_an_error(project, script, prefix):
    write_files_with_every_outcome(project)
    assert project.fail(script, "--strict") == (
        f"{prefix}--strict: 5 of 15 files in {project.traces} without a usable run, for example "
        "both.json (not a JSON object: starts with '<html>', expected {); data/skipped_traces.csv "
        "lists all reasons: fix or remove these files, or omit --strict."
    )
    assert sorted(project.table("skipped_traces.csv").file[:5]) == SKIPPED_FILES
    assert not (project.tables / "cleaned_all_metrics.csv").exists()


def test_strict_changes_nothing_without_skipped_files(project):
    write_trace(project.traces, "a.json", GOOD)
    strict_output = project.run_quietly(STAGE, "--strict", "--no-cache")
    assert strict_output == project.run_quietly(STAGE, "--no-cache")


def test_trace_that_was_copied_under_another_name_is_one_run(project):
    write_trace(project.traces, "a.json", GOOD)
    write_trace(project.traces, "copy of a.json", GOOD)
    write_trace(project.traces, "b.json", changed(results__accuracy=0.75))
    output = project.run_quietly("run_pipeline", "--only", "generate_cleaned_dataset", "check_data")
    assert (
        "3 files = 2 runs + 0 excluded by config.py + 0 perturbed + 0 skipped + 1 duplicate file\n"
    ) in output
    assert "\n      copy of a.json: duplicate of a.json\n" in output
    skipped = project.table("skipped_traces.csv")
    assert skipped.to_numpy().tolist() == [["copy of a.json", "duplicate of a.json"]]
    assert len(project.table("cleaned_all_metrics.csv")) == 2


def test_runs_on_different_dates_are_no_duplicates(project):
    """Without run_id, files of the same name in two folders have the same one."""
    for folder, date in (("p", "2026-01-03"), ("q", "2026-01-04")):
        (project.traces / folder).mkdir()
        trace = changed(config__date=date, config__run_id=...)
        write_trace(project.traces / folder, "trace.json", trace)
    output = project.run_quietly("run_pipeline", "--only", "generate_cleaned_dataset", "check_data")
    assert "2 files = 2 runs" in output


def test_copy_with_task_results_is_kept(project):
    tasks = {"results__successful_tasks": ["1"], "results__failed_tasks": ["2", "3", "4"]}
    write_trace(project.traces, "a.json", GOOD)
    write_trace(project.traces, "b.json", changed(**tasks))
    output = project.run_quietly(STAGE)
    assert "a.json: duplicate of b.json" in output
    assert "1 run with task results" in output


def test_duplicates_with_other_task_results_are_named(project):
    """Their order does not matter."""
    for name, solved, failed in (
        ("a.json", ["1"], ["2", "3", "4"]),
        ("b.json", ["1"], ["4", "3", "2"]),
        ("c.json", ["4"], ["1", "2", "3"]),
    ):
        tasks = {"results__successful_tasks": solved, "results__failed_tasks": failed}
        write_trace(project.traces, name, changed(**tasks))
    project.run_quietly(STAGE)
    assert project.table("skipped_traces.csv").to_numpy().tolist() == [
        ["b.json", "duplicate of a.json"],
        ["c.json", "duplicate of a.json with other task results: give each run its own run_id"],
    ]


def test_excluded_models_and_scaffolds_are_named(project):
    project.configure(EXCLUDED_MODELS=["b*"], EXCLUDED_AGENTS=["T"])
    runs = [("S", "a"), ("S", "b1"), ("S", "b2"), ("T", "b2"), ("T", "a")]
    for number, (scaffold, model) in enumerate(runs):
        trace = changed(
            config__agent_name=scaffold,
            config__agent_args={"model_name": model},
            config__run_id=str(number),
        )
        write_trace(project.traces, f"{number}.json", trace)
    output = project.run_quietly(STAGE)
    assert "excluded by config.py: b2 (2), T (1), b1 (1)\n" in output
