#!/usr/bin/env python3
"""Draws work_precision.svg: right digits against evaluations of the gradient, for integrators that are not ours, as `eonflow score` counts them.

Usage: work_precision.py EONFLOW CANDIDATE_GSL (build/release/bin/eonflow and build/release/tests/data/candidate_gsl). Needs gnuplot, numpy and mpmath. Prints the table.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests/data/candidates"))
from measure import Candidates  # noqa: E402

TOLERANCES = [f"1e-{k}" for k in range(2, 15)]
RUNS = {
    "gradient descent": ("gradient descent, numpy", [20, 100, 1000, 10000]),
    "msbdf": ("GSL msbdf", TOLERANCES),
    "rk8pd": ("GSL rk8pd", TOLERANCES),
    "odefun": ("mpmath odefun", [10, 15, 20, 25, 30, 40]),
}
PLOT = """
set terminal svg size 720,400 font 'sans-serif,13' background '#ffffff'
set output 'work_precision.svg'
set xlabel 'evaluations of the gradient'
set ylabel 'right digits (the fewest of all parameters and times)'
set logscale x
set format x '10^{%T}'
set yrange [0:*]
set key top right
set grid linecolor '#dddddd'
plot """


def main():
    candidates, blocks = Candidates(sys.argv[1], sys.argv[2], HERE.parent.parent), ""
    for k, (name, (title, settings)) in enumerate(RUNS.items()):
        points = [candidates.measure(name, setting) for setting in settings]
        blocks += f"$data{k} << EOD\n" + "".join(f"{work} {digits}\n" for work, digits in points) + "EOD\n"
        for setting, (work, digits) in zip(settings, points):
            print(f"{title:24} {setting:>6} {work:8} {digits:5}")
    curves = (f"$data{k} with linespoints pointtype 7 pointsize 0.5 linewidth 2 title '{title}'" for k, (title, _) in enumerate(RUNS.values()))
    subprocess.run(["gnuplot"], input=blocks + PLOT + ", ".join(curves), text=True, check=True, cwd=HERE)


if __name__ == "__main__":
    main()
