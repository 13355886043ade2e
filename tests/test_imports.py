"""Importing a module has no side effects, and arrows between modules point down only."""

import ast
import subprocess
import sys

import pytest
from conftest import ROOT

STAGES = [
    "generate_cleaned_dataset",
    "check_data",
    "cost_accuracy_curve",
    "win_rates",
    "convex_hull",
    "visualizations",
]
SCRIPTS = [*STAGES, "run_pipeline", "config"]
PACKAGES = ["hal_analysis.loaders", "hal_analysis.metrics", "hal_analysis.plots"]
MODULES = SCRIPTS + [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "hal_analysis").rglob("*.py"))
]


def is_in(module, package):
    return f"{module}.".startswith(f"{package}.")


def modules_of(package):
    return [module for module in MODULES if is_in(module, package)]


SHARED = [m for m in modules_of("hal_analysis") if not any(is_in(m, p) for p in PACKAGES)]


def imported_names(module):
    """Return what a module imports anywhere in its source, as dotted names."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    if not path.exists():
        path = ROOT / module.replace(".", "/") / "__init__.py"
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def assert_imports_nothing_of(module, packages):
    forbidden = [
        name for name in imported_names(module) for package in packages if is_in(name, package)
    ]
    assert not forbidden, f"{module} imports {forbidden}"


@pytest.mark.parametrize("package", PACKAGES)
def test_loaders_metrics_and_plots_do_not_import_each_other(package):
    assert modules_of(package)
    for module in modules_of(package):
        assert_imports_nothing_of(module, set(PACKAGES) - {package})


def test_metrics_and_loaders_do_not_import_matplotlib():
    for module in modules_of("hal_analysis.metrics") + modules_of("hal_analysis.loaders"):
        assert_imports_nothing_of(module, ["matplotlib", "seaborn"])


def test_stages_do_not_import_stages():
    for stage in STAGES:
        assert_imports_nothing_of(stage, set(STAGES) - {stage})


def test_package_does_not_import_scripts():
    for module in modules_of("hal_analysis"):
        assert_imports_nothing_of(module, [*STAGES, "run_pipeline"])


def test_shared_modules_do_not_import_loaders_metrics_or_plots():
    assert "hal_analysis.tables" in SHARED
    for module in SHARED:
        assert_imports_nothing_of(module, PACKAGES)


def test_config_imports_nothing():
    assert imported_names("config") == set()


SIDE_EFFECTS = """
import importlib, logging, os, signal, threading

def state():
    matplotlib = sys.modules.get("matplotlib")
    return {
        "signal handlers": {s: signal.getsignal(s) for s in signal.valid_signals()},
        "excepthook": sys.excepthook,
        "rcParams": matplotlib and dict(matplotlib.rcParams),
        "stdout": (sys.stdout, sys.stdout.errors, sys.stdout.line_buffering),
        "stderr": (sys.stderr, sys.stderr.errors, sys.stderr.line_buffering),
        "logging": (logging.root.level, list(logging.root.handlers)),
        "threads": threading.enumerate(),
        "working directory": os.getcwd(),
        "environment": dict(os.environ),
    }

opened = []  # files of the project, except its source and its virtual environment
def record(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        is_in_project = path.startswith(sys.argv[1]) and not path.startswith(sys.prefix)
        if is_in_project and not path.endswith((".py", ".pyc")):
            opened.append(path)

def import_and_compare(names):
    before = state()
    for name in names:
        importlib.import_module(name)
    after = state()
    return [name for name in before if before[name] != after[name]]

sys.addaudithook(record)
without_matplotlib, others = [names.split() for names in sys.argv[2:]]
print("changed by metrics and loaders:", import_and_compare(without_matplotlib))
print("numpy, matplotlib loaded:", "numpy" in sys.modules, "matplotlib" in sys.modules)
import matplotlib, pandas
print("changed by all:", import_and_compare(others))
print("opened:", opened)
"""


def test_imports_have_no_side_effects_and_metrics_and_loaders_load_no_matplotlib(tmp_path):
    without_matplotlib = modules_of("hal_analysis.metrics") + modules_of("hal_analysis.loaders")
    # A fresh interpreter with the project on its path.
    code = f"import sys; sys.path.insert(0, sys.argv[1])\n{SIDE_EFFECTS}"
    arguments = [ROOT, " ".join(without_matplotlib), " ".join(MODULES)]
    process = subprocess.run(
        [sys.executable, "-B", "-c", code, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stderr == ""
    assert process.stdout.splitlines() == [
        "changed by metrics and loaders: []",
        "numpy, matplotlib loaded: True False",
        "changed by all: []",
        "opened: []",
    ]
    assert not list(tmp_path.iterdir())
