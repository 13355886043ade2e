"""Inflating the end of a deflate stream without the data before it.

A deflate stream is a sequence of blocks that may begin at any bit. A block with its own Huffman
codes has a header that random bits rarely form. Inflating starts at such a header. Its references
to earlier data point into a dictionary of placeholders, so that unknown bytes are recognisable.
"""

import zlib
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

PLACEHOLDER = b"\0"  # a byte that the inflated data does not contain
WINDOW_SIZE = 1 << 15  # bytes; the longest distance of a reference
DYNAMIC_BLOCK = 2  # the type of a block with its own codes
MAX_CODES = 29  # largest valid value of HLIT and HDIST
HEADER_BITS = 1 + 2 + 5 + 5 + 4  # BFINAL, BTYPE, HLIT, HDIST, HCLEN
MAX_LENGTHS = 19  # code lengths of three bits each behind the header
MAX_RATIO = 2  # of inflated to compressed bytes; two layers of base64 add less
MAX_STARTS = 5000  # positions to try; 128 KB of random bytes have about 800
PIECE_SIZE = 1 << 14  # bytes to search at a time; usually, the first piece has a header
FULL_CODE = 1 << 7  # the sum of 2 ** (7 - length) over a complete code of lengths up to 7


def inflate_end(compressed: bytes) -> bytes:
    """Inflate the end of a deflate stream, from the first position where a block begins.

    Parameters
    ----------
    compressed : bytes
        The last bytes of the stream.

    Returns
    -------
    bytes
        The inflated end, without what stands before its last unknown byte; empty if the stream does
        not end exactly with the last byte from any position.
    """
    shifted: dict[int, bytes] = {}
    for position in islice(_block_starts(compressed), MAX_STARTS):
        first_byte, n_bits = divmod(position, 8)
        if n_bits not in shifted:
            shifted[n_bits] = _shift(compressed, n_bits)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=PLACEHOLDER * WINDOW_SIZE)
        try:
            inflated = inflater.decompress(
                shifted[n_bits][first_byte:], MAX_RATIO * len(compressed)
            )
        except zlib.error:
            continue
        if inflater.eof and len(inflater.unused_data) <= 1:  # the last byte may be only the shift
            return inflated[inflated.rfind(PLACEHOLDER) + 1 :]
    return b""


def _block_starts(compressed: bytes) -> Iterator[int]:
    """Yield the bits at which the header of a dynamic block may begin, in ascending order."""
    overlap = (HEADER_BITS + 3 * MAX_LENGTHS) // 8 + 1
    for start in range(0, len(compressed), PIECE_SIZE):
        piece = compressed[start : start + PIECE_SIZE + overlap] + bytes(overlap)
        for position in _dynamic_headers(piece):
            if position < 8 * PIECE_SIZE:
                yield 8 * start + int(position)


def _dynamic_headers(piece: bytes) -> NDArray[np.intp]:
    """Return the bits of a piece at which a valid header of a dynamic block begins.

    The header is valid if HLIT and HDIST are in range and the code of the code lengths is complete.

    Source: RFC 1951, section 3.2.7
    """
    bits = np.unpackbits(np.frombuffer(piece, np.uint8), bitorder="little")
    n = len(bits) - HEADER_BITS - 3 * MAX_LENGTHS

    def field(offset: int, width: int) -> NDArray[np.uint8]:
        value = np.zeros(n, np.uint8)
        for i in range(width):
            value |= bits[offset + i : offset + i + n] << i
        return value

    is_valid = (field(1, 2) == DYNAMIC_BLOCK) & (field(3, 5) <= MAX_CODES)
    is_valid &= field(8, 5) <= MAX_CODES
    positions = np.flatnonzero(is_valid)
    n_lengths = field(13, 4)[positions] + 4
    filled = np.zeros(len(positions), np.int64)
    for i in range(MAX_LENGTHS):
        first = positions + HEADER_BITS + 3 * i
        length = bits[first] | bits[first + 1] << 1 | bits[first + 2] << 2
        filled += np.where((i < n_lengths) & (length > 0), FULL_CODE >> length, 0)
    return positions[filled == FULL_CODE]


def _shift(compressed: bytes, n_bits: int) -> bytes:
    """Drop the first bits of a stream."""
    values = np.frombuffer(compressed + b"\0", np.uint8).astype(np.uint16)
    return (values[:-1] >> n_bits | values[1:] << 8 - n_bits).astype(np.uint8).tobytes()
