"""mpmath's Taylor integrator: odefun.py DATASET DIGITS."""

import sys

from flow import Flow
from mpmath import mp, mpf, nstr, odefun

digits = int(sys.argv[2])
mp.dps = digits + 5
flow = Flow(sys.argv[1], lambda p, q: mpf(p) / q)
solution = odefun(lambda _, theta: flow.slope(theta), 0, flow.start, tol=mpf(10) ** -digits)
samples = [solution(mpf(t.numerator) / t.denominator) for t in flow.times]
flow.print([[nstr(a, digits + 5) for a in theta] for theta in samples])
