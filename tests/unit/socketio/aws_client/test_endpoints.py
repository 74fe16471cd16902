"""Services are where botocore finds them, in every region of every partition; and where a variable says."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import boto3
import pytest

from serverless_socketio.aws.client.endpoints import IDS, Endpoint, Place, parse

SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}
SERVICES = ["dynamodb", "lambda", "sqs", "stepfunctions"]


@lru_cache
def session() -> Any:
    return boto3.Session(aws_access_key_id="k", aws_secret_access_key="s")


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", *(f"AWS_ENDPOINT_URL_{name}" for name, _ in IDS.values())):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


@pytest.mark.parametrize("partition", sorted(SUFFIXES))
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_where_botocore_finds_it(service: str, partition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    regions = session().get_available_regions(service, partition)
    assert regions
    for name in regions:
        monkeypatch.setenv("AWS_REGION", name)
        theirs = session().client(service, region_name=name).meta.endpoint_url
        assert Place(service, None, SUFFIXES[partition]).endpoint == parse(theirs)


def test_the_services_own_variable_comes_before_that_of_all_and_a_given_url_before_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = Place("stepfunctions")
    assert place.endpoint.host == "states.eu-central-1.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert place.endpoint == Endpoint(False, "127.0.0.1", 1, "127.0.0.1:1", "")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:2")
    assert place.endpoint.port == 2
    assert Place("stepfunctions", "https://x.example/live/").endpoint == Endpoint(
        True, "x.example", 443, "x.example", "/live"
    )


@pytest.mark.parametrize("url", ["", "dynamodb", "ftp://x", "http://", "http://x:port"])
def test_what_is_no_url_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|Port"):
        parse(url)
