"""Every write, fsync and rename of a run fails once: files stay old or new, the next run is right.

The functions of Python are replaced, not those of this project. Processes that draw figures are
copies of this one, so their calls fail, too. The cache of traces is left out: it holds times.
"""

import errno
import io
import multiprocessing
import os
import re
import shutil
from pathlib import Path

import pytest
from conftest import Project
from trace_files import write_run

import visualizations
from hal_analysis.metrics import bootstrap

pytestmark = pytest.mark.slow
TABLE_STAGES = ["--no-cache", "--only", "generate_cleaned_dataset", "check_data"]
TABLE_STAGES += ["cost_accuracy_curve", "win_rates", "convex_hull"]
FIGURE_STAGE = ["--only", "visualizations"]
ALL_FIGURES = dict(visualizations.FIGURES)
# Every call of these fails, and one call of each of the others.
FIGURES = [
    "heatmaps/max_acc_overall_win_rate_heatmap.png",
    "model_win_rates_max.png",
    "model_win_rates_pareto.png",
]
CALLS_OF_A_FILE = 3  # write, fsync, rename
RUNS = [
    ("b1", "A", 0.8, 10.0),
    ("b1", "B", 0.4, 2.0),
    ("b2", "A", 0.5, 4.0),
    ("b2", "B", 0.6, None),
]
NEW_RUN = ("b2", "C", 0.7, 1.0)


class HalfWrittenFile(io.FileIO):
    """A file of which only the first half is written, as on a full or broken disk."""

    number: int

    def write(self, content):
        super().write(content[: len(content) // 2])
        raise OSError(self.number, os.strerror(self.number))


class FailingCalls:
    """Let the n-th write, fsync or rename of a file fail, in whatever process it is."""

    def __init__(self, monkeypatch, failing=None, number=errno.ENOSPC):
        self.n_calls, self.failing, self.number = multiprocessing.Value("i"), failing, number
        open_file = Path.open

        def open_to_fail(path, mode="r", *arguments, **keywords):
            if mode == "wb" and self.is_to_fail():
                file = HalfWrittenFile(path, mode)
                file.number = number
                return file
            return open_file(path, mode, *arguments, **keywords)

        monkeypatch.setattr(Path, "open", open_to_fail)
        for owner, name in ((Path, "replace"), (os, "fsync")):
            self.replace(monkeypatch, owner, name)

    def is_to_fail(self):
        with self.n_calls:
            self.n_calls.value += 1
            return self.n_calls.value == self.failing

    def replace(self, monkeypatch, owner, name):
        function = getattr(owner, name)

        def call(*arguments):
            if self.is_to_fail():
                raise OSError(self.number, os.strerror(self.number))
            return function(*arguments)

        monkeypatch.setattr(owner, name, call)


def add_trace(project, *run):
    tasks = {"results__successful_tasks": ["1"], "results__failed_tasks": ["2", "3"]}
    write_run(project.traces, *run, **tasks)


def snapshot(project):
    """Return the content of each table and figure, and of the report, but not of the cache."""
    return {
        str(path.relative_to(project.folder)): path.read_bytes()
        for folder in (project.tables, project.figures.parent)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("trace_cache")
    }


@pytest.fixture(scope="module", autouse=True)
def fast_stages():
    """Intervals are not looked at here, so few resamples do; and few figures."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(bootstrap, "N_RESAMPLES", 9)
        figures = {name: visualizations.FIGURES[name] for name in FIGURES}
        monkeypatch.setattr(visualizations, "FIGURES", figures)
        bootstrap._resample_counts.cache_clear()
        yield
    bootstrap._resample_counts.cache_clear()


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """A project that has run, and its copy that has run again with one more trace."""
    old = Project(tmp_path_factory.mktemp("old") / "project")
    for run in RUNS:
        add_trace(old, *run)
    run_all(old)
    new = copy(old, tmp_path_factory.mktemp("new") / "project")
    add_trace(new, *NEW_RUN)
    run_all(new)
    return old, new


def run_all(project):
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        for stages in (TABLE_STAGES, FIGURE_STAGE):
            project.run_quietly("run_pipeline", *stages)


def copy(project, folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(project.folder, folder)
    return Project(folder)


def before_stages(states, stages, folder):
    """Return a copy of the old project in which only these stages have to run again."""
    old, new = states
    project = copy(old, folder)
    add_trace(project, *NEW_RUN)
    if stages == FIGURE_STAGE:
        shutil.copytree(new.tables, project.tables, dirs_exist_ok=True)
    return project


def count_calls(states, stages, folder):
    project = before_stages(states, stages, folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        calls = FailingCalls(monkeypatch)
        project.run_quietly("run_pipeline", *stages)
    return calls.n_calls.value


@pytest.mark.parametrize("stages", [TABLE_STAGES, FIGURE_STAGE], ids=["tables", "figures"])
def test_every_failing_call_leaves_old_or_new_files(states, stages, tmp_path, monkeypatch):
    old, new = map(snapshot, states)
    n_calls = count_calls(states, stages, tmp_path / "counted")
    n_files = len(FIGURES) + 1 if stages == FIGURE_STAGE else len([*states[1].tables.iterdir()])
    assert n_calls >= CALLS_OF_A_FILE * n_files
    assert n_calls % CALLS_OF_A_FILE == 0
    for failing in range(1, n_calls + 1):
        number = (errno.ENOSPC, errno.EIO)[failing % 2]
        project = before_stages(states, stages, tmp_path / "project")
        project.use(monkeypatch)
        with pytest.MonkeyPatch.context() as patched:
            FailingCalls(patched, failing, number)
            message = project.fail("run_pipeline", *stages)
        assert f"cannot be written ({os.strerror(number)}): free some space" in message
        for name, content in snapshot(project).items():
            is_intermediate = name.endswith(".manifest")  # says whether its tables are complete
            assert is_intermediate or content in (old.get(name), new[name]), (failing, name)
        project.run_quietly("run_pipeline", *stages)
        expected = new if stages == FIGURE_STAGE else new | without_tables(old)
        assert snapshot(project) == expected, failing


def without_tables(files):
    return {name: content for name, content in files.items() if not name.startswith("data/")}


def test_later_stages_refuse_what_a_failing_call_left_incomplete(states, tmp_path, monkeypatch):
    n_calls = count_calls(states, TABLE_STAGES, tmp_path / "counted")
    n_refused = 0
    for failing in range(1, n_calls + 1, CALLS_OF_A_FILE):  # the write of each file
        project = before_stages(states, TABLE_STAGES, tmp_path / "project")
        project.use(monkeypatch)
        with pytest.MonkeyPatch.context() as patched:
            FailingCalls(patched, failing)
            project.fail("run_pipeline", *TABLE_STAGES)
        try:
            project.run_quietly("visualizations", "--no-report")
        except SystemExit as refused:
            assert re.search(r"run \w+\.py", str(refused.code))
            n_refused += 1
    assert n_refused > 10


def test_failing_write_of_each_figure_and_of_the_report(states, tmp_path, monkeypatch):
    """Every figure fails once, in turn while it is written and while it is renamed."""
    monkeypatch.setattr(visualizations, "FIGURES", ALL_FIGURES)
    project = before_stages(states, FIGURE_STAGE, tmp_path / "project")
    project.use(monkeypatch)
    complete = copy(project, tmp_path / "complete")
    with pytest.MonkeyPatch.context() as patched:
        complete.use(patched)
        complete.run_quietly("visualizations")
    old, new = snapshot(project), snapshot(complete)
    files = [*(f"new_plots/{name}" for name in ALL_FIGURES), "report.html"]
    for place, name in enumerate(files):
        path = f"visualizations/{name}"
        before = snapshot(project).get(path)
        with pytest.MonkeyPatch.context() as patched:
            fail_to_write(patched, Path(name).name, is_renamed=place % 2 == 1)
            message = project.fail("visualizations")
        assert f"{path} cannot be written (No space left on device)" in message
        after = snapshot(project)
        assert after.get(path) == before, path
        assert all(content in (old.get(file), new[file]) for file, content in after.items())
    project.run_quietly("visualizations")
    assert snapshot(project) == new


def fail_to_write(monkeypatch, name, is_renamed):
    """Let the file with this name fail while it is written, or while it replaces the old one."""
    open_file, replace = Path.open, Path.replace

    def open_to_fail(path, mode="r", *arguments, **keywords):
        if mode == "wb" and name in path.name:
            file = HalfWrittenFile(path, mode)
            file.number = errno.ENOSPC
            return file
        return open_file(path, mode, *arguments, **keywords)

    def fail_to_replace(path, target):
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(path, target)

    if is_renamed:
        monkeypatch.setattr(Path, "replace", fail_to_replace)
    else:
        monkeypatch.setattr(Path, "open", open_to_fail)
