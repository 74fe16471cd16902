"""What stands behind the chat's ports: tables, the workflow, the rooms; and dicts for tests."""
