"""One hierarchy of errors: each has a number, says what is wrong and where, and what to do about it.

The command line exits with the number, so scripts can tell a bad partition from a full disk.
`docs/errors.md` lists them; a test compares the two.
"""

from __future__ import annotations


class FedkdError(Exception):
    """Base of every error that fedkd raises on purpose.

    Args:
        what: What is wrong and where, without a final full stop.
        fix: What the reader can do about it, as an imperative.
    """

    code = 10

    def __init__(self, what: str, fix: str) -> None:
        # What libraries say may span lines; ours is one sentence on one line.
        super().__init__(" ".join(line.strip() for line in f"{what}; {fix}.".splitlines()))
        self.what = what
        self.fix = fix

    def __reduce__(self) -> tuple[type[FedkdError], tuple[str, str]]:
        # Pickle would call the class with the finished sentence alone: an error of a worker process could not return.
        return type(self), (self.what, self.fix)


class ConfigError(FedkdError):
    """A scenario is not what its dataclasses say."""

    code = 11


class UnknownKeyError(ConfigError):
    """A scenario names a key that does not exist."""

    code = 12


class WrongTypeError(ConfigError):
    """A scenario gives a value of the wrong type, or none where one is needed."""

    code = 13


class OutOfRangeError(ConfigError):
    """A value has the right type but makes no sense."""

    code = 14


class TargetError(ConfigError):
    """A `_target_` cannot be imported or is not what its place asks for."""

    code = 15


class UnknownChoiceError(ConfigError):
    """An axis has no such choice (`method=fedavgg`)."""

    code = 16


class OverrideError(ConfigError):
    """An override cannot be read as KEY=VALUE, or does what overrides may not do."""

    code = 17


class ConfigNotFoundError(ConfigError):
    """There is no configuration of this name, or no such folder of configurations."""

    code = 18


class ConfigFileError(ConfigError):
    """A configuration file cannot be read, or refers to something that does not exist."""

    code = 19


class DataError(FedkdError):
    """Data cannot be used."""

    code = 20


class UnreadableDataError(DataError):
    """A file or folder of data is missing, truncated or in another format."""

    code = 21


class InvalidValuesError(DataError):
    """Data hold NaN, infinities, or shapes that do not fit."""

    code = 22


class EmptyClassError(DataError):
    """A class has no samples, so that no accuracy can be computed for it."""

    code = 23


class NotEnoughSamplesError(DataError):
    """There are fewer samples than the split asks for."""

    code = 24


class PartitionError(DataError):
    """The samples cannot be dealt to the sites as asked."""

    code = 25


class OverlapError(DataError):
    """Sets that must be disjoint share samples."""

    code = 26


class MissingIdentityError(DataError):
    """A natural partition was asked for, but the data do not say who owns a sample."""

    code = 27


class ModelError(FedkdError):
    """A network cannot be built or used."""

    code = 30


class UnknownFamilyError(ModelError):
    """No architecture family has this name."""

    code = 31


class ArchitectureError(ModelError):
    """An ArchSpec does not fit its family or the shape of the data."""

    code = 32


class NothingFitsError(ModelError):
    """No network of the search space stays within a device's Budget."""

    code = 33


class MixedArchitecturesError(ModelError):
    """A method that averages weights was given unlike networks."""

    code = 34


class WireError(FedkdError):
    """A message cannot be encoded or decoded."""

    code = 40


class CorruptMessageError(WireError):
    """A message is truncated, has a wrong checksum, or is not a message at all."""

    code = 41


class VersionError(WireError):
    """A message was written by another version of the wire format."""

    code = 42


class TooLargeError(WireError):
    """A message declares more than its receiver allows."""

    code = 43


class CodecMismatchError(WireError):
    """A message was encoded with another codec than its receiver expects."""

    code = 44


class KnowledgeError(WireError):
    """Knowledge does not fit the schema of the round (shape, rows, row sums, NaN)."""

    code = 45


class NotAMemberError(WireError):
    """A session that the aggregator does not know, or no longer: the site has to join."""

    code = 46


class FencedError(WireError):
    """A newer session of the same site has begun, so this one must end."""

    code = 47


class RefusedError(WireError):
    """The other side refused, for the reason that it gives."""

    code = 48


class UnreachableError(WireError):
    """The other side did not answer in time."""

    code = 49


class RunError(FedkdError):
    """A run directory cannot be used."""

    code = 50


class RunExistsError(RunError):
    """The run directory already holds a run."""

    code = 51


class NotARunError(RunError):
    """The directory to resume from holds no run."""

    code = 52


class DamagedRunError(RunError):
    """A checkpoint or record of the run is damaged."""

    code = 53


class DiskError(RunError):
    """The run directory cannot be written (full disk, no permission)."""

    code = 54


class ResumeMismatchError(RunError):
    """A resumed run was asked to be another run than it is."""

    code = 55


class RuntimeFailureError(FedkdError):
    """The runtime cannot do the work (no such device, a worker process died)."""

    code = 60


class DeviceUnavailableError(RuntimeFailureError):
    """The compute device asked for is not there."""

    code = 61


class WorkerDiedError(RuntimeFailureError):
    """A worker process ended before its work was done."""

    code = 62


class DivergedError(RuntimeFailureError):
    """Training produced NaN or infinite weights."""

    code = 63


class DeployError(RuntimeFailureError):
    """What the machines of a deployment share is missing, damaged or in use."""

    code = 66


class CertificateError(DeployError):
    """A certificate or its key cannot be used."""

    code = 64


class NotAllowedError(DeployError):
    """A certificate or a name is not on the list of members."""

    code = 65


class RoundFailedError(RuntimeFailureError):
    """Sites that were asked did not answer in time."""

    code = 67


class AbortedError(RuntimeFailureError):
    """The federation was ended before its time."""

    code = 68


class MissingExtraError(FedkdError):
    """An optional part is not installed."""

    code = 70


def error_of(code: int, what: str, fix: str) -> FedkdError:
    """The error with a number; the base of all where there is none."""
    kinds = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, FedkdError)]
    return next((kind for kind in kinds if kind.code == code), FedkdError)(what, fix)
