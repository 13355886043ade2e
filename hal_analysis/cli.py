"""Command-line options of the scripts, and how a stage is run.

This module imports only the standard library, so that `--help` and invalid arguments are reported
immediately. Everything else is imported when a stage runs.
"""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from hal_analysis import exit_handling
from hal_analysis.printing import print_lines

FORMATS = ("png", "pdf", "svg")

# The settings of config.py that options override.
OVERRIDES = {
    "data_dir": "DATA_DIR",
    "status_sheet": "STATUS_SHEET",
    "common_benchmarks": "COMMON_BENCHMARKS_ONLY",
    "formats": "FIGURE_FORMATS",
    "titles": "FIGURE_TITLES",
    "write_report": "WRITE_REPORT",
}


def run_stage(stage: str) -> NoReturn:
    """Run a stage as a script: parse its options, print its report, and exit.

    The stage is imported here, so that Ctrl-C and missing packages are handled on import, too.
    """

    def main() -> None:
        summary, *details = execute_stage(stage, parse_stage_options(stage))
        print_lines([summary, *details])

    exit_handling.run_script(main)


def parse_stage_options(stage: str, argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the options of a single stage; by default from the command line."""
    parser = argparse.ArgumentParser(
        prog=f"{stage}.py",
        description=f"Run stage {stage} of the pipeline (see README.md).",
        allow_abbrev=False,
    )
    OPTIONS_OF_STAGE[stage](parser)
    add_output_option(parser)
    return parser.parse_args(argv)


def execute_stage(stage: str, options: argparse.Namespace) -> list[str]:
    """Check `config.py`, apply the options and run a stage.

    Returns
    -------
    list of str
        A summary of one line, followed by lines of details.
    """
    apply_options(options)
    try:
        module = importlib.import_module(stage)
    except UnicodeDecodeError:  # matplotlib reads this file when it is imported
        sys.exit(
            "A file matplotlibrc, in the current folder or in the folder of settings of "
            "matplotlib, is not UTF-8: remove it, or run from another folder."
        )
    if stage == "generate_cleaned_dataset":
        return module.main(
            options.jobs, options.dask, options.use_cache, options.strict, options.verify
        )
    return module.main()


def apply_options(options: argparse.Namespace) -> None:
    """Check `config.py` and override its settings with the given options."""
    try:
        config: Any = importlib.import_module("config")
    except (ArithmeticError, AttributeError, NameError, TypeError, ValueError) as error:
        line = traceback.extract_tb(error.__traceback__)[-1].lineno
        hint = ": put text in quotation marks" if isinstance(error, NameError) else ""
        if (name := str(getattr(error, "name", ""))) in ("true", "false"):
            hint = f": write {name.title()}"
        sys.exit(f"config.py, line {line}: {error}{hint}.")
    settings = importlib.import_module("hal_analysis.settings")
    settings.check_config()
    for option, setting in OVERRIDES.items():
        value = getattr(options, option, None)
        if value is not None:
            setattr(config, setting, value)
    if options.output_dir is not None:
        config.TABLES_DIR = options.output_dir / "data"
        config.FIGURES_DIR = options.output_dir / "visualizations" / "new_plots"


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that all scripts have."""
    parser.add_argument(
        "--output-dir",
        type=_output_folder,
        metavar="DIR",
        help="use DIR/data and DIR/visualizations (default: the folders in config.py)",
    )


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `generate_cleaned_dataset.py`."""
    parser.add_argument(
        "--data-dir",
        type=_path_or_url,
        metavar="DIR",
        help="folder or URL of the traces, such as hf://datasets/agent-evals/hal_traces "
        "(default: DATA_DIR in config.py)",
    )
    executor = parser.add_mutually_exclusive_group()
    executor.add_argument(
        "--jobs",
        type=_positive_integer,
        metavar="N",
        help="number of traces to read at the same time (default: one per core, 16 for a URL)",
    )
    executor.add_argument(
        "--dask",
        type=_not_empty,
        metavar="ADDRESS",
        help="read on the Dask cluster whose scheduler has this address, such as tcp://host:8786",
    )
    parser.add_argument(
        "--no-cache",
        dest="use_cache",
        action="store_false",
        help="read every trace again, even if it is unchanged",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read and check every trace to its end, including the CRC of encrypted traces",
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit with an error if any file is skipped"
    )


def add_check_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `check_data.py`."""
    parser.add_argument(
        "--status-sheet",
        type=_path,
        metavar="FILE",
        help="CSV file of planned runs (default: STATUS_SHEET in config.py)",
    )


def add_comparison_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stages that compare models."""
    parser.add_argument(
        "--common-benchmarks",
        action="store_const",
        const=True,
        help="use only the benchmarks that every model ran on "
        "(default: COMMON_BENCHMARKS_ONLY in config.py)",
    )


def add_figure_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `visualizations.py`."""
    add_comparison_options(parser)
    parser.add_argument(
        "--format",
        dest="formats",
        type=_formats,
        metavar="FORMATS",
        help="formats of the figures: png, pdf and svg, separated by commas "
        "(default: FIGURE_FORMATS in config.py)",
    )
    parser.add_argument(
        "--no-titles",
        dest="titles",
        action="store_const",
        const=False,
        help="draw the figures without titles, for example for papers",
    )
    parser.add_argument(
        "--no-report",
        dest="write_report",
        action="store_const",
        const=False,
        help="do not write the interactive report, report.html",
    )


OPTIONS_OF_STAGE: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "generate_cleaned_dataset": add_reading_options,
    "check_data": add_check_options,
    "cost_accuracy_curve": lambda parser: None,
    "win_rates": add_comparison_options,
    "convex_hull": add_comparison_options,
    "visualizations": add_figure_options,
}


def stage_name(text: str) -> str:
    """Return the stage that a user names, with or without `.py`."""
    stage = text.removesuffix(".py")
    if stage not in OPTIONS_OF_STAGE:
        closest = get_close_matches(stage, OPTIONS_OF_STAGE, n=1)
        hint = f"choose from {', '.join(OPTIONS_OF_STAGE)}"
        if "," in stage:
            hint = "separate stages by spaces"
        elif closest:
            hint = f"did you mean {closest[0]}?"
        raise argparse.ArgumentTypeError(f"unknown stage {text!r}; {hint}")
    return stage


def _path(text: str) -> Path:
    return Path(_not_empty(text)).expanduser().resolve()


def _output_folder(text: str) -> Path:
    path = _path(text)
    if file := next(filter(os.path.isfile, (path, *path.parents)), None):
        raise argparse.ArgumentTypeError(f"{file} is a file, expected a folder")
    return path


def _path_or_url(text: str) -> Path | str:
    return text if "://" in text else _path(text)


def _not_empty(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("expected a value, got an empty string")
    return text


def _formats(text: str) -> list[str]:
    formats = list(dict.fromkeys(name.strip() for name in text.lower().split(",")))
    if unknown := sorted(set(formats) - set(FORMATS)):
        raise argparse.ArgumentTypeError(
            f"unknown format {unknown[0]!r}; choose from {', '.join(FORMATS)}"
        )
    return formats


def _positive_integer(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text!r}")
    return int(text)
