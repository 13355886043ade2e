"""Reading CSV files as text, and refusing those that a spreadsheet or an accident has damaged.

pandas reads the cells, which is fast, but completes short rows and drops surplus cells. The widths
of all rows are therefore counted first.
"""

import codecs
import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from hal_analysis.paths import display_path

BLOCK_BYTES = 1 << 20
BLOCK_ROWS = 20_000
EXPORT = "save it as CSV in UTF-8, separated by commas, with decimal points"

# First bytes of files that are no CSV files, and how to export one instead.
OTHER_FORMATS = {
    b"\x1f\x8b": "is compressed with gzip: decompress it",
    b"PK\x03\x04": f"is an Excel workbook or a zip file: {EXPORT}",
    codecs.BOM_UTF16_LE: f"is encoded in UTF-16: {EXPORT}",
    codecs.BOM_UTF16_BE: f"is encoded in UTF-16: {EXPORT}",
}
NO_MARKS = bytes(set(range(256)) - set(b',"\r\n'))  # what does not separate cells or rows
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def read_csv_blocks(path: Path, columns: Sequence[str], hint: str) -> Iterator[pd.DataFrame]:
    """Read columns of a CSV file as text, with "" for empty cells, some rows at a time.

    Blank lines and rows without any text are left out. A column without a name must be empty.

    Parameters
    ----------
    path : Path
    columns : sequence of str
    hint : str
        What to do if the file cannot be used.

    Yields
    ------
    DataFrame
        The index counts rows from 0 for the one below the header, blank lines included;
        `find_line` translates it.

    Raises
    ------
    SystemExit
        With one sentence, if the file or a column is missing, or the file is not a complete CSV
        file.
    """
    with _explain_errors(path, hint):
        _check_bytes(path, hint)
        header = _read_header(path, hint)
        _check_columns(header, columns, path, hint)
        n_cells = _check_widths(path, len(header), hint)
        yield from _read_blocks(path, columns, header, n_cells, hint)


def read_csv_text(path: Path, columns: Sequence[str], hint: str) -> pd.DataFrame:
    """Read columns of a CSV file that is written by hand: rows may be short, ends missing.

    See `read_csv_blocks`.
    """
    with _explain_errors(path, hint):
        _check_format(path, hint)
        header = _read_header(path, hint)
        _check_columns(header, columns, path, hint)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in _parse_rows(file) if any(row)][1:]
    for row in rows:
        if any(row[len(header) :]):
            sys.exit(f"{display_path(path)} has a row longer than the header, {row}: {hint}.")
    positions = [header.index(column) for column in columns]
    cells = [[row[i] if i < len(row) else "" for i in positions] for row in rows]
    return pd.DataFrame(cells, columns=[*columns], dtype=str)


def find_line(path: Path, row: int) -> int:
    """Return the line of a file on which a row starts; cells may contain line breaks."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = _parse_rows(file)
        for _ in islice(reader, row + 1):
            pass
        return reader.line_num + 1


@contextmanager
def _explain_errors(path: Path, hint: str) -> Iterator[None]:
    """End the script with one sentence if the file cannot be read."""
    try:
        yield
    except FileNotFoundError:
        sys.exit(f"{display_path(path)} does not exist: {hint}.")
    except (csv.Error, pd.errors.ParserError, UnicodeDecodeError) as error:
        if "out of memory" in str(error):
            raise MemoryError from error
        sys.exit(
            f"{display_path(path)} is not a valid CSV file ({str(error).strip()}): save it as CSV "
            f"in UTF-8, or {hint}."
        )
    except OSError as error:
        sys.exit(f"{display_path(path)} cannot be read ({error.strerror}): {hint}.")


def _check_format(path: Path, hint: str) -> None:
    """End the script if the file is empty or has another format."""
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        sys.exit(f"{display_path(path)} is empty: {hint}.")
    for first_bytes, description in OTHER_FORMATS.items():
        if start.startswith(first_bytes):
            sys.exit(f"{display_path(path)} {description}, or {hint}.")


def _check_bytes(path: Path, hint: str) -> None:
    """End the script if the file has another format, a NUL byte, or no line break at its end."""
    _check_format(path, hint)
    line, block = 1, b""
    with path.open("rb") as file:
        while next_block := file.read(BLOCK_BYTES):
            block = next_block
            if b"\0" in block:
                line += block.partition(b"\0")[0].count(b"\n")
                where = f"{display_path(path)}, line {line}"
                sys.exit(f"{where}: a NUL byte, which no text contains: {hint}.")
            line += block.count(b"\n")
    if not block.endswith(b"\n"):
        sys.exit(
            f"{display_path(path)}, line {line}: the last line has no end, so it may be cut off: "
            f"complete it and add a line break, or {hint}."
        )


def _read_header(path: Path, hint: str) -> list[str]:
    """Return the names of the columns, "" for columns without a name."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = [name.strip() for name in next(_parse_rows(file), [])]
    if len(header) == 1:
        for separator, noun in OTHER_SEPARATORS.items():
            if separator in header[0]:
                sys.exit(
                    f"{display_path(path)} is separated by {noun}, not by commas: {EXPORT}, or "
                    f"{hint}."
                )
    return header


def _check_columns(header: list[str], columns: Sequence[str], path: Path, hint: str) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        sys.exit(
            f"{display_path(path)} is missing the column(s) {', '.join(missing)}; found: "
            f"{', '.join(header)}: {hint}."
        )
    for column in columns:
        if header.count(column) > 1:
            sys.exit(f"{display_path(path)} has two columns {column}: remove one, or {hint}.")


def _check_widths(path: Path, n_columns: int, hint: str) -> int:
    """Return the number of cells of the rows; end the script if they differ.

    Surplus cells are counted, too: a spreadsheet may write an empty column behind the last one.
    """
    expected: int | None = None
    for row, n_cells in _widths(path):
        if expected is None or n_cells == expected:
            expected = n_cells
            is_valid = n_cells >= n_columns
        else:
            is_valid = False
        if not is_valid:
            n_expected = n_columns if n_cells < n_columns or expected == n_columns else expected
            sys.exit(
                f"{display_path(path)}, line {find_line(path, row)}: {n_cells} cells instead of "
                f"{n_expected}: check for missing cells and decimal commas, or {hint}."
            )
    return expected or n_columns


def _widths(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the row and its number of cells, of the first row of each run of equally wide rows."""
    row, last = -1, -1
    block, rest, is_quoted = b"\n", b"", False
    with path.open("rb") as file:
        while block:
            block = file.read(BLOCK_BYTES) + file.readline()
            starts_row = not (rest or is_quoted)
            if starts_row and last >= 0 and (n_rows := _count_equal_rows(block, last)):
                row += n_rows
                continue
            # A quoted cell becomes a quotation mark; if a block leaves it open, it is opened again.
            pieces = (b'"' * is_quoted + block).split(b'"')
            text = rest + b'"'.join(pieces[::2])
            is_quoted = len(pieces) % 2 == 0
            lines = text.split(b"\n")
            rest = lines.pop() if block else b""
            if block and b"\r" in text and any(b"\r" in line[:-1] for line in lines):
                raise csv.Error("a carriage return ends a line")
            for i, line in enumerate(lines, row):
                n_commas = line.count(b",")
                if i >= 0 and n_commas != last and line.strip(b", \t\r"):
                    last = n_commas
                    yield i, n_commas + 1
            row += len(lines)


def _count_equal_rows(block: bytes, n_commas: int) -> int:
    """Return the number of rows of a block if all have so many commas outside quotes, else 0."""
    text = block.replace(b"\r\n", b"\n") if b"\r" in block else block
    pieces = text.translate(None, NO_MARKS).replace(b'""', b"").split(b'"')
    marks, row = b"".join(pieces[::2]), b"," * n_commas + b"\n"
    n_rows = len(marks) // len(row)
    return n_rows if len(pieces) % 2 == 1 and marks == row * n_rows else 0


def _read_blocks(
    path: Path, columns: Sequence[str], header: list[str], n_cells: int, hint: str
) -> Iterator[pd.DataFrame]:
    """Yield the text of some columns; end the script if a column without a name is not empty."""
    unnamed = [i for i in range(n_cells) if i >= len(header) or not header[i]]
    positions = [header.index(column) for column in columns]
    reader = pd.read_csv(
        path,
        names=range(n_cells),
        usecols=[*positions, *unnamed],
        header=0,
        index_col=False,
        dtype=str,
        na_filter=False,
        skip_blank_lines=False,
        encoding="utf-8-sig",
        chunksize=BLOCK_ROWS,
    )
    with reader:
        for block in reader:
            for i in unnamed:
                _check_empty(block[i], path, hint)
            text = block[positions].set_axis([*columns], axis=1)
            if (text[columns[0]] == "").any():
                has_text = (text != "").any(axis=1).to_numpy(copy=True)
                has_text[~has_text] = _have_text(path, text.index[~has_text])
                text = text[has_text]
            yield text


def _check_empty(cells: pd.Series, path: Path, hint: str) -> None:
    if (cells != "").any():
        row = int((cells != "").argmax())
        sys.exit(
            f"{display_path(path)}, line {find_line(path, cells.index[row])}: {cells.iloc[row]!r} "
            f"is in a column without a name: fix it or {hint}."
        )


def _have_text(path: Path, rows: pd.Index) -> list[bool]:
    """Return which rows of the file have any text, in columns that are not read either."""
    chosen = set(rows)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = islice(_parse_rows(file), 1, None)
        return [any(row) for i, row in enumerate(cells) if i in chosen]


def _parse_rows(file: TextIO) -> Any:
    csv.field_size_limit(sys.maxsize)
    return csv.reader(file)
