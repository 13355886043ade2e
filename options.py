"""The command-line options of stage 1, which `run_pipeline.py` passes on."""

import argparse
from pathlib import Path


def add_reading_options(parser):
    """Add to a parser what `generate_cleaned_dataset.main` takes, under the names that it takes."""
    parser.add_argument(
        "--data-dir",
        type=lambda text: Path(text).expanduser().resolve(),
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
        metavar="ADDRESS",
        help="read on the Dask cluster with its scheduler there, tcp://host:8786 say",
    )
    parser.add_argument(
        "--no-cache",
        dest="use_cache",
        action="store_false",
        help="read every trace anew, changed or not",
    )


def reading_options(arguments):
    """The options of `add_reading_options` out of parsed arguments, as a dict."""
    return {name: getattr(arguments, name) for name in ("data_dir", "jobs", "dask", "use_cache")}


def _at_least_one(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)
