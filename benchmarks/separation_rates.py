"""Measure how often pairs of models are separated: by chance, and if they differ.

    python benchmarks/separation_rates.py --boards 1000

A board has nine models on some benchmarks. The score of a model on a benchmark is its skill plus
normal noise with a standard deviation of 1. On a board of pure noise, all skills are equal. On the
other boards, three models are better than the other six by `--lead` standard deviations, so they
beat one of the six with probability Φ(lead / √2).

Pairs are tested as in `model_pairs.csv`: the swap test of `hal_analysis.metrics.pair_tests`, and
Holm's correction over all 36 pairs. The tables are in Markdown.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from interval_coverage import N_MODELS, simulate_tally

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.metrics.model_pairs import ALPHA
from hal_analysis.metrics.pair_tests import adjust_holm, swap_test

N_BENCHMARKS = (5, 6, 8, 11, 20)
N_BETTER = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boards", type=int, default=1000, help="per row (default: 1000)")
    parser.add_argument("--lead", type=float, nargs="+", default=[1.0, 2.0], help="default: 1 2")
    options = parser.parse_args()
    print(f"Boards of pure noise ({options.boards:,} per row)\n")
    rows = [
        measure_noise(n_benchmarks, options.boards, np.random.default_rng(n_benchmarks))
        for n_benchmarks in N_BENCHMARKS
    ]
    print_table(rows)
    for lead in options.lead:
        print(f"\nThree models better by {lead:g} standard deviations\n")
        rows = [
            measure_power(n_benchmarks, options.boards, lead, np.random.default_rng(n_benchmarks))
            for n_benchmarks in N_BENCHMARKS
        ]
        print_table(rows)


def measure_noise(n_benchmarks: int, n_boards: int, rng: np.random.Generator) -> dict[str, str]:
    """Return the share of noise boards on which at least one pair is called separated."""
    skill = np.zeros(N_MODELS)
    _, is_neighbour, p, p_holm = simulate_boards(skill, n_benchmarks, n_boards, rng)
    return {
        "benchmarks": str(n_benchmarks),
        "any of 36 pairs": percent((p_holm <= ALPHA).any(axis=1)),
        "any of 8 neighbours": percent((is_neighbour & (p_holm <= ALPHA)).any(axis=1)),
        "any pair without Holm": percent((p <= ALPHA).any(axis=1)),
        "any neighbour without Holm": percent((is_neighbour & (p <= ALPHA)).any(axis=1)),
    }


def measure_power(
    n_benchmarks: int, n_boards: int, lead: float, rng: np.random.Generator
) -> dict[str, str]:
    """Return how often the better models are separated from the others, and equal ones are."""
    skill = np.where(np.arange(N_MODELS) < N_BETTER, lead, 0)
    differs, _, p, p_holm = simulate_boards(skill, n_benchmarks, n_boards, rng)
    is_separated = p_holm <= ALPHA
    n_different = differs.sum(axis=1)
    return {
        "benchmarks": str(n_benchmarks),
        "separated, of the 18 pairs that differ": percent(
            (differs & is_separated).sum(axis=1) / n_different
        ),
        "boards with at least one of them": percent((differs & is_separated).any(axis=1)),
        "boards with one of the 18 equal pairs": percent((~differs & is_separated).any(axis=1)),
        "of the 18, without Holm": percent((differs & (p <= ALPHA)).sum(axis=1) / n_different),
    }


def simulate_boards(
    skill: np.ndarray, n_benchmarks: int, n_boards: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Simulate boards and test all pairs of each, as `compare_pairs` does.

    Returns
    -------
    differs, is_neighbour : ndarrays of bool of shape (boards, pairs)
        Whether the skills differ, and whether the models are next to each other in the ranking.
    p, p_holm : ndarrays of float of shape (boards, pairs)
    """
    first, second = np.triu_indices(N_MODELS, 1)
    differs, p, p_holm = [], [], []
    for _ in range(n_boards):
        tally = simulate_tally(skill, n_benchmarks, 1, rng)
        order = np.argsort(-tally[0].sum(axis=1), kind="stable")
        differs.append(skill[order][first] != skill[order][second])
        p.append(swap_test(tally[:, order[first]], tally[:, order[second]], tie_credit=0))
        p_holm.append(adjust_holm(p[-1]))
    is_neighbour = np.broadcast_to(second == first + 1, (n_boards, len(first)))
    return np.array(differs), is_neighbour, np.array(p), np.array(p_holm)


def percent(shares: np.ndarray) -> str:
    """Return the mean of the shares of boards, in percent, with its standard error."""
    error = shares.std() / np.sqrt(len(shares))
    return f"{100 * shares.mean():.1f} ± {100 * error:.1f} %"


def print_table(rows: list[dict[str, str]]) -> None:
    """Print rows as a Markdown table."""
    print(f"| {' | '.join(rows[0])} |")
    print(f"|{'---|' * len(rows[0])}")
    for row in rows:
        print(f"| {' | '.join(row.values())} |")


if __name__ == "__main__":
    main()
