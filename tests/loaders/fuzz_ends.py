"""Coverage-guided search for damaged encrypted traces that are read wrongly by their ends.

    .venv/bin/python -m pip install -r requirements-fuzz.txt
    .venv/bin/python tests/loaders/fuzz_ends.py -runs=2500

Options are those of libFuzzer. The search stops at the first input that fails `check` and writes it
to tests/loaders/crashes_of_ends/, so that test_ends.py tests it from then on. It keeps about 0.6 MB
of memory for each input, so one search is short.
"""

import dataclasses
import functools
import json
import random
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRASHES = HERE / "crashes_of_ends"
SHAPES = [(size, compressor) for size in (0, 60_000) for compressor in ("zlib", "isal", "zlib-ng")]
EDIT_SIZE = 5  # bytes: what to do, three of the position, value
OPERATIONS = ("replace", "insert", "delete")
# Each trace with a damaged byte at its start and at its end.
SEEDS = [
    bytes([shape, damaged, n, 20, 0, 0, 65])
    for shape in range(len(SHAPES))
    for damaged in range(3)
    for n in range(2)
]


def check(data):
    """Damage an encrypted trace as some bytes say, and compare the ways of reading it.

    The first byte chooses the trace, the second what is damaged: its zip file, the member or the
    text, then each five bytes are one edit.

    Raises
    ------
    AssertionError
        If reading gives another run than the undamaged trace (tokens may be missing), if reading by
        the ends gives another run than checking the whole file, or if the text is JSON and either
        gives another run than Python's json.
    Exception
        If the reader raises anything but TraceError.
    """
    from hal_zips import encrypt, write_zip

    from hal_analysis.loaders import encrypted

    if len(data) < 2:
        return
    shape, damaged = data[0] % len(SHAPES), ("zip", "member", "text")[data[1] % 3]
    text, original = make_trace(shape)
    edits = data[2:]
    if damaged == "text":
        text = edit(text, edits)
    member = encrypt(text, random.Random(shape), encrypted.KEY_ITERATIONS)
    if damaged == "member":
        member = edit(member, edits)
    path = temporary_zip()
    write_zip(path, {"a_UPLOAD.json.encrypted": member}, SHAPES[shape][1])
    if damaged == "zip":
        path.write_bytes(edit(path.read_bytes(), edits))
    by_ends, whole = read(path, verify=False), read(path, verify=True)
    if whole is not None:
        assert by_ends == whole
    elif damaged != "text":
        assert by_ends in (None, original, without_tokens(original))
    if damaged == "text" and (expected := read_with_json(text)):
        assert by_ends == whole == expected


def edit(content, edits):
    """Return some bytes after edits of single bytes."""
    content = bytearray(content)
    for i in range(0, len(edits) - EDIT_SIZE + 1, EDIT_SIZE):
        operation, *position, value = edits[i : i + EDIT_SIZE]
        position = int.from_bytes(position, "little") % len(content)
        if operation & 1:  # positions near the end are as frequent as those near the start
            position = len(content) - 1 - position
        operation = OPERATIONS[(operation >> 1) % len(OPERATIONS)]
        content[position : position + (operation != "insert")] = (
            b"" if operation == "delete" else bytes([value])
        )
        if not content:
            break
    return bytes(content)


@functools.cache
def make_trace(shape):
    """Return the text of a trace, and its run."""
    import hal_zips

    trace = hal_zips.make_trace(random.Random(shape), SHAPES[shape][0], 3, benchmark="gaia")
    return json.dumps(trace).encode(), hal_zips.expected_run(trace)


@functools.cache
def temporary_zip():
    return Path(tempfile.mkdtemp(prefix="fuzz_")) / "a_UPLOAD.zip"


def without_tokens(run):
    """Return a run as it is read if the end of its text, which states the tokens, is damaged."""
    return dataclasses.replace(run, prompt_tokens=None, completion_tokens=None)


def read(path, verify):
    """Return the run in a file, or None if it is skipped with a reason."""
    from hal_analysis.loaders import parsing, traces

    try:
        return parsing.parse_run(traces.read_trace(path, verify))
    except traces.TraceError as error:
        assert str(error)
        return None


def read_with_json(text):
    """Return the run in a text, or None if it is no JSON, has duplicate keys or no run."""
    from fuzz_reading import read_with_json

    from hal_analysis.loaders import parsing, traces

    if read_with_json(text) is None:
        return None
    try:
        return parsing.parse_run(json.loads(text.decode("utf-8-sig")))
    except traces.TraceError:
        return None


def main():
    sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]
    import atheris
    import fuzzing

    with atheris.instrument_imports(include=["hal_analysis"]):
        from hal_analysis.loaders import encrypted, traces, zip_members
    # Short traces are read by their ends, too, and keys take no time.
    traces.FIRST_CHUNK_SIZE, traces.CHUNK_SIZE, zip_members.CHUNK_SIZE = 64, 1024, 1024
    encrypted.SHORT_SIZE, encrypted.END_SIZE, encrypted.KEY_ITERATIONS = 0, 512, 1
    fuzzing.search(check, SEEDS, CRASHES, "-max_len=62")


if __name__ == "__main__":
    main()
