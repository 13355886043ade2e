"""Mistakes in the source of `config.py` that Python itself accepts or reports elsewhere."""

import io
import tokenize


def find_missing_comma(source: str) -> int | None:
    """Find two adjacent string literals in a list or map, which Python joins silently.

    Returns
    -------
    int or None
        The line on which the first of the two ends, counted from 1.
    """
    open_brackets: list[str] = []
    previous = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.NL, tokenize.COMMENT):
                continue
            in_collection = bool(open_brackets) and open_brackets[-1] in "[{"
            if previous and in_collection and previous.type == token.type == tokenize.STRING:
                return previous.end[0]
            if token.type == tokenize.OP and token.string in "([{":
                open_brackets.append(token.string)
            elif token.type == tokenize.OP and token.string in ")]}" and open_brackets:
                open_brackets.pop()
            previous = token
    except (tokenize.TokenError, SyntaxError):
        pass  # an unclosed bracket; Python's own message names its line
    return None
