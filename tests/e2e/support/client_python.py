"""AWS's Python client where klambda has installed it, for processes that tests start themselves."""

import sys

from support.program import BINARY
from support.project import CACHE


def client_path():
    """For PYTHONPATH, of the interpreter that runs the tests."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    pattern = f"runtimes/{version}-awslambdaric-*"
    found = sorted(path for path in CACHE.glob(pattern) if path.is_dir())
    assert found, f"no {CACHE / pattern}: start {BINARY} with a Python function once"
    return str(found[-1])

