"""The random numbers of @agoge/core in NumPy: Philox4x32-10 keyed by (seed, example, stream)."""

import numpy as np

MASK = np.uint64(0xFFFFFFFF)


def words(seed, index, stream, length):
    """So many uniform 32-bit words."""
    name = 0x811C9DC5
    for letter in stream:
        name = ((name ^ ord(letter)) * 0x01000193) & 0xFFFFFFFF
    blocks = -(-length // 4)
    c = [np.arange(blocks, dtype=np.uint64)]
    c += [np.full(blocks, each, np.uint64) for each in (name, index % 2**32, index // 2**32)]
    k0, k1 = seed % 2**32, seed // 2**32
    for _ in range(10):
        first, second = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        high0, low0, high1, low1 = first >> np.uint64(32), first & MASK, second >> np.uint64(32), second & MASK
        c = [high1 ^ c[1] ^ np.uint64(k0), low1, high0 ^ c[3] ^ np.uint64(k1), low0]
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return np.stack(c, 1).reshape(-1)[:length]


def uniform(seed, index, stream, length, low=0.0, high=1.0):
    bits = words(seed, index, stream, length) >> np.uint64(8)
    return (low + (high - low) * (bits * 2.0**-24)).astype(np.float32)


def normal(seed, index, stream, length):
    bits = words(seed, index, stream, length + length % 2).astype(np.float64).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log((bits[:, 0] + 0.5) * 2.0**-32))
    angle = 2 * np.pi * bits[:, 1] * 2.0**-32
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return pairs.reshape(-1)[:length].astype(np.float32)
