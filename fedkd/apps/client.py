"""The ClientApp: a site of a simulation answers round by round; a deployed one opens a session of many rounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from fedkd.composition import parse
from fedkd.deployment import Agreed, ScenarioSite
from fedkd.distributed.flower import SITES
from fedkd.errors import FedkdError
from fedkd.federation import Parts
from fedkd.loading import load_data, make_parts
from fedkd.record import Run
from fedkd.runtime.deploy import Participant, Patience, SiteStore
from fedkd.runtime.flower import seat
from fedkd.runtime.flower.parcel import Parcel, failure
from fedkd.runtime.heap import keep_heap
from fedkd.serving import run_site

app = ClientApp()

GIVE_UP_S = 900.0
RUN = "run"
"""Names the run directory in what is asked."""


@app.query("network")
def network(message: Message, context: Context) -> Message:
    """Which network the site has."""
    return _answered(message, context, seat.choose)


@app.train("round")
def round_(message: Message, context: Context) -> Message:
    """One round of a simulation."""
    return _answered(message, context, seat.take_part)


@app.train("session")
def session(message: Message, context: Context) -> Message:
    """Many rounds with the aggregator of the node's kit; only their end travels by Flower."""
    try:
        kit, epoch = Path(str(context.node_config["kit"])), int(Parcel.from_records(message.content).about["epoch"])
        said = Parcel({"round": run_site(kit, epoch, Patience(give_up_s=GIVE_UP_S), print, context.node_id)})
    except FedkdError as error:
        said = failure(error)
    return Message(said.to_records(), reply_to=message)


def _answered(message: Message, context: Context, answer: Callable[[Participant, Parcel], Parcel]) -> Message:
    try:
        asked = Parcel.from_records(message.content)
        said = answer(_participant(Path(asked.about[RUN]), int(context.node_config["partition-id"])), asked)
    except FedkdError as error:
        said = failure(error)
    return Message(said.to_records(), reply_to=message)


def _participant(run: Path, index: int) -> Participant:
    """The site of a partition, from what the run directory says and keeps."""
    agreed, parts = _loaded(run)
    name, data = parts.names[index], parts.data
    site = ScenarioSite(agreed, name, data.sites[index], parts.fleet()[index], data.test)
    return Participant(site, SiteStore(run / SITES / name))


@lru_cache(maxsize=1)
def _loaded(run: Path) -> tuple[Agreed, Parts]:
    """Loaded once in each process, whichever sites it serves."""
    keep_heap()
    scenario = parse(Run.open(run).config)
    data = load_data(scenario)
    return Agreed(scenario, data.public, data.classes), make_parts(scenario, data)
