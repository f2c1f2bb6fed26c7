"""Many runs side by side: arms over seeds, tables, plots."""

from fedkd.comparison.arm import ArmResult
from fedkd.comparison.files import load
from fedkd.comparison.panel import Panel, gather
from fedkd.comparison.plan import Comparison
from fedkd.comparison.running import run_missing
from fedkd.comparison.state import Ended, Failure, State
from fedkd.comparison.writing import write

__all__ = ["ArmResult", "Comparison", "Ended", "Failure", "Panel", "State", "gather", "load", "run_missing", "write"]
