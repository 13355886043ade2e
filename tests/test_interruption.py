"""Scripts that are interrupted or killed, and several that write the same files."""

import json
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import ROOT, Project
from process_tools import kill_after_50_bytes, processes_of, signal_at, wait_until
from trace_files import write_run

pytestmark = pytest.mark.slow

CACHE = "trace_cache.sqlite"
PIPELINE, STAGE_1 = "run_pipeline.py", "generate_cleaned_dataset.py"
# Figures that are drawn early and late.
EARLY_FIGURE, LATE_FIGURE = "generalist_accuracy_heatmap.png", "model_win_rates_pareto.png"


def temporary_files(project):
    return sorted(project.folder.rglob(".*.part"))


def snapshot(project):
    """Return the contents of all tables and figures. The cache is left out: it holds times."""
    return {
        path.relative_to(project.folder): path.read_bytes()
        for folder in (project.tables, project.figures)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith((".", CACHE))
    }


def write_model(project, model, accuracies, cost):
    for benchmark, accuracy in accuracies.items():
        write_run(project.traces, benchmark, model, accuracy, cost)


def run_successfully(project, script, *argv):
    process = project.run_script(script, *argv)
    assert (process.returncode, process.stderr) == (0, "")


@pytest.fixture(scope="module")
def first_project(tmp_path_factory):
    """A project with four models that has run the pipeline; read-only."""
    project = Project(tmp_path_factory.mktemp("first") / "project")
    for n in range(4):
        write_model(project, f"m{n}", {"a": n / 9, "b": n / 9}, n)
    run_successfully(project, PIPELINE)
    return project


def copy_with_new_model(first_project, folder):
    """Return a copy with one more model, on which no stage has run since."""
    project = first_project.copy_to(folder)
    shutil.copytree(first_project.figures, project.figures)
    write_model(project, "new model", {"a": 0.95, "b": 0.05}, 0.3)
    return project


@pytest.fixture(scope="module")
def second_snapshot(first_project, tmp_path_factory):
    """The files after a run of the pipeline with one more model."""
    project = copy_with_new_model(first_project, tmp_path_factory.mktemp("second") / "project")
    first = snapshot(project)
    run_successfully(project, PIPELINE)
    second = snapshot(project)
    assert first.keys() == second.keys()
    assert sum(first[name] != second[name] for name in first) > 20
    return second


# Killed scripts.


def test_killed_pipeline_leaves_every_file_either_old_or_new(
    first_project, second_snapshot, tmp_path
):
    """The pipeline is killed just before it replaces a file, again and again."""
    project = copy_with_new_model(first_project, tmp_path / "project")
    first = snapshot(project)
    new_files = set()
    for name in [
        "skipped_traces.csv",
        "cleaned_all_metrics.csv",
        "missing_rows_analysis.txt",
        "pareto_distances.csv",
        "benchmark_win_rates_max.csv",
        "model_rank_separation.csv",
        "cost_win_rate_max.csv",
        EARLY_FIGURE,
        LATE_FIGURE,
    ]:
        environment = signal_at(tmp_path, "os.rename", name, signal.SIGKILL, to_group=True)
        process = project.run_script(PIPELINE, env=environment, start_new_session=True)
        assert process.returncode == -signal.SIGKILL
        wait_until(lambda: not processes_of(project))
        assert temporary_files(project)
        current = snapshot(project)
        assert current.keys() == first.keys()
        for file, content in current.items():
            if file.suffix == ".manifest":
                json.loads(content)  # complete; it may say that its stage was writing
            else:
                assert content in (first[file], second_snapshot[file])
            if content != first[file]:
                new_files.add(file)
    assert len(new_files) > 5
    run_successfully(project, PIPELINE)
    assert snapshot(project) == second_snapshot
    assert temporary_files(project) == []


@pytest.mark.parametrize("script", [STAGE_1, "win_rates.py"])
def test_script_that_is_killed_while_it_writes_leaves_the_old_files(
    first_project, second_snapshot, tmp_path, script
):
    project = copy_with_new_model(first_project, tmp_path / "project")
    first = snapshot(project)
    process = project.run_script(script, env=kill_after_50_bytes(tmp_path))
    assert process.returncode == -signal.SIGXFSZ
    sizes = [file.stat().st_size for file in temporary_files(project)]
    assert sizes == ([] if script == STAGE_1 else [50])  # stage 1 writes the cache first
    assert snapshot(project) == first
    run_successfully(project, PIPELINE)
    assert snapshot(project) == second_snapshot
    assert temporary_files(project) == []


def test_processes_that_draw_end_if_the_script_is_killed(first_project, tmp_path):
    project = first_project.copy_to(tmp_path / "project")
    environment = signal_at(tmp_path, "os.rename", EARLY_FIGURE, signal.SIGKILL)
    process = project.run_script("visualizations.py", env=environment)
    assert process.returncode == -signal.SIGKILL
    wait_until(lambda: not processes_of(project))


# Ctrl-C.

EVENTS_OF_SCRIPTS = [
    (PIPELINE, "import", "pandas"),
    (PIPELINE, "import", "numpy"),
    (PIPELINE, "import", "cryptography.hazmat.primitives.ciphers"),
    (PIPELINE, "open", "a m3.json"),
    (PIPELINE, "os.rename", "skipped_traces.csv"),
    (PIPELINE, "os.rename", "missing_rows_analysis.txt"),
    (PIPELINE, "os.rename", "benchmark_win_rates_max.csv"),
    (PIPELINE, "import", "matplotlib"),
    (PIPELINE, "os.rename", EARLY_FIGURE),
    (PIPELINE, "os.rename", LATE_FIGURE),
    (STAGE_1, "import", "pandas"),
    ("check_data.py", "import", "pandas"),
    ("win_rates.py", "import", "pandas"),
    ("visualizations.py", "import", "pandas"),
    ("visualizations.py", "os.rename", EARLY_FIGURE),
]


@pytest.mark.parametrize(("script", "event", "name"), EVENTS_OF_SCRIPTS)
@pytest.mark.parametrize("to_group", [True, False])
def test_ctrl_c_ends_a_script_and_its_processes(
    first_project, tmp_path, script, event, name, to_group
):
    project = copy_with_new_model(first_project, tmp_path / "project")
    environment = signal_at(tmp_path, event, name, to_group=to_group)
    process = project.run_script(script, env=environment, start_new_session=True)
    assert (process.returncode, process.stderr) == (130, "")
    wait_until(lambda: not processes_of(project))


def test_ctrl_c_does_not_wait_for_traces_that_are_being_read(project, tmp_path):
    """Otherwise the stage would end after minutes."""
    large = project.traces / "0.json"
    large.write_text('{"raw": [' + "0.5," * 10_000_000 + "1]}")
    for n in range(1, 1000):
        (project.traces / f"{n}.json").hardlink_to(large)
    process = project.run_script(STAGE_1, env=signal_at(tmp_path, "open", "0.json"))
    assert (process.returncode, process.stderr) == (130, "")
    assert [path.name for path in project.tables.iterdir()] == [CACHE]


def test_ctrl_c_is_ignored_when_a_script_has_done_its_work(first_project, tmp_path):
    project = first_project.copy_to(tmp_path / "project")
    process = project.run_script("win_rates.py", env=signal_at(tmp_path, "exit", ""))
    assert (process.returncode, process.stderr) == (0, "")
    assert "4 models on 2 benchmarks" in process.stdout


# Readers that go away, as in `| head`.


def test_reader_that_is_gone_before_the_first_line(first_project):
    process = first_project.start("check_data.py")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


def test_reader_that_goes_after_the_first_line(first_project, tmp_path):
    project = first_project.copy_to(tmp_path / "project")
    process = project.start(PIPELINE)
    assert process.stdout.readline().startswith("[1/6] generate_cleaned_dataset: ")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


# Several writers.

WRITE = """\
import itertools, sys
from pathlib import Path
from hal_analysis.paths import write_file
file, letter, stop = sys.argv[1:]
for n in itertools.count():
    write_file(Path(file), [letter.encode() * 9999])
    if n > 100 and Path(stop).exists():
        break
"""


def test_file_of_many_writers_is_always_complete(tmp_path):
    """Each writer also removes the temporary files of others that have ended."""
    folder, stop = tmp_path / "tables", tmp_path / "stop"
    folder.mkdir()
    file = folder / "file.csv"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, file, letter, stop], cwd=ROOT)
        for letter in "abcd"
    ]
    wait_until(file.exists)
    letters = set()

    def all_writers_were_seen():
        content = file.read_text()
        assert content == content[0] * 9999
        letters.add(content[0])
        return letters == set("abcd")

    wait_until(all_writers_were_seen)
    stop.touch()
    while any(writer.poll() is None for writer in writers):
        all_writers_were_seen()
    assert [writer.returncode for writer in writers] == [0] * 4
    assert list(folder.iterdir()) == [file]


def test_two_pipelines_write_the_same_files(first_project, second_snapshot, tmp_path):
    project = copy_with_new_model(first_project, tmp_path / "project")
    processes = [project.start(PIPELINE) for _ in range(2)]
    for process in processes:
        _, error = process.communicate()
        assert (process.returncode, error) == (0, "")
    assert snapshot(project) == second_snapshot
    assert temporary_files(project) == []
