"""The coverage-guided search that the fuzzers of tables and traces share."""

import sys
import tempfile
from pathlib import Path


def search(check, seeds, crashes, *options):
    """Change the seeds until the process is ended; write inputs that raise an error to a folder.

    Options of the command line take precedence over those given here.
    """
    import atheris

    corpus = Path(tempfile.mkdtemp(prefix="corpus_"))
    for i, seed in enumerate(seeds):
        (corpus / str(i)).write_bytes(seed)
    crashes.mkdir(exist_ok=True)
    prefix = f"-artifact_prefix={crashes}/"
    atheris.Setup([sys.argv[0], prefix, *options, *sys.argv[1:], str(corpus)], check)
    atheris.Fuzz()
