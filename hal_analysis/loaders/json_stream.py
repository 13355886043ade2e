"""Incremental reading of JSON documents of any size."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

MAX_VALUE_LENGTH = 1 << 24  # characters of a decoded value; bounds the memory that a file can take
MAX_WHOLE_LENGTH = 1 << 17  # characters; longer lists and objects are skipped member by member
WHITESPACE = re.compile(r"[ \t\n\r]*")
STRING_CONTENT = re.compile(r'(?:[ !#-\[\]-\U0010ffff]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
MAX_ESCAPE_LENGTH = len(r"\u0000")
MAX_LITERAL_LENGTH = len("-Infinity")
NUMBER_STARTS = "-0123456789IN"  # also of -Infinity, Infinity and NaN
NUMBER_CHARACTERS = "0123456789.eE+-"
CLOSING_BRACKETS = {"{": "}", "[": "]"}

MIN_BATCH_LENGTH = 1 << 12  # characters; shorter batches are not worth a search
BOUNDARY_CONTEXT = 12  # characters of an item that tell where the next one starts

Decoder = Callable[[str, int], tuple[Any, int]]

decode: Decoder = json.JSONDecoder().raw_decode


class DuplicateKeyError(ValueError):
    """An object has a key twice, and the two values may differ."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{ascii(key[:80])[1:-1]} occurs twice")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        raise DuplicateKeyError(next(key for i, key in enumerate(keys) if key in keys[:i]))
    return members


decode_unique = json.JSONDecoder(object_pairs_hook=_unique_members).raw_decode


class JsonStream:
    """A position in a JSON document that arrives in chunks.

    Python's `json` module decodes all values, including NaN and Infinity. This class itself
    handles only the commas, colons and brackets around values that are too long to decode at once.
    Event-based parsers such as ijson are slower than `json.load` and reject NaN.

    Parameters
    ----------
    chunks : iterator of bytes
        The document in UTF-8, split at arbitrary positions.

    Raises
    ------
    json.JSONDecodeError
        By all methods, if the document is not valid JSON. `pos` is relative to `offset`.
    UnicodeDecodeError
        By all methods, if the document is not valid UTF-8.
    RecursionError
        By all methods, if values are nested too deeply.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.to_text = codecs.getincrementaldecoder("utf-8-sig")().decode
        self.text = ""  # the text that is held in memory
        self.position = 0  # start of the unread part of `text`
        self.offset = 0  # number of characters in the document before `text`
        self.is_complete = False  # whether the last chunk has arrived
        self.was_long: dict[int, bool] = {}  # by depth: whether the last skipped value was long
        self.n_single = 0  # characters to skip item by item after a batch failed
        self.penalty = MAX_WHOLE_LENGTH  # the next `n_single`

    def peek(self) -> str:
        """Return the next character that is not whitespace, or "" at the end."""
        while True:
            self.position = WHITESPACE.match(self.text, self.position).end()  # type: ignore[union-attr]
            if self.position < len(self.text) or self.is_complete:
                return self.text[self.position : self.position + 1]
            self._read_more()

    def value(self, unique_keys: bool = False) -> Any:
        """Decode the next value, which may have at most `MAX_VALUE_LENGTH` characters.

        Parameters
        ----------
        unique_keys : bool
            Whether an object with a key twice is a `DuplicateKeyError`. Otherwise the last counts.
        """
        decoded = self._decode_up_to(MAX_VALUE_LENGTH, decode_unique if unique_keys else decode)
        if not decoded:
            raise self._error(f"Value of more than {MAX_VALUE_LENGTH:,} characters")
        return decoded[0]

    def value_or_skip(self) -> Any:
        """Decode the next value; skip it and return None if it is too long for `value`."""
        decoded = self._decode_up_to(MAX_VALUE_LENGTH)
        if decoded:
            return decoded[0]
        self.skip()
        return None

    def members(self) -> Iterator[str]:
        """Iterate over the keys of the next object.

        After each key, the caller must read its value with `value` or skip it with `skip`.
        """
        for _ in self.items():
            if self.peek() != '"':
                raise self._error("Expecting property name enclosed in double quotes")
            key = self.value()
            self._expect(":")
            yield key

    def items(self) -> Iterator[None]:
        """Iterate over the next list or object, stopping before each item.

        At each step, the caller must read the item or skip it.
        """
        end = CLOSING_BRACKETS[self.peek()]
        self.position += 1
        if self.peek() != end:
            yield
            while self.peek() == ",":
                self.position += 1
                yield
        self._expect(end)

    def skip(self, depth: int = 0) -> None:
        """Skip the next value; skip long lists and objects member by member.

        Trying to decode a long value as a whole wastes time. Neighbors of a long value are often
        long as well, so the value after a long one is skipped member by member at once.

        Parameters
        ----------
        depth : int
            Number of lists and objects around the value.
        """
        first = self.peek()
        start = self.offset + self.position
        if first == '"':
            self._skip_string()
        elif first not in CLOSING_BRACKETS:
            self.value()
        elif self.was_long.get(depth) or not self._decode_up_to(MAX_WHOLE_LENGTH):
            self._skip_members(depth + 1)
        self.was_long[depth] = self.offset + self.position - start > MAX_WHOLE_LENGTH

    def _skip_string(self) -> None:
        self.position += 1
        while True:
            self.position = STRING_CONTENT.match(self.text, self.position).end()  # type: ignore[union-attr]
            if self.text.startswith('"', self.position):
                self.position += 1
                return
            if self.is_complete or len(self.text) - self.position >= MAX_ESCAPE_LENGTH:
                is_truncated = self.position == len(self.text)
                raise self._error(
                    "Unterminated string" if is_truncated else "Invalid character in a string"
                )
            self._read_more()

    def _skip_members(self, depth: int) -> None:
        """Skip the next list or object: batches of short items at once, long ones one by one."""
        is_object = self.peek() == "{"
        for _ in self.members() if is_object else self.items():
            start = self.offset + self.position
            self.skip(depth)
            self.n_single -= self.offset + self.position - start
            while self.n_single <= 0 and not self.was_long[depth] and self._skip_batch(is_object):
                pass

    def _skip_batch(self, is_object: bool) -> bool:
        """Skip items that follow an item and are in memory; return whether it skipped any.

        The end of the last item is guessed from the text between the items before. The C code of
        `json` then decodes all items up to there as a list or an object of their own, which fails
        if the guess is wrong or an item is invalid. Items are then skipped one by one for a while.
        """
        has_comma = self.peek() == "," and self.position > 0
        if not has_comma or len(self.text) - self.position < MIN_BATCH_LENGTH:
            return False
        start, stop = self.position + 1, self.position + MAX_WHOLE_LENGTH
        next_start = WHITESPACE.match(self.text, start).end()  # type: ignore[union-attr]
        context = 1 if is_object else BOUNDARY_CONTEXT
        boundary = self.text[self.position - 1 : next_start + context]
        end = self.text.rfind(boundary, start, stop)
        if end < 0:
            boundary = self.text[self.position - 1 : next_start + 1]
            end = self.text.rfind(boundary, start, stop)
        if end < 0:
            return False
        opening, closing = "{}" if is_object else "[]"
        batch = f"{opening}{self.text[start : end + 1]}{closing}"
        try:
            is_whole = decode(batch, 0)[1] == len(batch)
        except ValueError:
            is_whole = False
        if not is_whole:  # the guess is behind the end of the list, or within an item or a text
            self.n_single, self.penalty = self.penalty, 2 * self.penalty
            return False
        self.position = end + 1
        self.penalty = MAX_WHOLE_LENGTH
        return True

    def _decode_up_to(self, length: int, decode: Decoder = decode) -> tuple[Any, ...]:
        """Return (value,) and move behind it, or () if the next value is longer."""
        self.peek()
        while not (decoded := self._try_decode(decode)):
            if len(self.text) - self.position > length + len("e+"):
                return ()
            self._read_more()
        value, end = decoded
        if end - self.position > length:
            return ()
        self.position = end
        return (value,)

    def _expect(self, character: str) -> None:
        if self.peek() != character:
            raise self._error(f"Expecting {character!r} delimiter")
        self.position += 1

    def _try_decode(self, decode: Decoder) -> tuple[Any, ...]:
        """Return a value and its end, or () if it may continue after the text in memory."""
        try:
            value, end = decode(self.text, self.position)
        except json.JSONDecodeError as error:
            is_truncated = error.msg.startswith("Unterminated string") or (
                error.pos > len(self.text) - MAX_LITERAL_LENGTH
            )
            if self.is_complete or not is_truncated:
                raise
            return ()
        except DuplicateKeyError:
            raise
        except ValueError:  # an integer of more than sys.get_int_max_str_digits() digits
            if not self.is_complete and self.text[-1] in NUMBER_CHARACTERS:
                return ()  # it may turn out to be a fraction
            raise self._error("Integer with too many digits") from None
        is_number = self.text[self.position] in NUMBER_STARTS
        if is_number and not self.is_complete and end >= len(self.text) - len("e+"):
            return ()  # it may continue
        return value, end

    def _read_more(self) -> None:
        """Read chunks until the unread text has doubled, and drop the text before it."""
        unread = self.text[self.position :]
        texts = [unread]
        target = min(2 * len(unread), max(len(unread), MAX_VALUE_LENGTH)) + 1
        while sum(map(len, texts)) < target and not self.is_complete:
            chunk = next(self.chunks, None)
            self.is_complete = chunk is None
            texts.append(self.to_text(chunk or b"", self.is_complete))
        self.offset += self.position
        self.text, self.position = "".join(texts), 0

    def _error(self, message: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(message, self.text, self.position)
