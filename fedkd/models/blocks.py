"""Convolution blocks that several image families share."""

from __future__ import annotations

from torch import Tensor, nn

from fedkd.models.norms import norm_layer

# Up to this size, networks made for 224 x 224 photographs leave out their early strides, as is common for
# CIFAR: otherwise 32 x 32 pixels shrink to one before the last stage. No weight depends on a stride.
SMALL_IMAGE = 64


def is_small(input_shape: tuple[int, ...]) -> bool:
    """Whether an image [C, H, W] is so small that early strides are left out."""
    return max(input_shape[1:]) <= SMALL_IMAGE


def conv_norm(
    channels_in: int, channels_out: int, kernel: int, norm: str, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """A padded convolution and a norm, which takes the place of the convolution's bias."""
    conv = nn.Conv2d(channels_in, channels_out, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return [conv, norm_layer(norm, channels_out)]


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut (He et al., Deep Residual Learning, CVPR 2016, figure 2).

    Where the shape changes, the shortcut is a 1 x 1 convolution with norm (option B of section 4.1).
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, norm: str) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            *conv_norm(channels_in, channels_out, 3, norm, stride),
            nn.ReLU(),
            *conv_norm(channels_out, channels_out, 3, norm),
        )
        same = stride == 1 and channels_in == channels_out
        self.shortcut = nn.Sequential(*([] if same else conv_norm(channels_in, channels_out, 1, norm, stride)))
        self.activation = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """[B, channels_in, H, W] → [B, channels_out, ceil(H / stride), ceil(W / stride)]."""
        out: Tensor = self.activation(self.residual(maps) + self.shortcut(maps))
        return out


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project without activation (MobileNetV2, CVPR 2018, figure 4).

    There is a shortcut where input and output have one shape, and no expansion layer where `expansion` is 1.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, expansion: int, norm: str) -> None:
        super().__init__()
        wide = channels_in * expansion
        expand = [*conv_norm(channels_in, wide, 1, norm), nn.ReLU6()] if expansion > 1 else []
        self.layers = nn.Sequential(
            *expand,
            *conv_norm(wide, wide, 3, norm, stride, groups=wide),
            nn.ReLU6(),
            *conv_norm(wide, channels_out, 1, norm),
        )
        self.has_shortcut = stride == 1 and channels_in == channels_out

    def forward(self, maps: Tensor) -> Tensor:
        """[B, channels_in, H, W] → [B, channels_out, ceil(H / stride), ceil(W / stride)]."""
        out: Tensor = self.layers(maps)
        return maps + out if self.has_shortcut else out
