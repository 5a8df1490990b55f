// What every conformance handler does: the event's member "do" says which.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

var names = []string{"_HANDLER", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "TABLE"}

func handle(ctx context.Context, event map[string]interface{}) (interface{}, error) {
	number := func(name string) int { return int(event[name].(float64)) }
	switch event["do"] {
	case "error":
		return nil, errors.New("as asked")
	case "exit":
		os.Exit(number("status"))
	case "signal":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	case "sleep":
		time.Sleep(time.Duration(number("ms")) * time.Millisecond)
	case "environment":
		values := map[string]string{}
		for _, name := range names {
			values[name] = os.Getenv(name)
		}
		return values, nil
	case "remaining":
		deadline, _ := ctx.Deadline()
		about, _ := lambdacontext.FromContext(ctx)
		return map[string]interface{}{"ms": time.Until(deadline).Milliseconds(),
			"requestId": about.AwsRequestID, "arn": about.InvokedFunctionArn}, nil
	case "log":
		for line := 0; line < number("lines"); line++ {
			fmt.Printf("line %d – größer\n", line)
		}
		return nil, nil
	case "bytes":
		return strings.Repeat("x", number("count")), nil
	}
	return event, nil
}

func main() {
	if os.Getenv("INIT_ERROR") != "" {
		panic("as asked")
	}
	lambda.Start(handle)
}
