"""LeNet-5 (LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998), as it is used today.

ReLU and max-pooling replace the original's scaled tanh and trainable averages, and all maps feed all maps.
Images under 32 pixels are padded to 32, as the paper did with MNIST. [1, 28, 28] and 10 classes: 61,706
parameters.
"""

from __future__ import annotations

from torch import nn

from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import Network

_SIZE = 32


def assemble(input_shape: tuple[int, ...], classes: int) -> Network:
    """Reads [C, H, W]; gives 84 features."""
    channels, *sizes = input_shape
    height_pad, width_pad = (max(0, _SIZE + 1 - size) // 2 for size in sizes)
    height, width = (_pooled(_pooled(size + 2 * pad)) for size, pad in zip(sizes, (height_pad, width_pad), strict=True))
    body = nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=(height_pad, width_pad)),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * height * width, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
    )
    return Network(body, nn.Linear(84, classes))


def _pooled(size: int) -> int:
    """What a 5 x 5 convolution without padding and a 2 x 2 pool leave of `size` pixels."""
    return (size - 4) // 2


FAMILY = NetworkFamily("lenet5", IMAGE, {}, assemble, vectorises=False)
