"""Recurrent layers over sensor windows."""

from __future__ import annotations

from torch import Tensor, nn


class LastState(nn.Module):
    """The top layer's hidden state after the last time step: [B, features, time] → [B, hidden].

    torch.func.vmap has no rule for the recurrent layers (torch 2.13: "batching rule not implemented for
    aten::gru.input"), so families with this module do not vectorise.
    """

    def __init__(self, recurrent: nn.GRU | nn.LSTM) -> None:
        super().__init__()
        self.recurrent = recurrent

    def forward(self, windows: Tensor) -> Tensor:
        """Features [B, hidden] of `windows` [B, features, time]."""
        states: Tensor = self.recurrent(windows.transpose(1, 2))[0]
        return states[:, -1]
