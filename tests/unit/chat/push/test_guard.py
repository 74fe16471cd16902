"""Addresses of push services, and those that only a mistake or an attack would give them."""

from __future__ import annotations

import socket

import pytest

from serverless_socketio_chat.push import guard
from serverless_socketio_chat.push.model import Unreachable, Unsafe


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "142.250.74.106", "17.57.144.1", "2a00:1450:4001:82f::200a", "2620:149:208:4302::6"]
)
def test_public_addresses_are_good(address: str) -> None:
    assert guard.is_global(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "::1"),  # this machine
        *("0.0.0.0", "0.1.2.3", "::"),  # this network, nothing  # noqa: S104
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1"),  # private
        *("169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0"),  # link-local: the metadata of clouds
        *("100.64.0.1", "100.127.255.255"),  # shared by carriers
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8"),  # IPv4 inside IPv6
        *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"),  # NAT64
        *("2002:7f00:1::1", "2002:808:808::1", "192.88.99.1"),  # 6to4
        *("2001::1", "2001:0:53aa:64c:0:fbff:80ff:fffe", "2001:10::1", "2001:20::1"),  # Teredo, ORCHID
        *("224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"),  # many
        *("192.0.0.1", "192.0.0.9", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),  # special
        *("2001:db8::1", "3fff::1", "100::1", "fec0::1", "5f00::1"),
        *("240.0.0.1", "255.255.255.255"),  # reserved
        *("", "localhost", "1.2.3", "127.1", "0x7f000001", "2130706433"),  # none
    ],
)
def test_all_others_are_not(address: str) -> None:
    assert not guard.is_global(address)


def answering(monkeypatch: pytest.MonkeyPatch, answer: list[str] | Exception) -> None:
    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if isinstance(answer, Exception):
            raise answer
        return [(None, None, None, "", (address, port)) for address in answer]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_names_addresses_come_once_each_in_the_resolvers_order(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, ["2a00::1", "8.8.8.8", "2a00::1"])
    assert guard.resolve("push.example.com", 443) == ["2a00::1", "8.8.8.8"]


def test_a_name_without_an_address_may_have_one_later(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, socket.gaierror())
    with pytest.raises(Unreachable):
        guard.resolve("push.example.com", 443)


def test_what_can_be_no_name_is_never_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, UnicodeError())
    with pytest.raises(Unsafe):
        guard.resolve(f"{'x' * 64}.example.com", 443)
