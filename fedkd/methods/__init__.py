"""Methods: each a composition of the rooms below, one file, one dataclass, one YAML."""

from fedkd.methods.cfd import CFD
from fedkd.methods.ditto import Ditto
from fedkd.methods.ds_fl import DSFL
from fedkd.methods.fd import FD
from fedkd.methods.fedavg import FedAvg
from fedkd.methods.feddf import FedDF
from fedkd.methods.fedkdnas import FedKDNAS
from fedkd.methods.fedkdnas_paper import FedKDNASPaper
from fedkd.methods.fedmd import FedMD
from fedkd.methods.fedproto import FedProto
from fedkd.methods.fedprox import FedProx
from fedkd.methods.local import Local
from fedkd.methods.local_kd import LocalKD
from fedkd.methods.method import Client, ClientState, Method, Profile, Server, Setting, Work
from fedkd.methods.pooled import Pooled
from fedkd.methods.scarlet import Scarlet

__all__ = [
    "CFD",
    "DSFL",
    "FD",
    "Client",
    "ClientState",
    "Ditto",
    "FedAvg",
    "FedDF",
    "FedKDNAS",
    "FedKDNASPaper",
    "FedMD",
    "FedProto",
    "FedProx",
    "Local",
    "LocalKD",
    "Method",
    "Pooled",
    "Profile",
    "Scarlet",
    "Server",
    "Setting",
    "Work",
]
