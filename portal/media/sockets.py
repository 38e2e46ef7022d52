"""One UDP port, and one TCP port of the same number, for the media of every room.

Packets are told apart by their first byte (RFC 7983 section 7) and find their participant by STUN
user name first, by learned address then. Nothing is answered that did not authenticate itself.
"""

import asyncio
import contextlib
import logging
import socket
import time

from portal.media.adapter import BUFFER_SIZE, INBOUND, OUTBOUND
from portal.media.batches import Batches, Destination, address_of
from portal.media.ice import DatagramSink, IceLite, Path, local_fragment, parse_request

logger = logging.getLogger(__name__)

SOCKET_BUFFER = 4 * 1024 * 1024
TCP_WRITE_LIMIT = 64 * 1024
TCP_CONNECTIONS_MAX = 512
TCP_FIRST_FRAME_TIMEOUT = 10.0
TCP_IDLE_TIMEOUT = 60.0


class UdpPath(Destination):
    """A client's address on our UDP port."""

    __slots__ = ("_batches", "_socket", "address", "agent", "name", "sink")
    protocol = "udp"

    def __init__(self, sock: socket.socket, batches: Batches, name: bytes) -> None:
        super().__init__(name)
        self._socket, self._batches = sock, batches
        self.name = name
        """The address as the kernel has it."""
        self.address = address_of(name)
        self.agent: IceLite | None = None
        self.sink: DatagramSink | None = None

    def send(self, datagram: memoryview | bytes) -> None:
        """Send, or drop what the kernel does not take now."""
        try:
            self._socket.sendto(datagram, self.address)
        except OSError:
            self.dropped += 1

    def send_outbound(self, length: int) -> None:
        """Send what lies in the outbound buffer."""
        self._batches.send(length, self)


class TcpPath:
    """A client's connection to our TCP port (RFC 6544), frames as in RFC 4571 section 2."""

    protocol = "tcp"

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        self.address: tuple[str, int] = (peer[0], peer[1])
        self.agent: IceLite | None = None
        self.sink: DatagramSink | None = None
        self.dropped = 0
        self._writer = writer

    def send(self, datagram: memoryview | bytes) -> None:
        """Send, or drop as UDP would when the connection is congested."""
        if self._writer.transport.get_write_buffer_size() > TCP_WRITE_LIMIT:
            self.dropped += 1
        elif not self._writer.is_closing():
            self._writer.write(len(datagram).to_bytes(2, "big") + datagram)

    def send_outbound(self, length: int) -> None:
        """Send what lies in the outbound buffer."""
        self.send(OUTBOUND.view[:length])


class MediaPort:
    """Read every datagram, find whose it is, and hand it on without a task or a queue."""

    def __init__(self) -> None:
        self.port = 0
        self.ignored = 0
        self._agents: dict[str, IceLite] = {}
        self._paths: dict[bytes, UdpPath] = {}
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def open(self, host: str, port: int, *, tcp: bool) -> None:
        """Bind the UDP port and, if asked and possible, the TCP port of the same number."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.settimeout(0)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
        try:
            sock.bind((host, port))
        except OSError:
            sock.close()
            raise
        self._socket = sock
        self.port = sock.getsockname()[1]
        asyncio.get_running_loop().add_reader(sock, self._on_readable, sock, Batches(sock))
        if tcp:
            try:
                self._server = await asyncio.start_server(self._on_connection, host, self.port)
            except OSError as error:
                logger.warning("no ICE-TCP on port %d: %s", self.port, error)

    @property
    def has_tcp(self) -> bool:
        """Tell whether ICE-TCP can be offered."""
        return self._server is not None

    async def close(self) -> None:
        """Close both ports and every TCP connection."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def register(self, agent: IceLite) -> None:
        """Let checks with the agent's user names reach it."""
        for fragment in agent.fragments:
            self._agents[fragment] = agent

    def renew(self, agent: IceLite) -> None:
        """Give an agent new credentials (ICE restart, RFC 8445 section 9)."""
        for fragment in agent.renew_credentials():
            self._agents.pop(fragment, None)
        self.register(agent)

    def unregister(self, agent: IceLite) -> None:
        """Forget an agent with its addresses."""
        for fragment in agent.fragments:
            self._agents.pop(fragment, None)
        agent.close()
        self._sweep()

    def _sweep(self) -> None:
        for name in [key for key, path in self._paths.items() if path.agent is None]:
            del self._paths[name]

    def _on_readable(self, sock: socket.socket, batches: Batches) -> None:
        # One batch a wake-up: timers stay alive in a flood.
        batches.gather()
        try:
            for place in range(batches.receive()):
                length, name = batches.open(place)
                view = INBOUND.view
                first = view[0] if 0 < length < BUFFER_SIZE else 255
                path = self._paths.get(name)
                if path is not None and path.sink is not None:
                    if 127 < first < 192:
                        path.sink.on_media(length)
                        continue
                    if 19 < first < 64:
                        path.sink.on_dtls(bytes(view[:length]))
                        continue
                if first < 4:
                    self._on_stun(bytes(view[:length]), path or UdpPath(sock, batches, name))
                else:
                    self.ignored += 1
        finally:
            batches.release()

    def _on_stun(self, datagram: bytes, path: Path) -> None:
        message = parse_request(datagram)
        agent = self._agents.get(local_fragment(message)) if message else None
        if message is None or agent is None:
            self.ignored += 1
            return
        response = agent.on_request(message, path, now=time.monotonic())
        if response is None:
            self.ignored += 1
            return
        if path.agent is agent and isinstance(path, UdpPath) and path.name not in self._paths:
            self._sweep()
            self._paths[path.name] = path
        path.send(response)

    async def _on_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= TCP_CONNECTIONS_MAX:
            writer.close()
            return
        self._connections[task] = writer
        path = TcpPath(writer)
        try:
            await self._read_frames(reader, path)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            self._connections.pop(task, None)
            if path.agent is not None:
                path.agent.forget(path)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _read_frames(self, reader: asyncio.StreamReader, path: TcpPath) -> None:
        while True:
            limit = TCP_IDLE_TIMEOUT if path.agent else TCP_FIRST_FRAME_TIMEOUT
            async with asyncio.timeout(limit):
                length = int.from_bytes(await reader.readexactly(2), "big")
                if not 0 < length < BUFFER_SIZE:
                    return
                frame = await reader.readexactly(length)
            self._on_frame(frame, path)
            if path.agent is None:
                # The first frame must be a check that authenticates the connection.
                return

    def _on_frame(self, frame: bytes, path: TcpPath) -> None:
        first = frame[0]
        if first < 4:
            self._on_stun(frame, path)
        elif path.sink is not None and 127 < first < 192:
            path.sink.on_media(INBOUND.fill(frame))
        elif path.sink is not None and 19 < first < 64:
            path.sink.on_dtls(frame)
