"""The source code of the package."""

import os
from pathlib import Path

import hal_analysis
from hal_analysis.loaders.package import package_files

FOLDER = Path(hal_analysis.__file__).parent


def test_files_are_all_modules_in_a_fixed_order():
    expected = {}
    for folder, _, names in os.walk(FOLDER):
        for name in names:
            if name.endswith(".py"):
                path = Path(folder, name)
                expected["hal_analysis/" + str(path)[len(f"{FOLDER}/") :]] = path.read_bytes()
    files = package_files()
    assert files == expected
    assert list(files) == sorted(expected, key=lambda name: name.split("/"))
    assert files["hal_analysis/names.py"].startswith(b'"""')
