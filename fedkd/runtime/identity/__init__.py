"""Identity: who the machines of a federation are, and whom the aggregator lets in."""

from fedkd.runtime.identity.authority import Authority
from fedkd.runtime.identity.certificates import CertificateFacts, check, describe
from fedkd.runtime.identity.credentials import Credentials
from fedkd.runtime.identity.members import Member, Members
from fedkd.runtime.identity.node_key import NodeKey

__all__ = ["Authority", "CertificateFacts", "Credentials", "Member", "Members", "NodeKey", "check", "describe"]
