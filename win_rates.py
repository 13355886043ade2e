"""Stage 4. Win rates: how often each model beats the others.

Reads     data/cleaned_all_metrics.csv, data/pareto_distances.csv
Computes  the win rates defined below, per benchmark and over benchmarks; ranks; how sure they are
Writes    data/benchmark_win_rates{,_max,_pareto}.csv, data/model_win_rates{,_max,_pareto}.csv,
          data/model_rank_separation.csv

Win rate: of the comparisons of a model with every other model of the same benchmark, the share in
which it is strictly better. A tie is worth `TIE_CREDIT` of config.py, 0 by default. A model alone
in a benchmark has no comparison and an empty win rate there. Over benchmarks: wins summed over
comparisons summed (`overall_win_rate`); the mean and standard deviation (n - 1) of the single win
rates stand beside it.

Compared is:
  no suffix  accuracy, among the models that ran with one scaffold; of several runs the first stands
  _max       the best accuracy over scaffolds and runs
  _pareto    the distance from the benchmark's own cost-accuracy frontier, smaller wins; a model
             without a cost is not compared

With --common-benchmarks only the benchmarks count in which every model ran.

How sure (bootstrap.py has the method): `win_rate_ci_low` and `win_rate_ci_high` are the limits of
the 95 % interval of a model's win rate over benchmarks, empty for a model that is compared in one
benchmark only; `rank_low` to `rank_high` are the ranks that it takes in 95 % of the draws. Two
neighbours in the ranking are separated if the whole interval of their difference, over the
benchmarks in which both are compared, lies above 0.
"""

import endings

import sys

import pandas as pd

import bootstrap
import command_line
import config
import tables

BOARD = ["beaten", "ties", "comparisons"]


def main(common_benchmarks=False):
    runs = tables.read_table(tables.DATASET)
    distances = tables.read_table("pareto_distances.csv", runs)
    if common_benchmarks:
        shared = shared_benchmarks(runs)
        runs = runs[runs.benchmark_name.isin(shared)]
        distances = distances[distances.benchmark_name.isin(shared)]
    first = runs.drop_duplicates(["benchmark_name", "agent_name_short", "model_name_short"])
    best = runs.groupby(["benchmark_name", "model_name_short"], as_index=False).accuracy.max()
    by_scaffold = count_wins(first, ["benchmark_name", "agent_name_short"], first.accuracy)
    by_accuracy = count_wins(best, ["benchmark_name"], best.accuracy)
    by_distance = count_wins(distances, ["benchmark_name"], -distances.pareto_distance)
    separation = [
        write_rates(by_scaffold, "", "scaffold"),
        write_rates(by_accuracy, "_max", "max"),
        write_rates(by_distance, "_pareto", "pareto"),
    ]
    separation_table = tables.write_table(pd.concat(separation), "model_rank_separation.csv")
    return (
        f"{len(runs)} runs, {len(distances)} distances of {runs.benchmark_name.nunique()} "
        f"benchmarks → {config.TABLES_DIR}/{{model,benchmark}}_win_rates{{,_max,_pareto}}.csv "
        f"({best.model_name_short.nunique()} models), {separation_table}"
    )


def shared_benchmarks(runs):
    """The benchmarks in which every model ran, or the end of the script if there are none."""
    shared = tables.common_benchmarks(runs)
    if not shared:
        numbers = runs.groupby("model_name_short").benchmark_name.nunique()
        sys.exit(
            f"--common-benchmarks: there are none, no benchmark was run with all {len(numbers)} "
            f"models ({numbers.idxmin()} ran on the fewest: {numbers.min()} of "
            f"{runs.benchmark_name.nunique()}): leave the option out, or models, by "
            "EXCLUDED_MODELS in config.py."
        )
    return shared


def count_wins(results, field, score):
    """Wins of each row over the others of its field, counted by ranks: O(n log n).

    Parameters
    ----------
    results : DataFrame, one row a competitor, with `model_name_short` and the columns of `field`.
    field : list of str
        Columns that name who is compared with whom.
    score : Series of float, aligned with `results`; larger is better.

    Returns
    -------
    DataFrame
        Of the same rows: model_name_short, `field`; how many others are beaten and tied with
        (int); wins, a tie counted as `TIE_CREDIT`; comparisons (int); win_rate (NaN if alone).
    """
    keys = results[["model_name_short", *field]]
    fields = score.groupby([results[column] for column in field])
    lowest, highest = fields.rank(method="min"), fields.rank(method="max")
    # Rank 1 is the worst: whoever ties for ranks 3 to 5 beats two and ties with two others.
    ties = (highest - lowest).astype(int)
    beaten = (lowest - 1).astype(int)
    wins = beaten + config.TIE_CREDIT * ties
    comparisons = fields.transform("size") - 1
    return keys.assign(
        beaten=beaten,
        ties=ties,
        wins=wins,
        comparisons=comparisons,
        win_rate=wins / comparisons.where(comparisons > 0),
    )


def write_rates(counts, suffix, compared_by):
    """Sum up the counts per benchmark (and scaffold) and per model, write both tables.

    Returns the rows of the table of separation.
    """
    per_benchmark = list(counts.columns[: counts.columns.get_loc("beaten")])
    tables.write_table(sum_up(counts, per_benchmark), f"benchmark_win_rates{suffix}.csv")
    board = [
        counts.pivot_table(part, "model_name_short", "benchmark_name", "sum", 0).to_numpy(float)
        for part in BOARD
    ]
    models = add_certainty(sum_up(counts, ["model_name_short"]), board)
    tables.write_table(models, f"model_win_rates{suffix}.csv")
    return separate_ranks(models, board).assign(compared_by=compared_by)


def add_certainty(models, board):
    """Add limits, ranks and the number of benchmarks to the models' win rates.

    Parameters
    ----------
    models : DataFrame, one row a model
    board : wins, ties and comparisons as `bootstrap.intervals` takes them, in the same order
    """
    low, high = bootstrap.intervals(*board, config.TIE_CREDIT)
    rank_low, rank_high = bootstrap.rank_ranges(*board, config.TIE_CREDIT)
    ranks = {
        "rank": models.overall_win_rate.rank(method="min", ascending=False),
        "rank_low": rank_low,
        "rank_high": rank_high,
    }
    return models.assign(
        win_rate_ci_low=low,
        win_rate_ci_high=high,
        **{name: pd.array(rank, dtype="Int64") for name, rank in ranks.items()},
        benchmarks=(board[-1] > 0).sum(axis=1),
    )


def separate_ranks(models, board):
    """Each model with a win rate beside the next in the ranking, and whether they are separated."""
    ranking = models.dropna(subset="overall_win_rate").sort_values(
        ["overall_win_rate", "model_name_short"], ascending=[False, True]
    )
    better, worse = ranking.iloc[:-1], ranking.iloc[1:]
    difference, low, high, common = bootstrap.difference_intervals(
        *([part[pair.index] for part in board] for pair in (better, worse)), config.TIE_CREDIT
    )
    return pd.DataFrame(
        {
            "rank": better["rank"].to_numpy(),
            "model_name_short": better.model_name_short.to_numpy(),
            "next_model": worse.model_name_short.to_numpy(),
            "overall_win_rate": better.overall_win_rate.to_numpy(),
            "next_win_rate": worse.overall_win_rate.to_numpy(),
            "common_benchmarks": common,
            "difference": difference,
            "difference_ci_low": low,
            "difference_ci_high": high,
            "separated": low > 0,
        }
    )


def sum_up(counts, keys):
    """Win rates of all rows of one key: mean, standard deviation and sums; sorted by the key."""
    rates = counts.groupby(keys, as_index=False).agg(
        win_rate_mean=("win_rate", "mean"),
        win_rate_std=("win_rate", "std"),
        win_rate_count=("win_rate", "count"),
        beaten_sum=("beaten", "sum"),
        comparisons_sum=("comparisons", "sum"),
        ties_sum=("ties", "sum"),
    )
    wins = rates.beaten_sum + config.TIE_CREDIT * rates.ties_sum
    comparisons = rates.comparisons_sum.where(rates.comparisons_sum > 0)
    return rates.assign(wins_sum=wins, overall_win_rate=wins / comparisons)


if __name__ == "__main__":
    command_line.run(main, "win_rates", __doc__)
