"""Decryption of traces as HAL publishes them.

An encrypted trace is a zip file with one member `*.json.encrypted`. The member is a JSON object
with two keys in this order: `encrypted_data`, a Fernet token in base64, and `salt`, in base64.
Reading writes nothing to disk and never holds a whole document in memory.

A member can be read in two ways: by its ends, whose cost does not depend on its size, or whole,
which also checks its CRC.
"""

import binascii
import codecs
import functools
import hashlib
import re
import struct
import threading
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from hal_analysis.loaders.deflate import inflate_end
from hal_analysis.loaders.zip_members import (
    EncryptedError,
    decompress,
    find_trace_member,
    seek_data,
    short_name,
)

PASSWORD = b"hal1234"  # public; it only keeps the traces out of training data
KEY_ITERATIONS = 480_000
MAX_CACHED_KEYS = 256
DATA_START = re.compile(rb'\s*\{\s*"encrypted_data"\s*:\s*"')
DATA_END = re.compile(rb'"\s*,\s*"salt"\s*:\s*"([A-Za-z0-9+/]+=*)"\s*\}\s*$')
WRONG_PASSWORD = "cannot be decrypted to text: the password is not HAL's, or the file is damaged"
N_CHECKED_BYTES = 64  # at the start of the text; a wrong key gives bytes that are not UTF-8
# HAL's text starts so. Damage of the initialization vector changes only this block, byte by byte.
FIRST_BLOCK = b'{"config": {"age'
BLOCK_SIZE = 16  # bytes of AES
FERNET_HEADER = struct.Struct("c8x16s")  # version, time stamp, initialization vector
FERNET_VERSION = b"\x80"
FERNET_HMAC_SIZE = 32
URL_SAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
# Two layers of base64: 16 characters of the data are 12 of the token's text and 9 of its bytes.
GROUP_CHARS, GROUP_BYTES = 16, 9

END_SIZE = 24 << 10  # bytes of the text's end that are decrypted
HEAD_SIZE = 4 << 20  # bytes to keep from the start of a member that is read whole
TAIL_SIZE = 1 << 16  # bytes to keep from its end; enough for END_SIZE, the HMAC and the salt
HEAD_READ = 60 << 10  # compressed bytes of a member's start that are read first
END_READS = (128 << 10, 256 << 10, 896 << 10)  # of its end, until one is enough
SHORT_SIZE = HEAD_READ + END_READS[0]  # compressed bytes of a member that is read whole
MAX_SALT_SIZE = 4096  # bytes behind the data


# How members are read.
BY_ENDS, BY_LONGER_ENDS = "by their ends", "by longer ends"
SHORT, WHOLE = "whole because they are short", "whole"


class WrongPasswordError(EncryptedError):
    """Neither the start nor the end of a trace can be decrypted."""


class NotByEndsError(EncryptedError):
    """A member cannot be read by its ends; read whole, it may be usable."""


@dataclass(frozen=True)
class Plaintext:
    """The text of an encrypted trace.

    Parameters
    ----------
    chunks : iterator of bytes
        The text in UTF-8, in chunks of arbitrary length. The zip file must stay open while the
        caller iterates. Iterating raises `EncryptedError` if the rest cannot be decrypted.
    end : bytes
        The last `END_SIZE` bytes of the text, or all of it.
    how : str
        How the member was read, one of `BY_ENDS`, `BY_LONGER_ENDS`, `SHORT` and `WHOLE`.
    """

    chunks: Iterator[bytes]
    end: bytes
    how: str


def decrypt_by_ends(file: BinaryIO) -> Plaintext:
    """Decrypt the trace in a zip file from the start and the end of its compressed data.

    The end is inflated from a block within the last `END_READS` bytes. Only what is read is
    checked: the deflate stream must end where the member ends, the padding and the last bracket of
    the text must be in place, and a damaged byte makes 16 bytes of the text random.

    Parameters
    ----------
    file : binary file
        The zip file.

    Raises
    ------
    NotByEndsError
        If the member is short or has another form than HAL's, or anything is unexpected.
    EncryptedError
        With the reason, if the file is not an encrypted trace.
    """
    member = find_trace_member(file)
    if not seek_data(file, member) or member.compress_size <= SHORT_SIZE:
        raise NotByEndsError("short, or damaged")
    tail, match, how = _inflate_end(file, member, file.tell())
    compressed_head = decompress(file, member, HEAD_READ)
    head = next(compressed_head, b"")
    start = DATA_START.match(head)
    if not start:
        raise NotByEndsError("the data does not start the member")
    n_chars = member.file_size - len(tail) + match.start() - start.end()
    try:
        key = _key_of(match[1])
    except binascii.Error as error:
        raise NotByEndsError(f"the salt is not base64: {error}") from None
    try:
        end = _decrypt_end(tail[: match.start()], n_chars, key)
        is_end_text = len(end) >= END_SIZE and _is_text(end)
    except (EncryptedError, binascii.Error):
        end, is_end_text = b"", False
    chunks = _decrypt_data(_limit(head, compressed_head, start.end(), n_chars), key)
    first = _first_chunk(chunks)
    if not (end or (first and _starts_as_text(first))):
        raise WrongPasswordError(WRONG_PASSWORD)
    if not is_end_text or not first.startswith(FIRST_BLOCK):
        raise NotByEndsError("damaged, or of another form than HAL's")
    chunks = _name_errors(_prepend(first, chunks), short_name(member))
    return Plaintext(chunks, end[-END_SIZE:], how)


def decrypt_whole(file: BinaryIO) -> Plaintext:
    """Decrypt the trace in a zip file and check its CRC.

    The salt comes after the data, so the member is first decompressed to its end. This pass also
    checks the CRC and keeps the first `HEAD_SIZE` bytes. The member is decompressed a second time
    only if the caller reads beyond these bytes.

    Parameters
    ----------
    file : binary file
        The zip file.

    Raises
    ------
    EncryptedError
        With the reason, if the file is not an encrypted trace.
    """
    member = find_trace_member(file)
    head, tail, size = _inflate_whole(file, member)
    start, match = DATA_START.match(head), _find_salt(tail)
    if not start or not match:
        raise EncryptedError(f"{short_name(member)} is not an object of encrypted_data and salt")
    n_chars = size - len(tail) + match.start() - start.end()

    def rest() -> Iterator[bytes]:
        position = 0
        for chunk in decompress(file, member):
            yield chunk[max(len(head) - position, 0) :]
            position += len(chunk)

    try:
        key = _key_of(match[1])
        chunks = _decrypt_data(_limit(head, rest(), start.end(), n_chars), key)
        first = next(filter(None, chunks), b"")
        if not _starts_as_text(first):
            raise EncryptedError(WRONG_PASSWORD)
        try:
            end = _decrypt_end(tail[: match.start()], n_chars, key)[-END_SIZE:]
        except (EncryptedError, binascii.Error):
            end = b""
    except binascii.Error as error:
        raise EncryptedError(f"{short_name(member)} has no Fernet token: {error}") from None
    how = SHORT if member.compress_size <= SHORT_SIZE else WHOLE
    return Plaintext(_name_errors(_prepend(first, chunks), short_name(member)), end, how)


def _inflate_whole(file: BinaryIO, member: zipfile.ZipInfo) -> tuple[bytes, bytes, int]:
    """Inflate a member and check its CRC; return its start, its end and its size.

    Inflating stops at once if the member does not start as HAL's do.
    """
    head, tail, size = b"", b"", 0
    for chunk in decompress(file, member):
        if size < HEAD_SIZE:
            head += chunk
        tail = (tail + chunk)[-TAIL_SIZE:]
        size += len(chunk)
        if size > MAX_SALT_SIZE and not DATA_START.match(head):
            break
    return head, tail, size


def _find_salt(tail: bytes) -> re.Match[bytes] | None:
    """Return the match of the data's end and the salt behind it."""
    return DATA_END.search(tail, max(len(tail) - MAX_SALT_SIZE, 0))


def _inflate_end(
    file: BinaryIO, member: zipfile.ZipInfo, position: int
) -> tuple[bytes, re.Match[bytes], str]:
    """Inflate enough of a member's end; return it, the match of its salt, and how it was read."""
    wanted = GROUP_CHARS * (END_SIZE // GROUP_BYTES + 16)
    compressed = b""
    for size in END_READS:
        n_more = min(size, member.compress_size) - len(compressed)
        file.seek(position + member.compress_size - len(compressed) - n_more)
        compressed = file.read(n_more) + compressed
        tail = inflate_end(compressed)
        match = _find_salt(tail)
        if match and match.start() >= wanted:
            return tail, match, BY_ENDS if size == END_READS[0] else BY_LONGER_ENDS
        if not tail and size != END_READS[0]:
            break  # the compressor does not write blocks with codes of their own
    raise NotByEndsError("no block begins near the end")


def _key_of(salt: bytes) -> bytes:
    """Return the key for a salt in base64; threads that need the same key derive it once."""
    with _GUARD:
        lock = _lock_of(salt)
    with lock:
        return _derive_key(salt, KEY_ITERATIONS)


_GUARD = threading.Lock()


@functools.lru_cache(MAX_CACHED_KEYS)
def _lock_of(salt: bytes) -> threading.Lock:
    return threading.Lock()


@functools.lru_cache(MAX_CACHED_KEYS)
def _derive_key(salt: bytes, iterations: int) -> bytes:
    decoded = binascii.a2b_base64(salt, strict_mode=True)
    return hashlib.pbkdf2_hmac("sha256", PASSWORD, decoded, iterations)


def _limit(head: bytes, rest: Iterable[bytes], start: int, n_chars: int) -> Iterator[bytes]:
    """Yield the data of a member from its head and what follows the head."""
    yield head[start : start + n_chars]
    n_left = n_chars - (len(head) - start)
    if n_left <= 0:
        return
    for chunk in rest:
        yield chunk[:n_left]
        n_left -= len(chunk)
        if n_left <= 0:
            return


def _prepend(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def _name_errors(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    try:
        yield from chunks
    except binascii.Error as error:
        raise EncryptedError(f"{name} has no Fernet token: {error}") from None


def _first_chunk(chunks: Iterator[bytes]) -> bytes:
    """Return the first text, or nothing if it cannot be decrypted."""
    try:
        return next(filter(None, chunks), b"")
    except (EncryptedError, binascii.Error):
        return b""


def _starts_as_text(first: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first[:N_CHECKED_BYTES])
    except UnicodeDecodeError:
        return False
    return True


def _is_text(end: bytes) -> bool:
    """Return whether the end of a text is UTF-8 without control characters."""
    start = next((i for i in range(4) if end[i] & 0xC0 != 0x80), 0)  # within a character
    try:
        text = end[start:].decode()
    except UnicodeDecodeError:
        return False
    return min(text.translate({ord(space): "~" for space in "\t\n\r"})) >= " "


def _decrypt_data(chars: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    return _decrypt_token(_decode_base64(_decode_base64(chars)), key)


def _decrypt_end(chars: bytes, n_chars: int, key: bytes) -> bytes:
    """Decrypt at least `END_SIZE` bytes of the text's end from the end of the data.

    Parameters
    ----------
    chars : bytes
        The last characters of the data.
    n_chars : int
        The number of characters of the whole data, which determines how they are grouped.
    key : bytes

    Raises
    ------
    EncryptedError or binascii.Error
        If these characters are not the end of a token, or its text does not end with a bracket.
    """
    n_wanted = GROUP_CHARS * (END_SIZE // GROUP_BYTES + 14)
    n_before = max(n_chars - min(len(chars), n_wanted), 0)
    n_before += -n_before % GROUP_CHARS
    text = binascii.a2b_base64(chars[len(chars) - (n_chars - n_before) :], strict_mode=True)
    token = binascii.a2b_base64(text.translate(URL_SAFE_TO_STANDARD), strict_mode=True)
    position = n_before // GROUP_CHARS * GROUP_BYTES
    body_start = FERNET_HEADER.size - BLOCK_SIZE  # the initialization vector precedes the blocks
    start = body_start - position if position < body_start else (body_start - position) % BLOCK_SIZE
    body = token[start : len(token) - FERNET_HMAC_SIZE]
    if len(body) < 2 * BLOCK_SIZE or len(body) % BLOCK_SIZE:
        raise EncryptedError("not a Fernet token: it is truncated")
    cipher = Cipher(algorithms.AES(key[16:]), modes.CBC(body[:BLOCK_SIZE])).decryptor()
    unpadder = PKCS7(algorithms.AES.block_size).unpadder()
    try:
        plain = unpadder.update(cipher.update(body[BLOCK_SIZE:])) + unpadder.finalize()
    except ValueError:
        raise EncryptedError(WRONG_PASSWORD) from None
    if not plain.rstrip().endswith(b"}"):
        raise EncryptedError("the text does not end with a bracket")
    return plain


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
