"""The ranking that ends a run of the pipeline."""

import pandas as pd

import config
from hal_analysis import tables
from hal_analysis.paths import display_path, resolve, table_path

LONGEST_NAME = 40


def format_ranking() -> list[str]:
    """Return the ranking by best accuracy as lines, and the paths to look at next."""
    models = tables.read_table("model_win_rates_max.csv").dropna(subset="overall_win_rate")
    for table in ("model_mean_cost.csv", "model_mean_latency.csv"):
        models = models.merge(tables.read_table(table), how="left", on="model_name_short")
    models = models.sort_values(["rank", "model_name_short"])
    shown_names = models.model_name_short.map(
        lambda name: name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    )
    columns = {
        "rank": models["rank"].map("{:.0f}".format),
        "model": shown_names.str.ljust(max(map(len, shown_names), default=0)),
        "win rate": models.overall_win_rate.map("{:.2f}".format),
        "95 % interval": [
            "n/a" if pd.isna(low) else f"{low:.2f} to {high:.2f}"
            for low, high in zip(models.win_rate_ci_low, models.win_rate_ci_high, strict=True)
        ],
        "mean cost": [_format_amount(cost, "USD") for cost in models.mean_cost],
        "mean latency": [_format_amount(latency, "s") for latency in models.mean_of_mean_latency],
        "benchmarks": models.benchmarks.map("{:.0f}".format),
    }
    table = pd.DataFrame(columns).to_string(index=False, justify="left")
    return [
        "Ranking by best accuracy",
        *(table.splitlines() if len(models) else ["no model has a comparison"]),
        "",
        f"Figures   {display_path(resolve(config.FIGURES_DIR))}",
        f"Tables    {display_path(resolve(config.TABLES_DIR))}",
        f"Check     {display_path(table_path('missing_rows_analysis.txt'))}",
    ]


def _format_amount(value: float, unit: str) -> str:
    return "n/a" if pd.isna(value) else f"{value:,.2f} {unit}"
