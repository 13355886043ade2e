"""Rules for the names of scaffolds, for exclusions, and for the normalisation of text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import config

# The template of the HAL harness for SWE-bench names its agent "My Agent".
TEMPLATE_AGENT, TEMPLATE_SCAFFOLD, TEMPLATE_BENCHMARKS = "My Agent", "SWE-Agent", "swebench"

# HAL's reliability study perturbs the runs of a benchmark; the suffixes of their agent names.
PERTURBATION = re.compile(
    r"_(?P<perturbation>(?:fault_\d+pct|(?:struct|prompt)_(?:mild|medium|strong|severe|naturalistic))"
    r"(?:_var\d+)?)(?=$|[ (])"
)
AGENT_EFFORT = re.compile(r"[ _-](no|minimal|low|medium|high|xhigh)[ _-]reasoning$", re.IGNORECASE)


def scaffold_name(agent: str, benchmark: str = "") -> str:
    """Return the short name of a scaffold: `CORE-Agent (GPT-4.1 (April 2025))` → `CORE-Agent`.

    `AGENT_NAME_MAP` is looked up first; otherwise the outermost trailing parentheses are dropped,
    and an effort as in `… High Reasoning`. The result is looked up in `AGENT_NAME_SHORT_MAP`.
    """
    scaffold = scaffold_before_renaming(agent, benchmark)
    return _look_up(config.AGENT_NAME_SHORT_MAP, scaffold) or scaffold


def scaffold_before_renaming(agent: str, benchmark: str = "") -> str:
    """Return the name of a scaffold that `AGENT_NAME_SHORT_MAP` renames."""
    if scaffold := _look_up(config.AGENT_NAME_MAP, agent):
        return scaffold
    scaffold = AGENT_EFFORT.sub("", split_parentheses(agent)[0])
    is_template = scaffold == TEMPLATE_AGENT and benchmark.startswith(TEMPLATE_BENCHMARKS)
    return TEMPLATE_SCAFFOLD if is_template else scaffold


def inclusion_mask(models: Iterable[str], scaffolds: Iterable[str]) -> list[bool]:
    """Return which runs `config.py` includes.

    Parameters
    ----------
    models, scaffolds : iterables of str, of equal length
        The short names of each run.

    Returns
    -------
    list of bool
        False where `EXCLUDED_MODELS` or `EXCLUDED_AGENTS` has a matching entry.
    """
    model_names, scaffold_names = list(models), list(scaffolds)
    excluded_models = _matching(set(model_names), config.EXCLUDED_MODELS)
    excluded_scaffolds = _matching(set(scaffold_names), config.EXCLUDED_AGENTS)
    return [
        model not in excluded_models and scaffold not in excluded_scaffolds
        for model, scaffold in zip(model_names, scaffold_names, strict=True)
    ]


def matches(name: str, entry: str) -> bool:
    """Return whether a name equals an entry of `config.py` or matches it as a pattern."""
    return name == entry or fnmatchcase(name, entry)


def _matching(names: Iterable[str], entries: Iterable[str]) -> set[str]:
    return {name for name in names for entry in entries if matches(name, entry)}


def split_parentheses(agent: str) -> tuple[str, str | None]:
    """Split `A (b (c))` into `A` and `b (c)`; the second is None if no parentheses end the name."""
    depth = 0
    for i in range(len(agent) - 1, 0, -1) if agent.endswith(")") else ():
        depth += {")": 1, "(": -1}.get(agent[i], 0)
        if depth == 0:
            return agent[:i].rstrip(), agent[i + 1 : -1].strip()
    return agent, None


def clean_text(text: str) -> str:
    """Normalise a name: composed Unicode (NFC), and one space for each run of white space.

    A lone surrogate, which JSON can hold and UTF-8 cannot, becomes a question mark.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFC", text).split())


def _look_up(renamed: Mapping[str, str], name: str) -> str | None:
    """Return the entry for an exact name, or for the first pattern that matches."""
    if name in renamed:
        return renamed[name]
    return next((short for pattern, short in renamed.items() if fnmatchcase(name, pattern)), None)
