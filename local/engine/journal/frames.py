"""How a record lies in a file: its length, its checksum, its JSON.

A file is read from its beginning for as long as it makes sense. Where that ends tells why:

| what comes next                           | means                                                          |
|-------------------------------------------|----------------------------------------------------------------|
| nothing                                   | WHOLE: everything that was written can be read                 |
| less than its head, or its length, says   | TORN: the process was killed in the middle of this write       |
| an impossible length, a wrong checksum    | DAMAGED: no kill does this                                     |

A torn record loses nothing: its request is answered only after the write.
"""

import enum
import json
import struct
import zlib
from typing import Any

HEAD = struct.Struct("<II")  # length and CRC-32 of what follows
BYTES_MAX = 64 * 1024 * 1024  # ten times the largest transaction


class End(enum.Enum):
    """Why reading ended."""

    WHOLE = "whole"
    TORN = "torn"
    DAMAGED = "damaged"


def pack(record: Any) -> bytes:
    """Return a record as it is written."""
    payload = json.dumps(record, separators=(",", ":")).encode()
    return HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def unpack(data: bytes) -> tuple[list[Any], End]:
    """Return all records up to the first that cannot be read, and why that is."""
    records: list[Any] = []
    start = 0
    while start < len(data):
        if len(data) - start < HEAD.size:
            return records, End.TORN
        length, checksum = HEAD.unpack_from(data, start)
        if not 0 < length <= BYTES_MAX:
            return records, End.DAMAGED
        payload = data[start + HEAD.size : start + HEAD.size + length]
        if len(payload) < length:
            return records, End.TORN
        if zlib.crc32(payload) != checksum:
            return records, End.DAMAGED
        records.append(json.loads(payload))
        start += HEAD.size + length
    return records, End.WHOLE
