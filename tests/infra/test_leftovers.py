"""What `make destroy` says, and what the template really leaves."""

from infra import config
from tests.infra.assembly import Assembly
from tools import leftovers
from tools.preflight import concurrency


def test_there_are_words_and_commands_for_everything_that_the_templates_retain(chat: Assembly, site: Assembly) -> None:
    resources = [*chat.template["Resources"].values(), *site.template["Resources"].values()]
    kept = {each["Type"] for each in resources if each.get("DeletionPolicy") in leftovers.RETAINED}
    assert kept == leftovers.REMOVE.keys()


def test_shares_are_judged_of_every_function_that_can_have_one() -> None:
    assert {concurrency.key(name) for name in concurrency.FUNCTIONS} == {
        key for key in config.defaults() if key.endswith("_concurrency")
    }
