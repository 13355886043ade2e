"""Projects to run stages in: in process by default, as subprocesses where a test needs one."""

import contextlib
import copy
import fcntl
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from small_runs import RUNS

import config
import run_pipeline
from hal_analysis import cli, paths

# The same examples every time, and no failure because the machine is busy.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

ROOT = paths.ROOT
# pandas before 3 rounds numbers unless it is told not to.
EXACT = {"float_precision": "round_trip"} if pd.__version__ < "3" else {}


class Project:
    """A folder with traces, tables and figures that stages are run on.

    `run` and `fail` run a stage in this process, with the folder as the project's root; `start`
    starts a script as a user would.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.traces = folder / "sample_traces"
        self.tables = folder / "data"
        self.figures = folder / "visualizations" / "new_plots"
        self.traces.mkdir(parents=True, exist_ok=True)
        self.tables.mkdir(exist_ok=True)

    def use(self, monkeypatch):
        """Let stages and figures in this process use the folders of this project."""
        monkeypatch.setattr(paths, "ROOT", self.folder)
        monkeypatch.chdir(self.folder)
        monkeypatch.setattr(config, "DATA_DIR", self.traces)
        monkeypatch.setattr(config, "TABLES_DIR", self.tables)
        monkeypatch.setattr(config, "FIGURES_DIR", self.figures)

    def copy_to(self, folder):
        """Copy traces and tables, not figures."""
        project = Project(folder)
        for part in ("sample_traces", "data"):
            shutil.copytree(self.folder / part, folder / part, dirs_exist_ok=True)
        return project

    def add_sample(self):
        shutil.copytree(ROOT / "sample_traces", self.traces, dirs_exist_ok=True)

    def configure(self, **settings):
        """Override settings of config.py; the fixture `restore_config` resets them."""
        for name, value in settings.items():
            setattr(config, name, value)

    def run(self, script, *argv):
        """Run a script that must succeed in this process; return what it prints on the screen."""
        output, self.stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(self.stderr):
            if script == "run_pipeline":
                run_pipeline.main([*map(str, argv)])
            else:
                options = cli.parse_stage_options(script, [*map(str, argv)])
                print("\n".join(cli.execute_stage(script, options)))
        return output.getvalue()

    def run_quietly(self, script, *argv):
        """Run a script that must succeed without warnings; return what it prints."""
        output = self.run(script, *argv)
        assert self.stderr.getvalue() == ""
        return output

    def fail(self, script, *argv):
        """Run a script that must end with one sentence in this process; return the sentence."""
        with pytest.raises(SystemExit) as error:
            self.run(script, *argv)
        sentence = error.value.code
        assert isinstance(sentence, str)
        assert "\n" not in sentence
        return sentence

    def start(self, script, *argv, **options):
        """Start a script from another working directory, with the folders of this project."""
        folders = ["--output-dir", self.folder]
        reads_traces = script in ("run_pipeline.py", "generate_cleaned_dataset.py")
        if reads_traces and not {"--from", "--only"} & {*argv}:
            folders += ["--data-dir", self.traces]
        return subprocess.Popen(
            [sys.executable, ROOT / script, *folders, *argv],
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            **options,
        )

    def run_script(self, script, *argv, **options):
        """Run a script to its end; return the finished process."""
        process = self.start(script, *argv, **options)
        output, error = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output, error)

    def table(self, name):
        return pd.read_csv(self.tables / name, **EXACT)

    def remove_manifests(self):
        """Leave the tables as if they came from elsewhere."""
        for path in self.tables.glob("*.manifest"):
            path.unlink()

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
            tasks=None,
            accuracy_ci_low=None,
            accuracy_ci_high=None,
            prompt_tokens=None,
            completion_tokens=None,
        )
        dataset.to_csv(self.tables / "cleaned_all_metrics.csv", index=False)


@pytest.fixture(autouse=True)
def restore_config():
    """Undo what a test, or an option of a script it runs, changes in config.py."""
    before = {name: copy.deepcopy(getattr(config, name)) for name in dir(config) if name.isupper()}
    yield
    for name, value in before.items():
        setattr(config, name, value)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project that the stages in this process use."""
    project = Project(tmp_path / "project")
    project.use(monkeypatch)
    return project


@pytest.fixture(scope="session")
def small_project(tmp_path_factory):
    """A project that has run stages 3 to 5 on a dataset computed by hand; read-only."""
    project = Project(tmp_path_factory.mktemp("small") / "project")
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        project.write_runs(RUNS)
        stages = ("cost_accuracy_curve", "win_rates", "convex_hull")
        project.output = {stage: project.run(stage) for stage in stages}
    return project


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory):
    """A project that has run the whole pipeline on the sample, once for all workers; read-only."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-"):  # of one of several workers
        shared = shared.parent
    folder, log = shared / "sample" / "project", shared / "sample.log"
    with (shared / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not log.exists():
            command = [sys.executable, ROOT / "run_pipeline.py", "--output-dir", folder]
            log.write_text(subprocess.check_output(command, text=True), encoding="utf-8")
    project = Project(folder)
    project.output = log.read_text(encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A browser that saves files to a folder of this test run."""
    from browser_page import start_browser  # selenium takes long to import

    page = start_browser(tmp_path_factory.mktemp("downloads"), tmp_path_factory.mktemp("profile"))
    yield page
    page.driver.quit()


@pytest.fixture(scope="module")
def sample_report(sample_project):
    return sample_project.folder / "visualizations" / "report.html"


@pytest.fixture(scope="module")
def tasks_report(tmp_path_factory):
    from report_projects import RUNS, make_report, run_stages_with_tasks

    folder = tmp_path_factory.mktemp("tasks") / "project"
    return make_report(folder, RUNS, run_stages_with_tasks)
