"""Plain gradient descent with a small step in numpy, iterate k taken for the flow at k times the step: descent.py DATASET STEPS_PER_UNIT_OF_TIME."""

import sys

import numpy
from flow import Flow

per_unit = int(sys.argv[2])
flow = Flow(sys.argv[1], lambda p, q: p / q)
x, y, theta = numpy.array(flow.x), numpy.array(flow.y), numpy.array(flow.start)
u, v = numpy.split(theta, 2)
samples, steps = [], 0
for time in flow.times:
    while steps < time * per_unit:
        g = x.T @ (x @ (u * v) - y)
        u, v = u - g * v / per_unit, v - g * u / per_unit
        steps += 1
    samples.append([repr(float(a)) for a in (*u, *v)])
flow.evaluations = steps
flow.print(samples)
