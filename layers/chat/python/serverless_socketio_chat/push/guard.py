"""Which addresses a push service can have: global unicast ones. All others would lead into a private network."""

from __future__ import annotations

import socket
from ipaddress import IPv6Address, ip_address, ip_network

from serverless_socketio_chat.push.model import Unreachable, Unsafe

ADDRESSES_MAX = 4  # of a name; more are not tried
GLOBAL_IPV6 = ip_network("2000::/3")  # all that IANA has given out as global unicast
# Global to some versions of `ipaddress`, but none of a push service: IANA's special-purpose registries.
REFUSED = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # shared by carriers
            "192.0.0.0/24",  # IETF protocols
            "192.88.99.0/24",  # 6to4's relays
            "2001::/23",  # IETF protocols, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: a private IPv4 address may be inside
            "3fff::/20",  # documentation
        ),
    )
)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, the best first. Raises Unreachable, Unsafe for a name that is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable("The name of a push service has no address") from error
    except UnicodeError as error:  # a label of more than 63 characters
        raise Unsafe("An endpoint's host is not a valid name") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_global(address: str) -> bool:
    """Whether an address is a global unicast one; mapped, NAT64, link-local, shared and other special ones are not."""
    try:
        ip = ip_address(address)
    except ValueError:  # with a zone, for one
        return False
    if isinstance(ip, IPv6Address) and ip not in GLOBAL_IPV6:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in REFUSED)
