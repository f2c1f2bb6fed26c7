"""Data of a federation: sources, partitions, public sets, the split and input views.

Sources live in `fedkd.data.sources`, partitions in `fedkd.data.partitions`, public sets in
`fedkd.data.public`, views in `fedkd.data.views`; `fedkd.data.split.split` brings them together.
"""

from fedkd.data.config import DataConfig
from fedkd.data.examples import Corpus, Examples, FederatedData, Floats, Integers, SiteData
from fedkd.data.partition import Partition
from fedkd.data.source import Source
from fedkd.data.summary import describe, fingerprint, identity
from fedkd.data.views import View

# The function `split` stays in its module: exported here it would hide the module of the same name.
__all__ = [
    "Corpus",
    "DataConfig",
    "Examples",
    "FederatedData",
    "Floats",
    "Integers",
    "Partition",
    "SiteData",
    "Source",
    "View",
    "describe",
    "fingerprint",
    "identity",
]
