"""Members of zip files: the encrypted trace, the position of its data, and its decompression."""

import os
import struct
import zipfile
from collections.abc import Iterator
from types import SimpleNamespace
from typing import BinaryIO, cast

from isal import igzip_lib, isal_zlib

# Signature, skipped fields, CRC, compressed size, size, lengths of name and extra field.
ZIP_HEADER = struct.Struct("<4s10xIIIHH")
SIZES_FOLLOW = 1 << 3  # flag of a member whose header has no sizes because they follow the data
ZIP64_SIZE = 0xFFFFFFFF  # stands for a size in the extra field
ZIP_SIGNATURE = b"PK\x03\x04"
MACOS_METADATA = "__MACOSX/"  # folder that macOS adds to zip files

MAX_DIRECTORY_SIZE = 1 << 20  # bytes; a directory of millions of members would fill the memory
# The decompressed size may be at most MAX_RATIO times the compressed size plus MAX_EXTRA_SIZE.
# Encrypted data does not compress; two layers of base64 add less than a factor of two.
MAX_RATIO, MAX_EXTRA_SIZE = 10, 1 << 20
CHUNK_SIZE = 1 << 20  # bytes to decompress at a time


class EncryptedError(ValueError):
    """A file is not an encrypted trace; the message is the reason."""


def find_trace_member(file: BinaryIO) -> zipfile.ZipInfo:
    """Return the only member of a zip file that is an encrypted trace."""
    errors: list[OSError] = []

    def read(size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_SIZE:
            raise zipfile.BadZipFile(f"its directory has more than {MAX_DIRECTORY_SIZE:,} bytes")
        try:
            return file.read(size)
        except OSError as error:
            errors.append(error)  # zipfile would say that the file is not a zip file
            raise

    try:
        limited_file = SimpleNamespace(read=read, seek=file.seek, tell=file.tell)
        members = zipfile.ZipFile(cast(BinaryIO, limited_file)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        if errors:
            raise errors[0] from None
        file.seek(0)
        start = file.read(40).partition(b"\n")[0].decode("latin-1")
        shown = f", starts with {start!r}" if start.isascii() and start.isprintable() else ""
        raise EncryptedError(f"not a zip file, or truncated or damaged: {error}{shown}") from None
    members = [member for member in members if not member.filename.startswith(MACOS_METADATA)]
    traces = [member for member in members if member.filename.endswith(".json.encrypted")]
    if len(traces) != 1:
        names = ", ".join(map(short_name, members[:3])) or "nothing"
        more = f" and {len(members) - 3} more" if len(members) > 3 else ""
        raise EncryptedError(
            f"the zip file contains {names}{more}, expected one *.json.encrypted: unzip other files"
        )
    return traces[0]


def short_name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member as one short line of ASCII."""
    return ascii(member.filename[-80:])


def decompress(
    file: BinaryIO, member: zipfile.ZipInfo, read_size: int | None = None
) -> Iterator[bytes]:
    """Decompress a member of a zip file in chunks; check its size and CRC at the end.

    The standard library's zipfile uses zlib, which takes one and a half times as long as isal.

    Parameters
    ----------
    file : binary file
        The zip file.
    member : ZipInfo
    read_size : int, optional
        Bytes to read first; reads double up to `CHUNK_SIZE`, which is the default.
    """
    name = short_name(member)
    read_size = read_size or CHUNK_SIZE
    seek_data(file, member)
    decompressor = igzip_lib.IgzipDecompressor()
    n_left, size, crc, chunk = member.compress_size, 0, 0, b""
    while not decompressor.eof:
        compressed, needs_input = b"", decompressor.needs_input or not chunk
        if needs_input:
            compressed = file.read(min(n_left, read_size))
            n_left -= len(compressed)
            read_size = min(2 * read_size, CHUNK_SIZE)
        try:
            chunk = decompressor.decompress(compressed, CHUNK_SIZE)
        except isal_zlib.error as error:  # type: ignore[misc]
            raise EncryptedError(f"damaged zip file: {name} cannot be inflated: {error}") from None
        if needs_input and not (compressed or chunk or decompressor.eof):
            raise EncryptedError(f"damaged zip file: {name} is truncated")
        size, crc = size + len(chunk), isal_zlib.crc32(chunk, crc)
        if size > member.file_size:
            raise EncryptedError(f"damaged zip file: {name} is longer than its directory states")
        yield chunk
    if (size, crc) != (member.file_size, member.CRC):
        raise EncryptedError(f"damaged zip file: {name} fails its CRC check")


def seek_data(file: BinaryIO, member: zipfile.ZipInfo) -> bool:
    """Check a member and move the position of the file to its compressed data.

    Returns
    -------
    bool
        Whether the header of the member states the same sizes and CRC as the directory, if any.
    """
    name, file_size = short_name(member), file.seek(0, os.SEEK_END)
    max_size = MAX_RATIO * min(member.compress_size, file_size) + MAX_EXTRA_SIZE
    if member.file_size > max_size:
        raise EncryptedError(
            f"{name} would inflate to {member.file_size:,} bytes, expected at most {max_size:,} "
            "because encrypted data does not compress"
        )
    is_inside = 0 <= member.header_offset < file_size
    file.seek(member.header_offset if is_inside else file_size)
    header = file.read(ZIP_HEADER.size)
    if len(header) < ZIP_HEADER.size or not header.startswith(ZIP_SIGNATURE):
        raise EncryptedError(f"damaged zip file: {name} is not where its directory states")
    _, *stated, name_length, extra_length = ZIP_HEADER.unpack(header)
    file.seek(name_length + extra_length, os.SEEK_CUR)
    if member.flag_bits & 1 or member.compress_type != zipfile.ZIP_DEFLATED:
        raise EncryptedError(f"{name} has a zip password or is not compressed by deflate")
    if member.flag_bits & SIZES_FOLLOW:
        return True
    expected = (member.CRC, member.compress_size, member.file_size)
    return all(a in (b, ZIP64_SIZE) for a, b in zip(stated, expected, strict=True))
