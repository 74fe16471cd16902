"""IAM where the engine asks for another permission than AWS does, and how it comes to its decisions quickly."""

from local.engine import borrowed, leading_keys

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
"""AWS knows no actions for batches: "Amazon SQS API permissions: Actions and resource reference"."""


def install() -> None:
    """Let a batch need what its entries need, tables know leading keys, and keep what was parsed and looked up."""
    borrowed.rename_actions(BATCHES)
    borrowed.tell_condition(leading_keys.NAME, leading_keys.leading_keys)
    borrowed.parse_policies_once()
    borrowed.resolve_callers_once()
