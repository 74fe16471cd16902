"""What a deployment will cost, in a line for who is about to make it."""

from collections.abc import Mapping

from infra import config
from tools.cost import model
from tools.cost.prices import data
from tools.cost.usage import total


def estimate(overrides: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Return what a deployment with such context and environment costs idle, by message and by connection.

    At list prices. Raises `infra.config.ConfigError` for settings that cannot be deployed.
    """
    settings = config.read((config.defaults() | dict(overrides)).get, environment)
    idle = total(model.idle(settings)).usd
    answers = total(model.answer(settings, 200)).usd * 1000
    hours = model.connected(settings, 1000).usd
    listed = f"list prices of {data()['region']}, {data()['looked_up']}: docs/cost.md"
    return (
        f"It will cost about ${idle:.2f} a month idle, ${answers:.3f} a thousand messages answered with 200 words, "
        f"${hours:.3f} a thousand connection hours ({listed})"
    )
