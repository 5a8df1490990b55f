package conformance;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.nio.charset.StandardCharsets;
import java.io.PrintStream;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What every conformance handler does: the event's member "do" says which. */
public class App implements RequestHandler<Map<String, Object>, Object> {
  private static final List<String> NAMES =
      List.of("_HANDLER", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION",
          "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "TABLE");

  static {
    if (System.getenv("INIT_ERROR") != null) throw new IllegalArgumentException("as asked");
  }

  @Override
  public Object handleRequest(Map<String, Object> event, Context context) {
    switch ((String) event.get("do")) {
      case "error":
        throw new IllegalStateException("as asked");
      case "exit":
        Runtime.getRuntime().halt((Integer) event.get("status"));
        return null;
      case "signal":
        signal();
        return null;
      case "sleep":
        sleep((Integer) event.get("ms"));
        return event;
      case "environment":
        return environment();
      case "remaining":
        return Map.of("ms", context.getRemainingTimeInMillis(), "requestId",
            context.getAwsRequestId(), "arn", context.getInvokedFunctionArn());
      case "log":
        log((Integer) event.get("lines"));
        return null;
      case "bytes":
        return "x".repeat((Integer) event.get("count"));
      default:
        return event;
    }
  }

  // A process may not destroy itself through ProcessHandle.
  private static void signal() {
    try {
      new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start();
    } catch (java.io.IOException error) {
      throw new IllegalStateException(error);
    }
    sleep(60_000);
  }

  private static void sleep(int milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
  }

  private static Map<String, String> environment() {
    Map<String, String> values = new HashMap<>();
    for (String name : NAMES) values.put(name, System.getenv(name));
    return values;
  }

  private static void log(int lines) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    for (int line = 0; line < lines; line++) out.println("line " + line + " – größer");
  }
}
