"""Zero-cost proxies: how good a network may become, without training it.

None of them consistently beats the plain number of parameters (Li et al., ZiCo, ICLR 2023), so that is one of the
voters. They see unlabelled public samples at most, so they are computed once per ArchSpec and never per site.

Rank correlation (Spearman) with the test accuracy after 200 steps on pooled MNIST-5k, over the 61 networks of the
standard space: activation overlap 0.83, parameters 0.45, synflow 0.31, gradient norm -0.10, NASWOT -0.26. The last
two mostly count units, which the inverted residual networks have many of and learn slowly with. Parameters, synflow
and overlap together have 0.72; with NASWOT 0.31, and 0.21 with the gradient norm as well. One data set and one
seed, but enough to leave those two out of the default vote.
"""

from fedkd.search.proxies.activation_overlap import ActivationOverlap
from fedkd.search.proxies.gradient_norm import GradientNorm
from fedkd.search.proxies.naswot import Naswot
from fedkd.search.proxies.parameters import Parameters
from fedkd.search.proxies.proxy import Proxy
from fedkd.search.proxies.synflow import SynFlow
from fedkd.search.proxies.vote import vote

__all__ = ["ActivationOverlap", "GradientNorm", "Naswot", "Parameters", "Proxy", "SynFlow", "vote"]
