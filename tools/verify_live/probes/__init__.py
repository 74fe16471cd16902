"""What is asked, in the order of `docs/live-checklist.md`; `by_hand` has the rest of that page."""

from tools.verify_live.items import Item
from tools.verify_live.probes import closes, delays, frames, handshakes, inside, posts, site, throttle

PROBES = (
    Item(
        id="bare-frames",
        probe=frames.bare,
        mend="no setting helps: the route selection of `WebSocketApi` (`route_selection`) is what they fail at",
    ),
    Item(
        id="slash",
        probe=handshakes.slash,
        switch="web_site",
        mend=(
            "JavaScript clients: `addTrailingSlash: false`; those of Python, Java and Swift at the page's address, "
            "which `-c web_site=true` gives"
        ),
    ),
    Item(
        id="post-in-connect",
        probe=inside.posts,
        mend="what is posted inside `$connect` arrives there: the opener (functions/connect) need not be called",
    ),
    Item(
        id="open-packet",
        probe=handshakes.open_packets,
        switch="message_memory_mb",
        mend="the log of Message says what its post was answered with; where it only starts slowly, memory is CPU",
    ),
    Item(
        id="empty-response",
        probe=frames.empty_response,
        switch="answer_in_response",
        mend="`-c answer_in_response=false`, the default: acks are posted",
    ),
    Item(
        id="post-sizes",
        probe=posts.sizes,
        switch="max_frame_bytes",
        mend="`-c max_frame_bytes=32000` keeps every frame below what API Gateway sends as one",
    ),
    Item(
        id="post-order",
        probe=posts.order,
        switch="chunk_delay_ms",
        mend="`-c chunk_delay_ms=200` leaves a post the time to arrive; clients put chunks in order by `index`",
    ),
    Item(id="close-codes", probe=closes.codes, mend="clients reconnect after any of them: docs/protocol.md has others"),
    Item(
        id="handshake-status",
        probe=handshakes.statuses,
        mend="a native client cannot tell why it was refused; Socket.IO clients are told at CONNECT",
    ),
    Item(
        id="frame-time",
        probe=frames.times,
        mend="frames of one client that overtake each other are taken for newer ones: await each ack",
    ),
    Item(
        id="throttle",
        probe=throttle.refused_frames,
        switch="message_concurrency",
        mend="`-c message_concurrency=…` reserves as many as `throttle_burst` lets in, where the account has them",
        is_alone=True,
    ),
    Item(
        id="roles",
        probe=delays.roles,
        mend="CloudTrail has the AssumeRole that was refused; its condition is made in infra/constructs/trust.py",
        is_slow=True,
    ),
    Item(
        id="native-routes",
        probe=frames.native_routes,
        switch="native_routes",
        mend="`-c native_routes=false`: $default takes every message of native clients, and Message handles them",
    ),
    Item(
        id="delayed-10s",
        probe=delays.grace,
        switch="presence_concurrency",
        mend="QueueReminders' ApproximateAgeOfOldestMessage: what is late there is presence told late",
    ),
    Item(
        id="key-revoked",
        probe=delays.revoked,
        switch="sweeper_concurrency",
        mend="the mapping of the table's stream: its state, filter and IteratorAge; a heartbeat ends them, too",
    ),
    Item(
        id="deleted-connection",
        probe=posts.deleted,
        mend="clients notice their end by the ping time-out alone: smaller `ping_interval_ms` and `ping_timeout_ms`",
        switch="ping_timeout_ms",
    ),
    Item(
        id="reset-connection",
        probe=posts.reset,
        switch="recovery_window_ms",
        mend="what is posted there is lost but for clients with `recovery=1`, within `-c recovery_window_ms=…`",
    ),
    Item(
        id="site-upgrades",
        probe=site.upgrades,
        switch="web_site",
        mend="clients connect at API Gateway's own endpoint; `-c web_site=false` takes the page away",
    ),
    Item(
        id="forwarded-proto",
        probe=site.scheme,
        switch="allowed_origins",
        mend="`-c allowed_origins=https://…` names the page's origin, which is then not compared with the scheme",
    ),
    Item(
        id="site-status",
        probe=site.statuses,
        mend="native clients that want to know why they are refused connect at API Gateway's own endpoint",
    ),
    Item(
        id="site-plain-http",
        probe=site.plain_http,
        switch="web_site",
        mend="`make deploy` brings the distribution's function; until then nothing but sockets is answered there",
    ),
    Item(
        id="site-origins",
        probe=site.origins,
        switch="allowed_origins",
        mend="`-c allowed_origins=https://…` lets the page in",
    ),
    Item(
        id="error-caching",
        probe=site.errors_are_not_kept,
        switch="web_site",
        mend="CloudFront keeps errors for ten seconds unless the distribution's error responses say 0",
    ),
    Item(
        id="site-no-cache",
        probe=site.revalidated,
        mend="`make publish`, then an invalidation of `/*`: the distribution's cache policy keeps what is no-cache",
    ),
    Item(id="site-files", probe=site.compressed, mend="`make publish` puts types and files there again"),
)
