"""Inflating the end of a deflate stream."""

import base64
import random
import zlib

import pytest
from hal_zips import COMPRESSORS

from hal_analysis.loaders.deflate import inflate_end

# Data as in a trace: base64 of base64 of random bytes.
DATA = base64.b64encode(base64.b64encode(random.Random(0).randbytes(400_000)))


def deflate(data, compressor="zlib", level=6):
    stream = COMPRESSORS[compressor].compressobj(level, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    ("compressor", "level"),
    [("zlib", 6), ("zlib", 9), ("isal", 2), ("zlib-ng", 2), ("zlib-ng", 6)],
)
def test_end_is_inflated_without_what_stands_before_it(compressor, level):
    compressed = deflate(DATA, compressor, level)
    for size in (1 << 17, (1 << 17) + 1, 150_001):
        end = inflate_end(compressed[-size:])
        assert len(end) > 20_000
        assert DATA.endswith(end)


def test_whole_stream_is_inflated():
    assert inflate_end(deflate(DATA[:50_000])) == DATA[:50_000]


@pytest.mark.parametrize(
    "change",
    [
        lambda end: end[:-1],
        lambda end: end[:-100],
        lambda end: end + b"\0\0",
        lambda end: b"",
        lambda end: bytes(len(end)),
        lambda end: b"\xff" * len(end),
    ],
)
def test_stream_that_does_not_end_with_the_last_byte_gives_nothing(change):
    assert inflate_end(change(deflate(DATA)[-(1 << 17) :])) == b""


def test_blocks_without_codes_of_their_own_give_nothing():
    fixed = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_FIXED)
    assert inflate_end((fixed.compress(DATA) + fixed.flush())[-(1 << 17) :]) == b""


def test_random_bytes_give_nothing():
    assert inflate_end(random.Random(1).randbytes(1 << 17)) == b""


def test_end_that_would_inflate_to_many_times_its_size_is_not_inflated():
    compressed = deflate(DATA + bytes([65]) * 10**8)
    assert len(compressed) < 10**6
    assert len(inflate_end(compressed[-(1 << 17) :])) <= 2 << 17
