"""A real S3 service: its own process on loopback, with one bucket."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import obstore
import requests
from obstore.store import S3Store

BUCKET, KEY, SECRET = "akten", "portal", "geheim-und-lang"


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Run the service for the block and yield its address; the bucket is there."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MOTO_S3_CUSTOM_ENDPOINTS": address},
    )
    try:
        wait_for(address, process)
        requests.put(f"{address}/{BUCKET}", timeout=10).raise_for_status()
        yield address
    finally:
        process.kill()
        process.wait(10)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the service answers; fail after half a minute."""
    for _ in range(300):
        assert process.poll() is None, "the S3 service ended"
        with contextlib.suppress(requests.ConnectionError):
            requests.get(address, timeout=5)
            return
        time.sleep(0.1)
    raise AssertionError("the S3 service does not answer")


def seen_from_outside(address: str, key: str) -> bytes:
    """Return an object as whoever runs the service sees it."""
    store = S3Store(
        BUCKET,
        endpoint=address,
        access_key_id=KEY,
        secret_access_key=SECRET,
        region="eu-central-1",
        client_options={"allow_http": True},
    )
    return bytes(obstore.get(store, key).bytes())
