"""Validation of `config.py`: values that no stage can use, and entries that match no run."""

import inspect
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import config
from hal_analysis.config_source import find_missing_comma
from hal_analysis.models import model_name, model_name_keys
from hal_analysis.names import matches, scaffold_before_renaming, scaffold_name
from hal_analysis.shipped_entries import SHIPPED_ENTRIES

PATH = "the path of a folder in quotation marks"
PATH_OR_NONE = "the path of a file in quotation marks, or None"
MAP = "a map of names in { }, without empty ones"
NAMES = "a list of names in [ ]"
FORMATS = "a list of png, pdf and svg"
FRACTION = "a number from 0 to 1"
SWITCH = "True or False"
COUNT = "a positive integer"
PERTURBED = "'exclude' or 'keep'"
ORDER = "'win rate', 'mean cost' or 'name'"
WIDTH = "a number of inches from 3 to 30"

RANGES = {FRACTION: (0, 1), WIDTH: (3, 30)}
CHOICES = {PERTURBED: ("exclude", "keep"), ORDER: ("win rate", "mean cost", "name")}

SETTINGS = {
    "DATA_DIR": PATH,
    "TABLES_DIR": PATH,
    "FIGURES_DIR": PATH,
    "STATUS_SHEET": PATH_OR_NONE,
    "MODEL_NAME_MAP": MAP,
    "PROVIDER_PREFIXES": NAMES,
    "AGENT_NAME_MAP": MAP,
    "AGENT_NAME_SHORT_MAP": MAP,
    "SHEET_BENCHMARK_MAP": MAP,
    "SHEET_AGENT_MAP": MAP,
    "SHEET_MODEL_MAP": MAP,
    "EXCLUDED_MODELS": NAMES,
    "EXCLUDED_AGENTS": NAMES,
    "GENERALIST_AGENTS": NAMES,
    "ZERO_COST_IS_UNKNOWN": SWITCH,
    "AVERAGE_REPEATS": SWITCH,
    "PERTURBED_RUNS": PERTURBED,
    "MIN_BENCHMARKS": COUNT,
    "TIE_CREDIT": FRACTION,
    "COMMON_BENCHMARKS_ONLY": SWITCH,
    "FIGURE_FORMATS": FORMATS,
    "FIGURE_WIDTH": WIDTH,
    "FIGURE_ORDER": ORDER,
    "FIGURE_TITLES": SWITCH,
    "WRITE_REPORT": SWITCH,
}

WITHOUT_PATTERNS = ("MODEL_NAME_MAP", "GENERALIST_AGENTS")  # entries are exact names


def check_config() -> None:
    """End the script with one sentence if `config.py` holds a value that no stage can use."""
    if line := find_missing_comma(inspect.getsource(config)):
        sys.exit(
            f"config.py, line {line}: a comma is missing at the end of this line; without it, "
            "Python joins two names."
        )
    for name in filter(str.isupper, vars(config)):
        if name not in SETTINGS:
            closest = get_close_matches(name, SETTINGS, n=1)
            hint = f"did you mean {closest[0]}?" if closest else "remove it."
            sys.exit(f"config.py: unknown setting {name}; {hint}")
    for name, expected in SETTINGS.items():
        if not hasattr(config, name):
            sys.exit(f"config.py has no {name}, expected {expected}: restore this setting.")
        value = getattr(config, name)
        if not _is_valid(value, expected):
            sys.exit(f"config.py: {name} is {value!r}, expected {expected}.")


def describe_unused_entries(
    agents: set[tuple[str, str]], models: set[tuple[str, str | None]]
) -> list[str]:
    """Name the user's entries of `config.py` that match no run.

    Entries that the project ships are not reported; most data sets use only some of them.

    Parameters
    ----------
    agents : set of (agent, benchmark)
    models : set of (model, effort)
        Names as the traces spell them, of all usable runs, excluded ones included.

    Returns
    -------
    list of str
        One line for each entry, with the most similar name that exists.
    """
    scaffolds = {scaffold_name(*agent) for agent in agents}
    existing_names = {
        "MODEL_NAME_MAP": {key for model in models for key in model_name_keys(*model)},
        "AGENT_NAME_MAP": {agent for agent, _ in agents},
        "AGENT_NAME_SHORT_MAP": {scaffold_before_renaming(*agent) for agent in agents},
        "EXCLUDED_MODELS": {model_name(*model) for model in models},
        "EXCLUDED_AGENTS": scaffolds,
        "GENERALIST_AGENTS": scaffolds,
    }
    lines = []
    for setting, existing in existing_names.items():
        for entry in getattr(config, setting):
            is_shipped = entry in SHIPPED_ENTRIES[setting]
            is_used = entry in existing
            if setting not in WITHOUT_PATTERNS:
                is_used = any(matches(name, entry) for name in existing)
            if not is_shipped and not is_used:
                closest = get_close_matches(entry, sorted(existing), n=1)
                hint = f"; the closest name is {closest[0]!r}" if closest else ""
                lines.append(f"{setting} in config.py: {entry!r} matched no run{hint}")
    return lines


def _is_valid(value: object, expected: str) -> bool:
    if expected in (PATH, PATH_OR_NONE):
        is_path = isinstance(value, str | Path) and bool(str(value))
        return is_path or (expected == PATH_OR_NONE and value is None)
    if expected == MAP:
        return (
            isinstance(value, dict)
            and _are_texts([*value.keys(), *value.values()])
            and all(name.strip() for name in value.values())
        )
    if expected in RANGES:
        low, high = RANGES[expected]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return low <= value <= high
    if expected == SWITCH:
        return isinstance(value, bool)
    if expected == COUNT:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    if expected in CHOICES:
        return value in CHOICES[expected]
    if not isinstance(value, list | tuple) or not _are_texts(value):
        return False
    return expected == NAMES or (bool(value) and set(value) <= {"png", "pdf", "svg"})


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)
