"""Decryption of traces as HAL publishes them.

An encrypted trace is a zip file with one member `*.json.encrypted`. The member is a JSON object
with two keys in this order: `encrypted_data`, a Fernet token in base64, and `salt`, in base64.
Reading writes nothing to disk and never holds a whole document in memory.
"""

import binascii
import codecs
import hashlib
import os
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from isal import igzip_lib, isal_zlib

PASSWORD = b"hal1234"  # public; it only keeps the traces out of training data
KEY_ITERATIONS = 480_000
DATA_START = re.compile(rb'\s*\{\s*"encrypted_data"\s*:\s*"')
DATA_END = re.compile(rb'"\s*,\s*"salt"\s*:\s*"([A-Za-z0-9+/]+=*)"\s*\}\s*$')
WRONG_PASSWORD = "cannot be decrypted to text: the password is not HAL's, or the file is damaged"
N_CHECKED_BYTES = 64  # at the start of the text; a wrong key gives bytes that are not UTF-8
FERNET_HEADER = struct.Struct("c8x16s")  # version, time stamp, initialization vector
FERNET_VERSION = b"\x80"
FERNET_HMAC_SIZE = 32
ZIP_HEADER = struct.Struct("<4s22xHH")  # signature, skipped fields, lengths of name and extra field
ZIP_SIGNATURE = b"PK\x03\x04"
MACOS_METADATA = "__MACOSX/"  # folder that macOS adds to zip files

MAX_DIRECTORY_SIZE = 1 << 20  # bytes; a directory of millions of members would fill the memory
# The decompressed size may be at most MAX_RATIO times the compressed size plus MAX_EXTRA_SIZE.
# Encrypted data does not compress; two layers of base64 add less than a factor of two.
MAX_RATIO, MAX_EXTRA_SIZE = 10, 1 << 20
CHUNK_SIZE = 1 << 20  # bytes to decompress at a time
HEAD_SIZE = 4 << 20  # bytes to keep from the start of a member while its end is searched
TAIL_SIZE = 4096  # bytes to keep from its end
URL_SAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


class EncryptedError(ValueError):
    """A file is not an encrypted trace; the message is the reason."""


def decrypt_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Decrypt the trace in a zip file, as far as the caller iterates.

    The salt comes after the data, so the member is first decompressed to its end. This pass also
    checks the CRC and keeps the first `HEAD_SIZE` bytes. The member is decompressed a second time
    only if the caller reads beyond these bytes.

    Parameters
    ----------
    file : binary file
        The zip file. It must stay open while the caller iterates.

    Yields
    ------
    bytes
        The plain text in UTF-8, in chunks of arbitrary length.

    Raises
    ------
    EncryptedError
        With the reason, if the file is not an encrypted trace.
    """
    member = _trace_member(file)
    head, start, end, salt = _find_data(file, member)

    def data() -> Iterator[bytes]:
        yield head[start:end]
        position = 0
        for chunk in _decompress(file, member) if end > len(head) else ():
            yield chunk[max(len(head) - position, 0) : max(end - position, 0)]
            position += len(chunk)

    try:
        key = hashlib.pbkdf2_hmac(
            "sha256", PASSWORD, binascii.a2b_base64(salt, strict_mode=True), KEY_ITERATIONS
        )
        texts = _decrypt_token(_decode_base64(_decode_base64(data())), key)
        first = next(filter(None, texts), b"")
        try:
            codecs.getincrementaldecoder("utf-8")().decode(first[:N_CHECKED_BYTES])
        except UnicodeDecodeError:
            raise EncryptedError(WRONG_PASSWORD) from None
        yield first
        yield from texts
    except binascii.Error as error:
        raise EncryptedError(f"{_short_name(member)} has no Fernet token: {error}") from None


def _find_data(file: BinaryIO, member: zipfile.ZipInfo) -> tuple[bytes, int, int, bytes]:
    """Return the head of a member, where the data in the member starts and ends, and the salt."""
    head, tail, size, start = b"", b"", 0, None
    for chunk in _decompress(file, member):
        if size < HEAD_SIZE:
            head += chunk
        tail = (tail + chunk)[-TAIL_SIZE:]
        size += len(chunk)
        start = DATA_START.match(head)
        if size > TAIL_SIZE and not start:
            break
    end = DATA_END.search(tail)
    if not start or not end:
        raise EncryptedError(f"{_short_name(member)} is not an object of encrypted_data and salt")
    return head, start.end(), size - len(tail) + end.start(), end[1]


def _trace_member(file: BinaryIO) -> zipfile.ZipInfo:
    """Return the only member of a zip file that is an encrypted trace."""

    def read(size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_SIZE:
            raise zipfile.BadZipFile(f"its directory has more than {MAX_DIRECTORY_SIZE:,} bytes")
        return file.read(size)

    try:
        limited_file = SimpleNamespace(read=read, seek=file.seek, tell=file.tell)
        members = zipfile.ZipFile(cast(BinaryIO, limited_file)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise EncryptedError(f"not a zip file, or truncated or damaged: {error}") from None
    members = [member for member in members if not member.filename.startswith(MACOS_METADATA)]
    traces = [member for member in members if member.filename.endswith(".json.encrypted")]
    if len(traces) != 1:
        names = ", ".join(map(_short_name, members[:3])) or "nothing"
        more = f" and {len(members) - 3} more" if len(members) > 3 else ""
        raise EncryptedError(f"the zip file contains {names}{more}, expected one *.json.encrypted")
    return traces[0]


def _short_name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member as one short line of ASCII."""
    return ascii(member.filename[-80:])


def _decompress(file: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Decompress a member of a zip file in chunks; check its size and CRC at the end.

    The standard library's zipfile uses zlib, which takes one and a half times as long as isal.
    """
    name = _short_name(member)
    _seek_data(file, member)
    decompressor = igzip_lib.IgzipDecompressor()
    n_left, size, crc, chunk = member.compress_size, 0, 0, b""
    while not decompressor.eof:
        compressed, needs_input = b"", decompressor.needs_input or not chunk
        if needs_input:
            compressed = file.read(min(n_left, CHUNK_SIZE))
            n_left -= len(compressed)
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


def _seek_data(file: BinaryIO, member: zipfile.ZipInfo) -> None:
    """Check a member and move the position of the file to its compressed data."""
    name, file_size = _short_name(member), file.seek(0, os.SEEK_END)
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
    _, name_length, extra_length = ZIP_HEADER.unpack(header)
    file.seek(name_length + extra_length, os.SEEK_CUR)
    if member.flag_bits & 1 or member.compress_type != zipfile.ZIP_DEFLATED:
        raise EncryptedError(f"{name} has a zip password or is not compressed by deflate")


def _decode_base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decode base64, standard or URL-safe, from chunks that are split at arbitrary positions."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk.translate(URL_SAFE_TO_STANDARD)
        length = len(text) - len(text) % 4
        rest = text[length:]
        yield binascii.a2b_base64(text[:length], strict_mode=True)
    if rest:
        raise binascii.Error("base64 is truncated")


def _decrypt_token(chunks: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """Decrypt a Fernet token: AES-128 in CBC mode with PKCS7 padding, followed by an HMAC.

    The HMAC is not checked because that requires the whole token; the CRC of the zip file
    protects against damage instead.

    Source: https://github.com/fernet/spec/blob/master/Spec.md
    """
    decryptor, unpadder = None, PKCS7(algorithms.AES.block_size).unpadder()
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        if not decryptor:
            if len(buffer) < FERNET_HEADER.size:
                continue
            version, vector = FERNET_HEADER.unpack_from(buffer)
            if version != FERNET_VERSION:
                raise EncryptedError("not a Fernet token: the version is wrong")
            decryptor = Cipher(algorithms.AES(key[16:]), modes.CBC(vector)).decryptor()
            buffer = buffer[FERNET_HEADER.size :]
        yield unpadder.update(decryptor.update(buffer[:-FERNET_HMAC_SIZE]))
        buffer = buffer[-FERNET_HMAC_SIZE:]
    if not decryptor:
        raise EncryptedError("not a Fernet token: it is truncated")
    try:
        yield unpadder.update(decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise EncryptedError(WRONG_PASSWORD) from None
