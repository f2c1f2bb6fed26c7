"""Serving a desk: the calls of a federation, health, and a description of them all."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from fedkd.errors import UnreachableError
from fedkd.wire.service.calls import handlers
from fedkd.wire.service.options import Connection


async def serve(
    desks: Mapping[ServiceDescriptor, object],
    address: str,
    credentials: grpc.ServerCredentials | None,
    connection: Connection,
) -> tuple[grpc.aio.Server, int]:
    """Start to answer calls; returns the server and its port.

    Args:
        desks: Who answers the calls of each service; see `handlers`.
        address: `HOST:PORT`; port 0 takes a free one.
        credentials: TLS; None only where nobody else can listen.
        connection: Limits.

    Raises:
        UnreachableError: The address cannot be had.
    """
    server = grpc.aio.server(options=connection.options())
    server.add_generic_rpc_handlers(tuple(handlers(service, desk) for service, desk in desks.items()))
    well = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(well, server)
    names = [service.full_name for service in desks]
    reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    try:
        add = server.add_insecure_port
        port = add(address) if credentials is None else server.add_secure_port(address, credentials)
    except RuntimeError as error:
        raise UnreachableError(
            f"{address} cannot be listened at ({error})", "free the port, or take another"
        ) from error
    await server.start()
    for name in ("", *names):
        await well.set(name, health_pb2.HealthCheckResponse.SERVING)
    return server, port
