"""Stages of codecs, one file each. See `fedkd.wire.stage` for what a stage is."""

from fedkd.wire.stages.argmax import Argmax
from fedkd.wire.stages.delta import Delta
from fedkd.wire.stages.float16 import Float16
from fedkd.wire.stages.float32 import Float32
from fedkd.wire.stages.int4 import Int4
from fedkd.wire.stages.int8 import Int8
from fedkd.wire.stages.ranked import Ranked
from fedkd.wire.stages.simplex import Simplex
from fedkd.wire.stages.soft_label2 import SoftLabel2
from fedkd.wire.stages.top_k import TopK
from fedkd.wire.stages.zstd import Zstd

__all__ = ["Argmax", "Delta", "Float16", "Float32", "Int4", "Int8", "Ranked", "Simplex", "SoftLabel2", "TopK", "Zstd"]
