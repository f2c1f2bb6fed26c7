"""Methods: each a composition of the rooms below, one file, one dataclass, one YAML."""

from fedkd.methods.fedavg import FedAvg
from fedkd.methods.fedkdnas import FedKDNAS
from fedkd.methods.fedkdnas_paper import FedKDNASPaper
from fedkd.methods.fedmd import FedMD
from fedkd.methods.local import Local
from fedkd.methods.method import Client, ClientState, Method, Profile, Server, Setting
from fedkd.methods.pooled import Pooled

__all__ = [
    "Client",
    "ClientState",
    "FedAvg",
    "FedKDNAS",
    "FedKDNASPaper",
    "FedMD",
    "Local",
    "Method",
    "Pooled",
    "Profile",
    "Server",
    "Setting",
]
