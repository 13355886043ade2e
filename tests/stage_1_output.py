"""What stage 1 prints and writes, as values to compare."""

import re


def parse_counts(output):
    """Return the counts of files, runs, excluded runs, skipped files and second copies."""
    line = re.search(
        r"^(\d+) files = (\d+) runs \+ (\d+) excluded by config.py \+ (\d+) skipped \+ "
        r"(\d+) second copies$",
        output,
        re.MULTILINE,
    )
    return tuple(map(int, line.groups()))


def count_unchanged(output):
    return int(re.search(r"^(\d+) traces unchanged since the last run$", output, re.MULTILINE)[1])


def run_ids(project):
    return project.table("cleaned_all_metrics.csv").run_id.tolist()
