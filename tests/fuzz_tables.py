"""Coverage-guided search for damaged tables that are read wrongly.

    .venv/bin/python -m pip install -r requirements-fuzz.txt
    .venv/bin/python tests/fuzz_tables.py -max_total_time=600

Options are those of libFuzzer. The search stops at the first input that fails `check` and writes it
to tests/crashes_of_tables/, so that test_damaged_tables.py tests it from then on.
"""

import csv
import functools
import io
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRASHES = HERE / "crashes_of_tables"
TABLE = "model_win_rates_max.csv"
COLUMNS = ["model_name_short", "overall_win_rate", "rank", "wins_sum"]  # without rules of pairs
SEEDS = [
    b"model_name_short,overall_win_rate,rank,wins_sum\na,0.1,2,0.5\nb,,,12\n",
    b"\xef\xbb\xbfmodel_name_short,overall_win_rate,rank,wins_sum,\r\n"
    b'"a, ""b""",1e-3, 7 ,3,\r\n\r\n',
    b"rank,note,model_name_short,wins_sum,overall_win_rate\n"
    b'4,"two\nlines",\'=c,.5,1\n1,,d, 7. ,+0\n',
]


def check(data):
    """Read a table made of some bytes, and compare its numbers with Python's csv and float.

    Raises
    ------
    AssertionError
        If a number, or the number of rows, differs.
    Exception
        If reading raises anything but SystemExit with one sentence.
    """
    import config
    from hal_analysis import tables

    folder = temporary_folder()
    (folder / TABLE).write_bytes(data)
    config.TABLES_DIR = folder
    try:
        table = tables.read_table(TABLE, COLUMNS)
    except SystemExit as error:
        assert isinstance(error.code, str)
        assert error.code.endswith(".")
        return
    csv.field_size_limit(sys.maxsize)
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    header = [name.strip() for name in header]
    rows = [row for row in rows if any(row)]
    assert len(table) == len(rows)
    for column in COLUMNS[1:]:
        cells = [row[header.index(column)].strip() for row in rows]
        values = [None if value != value else value for value in table[column]]
        assert values == [float(cell) if cell else None for cell in cells]


@functools.cache
def temporary_folder():
    return Path(tempfile.mkdtemp(prefix="fuzz_"))


def main():
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    import atheris
    import fuzzing

    with atheris.instrument_imports(include=["hal_analysis"]):
        from hal_analysis import csv_text, tables  # noqa: F401
    csv_text.BLOCK_BYTES, csv_text.BLOCK_ROWS = 16, 2  # short files have several blocks
    fuzzing.search(check, SEEDS, CRASHES, "-report_slow_units=60", "-max_len=400")


if __name__ == "__main__":
    main()
