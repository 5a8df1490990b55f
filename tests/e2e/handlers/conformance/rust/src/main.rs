//! What every conformance handler does: the event's member "do" says which.
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const NAMES: [&str; 7] = [
    "_HANDLER",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_REGION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "TABLE",
];

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    let number = |name: &str| event[name].as_u64().unwrap_or(0);
    match event["do"].as_str().unwrap_or("") {
        "error" => return Err("as asked".into()),
        "exit" => std::process::exit(number("status") as i32),
        "signal" => {
            std::process::Command::new("kill")
                .args(["-9", &std::process::id().to_string()])
                .status()?;
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        "sleep" => tokio::time::sleep(Duration::from_millis(number("ms"))).await,
        "environment" => {
            let values: Map<String, Value> = NAMES
                .iter()
                .map(|name| (name.to_string(), json!(std::env::var(name).ok())))
                .collect();
            return Ok(Value::Object(values));
        }
        "remaining" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
            return Ok(json!({"ms": context.deadline - now, "requestId": context.request_id,
                             "arn": context.invoked_function_arn}));
        }
        "log" => {
            for line in 0..number("lines") {
                println!("line {line} – größer");
            }
            return Ok(Value::Null);
        }
        "bytes" => return Ok(json!("x".repeat(number("count") as usize))),
        _ => {}
    }
    Ok(event)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("INIT_ERROR").is_ok() {
        return Err("as asked".into());
    }
    run(service_fn(handle)).await
}
