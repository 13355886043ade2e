"""Command-line options: help, wrong arguments, and what each option changes."""

import subprocess
import sys

import pytest
from conftest import ROOT

import config
import run_pipeline
from hal_analysis import cli

STAGES = list(cli.OPTIONS_OF_STAGE)
LIBRARIES = {"pandas", "numpy", "scipy", "matplotlib", "cryptography"}


def usage_error(capsys, *argv, parse=run_pipeline.parse_options):
    """Return the error that wrong arguments of the pipeline, or of a stage, end with."""
    with pytest.raises(SystemExit) as error:
        parse([*argv])
    assert error.value.code == 2
    output, message = capsys.readouterr()
    assert output == ""
    return message.splitlines()[-1].split("error: ")[1]


def parse_stage(stage):
    return lambda argv: cli.parse_stage_options(stage, argv)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--only", "winrates"], "--only: unknown stage 'winrates'; did you mean win_rates?"),
        (["--from", "convex-hull.py"], "--from: unknown stage 'convex-hull.py'; did you mean "),
        (
            ["--only", "x"],
            "--only: unknown stage 'x'; choose from generate_cleaned_dataset, check_data, "
            "cost_accuracy_curve, win_rates, convex_hull, visualizations",
        ),
        (
            ["--only", "check_data,win_rates"],
            "--only: unknown stage 'check_data,win_rates'; separate stages by spaces",
        ),
        (["--from", "win_rates", "--only", "x"], "--only: unknown stage 'x'; choose from "),
        (["--from", "win_rates", "--only", "win_rates"], "--only: not allowed with argument "),
        (["--jobs=0"], "--jobs: expected a positive integer, got '0'"),
        (["--jobs=-1"], "--jobs: expected a positive integer, got '-1'"),
        (["--jobs=x"], "--jobs: expected a positive integer, got 'x'"),
        (["--jobs=1.5"], "--jobs: expected a positive integer, got '1.5'"),
        (["--jobs=2", "--dask=tcp://a:1"], "--dask: not allowed with argument --jobs"),
        (["--data-dir", ""], "--data-dir: expected a value, got an empty string"),
        (["--output-dir", ""], "--output-dir: expected a value, got an empty string"),
        (["--status-sheet", ""], "--status-sheet: expected a value, got an empty string"),
        (["--dask", ""], "--dask: expected a value, got an empty string"),
        (["--format", "png,gif"], "--format: unknown format 'gif'; choose from png, pdf, svg"),
        (["--format", ""], "--format: unknown format ''; choose from png, pdf, svg"),
    ],
)
def test_wrong_arguments_of_the_pipeline(capsys, arguments, expected):
    assert usage_error(capsys, *arguments).startswith(f"argument {expected}")


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["--only", "win_rates", "--data-dir", "x"], "--data-dir"),
        (["--from", "convex_hull", "--jobs=3"], "--jobs=3"),
        (["--no-report", "--only", "check_data", "--quiet"], "--no-report"),
        (["--only", "cost_accuracy_curve", "--common-benchmarks"], "--common-benchmarks"),
    ],
)
def test_options_of_stages_that_do_not_run_are_errors(capsys, arguments, option):
    expected = f"{option} has no effect on the selected stages"
    assert usage_error(capsys, *arguments) == expected


@pytest.mark.parametrize("parse", [run_pipeline.parse_options, parse_stage("check_data")])
def test_abbreviated_options_are_errors(capsys, parse):
    arguments = ["--output", "out", "--status", "plan.csv"]
    assert usage_error(capsys, *arguments, parse=parse) == (
        "unrecognized arguments: --output out --status plan.csv"
    )


@pytest.mark.parametrize("parse", [run_pipeline.parse_options, parse_stage("check_data")])
@pytest.mark.parametrize("path", ["results.csv", "results.csv/new"])
def test_file_as_output_folder_is_an_error(capsys, tmp_path, monkeypatch, parse, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results.csv").touch()
    assert usage_error(capsys, "--output-dir", path, parse=parse) == (
        f"argument --output-dir: {tmp_path}/results.csv is a file, expected a folder"
    )


def test_options_of_any_selected_stage_are_accepted():
    arguments = ["--only", "win_rates", "visualizations", "--common-benchmarks", "--no-report"]
    options = run_pipeline.parse_options(arguments)
    assert (options.common_benchmarks, options.write_report) == (True, False)


@pytest.mark.parametrize(
    ("stage", "arguments"),
    [
        ("cost_accuracy_curve", ["--common-benchmarks"]),
        ("win_rates", ["--format", "pdf"]),
        ("visualizations", ["--data-dir", "x"]),
        ("check_data", ["--quiet"]),
    ],
)
def test_options_of_other_stages_are_not_accepted(capsys, stage, arguments):
    error = usage_error(capsys, *arguments, parse=parse_stage(stage))
    assert error == f"unrecognized arguments: {' '.join(arguments)}"


@pytest.mark.parametrize("stage", STAGES)
def test_help_of_a_stage_names_its_options(capsys, stage):
    with pytest.raises(SystemExit) as error:
        cli.parse_stage_options(stage, ["--help"])
    assert error.value.code == 0
    output = capsys.readouterr().out
    assert output.startswith(f"usage: {stage}.py ")
    assert "--output-dir DIR" in output
    assert ("--status-sheet FILE" in output) == (stage == "check_data")
    assert ("--format FORMATS" in output) == (stage == "visualizations")


def test_help_of_the_pipeline_has_examples(capsys):
    with pytest.raises(SystemExit) as error:
        run_pipeline.parse_options(["--help"])
    assert error.value.code == 0
    output = capsys.readouterr().out
    assert "python run_pipeline.py --data-dir my_traces --output-dir my_results" in output
    assert all(stage in output for stage in STAGES)


@pytest.mark.parametrize(
    "text", ["pdf, svg", "pdf,svg", " PDF ,svg", "pdf,svg,pdf"], ids=lambda text: repr(text)
)
def test_formats(text):
    assert run_pipeline.parse_options(["--format", text]).formats == ["pdf", "svg"]


@pytest.mark.parametrize("name", ["win_rates", "win_rates.py"])
def test_stage_names_may_end_with_py(name):
    assert cli.stage_name(name) == "win_rates"


def test_options_override_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cli.apply_options(
        run_pipeline.parse_options(
            [
                *("--data-dir", "traces", "--status-sheet", "~/plan.csv", "--output-dir", "out"),
                *("--format", "svg", "--common-benchmarks"),
            ]
        )
    )
    expected = {
        "DATA_DIR": tmp_path / "traces",
        "STATUS_SHEET": tmp_path / "home" / "plan.csv",
        "TABLES_DIR": tmp_path / "out" / "data",
        "FIGURES_DIR": tmp_path / "out" / "visualizations" / "new_plots",
        "FIGURE_FORMATS": ["svg"],
        "COMMON_BENCHMARKS_ONLY": True,
    }
    assert {name: getattr(config, name) for name in expected} == expected


def test_options_that_are_not_given_leave_config_unchanged():
    before = {name: getattr(config, name) for name in dir(config) if name.isupper()}
    cli.apply_options(run_pipeline.parse_options([]))
    for stage in STAGES:
        cli.apply_options(cli.parse_stage_options(stage, []))
    assert {name: getattr(config, name) for name in before} == before


@pytest.mark.parametrize(
    ("script", "arguments", "code"),
    [
        ("run_pipeline.py", ["--help"], 0),
        ("run_pipeline.py", ["--only", "winrates"], 2),
        ("win_rates.py", ["--help"], 0),
        ("visualizations.py", ["--format", "gif"], 2),
    ],
)
def test_help_and_wrong_arguments_are_answered_without_libraries(script, arguments, code):
    command = [sys.executable, "-X", "importtime", ROOT / script, *arguments]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == code
    modules = {line.split("|")[-1].strip() for line in process.stderr.splitlines()}
    assert "argparse" in modules
    assert not modules & LIBRARIES
