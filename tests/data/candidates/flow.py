"""The gradient flow of a diagonal network of depth 2 in regression, read from a dataset's problem.json, in numbers of any kind."""

import json
import pathlib
from fractions import Fraction


class Flow:
    """θ' = -∇ Σ (<v1 * v2, x> - y)²/2. `convert` makes the caller's numbers of a numerator and a denominator; `times` stay exact."""

    def __init__(self, folder, convert):
        problem = json.loads((pathlib.Path(folder) / "problem.json").read_text(encoding="utf-8"))
        assert problem["model"] == {"family": "diagonal", "depth": 2} and problem["loss"] == {"kind": "squared"}, "another model"

        def exact(text):
            return convert(Fraction(text).numerator, Fraction(text).denominator)

        self.x = [[exact(a) for a in row] for row in problem["data"]["x"]]
        self.y = [exact(a) for a in problem["data"]["y"]]
        self.start = [exact(a) * exact(problem["initial"]["scale"]) for a in problem["initial"]["direction"]]
        self.times = [Fraction(t) for t in problem["times"] + [problem["stop"]["time"]]]
        self.evaluations = 0

    def slope(self, theta):
        self.evaluations += 1
        d = len(theta) // 2
        u, v = theta[:d], theta[d:]
        rest = [sum(a * p * q for a, p, q in zip(row, u, v)) - label for row, label in zip(self.x, self.y)]
        g = [sum(r * row[j] for r, row in zip(rest, self.x)) for j in range(d)]
        return [-a * b for a, b in zip(g, v)] + [-a * b for a, b in zip(g, u)]

    def print(self, samples):
        """CSV for `eonflow score`; each sample is the parameters as texts."""
        print(f"# evaluations {self.evaluations}")
        d = len(self.start) // 2
        print("time," + ",".join(f"v{layer}[{j}]" for layer in (1, 2) for j in range(1, d + 1)))
        for time, theta in zip(self.times, samples):
            print(f"{float(time)!r}," + ",".join(theta))
