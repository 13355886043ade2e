"""JSON of any length, read in pieces: decode what is wanted, pass over the rest."""

import codecs
import json
import re

LONGEST = 1 << 24  # characters of a value that is decoded; strangers' files could fill the memory
LONG = 1 << 20  # characters; a list or object longer than this is never held whole to be skipped
WHITE_SPACE = re.compile(r"[ \t\n\r]*")
TEXT_PART = re.compile(r'(?:[ !#-\[\]-\U0010ffff]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
LONGEST_ESCAPE = len(r"\u0000")
LONGEST_WORD = len("-Infinity")
NUMBER_SIGNS = "0123456789.eE+-"
CLOSING = {"{": "}", "[": "]"}

decode = json.JSONDecoder().raw_decode


class JsonStream:
    """A position in JSON text that arrives in pieces of UTF-8.

    Values are decoded by Python's `json` module, so they are what it makes of them, NaN and
    Infinity included. Only the commas, colons and brackets around values that are too long to be
    decoded in one go are looked at here: parsers that hand out events instead (ijson) take longer
    than `json.load` and refuse NaN.

    Parameters
    ----------
    pieces : iterator of bytes
        The text, cut anywhere.

    All methods raise json.JSONDecodeError, `pos` counted from `passed` on, if the text is no JSON,
    UnicodeDecodeError if it is no UTF-8 and RecursionError if values lie too deep in others.
    """

    def __init__(self, pieces):
        self.pieces = pieces
        self.to_text = codecs.getincrementaldecoder("utf-8-sig")().decode
        self.text, self.at = "", 0  # what has arrived, and where in it the unread part begins
        self.passed = 0  # characters before `text`
        self.ended = False
        self.was_long = {}  # by depth: whether the last value skipped there was a long one

    def peek(self):
        """The next character that is no white space, "" at the end."""
        while True:
            self.at = WHITE_SPACE.match(self.text, self.at).end()
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]
            self._arrive()

    def value(self):
        """Decode the next value, of at most `LONGEST` characters."""
        while not (decoded := self._decoded()):
            if len(self.text) - self.at > LONGEST:
                raise self._error(f"Value of more than {LONGEST:,} characters")
            self._arrive()
        return decoded[0]

    def members(self):
        """Go through the object that comes next: its keys, each before its value is taken."""
        for _ in self._each():
            if self.peek() != '"':
                raise self._error("Expecting property name enclosed in double quotes")
            key = self.value()
            self._take(":")
            yield key

    def skip(self, depth=0):
        """Pass over the next value; step into a long list or object and pass over its members.

        To find that a list or object is long costs a piece decoded in vain, so the one behind a
        long one, which is often long as well, is stepped into at once.
        """
        first = self.peek()
        start = self.passed + self.at
        if first == '"':
            self._skip_text()
        elif first not in CLOSING:
            self.value()
        elif self.was_long.get(depth) or not self._decoded_within(LONG):
            for _ in self.members() if first == "{" else self._each():
                self.skip(depth + 1)
        self.was_long[depth] = self.passed + self.at - start > LONG

    def _skip_text(self):
        self.at += 1
        while True:
            self.at = TEXT_PART.match(self.text, self.at).end()
            if self.text.startswith('"', self.at):
                self.at += 1
                return
            if self.ended or len(self.text) - self.at >= LONGEST_ESCAPE:
                is_cut = self.at == len(self.text)
                raise self._error("Unterminated string" if is_cut else "Invalid sign in a string")
            self._arrive()

    def _decoded_within(self, length):
        """Decode the next value if it is not longer; whether it was."""
        decoded = self._decoded()
        while not decoded and len(self.text) - self.at < length:
            self._arrive()
            decoded = self._decoded()
        return decoded

    def _each(self):
        """Go through the list or object that comes next, each time up to a member's first sign."""
        end = CLOSING[self.peek()]
        self.at += 1
        if self.peek() != end:
            yield
            while self.peek() == ",":
                self.at += 1
                yield
        self._take(end)

    def _take(self, sign):
        if self.peek() != sign:
            raise self._error(f"Expecting {sign!r} delimiter")
        self.at += 1

    def _decoded(self):
        """(value,) for the next value, or () if its end may not have arrived."""
        self.peek()
        try:
            value, end = decode(self.text, self.at)
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated string") or (
                error.pos > len(self.text) - LONGEST_WORD
            )
            if self.ended or not is_cut:
                raise
            return ()
        except ValueError:  # Python converts no more than sys.get_int_max_str_digits()
            if not self.ended and self.text[-1] in NUMBER_SIGNS:
                return ()  # what looks whole here may turn out a fraction
            raise self._error("Whole number of too many digits") from None
        if not self.ended and end >= len(self.text) - len("e+"):
            return ()  # a number that may go on
        self.at = end
        return (value,)

    def _arrive(self):
        """Let pieces arrive until the unread text has doubled, and forget what is read."""
        unread = self.text[self.at :]
        arrived, goal = [unread], min(2 * len(unread), max(len(unread), LONGEST)) + 1
        while sum(map(len, arrived)) < goal and not self.ended:
            piece = next(self.pieces, None)
            self.ended = piece is None
            arrived.append(self.to_text(piece or b"", self.ended))
        self.passed += self.at
        self.text, self.at = "".join(arrived), 0

    def _error(self, message):
        return json.JSONDecodeError(message, self.text, self.at)
