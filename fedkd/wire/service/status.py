"""Errors across the wire: what goes wrong on one side, said on the other."""

from __future__ import annotations

import grpc

from fedkd.errors import (
    AbortedError,
    CertificateError,
    DeployError,
    DiskError,
    FedkdError,
    FencedError,
    NotAllowedError,
    NotAMemberError,
    RefusedError,
    TooLargeError,
    UnreachableError,
    WireError,
)

_FIX = "see the aggregator's log"
_CODES: tuple[tuple[type[FedkdError], grpc.StatusCode], ...] = (
    (AbortedError, grpc.StatusCode.NOT_FOUND),
    (FencedError, grpc.StatusCode.ABORTED),
    (NotAMemberError, grpc.StatusCode.FAILED_PRECONDITION),
    (TooLargeError, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (UnreachableError, grpc.StatusCode.UNAVAILABLE),
    (WireError, grpc.StatusCode.INVALID_ARGUMENT),
    # No fault of the caller's, and it may pass.
    (DiskError, grpc.StatusCode.UNAVAILABLE),
    (NotAllowedError, grpc.StatusCode.PERMISSION_DENIED),
    (CertificateError, grpc.StatusCode.PERMISSION_DENIED),
    # The list of members is half copied, or damaged: nobody is let in until it is whole.
    (DeployError, grpc.StatusCode.UNAVAILABLE),
    (FedkdError, grpc.StatusCode.PERMISSION_DENIED),
)
_WAITING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


def code_of(error: FedkdError) -> grpc.StatusCode:
    """The status that tells the other side what kind of error it is."""
    return next(code for kind, code in _CODES if isinstance(error, kind))


def error_of(code: grpc.StatusCode, details: str) -> FedkdError:
    """The error of ours that a status stands for."""
    if "CERTIFICATE_VERIFY_FAILED" in details:
        # No later attempt would end otherwise.
        return CertificateError(
            f"the aggregator's certificate is not of the authority that this side trusts ({details[-200:]})",
            "ask for the kit anew, and look at the clock",
        )
    if code in _WAITING:
        return UnreachableError(f"the aggregator does not answer ({code.name.lower()}: {details})", "try again")
    if code is grpc.StatusCode.ABORTED:
        return FencedError(details, "let the newer session go on")
    if code is grpc.StatusCode.NOT_FOUND:
        return AbortedError(details, "begin a new one")
    if code is grpc.StatusCode.FAILED_PRECONDITION:
        return NotAMemberError(details, "join again")
    return RefusedError(f"the aggregator refused ({code.name.lower()}: {details})", _FIX)
