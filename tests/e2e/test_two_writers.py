"""Workflows may run twice: however many want to write an answer, one does."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e import aws_side
from tests.e2e.answers import CHUNK, at, hear, heard, join, say, words
from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e

TEXT = words(90)


def test_a_second_workflow_and_strange_steps_change_nothing(world: World) -> None:
    people = world.crowd[:4]
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda number: be_disturbed(world, people[number], at_chunk=(0, 1, 10, 25)[number]), range(4)))


def be_disturbed(world: World, user_id: str, at_chunk: int) -> None:
    """Have others start on the same answer when it is at a chunk."""
    speaker, other = world.connect(user_id), world.connect(user_id)
    join(other)
    reply_id = say(speaker, TEXT)["replyId"]
    if at_chunk:
        speaker.wait_for(CHUNK, at(at_chunk))
    for epoch in (0, 2, 7):
        aws_side.start_workflow(world.stack, reply_id, epoch)
        aws_side.invoke_streamer(world.stack, reply_id, epoch)
    for device in (speaker, other):
        hear(device, reply_id)
    for epoch in (0, 1, 2):
        aws_side.invoke_streamer(world.stack, reply_id, epoch)
    time.sleep(1)
    for device in (speaker, other):
        heard(device, reply_id).check(TEXT)
