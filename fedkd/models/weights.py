"""Weights as named numpy arrays: to and from torch, their fingerprint, and files without pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec

Arrays = dict[str, NDArray[Any]]


def to_arrays(source: nn.Module | Mapping[str, Tensor]) -> Arrays:
    """Copies of all parameters and buffers, in the order of the state dict.

    Args:
        source: A network, or its state dict.
    """
    state = source.state_dict() if isinstance(source, nn.Module) else source
    # Always a copy: an array that shares memory with a network would change while it is encoded.
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in state.items()}


def from_arrays(network: nn.Module, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `arrays` into the parameters and buffers of `network`, in place and on its device.

    Raises:
        ArchitectureError: A name is missing or unknown, or a shape or type is another one. Nothing is written
            then.
    """
    state = network.state_dict()
    check_layout(arrays, {name: (tuple(tensor.shape), _dtype(tensor)) for name, tensor in state.items()})
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(torch.from_numpy(np.array(arrays[name])))


def check_layout(
    arrays: Mapping[str, NDArray[Any]], layout: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]
) -> None:
    """Refuse arrays whose names, shapes or types are not those of `layout`.

    Raises:
        ArchitectureError: The first difference, in a sentence.
    """
    fix = "use the weights of the same ArchSpec, input shape and number of classes"
    if arrays.keys() != layout.keys():
        missing, extra = sorted(layout.keys() - arrays.keys()), sorted(arrays.keys() - layout.keys())
        raise ArchitectureError(f"weights lack {missing} and have {extra} too many", fix)
    for name, (shape, dtype) in layout.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != dtype:
            raise ArchitectureError(
                f"weights {name!r} are {array.dtype} {list(array.shape)} instead of {dtype} {list(shape)}",
                fix,
            )


def fingerprint(arrays: Mapping[str, NDArray[Any]], spec: ArchSpec) -> str:
    """16 hexadecimal digits of SHA-256 over the architecture and all names, types, shapes and bytes.

    The order of the arrays does not matter, nor does the machine's byte order.
    """
    digest = hashlib.sha256(spec.to_json().encode())
    for name in sorted(arrays):
        array = arrays[name].astype(arrays[name].dtype.newbyteorder("<"), copy=False)
        # JSON closes each header, so that no two layouts give the same stream of bytes.
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


def _dtype(tensor: Tensor) -> np.dtype[Any]:
    return torch.empty(0, dtype=tensor.dtype).numpy().dtype
