"""What the record says about data: who owns how much of what, and which samples exactly."""

from __future__ import annotations

import hashlib

import numpy as np

from fedkd.data.examples import Examples, FederatedData, Integers


def describe(data: FederatedData) -> Integers:
    """[K, C] number of samples of each class at each site, train and validation together."""
    return np.stack([site.histogram for site in data.sites])


def fingerprint(examples: Examples) -> str:
    """SHA-256 in hex over shape, ids and inputs of a set.

    Labels are left out: the public set of two runs is the same whatever anybody believes about its labels.
    """
    digest = hashlib.sha256(repr(examples.inputs.shape).encode())
    digest.update(np.ascontiguousarray(examples.ids, "<i8").tobytes())
    digest.update(np.ascontiguousarray(examples.inputs, "<f4").tobytes())
    return digest.hexdigest()


def identity(data: FederatedData) -> dict[str, str]:
    """Fingerprints of all sets by name, and one of the private and test labels: what a resumed run must find again."""
    sets = {f"site-{i}": site.train for i, site in enumerate(data.sites)}
    sets |= {f"site-{i}/validation": site.validation for i, site in enumerate(data.sites)}
    sets |= {"test": data.test}
    labels = hashlib.sha256()
    for examples in sets.values():
        labels.update(np.ascontiguousarray(examples.targets, "<i8").tobytes())
    sets |= {"public": data.public}
    return {**{name: fingerprint(examples) for name, examples in sets.items()}, "labels": labels.hexdigest()}
