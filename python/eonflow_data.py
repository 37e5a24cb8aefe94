"""Reads the reference datasets with nothing but Python's own library (and mpmath, if it is there, for computed numbers).

    from eonflow_data import load
    data = load("proofs-data/linear/regression")
    for time, theta in zip(data.times, data.parameters): ...
"""

import json
import pathlib
from decimal import Decimal
from fractions import Fraction

try:
    import mpmath
except ImportError:
    mpmath = None


def number(text):
    """An exact fraction "p/q" or integer as Fraction; a decimal with all its digits as mpmath.mpf, or Decimal without mpmath; None for null."""
    if text is None:
        return None
    if text in ("inf", "-inf"):
        return float(text)
    if not any(c in text for c in ".eE"):
        return Fraction(text)
    if mpmath is None:
        return Decimal(text)
    mantissa = text.lower().split("e")[0]
    with mpmath.workdps(max(15, sum(c.isdigit() for c in mantissa)) + 5):
        return mpmath.mpf(text)


class Dataset:
    """Attributes: problem, provenance, limit (parsed JSON, None where absent); names, times, log10_times, parameters (a row a sample), observed (name -> one entry
    or list a sample), minimizer (None where no limit is known)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.problem = self._file("problem.json")
        self.provenance = self._file("provenance.json")
        self.limit = self._file("limit.json")
        trajectory = self._file("trajectory.json")
        samples = trajectory["samples"]
        self.names = trajectory["parameter_names"]
        self.digits = trajectory["digits"]
        self.times = [number(s["time"]) for s in samples]
        self.log10_times = [number(s["log10_time"]) for s in samples]
        self.parameters = [[number(x) for x in s["parameters"]] for s in samples]
        self.observed = {
            name: [[number(x) for x in s["observed"][name]] if isinstance(s["observed"][name], list) else number(s["observed"][name]) for s in samples]
            for name in (samples[0]["observed"] if samples else {})
        }
        self.minimizer = [number(x) for x in self.limit["minimizer"]] if self.limit and "minimizer" in self.limit else None

    def _file(self, name):
        file = self.folder / name
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def load(folder):
    return Dataset(folder)


def load_all(root):
    """All datasets that the index of `root` lists, by name."""
    index = json.loads((pathlib.Path(root) / "index.json").read_text(encoding="utf-8"))
    return {entry["dataset"]: load(pathlib.Path(root) / entry["dataset"]) for entry in index["datasets"]}
