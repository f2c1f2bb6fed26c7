"""Decision trees as flat arrays, read by vectorised numpy: no pickle, and scikit-learn's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.data.examples import Floats
from fedkd.errors import ArchitectureError
from fedkd.models.weights import Arrays

Nodes = NDArray[np.int32]

_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Trees:
    """All nodes of T trees, one tree after the other.

    Attributes:
        roots: [T] int32 first node of each tree.
        left: [nodes] int32 child for rows with `row[feature] <= threshold`; a leaf is its own child.
        right: [nodes] int32 child for all other rows.
        feature: [nodes] int32 column that a node looks at.
        threshold: [nodes] float32.
        value: [nodes, V] float32 what a tree says to the rows that end in a node.
    """

    roots: Nodes
    left: Nodes
    right: Nodes
    feature: Nodes
    threshold: Floats
    value: Floats

    @classmethod
    def of(cls, trees: Sequence[Any], values: Sequence[NDArray[np.float64]]) -> Trees:
        """From scikit-learn's `tree_` objects, with the [nodes, V] values of each."""
        sizes = [tree.node_count for tree in trees]
        starts = np.cumsum([0, *sizes[:-1]])
        both = [_children(tree, start) for tree, start in zip(trees, starts, strict=True)]
        return cls(
            roots=starts.astype(np.int32),
            left=np.concatenate([left for left, _ in both]).astype(np.int32),
            right=np.concatenate([right for _, right in both]).astype(np.int32),
            # scikit-learn marks leaves with a negative feature; any column will do for a node without a
            # choice.
            feature=np.concatenate([np.maximum(tree.feature, 0) for tree in trees]).astype(np.int32),
            threshold=_rounded_down(np.concatenate([tree.threshold for tree in trees])),
            value=np.concatenate(values).astype(np.float32),
        )

    @classmethod
    def stumps(cls, count: int, value: Sequence[float]) -> Trees:
        """`count` trees without a choice, which say `value` [V] to everything."""
        own = np.arange(count, dtype=np.int32)
        zeros = np.zeros(count, np.int32)
        values = np.tile(np.asarray(value, np.float32), (count, 1))
        return cls(own, own, own, zeros, zeros.astype(np.float32), values)

    def leaves(self, rows: Floats) -> Nodes:
        """[N, T] the leaf of each tree that each of `rows` [N, features] ends in."""
        nodes = np.tile(self.roots, (len(rows), 1))
        index = np.arange(len(rows))[:, None]
        while True:
            goes_left = rows[index, self.feature[nodes]] <= self.threshold[nodes]
            children = np.where(goes_left, self.left[nodes], self.right[nodes])
            if np.array_equal(children, nodes):
                return nodes
            nodes = children

    def mean(self, rows: Floats) -> Floats:
        """[N, V] what the trees say on average to `rows` [N, features]."""
        parts = [
            self.value[self.leaves(rows[start : start + _ROWS_AT_ONCE])].mean(axis=1, dtype=np.float64)
            for start in range(0, len(rows), _ROWS_AT_ONCE)
        ]
        return np.concatenate([np.empty((0, self.value.shape[1])), *parts]).astype(np.float32)

    def to_arrays(self) -> Arrays:
        """All attributes by name."""
        return {name: array.copy() for name, array in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], features: int, values: int) -> Trees:
        """From `to_arrays`, checked so that no row can leave the arrays or run in circles.

        Raises:
            ArchitectureError: The arrays are not trees over rows of `features` with `values` values a node.
        """
        fix = "use the arrays of a learner of the same spec, input shape and number of classes"
        names = ("roots", "left", "right", "feature", "threshold", "value")
        if arrays.keys() != set(names):
            raise ArchitectureError(f"a tree ensemble does not consist of the arrays {sorted(arrays)}", fix)
        types = [np.float32 if name in ("threshold", "value") else np.int32 for name in names]
        if any(arrays[name].dtype != dtype for name, dtype in zip(names, types, strict=True)):
            raise ArchitectureError("the arrays of a tree ensemble have other types", fix)
        trees = cls(**{name: arrays[name].copy() for name in names})
        if not trees._is_sound(features, values):
            raise ArchitectureError(f"the arrays do not describe trees over {features} features", fix)
        return trees

    def _is_sound(self, features: int, values: int) -> bool:
        nodes = self.left.size
        own = np.arange(nodes)
        one_a_node = (self.left, self.right, self.feature, self.threshold)
        if self.roots.ndim != 1 or self.roots.size == 0 or self.value.shape != (nodes, values):
            return False
        if any(array.shape != (nodes,) for array in one_a_node):
            return False
        # A child that is not the node itself comes after it, so every path ends.
        children = np.stack([self.left, self.right])
        is_leaf = (self.left == own) & (self.right == own)
        return bool(
            ((children > own) | is_leaf).all()
            and (children < nodes).all()
            and ((self.feature >= 0) & (self.feature < features)).all()
            and ((self.roots >= 0) & (self.roots < nodes)).all()
            and np.isfinite(self.value).all()
        )


def largest_tree(depth: int, values: int) -> int:
    """Numbers in a full tree of `depth` levels of choices, with its root's entry."""
    nodes: int = 2 ** (depth + 1) - 1
    return 1 + nodes * (4 + values)


def _children(tree: Any, start: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    own = np.arange(tree.node_count)
    is_leaf = tree.children_left < 0
    left = np.where(is_leaf, own, tree.children_left)
    right = np.where(is_leaf, own, tree.children_right)
    return left + start, right + start


def _rounded_down(thresholds: NDArray[np.float64]) -> Floats:
    # Rows are float32, so `row <= threshold` is the same for the largest float32 that is not above the
    # threshold.
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)
