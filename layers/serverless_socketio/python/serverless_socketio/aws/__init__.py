"""The server on AWS: API Gateway, DynamoDB, SQS."""
