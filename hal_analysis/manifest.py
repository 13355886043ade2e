"""Which dataset and settings the tables were made of, so that no stage mixes old and new ones.

Stages 3 to 5 record in `tables.manifest`, beside the tables, a short hash of each column that they
read of the dataset and the task results, and the settings that they used. A later stage compares
these with the present ones. Tables that are not in the manifest, such as those from elsewhere, are
not compared. The content of the tables is not recorded, so they may be edited by hand.
"""

import hashlib
import json
import os
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

import config
from hal_analysis.paths import display_path, is_running, table_path, write_file
from hal_analysis.schema import TABLES

MANIFEST = "tables.manifest"
SETTINGS = {
    "cost_accuracy_curve.py": ["AVERAGE_REPEATS", "ZERO_COST_IS_UNKNOWN"],
    "win_rates.py": [
        "AVERAGE_REPEATS",
        "COMMON_BENCHMARKS_ONLY",
        "MIN_BENCHMARKS",
        "TIE_CREDIT",
        "ZERO_COST_IS_UNKNOWN",
    ],
    "convex_hull.py": ["AVERAGE_REPEATS", "COMMON_BENCHMARKS_ONLY", "ZERO_COST_IS_UNKNOWN"],
}
# The stages that this process has completed, by manifest. Another pipeline that writes the manifest
# at the same moment may restore an older entry.
_completed: set[tuple[Path, str]] = set()
HINT = "delete it and run the stages from cost_accuracy_curve.py on again"
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

    Until all of them are written, they are recorded as incomplete, with the process that writes.

    Parameters
    ----------
    script : str
        The stage, as in `schema.TABLES`.
    hashes : dict
        Of the tables that the stage has read, from `hash_sources`.
    """
    names = [name for name, table in TABLES.items() if table.script == script]
    entry = {
        "sources": hashes,
        "settings": {name: getattr(config, name) for name in SETTINGS[script]},
    }
    writer = f"{socket.gethostname()}.{os.getpid()}"
    incomplete = {"sources": {}, "settings": {}, "writer": writer}
    _write(_read() | dict.fromkeys(names, incomplete))
    yield
    _write(_read() | dict.fromkeys(names, entry))
    _completed.add((table_path(MANIFEST), script))


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
    recorded = _read()
    for name in [name for name in TABLES if TABLES[name].script in scripts and name in recorded]:
        path, entry = display_path(table_path(name)), recorded[name]
        hint = f"run {TABLES[name].script} again, which writes {path}"
        is_completed = (table_path(MANIFEST), TABLES[name].script) in _completed
        if entry is None or (_is_interrupted(entry) and not is_completed):
            sys.exit(f"{path} may be incomplete, since its stage was interrupted: {hint}.")
        for setting, value in entry["settings"].items():
            if value != getattr(config, setting):
                sys.exit(
                    f"{path} was made with {setting} = {value}, which is now "
                    f"{getattr(config, setting)}: {hint}."
                )
        for source, columns in entry["sources"].items():
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


def _is_interrupted(entry: dict) -> bool:
    """Return whether no other process of this machine is still writing a table."""
    host, _, pid = entry.get("writer", "").rpartition(".")
    if not host:
        return False
    is_here = host == socket.gethostname() and pid.isdecimal()
    return not is_here or int(pid) == os.getpid() or not is_running(int(pid))


def _hash(cells: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(cells):
        mantissas, exponents = np.frexp(cells.fillna(-1).to_numpy(dtype=float))
        content = np.rint(mantissas * PRECISION).tobytes() + exponents.tobytes()
    else:
        content = "\n".join(cells.to_numpy(dtype=object)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def _read() -> dict[str, dict | None]:
    """Return what the manifest says about each table, None for an incomplete one."""
    path = table_path(MANIFEST)
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        for entry in filter(None, recorded.values()):
            for columns in entry["sources"].values():
                columns.items()
            entry["settings"].items()
            entry.get("writer", "").split()
    except FileNotFoundError:
        return {}
    except OSError as error:
        sys.exit(f"{display_path(path)} cannot be read ({error.strerror}): {HINT}.")
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        sys.exit(f"{display_path(path)} is damaged: {HINT}.")
    return recorded


def _write(recorded: dict[str, dict | None]) -> None:
    text = json.dumps(recorded, indent=1, sort_keys=True)
    write_file(table_path(MANIFEST), [f"{text}\n".encode()])
