"""Every write and rename of a run fails once: files stay old or new, the next run is right."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from conftest import Project

from hal_analysis.metrics import bootstrap

pytestmark = pytest.mark.slow
STAGES = ["check_data", "cost_accuracy_curve", "win_rates", "convex_hull"]
RUNS = [
    ("b1", "S", "A", 0.8, 10.0, 3.0),
    ("b1", "S", "B", 0.4, 2.0, 4.0),
    ("b2", "S", "A", 0.5, 4.0, 5.0),
    ("b2", "S", "B", 0.6, None, None),
]
NEW_RUNS = [*RUNS, ("b2", "S", "C", 0.7, 1.0, 2.0)]


class FailingWrites:
    """Let the n-th write, fsync or rename of a file fail, as on a full or broken disk."""

    def __init__(self, monkeypatch, failing=None, number=errno.ENOSPC):
        self.n_calls, self.failing, self.number = 0, failing, number
        self.replace(monkeypatch, Path, "write_bytes", self.write_half)
        for owner, name in ((Path, "replace"), (os, "replace"), (os, "fsync")):
            self.replace(monkeypatch, owner, name)

    def replace(self, monkeypatch, owner, name, before=lambda *arguments: None):
        function = getattr(owner, name)

        def call(*arguments, **keywords):
            self.n_calls += 1
            if self.n_calls == self.failing:
                before(*arguments)
                raise OSError(self.number, os.strerror(self.number))
            return function(*arguments, **keywords)

        monkeypatch.setattr(owner, name, call)

    @staticmethod
    def write_half(path, content):
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(content[: len(content) // 2])


def snapshot(project):
    return {path.name: path.read_bytes() for path in project.tables.iterdir()}


@pytest.fixture(scope="module", autouse=True)
def few_resamples():
    """Intervals are not looked at here; few resamples save time."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(bootstrap, "N_RESAMPLES", 9)
        bootstrap._resample_counts.cache_clear()
        yield
    bootstrap._resample_counts.cache_clear()


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """The tables of the old and of the new dataset, and the project with the old ones."""
    project = Project(tmp_path_factory.mktemp("writes") / "project")
    snapshots = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        for runs in (NEW_RUNS, RUNS):
            project.write_runs(runs)
            project.run_quietly("run_pipeline", "--only", *STAGES)
            snapshots.append(snapshot(project))
    return project, snapshots[1], snapshots[0]


def count_calls(states, folder):
    project = states[0].copy_to(folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        writes = FailingWrites(monkeypatch)
        project.run_quietly("run_pipeline", "--only", *STAGES)
    return writes.n_calls


def test_every_failing_write_leaves_old_or_new_files(states, tmp_path):
    unchanged, old, new = states
    n_calls = count_calls(states, tmp_path / "counted")
    assert n_calls >= 2 * len(new) - 2  # all files but the dataset
    for failing in range(1, n_calls + 1):
        number = (errno.ENOSPC, errno.EIO)[failing // 2 % 2]
        project = unchanged.copy_to(tmp_path / "project")
        with pytest.MonkeyPatch.context() as monkeypatch:
            project.use(monkeypatch)
            project.write_runs(NEW_RUNS)
            with pytest.MonkeyPatch.context() as patched:
                FailingWrites(patched, failing, number)
                message = project.fail("run_pipeline", "--only", *STAGES)
            assert f"cannot be written ({os.strerror(number)}): free some space" in message
            for name, content in snapshot(project).items():
                is_intermediate = name == "tables.manifest"  # says which tables are complete
                assert is_intermediate or content in (old.get(name), new[name]), (failing, name)
            project.run_quietly("run_pipeline", "--only", *STAGES)
            assert snapshot(project) == new, failing
        shutil.rmtree(project.folder)


def test_later_stages_refuse_what_a_failing_write_left_incomplete(states, tmp_path):
    unchanged = states[0]
    for failing in range(1, count_calls(states, tmp_path / "counted") + 1):
        project = unchanged.copy_to(tmp_path / "project")
        with pytest.MonkeyPatch.context() as monkeypatch:
            project.use(monkeypatch)
            with pytest.MonkeyPatch.context() as patched:
                FailingWrites(patched, failing)
                project.fail("run_pipeline", "--only", *STAGES)
            try:
                project.run_quietly("convex_hull")
            except SystemExit as refused:
                assert "may be incomplete" in str(refused.code)
        shutil.rmtree(project.folder)
