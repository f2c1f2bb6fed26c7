"""The doctor: whether a machine and its kit are ready, one check a line, before anything is started."""

from fedkd.doctor.examine import examine
from fedkd.doctor.finding import Finding, Verdict

__all__ = ["Finding", "Verdict", "examine"]
