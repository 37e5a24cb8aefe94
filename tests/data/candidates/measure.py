"""Integrators that are not ours, scored by `eonflow score`. As a test: measure.py EONFLOW CANDIDATE_GSL SOURCE_FOLDER"""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
DATASET = "proofs-data/diagonal/regression_alpha_1e-2"


class Candidates:
    def __init__(self, program, gsl, source):
        self.program, self.dataset = program, pathlib.Path(source) / DATASET
        self.commands = {
            "gradient descent": [sys.executable, HERE / "descent.py", self.dataset],
            "rk8pd": [gsl, self.dataset, "rk8pd"],
            "msbdf": [gsl, self.dataset, "msbdf"],
            "odefun": [sys.executable, HERE / "odefun.py", self.dataset],
        }

    def measure(self, name, setting):
        """How often the candidate evaluated the gradient, and the fewest right digits of all its numbers."""
        table = subprocess.run([*self.commands[name], str(setting)], check=True, stdout=subprocess.PIPE, text=True).stdout
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "candidate.csv")
            file.write_text(table, encoding="utf-8")
            score = subprocess.run([self.program, "score", self.dataset / "trajectory.json", file, "--json", "-"], check=True, stdout=subprocess.PIPE).stdout
        quantities = json.loads(score)["quantities"]
        assert len(quantities) == 8 and all(q["compared"] == 4 for q in quantities), quantities
        return int(table.split()[2]), min(float(q["least_digits"]) for q in quantities)


def main():
    candidates = Candidates(*sys.argv[1:])

    def gain(name, coarse, fine, least, most):
        (work, digits), (more_work, more_digits) = candidates.measure(name, coarse), candidates.measure(name, fine)
        print(f"{name}: {digits} digits for {work} evaluations, {more_digits} for {more_work}")
        assert 0 < digits and more_digits < 16 and more_work > work, name
        assert least < more_digits - digits < most, name

    # Order 1: a tenth of the step gains one digit, up to terms of the next order.
    gain("gradient descent", 100, 1000, 0.8, 1.2)
    # A local tolerance h^(p+1) leaves a global error h^p: six digits of tolerance gain 6 p/(p+1), at least 4 from order 2 on, or 6 with the error per unit of time.
    gain("rk8pd", "1e-4", "1e-10", 3.5, 7)
    gain("msbdf", "1e-4", "1e-10", 3.5, 7)
    # What was asked for is reached, which no double does.
    work, digits = candidates.measure("odefun", 18)
    print(f"odefun: {digits} digits for {work} evaluations")
    assert digits >= 18


if __name__ == "__main__":
    main()
