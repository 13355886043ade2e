"""Text for the screen: nothing in it controls the terminal."""

import sys
from collections.abc import Iterable


def printable(text: str) -> str:
    """Return a text with escape sequences for all characters that cannot be printed.

    These are control characters, which can move the cursor and change colours, marks of
    bidirectional text, which reorder the line around them, and bytes that are not UTF-8.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on the screen."""
    print("\n".join(map(printable, lines)))


def warn(sentence: str) -> None:
    """Print a sentence on the standard error."""
    print(printable(sentence), file=sys.stderr)


def count(n: int, noun: str) -> str:
    """Return a number with its noun: `1 run`, `2 runs`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
