"""An encrypted trace as HAL publishes it: a zip to the plain JSON text in it, piece by piece.

The zip has a member `*.json.encrypted`, JSON in this order: `encrypted_data`, base64 of a Fernet
token, and `salt`, base64. Nothing is written to disk and no document is held whole.
"""

import binascii
import codecs
import hashlib
import os
import re
import struct
import zipfile
from types import SimpleNamespace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from isal import igzip_lib, isal_zlib

PASSWORD = b"hal1234"  # public; it only keeps the traces out of training data
KEY_ROUNDS = 480_000
DATA_START = re.compile(rb'\s*\{\s*"encrypted_data"\s*:\s*"')
DATA_END = re.compile(rb'"\s*,\s*"salt"\s*:\s*"([A-Za-z0-9+/]+=*)"\s*\}\s*$')
WRONG_PASSWORD = "does not decrypt to text: another password than HAL's, or damaged"
FIRST_BYTES = 64  # of a text; those that a wrong key gives are no UTF-8
FERNET_HEAD = struct.Struct("c8x16s")  # version, time, initialisation vector
FERNET_VERSION = b"\x80"
FERNET_HMAC = 32
ZIP_HEADER = struct.Struct("<4s22xHH")  # signature, sizes and such, lengths of two fields behind
ZIP_SIGNATURE = b"PK\x03\x04"

FINDER_NOTES = "__MACOSX/"  # what macOS adds to a zip

DIRECTORY = 1 << 20  # bytes of a zip's directory; millions of members would fill the memory
# A zip may inflate to that many times its size and so many bytes; base64 of base64 of what is
# encrypted takes less than twice its size.
MOST_TIMES, MOST_BYTES = 10, 1 << 20
PIECE = 1 << 20  # bytes inflated at a time
KEPT_HEAD = 4 << 20  # bytes of a member that stay while its end is looked for
KEPT_TAIL = 4096
URL_SAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


class EncryptedError(ValueError):
    """A file that is no encrypted trace; the message is the reason."""


def decrypted_pieces(file):
    """Decrypt the trace in a zip as far as its text is taken.

    The salt stands behind the data. So the member is first inflated to its end, which checks its
    CRC too, and its beginning kept; only for who takes more than that it is inflated once more.

    Parameters
    ----------
    file : binary file
        The zip, open until the last piece is taken.

    Yields
    ------
    bytes
        The plain text, UTF-8, in pieces of any length.

    Raises EncryptedError with the reason.
    """
    member = _trace_member(file)
    head, tail, size, start = b"", b"", 0, None
    for piece in _inflated(file, member):
        if size < KEPT_HEAD:
            head += piece
        tail = (tail + piece)[-KEPT_TAIL:]
        size += len(piece)
        start = DATA_START.match(head)
        if size > KEPT_TAIL and not start:
            break
    end = start and DATA_END.search(tail)
    if not end:
        raise EncryptedError(f"{_shown(member)} is no object of encrypted_data and salt")
    data_end = size - len(tail) + end.start()

    def data():
        yield head[start.end() : data_end]
        position = 0
        for piece in _inflated(file, member) if data_end > len(head) else ():
            yield piece[max(len(head) - position, 0) : max(data_end - position, 0)]
            position += len(piece)

    try:
        salt = binascii.a2b_base64(end[1], strict_mode=True)
        key = hashlib.pbkdf2_hmac("sha256", PASSWORD, salt, KEY_ROUNDS)
        text = _plain_text(_from_base64(_from_base64(data())), key)
        begin = next(filter(None, text), b"")
        try:
            codecs.getincrementaldecoder("utf-8")().decode(begin[:FIRST_BYTES])
        except UnicodeDecodeError:
            raise EncryptedError(WRONG_PASSWORD) from None
        yield begin
        yield from text
    except binascii.Error as error:
        raise EncryptedError(f"{_shown(member)} holds no Fernet token: {error}") from None


def _trace_member(file):
    def read(size=-1):
        if size > DIRECTORY:
            raise zipfile.BadZipFile(f"its directory has more than {DIRECTORY:,} bytes")
        return file.read(size)

    try:
        end_of_zip = SimpleNamespace(read=read, seek=file.seek, tell=file.tell)
        members = zipfile.ZipFile(end_of_zip).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise EncryptedError(f"no zip, or a cut or damaged one: {error}") from None
    members = [member for member in members if not member.filename.startswith(FINDER_NOTES)]
    found = [member for member in members if member.filename.endswith(".json.encrypted")]
    if len(found) != 1:
        names = ", ".join(map(_shown, members[:3])) or "nothing"
        more = f" and {len(members) - 3} more" if len(members) > 3 else ""
        raise EncryptedError(f"the zip holds {names}{more}, expected one *.json.encrypted")
    return found[0]


def _shown(member):
    """The name of a member as one short line, whatever is in it."""
    return ascii(member.filename[-80:])


def _inflated(file, member):
    """Inflate a member of a zip in pieces; its length and CRC are checked at the end.

    zipfile inflates by zlib, which takes half as long again as isal.
    """
    name, end = _shown(member), file.seek(0, os.SEEK_END)
    most = MOST_TIMES * min(member.compress_size, end) + MOST_BYTES
    if member.file_size > most:
        raise EncryptedError(
            f"{name} would inflate to {member.file_size:,} bytes, expected at most {most:,}: "
            "what is encrypted hardly deflates"
        )
    inside = 0 <= member.header_offset < end
    file.seek(member.header_offset if inside else end)
    header = file.read(ZIP_HEADER.size)
    if len(header) < ZIP_HEADER.size or not header.startswith(ZIP_SIGNATURE):
        raise EncryptedError(f"damaged zip: no {name} where its directory says")
    _, *lengths = ZIP_HEADER.unpack(header)
    file.seek(sum(lengths), os.SEEK_CUR)
    if member.flag_bits & 1 or member.compress_type != zipfile.ZIP_DEFLATED:
        raise EncryptedError(f"{name} has a zip password or is not deflated")
    decompressor = igzip_lib.IgzipDecompressor()
    left, size, crc, piece = member.compress_size, 0, 0, b""
    while not decompressor.eof:
        deflated, asked = b"", decompressor.needs_input or not piece
        if asked:
            deflated = file.read(min(left, PIECE))
            left -= len(deflated)
        try:
            piece = decompressor.decompress(deflated, PIECE)
        except isal_zlib.error as error:
            raise EncryptedError(f"damaged zip: {name} cannot be inflated: {error}") from None
        if asked and not (deflated or piece or decompressor.eof):
            raise EncryptedError(f"damaged zip: {name} is cut")
        size, crc = size + len(piece), isal_zlib.crc32(piece, crc)
        if size > member.file_size:
            raise EncryptedError(f"damaged zip: {name} is longer than its directory says")
        yield piece
    if (size, crc) != (member.file_size, member.CRC):
        raise EncryptedError(f"damaged zip: {name} fails its CRC check")


def _from_base64(pieces):
    """Decode base64, standard or URL-safe, that comes in pieces cut anywhere."""
    rest = b""
    for piece in pieces:
        text = rest + piece.translate(URL_SAFE_TO_STANDARD)
        whole = len(text) - len(text) % 4
        rest = text[whole:]
        yield binascii.a2b_base64(text[:whole], strict_mode=True)
    if rest:
        raise binascii.Error("base64 is cut")


def _plain_text(token_pieces, key):
    """Decrypt a Fernet token: AES-128 in CBC mode, PKCS7 padding; a HMAC at the end.

    The HMAC would need the whole token, which is not read; the zip's CRC stands in for it.

    Source: https://github.com/fernet/spec/blob/master/Spec.md
    """
    decryptor, unpadder = None, PKCS7(algorithms.AES.block_size).unpadder()
    held = b""
    for piece in token_pieces:
        held += piece
        if not decryptor:
            if len(held) < FERNET_HEAD.size:
                continue
            version, vector = FERNET_HEAD.unpack_from(held)
            if version != FERNET_VERSION:
                raise EncryptedError("holds no Fernet token: the version is wrong")
            decryptor = Cipher(algorithms.AES(key[16:]), modes.CBC(vector)).decryptor()
            held = held[FERNET_HEAD.size :]
        yield unpadder.update(decryptor.update(held[:-FERNET_HMAC]))
        held = held[-FERNET_HMAC:]
    if not decryptor:
        raise EncryptedError("holds no Fernet token: it is cut")
    try:
        yield unpadder.update(decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise EncryptedError(WRONG_PASSWORD) from None
