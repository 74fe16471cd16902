import cf from "cloudfront";

/**
 * Runs in CloudFront before a request goes on to an origin, at the path of sockets and at /health.
 *
 * | a request                              | becomes                                                       |
 * |----------------------------------------|---------------------------------------------------------------|
 * | /health                                | 200 {"status":"ok"}, here                                     |
 * | sockets: `transport=polling`           | the same path at the polling API, where there is one          |
 * | sockets: `transport=websocket`         | the stage of the WebSocket API                                |
 * | sockets: a handshake without transport | the same: a client that speaks JSON                           |
 * | sockets: whatever else                 | 400, Engine.IO's answer to what no transport serves           |
 * | any other path                         | 404                                                           |
 *
 * A handshake is known by `Sec-WebSocket-Key` (RFC 6455, 4.1): CloudFront does not show `Upgrade` to functions. Clients
 * in Python, Java and Swift end the path with a slash, those in JavaScript may; the WebSocket API's only path is its
 * stage, without one. Query string and headers stay as they came, but for `X-Forwarded-Host`: that is the name by which
 * the viewer came, whatever the viewer sent as such, and what an `Origin` is compared with.
 */
const SOCKET_PATH = "${SocketPath}";
const API_PATH = "${ApiPath}";
const POLLING_DOMAIN = "${PollingDomain}";

function handler(event) {
  const request = event.request;
  if (request.uri === "/health") {
    return answer(200, "OK", { status: "ok" }, request.method);
  }
  if (request.uri !== SOCKET_PATH && request.uri !== SOCKET_PATH + "/") {
    return { statusCode: 404, statusDescription: "Not Found" };
  }
  request.headers["x-forwarded-host"] = { value: request.headers.host.value };
  const transport = request.querystring.transport ? request.querystring.transport.value : "";
  if (transport === "polling" && POLLING_DOMAIN) {
    cf.updateRequestOrigin({ domainName: POLLING_DOMAIN });
    return request;
  }
  const isNative = !transport && !request.querystring.EIO && request.headers["sec-websocket-key"];
  if (transport === "websocket" || isNative) {
    request.uri = API_PATH;
    return request;
  }
  return answer(400, "Bad Request", { code: 0, message: "Transport unknown" }, request.method);
}

function answer(statusCode, statusDescription, said, method) {
  const headers = {
    "content-type": { value: "application/json" },
    "cache-control": { value: "no-store" },
    "access-control-allow-origin": { value: "*" },
  };
  const response = { statusCode, statusDescription, headers };
  if (method !== "HEAD") {
    response.body = { encoding: "text", data: JSON.stringify(said) };
  }
  return response;
}
