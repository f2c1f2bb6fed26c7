"""Calls as the proto file describes them: handlers for a server, callables for a client.

Both are made from the descriptor, so there is no generated code beside the messages, and none to drift.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor

from fedkd.errors import FedkdError
from fedkd.wire.service.status import code_of
from fedkd.wire.v1 import aggregator_pb2 as pb

AGGREGATOR: ServiceDescriptor = pb.DESCRIPTOR.services_by_name["Aggregator"]
_LONGEST_SENTENCE = 1000
"""Longer details break the call; parts of them may be the caller's own words."""

ADMIN: ServiceDescriptor = pb.DESCRIPTOR.services_by_name["AggregatorAdmin"]


def handlers(service: ServiceDescriptor, desk: object) -> grpc.GenericRpcHandler:
    """What answers the calls of a service.

    Args:
        service: The service.
        desk: Has a coroutine for each call, named like it in lower case with underscores, which takes the request (or
            an iterator of them) and the gRPC context, and gives the reply; those that stream are async generators. A
            FedkdError of theirs becomes a status.
    """
    answers = {method.name: _handler(method, getattr(desk, _snake(method.name))) for method in service.methods}
    return grpc.method_handlers_generic_handler(service.full_name, answers)


def _handler(method: MethodDescriptor, answer: Callable[..., Any]) -> grpc.RpcMethodHandler[Any, Any]:
    make: Callable[..., grpc.RpcMethodHandler[Any, Any]] = getattr(grpc, f"{_shape(method)}_rpc_method_handler")
    guarded = _guarded_stream(answer) if method.server_streaming else _guarded(answer)
    return make(guarded, request_deserializer=_reader(method.input_type), response_serializer=_serialised)


def _guarded(answer: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def call(request: Any, context: Any) -> Any:
        try:
            return await answer(request, context)
        except FedkdError as error:
            await context.abort(code_of(error), str(error)[:_LONGEST_SENTENCE])

    return call


def _guarded_stream(answer: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    async def call(request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            async for reply in answer(request, context):
                yield reply
        except FedkdError as error:
            await context.abort(code_of(error), str(error)[:_LONGEST_SENTENCE])

    return call


def callables(service: ServiceDescriptor, channel: grpc.Channel) -> dict[str, Callable[..., Any]]:
    """What calls a service, by the name of the call in the proto file."""
    return {
        method.name: getattr(channel, _shape(method))(
            f"/{service.full_name}/{method.name}",
            request_serializer=_serialised,
            response_deserializer=_reader(method.output_type),
        )
        for method in service.methods
    }


def _shape(method: MethodDescriptor) -> str:
    return "_".join("stream" if streams else "unary" for streams in (method.client_streaming, method.server_streaming))


def _reader(message: Descriptor) -> Callable[[bytes], Any] | None:
    """Chunks stay as they are: who assembles them takes their data out in one copy."""
    return None if message is pb.Chunk.DESCRIPTOR else message_factory.GetMessageClass(message).FromString


def _serialised(message: Any) -> bytes:
    data: bytes = message if isinstance(message, bytes) else message.SerializeToString()
    return data


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
