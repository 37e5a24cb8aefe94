#!/usr/bin/env python3
"""Tests of the reference datasets. Usage: datasets.py PROGRAM SOURCE_FOLDER PART"""

import hashlib
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

PROGRAM, SOURCE, PART = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
ROOT = SOURCE / "proofs-data"
PARTS = 10  # how many days a full rotation takes


def run(*arguments, status=0, **options):
    outcome = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=600, **options)
    assert outcome.returncode == status, f"{arguments}: status {outcome.returncode}\n{outcome.stdout}{outcome.stderr}"
    return outcome.stdout


def files():
    """The manifest covers every file, and every JSON file has the schema of its format."""
    lines = (ROOT / "MANIFEST.sha256").read_text().splitlines()
    listed = {}
    for line in lines:
        digest, name = line.split("  ", 1)
        listed[name] = digest
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest, name
    there = {str(f.relative_to(ROOT)) for f in ROOT.glob("*/*/*")} | {"index.json"}
    assert there == set(listed), there ^ set(listed)
    index = json.loads((ROOT / "index.json").read_text())
    assert len(index["datasets"]) >= 40
    digits = [d["digits"] for d in index["datasets"]]
    assert min(digits) >= 50 and sum(d >= 1000 for d in digits) >= 3
    assert sum((ROOT / name).stat().st_size for name in listed) < 60e6
    names = [ROOT / name for name in listed if name.endswith(".json")]
    subprocess.run([sys.executable, SOURCE / "tests/cli/validate.py", ROOT / "schema", *names], check=True)


def damage():
    """What is changed in a stored file is noticed, even where its digests are made to fit."""
    for name, old, new in (
        ("closed_form/quadratic", "trajectory.json", last_digits_changed),
        ("diagonal/classification_depth_2", "trajectory.json", last_digits_changed),
        ("relu/leaky_crossing", "trajectory.json", last_digits_changed),
        ("relu/leaky_six_crossings", "trajectory.json", event_removed),
        ("linear/regression", "limit.json", lambda s: entry_changed(s, "minimizer")),
        ("linear/regression", "limit.json", lambda s: entry_changed(s, "certificate", "multipliers")),
    ):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / name
            shutil.copytree(ROOT / name, copy)
            run("data", "check", name, "--root", folder)
            text = (copy / old).read_text()
            assert new(text) != text, name
            (copy / old).write_text(new(text))
            provenance = json.loads((copy / "provenance.json").read_text())
            provenance["files"][old] = hashlib.sha256(new(text).encode()).hexdigest()
            (copy / "provenance.json").write_text(json.dumps(provenance))
            assert "something is wrong" in run("data", "check", name, "--root", folder, status=1), name
            assert "differs" in run("data", "build", name, "--root", folder, status=1)


def entry_changed(text, *path):
    """The first entry of an array deep in a document."""
    document = json.loads(text)
    at = document
    for key in path:
        at = at[key]
    at[0] = str(int(at[0].split("/")[0]) + 1)
    return json.dumps(document)


def event_removed(text):
    trajectory = json.loads(text)
    del trajectory["events"][2]
    return json.dumps(trajectory)


def last_digits_changed(text):
    """The 20th digit of the last sample's first parameter."""
    trajectory = json.loads(text)
    number = trajectory["samples"][-1]["parameters"][0]
    place = number.index(".") + 20
    trajectory["samples"][-1]["parameters"][0] = number[:place] + str((int(number[place]) + 5) % 10) + number[place + 1:]
    return json.dumps(trajectory)


def score():
    """Plain gradient descent with a small step, classical Runge-Kutta in double, and the reference itself, against a reference."""
    name = ROOT / "linear/regression"
    problem = json.loads((name / "problem.json").read_text())
    x = [[float(v) for v in row] for row in problem["data"]["x"]]
    y = [float(v) for v in problem["data"]["y"]]

    def slope(w):
        rest = [sum(a * b for a, b in zip(row, w)) - label for row, label in zip(x, y)]
        return [-sum(r * row[j] for r, row in zip(rest, x)) for j in range(len(w))]

    def euler(w, h):
        return [a + h * b for a, b in zip(w, slope(w))]

    def runge_kutta(w, h):
        a = slope(w)
        b = slope([u + h / 2 * v for u, v in zip(w, a)])
        c = slope([u + h / 2 * v for u, v in zip(w, b)])
        d = slope([u + h * v for u, v in zip(w, c)])
        return [u + h / 6 * (p + 2 * q + 2 * r + s) for u, p, q, r, s in zip(w, a, b, c, d)]

    def digits(step, h):
        with tempfile.TemporaryDirectory() as folder:
            candidate = pathlib.Path(folder) / "mine.csv"
            w, t, lines = [1.0, 0.0, 0.0], 0, ["# mine", "time,w[1],w[2],w[3]"]
            names = json.loads((name / "trajectory.json").read_text())["parameter_names"]
            lines[1] = "time," + ",".join(f'"{n}"' for n in names)
            for end in (0.1, 0.5, 1.0, 2.0, 5.0, 10.0):
                while t < round(end / h):
                    w, t = step(w, h), t + 1
                lines.append(f"{end!r}," + ",".join(map(repr, w)))
            candidate.write_text("\n".join(lines) + "\n")
            report = folder + "/score.json"
            run("score", name / "trajectory.json", candidate, "--json", report)
            subprocess.run([sys.executable, SOURCE / "tests/cli/validate.py", ROOT / "schema", report], check=True)
            quantities = json.loads(pathlib.Path(report).read_text())["quantities"]
            assert len(quantities) == 3 and all(q["compared"] == 6 for q in quantities), quantities
            return min(float(q["least_digits"]) for q in quantities)

    # Orders 1 and 4: a tenth of the step gains 1 and 4 digits, until rounding ends it.
    coarse, fine = digits(euler, 1e-2), digits(euler, 1e-3)
    assert 0.5 < fine - coarse < 1.5 and coarse > 0.5, (coarse, fine)
    coarse, fine = digits(runge_kutta, 1e-2), digits(runge_kutta, 1e-3)
    assert 3 < fine - coarse < 5 and 4 < fine < 15.5, (coarse, fine)
    itself = json.loads(run("score", name / "trajectory.json", name / "trajectory.json", "--json", "-"))
    assert all(float(q["least_digits"]) >= 50 for q in itself["quantities"]), itself
    limit = json.loads(run("score", name / "limit.json", name / "limit.json", "--json", "-"))
    assert [q["quantity"] for q in limit["quantities"]] == ["minimizer"]
    run("score", name / "trajectory.json", name / "limit.json", status=3)


def export():
    with tempfile.TemporaryDirectory() as folder:
        run("data", "export", "closed_form", "--format", "csv,npz", "--out", folder, cwd=SOURCE)
        text = (pathlib.Path(folder) / "closed_form/quadratic.csv").read_text()
        assert text == (ROOT / "closed_form/quadratic/trajectory_double.csv").read_text() and text.startswith("# lossy")
        rows = [line.split(",") for line in text.splitlines()[2:]]
        with zipfile.ZipFile(pathlib.Path(folder) / "closed_form/quadratic.npz") as archive:
            assert archive.testzip() is None and b"Rounded" in archive.read("LOSSY.txt")
            array = archive.read("parameters.npy")
        header = array[10:128].decode("latin1")
        assert array[:6] == b"\x93NUMPY" and f"'shape': ({len(rows)}, 2)" in header, header
        import struct

        values = struct.unpack(f"<{2 * len(rows)}d", array[10 + struct.unpack("<H", array[8:10])[0]:])
        assert values == tuple(float(v) for row in rows for v in row[2:]), values
        for row in rows:
            t, first = float(row[0]), float(row[2])
            assert abs(first - -math.expm1(-t)) <= 2 * math.ulp(first), row


def reader():
    sys.path.insert(0, str(SOURCE / "python"))
    import eonflow_data
    from fractions import Fraction

    data = eonflow_data.load(ROOT / "closed_form/one_sample_exponential")
    assert data.digits == 50 and data.names and len(data.times) == len(data.parameters)
    if eonflow_data.mpmath:
        with eonflow_data.mpmath.workdps(60):
            for t, (w,) in zip(data.times, data.parameters):
                t = eonflow_data.mpmath.mpf(t.numerator) / t.denominator if isinstance(t, Fraction) else t
                assert abs(w - eonflow_data.mpmath.log(1 + t)) < eonflow_data.mpmath.mpf(10) ** -47, t
    everything = eonflow_data.load_all(ROOT)
    assert len(everything) >= 40 and everything["linear/regression"].minimizer[0] == Fraction(everything["linear/regression"].limit["minimizer"][0])
    eonflow_data.mpmath = None
    assert str(eonflow_data.load(ROOT / "closed_form/quadratic").parameters[0][0])[:6] == str(data_first())[:6]


def data_first():
    return json.loads((ROOT / "closed_form/quadratic/trajectory.json").read_text())["samples"][0]["parameters"][0]


def rebuild():
    """A part that changes from day to day."""
    day = int(os.environ.get("EONFLOW_DATA_PART", time.time() // 86400))
    out = run("data", "build", "--slice", f"{day}/{PARTS}", cwd=SOURCE)
    assert "the stored bytes" in out and "differs" not in out, out


def rebuild_all():
    assert "differs" not in run("data", "build", cwd=SOURCE)


def check():
    assert "nothing wrong was found" in run("data", "check", cwd=SOURCE)


{f.__name__: f for f in (files, damage, score, export, reader, rebuild, rebuild_all, check)}[PART]()
