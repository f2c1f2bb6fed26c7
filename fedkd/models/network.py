"""The shape that all networks share: a body that finds features, a head that turns them into logits."""

from __future__ import annotations

from torch import Tensor, nn


class Network(nn.Module):
    """A classifier.

    Attributes:
        body: [B, *input_shape] → features [B, F].
        head: Features [B, F] → logits [B, classes].
    """

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, inputs: Tensor, with_features: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Logits [B, classes] of `inputs` [B, *input_shape]; on demand with the features [B, F] behind them."""
        features = self.body(inputs)
        logits: Tensor = self.head(features)
        return (logits, features.flatten(1)) if with_features else logits


class GlobalAverage(nn.Module):
    """The mean over all positions: [B, C, ...] → [B, C]. Any input size gives C features."""

    def forward(self, maps: Tensor) -> Tensor:
        """Features [B, C] of `maps` [B, C, ...]."""
        return maps.flatten(2).mean(2)


def halved(size: int, times: int) -> int:
    """The positions that `times` convolutions of stride 2 and padding kernel // 2 leave of `size`."""
    for _ in range(times):
        size = (size + 1) // 2
    return size
