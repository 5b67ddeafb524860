"""A TCP proxy that fails as networks and machines do, one way at a time, and changes while connections run.

usage: faulty_proxy.py LISTEN_HOST:PORT SERVER_HOST:PORT [MODE...]

It says "listening PORT" and then reads one mode a line from its standard input, each answered by "ok" and the numbers of connections
so far and of bytes up and down; it ends with its input. A mode counts for all connections, those that are open too, until the next:

    pass                everything goes through
    stall               nothing goes through; connections stay open
    drip BYTES_PER_S    goes through that slowly, each way
    rst_after BYTES     a connection that has carried that many bytes to the server from now on is reset at both ends (SO_LINGER 0)
    cut_after BYTES     the same, but closed in the ordinary way: the end comes in mid-message
    corrupt EVERY       of the bytes from the server every EVERYth has a bit flipped
    refuse              connections are reset as soon as they are accepted, open ones at once
"""
import asyncio
import os
import socket
import struct
import sys

CHUNK = 1 << 16
WITH_NUMBER = {"drip", "rst_after", "cut_after", "corrupt"}
MODES = WITH_NUMBER | {"pass", "stall", "refuse"}


def parse_mode(line):
    name, *numbers = line.split() or [""]
    if name not in MODES or len(numbers) != (name in WITH_NUMBER) or not all(text.isdecimal() for text in numbers):
        raise ValueError(f"no mode {line.strip()!r}")
    number = int(numbers[0]) if numbers else 0
    if name in ("drip", "corrupt") and number == 0:
        raise ValueError(f"{name} needs a number of at least 1")
    return name, number


class Connection:
    def __init__(self, writers):
        self.writers = writers
        self.up_since_mode = 0
        self.down = 0

    def end(self, by_reset):
        for writer in self.writers:
            if by_reset:  # closing sends RST then, and what was not sent is thrown away
                socket_of = writer.get_extra_info("socket")
                socket_of.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()


class FaultyProxy:
    def __init__(self, server_host, server_port):
        self.server = (server_host, server_port)
        self.mode, self.number = "pass", 0
        self.changed = asyncio.Event()
        self.connections = set()
        self.count = self.up = self.down = 0

    def set_mode(self, line):
        self.mode, self.number = parse_mode(line)
        self.changed.set()
        self.changed = asyncio.Event()
        for connection in list(self.connections):
            connection.up_since_mode = connection.down = 0
            if self.mode == "refuse":
                connection.end(by_reset=True)

    async def accept(self, reader, writer):
        self.count += 1
        connection = Connection([writer])
        if self.mode == "refuse":
            return connection.end(by_reset=True)
        try:
            server_reader, server_writer = await asyncio.open_connection(*self.server, limit=CHUNK)
        except OSError:  # as if the server were here: refused
            return connection.end(by_reset=True)
        connection.writers.append(server_writer)
        if self.mode == "refuse":  # since the proxy began to connect
            return connection.end(by_reset=True)
        self.connections.add(connection)
        ways = [asyncio.create_task(self.carry(connection, reader, server_writer, True)),
                asyncio.create_task(self.carry(connection, server_reader, writer, False))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.connections.discard(connection)
            connection.end(by_reset=False)

    async def carry(self, connection, reader, writer, is_up):
        try:
            while data := await reader.read(min(CHUNK, max(1, self.number // 20)) if self.mode == "drip" else CHUNK):
                await self.pass_on(connection, bytearray(data), writer, is_up)
        except OSError:
            pass

    async def pass_on(self, connection, data, writer, is_up):
        while self.mode == "stall":
            await self.changed.wait()
        if self.mode == "drip":
            try:
                await asyncio.wait_for(self.changed.wait(), len(data) / self.number)
            except asyncio.TimeoutError:
                pass
        if self.mode == "corrupt" and not is_up:
            self.corrupt(connection, data)
        ends = is_up and self.mode in ("rst_after", "cut_after") and connection.up_since_mode + len(data) > self.number
        if ends:
            del data[max(0, self.number - connection.up_since_mode):]
        writer.write(data)
        await writer.drain()
        if is_up:
            self.up += len(data)
            connection.up_since_mode += len(data)
        else:
            self.down += len(data)
            connection.down += len(data)
        if ends:
            connection.end(by_reset=self.mode == "rst_after")
            raise OSError("ended on purpose")

    def corrupt(self, connection, data):
        first = (self.number - 1 - connection.down) % self.number
        for at in range(first, len(data), self.number):
            data[at] ^= 0x10


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


async def serve(listen, server, mode):
    proxy = FaultyProxy(*server)
    if mode:
        proxy.set_mode(mode)
    listener = await asyncio.start_server(proxy.accept, *listen, limit=CHUNK)
    print("listening", listener.sockets[0].getsockname()[1], flush=True)
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := (await commands.readline()).decode():
        try:
            proxy.set_mode(line)
            print("ok", proxy.count, proxy.up, proxy.down, flush=True)
        except ValueError as problem:
            print(f"error: {problem}", flush=True)
    os._exit(0)  # open connections would be waited for


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    asyncio.run(serve(address(sys.argv[1]), address(sys.argv[2]), " ".join(sys.argv[3:])))
