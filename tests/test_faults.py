"""Full disks, files that may not be read or written, leftovers of killed runs, missing packages."""

import errno
import os
import resource
import shutil
import socket
import subprocess
import sys
from functools import partial

import pytest
from conftest import ROOT
from process_tools import fill_disk, obey_permissions, refuse_forks, refuse_semaphores
from trace_files import GOOD, write_encrypted, write_trace

from hal_analysis import exit_handling
from hal_analysis.loaders.traces import read_run
from hal_analysis.plots.processes import draw_in_processes

STAGE_1 = "generate_cleaned_dataset.py"
LACK_OF_MEMORY = (
    "There is not enough memory: close other programs, raise the limit (ulimit -v), or analyse "
    "fewer traces."
)
MISSING_PID = 99_999_999  # larger than any process ID on Linux


def snapshot(project):
    return {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}


@pytest.fixture
def copied_project(sample_project, tmp_path):
    """A copy of the project that has run on the sample, with its traces and figures."""
    project = sample_project.copy_to(tmp_path / "project")
    shutil.copytree(sample_project.figures, project.figures)
    project.add_sample()
    return project


@pytest.mark.slow
@pytest.mark.parametrize("script", ["win_rates.py", "visualizations.py", "run_pipeline.py"])
def test_full_disk_is_an_error_and_leaves_the_files_as_they_were(copied_project, tmp_path, script):
    before = snapshot(copied_project)
    process = copied_project.run_script(script, env=fill_disk(tmp_path))
    assert process.returncode == 1
    assert len(process.stderr.splitlines()) == 1
    assert process.stderr.endswith(
        " cannot be written (File too large): free some space or make the folder writable, then "
        "run again.\n"
    )
    assert snapshot(copied_project) == before


@pytest.mark.slow
@pytest.mark.parametrize("script", ["win_rates.py", "visualizations.py", "run_pipeline.py"])
def test_read_only_folder_is_an_error(copied_project, tmp_path, script):
    before = snapshot(copied_project)
    folders = [
        copied_project.tables,
        copied_project.figures,
        copied_project.figures / "heatmaps",
    ]
    for folder in folders:
        folder.chmod(0o555)
    process = copied_project.run_script(script, env=obey_permissions(tmp_path))
    for folder in folders:
        folder.chmod(0o755)
    assert process.returncode == 1
    assert len(process.stderr.splitlines()) == 1
    assert process.stderr.endswith(
        " cannot be written (Permission denied): free some space or make the folder writable, "
        "then run again.\n"
    )
    assert snapshot(copied_project) == before


@pytest.mark.slow
def test_files_that_may_not_be_read_are_skipped(project, tmp_path):
    write_trace(project.traces, "a.json", GOOD)
    for name in ("b.json", "c.zip"):
        write_encrypted(project.traces, name, GOOD)
        (project.traces / name).chmod(0)
    (project.traces / "closed").mkdir(mode=0)
    process = project.run_script(STAGE_1, env=obey_permissions(tmp_path))
    (project.traces / "closed").chmod(0o755)
    assert (process.returncode, process.stderr) == (0, "")
    assert "4 files = 1 run + 0 excluded by config.py + 0 perturbed + 3 skipped" in process.stdout
    assert (project.tables / "skipped_traces.csv").read_text() == (
        "file,reason\n"
        "b.json,cannot be read: Permission denied\n"
        "c.zip,cannot be read: Permission denied\n"
        "closed,cannot be read: Permission denied\n"
    )


@pytest.mark.slow
def test_folder_of_traces_that_may_not_be_read_is_an_error(project, tmp_path):
    project.traces.chmod(0)
    process = project.run_script(STAGE_1, env=obey_permissions(tmp_path))
    project.traces.chmod(0o755)
    assert (process.returncode, process.stderr) == (
        1,
        f"{project.traces} cannot be read (Permission denied): set DATA_DIR in config.py, or pass "
        "--data-dir DIR, to select the folder of traces.\n",
    )


def test_link_to_a_table_stays_a_link(project):
    project.write_runs([("b", "S", "A", 0.5, 1, 1)])
    elsewhere = project.folder.parent / "elsewhere.csv"
    (project.tables / "pareto_distances.csv").symlink_to(elsewhere)
    project.run_quietly("cost_accuracy_curve")
    assert (project.tables / "pareto_distances.csv").is_symlink()
    assert elsewhere.read_text().startswith("model_name_short,")


@pytest.mark.parametrize("script", ["run_pipeline.py", STAGE_1, "win_rates.py"])
def test_missing_package_is_an_error(project, tmp_path, monkeypatch, script):
    (tmp_path / "pandas.py").write_text('raise ModuleNotFoundError("", name="pandas")\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = project.run_script(script)
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == "pandas is not installed: pip install -r requirements.txt.\n"


def test_temporary_files_of_killed_runs_are_removed(project):
    write_trace(project.traces, "a.json", GOOD)
    host = socket.gethostname()
    removed = [
        f".skipped_traces.csv.{host}.{MISSING_PID}.part",
        f".task_results.csv.{host}.{MISSING_PID}.part",
    ]
    kept = [
        f".skipped_traces.csv.{host}.{os.getppid()}.part",  # of a process that is running
        f".skipped_traces.csv.another-{host}.{MISSING_PID}.part",
        f".other.csv.{host}.{MISSING_PID}.part",
    ]
    for name in removed + kept:
        (project.tables / name).write_text("half")
    project.run_quietly("generate_cleaned_dataset")
    assert {path.name for path in project.tables.glob(".*")} == set(kept)
    assert all((project.tables / name).read_text() == "half" for name in kept)


@pytest.mark.slow
@pytest.mark.parametrize("script", ["check_data.py", "run_pipeline.py"])
def test_full_output_is_an_error(copied_project, script):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        process = subprocess.run(
            [sys.executable, ROOT / script, "--output-dir", copied_project.folder],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (process.returncode, process.stderr) == (
        1,
        "The output cannot be written (No space left on device): send it elsewhere.\n",
    )


@pytest.mark.slow
def test_without_standard_error_the_message_is_printed(project):
    command = f"exec {sys.executable} {ROOT / 'win_rates.py'} --output-dir {project.folder} 2>&-"
    process = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True)
    assert process.returncode == 1
    assert process.stdout == (
        f"{project.tables}/cleaned_all_metrics.csv does not exist: run "
        "generate_cleaned_dataset.py, which writes this file.\n"
    )


@pytest.mark.slow
def test_without_standard_output_a_stage_runs(copied_project):
    folder = copied_project.folder
    command = f"exec {sys.executable} {ROOT / 'check_data.py'} --output-dir {folder} >&-"
    process = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True)
    assert (process.returncode, process.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("script", ["win_rates.py", "run_pipeline.py"])
def test_little_address_space_is_an_error(copied_project, script):
    process = copied_project.run_script(
        script,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000)),
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == (
        "The address space is limited to 400 MB (ulimit -v), which is not enough: allow at least "
        "500 MB.\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [500, 700, 1100])
def test_address_space_limits_drawing_with_one_sentence_or_not_at_all(copied_project, megabytes):
    limit = megabytes * 1_000_000
    process = copied_project.run_script(
        "visualizations.py",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    enough = (process.returncode, process.stderr) == (0, "")
    assert enough or (process.returncode, process.stderr) == (1, f"{LACK_OF_MEMORY}\n")


@pytest.mark.parametrize("script", ["visualizations.py", STAGE_1, "run_pipeline.py"])
def test_few_file_descriptors_are_an_error(project, script):
    process = project.run_script(
        script, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    )
    assert (process.returncode, process.stdout, process.stderr) == (
        1,
        "",
        "The number of open files is limited to 16 (ulimit -n), which is not enough: allow at "
        "least 64.\n",
    )


def test_trace_is_not_skipped_because_too_many_files_are_open(tmp_path):
    write_trace(tmp_path, "a.json", GOOD)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, limits[1]))  # below the files that are open
    try:
        with pytest.raises(OSError, match="Too many open files"):
            read_run([tmp_path / "a.json"])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make_environment",
    [
        partial(refuse_semaphores, error_number=errno.EROFS),
        refuse_forks,
    ],
)
def test_without_other_processes_figures_are_the_same(copied_project, tmp_path, make_environment):
    before = snapshot(copied_project)
    for path in copied_project.figures.rglob("*.png"):
        path.unlink()
    process = copied_project.run_script("visualizations.py", env=make_environment(tmp_path))
    assert (process.returncode, process.stderr) == (0, "")
    after = snapshot(copied_project)
    figures = [path for path in before if path.suffix == ".png"]
    assert len(figures) == 18
    assert [after[path] for path in figures] == [before[path] for path in figures]


def draw_on_full_disk(name):
    sys.exit(f"{name} cannot be written.")


def test_sentence_of_a_process_that_draws_is_not_lost():
    import distributed  # noqa: F401 - lets tblib pickle exceptions, as `--dask` does

    with pytest.raises(SystemExit) as error:
        draw_in_processes(draw_on_full_disk, ["a.png"])
    assert error.value.code == "a.png cannot be written."


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), LACK_OF_MEMORY),
        (ImportError("x.so: failed to map segment from shared object"), LACK_OF_MEMORY),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), LACK_OF_MEMORY),
        (
            OSError(errno.EMFILE, "Too many open files", "a.json"),
            "Too many files are open: raise the limit (ulimit -n), or use fewer --jobs.",
        ),
    ],
)
def test_lack_of_resources_is_an_error(monkeypatch, error, sentence):
    def main():
        raise error

    monkeypatch.setattr(exit_handling.os, "dup2", lambda *numbers: None)
    monkeypatch.setattr(exit_handling.signal, "signal", lambda *arguments: None)
    with pytest.raises(SystemExit) as failure:
        exit_handling.run_script(main)
    assert failure.value.code == sentence


@pytest.mark.slow
@pytest.mark.parametrize("options", [["-I"], ["-OO"], ["-I", "-OO"]])
def test_options_of_python_change_nothing(copied_project, options):
    before = snapshot(copied_project)
    command = [sys.executable, *options, ROOT / "run_pipeline.py", "--from", "check_data"]
    process = subprocess.run(
        [*command, "--output-dir", copied_project.folder],
        cwd=copied_project.folder.parent,
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stderr) == (0, "")
    after = snapshot(copied_project)
    assert {path: after[path] for path in before if path.suffix == ".csv"} == {
        path: content for path, content in before.items() if path.suffix == ".csv"
    }


@pytest.mark.parametrize(("settings", "expected"), [({}, "1"), ({"OMP_NUM_THREADS": "3"}, "3")])
def test_matrices_are_multiplied_by_one_thread_unless_a_user_asks_for_more(settings, expected):
    environment = {name: os.environ[name] for name in os.environ if name != "OMP_NUM_THREADS"}
    code = (
        "import os; from hal_analysis.exit_handling import run_script; "
        "run_script(lambda: print(os.environ['OMP_NUM_THREADS']))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout == f"{expected}\n"
