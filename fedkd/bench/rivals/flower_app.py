"""The workload in Flower's simulation: its FedAvg strategy, its Ray backend, one actor a core.

    python flower_app.py WORK.npz PROCESSES

Started with `run_simulation`, the faster of Flower's two ways: `flwr run` starts servers first. Prints `round N` at the
end of every round and `accuracy A` at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import small_cnn
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

client_app = ClientApp()


@client_app.train()
def train(message: Message, context: Context) -> Message:
    """One client's local step."""
    config = message.content.config_records["config"]
    weights = message.content.array_records["arrays"].to_numpy_ndarrays()
    client = int(str(context.node_config["partition-id"]))
    trained, samples = small_cnn.train(str(config["work"]), client, int(str(config["server-round"])), weights)
    content = RecordDict({"arrays": ArrayRecord(trained), "metrics": MetricRecord({"num-examples": samples})})
    return Message(content, reply_to=message)


class Told(FedAvg):
    """FedAvg that says when a round is over, and does not go on without everybody."""

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Average, and say so."""
        arrived = list(replies)
        good = [reply for reply in arrived if reply.has_content()]
        if len(good) < self.min_available_nodes:
            raise RuntimeError(f"{len(good)} of {self.min_available_nodes} clients answered")
        aggregated: tuple[ArrayRecord | None, MetricRecord | None] = super().aggregate_train(server_round, arrived)
        print(f"round {server_round}", flush=True)
        return aggregated


def main(work: str, processes: int) -> None:
    """Run all rounds."""
    rounds, clients = small_cnn.size(work)
    server_app = ServerApp()

    @server_app.main()
    def serve(grid: Grid, context: Context) -> None:
        # Nodes register one by one; without a minimum of its own, training begins with those of the first moment.
        strategy = Told(fraction_evaluate=0.0, min_train_nodes=clients, min_available_nodes=clients)
        result = strategy.start(
            grid,
            ArrayRecord(small_cnn.first_weights(work)),
            num_rounds=rounds,
            train_config=ConfigRecord({"work": work}),
        )
        print(f"accuracy {small_cnn.accuracy(work, result.arrays.to_numpy_ndarrays())}", flush=True)

    run_simulation(
        server_app,
        client_app,
        num_supernodes=clients,
        backend_config={
            "init_args": {"num_cpus": processes},
            "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
        },
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
