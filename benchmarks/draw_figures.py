"""The 18 figures of the sample (ours) against the plain way, and the whole pipeline beside both.

The plain way draws one figure after the other in one process, finds tight boxes (which lays out
and draws twice) and keeps matplotlib's PNG settings. Both sides draw the same figures.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="pairs of runs (default: 3)")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        print(*SIDES[arguments.side]())
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(copy_of_project(Path(folder)), arguments.repeat)


def copy_of_project(folder):
    """The scripts and the sample in another folder, with the tables of stages 1 to 5."""
    for script in PROJECT.glob("*.py"):
        shutil.copy(script, folder)
    for part in ("benchmarks", "data", "sample_traces"):
        shutil.copytree(PROJECT / part, folder / part)
    seconds_of(["run_pipeline.py"], folder)
    return folder


def compare(folder, repeat):
    """Print a line a pair of runs: the drawing on both sides, then the whole pipeline."""
    print(f"{'':8}{'plain':>8}{'ours':>8}{'ratio':>7}{'plain kB':>10}{'ours kB':>9}", end="")
    print(f"{'six starts':>12}{'pipeline':>10}{'ratio':>7}")
    for number in range(1, repeat + 1):
        plain, plain_size = drawn("plain", folder)
        ours, our_size = drawn("ours", folder)
        stages = [path.stem for path in folder.glob("*.py") if "\ndef main(" in path.read_text()]
        stages.remove("run_pipeline")
        starts = sum(seconds_of(["-c", f"import {stage}"], folder) for stage in stages)
        pipeline = seconds_of(["run_pipeline.py"], folder)
        print(f"pair {number:<3}{plain:6.1f} s{ours:6.1f} s{plain / ours:7.2f}", end="")
        print(f"{plain_size // 1000:10}{our_size // 1000:9}{starts:10.1f} s", end="")
        print(f"{pipeline:8.1f} s{(plain + starts) / pipeline:7.2f}")


def drawn(side, folder):
    """Seconds that one side takes to draw, imports not counted, and the bytes of the pictures."""
    command = [sys.executable, "benchmarks/draw_figures.py", "--side", side]
    output = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    seconds, size = output.split()
    return float(seconds), int(size)


def seconds_of(arguments, folder):
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def plain_side():
    visualizations = imported()
    start = time.perf_counter()
    size = 0
    for draw in visualizations.FIGURES.values():
        file = io.BytesIO()
        figure = draw()
        figure.savefig(file, dpi=figure.dpi, bbox_inches="tight")
        size += file.tell()
    return time.perf_counter() - start, size


def our_side():
    visualizations = imported()
    start = time.perf_counter()
    visualizations.main()
    seconds = time.perf_counter() - start
    pictures = Path(PROJECT, "visualizations", "new_plots").rglob("*.png")
    return seconds, sum(path.stat().st_size for path in pictures)


def imported():
    sys.path.insert(0, str(PROJECT))
    import visualizations

    return visualizations


SIDES = {"plain": plain_side, "ours": our_side}

if __name__ == "__main__":
    main()
