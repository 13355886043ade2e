"""A copy of the project to run scripts in, as a user would: by name, from elsewhere."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

# The same examples every time, and no test fails because the machine is busy.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent


class Project:
    """A copy of the project's scripts with empty folders for traces, tables and figures."""

    def __init__(self, folder):
        self.folder = folder
        self.traces = folder / "sample_traces"
        self.tables = folder / "data"
        self.figures = folder / "visualizations" / "new_plots"
        self.traces.mkdir(parents=True)
        self.tables.mkdir()
        for script in ROOT.glob("*.py"):
            shutil.copy(script, folder)

    def copy_to(self, folder):
        """A copy with all its traces and tables, without figures."""
        copy = Project(folder)
        for part in ("sample_traces", "data"):
            shutil.copytree(self.folder / part, folder / part, dirs_exist_ok=True)
        return copy

    def add_sample(self):
        shutil.copytree(ROOT / "sample_traces", self.traces, dirs_exist_ok=True)
        shutil.copy(ROOT / "data" / "agent_run_status.csv", self.tables)

    def configure(self, text):
        with (self.folder / "config.py").open("a", encoding="utf-8") as config:
            config.write(text)

    def start(self, script, *arguments, **options):
        """Start a script from another working directory; return the process."""
        return subprocess.Popen(
            [sys.executable, self.folder / script, *arguments],
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            **options,
        )

    def run(self, script, *arguments):
        """Run a script to its end; return the finished process."""
        process = self.start(script, *arguments)
        out, error = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    def run_well(self, script, *arguments):
        """Run a script that must succeed; return what it printed."""
        process = self.run(script, *arguments)
        assert process.returncode == 0, process.stderr
        assert process.stderr == ""
        return process.stdout

    def fail(self, script, *arguments):
        """Run a script that must fail in one sentence; return it."""
        process = self.run(script, *arguments)
        assert process.returncode == 1, process.stdout + process.stderr
        assert len(process.stderr.splitlines()) == 1, process.stderr
        return process.stderr.strip()

    def table(self, name):
        return pd.read_csv(self.tables / name)

    def write_table(self, name, text):
        (self.tables / name).write_text(text, encoding="utf-8")

    def write_runs(self, rows):
        """Write the dataset from (benchmark, scaffold, model, accuracy, cost, latency) rows."""
        columns = [
            "benchmark_name",
            "agent_name_short",
            "model_name_short",
            "accuracy",
            "total_cost",
            "mean_latency",
        ]
        dataset = pd.DataFrame(rows, columns=columns).assign(
            agent_name="a",
            date="2026-01-01",
            run_id=[f"run{number}" for number in range(len(rows))],
            agent_args="{}",
            run_command="",
            latencies_per_task="[]",
        )
        dataset.to_csv(self.tables / "cleaned_all_metrics.csv", index=False)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory):
    """A project that has run the whole pipeline on the sample; not to be changed."""
    project = Project(tmp_path_factory.mktemp("sample") / "project")
    project.add_sample()
    project.output = project.run_well("run_pipeline.py")
    return project
