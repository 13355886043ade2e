"""Compare drawing the 18 figures of the sample by this project with a baseline.

The baseline draws the figures one after the other in one process, computes tight bounding boxes
(which lays out and draws each figure twice) and uses the PNG settings of matplotlib. The whole
pipeline is compared with the baseline plus the time to start six separate stages.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import config
import visualizations
from hal_analysis.cli import OPTIONS_OF_STAGE
from hal_analysis.paths import ROOT
from hal_analysis.plots import style


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="pairs of runs (default: 3)")
    parser.add_argument("--side", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side, folder = arguments.side
        config.TABLES_DIR, config.FIGURES_DIR = Path(folder, "data"), Path(folder, "figures")
        print(*SIDES[side]())
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(folder, arguments.repeat)


def compare(folder, repeat):
    """Print a line for each pair of runs: the drawing on both sides, then the whole pipeline."""
    pipeline = [ROOT / "run_pipeline.py", "--output-dir", folder]
    measure_seconds(pipeline)
    print(f"{'':8}{'baseline':>10}{'project':>9}{'ratio':>7}{'baseline kB':>13}", end="")
    print(f"{'project kB':>12}{'six starts':>12}{'pipeline':>10}{'ratio':>7}")
    for pair in range(1, repeat + 1):
        baseline, baseline_size = run_side("baseline", folder)
        project, project_size = run_side("project", folder)
        starts = sum(measure_seconds(["-c", f"import {stage}"]) for stage in OPTIONS_OF_STAGE)
        seconds = measure_seconds(pipeline)
        print(f"pair {pair:<3}{baseline:8.1f} s{project:7.1f} s{baseline / project:7.2f}", end="")
        print(f"{baseline_size // 1000:13}{project_size // 1000:12}{starts:10.1f} s", end="")
        print(f"{seconds:8.1f} s{(baseline + starts) / seconds:7.2f}")


def run_side(side, folder):
    """Return the seconds that a side takes to draw, without imports, and the bytes of its files."""
    command = [sys.executable, __file__, "--side", side, folder]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, size = output.split()
    return float(seconds), int(size)


def measure_seconds(arguments):
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def draw_baseline():
    start = time.perf_counter()
    size = 0
    for draw in visualizations.FIGURES.values():
        buffer = io.BytesIO()
        figure = draw()
        with style.rc_context():
            figure.savefig(buffer, dpi=figure.dpi, bbox_inches="tight")
        size += buffer.tell()
    return time.perf_counter() - start, size


def draw_project():
    start = time.perf_counter()
    visualizations.main()
    seconds = time.perf_counter() - start
    return seconds, sum(path.stat().st_size for path in Path(config.FIGURES_DIR).rglob("*.png"))


SIDES = {"baseline": draw_baseline, "project": draw_project}

if __name__ == "__main__":
    main()
