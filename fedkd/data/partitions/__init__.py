"""Partitions, one a file."""

from fedkd.data.partitions.classes_per_site import ClassesPerSite
from fedkd.data.partitions.dirichlet import Dirichlet
from fedkd.data.partitions.feature_skew import FeatureSkew
from fedkd.data.partitions.iid import Iid
from fedkd.data.partitions.natural_id import NaturalId
from fedkd.data.partitions.quantity_skew import QuantitySkew
from fedkd.data.partitions.shards import Shards

__all__ = ["ClassesPerSite", "Dirichlet", "FeatureSkew", "Iid", "NaturalId", "QuantitySkew", "Shards"]
