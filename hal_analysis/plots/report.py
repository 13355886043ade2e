"""The report: all results on one page that opens without a network."""

import base64
import hashlib
import json
from importlib import resources

import config
from hal_analysis.paths import display_path, report_path, write_file
from hal_analysis.plots import report_data

# The parts of the page, in the folder report_page.
SCRIPTS = [
    "core.js",
    "state.js",
    "table.js",
    "ranking.js",
    "heatmap.js",
    "chart.js",
    "frontiers.js",
    "tasks.js",
    "check.js",
    "main.js",
]

# Characters that could end the element that holds the data, or a line of it.
UNSAFE_CHARACTERS = "<>&\u2028\u2029"


def write_report() -> list[str]:
    """Write the report unless `WRITE_REPORT` is False; return lines to print."""
    path = report_path()
    if not config.WRITE_REPORT:
        is_older = f"{display_path(path)} was written by an earlier run"
        return [is_older] if path.exists() else []
    write_file(path, [build_page(report_data.collect_data()).encode()])
    return [f"→ {display_path(path)}"]


def build_page(data: dict[str, object]) -> str:
    """Return the page as HTML.

    Names from traces are untrusted. They occur only in the data, where characters with a meaning in
    HTML are escaped, and the script of the page writes them as text. The content security policy
    allows this script and this style sheet alone, and no connections.

    Parameters
    ----------
    data : dict
        The result of `report_data.collect_data`.
    """
    script = "\n".join(_read_part(name) for name in SCRIPTS)
    style = _read_part("style.css")
    json_text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in UNSAFE_CHARACTERS:
        json_text = json_text.replace(character, f"\\u{ord(character):04x}")
    parts = {
        "policy": f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"script-src {_hash(script)}; style-src {_hash(style)}",
        "style": style,
        "data": json_text,
        "script": script,
    }
    page = _read_part("page.html")
    # The parts are joined, not replaced one after another, since the data may look like a part.
    pieces = [page]
    for name, content in parts.items():
        before, after = pieces.pop().split(f"{{{{{name}}}}}")
        pieces += [before, content, after]
    return "".join(pieces)


def _read_part(name: str) -> str:
    return resources.files("hal_analysis.plots").joinpath("report_page", name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
