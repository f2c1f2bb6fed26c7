"""What starts the processes of a kit: shell scripts, units of systemd, a recipe for a container.

All of them find their own folder, so a kit may lie anywhere. Only the units name a place, since systemd wants one.
"""

from __future__ import annotations

from pathlib import Path

from fedkd.errors import AbortedError
from fedkd.files import disk_errors, write_whole
from fedkd.kits.blueprint import Ports
from fedkd.kits.layout import STATE, SUPERNODES
from fedkd.runtime.identity.credentials import CA, CERTIFICATE, KEY
from fedkd.runtime.identity.node_key import NODE_KEY

PAUSE_S = 15
"""A SuperNode that comes back within a minute of a crash is refused, and ends: it has to be started again."""

PLACE, PROGRAMS = "/opt/fedkd/kit", "/opt/fedkd/venv/bin"
CONNECTION = "federation"

_HEAD = """#!/bin/sh
# {what}
cd "$(dirname "$0")" || exit 1
"""

_FLOWER = """export FLWR_TELEMETRY_ENABLED=0 FLWR_DISABLE_UPDATE_CHECK=1
export FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION=1 FLWR_HOME="$PWD/flower"
umask 077
mkdir -p flower {state}
"""

_AGGREGATOR = """exec fedkd aggregator . "$@"
"""

_SITE = """exec fedkd site . "$@"
"""

_SUPERLINK = """exec flower-superlink --ssl-ca-certfile {ca} --ssl-certfile {certificate} --ssl-keyfile {key} \\
  --enable-supernode-auth --host {listen} --port {port} --database flower/superlink.db "$@"
"""

_CONNECT = """cat > flower/config.toml <<END
[superlink]
default = "{connection}"

[superlink.{connection}]
address = "{superlink}"
root-certificates = "$PWD/{ca}"
END
"""

_REGISTER = """for key in {supernodes}/*.pub; do
  site=$(basename "$key" .pub)
  cmp -s "$key" "flower/$site.pub" && continue
  flwr supernode register --name "$site" --format json "$key" {connection} > "flower/$site.json"
  if grep -q '"success": true' "flower/$site.json"; then
    cp "$key" "flower/$site.pub"
    echo "registered: $site"
  else
    cat "flower/$site.json" >&2
    failed=1
  fi
done
exit "${{failed:-0}}"
"""

_UNREGISTER = """site=${{1:?give the name of a site}}
node=$(sed -n 's/.*"node-id": *"*\\([0-9][0-9]*\\).*/\\1/p' "flower/$site.json")
rm -f "flower/$site.pub"
flwr supernode unregister "$node" {connection}
"""

_SUPERNODE = """trap 'kill "$node" 2>/dev/null; wait "$node"; exit 0' INT TERM
while :; do
  flower-supernode --root-certificates {ca} --superlink {superlink} \\
    --auth-supernode-private-key {node_key} --node-config "kit=\\"$PWD\\"" "$@" &
  node=$!
  wait "$node"
  echo "the SuperNode ended; again in {pause_s} s" >&2
  sleep {pause_s} &
  node=$!
  wait "$node"
done
"""

_UNIT = """# Copy the kit to {place} and install fedkd at {programs}, or correct the paths here.
[Unit]
Description=fedkd: {what}
After=network-online.target
Wants=network-online.target

[Service]
Environment=PATH={programs}:/usr/local/bin:/usr/bin:/bin
WorkingDirectory={place}
ExecStart=/bin/sh {place}/{script}
{restart}
RestartSec={pause_s}
UMask=0077
NoNewPrivileges=true
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""

_ALWAYS = "Restart=always"
_UNLESS_OVER = f"Restart=on-failure\nRestartPreventExitStatus={AbortedError.code}"
"""What was aborted stays so, however often it is started."""

_CONTAINER = """# Build it beside the wheel and constraints.txt of fedkd; the kit itself is mounted at /kit, not copied:
#   docker build -f {folder}/Containerfile -t fedkd .
#   docker run --rm {ports}-v "$PWD/{folder}":/kit fedkd
# {scripts}
FROM python:3.11-slim
COPY constraints.txt fedkd-*.whl /tmp/
RUN pip install --no-cache-dir -c /tmp/constraints.txt "$(echo /tmp/fedkd-*.whl)[metrics]"
WORKDIR /kit
ENTRYPOINT ["/bin/sh"]
CMD ["./{script}"]
"""


def write_server(folder: Path, superlink: str, listen: str, ports: Ports) -> None:
    """Scripts of the server: `aggregator.sh`, `superlink.sh`, and `register.sh` and `unregister.sh` for SuperNodes.

    Args:
        folder: Its kit.
        superlink: `HOST:PORT` by which SuperNodes reach the SuperLink.
        listen: Address that both servers listen at.
        ports: At these.

    Raises:
        DiskError: They cannot be written.
    """
    facts = _facts(superlink) | {"listen": listen, "port": ports.superlink}
    aggregator, superlink = "the federation's aggregator", "Flower's SuperLink, which starts work on sites"
    register = "Lets the SuperNodes of all sites in, once superlink.sh runs; again after a site was added."
    unregister = "Lets the SuperNode of a site in no more: ./unregister.sh SITE."
    _script(folder, "aggregator", f"Serves {aggregator}; started again, it goes on where it was.", _AGGREGATOR, facts)
    _script(folder, "superlink", f"Serves {superlink}.", _FLOWER + _SUPERLINK, facts)
    _script(folder, "register", register, _FLOWER + _CONNECT + _REGISTER, facts)
    _script(folder, "unregister", unregister, _FLOWER + _UNREGISTER, facts)
    _unit(folder, "aggregator", aggregator, _UNLESS_OVER)
    _unit(folder, "superlink", superlink, _ALWAYS)
    published = f"-p {ports.aggregator}:{ports.aggregator} "
    _container(
        folder,
        "aggregator",
        published,
        "At the end of the last line, ./superlink.sh starts the SuperLink instead: publish its port.",
    )


def write_site(folder: Path, superlink: str) -> None:
    """Scripts of a site: `site.sh`, or `supernode.sh` where Flower starts the work.

    Args:
        folder: Its kit.
        superlink: `HOST:PORT` of the SuperLink.

    Raises:
        DiskError: They cannot be written.
    """
    facts = _facts(superlink)
    site, supernode = "a site, without Flower", "Flower's SuperNode of a site"
    _script(folder, "site", "Takes part without Flower; started again, it goes on with what it had.", _SITE, facts)
    _script(folder, "supernode", f"Runs {supernode}, again and again.", _FLOWER + _SUPERNODE, facts)
    _unit(folder, "site", site, _UNLESS_OVER)
    _unit(folder, "supernode", supernode, _ALWAYS)
    _container(
        folder,
        "site",
        "",
        "Mount the data, too. At the end of the last line, ./supernode.sh starts the SuperNode instead.",
    )


def _facts(superlink: str) -> dict[str, object]:
    files = {"ca": CA, "certificate": CERTIFICATE, "key": KEY, "node_key": NODE_KEY, "state": STATE}
    return files | {"superlink": superlink, "connection": CONNECTION, "supernodes": SUPERNODES, "pause_s": PAUSE_S}


def _script(folder: Path, name: str, what: str, body: str, facts: dict[str, object]) -> None:
    path = folder / f"{name}.sh"
    write_whole(path, (_HEAD + body).format(what=what, **facts).encode())
    with disk_errors(path):
        path.chmod(0o700)


def _unit(folder: Path, name: str, what: str, restart: str) -> None:
    places = {"place": PLACE, "programs": PROGRAMS, "script": f"{name}.sh", "pause_s": PAUSE_S}
    write_whole(folder / f"fedkd-{name}.service", _UNIT.format(what=what, restart=restart, **places).encode())


def _container(folder: Path, name: str, ports: str, scripts: str) -> None:
    text = _CONTAINER.format(folder=folder.name, ports=ports, scripts=scripts, script=f"{name}.sh")
    write_whole(folder / "Containerfile", text.encode())
