"""The source code of this package, for the digest of the cache and for workers of a cluster."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def package_files() -> dict[str, bytes]:
    """Return the content of the modules of `hal_analysis` by name, as `hal_analysis/names.py`."""
    return {
        path.relative_to(PACKAGE.parent).as_posix(): path.read_bytes()
        for path in sorted(PACKAGE.rglob("*.py"))
    }
