"""`make verify-live OUTPUTS=outputs.json`: asks a deployment what the local cloud cannot know of AWS.

`docs/live-checklist.md` lists what has not been tried on live AWS. Each of its lines begins with an id, and for each id
there is a probe here, which asks the deployment from outside, or a sentence that tells a person how to look.

| who | what |
|---|---|
| `deployment` | reads what `make deploy` or `make run` wrote, and says it as the end-to-end suite takes it |
| `visitors` | makes throw-away users and keys by `chat-admin`, and takes them away again, however it ends |
| `items`, `probes/` | what is asked, in the order of the page, and by what it is known |
| `by_hand` | what cannot be asked from outside, and how a person looks |
| `walk` | asks all side by side: confirmed, refuted, or not asked |
| `suite` | runs the tests of `tests/e2e` that are marked `outside` |
| `report` | what is printed |

Whatever a probe does it does as its own users, to its own connections: no others are touched. The throttle probe
alone is felt by all who talk meanwhile, so it runs only with `--throttle`.
"""
