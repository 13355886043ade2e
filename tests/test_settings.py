"""Mistakes in config.py: wrong values, missing commas, and entries that match no run."""

import shutil
import subprocess
import sys

import pytest
from conftest import ROOT
from trace_files import changed, write_trace

import config
from hal_analysis import settings
from hal_analysis.config_source import find_missing_comma
from hal_analysis.shipped_entries import SHIPPED_ENTRIES

# Runs with names as the traces spell them: agent and benchmark, model and effort.
AGENTS = {("Some Agent (x)", "gaia"), ("Other Agent (x)", "gaia")}
RAW_MODELS = {
    ("openai/gpt-x-20260102", "high"),
    ("gemini-3-pro", None),
    ("gemini-3-pro", "high"),
}


# Values that no stage can use.


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TIE_CREDIT", None, "a number from 0 to 1"),
        ("TIE_CREDIT", 7, "a number from 0 to 1"),
        ("TIE_CREDIT", float("nan"), "a number from 0 to 1"),
        ("EXCLUDED_AGENTS", "S", "a list of names in [ ]"),
        ("EXCLUDED_MODELS", [1], "a list of names in [ ]"),
        ("PROVIDER_PREFIXES", None, "a list of names in [ ]"),
        ("SHEET_MODEL_MAP", {"a": 1}, "a map of names in { }, without empty ones"),
        ("MODEL_NAME_MAP", ["a"], "a map of names in { }, without empty ones"),
        ("MODEL_NAME_MAP", {"a": " "}, "a map of names in { }, without empty ones"),
        ("DATA_DIR", None, "the path of a folder in quotation marks"),
        ("TABLES_DIR", "", "the path of a folder in quotation marks"),
        ("STATUS_SHEET", 3, "the path of a file in quotation marks, or None"),
        ("COMMON_BENCHMARKS_ONLY", "yes", "True or False"),
        ("COMMON_BENCHMARKS_ONLY", 1, "True or False"),
        ("ZERO_COST_IS_UNKNOWN", 0, "True or False"),
        ("AVERAGE_REPEATS", None, "True or False"),
        ("PERTURBED_RUNS", "drop", "'exclude' or 'keep'"),
        ("PERTURBED_RUNS", True, "'exclude' or 'keep'"),
        ("MIN_BENCHMARKS", 0, "a positive integer"),
        ("MIN_BENCHMARKS", 5.0, "a positive integer"),
        ("MIN_BENCHMARKS", True, "a positive integer"),
        ("FIGURE_FORMATS", "png", "a list of png, pdf and svg"),
        ("FIGURE_FORMATS", ["png", "gif"], "a list of png, pdf and svg"),
        ("FIGURE_FORMATS", [], "a list of png, pdf and svg"),
    ],
)
def test_wrong_values(project, name, value, expected):
    project.configure(**{name: value})
    assert project.fail("win_rates") == f"config.py: {name} is {value!r}, expected {expected}."


@pytest.mark.parametrize("name", settings.SETTINGS)
def test_deleted_settings(project, monkeypatch, name):
    monkeypatch.delattr(config, name)
    sentence = project.fail("win_rates")
    assert (
        sentence
        == f"config.py has no {name}, expected {settings.SETTINGS[name]}: restore this setting."
    )


def test_every_setting_of_config_is_checked():
    assert {name for name in dir(config) if name.isupper()} == set(settings.SETTINGS)


def test_accepted_values(project):
    project.configure(
        TIE_CREDIT=0.5,
        EXCLUDED_AGENTS=("A",),
        EXCLUDED_MODELS=[],
        DATA_DIR=project.traces,
        STATUS_SHEET="plan.csv",
        FIGURE_FORMATS=["svg", "png"],
        ZERO_COST_IS_UNKNOWN=False,
        AVERAGE_REPEATS=False,
        PERTURBED_RUNS="keep",
        MIN_BENCHMARKS=1,
    )
    settings.check_config()


# Missing commas.


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("NAMES = [\n    'a'\n    'b',\n]\n", 2),
        ("NAMES = [\n    'a',\n    'b'  # a comment\n\n    'c',\n]\n", 3),
        ("NAMES = ['a' 'b']\n", 1),
        ("NAMES = ('a', ['b'\n'c'])\n", 1),
        ("MAP = {\n    'a': 'b',\n    'c': 'd'\n    'e': 'f',\n}\n", 3),  # not valid Python
        ("NAMES = [\n    'a',\n    'b'  'c' 'd': '',\n]\n", 3),  # not valid Python
        ("MAP = {\n    'a': 'b'\n    'c',\n}\n", 2),
        ("NAMES = [\n    '''a\n    b'''\n    'c',\n]\n", 3),
        ("NAMES = [\n    'a'\n    'b',\n", 2),  # without a closing bracket
        ("NAMES = ['a', 'b']\nMAP = {'a': 'b'}\n", None),
        ("NAMES = ['a', ('b' 'c')]\n", None),  # joined on purpose
        ("TEXT = 'a' 'b'\nTEXT = (\n    'a'\n    'b'\n)\n", None),
        ("NAMES = [\n    'a',\n", None),
        ("'''A docstring.'''\n'another'\n", None),
    ],
)
def test_find_missing_comma(source, line):
    assert find_missing_comma(source) == line


def test_shipped_config_has_no_missing_comma():
    assert find_missing_comma((ROOT / "config.py").read_text(encoding="utf-8")) is None


@pytest.fixture
def checkout(tmp_path):
    """A copy of the scripts and the package whose config.py tests may edit."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for path in ROOT.glob("*.py"):
        shutil.copy(path, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "hal_analysis", folder / "hal_analysis", ignore=ignored)
    return folder


def error_after_edit(checkout, old, new, script):
    """Run a script after an edit of config.py; return the line of the edit and the error."""
    path = checkout / "config.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    process = subprocess.run([sys.executable, checkout / script], capture_output=True, text=True)
    assert process.returncode == 1
    assert process.stdout == ""
    return text[: text.index(old)].count("\n") + 1, process.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"azure",', '"azure"', id="list"),
        pytest.param('"o1*",', '"o1*"  # all', id="before a comment"),
    ],
)
def test_missing_comma_in_valid_python(checkout, old, new):
    line, error = error_after_edit(checkout, old, new, "win_rates.py")
    assert error == (
        f"config.py, line {line}: a comma is missing at the end of this line; without it, Python "
        "joins two names.\n"
    )


@pytest.mark.parametrize("script", ["win_rates.py", "run_pipeline.py"])
def test_missing_comma_in_invalid_python(checkout, script):
    old = '"Browser-Use_test": "Browser-Use",'
    line, error = error_after_edit(checkout, old, old.removesuffix(","), script)
    assert error == (
        f"config.py, line {line}: a comma is missing at the end of this line; without it, "
        "Python joins two names.\n"
    )


def test_other_syntax_errors_name_the_line(checkout):
    line, error = error_after_edit(checkout, "TIE_CREDIT = 0", "TIE_CREDIT = = 0", "win_rates.py")
    assert error == f"config.py, line {line}: invalid syntax.\n"


@pytest.mark.parametrize(
    ("value", "hint"), [("true", "write True"), ("yes", "put text in quotation marks")]
)
def test_names_that_python_does_not_have(checkout, value, hint):
    line, error = error_after_edit(
        checkout, "WRITE_REPORT = True", f"WRITE_REPORT = {value}", "win_rates.py"
    )
    assert error == f"config.py, line {line}: name '{value}' is not defined: {hint}.\n"


def test_values_that_cannot_be_computed(checkout):
    line, error = error_after_edit(checkout, "TIE_CREDIT = 0", "TIE_CREDIT = 1 / 0", "win_rates.py")
    assert error == f"config.py, line {line}: division by zero.\n"


# Entries that match no run.


def test_shipped_entries_are_those_of_config():
    assert {name: list(getattr(config, name)) for name in SHIPPED_ENTRIES} == SHIPPED_ENTRIES


def test_shipped_entries_are_not_reported():
    assert settings.describe_unused_entries(set(), set()) == []
    assert settings.describe_unused_entries(AGENTS, RAW_MODELS) == []


@pytest.mark.parametrize(
    ("name", "entry", "closest"),
    [
        ("EXCLUDED_MODELS", "gemini-3-proo high", "gemini-3-pro high"),
        ("EXCLUDED_AGENTS", "Some Agnet", "Some Agent"),
        ("GENERALIST_AGENTS", "Other agent", "Other Agent"),
        ("AGENT_NAME_MAP", "Some Agent(x)", "Some Agent (x)"),
        ("AGENT_NAME_SHORT_MAP", "Some-Agent", "Some Agent"),
        ("MODEL_NAME_MAP", "openai/gpt-x-20260103", "openai/gpt-x-20260102"),
        ("EXCLUDED_MODELS", "nothing like it", None),
        ("MODEL_NAME_MAP", "gemini-3-*", "gemini-3-pro"),  # not a setting with patterns
        ("GENERALIST_AGENTS", "Some*", None),  # neither is this
    ],
)
def test_unused_entries_are_named_with_the_closest_name(name, entry, closest):
    entries = getattr(config, name)
    if isinstance(entries, dict):
        entries[entry] = "Renamed"
    else:
        entries.append(entry)
    lines = settings.describe_unused_entries(AGENTS, RAW_MODELS)
    hint = f"; the closest name is {closest!r}" if closest else ""
    assert lines == [f"{name} in config.py: {entry!r} matched no run{hint}"]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("EXCLUDED_MODELS", "gemini-3-pro high"),
        ("EXCLUDED_MODELS", "gpt-x*"),
        ("EXCLUDED_AGENTS", "Some A*"),
        ("GENERALIST_AGENTS", "Other Agent"),
        ("AGENT_NAME_MAP", "Some Agent (x)"),
        ("AGENT_NAME_MAP", "Some*"),
        ("AGENT_NAME_SHORT_MAP", "Some Agent"),
        ("MODEL_NAME_MAP", "openai/gpt-x-20260102"),
        ("MODEL_NAME_MAP", "gpt-x-20260102"),
        ("MODEL_NAME_MAP", "gpt-x-2026-01-02"),
        ("MODEL_NAME_MAP", "openai/gpt-x-20260102 high"),
        ("MODEL_NAME_MAP", "gpt-x-20260102 high"),
        ("MODEL_NAME_MAP", "gpt-x-2026-01-02 high"),
        ("MODEL_NAME_MAP", "gemini-3-pro"),
    ],
)
def test_used_entries_are_not_reported(name, entry):
    entries = getattr(config, name)
    if isinstance(entries, dict):
        entries[entry] = "Renamed"
    else:
        entries.append(entry)
    assert settings.describe_unused_entries(AGENTS, RAW_MODELS) == []


def test_stage_1_warns_about_unused_entries(project):
    write_trace(project.traces, "a.json", changed())
    project.configure(EXCLUDED_MODELS=["gpt-x-2026-01-02 hihg"], EXCLUDED_AGENTS=["No Agent*"])
    project.run("generate_cleaned_dataset")
    assert project.stderr.getvalue().splitlines() == [
        "Warning: EXCLUDED_MODELS in config.py: 'gpt-x-2026-01-02 hihg' matched no run; the "
        "closest name is 'gpt-x-2026-01-02 low'.",
        "Warning: EXCLUDED_AGENTS in config.py: 'No Agent*' matched no run.",
    ]


def test_entries_that_only_excluded_runs_match_are_used(project):
    write_trace(project.traces, "a.json", changed())
    excluded = changed(config__run_id="b", config__agent_args={"model_name": "other-model"})
    write_trace(project.traces, "b.json", excluded)
    project.configure(EXCLUDED_MODELS=["Renamed"])
    config.MODEL_NAME_MAP["other-model"] = "Renamed"
    output = project.run("generate_cleaned_dataset")
    assert "1 run in 2 files" in output
    assert project.stderr.getvalue() == ""
