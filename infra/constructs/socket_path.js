/**
 * Runs in CloudFront, before a request goes on to the WebSocket API: there the only path is the stage, without a slash.
 * Clients in Python, Java and Swift end the path with one, those in JavaScript may. Any other path is nobody's.
 * The query string and all headers stay as they came.
 */
function handler(event) {
  const request = event.request;
  if (request.uri !== "${SocketPath}" && request.uri !== "${SocketPath}/") {
    return { statusCode: 404, statusDescription: "Not Found" };
  }
  request.uri = "${ApiPath}";
  return request;
}
