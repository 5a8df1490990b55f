// What every conformance handler does: the event's member "do" says which.
const NAMES = ["_HANDLER", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "TABLE"];

if (process.env.INIT_ERROR) throw new RangeError("as asked");

exports.handler = async (event, context) => {
  switch (event.do) {
    case "error":
      throw new TypeError("as asked");
    case "exit":
      process.exit(event.status);
    case "signal":
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => {});
    case "sleep":
      await new Promise((resolve) => setTimeout(resolve, event.ms));
      return event;
    case "environment":
      return Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
    case "remaining":
      return {
        ms: context.getRemainingTimeInMillis(),
        requestId: context.awsRequestId,
        arn: context.invokedFunctionArn,
      };
    case "log":
      for (let line = 0; line < event.lines; line++) console.log(`line ${line} – größer`);
      return null;
    case "bytes":
      return "x".repeat(event.count);
    default:
      return event;
  }
};
