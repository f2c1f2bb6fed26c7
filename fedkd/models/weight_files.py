"""Files of weights: safetensors with the architecture in the header, written at once or not at all.

https://huggingface.co/docs/safetensors. The format holds numbers only, so that a foreign file runs no code.
"""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from fedkd.errors import ArchitectureError, DamagedRunError
from fedkd.files import write_whole
from fedkd.models.arch import ArchSpec
from fedkd.models.weights import Arrays, fingerprint

_KEY = "fedkd"


def save_weights(path: Path, arrays: Arrays, spec: ArchSpec) -> None:
    """Write `arrays` and their `spec`; equal arguments give equal bytes.

    The file appears at once when it is complete; until then an older one stays as it was.

    Raises:
        DiskError: The file cannot be written.
    """
    note = {"fingerprint": fingerprint(arrays, spec), "spec": spec.to_json()}
    # One entry only: safetensors writes several of them in no fixed order.
    content = to_bytes(arrays, {_KEY: json.dumps(note, sort_keys=True)})
    write_whole(path, content)


def load_weights(path: Path) -> tuple[ArchSpec, Arrays]:
    """The spec and arrays that `save_weights` wrote.

    Raises:
        DamagedRunError: The file is missing, truncated, in another format, or not what was written.
    """
    fix = "restore the file from a copy, or resume from an older checkpoint"
    try:
        with safe_open(path, framework="numpy") as file:
            note = json.loads(file.metadata()[_KEY])
            arrays: Arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        spec = ArchSpec.from_json(note["spec"])
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, ArchitectureError) as error:
        raise DamagedRunError(f"weights cannot be read from {path} ({error})", fix) from error
    if fingerprint(arrays, spec) != note.get("fingerprint"):
        raise DamagedRunError(f"weights in {path} are not those that were written", fix)
    return spec, arrays
