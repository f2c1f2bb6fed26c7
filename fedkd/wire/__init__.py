"""The wire: how knowledge becomes bytes.

A codec is a `Chain` of stages from `fedkd.wire.stages`, or of anybody's that keep the protocols here.
"""

from fedkd.wire.codec import Chain, Codec
from fedkd.wire.context import Limits, WireContext
from fedkd.wire.on_change import OnChange
from fedkd.wire.stage import ArrayStage, ByteStage, Spec, Specs, Stage, StageContext

__all__ = [
    "ArrayStage",
    "ByteStage",
    "Chain",
    "Codec",
    "Limits",
    "OnChange",
    "Spec",
    "Specs",
    "Stage",
    "StageContext",
    "WireContext",
]
