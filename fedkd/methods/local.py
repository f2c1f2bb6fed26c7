"""Local training alone: what each site reaches without anybody's help, and without a byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedkd.errors import CodecMismatchError
from fedkd.knowledge import Kind
from fedkd.methods.method import Client, ClientState, Profile, Server, Setting, Work
from fedkd.methods.quiet import QuietClient, QuietServer
from fedkd.methods.recipe import LocalRecipe
from fedkd.wire import Codec


class LocalClient(QuietClient):
    """Trains on its own data.

    Args:
        setting: The agreed setting.
        recipe: How it trains.
    """

    def __init__(self, setting: Setting, recipe: LocalRecipe) -> None:
        super().__init__(setting)
        self.recipe = recipe

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """Private data alone."""
        return Work((self.recipe.job(self.setting, site, round_, None),))


@dataclass(frozen=True)
class Local:
    """Local training alone.

    Attributes:
        local: How a site trains.
    """

    local: LocalRecipe = field(default_factory=LocalRecipe)
    name: str = field(default="local", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return LocalClient(setting, self.local)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return QuietServer()

    def codec(self, kind: Kind, up: bool) -> Codec:
        """Nothing travels."""
        raise CodecMismatchError(f"local training sends no {kind}", "choose another method")
