"""The same as bench/native/peers/c/arrays.c, by numpy. Usage: FILE COUNT"""

import sys
import time

import numpy as np

n = int(sys.argv[1])
i = np.arange(n)
a, b, c = i % 1021 / 8, i % 1013 / 16, i % 1009 / 4
product, out = np.ones(n), np.ones(n)


def mul_add():
    np.multiply(a, b, out=product)
    np.add(product, c, out=out)
    return out[n // 2]


operations = {"mul_add": mul_add, "sum": a.sum, "dot": lambda: np.dot(a, b)}

for line in sys.stdin:
    name, _, passes = line.split()
    start = time.perf_counter_ns()
    for _ in range(int(passes)):
        result = operations[name]()
    print((time.perf_counter_ns() - start) / int(passes), float(result), flush=True)
