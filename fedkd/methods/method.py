"""What a method is: a client half, a server half, and the codecs between them.

A method is a frozen dataclass that a YAML file fills in. Its client half runs wherever a site runs, its
server half wherever the aggregator runs; neither knows which runtime carries their messages. All that they
keep from one round to the next is plain arrays, so any round can be checkpointed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.data.views import View
from fedkd.distill import Objective
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Job, Learner, Model, Store, fresh_model
from fedkd.models import ArchSpec
from fedkd.wire import Codec, Limits
from sim.streams import Streams

Logits = NDArray[np.float32]
Answers = Mapping[str, NDArray[np.float32]]
"""[N, C] logits, or [N, F] features, by what was asked."""


@dataclass(frozen=True)
class Profile:
    """What the aggregator may know of a site: no data, no histogram.

    Attributes:
        name: Unique name, such as "site-03".
        spec: The network that its search chose.
        samples: Private training samples.
    """

    name: str
    spec: ArchSpec
    samples: int


@dataclass(frozen=True)
class ClientState:
    """What a site carries from round to round.

    Attributes:
        model: Its network, the one that it is judged by.
        memory: Arrays of the method's own, such as the current targets.
        companion: A second network, where the method trains two (Ditto's common one).
    """

    model: Model
    memory: Arrays = field(default_factory=dict)
    companion: Model | None = None


@dataclass(frozen=True)
class Work:
    """A site's local step.

    Attributes:
        jobs: What its network trains on, one after the other.
        asks: What `report` needs to know of the trained network: keys into the Store such as "public" for logits, or
            `features_of(key)` for features.
        companion: What its companion trains on.
    """

    jobs: tuple[Job, ...] = ()
    asks: tuple[str, ...] = ()
    companion: tuple[Job, ...] = ()


@dataclass(frozen=True)
class Setting:
    """What is agreed before the first round.

    Attributes:
        rounds: Number of rounds.
        classes: Number of classes C.
        rows: [N] ids of the public samples, in the agreed order.
        learner: Trains and asks models.
        store: The arrays at hand. Everyone has "public"; a site has its "NAME/inputs" and "NAME/labels" as well. In a
            simulation all lie in one store, and it is the halves' business to touch only their own.
        view: How inputs may be varied without changing what they show.
        streams: Random streams; each entity draws only from those that bear its name.
        supervised: What the task asks of a network on labelled samples, by its weight in the loss.
        limits: What a message may hold.
    """

    rounds: int
    classes: int
    rows: NDArray[np.int64]
    learner: Learner
    store: Store
    view: View
    streams: Streams
    supervised: Callable[[float], Objective]
    limits: Limits = Limits()

    def fresh(self, spec: ArchSpec, *name: str) -> Model:
        """A newly initialised network whose weights depend on the stream `name` alone."""
        seed = self.streams.integer(*name, "init", spec.to_json())
        return fresh_model(spec, self.learner.input_shape, self.learner.classes, seed)


class Client(Protocol):
    """The half that runs at a site."""

    def start(self, site: Profile) -> ClientState:
        """The state before the first round."""
        ...

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Take in what the server sent at the end of round `round_` (0: before the first)."""
        ...

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """The local step of round `round_` (from 1)."""
        ...

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """What to send up after training, from the trained state and the answers that `work` asked for."""
        ...


class Server(Protocol):
    """The half that runs at the aggregator."""

    def arrays(self) -> Store:
        """Large arrays of its own that `jobs` refer to; asked once, before the first round."""
        ...

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Take in what the sites sent; returns facts for the record (agreement, outliers)."""
        ...

    def jobs(self, round_: int) -> dict[str, tuple[Model, Job]]:
        """Training that the server does itself before it answers, by name."""
        ...

    def trained(self, models: Mapping[str, Model], round_: int) -> None:
        """Take back what `jobs` asked for."""
        ...

    def enrol(self, site: Profile) -> None:
        """A site has moved to another network."""
        ...

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """What to send down to one site at the end of round `round_` (0: before the first)."""
        ...

    def students(self) -> Mapping[ArchSpec, Model]:
        """The server's own networks, for evaluation."""
        ...

    def state(self) -> Arrays:
        """Everything that the next round depends on."""
        ...

    def restore(self, arrays: Arrays) -> None:
        """Undo of `state`."""
        ...


@runtime_checkable
class Method(Protocol):
    """A way to learn together."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def one_architecture(self) -> bool:
        """Whether all sites must carry the same network."""
        ...

    @property
    def sends(self) -> tuple[Kind, ...]:
        """Kinds of Knowledge that sites send up. An aggregator takes no others, and each once a round."""
        ...

    def client(self, setting: Setting) -> Client:
        """The client half."""
        ...

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        ...

    def codec(self, kind: Kind, up: bool) -> Codec:
        """How Knowledge of this kind travels."""
        ...
