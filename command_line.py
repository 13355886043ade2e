"""The options of the scripts."""

import argparse
from pathlib import Path

# The options of each stage that has any, and under which name its `main` takes them.
OF_STAGE = {
    "generate_cleaned_dataset": {
        "--data-dir": "data_dir",
        "--jobs": "jobs",
        "--dask": "dask",
        "--no-cache": "use_cache",
        "--strict": "strict",
    },
    "win_rates": {"--common-benchmarks": "common_benchmarks"},
    "visualizations": {"--format": "formats"},
}


def run(main, stage, description):
    """Run a stage with the options it is called with and print what it says; its script's end."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    if stage == "generate_cleaned_dataset":
        add_reading_options(parser)
    if stage == "win_rates":
        add_comparing_options(parser)
    if stage == "visualizations":
        add_drawing_options(parser)
    print(main(**of_stage(parser.parse_args(), stage)))


def add_reading_options(parser):
    """Add to a parser what `generate_cleaned_dataset.main` takes, under the names that it takes."""
    parser.add_argument(
        "--data-dir",
        type=_folder,
        metavar="DIR",
        help="folder of traces (default: DATA_DIR in config.py)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs",
        type=_at_least_one,
        metavar="N",
        help="traces to read side by side (default: one a core)",
    )
    where.add_argument(
        "--dask",
        type=_given,
        metavar="ADDRESS",
        help="read on the Dask cluster with its scheduler there, tcp://host:8786 say",
    )
    parser.add_argument(
        "--no-cache",
        dest="use_cache",
        action="store_false",
        help="read every trace anew, changed or not",
    )
    parser.add_argument(
        "--strict", action="store_true", help="fail if any file is skipped, and say which"
    )


def add_comparing_options(parser):
    """Add to a parser what `win_rates.main` takes."""
    parser.add_argument(
        "--common-benchmarks",
        action="store_true",
        help="win rates and means over the benchmarks alone that all models ran on",
    )


def add_drawing_options(parser):
    """Add to a parser what `visualizations.main` takes."""
    parser.add_argument(
        "--format",
        dest="formats",
        type=_formats,
        default=("png",),
        metavar="KINDS",
        help="of the figures: png, pdf and svg, several with commas between (default: png)",
    )


def of_stage(arguments, stage):
    """The parsed options that the `main` of a stage takes, as a dict."""
    return {name: getattr(arguments, name) for name in OF_STAGE.get(stage, {}).values()}


def _folder(text):
    return Path(_given(text)).expanduser().resolve()


def _given(text):
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return text


def _formats(text):
    kinds = tuple(dict.fromkeys(text.lower().split(",")))
    if unknown := set(kinds) - {"png", "pdf", "svg"}:
        raise argparse.ArgumentTypeError(f"{min(unknown)!r} is none of png, pdf and svg")
    return kinds


def _at_least_one(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)
