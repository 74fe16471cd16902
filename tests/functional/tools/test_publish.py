"""`make publish`: what lies in the bucket of the page afterwards, and what is served with it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.accounts.directory import Directory
from tests.tables import make_table
from tools.publish import fill, main, publish, site_of
from tools.site_files import SiteError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "chat-sitebucket"
TOLD = {"socketPath": "/api/socketio", "enableWebsockets": True, "vapidPublicKey": "BPublic"}
PAGE = {
    "index.html": "<script type=module src=/assets/index-B1.js></script>",
    "assets/index-B1.js": "start()",
    "assets/index-B1.css": "body{}",
    "sw.js": "//",
    "manifest.webmanifest": "{}",
    "icons/icon-192.png": "PNG",
}


@pytest.fixture
def aws() -> Iterator[boto3.Session]:
    with mock_aws():
        session = boto3.Session(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        s3 = session.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        yield session
        for key in keys(s3):  # inside another mock, the bucket outlives this one
            s3.delete_object(Bucket=BUCKET, Key=key)


@pytest.fixture
def stack(aws: boto3.Session) -> Mapping[str, str]:
    table = make_table(aws.client("dynamodb"), "conversations")
    return {"BucketSite": BUCKET, "SiteConfig": json.dumps(TOLD), "TableConversations": table}


@pytest.fixture
def s3(aws: boto3.Session) -> "S3Client":
    return aws.client("s3")


def built(folder: Path, page: Mapping[str, str]) -> Path:
    for name, content in page.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def keys(s3: "S3Client") -> set[str]:
    return {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def read(s3: "S3Client", key: str) -> str:
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def test_the_bucket_holds_the_page_and_its_configuration(
    aws: boto3.Session, stack: Mapping[str, str], s3: "S3Client", tmp_path: Path
) -> None:
    fill(stack, built(tmp_path, PAGE), aws)
    assert keys(s3) == {*PAGE, "config.json"}
    assert {key: read(s3, key) for key in PAGE} == PAGE


@pytest.mark.parametrize(
    ("key", "content_type", "cache_control"),
    [
        ("assets/index-B1.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("assets/index-B1.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("index.html", "text/html; charset=utf-8", "no-cache"),
        ("sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("config.json", "application/json", "no-cache"),
        ("manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("icons/icon-192.png", "image/png", "no-cache"),
    ],
)
def test_what_is_named_by_its_content_is_good_for_ever_and_the_rest_is_asked_for_again(
    aws: boto3.Session, stack: Mapping[str, str], s3: "S3Client", tmp_path: Path,
    key: str, content_type: str, cache_control: str,
) -> None:  # fmt: skip
    fill(stack, built(tmp_path, PAGE), aws)
    served = s3.head_object(Bucket=BUCKET, Key=key)
    assert (served["ContentType"], served["CacheControl"]) == (content_type, cache_control)


def test_the_page_is_told_the_agents_that_there_are_and_nobodys_key(
    aws: boto3.Session, stack: Mapping[str, str], s3: "S3Client", tmp_path: Path
) -> None:
    directory = Directory(DynamoTable(stack["TableConversations"], client=aws.client("dynamodb")))
    directory.put_agent("companion", "Mira")
    fill(stack, built(tmp_path, {**PAGE, "config.json": '{"users": ["a developer"]}'}), aws)
    told = json.loads(read(s3, "config.json"))
    assert told == {**TOLD, "users": [], "agents": [{"agentId": "companion", "name": "Mira"}]}


def test_a_page_that_is_open_still_finds_its_parts_after_the_next_was_published(
    aws: boto3.Session, stack: Mapping[str, str], s3: "S3Client", tmp_path: Path
) -> None:
    fill(stack, built(tmp_path / "old", PAGE), aws)
    new = {"index.html": "<script type=module src=/assets/index-C2.js></script>", "assets/index-C2.js": "start()"}
    fill(stack, built(tmp_path / "new", new), aws)
    assert keys(s3) == {*new, "config.json", "assets/index-B1.js", "assets/index-B1.css"}
    assert read(s3, "index.html") == new["index.html"]


def test_no_page_names_what_is_not_there_yet(aws: boto3.Session, stack: Mapping[str, str], tmp_path: Path) -> None:
    put: list[str] = []
    aws.events.register("provide-client-params.s3.PutObject", lambda params, **_: put.append(params["Key"]))
    fill(stack, built(tmp_path, PAGE), aws)
    assert set(put[:2]) == {"assets/index-B1.js", "assets/index-B1.css"}
    assert put[-1] == "index.html"


@pytest.mark.parametrize(
    ("page", "says"),
    [({"sw.js": "//"}, "no index.html"), ({**PAGE, "font.ttf": "x"}, "font.ttf has no content type")],
)
def test_what_is_no_page_changes_nothing(
    aws: boto3.Session, stack: Mapping[str, str], s3: "S3Client", tmp_path: Path, page: Mapping[str, str], says: str
) -> None:
    fill(stack, built(tmp_path / "good", PAGE), aws)
    with pytest.raises(SiteError, match=says):
        fill(stack, built(tmp_path / "bad", {**page, "index.txt": "x"}), aws)
    assert keys(s3) == {*PAGE, "config.json"}


def test_the_chats_stack_knows_the_agents_and_the_pages_the_bucket(stack: Mapping[str, str]) -> None:
    page = {key: stack[key] for key in ("BucketSite", "SiteConfig")}
    chat = {"TableConversations": stack["TableConversations"]}
    assert site_of({"Chat": chat, "Chat-site": page}) == stack
    assert site_of({"Chat": chat}) is None


def test_without_a_site_it_says_so(tmp_path: Path) -> None:
    missing = tmp_path / "outputs.json"
    with pytest.raises(SystemExit, match="`make deploy` writes it"):
        main(["--outputs-file", str(missing)])
    missing.write_text('{"Chat": {"WebSocketUrl": "wss://x"}}')
    with pytest.raises(SystemExit, match="web_site=false"):
        main(["--outputs-file", str(missing)])


def test_what_fails_is_told_with_what_to_do_about_it(aws: boto3.Session, stack: Mapping[str, str]) -> None:
    gone = {**stack, "TableConversations": "gone", "Region": "us-east-1", "SiteUrl": "https://d1.cloudfront.net"}
    with pytest.raises(SystemExit, match="was not published, `make publish` tries again: "):
        publish(gone)
