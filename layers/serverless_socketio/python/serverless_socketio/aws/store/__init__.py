"""A `ports.Store` in one DynamoDB table."""
