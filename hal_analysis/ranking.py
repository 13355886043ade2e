"""The ranking and the paths that end a run of the pipeline."""

import pandas as pd

import config
from hal_analysis import tables
from hal_analysis.manifest import SETTINGS, check_sources
from hal_analysis.paths import display_path, report_path, resolve, shorten_middle, table_path
from hal_analysis.printing import count, printable

LONGEST_NAME = 40


def format_ranking() -> list[str]:
    """Return the ranking by best accuracy as lines.

    Raises
    ------
    SystemExit
        With one sentence, if another run has written the tables with other settings.
    """
    check_sources(SETTINGS, {})
    all_models = tables.read_table("model_win_rates_max.csv")
    models = all_models.dropna(subset="overall_win_rate")
    for table in ("model_mean_cost.csv", "model_mean_latency.csv"):
        models = models.merge(tables.read_table(table), how="left", on="model_name_short")
    models = models.sort_values(["overall_win_rate", "model_name_short"], ascending=[False, True])
    is_ranked = models["rank"].notna()
    lines = ["Ranking by best accuracy", *_format_models(models[is_ranked])]
    if not len(models):
        lines.append("no model has a comparison")
    elif not is_ranked.any():
        minimum = f"MIN_BENCHMARKS = {config.MIN_BENCHMARKS}"
        lines.append(f"no model has enough benchmarks to be ranked ({minimum})")
    if not is_ranked.all():
        lines += [
            "",
            f"Not ranked: fewer than {count(config.MIN_BENCHMARKS, 'benchmark')} (MIN_BENCHMARKS)",
            *_format_models(models[~is_ranked]),
        ]
    is_alone = all_models.overall_win_rate.isna()
    if is_alone.any():
        lines.append(f"Without comparisons: {', '.join(all_models.model_name_short[is_alone])}")
    neighbours = tables.read_table("model_rank_separation.csv")
    ranked = models.model_name_short[is_ranked].tolist()
    are_ranked = neighbours[["model_name_short", "next_model"]].isin(ranked).all(axis=1)
    lines += describe_inversions(neighbours[are_ranked & (neighbours.compared_by == "max")])
    return [*lines, "", describe_decided(all_models)] if len(models) else lines


def format_paths(stages: list[str]) -> list[str]:
    """Return the paths of the results of these stages as lines."""
    lines = [f"Tables    {display_path(resolve(config.TABLES_DIR))}"]
    if "check_data" in stages:
        lines.append(f"Check     {display_path(table_path('missing_rows_analysis.txt'))}")
    if "visualizations" in stages:
        lines.append(f"Figures   {display_path(resolve(config.FIGURES_DIR))}")
        lines += [f"Report    {display_path(report_path())}"] if config.WRITE_REPORT else []
    return lines


def describe_inversions(neighbours: pd.DataFrame) -> list[str]:
    """Name the neighbours whose order is reversed on the benchmarks that both ran on."""
    return [
        f"{row.model_name_short} ranks above {row.next_model}, but its win rate is "
        f"{-row.difference:.2f} lower on the "
        f"{count(int(row.common_benchmarks), 'benchmark')} that both ran on."
        for row in neighbours[neighbours.difference < 0].itertuples()
    ]


def describe_decided(models: pd.DataFrame) -> str:
    """Return a sentence on how many comparisons by best accuracy a paired test decides."""
    # Both models of a comparison count it, but only the winner has a decided win.
    columns = ["comparisons_sum", "wins_decided", "undecided", "untested"]
    n_all, n_decided, n_undecided, n_untested = models[columns].sum() // [2, 1, 2, 2]
    return (
        f"{count(int(n_all), 'comparison')} by best accuracy: {n_decided:.0f} decided at the 5% "
        f"level, {n_undecided:.0f} undecided, {n_untested:.0f} not tested (fewer than ten common "
        "tasks)."
    )


def _format_models(models: pd.DataFrame) -> list[str]:
    """Return a table of models as lines; empty without models."""
    if models.empty:
        return []
    names = models.model_name_short.map(printable)
    short_names = names.map(lambda name: shorten_middle(name, LONGEST_NAME))
    shown_names = names.where(short_names.duplicated(keep=False), short_names)
    columns = {
        "rank": models["rank"].map("{:.0f}".format).replace("nan", "–"),
        "model": shown_names.str.ljust(shown_names.str.len().max()),
        "win rate": models.overall_win_rate.map("{:.2f}".format),
        "95% interval": [
            "n/a" if pd.isna(low) else f"{low:.2f} to {high:.2f}"
            for low, high in zip(models.win_rate_ci_low, models.win_rate_ci_high, strict=True)
        ],
        "mean cost": [_format_amount(cost, "USD") for cost in models.mean_cost],
        "mean latency": [_format_amount(latency, "s") for latency in models.mean_of_mean_latency],
        "benchmarks": models.benchmarks.map("{:.0f}".format),
    }
    table = pd.DataFrame(columns).to_string(index=False, justify="left")
    return [line.rstrip() for line in table.splitlines()]


def _format_amount(value: float, unit: str) -> str:
    return "n/a" if pd.isna(value) else f"{value:,.2f} {unit}"
