"""Which dataset and settings the tables were made of, so that no stage mixes old and new ones.

Each of the stages 3 to 5 records in a manifest beside its tables, such as `win_rates.manifest`, a
short hash of each column that it read of the dataset and the task results, and the settings that it
used. A later stage compares these with the present ones. Tables without a manifest, such as those
from elsewhere, are not compared. The content of the tables is not recorded, so they may be edited
by hand.
"""

import hashlib
import json
import os
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import config
from hal_analysis.paths import display_path, is_running, table_path, write_file
from hal_analysis.schema import TABLES

SETTINGS_OF_FRONTIERS = ["AVERAGE_REPEATS", "ZERO_COST_IS_UNKNOWN"]
SETTINGS_OF_WIN_RATES = ["COMMON_BENCHMARKS_ONLY", "MIN_BENCHMARKS", "TIE_CREDIT"]
SETTINGS = {
    "cost_accuracy_curve.py": SETTINGS_OF_FRONTIERS,
    "win_rates.py": SETTINGS_OF_FRONTIERS + SETTINGS_OF_WIN_RATES,
    "convex_hull.py": SETTINGS_OF_FRONTIERS + SETTINGS_OF_WIN_RATES,
}
MAX_WAIT = 10  # seconds, for another process that writes
PRECISION = 2.0**30  # of hashed numbers; spreadsheets write 15 digits


Hashes = dict[str, dict[str, str]]


def hash_sources(sources: Mapping[str, pd.DataFrame]) -> Hashes:
    """Return a short hash of each column of tables, of its text or of its numbers to nine digits.

    Parameters
    ----------
    sources : mapping of str to DataFrame
        The rows that a stage has read, by the name of their file.

    Returns
    -------
    dict of str to dict of str to str
        The hash of each column of each table.
    """
    return {
        name: {str(column): _hash(rows[column]) for column in rows}
        for name, rows in sources.items()
    }


@contextmanager
def record_sources(script: str, hashes: Hashes) -> Iterator[None]:
    """Record what the tables of a stage are made of, while the stage writes them.

    Until all of them are written, some may be those of an earlier run.

    Parameters
    ----------
    script : str
        The stage, as in `schema.TABLES`.
    hashes : dict
        Of the tables that the stage has read, from `hash_sources`.
    """
    values = {name: getattr(config, name) for name in SETTINGS[script]}
    origin = {"sources": hashes, "settings": values}
    earlier = [each for each in _read(script)["origins"] if each != origin]
    writer = f"{socket.gethostname()}.{os.getpid()}"
    _write(script, {"origins": [*earlier, origin], "writer": writer})
    yield
    _write(script, {"origins": [origin], "writer": ""})


def check_sources(scripts: Iterable[str], hashes: Hashes) -> None:
    """End the script with one sentence if a table was made of other sources or settings.

    Parameters
    ----------
    scripts : iterable of str
        The stages whose tables are compared.
    hashes : dict
        Of the present tables, from `hash_sources`; columns that only one side has read are not
        compared.
    """
    for script in scripts:
        manifest = _read_when_written(script)
        hint = f"run {script} again"
        if manifest["writer"] and not _is_writing(manifest["writer"]):
            sys.exit(f"{script} was interrupted, so its tables may be from different runs: {hint}.")
        first = next(name for name, table in TABLES.items() if table.script == script)
        for origin in manifest["origins"]:
            _check_origin(origin, hashes, display_path(table_path(first)), hint)


def has_manifest(script: str) -> bool:
    """Return whether a stage has written its tables to the present folder."""
    return _manifest_path(script).exists()


def _check_origin(origin: dict[str, Any], hashes: Hashes, path: Path | str, hint: str) -> None:
    for setting, value in origin["settings"].items():
        present = getattr(config, setting, value)
        if value != present:
            sys.exit(f"{path} was made with {setting} = {value}, which is now {present}: {hint}.")
    for source, columns in origin["sources"].items():
        source_path = table_path(source)
        for column, digest in columns.items():
            if digest != hashes.get(source, {}).get(column, digest):
                if not source_path.exists():
                    hint = f"it does not exist: run {TABLES[source].script} again"
                    sys.exit(f"{path} was made from {display_path(source_path)}, but {hint}.")
                sys.exit(
                    f"{path} was made from a different {display_path(source_path)} (column "
                    f"{column} differs): {hint}."
                )


def _read_when_written(script: str) -> dict[str, Any]:
    """Return the manifest of a stage, if possible after another process has written the tables."""
    give_up = time.monotonic() + MAX_WAIT
    while _is_writing((manifest := _read(script))["writer"]) and time.monotonic() < give_up:
        time.sleep(0.05)
    return manifest


def _is_writing(writer: str) -> bool:
    """Return whether another process of this machine is still writing the tables."""
    host, _, pid = writer.rpartition(".")
    is_here = host == socket.gethostname() and pid.isdecimal()
    return is_here and int(pid) != os.getpid() and is_running(int(pid))


def _hash(cells: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(cells):
        mantissas, exponents = np.frexp(cells.fillna(-1).to_numpy(dtype=float))
        content = np.rint(mantissas * PRECISION).tobytes() + exponents.tobytes()
    else:
        content = "\n".join(cells.to_numpy(dtype=object)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def _manifest_path(script: str) -> Path:
    return table_path(f"{Path(script).stem}.manifest")


def _read(script: str) -> dict[str, Any]:
    """Return the manifest of a stage, an empty one if there is none."""
    path = _manifest_path(script)
    hint = f"delete it and run {script} again"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for origin in manifest["origins"]:
            for columns in origin["sources"].values():
                columns.items()
            origin["settings"].items()
        manifest["writer"].split()
    except FileNotFoundError:
        return {"origins": [], "writer": ""}
    except OSError as error:
        sys.exit(f"{display_path(path)} cannot be read ({error.strerror}): {hint}.")
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        sys.exit(f"{display_path(path)} is damaged: {hint}.")
    return manifest


def _write(script: str, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=True)
    write_file(_manifest_path(script), [f"{text}\n".encode()])
