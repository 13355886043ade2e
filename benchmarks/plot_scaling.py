"""Draw docs/scaling.png from the measurements of stage_1_at_scale.py and figures_at_scale.py.

python benchmarks/plot_scaling.py
"""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import NullLocator

DOCS = Path(__file__).resolve().parent.parent / "docs"
COLORS = {"this project": "#0072b2", "baseline": "#8a8f98"}
STYLES = {"first": "-", "second": "--"}
FIGURES = {"cpu_seconds": "CPU time (s)", "peak_mb": "Memory of the largest process (MB)"}


def main():
    stage_1 = pd.read_csv(DOCS / "scaling_stage_1.csv")
    stage_6 = pd.read_csv(DOCS / "scaling_stage_6.csv")
    plt.rcParams.update({"font.size": 7, "axes.titlesize": 8})
    figure, grid = plt.subplots(2, 2, figsize=(6.9, 4.6), sharex="col", layout="constrained")
    for (column, label), (left, right) in zip(FIGURES.items(), grid, strict=True):
        for (project, run), rows in stage_1.groupby(["project", "run"], sort=False):
            name = project if project == "this project" else "commit d9782f7"
            left.plot(
                rows.n_traces,
                rows[column],
                marker="o",
                ms=4,
                ls=STYLES[run],
                color=COLORS[project],
                label=f"{name}, {run} run",
            )
        for n_benchmarks, marker in ((11, "o"), (50, "D")):
            rows = stage_6[stage_6.n_benchmarks == n_benchmarks]
            right.plot(
                rows.n_models,
                rows[column],
                marker=marker,
                ms=4,
                color=COLORS["this project"],
                ls="-" if n_benchmarks == 11 else "",
                label=f"{n_benchmarks} benchmarks",
            )
        left.set_ylabel(label)
    for axes in grid.flat:
        axes.set(xscale="log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_ylim(bottom=0)
        axes.grid(color="#e6e8ec", lw=0.5)
        axes.spines[["top", "right"]].set_visible(False)
    for axes, title, label in zip(
        grid.T[:, 0], ("Stage 1", "Stage 6: figures and report"), ("Traces", "Models"), strict=True
    ):
        axes.set_title(title, loc="left", fontweight="bold")
        axes.legend(frameon=False, handlelength=3)
        grid[1, list(grid[0]).index(axes)].set_xlabel(label)
    figure.savefig(DOCS / "scaling.png", dpi=200, metadata={"Software": None})


if __name__ == "__main__":
    main()
