"""exp of single numbers inside kernels: arithmetic alone, so that LLVM inlines it and takes eight at once in a loop.

A call of the C library's takes as long where one exp waits for another, but vectors have to be stored around it, and a
loop that holds one is not vectorised: 3 ns a number there, and 0.7 ns here.
"""

import math

import numpy as np
from numba.extending import register_jitable

__all__ = ["exp", "plain_exp"]

PER_LN2 = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts. The first ends in 20 zero bits: its product with an exponent is exact."""
ROUNDED = 6755399441055744.0
"""1.5 x 2^52. What is added to it is rounded to an integer, which its last bits then are."""
ROUNDED_BITS = int(np.float64(ROUNDED).view(np.int64))
BIAS, MANTISSA = 1023, 52
PLAIN = 708.0
"""Up to this size of x the result and its power of two are normal numbers."""
LEAST, MOST = -746.0, 710.0
"""Beyond these exp is 0 and infinite."""
Q0, Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9 = (
    0.5000000000000001, 0.16666666666666669, 0.041666666666623824, 0.008333333333330039, 0.0013888888917367081,
    0.00019841269863171557, 2.4801521057868204e-05, 2.7557268276905696e-06, 2.7620201591031547e-07,
    2.5100472505694996e-08,
)  # fmt: skip
"""exp(r) = 1 + r + r^2 q(r) for r up to ln(2) / 2: the polynomial through q at ten Chebyshev points, within 0.08 units
in the last place of exp."""


inlined = register_jitable(fastmath={"contract"}, forceinline=True)  # reassociation would undo the rounding


@inlined
def parts(x):
    """``(k, e^r - 1)`` of x = k ln 2 + r, the polynomial of r summed in halves and quarters, which is shorter to wait
    for than Horner's. Cody and Waite, "Software Manual for the Elementary Functions", 1980."""
    shifted = x * PER_LN2 + ROUNDED
    k = shifted - ROUNDED
    high, low = x - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    r2 = r * r
    r4 = r2 * r2
    a = (Q0 + Q1 * r) + r2 * (Q2 + Q3 * r)
    b = ((Q4 + Q5 * r) + r2 * (Q6 + Q7 * r)) + r4 * (Q8 + Q9 * r)
    return np.float64(shifted).view(np.int64) - ROUNDED_BITS, high + ((r2 * a - low) + (r2 * r4) * b)


@inlined
def two_to(k):
    """2^k where that is a normal number."""
    return np.int64((k + BIAS) << MANTISSA).view(np.float64)


@inlined
def exp(x):
    """e^x to one unit in the last place; 0, subnormal or infinite where NumPy's is, NaN of NaN."""
    x = float(x)
    exponent, less_one = parts(x)
    power = two_to(exponent)
    result = power + power * less_one
    if not abs(x) <= PLAIN:
        half = exponent >> 1  # 2^k itself may be no normal number
        power = two_to(half)
        result = (power + power * less_one) * two_to(exponent - half)
        result = 0.0 if x < LEAST else math.inf if x > MOST else result
    return result


@inlined
def plain_exp(x):
    """The same without a branch: 0 below -PLAIN, infinite above PLAIN."""
    exponent, less_one = parts(x)
    power = two_to(exponent)
    result = power + power * less_one
    result = 0.0 if x < -PLAIN else result
    return math.inf if x > PLAIN else result
