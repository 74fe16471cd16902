"""What runs in the processes of functions: the standard library and boto3, and nothing of the project beside it."""
