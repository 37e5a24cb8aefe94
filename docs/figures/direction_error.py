#!/usr/bin/env python3
"""Draws direction_error.svg: how far the predictor's direction is from the max-margin direction, against log10 log10 t, at depth 1, 2 and 3.

Usage: direction_error.py EONFLOW, in this folder. Needs gnuplot.
"""

import decimal
import fractions
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
WIDTHS = {1: [3, 1], 2: [3, 2, 1], 3: [3, 2, 2, 1]}
EARLY = ["--clock", "loss", "--stop-log10-time", "150"]
decimal.getcontext().prec = 60

PLOT = """
set terminal svg size 720,400 font 'sans-serif,13' background '#ffffff'
set output 'direction_error.svg'
set encoding utf8
set xlabel 'log_{10} log_{10} t'
set ylabel 'log_{10} | w/|w| − ŵ/|ŵ| |'
set key top right
set grid linecolor '#dddddd'
plot """


def call(*arguments):
    return json.loads(subprocess.run([sys.argv[1], *arguments, "--json", "-"], check=True, stdout=subprocess.PIPE).stdout)


def decimals(numbers):
    parts = [fractions.Fraction(x) for x in numbers]
    return [decimal.Decimal(x.numerator) / decimal.Decimal(x.denominator) for x in parts]


def norm(x):
    return sum(a * a for a in x).sqrt()


def curve(problem):
    (HERE / "problem.tmp.json").write_text(json.dumps(problem), encoding="utf-8")
    name = str(HERE / "problem.tmp.json")
    limit = decimals(call("limit", name)["minimizer"])
    limit = [a / norm(limit) for a in limit]
    samples = call("integrate", name, *EARLY)["samples"] + call("integrate", name)["samples"]
    samples = [s for s in samples if s["log10_time"] != "-inf" and decimal.Decimal(s["log10_time"]) > 2]
    for sample in sorted(samples, key=lambda s: decimal.Decimal(s["log10_time"])):
        direction = [decimal.Decimal(a) for a in sample["observed"]["direction"]]
        distance = norm([a - b for a, b in zip(direction, limit)])
        yield decimal.Decimal(sample["log10_time"]).log10(), distance.log10()


def main():
    problem = json.loads((HERE / "plane_points.json").read_text(encoding="utf-8"))
    blocks = ""
    for depth, widths in WIDTHS.items():
        problem["model"] = {"family": "dense", "widths": widths} if depth > 1 else {"family": "linear"}
        blocks += f"$data{depth} << EOD\n" + "".join(f"{x:.6f} {y:.6f}\n" for x, y in curve(problem)) + "EOD\n"
    (HERE / "problem.tmp.json").unlink()
    subprocess.run(["gnuplot"], input=blocks + PLOT + ", ".join(f"$data{depth} with linespoints pointtype 7 pointsize 0.5 linewidth 2 title 'depth {depth}'" for depth in WIDTHS), text=True, check=True, cwd=HERE)


if __name__ == "__main__":
    main()
