"""What dishonest sites send instead of what their networks say."""

from fedkd.attacks.adaptive import Adaptive
from fedkd.attacks.adversary import Adversary
from fedkd.attacks.attack import ArrayAttack, Attack
from fedkd.attacks.colluding import Colluding
from fedkd.attacks.honest import Honest
from fedkd.attacks.label_shift import LabelShift
from fedkd.attacks.least_likely import LeastLikely
from fedkd.attacks.random_votes import RandomVotes
from fedkd.attacks.scaled import Scaled

__all__ = [
    "Adaptive",
    "Adversary",
    "ArrayAttack",
    "Attack",
    "Colluding",
    "Honest",
    "LabelShift",
    "LeastLikely",
    "RandomVotes",
    "Scaled",
]
