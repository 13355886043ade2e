"""Stage 4. Win rates: how often each model beats the others.

Reads     data/cleaned_all_metrics.csv, data/pareto_distances.csv
Computes  the win rates defined below, per benchmark and over benchmarks
Writes    data/benchmark_win_rates{,_max,_pareto}.csv, data/model_win_rates{,_max,_pareto}.csv

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
"""

import command_line

import config
import tables


def main():
    runs = tables.read_table(tables.DATASET)
    distances = tables.read_table("pareto_distances.csv", runs)
    first = runs.drop_duplicates(["benchmark_name", "agent_name_short", "model_name_short"])
    best = runs.groupby(["benchmark_name", "model_name_short"], as_index=False).accuracy.max()
    write_rates(count_wins(first, ["benchmark_name", "agent_name_short"], first.accuracy), "")
    write_rates(count_wins(best, ["benchmark_name"], best.accuracy), "_max")
    write_rates(count_wins(distances, ["benchmark_name"], -distances.pareto_distance), "_pareto")
    return (
        f"{len(runs)} runs, {len(distances)} distances → "
        f"{config.TABLES_DIR}/{{model,benchmark}}_win_rates{{,_max,_pareto}}.csv "
        f"({best.model_name_short.nunique()} models)"
    )


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
        Of the same rows: model_name_short, `field`, wins, comparisons, win_rate (NaN if alone).
    """
    keys = results[["model_name_short", *field]]
    fields = score.groupby([results[column] for column in field])
    lowest, highest = fields.rank(method="min"), fields.rank(method="max")
    # Rank 1 is the worst: whoever ties for ranks 3 to 5 beats two and ties with two others.
    ties = (highest - lowest).astype(int)
    wins = (lowest - 1).astype(int) + config.TIE_CREDIT * ties
    comparisons = fields.transform("size") - 1
    win_rate = wins / comparisons.where(comparisons > 0)
    return keys.assign(wins=wins, comparisons=comparisons, win_rate=win_rate)


def write_rates(counts, suffix):
    """Sum up the counts per benchmark (and scaffold) and per model, write both tables."""
    per_benchmark = list(counts.columns.drop(["wins", "comparisons", "win_rate"]))
    tables.write_table(sum_up(counts, per_benchmark), f"benchmark_win_rates{suffix}.csv")
    tables.write_table(sum_up(counts, ["model_name_short"]), f"model_win_rates{suffix}.csv")


def sum_up(counts, keys):
    """Win rates of all rows of one key: mean, standard deviation and sums; sorted by the key."""
    rates = counts.groupby(keys, as_index=False).agg(
        win_rate_mean=("win_rate", "mean"),
        win_rate_std=("win_rate", "std"),
        win_rate_count=("win_rate", "count"),
        wins_sum=("wins", "sum"),
        comparisons_sum=("comparisons", "sum"),
    )
    comparisons = rates.comparisons_sum.where(rates.comparisons_sum > 0)
    return rates.assign(overall_win_rate=rates.wins_sum / comparisons)


if __name__ == "__main__":
    command_line.run(main, "win_rates", __doc__)
